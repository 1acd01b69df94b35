//! `events`, `routes`, `fallback`, and the `defaults` of each file.

use std::collections::{BTreeMap, HashMap, HashSet};

use routewright::{Code, limits::SHARE_PPM_MAX, name};

use super::Resolver;
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, DraftRoute};
use crate::model::{Fallback, Policy, Route, Target};
use crate::source::{Span, Text};
use crate::value::{self, Date, shown};

impl<'d> Resolver<'d, '_> {
    pub(super) fn events(&mut self, drafts: &'d [Draft]) {
        let mut seen = HashMap::new();
        for event in drafts.iter().flat_map(|d| &d.events) {
            let first = self.once(&mut seen, event, "the event");
            if first && self.good_name(event, "the event", name::check_event) {
                self.definition.events.insert(event.value.clone());
            }
        }
        // A message declares its event as well; beside a route it only gives the type.
        let mut typed = HashMap::new();
        // The name of a route that stands in the message is checked with the routes.
        let routed: HashSet<Span> = drafts
            .iter()
            .flat_map(|d| &d.routes)
            .map(|route| route.name.span)
            .collect();
        for payload in drafts.iter().flat_map(|d| &d.payloads) {
            let event = &payload.event;
            let name = shown(&event.value);
            if let Some(rival) = typed.insert(event.value.as_str(), event.span) {
                let message = format!("two messages are the payload of the event {name}");
                let fault = Diagnostic::error(Code::Duplicate.as_str(), event.span, message);
                self.report.push(
                    fault
                        .label("again here")
                        .also(rival, "first here")
                        .hint("an event has one payload; give the other an event of its own"),
                );
            } else if routed.contains(&event.span) {
                // Told and checked with its route.
            } else if let Some(listed) = seen.get(event.value.as_str()) {
                let message =
                    format!("the event {name} has a message, and stands in `events` as well");
                let fault = Diagnostic::error(Code::Duplicate.as_str(), *listed, message);
                self.report.push(
                    fault
                        .label("delete this")
                        .also(event.span, "its message, which declares it"),
                );
            } else if self.good_name(event, "the event", name::check_event) {
                self.definition.events.insert(event.value.clone());
            }
        }
        // An exact route declares its event already. Two places that declare one name
        // drift apart, so that one of them has to go.
        for route in drafts.iter().flat_map(|d| &d.routes) {
            if let Some(event) = seen.get(route.name.value.as_str()) {
                let message = format!(
                    "the event {} has a route, and stands in `events` as well",
                    shown(&route.name.value)
                );
                let fault = Diagnostic::error(Code::Duplicate.as_str(), *event, message);
                self.report.push(
                    fault
                        .label("delete this")
                        .also(route.name.span, "its route, which declares it"),
                );
            }
        }
    }

    pub(super) fn routes(&mut self, drafts: &'d [Draft]) {
        let mut seen = HashMap::new();
        for draft in drafts {
            let defaults = self.policy(&draft.defaults);
            for route in &draft.routes {
                let first = self.once(&mut seen, &route.name, "the route");
                let good = self.good_name(&route.name, "the route", name::check_route);
                let resolved = self.route(route, &defaults);
                if !(first && good) {
                    continue;
                }
                if !name::is_pattern(&route.name.value) {
                    self.definition.events.insert(route.name.value.clone());
                }
                self.definition
                    .routes
                    .insert(route.name.value.clone(), resolved);
            }
        }
    }

    fn route(&mut self, draft: &DraftRoute, defaults: &Policy) -> Route {
        let policy = self.policy(&draft.policy);
        let delivers = draft.drop.is_none();
        let text = |text: &Option<Text>| text.as_ref().map_or(String::new(), |t| t.value.clone());
        Route {
            target: self.target(draft),
            policy: if delivers {
                policy.or(defaults)
            } else {
                policy
            },
            rank: draft
                .rank
                .as_ref()
                .and_then(|t| self.int(t, "a rank is an integer of 32 bits"))
                .unwrap_or(0),
            enabled: draft
                .enabled
                .as_ref()
                .and_then(|t| self.bool(t))
                .unwrap_or(true),
            doc: text(&draft.doc),
            owner: text(&draft.owner),
            deprecated: text(&draft.deprecated),
            expires: self.expires(draft.expires.as_ref()),
        }
    }

    /// A date, as it is written; empty if there is none.
    pub(super) fn expires(&mut self, text: Option<&Text>) -> String {
        let date = text.and_then(|text| self.value(text, Date::parse));
        date.map_or(String::new(), |date| date.to_string())
    }

    pub(super) fn fallback(&mut self, drafts: &'d [Draft]) {
        let mut given = drafts.iter().filter_map(|d| d.fallback.as_ref());
        let Some(first) = given.next() else { return };
        for again in given {
            let fault = Diagnostic::error(
                Code::Duplicate.as_str(),
                again.name.span,
                "`fallback` stands in two files",
            );
            self.report.push(
                fault
                    .label("again here")
                    .also(first.name.span, "first here")
                    .hint("keep one; it serves all files"),
            );
        }
        let target = self.target(first);
        let policy = self.policy(&first.policy);
        self.definition.fallback = Some(Fallback { target, policy });
    }

    fn target(&mut self, draft: &DraftRoute) -> Target {
        let to = draft
            .to
            .iter()
            .flatten()
            .filter(|name| self.known_consumer(name))
            .map(|name| name.value.clone());
        let to = to.collect();
        let split = draft
            .split
            .iter()
            .flatten()
            .map(|(name, weight)| (name, Some(weight)));
        let mirror = draft
            .mirror
            .iter()
            .flatten()
            .map(|(name, share)| (name, share.as_ref()));
        Target {
            to,
            split: self.shares(split, Self::weight),
            mirror: self.shares(mirror, Self::share),
            drop: draft.drop.as_ref().map(|reason| self.reason(reason)),
        }
    }

    /// Consumers, each with a number.
    pub(super) fn shares<'t>(
        &mut self,
        entries: impl Iterator<Item = (&'t Text, Option<&'t Text>)>,
        number: fn(&mut Self, Option<&Text>) -> Option<u32>,
    ) -> BTreeMap<String, u32> {
        let mut out = BTreeMap::new();
        let mut seen: HashMap<&str, _> = HashMap::new();
        for (name, text) in entries {
            let number = number(self, text);
            if !self.known_consumer(name) {
                continue;
            }
            if let Some(rival) = seen.insert(name.value.as_str(), name.span) {
                let message = format!("the consumer {} stands twice", shown(&name.value));
                let fault = Diagnostic::error(Code::Duplicate.as_str(), name.span, message);
                self.report
                    .push(fault.label("again here").also(rival, "first here"));
            } else if let Some(number) = number {
                out.insert(name.value.clone(), number);
            }
        }
        out
    }

    pub(super) fn weight(&mut self, text: Option<&Text>) -> Option<u32> {
        let text = text?;
        if let Some(number) = text.value.strip_suffix('%') {
            let message = format!("the weight {} has a `%`", shown(&text.value));
            let hint = format!(
                "write {}: an arm gets its weight out of the sum of all",
                shown(number.trim_end())
            );
            self.report
                .push(Diagnostic::error("bad_value", text.span, message).hint(hint));
            return None;
        }
        self.int(text, "a weight is an integer of at least 1")
    }

    pub(super) fn share(&mut self, text: Option<&Text>) -> Option<u32> {
        match text {
            None => Some(SHARE_PPM_MAX),
            Some(text) => self.value(text, value::parse_share_ppm),
        }
    }

    /// The reason of a `drop`. `true` and `false` are none: who writes `drop: false`
    /// does not mean that the event is dropped.
    fn reason(&mut self, text: &Text) -> String {
        if matches!(text.value.as_str(), "true" | "false") {
            let message = format!(
                "`drop` is the reason why nobody gets the event, not {}",
                shown(&text.value)
            );
            let hint = match text.value.as_str() {
                "true" => "write why, such as `drop: \"cosmetic\"`",
                _ => "delete the key; a route that delivers has no `drop`",
            };
            self.report
                .push(Diagnostic::error("bad_value", text.span, message).hint(hint));
        }
        text.value.clone()
    }
}
