//! An explanation, told: aligned lines for people, a value for programs.

use routewright::Policy;
use serde_json::{Value, json};

use super::{Explanation, Fate};
use crate::analysis::graph::visible;
use crate::analysis::test::is_past;
use crate::analysis::words;
use crate::format::text;
use crate::load::Loaded;
use crate::model::Route;
use crate::value::Moment;

/// What is known beside the table.
#[derive(Clone, Copy, Debug)]
pub struct Known<'k> {
    /// The definitions that the table was compiled from, if they are at hand.
    pub loaded: Option<&'k Loaded>,
    /// The time that it is explained for.
    pub at: Moment,
    /// What the event is called in generated Rust.
    pub rust: Option<&'k str>,
}

impl<'k> Known<'k> {
    /// The route that answers, as it is defined.
    fn route(&self, answer: &Explanation) -> Option<&'k Route> {
        let rule = answer.rule.as_ref()?;
        self.loaded?.definition.routes.get(rule)
    }

    /// The message that the event carries.
    fn payload(&self, answer: &Explanation) -> Option<&'k String> {
        self.loaded?.messages.payloads.get(&answer.event)
    }

    fn place_of(&self, rule: &str) -> Option<String> {
        let loaded = self.loaded?;
        let span = loaded.places.route(rule)?;
        Some(loaded.sources.place(span))
    }

    fn place(&self, answer: &Explanation) -> Option<String> {
        match &answer.rule {
            Some(rule) => self.place_of(rule),
            None if answer.fallback => {
                let loaded = self.loaded?;
                let span = loaded.places.fallback()?;
                Some(loaded.sources.place(span))
            }
            None => None,
        }
    }
}

/// For people, below a first line that names the event. Nothing in it can move a cursor.
pub fn to_lines(answer: &Explanation, known: &Known<'_>) -> Vec<String> {
    let mut lines = Lines::default();
    lines.put("goes to", goes_to(answer));
    lines.columns("split", arms(&answer.split));
    let mirror = answer.mirror.iter();
    let copies = mirror.map(|(to, ppm)| (to.clone(), text::percent(*ppm), String::new()));
    lines.columns("mirror", copies.collect());
    let policy = words::policy(&answer.policy);
    if !policy.is_empty() {
        lines.put("policy", policy);
    }
    if let Some(name) = known.rust {
        lines.put("in Rust", format!("`Event::{name}`"));
    }
    if let Some(message) = known.payload(answer) {
        lines.put("payload", format!("`{message}`"));
    }
    let place = |place: Option<String>| place.map_or(String::new(), |place| format!("  {place}"));
    let here = place(known.place(answer));
    match &answer.rule {
        Some(rule) => lines.put("rule", format!("`{rule}`{here}")),
        None if answer.fallback => lines.put("rule", format!("fallback{here}")),
        None => {}
    }
    let expires = known.route(answer).map_or("", |route| &route.expires);
    if let Some(expires) = expires_text(expires, known.at) {
        lines.put("expires", expires);
    }
    lines.put("because", answer.why.clone());
    for (rule, why) in &answer.lost {
        let there = place(known.place_of(rule));
        lines.put("lost", format!("`{rule}`{there}: {why}"));
    }
    let mut out = vec![head(answer)];
    out.extend(lines.0);
    out.iter().map(|line| escaped(line)).collect()
}

fn head(answer: &Explanation) -> String {
    match answer.declared {
        true => answer.event.clone(),
        false => format!("{}  (not declared)", answer.event),
    }
}

fn goes_to(answer: &Explanation) -> String {
    let all = answer.consumers.join(", ");
    match (answer.outcome, all.is_empty(), answer.split.is_empty()) {
        (Fate::Deliver, false, true) => all,
        (Fate::Deliver, false, false) => format!("{all}, and one arm of the split, by its key"),
        (Fate::Deliver, true, _) => "one arm of the split, by its key".to_owned(),
        _ => answer.answer.clone(),
    }
}

/// Consumer, share, and what that is of.
fn arms(split: &[(String, u32)]) -> Vec<(String, String, String)> {
    let of = sum(split);
    let arm = |(to, weight): &(String, u32)| {
        let note = format!("{weight} of {of}");
        (to.clone(), text::percent(share_ppm(*weight, of)), note)
    };
    split.iter().map(arm).collect()
}

fn sum(split: &[(String, u32)]) -> u64 {
    split.iter().map(|(_, weight)| u64::from(*weight)).sum()
}

/// To hundredths of a percent, which is what a split of at most 65,535 can be read for.
fn share_ppm(weight: u32, of: u64) -> u32 {
    let of = of.max(1);
    ((u64::from(weight) * 10_000 + of / 2) / of) as u32 * 100
}

/// A last day (`expires`), and whether it is over at that time; `None`: there is none.
pub fn expires_text(day: &str, at: Moment) -> Option<String> {
    match (day.is_empty(), is_past(day, at)) {
        (true, _) => None,
        (_, true) => Some(format!(
            "its last day was {day}; it still answers at {at}, and `check` fails"
        )),
        (_, false) => Some(format!("its last day is {day}")),
    }
}

/// Labels in a column of their own.
#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    fn put(&mut self, label: &str, text: String) {
        self.0.push(format!("  {label:<8} {text}"));
    }

    /// Names to the left, numbers to the right.
    fn columns(&mut self, label: &str, rows: Vec<(String, String, String)>) {
        let wide = |of: fn(&(String, String, String)) -> &String| {
            let widths = rows.iter().map(|row| of(row).chars().count());
            widths.max().unwrap_or(0)
        };
        let (names, numbers) = (wide(|row| &row.0), wide(|row| &row.1));
        for (at, (name, number, note)) in rows.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let row = format!("{name:<names$}  {number:>numbers$}  {note}");
            self.put(label, row.trim_end().to_owned());
        }
    }
}

/// A line with names and texts from outside, none of which can move a cursor, paint, or end
/// the line: what cannot be seen is spelled out.
pub fn escaped(line: &str) -> String {
    line.split(' ').map(visible).collect::<Vec<_>>().join(" ")
}

/// For programs.
pub fn to_json(answer: &Explanation, known: &Known<'_>) -> Value {
    let lost = answer
        .lost
        .iter()
        .map(|(rule, why)| json!({ "rule": rule, "why": why, "place": known.place_of(rule) }));
    let of = sum(&answer.split);
    let split = answer.split.iter().map(|(to, weight)| {
        json!({ "consumer": to, "weight": weight, "share": text::percent(share_ppm(*weight, of)) })
    });
    let mirror = answer
        .mirror
        .iter()
        .map(|(to, ppm)| json!({ "consumer": to, "share": text::percent(*ppm) }));
    let route = known.route(answer);
    let expires = route.map(|r| &r.expires).filter(|day| !day.is_empty());
    json!({
        "event": answer.event,
        "payload": known.payload(answer),
        "rust": known.rust.map(|name| format!("Event::{name}")),
        "declared": answer.declared,
        "answer": answer.answer,
        "outcome": answer.outcome.as_str(),
        "consumers": answer.consumers,
        "split": split.collect::<Vec<_>>(),
        "mirror": mirror.collect::<Vec<_>>(),
        "drop": answer.drop,
        "policy": policy(&answer.policy),
        "rule": answer.rule,
        "fallback": answer.fallback,
        "why": answer.why,
        "place": known.place(answer),
        "expires": expires,
        "expired": expires.map(|day| is_past(day, known.at)),
        "lost": lost.collect::<Vec<_>>(),
    })
}

/// As the language spells it; what is not said is null.
fn policy(policy: &Policy) -> Value {
    let time = |time: Option<std::time::Duration>| {
        time.map(|time| text::duration(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)))
    };
    json!({
        "timeout": time(policy.timeout),
        "retries": policy.retries,
        "retry_delay": time(policy.retry_delay),
        "priority": policy.priority.as_str(),
    })
}
