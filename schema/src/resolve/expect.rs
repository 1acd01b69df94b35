//! `tests`: what must be true, with its names and values resolved.

use std::collections::BTreeSet;

use routewright::{Code, name};

use super::Resolver;
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, DraftTest, DraftValue};
use crate::model::{EventTest, Expiry, Measured, SettingTest, Test, Value};
use crate::source::{Span, Text};
use crate::value::{Moment, shown};

impl<'d> Resolver<'d, '_> {
    /// The tests of these drafts, in their order.
    pub(super) fn tests(&mut self, drafts: &'d [Draft]) -> Vec<Test> {
        let mut tests = Vec::new();
        for draft in drafts.iter().flat_map(|d| &d.tests) {
            let test = match (&draft.event, &draft.setting) {
                (Some(event), None) => self
                    .event_test(draft, event)
                    .map(|test| Test::Event(Box::new(test))),
                (None, Some(setting)) => self.setting_test(draft, setting).map(Test::Setting),
                (Some(_), Some(setting)) => {
                    let message = "a test is of an `event` or of a `setting`, not of both";
                    self.bad_test(setting.span, message, "write two tests");
                    None
                }
                (None, None) => {
                    self.bad_test(
                        draft.span,
                        "the test has neither `event` nor `setting`",
                        "write `{ event: NAME, to: [..] }` or `{ setting: PATH, is: VALUE }`",
                    );
                    None
                }
            };
            tests.extend(test);
        }
        tests
    }

    fn bad_test(&mut self, span: Span, message: impl Into<String>, hint: &str) {
        let fault = Diagnostic::error("bad_test", span, message);
        self.report.push(fault.hint(hint));
    }

    fn event_test(&mut self, draft: &DraftTest, event: &Text) -> Option<EventTest> {
        let good = self.good_name(event, "the event", name::check_event);
        if let Some(is) = &draft.is {
            self.bad_test(
                is.span(),
                "`is` belongs to a test of a `setting`",
                "an event is tested with `to`, `split`, `drop` and so on",
            );
        }
        let picks = match (&draft.key, &draft.picks) {
            (Some(key), Some(picks)) => self
                .known_consumer(picks)
                .then(|| (key.value.clone(), picks.value.clone())),
            (None, None) => None,
            (Some(lone), None) | (None, Some(lone)) => {
                let message =
                    "`key` and `picks` stand together: which arm the split picks for a key";
                self.bad_test(lone.span, message, "give both, or neither");
                return None;
            }
        };
        if draft.not_to.as_ref().is_some_and(Vec::is_empty) {
            self.names_nobody(draft, "not_to");
        }
        let test = EventTest {
            event: event.value.clone(),
            to: draft.to.as_ref().map(|names| self.name_set(names)),
            not_to: self.name_set(draft.not_to.iter().flatten()),
            split: draft
                .split
                .as_ref()
                .map(|arms| self.shares(arms.iter().map(|(n, w)| (n, Some(w))), Self::weight)),
            mirror: draft.mirror.as_ref().map(|names| self.name_set(names)),
            drop: draft.drop.as_ref().and_then(|text| self.bool(text)),
            unrouted: draft.unrouted.as_ref().and_then(|text| self.bool(text)),
            policy: self.policy(&draft.policy),
            picks,
            measured: self.measured(draft),
            expiry: self.expiry(draft),
        };
        if draft.says_nothing() {
            self.bad_test(
                event.span,
                "the test expects nothing of the event",
                "add `to`, `not_to`, `split`, `mirror`, `drop`, `unrouted`, `policy`, `shares`, \
                 `mirror_shares`, `expired`, or `key` and `picks`",
            );
        }
        good.then_some(test)
    }

    fn name_set<'t>(&mut self, names: impl IntoIterator<Item = &'t Text>) -> BTreeSet<String> {
        let known = |name: &&Text| self.known_consumer(name);
        let names: Vec<&Text> = names.into_iter().filter(known).collect();
        names.into_iter().map(|name| name.value.clone()).collect()
    }

    /// `shares` and `mirror_shares`, and over what they are measured.
    fn measured(&mut self, draft: &DraftTest) -> Option<Measured> {
        let listed = [&draft.shares, &draft.mirror_shares];
        if listed.iter().all(|shares| shares.is_none()) {
            let how = [&draft.within, &draft.keys, &draft.seed];
            if let Some(lone) = how.into_iter().flatten().next() {
                let message = "this is how `shares` and `mirror_shares` are measured, and neither stands here";
                self.bad_test(
                    lone.span,
                    message,
                    "add `shares: { NAME: 95% }`, or delete it",
                );
            }
            return None;
        }
        let [shares, mirror_shares] = listed.map(|listed| {
            let entries = listed.iter().flatten().map(|(n, s)| (n, Some(s)));
            self.shares(entries, Self::measured_share)
        });
        for (key, empty) in ["shares", "mirror_shares"].into_iter().zip(listed) {
            if empty.as_ref().is_some_and(Vec::is_empty) {
                self.names_nobody(draft, key);
            }
        }
        let within = draft.within.as_ref();
        let seed = draft.seed.as_ref();
        Some(Measured {
            shares,
            mirror_shares,
            within_ppm: within
                .and_then(|text| self.measured_share(Some(text)))
                .unwrap_or(Measured::WITHIN_PPM),
            keys: self.keys(draft).unwrap_or(Measured::KEYS),
            seed: seed.and_then(|text| self.int(text, "it must be 0 or more")),
        })
    }

    /// Of a list that would say nothing: what is expected of nobody always holds.
    fn names_nobody(&mut self, draft: &DraftTest, key: &str) {
        let message = format!("`{key}` names nobody");
        let hint = "name a consumer, or delete it; `split: {}` and `mirror: []` expect none";
        self.bad_test(draft.span, message, hint);
    }

    fn measured_share(&mut self, text: Option<&Text>) -> Option<u32> {
        let ppm = self.share(text)?;
        if ppm > routewright::limits::SHARE_PPM_MAX
            && let Some(text) = text
        {
            let message = format!("{} is above 100%", shown(&text.value));
            self.error("bad_value", text.span, message);
        }
        Some(ppm)
    }

    fn keys(&mut self, draft: &DraftTest) -> Option<u32> {
        let text = draft.keys.as_ref()?;
        let keys: u32 = self.int(text, "it must be 1 to 100000")?;
        if !(1..=Measured::KEYS_MAX).contains(&keys) {
            let message = format!("{keys} is out of range: it must be 1 to 100000");
            self.error("bad_value", text.span, message);
        }
        Some(keys)
    }

    fn expiry(&mut self, draft: &DraftTest) -> Option<Expiry> {
        let at = draft.at.as_ref();
        let Some(expired) = &draft.expired else {
            if let Some(at) = at {
                // Routes that are past their last day still answer: only `check` minds.
                let message = "`at` is when `expired` is asked, which does not stand here";
                let hint =
                    "add `expired: true` or `expired: false`; nothing else depends on the time";
                self.bad_test(at.span, message, hint);
            }
            return None;
        };
        let at = at.map(|at| self.value(at, Moment::parse));
        Some(Expiry {
            expired: self.bool(expired)?,
            at: at.flatten(),
        })
    }

    fn setting_test(&mut self, draft: &DraftTest, path: &Text) -> Option<SettingTest> {
        if draft.is.is_none() && draft.expired.is_none() {
            self.expects_nothing(path);
            return None;
        }
        if let Some(other) = draft.of_an_event() {
            self.bad_test(
                other,
                "this belongs to a test of an `event`",
                "a setting is tested with `is` and `expired`",
            );
        }
        if !self.definition.settings.contains_key(&path.value) {
            if self.complete && !self.settings.contains(path.value.as_str()) {
                let message = format!("there is no setting {}", shown(&path.value));
                let fault = Diagnostic::error(Code::UnknownSetting.as_str(), path.span, message);
                let hint = self.setting_hint(&path.value);
                self.report.push(fault.maybe_hint(hint));
            }
            return None;
        }
        let is = match &draft.is {
            Some(is) => Some(self.tested_value(path, is)?),
            None => None,
        };
        Some(SettingTest {
            setting: path.value.clone(),
            is,
            expiry: self.expiry(draft),
        })
    }

    fn expects_nothing(&mut self, path: &Text) {
        let message = "the test expects nothing of the setting";
        self.bad_test(path.span, message, "add `is` and the value, or `expired`");
    }

    fn tested_value(&mut self, path: &Text, is: &DraftValue) -> Option<Value> {
        let setting = self.definition.settings.get(&path.value)?;
        let (form, kind, columns, values) = (
            setting.form,
            setting.kind,
            setting.columns.clone(),
            setting.values.clone(),
        );
        let Some(is) = is.clone().of(form) else {
            self.expects_nothing(path);
            return None;
        };
        let value = self.setting_value(form, kind, &columns, &is)?;
        if kind == routewright::Kind::Enum
            && let DraftValue::One(word) = &is
            && !values.contains(&word.value)
        {
            let fault = Diagnostic::error(
                Code::NotAValue.as_str(),
                word.span,
                format!("{} is not one of the setting's values", shown(&word.value)),
            );
            let hint = crate::diagnostic::one_of(
                &word.value,
                "its values are",
                values.iter().map(String::as_str),
            );
            self.report.push(fault.maybe_hint(hint));
            return None;
        }
        Some(value)
    }
}

impl DraftTest {
    /// Whether nothing is expected of the event (also nothing that has a fault, and
    /// nothing that was told to need something else beside it).
    fn says_nothing(&self) -> bool {
        self.of_an_event().is_none()
            && self.is.is_none()
            && self.expired.is_none()
            && self.at.is_none()
    }

    /// Where something stands that is expected of events alone.
    fn of_an_event(&self) -> Option<Span> {
        let policy = &self.policy;
        let texts = [
            &self.drop,
            &self.unrouted,
            &self.key,
            &self.picks,
            &self.within,
            &self.keys,
            &self.seed,
            &policy.timeout,
            &policy.retries,
            &policy.retry_delay,
            &policy.priority,
        ];
        let lists = [&self.to, &self.not_to, &self.mirror];
        let maps = [&self.split, &self.shares, &self.mirror_shares];
        let listed = lists.into_iter().flatten().map(|list| list.first());
        let mapped = maps
            .into_iter()
            .flatten()
            .map(|map| map.first().map(|(name, _)| name));
        // An empty list has no place of its own.
        let place = |text: Option<&Text>| text.map_or(self.span, |text| text.span);
        let texts = texts.into_iter().flatten().map(Some);
        texts.chain(listed).chain(mapped).map(place).next()
    }
}
