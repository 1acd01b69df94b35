//! `tests`: what must be true, with its names and values resolved.

use std::collections::BTreeSet;

use routewright::{Code, name};

use super::Resolver;
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, DraftTest, DraftValue};
use crate::model::Test;
use crate::source::Text;
use crate::value::shown;

impl<'d> Resolver<'d, '_> {
    pub(super) fn tests(&mut self, drafts: &'d [Draft]) {
        for draft in drafts.iter().flat_map(|d| &d.tests) {
            let test = match (&draft.event, &draft.setting) {
                (Some(event), None) => self.event_test(draft, event),
                (None, Some(setting)) => self.setting_test(draft, setting),
                (Some(_), Some(setting)) => {
                    let message = "a test is of an `event` or of a `setting`, not of both";
                    self.report.push(
                        Diagnostic::error("bad_test", setting.span, message)
                            .hint("write two tests"),
                    );
                    None
                }
                (None, None) => {
                    let fault = Diagnostic::error(
                        "bad_test",
                        draft.span,
                        "the test has neither `event` nor `setting`",
                    );
                    self.report.push(fault.hint(
                        "write `{ event: NAME, to: [..] }` or `{ setting: PATH, is: VALUE }`",
                    ));
                    None
                }
            };
            self.definition.tests.extend(test);
        }
    }

    fn event_test(&mut self, draft: &DraftTest, event: &Text) -> Option<Test> {
        let good = self.good_name(event, "the event", name::check_event);
        if let Some(is) = &draft.is {
            let message = "`is` belongs to a test of a `setting`";
            self.report.push(
                Diagnostic::error("bad_test", is.span(), message)
                    .hint("an event is tested with `to`, `split`, `drop` and so on"),
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
                let fault = Diagnostic::error("bad_test", lone.span, message);
                self.report.push(fault.hint("give both, or neither"));
                return None;
            }
        };
        let test = Test::Event {
            event: event.value.clone(),
            to: draft.to.as_ref().map(|names| self.name_set(names)),
            split: draft
                .split
                .as_ref()
                .map(|arms| self.shares(arms.iter().map(|(n, w)| (n, Some(w))), Self::weight)),
            mirror: draft.mirror.as_ref().map(|names| self.name_set(names)),
            drop: draft.drop.as_ref().and_then(|text| self.bool(text)),
            unrouted: draft.unrouted.as_ref().and_then(|text| self.bool(text)),
            policy: self.policy(&draft.policy),
            picks,
        };
        if draft.says_nothing() {
            let fault = Diagnostic::error(
                "bad_test",
                event.span,
                "the test expects nothing of the event",
            );
            self.report.push(fault.hint(
                "add `to`, `split`, `mirror`, `drop`, `unrouted`, `policy`, or `key` and `picks`",
            ));
        }
        good.then_some(test)
    }

    fn name_set(&mut self, names: &[Text]) -> BTreeSet<String> {
        names
            .iter()
            .filter(|name| self.known_consumer(name))
            .map(|name| name.value.clone())
            .collect()
    }

    fn setting_test(&mut self, draft: &DraftTest, path: &Text) -> Option<Test> {
        let nothing = |this: &mut Self| {
            let message = "the test expects nothing of the setting";
            let fault = Diagnostic::error("bad_test", path.span, message);
            this.report.push(fault.hint("add `is` and the value"));
        };
        let Some(is) = &draft.is else {
            nothing(self);
            return None;
        };
        if let Some(other) = draft
            .to
            .iter()
            .flatten()
            .next()
            .or(draft.drop.as_ref())
            .or(draft.unrouted.as_ref())
        {
            self.error(
                "bad_test",
                other.span,
                "this belongs to a test of an `event`",
            );
        }
        let Some(setting) = self.definition.settings.get(&path.value) else {
            if self.complete && !self.settings.contains(path.value.as_str()) {
                let message = format!("there is no setting {}", shown(&path.value));
                let fault = Diagnostic::error(Code::UnknownSetting.as_str(), path.span, message);
                let hint = self.setting_hint(&path.value);
                self.report.push(fault.maybe_hint(hint));
            }
            return None;
        };
        let (form, kind, columns, values) = (
            setting.form,
            setting.kind,
            setting.columns.clone(),
            setting.values.clone(),
        );
        let Some(is) = is.clone().of(form) else {
            nothing(self);
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
        Some(Test::Setting {
            setting: path.value.clone(),
            is: value,
        })
    }
}

impl DraftTest {
    /// Whether nothing is expected of the event (also nothing that has a fault).
    fn says_nothing(&self) -> bool {
        let policy = &self.policy;
        let texts = [
            &self.drop,
            &self.unrouted,
            &self.key,
            &policy.timeout,
            &policy.retries,
            &policy.retry_delay,
            &policy.priority,
        ];
        texts.iter().all(|t| t.is_none())
            && self.to.is_none()
            && self.split.is_none()
            && self.mirror.is_none()
            && self.is.is_none()
    }
}
