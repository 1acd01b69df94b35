//! Policy keys: `timeout`, `retries`, `retry_delay`, `priority`.

use routewright::Priority;

use super::Resolver;
use crate::diagnostic::{Diagnostic, one_of};
use crate::draft::DraftPolicy;
use crate::model::Policy;
use crate::source::Text;
use crate::value::{self, shown};

const PRIORITIES: [(&str, Priority); 3] = [
    ("low", Priority::Low),
    ("normal", Priority::Normal),
    ("high", Priority::High),
];

impl Resolver<'_, '_> {
    pub(super) fn policy(&mut self, draft: &DraftPolicy) -> Policy {
        Policy {
            timeout_ns: draft
                .timeout
                .as_ref()
                .and_then(|t| self.value(t, value::parse_duration)),
            retries: draft
                .retries
                .as_ref()
                .and_then(|t| self.int(t, "it must be 0 to 100")),
            retry_delay_ns: draft
                .retry_delay
                .as_ref()
                .and_then(|t| self.value(t, value::parse_duration)),
            priority: draft.priority.as_ref().and_then(|t| self.priority(t)),
        }
    }

    fn priority(&mut self, text: &Text) -> Option<Priority> {
        let known = PRIORITIES.iter().find(|(word, _)| *word == text.value);
        if known.is_none() {
            let fault = Diagnostic::error(
                "bad_value",
                text.span,
                format!("there is no priority {}", shown(&text.value)),
            );
            self.report.push(fault.maybe_hint(one_of(
                &text.value,
                "it is one of",
                PRIORITIES.map(|p| p.0),
            )));
        }
        known.map(|(_, priority)| *priority)
    }
}

impl Policy {
    /// The same, with what is not set taken from `defaults`.
    pub(super) fn or(self, defaults: &Policy) -> Policy {
        Policy {
            timeout_ns: self.timeout_ns.or(defaults.timeout_ns),
            retries: self.retries.or(defaults.retries),
            retry_delay_ns: self.retry_delay_ns.or(defaults.retry_delay_ns),
            priority: self.priority.or(defaults.priority),
        }
    }
}
