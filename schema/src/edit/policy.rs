//! The policy of a route: what is written, what `defaults` give, what is wanted.

use routewright::{Priority, Scalar};

use super::spell;
use super::tree::Node;
use super::wanted::Route;
use crate::format::text;
use crate::model::Policy;
use crate::value;

/// One value of a policy.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    Time(u64),
    Count(u32),
    Priority(Priority),
}

/// Each key of a policy: what is wanted, and what `defaults` say if they apply.
pub(super) fn keys(wanted: &Route, defaults: &Policy) -> [(&'static str, Said, Option<Said>); 4] {
    let none = Policy::default();
    let drops = wanted.target.drop.is_some();
    let (policy, defaults) = (&wanted.policy, if drops { &none } else { defaults });
    let time = |ns: Option<u64>| Said::Time(ns.unwrap_or(0));
    [
        (
            "timeout",
            time(policy.timeout_ns),
            defaults.timeout_ns.map(Said::Time),
        ),
        (
            "retries",
            Said::Count(policy.retries.unwrap_or(0)),
            defaults.retries.map(Said::Count),
        ),
        (
            "retry_delay",
            time(policy.retry_delay_ns),
            defaults.retry_delay_ns.map(Said::Time),
        ),
        (
            "priority",
            Said::Priority(policy.priority.unwrap_or_default()),
            defaults.priority.map(Said::Priority),
        ),
    ]
}

/// What a key says that is not written.
pub(super) fn nothing(like: &Said) -> Said {
    match like {
        Said::Time(_) => Said::Time(0),
        Said::Count(_) => Said::Count(0),
        Said::Priority(_) => Said::Priority(Priority::Normal),
    }
}

/// What a key says.
pub(super) fn read(key: &str, text: &str) -> Option<Said> {
    Some(match key {
        "retries" => Said::Count(text.parse().ok()?),
        "priority" => Said::Priority(match text {
            "low" => Priority::Low,
            "high" => Priority::High,
            _ => Priority::Normal,
        }),
        _ => Said::Time(value::parse_duration(text).ok()?),
    })
}

/// The defaults of a file, as written.
pub(super) fn defaults(root: &Node) -> Policy {
    let key = |key: &str| {
        let item = root.entry("defaults")?.value.entry(key)?;
        read(key, item.value.text()?)
    };
    let time = |said| match said {
        Some(Said::Time(ns)) => Some(ns),
        _ => None,
    };
    Policy {
        timeout_ns: time(key("timeout")),
        retries: match key("retries") {
            Some(Said::Count(count)) => Some(count),
            _ => None,
        },
        retry_delay_ns: time(key("retry_delay")),
        priority: match key("priority") {
            Some(Said::Priority(priority)) => Some(priority),
            _ => None,
        },
    }
}

/// A value in the style of the one in whose place it will stand.
pub(super) fn spelled(said: &Said, old: Option<&Node>) -> String {
    match (said, old) {
        (Said::Time(ns), Some(old)) => spell::scalar(&Scalar::Duration(*ns), old),
        (Said::Time(ns), None) => text::duration(*ns),
        (Said::Count(count), Some(old)) => spell::number(&count.to_string(), old),
        (Said::Count(count), None) => count.to_string(),
        (Said::Priority(priority), Some(old)) => spell::text(priority.as_str(), old),
        (Said::Priority(priority), None) => priority.as_str().to_owned(),
    }
}
