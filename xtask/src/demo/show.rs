//! What the demo prints.

use std::collections::BTreeMap;
use std::time::Duration;

use routewright_schema::pb::Change;

use super::service::{Entry, Ledger};
use crate::report::{Failure, say};

/// `50,000`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1.24 ms`.
pub fn time(time: Duration) -> String {
    match time.as_micros() {
        us if us < 1_000 => format!("{us} us"),
        us => format!("{:.2} ms", us as f64 / 1e3),
    }
}

/// What a push changed.
pub fn changes(changes: &[Change]) {
    for change in changes {
        say(format_args!(
            "            {} {}: {} -> {}",
            change.kind,
            change.name,
            or_nothing(&change.before),
            or_nothing(&change.after)
        ));
    }
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}

/// Where events went before, during and after the override, and that none was lost.
pub fn ledger(before: &Entry, last: &Ledger, sent: u64) -> Result<(), Failure> {
    let during = last.version(1);
    let after = minus(&last.version(0), before);
    let phases = [
        ("before (baseline)", before),
        ("during (version 1)", &during),
        ("after (baseline)", &after),
    ];

    let mut consumers: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for (at, (_, phase)) in phases.iter().enumerate() {
        for (name, count) in &phase.consumers {
            consumers.entry(name).or_default()[at] = *count;
        }
    }
    say(format_args!(
        "{:<20}{:>19}{:>20}{:>19}",
        "deliveries to", phases[0].0, phases[1].0, phases[2].0
    ));
    for (name, counts) in consumers {
        let [a, b, c] = counts.map(thousands);
        say(format_args!("  {name:<18}{a:>19}{b:>20}{c:>19}"));
    }
    say("");
    say(format_args!(
        "{:<20}{:>12}{:>13}{:>11}{:>11}",
        "ledger", "in", "delivered", "dropped", "unrouted"
    ));
    let mut totals = [0; 4];
    for (name, phase) in phases {
        let row = [
            phase.entered,
            phase.outcomes[0],
            phase.outcomes[1],
            phase.outcomes[2],
        ];
        totals
            .iter_mut()
            .zip(row)
            .for_each(|(total, count)| *total += count);
        row_of(name, row);
    }
    row_of("all", totals);
    let [entered, delivered, dropped, unrouted] = totals;
    if last.versions() != [0, 1] || entered != sent || entered != delivered + dropped + unrouted {
        return Err(Failure::Bad(format!(
            "events were lost: {sent} sent, {entered} in, {} out",
            delivered + dropped + unrouted
        )));
    }
    say(format_args!(
        "\n{} sent = {} in = {} delivered + {} dropped + {} unrouted: none was lost",
        thousands(sent),
        thousands(entered),
        thousands(delivered),
        thousands(dropped),
        thousands(unrouted)
    ));
    Ok(())
}

fn row_of(name: &str, counts: [u64; 4]) {
    let [a, b, c, d] = counts.map(thousands);
    say(format_args!("  {name:<18}{a:>12}{b:>13}{c:>11}{d:>11}"));
}

fn minus(all: &Entry, part: &Entry) -> Entry {
    let earlier: BTreeMap<&str, u64> = part
        .consumers
        .iter()
        .map(|(n, c)| (n.as_str(), *c))
        .collect();
    let consumers = all
        .consumers
        .iter()
        .map(|(n, c)| (n.clone(), c - earlier.get(n.as_str()).copied().unwrap_or(0)));
    Entry {
        entered: all.entered - part.entered,
        outcomes: std::array::from_fn(|at| all.outcomes[at] - part.outcomes[at]),
        consumers: consumers.collect(),
    }
}
