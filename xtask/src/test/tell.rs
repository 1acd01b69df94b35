//! What `test` prints.

use routewright_schema::analysis::coverage::Covered;
use routewright_schema::analysis::explain::{self, Explanation, Known, explain};
use routewright_schema::analysis::test::{Given, Mismatch, Verdict};
use serde_json::{Value, json};

use super::{Ran, place};
use crate::report::{count, say, say_json};
use crate::term::Style;

impl Ran {
    /// Tells why the event of a test is answered as it is, with `tell`, as `explain` does.
    fn explained<T>(
        &self,
        verdict: &Verdict,
        tell: impl FnOnce(&Explanation, &Known<'_>) -> T,
    ) -> T {
        let known = Known {
            loaded: Some(&self.loaded),
            at: verdict.at,
            // To spell one name, all are looked at: too much for each of many failures.
            rust: None,
        };
        tell(&explain(&self.table, &verdict.about), &known)
    }

    /// Where the value of a setting comes from.
    fn set_at(&self, setting: &str) -> Option<String> {
        let span = self.loaded.places.setting(setting)?;
        Some(self.loaded.sources.place(span))
    }

    /// Where a rule stands.
    fn rule_at(&self, rule: &Covered) -> String {
        let places = &self.loaded.places;
        let span = match &rule.rule {
            Some(name) => places.route(name),
            None => places.fallback(),
        };
        span.map_or(String::new(), |span| self.loaded.sources.place(span))
    }
}

/// Each failure: expected against actual, and why the actual is so.
pub fn failures(ran: &Ran) {
    let failed = ran.verdicts.iter().filter(|v| !v.failures.is_empty());
    for verdict in failed {
        let place = place(&ran.loaded, verdict.index);
        let word = Style::Bad.paint("FAILED");
        let about = explain::escaped(&format!("{}  {place}", verdict.about));
        say(format_args!("{word} {about}"));
        compared(&verdict.failures);
        if verdict.of_event {
            let lines = ran.explained(verdict, explain::to_lines);
            lines
                .iter()
                .for_each(|line| say(format_args!("    {line}")));
        } else if let Some(place) = ran.set_at(&verdict.about) {
            say(format_args!(
                "    set by   its default in the definition, {place}"
            ));
        }
        say("");
    }
}

fn compared(failures: &[Mismatch]) {
    let widths = failures.iter().map(|f| f.what.chars().count());
    let width = widths.max().unwrap_or(0);
    for Mismatch {
        what,
        expected,
        actual,
    } in failures
    {
        for line in [
            format!("  {what:<width$}  expected  {expected}"),
            format!("  {:<width$}  actual    {actual}", ""),
        ] {
            say(explain::escaped(&line));
        }
    }
}

/// How many of each.
pub fn summary(all: &[Ran]) -> String {
    let failed: usize = all.iter().map(Ran::failed).sum();
    let ran: usize = all.iter().map(|ran| ran.verdicts.len()).sum();
    let left_out = match all.iter().map(|ran| ran.left_out).sum() {
        0 => String::new(),
        n => format!(", {n} left out by the filter"),
    };
    let passed = Style::Good.paint(format_args!("{} passed", ran - failed));
    let failed = match failed {
        0 => "0 failed".to_owned(),
        n => Style::Bad.paint(format_args!("{n} failed")),
    };
    format!("{passed}, {failed}{left_out}")
}

/// How much is covered, and what is not.
pub fn coverage(ran: &Ran) {
    let Some(coverage) = &ran.coverage else {
        return;
    };
    say(format_args!(
        "{}: {} covered, {} of {}",
        ran.name,
        coverage.percent_text(),
        coverage.covered(),
        count(coverage.rules.len(), "rule")
    ));
    let uncovered = coverage.rules.iter().filter(|rule| rule.tests.is_empty());
    let uncovered = uncovered.map(|rule| (called(rule), ran.rule_at(rule), String::new()));
    let uncovered: Vec<_> = uncovered.collect();
    table("no test", &uncovered);
    let met = coverage.rules.iter().filter(|rule| !rule.tests.is_empty());
    let missed = met.filter(|rule| !rule.arms_missed.is_empty());
    let missed = missed.map(|rule| {
        let arms = format!("no test meets {}", rule.arms_missed.join(", "));
        (called(rule), ran.rule_at(rule), arms)
    });
    table("arms", &missed.collect::<Vec<_>>());
    if !uncovered.is_empty() {
        say(
            "  Add a test of an event that it answers; `cargo xtask explain EVENT` says which rule that is.",
        );
    }
}

fn called(rule: &Covered) -> String {
    match &rule.rule {
        Some(name) => format!("`{name}`"),
        None => "fallback".to_owned(),
    }
}

fn table(label: &str, rows: &[(String, String, String)]) {
    let wide = |of: fn(&(String, String, String)) -> &String| {
        let widths = rows.iter().map(|row| of(row).chars().count());
        widths.max().unwrap_or(0)
    };
    let (names, places) = (wide(|row| &row.0), wide(|row| &row.1));
    for (at, (name, place, note)) in rows.iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        let line = format!("  {label:<8} {name:<names$}  {place:<places$}  {note}");
        say(explain::escaped(line.trim_end()));
    }
}

/// Everything, for programs; the time if it was named, because "now" is another each run.
pub fn json(all: &[Ran], given: &Given, named: bool) {
    let tests = all.iter().flat_map(|ran| {
        let verdicts = ran.verdicts.iter();
        verdicts.map(|verdict| test_json(ran, verdict))
    });
    let tests: Vec<Value> = tests.collect();
    let failed: usize = all.iter().map(Ran::failed).sum();
    let left_out: usize = all.iter().map(|ran| ran.left_out).sum();
    let coverage: Option<Vec<Value>> = all.iter().map(coverage_json).collect();
    say_json(&json!({
        "passed": tests.len() - failed,
        "failed": failed,
        "left_out": left_out,
        "at": named.then(|| given.at.to_string()),
        "seed": given.seed,
        "tests": tests,
        "coverage": coverage,
    }));
}

fn test_json(ran: &Ran, verdict: &Verdict) -> Value {
    let failures = verdict
        .failures
        .iter()
        .map(|f| json!({ "what": f.what, "expected": f.expected, "actual": f.actual }));
    let passed = verdict.failures.is_empty();
    let explained = !passed && verdict.of_event;
    json!({
        "project": ran.name,
        "about": verdict.about,
        "of": if verdict.of_event { "event" } else { "setting" },
        "place": place(&ran.loaded, verdict.index),
        "passed": passed,
        "failures": failures.collect::<Vec<_>>(),
        "explanation": explained.then(|| ran.explained(verdict, explain::to_json)),
    })
}

fn coverage_json(ran: &Ran) -> Option<Value> {
    let coverage = ran.coverage.as_ref()?;
    let rules = coverage.rules.iter().map(|rule| {
        let tests: Vec<String> = rule
            .tests
            .iter()
            .map(|at| place(&ran.loaded, *at))
            .collect();
        json!({
            "rule": rule.rule,
            "fallback": rule.rule.is_none(),
            "place": ran.rule_at(rule),
            "tests": tests,
            "arms_missed": rule.arms_missed,
        })
    });
    Some(json!({
        "project": ran.name,
        "percent": coverage.percent(),
        "covered": coverage.covered(),
        "rules": rules.collect::<Vec<_>>(),
    }))
}
