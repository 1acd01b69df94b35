//! What the demo prints.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use routewright_schema::pb::Change;

use super::engine::Ledger;
use crate::remote::generation;
use crate::report::{Done, Failure, say};

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

/// `1.24 ms`, `2.5 s`.
pub fn time(time: Duration) -> String {
    match time.as_micros() {
        us if us < 1_000 => format!("{us} us"),
        us if us < 1_000_000 => format!("{:.2} ms", us as f64 / 1e3),
        us => format!("{:.1} s", us as f64 / 1e6),
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

/// Where events went by which version, in all engines; and that none was lost in any.
pub fn ledgers(names: &[&str], ended: &[(Ledger, u64)]) -> Done {
    let versions: BTreeSet<u64> = ended.iter().flat_map(|(l, _)| l.versions()).collect();
    let versions: Vec<u64> = versions.into_iter().collect();
    deliveries(&versions, ended);
    say("");
    say(format_args!(
        "{:<20}{:>12}{:>13}{:>11}{:>11}",
        "ledger", "in", "delivered", "dropped", "unrouted"
    ));
    let (mut totals, mut all_sent) = ([0; 4], 0);
    for (name, (ledger, sent)) in names.iter().zip(ended) {
        let mut row = [0; 4];
        for entry in versions.iter().map(|version| ledger.version(*version)) {
            let [delivered, dropped, unrouted] = entry.outcomes;
            add(&mut row, [entry.entered, delivered, dropped, unrouted]);
        }
        row_of(name, row);
        let [entered, delivered, dropped, unrouted] = row;
        if entered != *sent || entered != delivered + dropped + unrouted {
            return Err(Failure::Bad(format!(
                "{name} lost events: {sent} sent, {entered} in, {} out",
                delivered + dropped + unrouted
            )));
        }
        add(&mut totals, row);
        all_sent += sent;
    }
    row_of("all", totals);
    if versions != [0, 1, 2, 3] {
        return Err(Failure::Bad(format!(
            "versions {versions:?} decided events, and not 0 to 3"
        )));
    }
    let [entered, delivered, dropped, unrouted] = totals;
    say(format_args!(
        "\n{} sent = {} in = {} delivered + {} dropped + {} unrouted: none was lost",
        thousands(all_sent),
        thousands(entered),
        thousands(delivered),
        thousands(dropped),
        thousands(unrouted)
    ));
    Ok(())
}

fn add(totals: &mut [u64; 4], row: [u64; 4]) {
    let pairs = totals.iter_mut().zip(row);
    pairs.for_each(|(total, count)| *total += count);
}

/// A column for each version.
fn deliveries(versions: &[u64], ended: &[(Ledger, u64)]) {
    let mut consumers: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (at, version) in versions.iter().enumerate() {
        for entry in ended.iter().map(|(ledger, _)| ledger.version(*version)) {
            for (name, count) in entry.consumers {
                let counts = consumers.entry(name);
                counts.or_insert_with(|| vec![0; versions.len()])[at] += count;
            }
        }
    }
    let line = |name: &str, cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:>14}")).collect();
        say(format!("{name:<20}{}", cells.concat()));
    };
    let heads = versions
        .iter()
        .map(|version| generation(*version))
        .collect();
    line("deliveries to", heads);
    for (name, counts) in consumers {
        let counts = counts.into_iter().map(thousands).collect();
        line(&format!("  {name}"), counts);
    }
}

fn row_of(name: &str, counts: [u64; 4]) {
    let [a, b, c, d] = counts.map(thousands);
    say(format_args!("  {name:<18}{a:>12}{b:>13}{c:>11}{d:>11}"));
}
