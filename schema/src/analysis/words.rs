//! A route in words, for people and for diffs of answers.

use routewright::{Outcome, Policy, Priority, RawRoute, Scalar};

/// `loot, audit`, `split loot 95, audit 5`, `drop: cosmetic`, `unrouted`; mirrors and
/// policy follow if there are any.
pub fn route(route: &RawRoute<'_>) -> String {
    match route.outcome() {
        Outcome::Unrouted => "unrouted".to_owned(),
        Outcome::Drop("") => "drop".to_owned(),
        Outcome::Drop(reason) => format!("drop: {reason}"),
        Outcome::Deliver => deliver(route),
    }
}

fn deliver(route: &RawRoute<'_>) -> String {
    let name = |id: u16| route.catalog().consumer(id.into()).unwrap_or("?");
    let mut parts = Vec::new();
    let to: Vec<&str> = route.consumers().map(name).collect();
    if !to.is_empty() {
        parts.push(to.join(", "));
    }
    let arms: Vec<String> = route
        .arms()
        .map(|(id, weight)| format!("{} {weight}", name(id)))
        .collect();
    if !arms.is_empty() {
        parts.push(format!("split {}", arms.join(", ")));
    }
    let mirrors: Vec<String> = route
        .shares()
        .map(|(id, ppm)| format!("{} {}", name(id), share(ppm)))
        .collect();
    if !mirrors.is_empty() {
        parts.push(format!("mirror {}", mirrors.join(", ")));
    }
    let policy = policy(&route.policy());
    let mut text = parts.join("; ");
    if !policy.is_empty() {
        text.push_str(&format!(" ({policy})"));
    }
    text
}

/// A share in parts per million, in percent.
pub fn share(ppm: u32) -> String {
    Scalar::<&str>::Percent(f64::from(ppm) / 1e6).to_string()
}

/// `timeout 50ms, retries 3, high`; empty if nothing was said.
pub fn policy(policy: &Policy) -> String {
    let time = |d: std::time::Duration| Scalar::<&str>::Duration(d.as_nanos() as u64);
    let mut parts = Vec::new();
    parts.extend(policy.timeout.map(|t| format!("timeout {}", time(t))));
    if policy.retries > 0 {
        parts.push(format!("retries {}", policy.retries));
    }
    parts.extend(
        policy
            .retry_delay
            .map(|t| format!("retry delay {}", time(t))),
    );
    if policy.priority != Priority::Normal {
        parts.push(policy.priority.as_str().to_owned());
    }
    parts.join(", ")
}

/// The value of a setting: a scalar, `[a, b]`, or `[[a, b], [c, d]]`.
pub fn value<'a>(
    form: routewright::Form,
    columns: usize,
    scalars: impl Iterator<Item = Scalar<&'a str>>,
) -> String {
    let texts: Vec<String> = scalars.map(|s| s.to_string()).collect();
    match form {
        routewright::Form::One => texts.join(""),
        routewright::Form::List => format!("[{}]", texts.join(", ")),
        routewright::Form::Table => {
            let rows: Vec<String> = texts
                .chunks(columns.max(1))
                .map(|row| format!("[{}]", row.join(", ")))
                .collect();
            format!("[{}]", rows.join(", "))
        }
    }
}
