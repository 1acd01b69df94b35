//! Runs the `tests:` of a definition against a compiled table.

use std::collections::{BTreeMap, BTreeSet};

use routewright::{Image, Outcome, RawRoute, RouteTable, Scalar};

use super::words;
use crate::lower::scalars;
use crate::model::{Definition, Policy, Test, Value};

/// What came of one test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Its position in `Definition::tests`.
    pub index: usize,
    /// What it is about: an event or setting.
    pub about: String,
    /// What is not as expected, each in a line; empty: it passed.
    pub failures: Vec<String>,
}

/// Runs all tests, in order.
pub fn run(definition: &Definition, table: &RouteTable<Image>) -> Vec<Verdict> {
    definition
        .tests
        .iter()
        .enumerate()
        .map(|(index, test)| one(index, test, table))
        .collect()
}

fn one(index: usize, test: &Test, table: &RouteTable<Image>) -> Verdict {
    match test {
        Test::Event { event, .. } => {
            let route = table.find(event);
            let told = route.as_ref().map_or("nothing".to_owned(), words::route);
            let mut failures = event_failures(test, route);
            if let Some(first) = failures.first_mut() {
                first.push_str(&format!(" (it goes to: {told})"));
            }
            Verdict {
                index,
                about: event.clone(),
                failures,
            }
        }
        Test::Setting { setting, is } => Verdict {
            index,
            about: setting.clone(),
            failures: setting_failures(setting, is, table),
        },
    }
}

fn event_failures(test: &Test, route: Option<RawRoute<'_>>) -> Vec<String> {
    let Test::Event {
        to,
        split,
        mirror,
        drop,
        unrouted,
        policy,
        picks,
        ..
    } = test
    else {
        return Vec::new();
    };
    let mut failures = Vec::new();
    let name = |id: u16| {
        let name = route.as_ref().and_then(|r| r.catalog().consumer(id.into()));
        name.unwrap_or("?").to_owned()
    };
    let told = |ids: &mut dyn Iterator<Item = u16>| ids.map(name).collect::<BTreeSet<String>>();
    if let Some(expected) = to {
        let actual = route.map(|r| told(&mut r.consumers())).unwrap_or_default();
        differ("to", expected, &actual, &mut failures);
    }
    if let Some(expected) = split {
        let actual: BTreeMap<String, u32> = route
            .map(|r| r.arms().map(|(id, w)| (name(id), w.into())).collect())
            .unwrap_or_default();
        differ("split", expected, &actual, &mut failures);
    }
    if let Some(expected) = mirror {
        let actual = route
            .map(|r| told(&mut r.shares().map(|s| s.0)))
            .unwrap_or_default();
        differ("mirror", expected, &actual, &mut failures);
    }
    let outcome = route.map(|r| r.outcome());
    if let Some(expected) = drop {
        differ(
            "drop",
            expected,
            &matches!(outcome, Some(Outcome::Drop(_))),
            &mut failures,
        );
    }
    if let Some(expected) = unrouted {
        differ(
            "unrouted",
            expected,
            &matches!(outcome, None | Some(Outcome::Unrouted)),
            &mut failures,
        );
    }
    policy_failures(
        policy,
        route.map(|r| r.policy()).unwrap_or_default(),
        &mut failures,
    );
    if let Some((key, expected)) = picks {
        let actual = route.and_then(|r| r.pick(key.as_bytes())).map(name);
        if actual.as_ref() != Some(expected) {
            let actual = actual.unwrap_or("nobody".to_owned());
            failures.push(format!(
                "key {key:?}: expected {expected}, the split picks {actual}"
            ));
        }
    }
    failures
}

fn policy_failures(expected: &Policy, actual: routewright::Policy, failures: &mut Vec<String>) {
    let duration = |ns: u64| Scalar::<&str>::Duration(ns).to_string();
    let ns = |d: Option<std::time::Duration>| d.map_or(0, |d| d.as_nanos() as u64);
    let mut check = |what, expected: Option<String>, actual: String| {
        if let Some(expected) = expected.filter(|e| *e != actual) {
            failures.push(format!("{what}: expected {expected}, got {actual}"));
        }
    };
    check(
        "timeout",
        expected.timeout_ns.map(duration),
        duration(ns(actual.timeout)),
    );
    check(
        "retry_delay",
        expected.retry_delay_ns.map(duration),
        duration(ns(actual.retry_delay)),
    );
    check(
        "retries",
        expected.retries.map(|r| r.to_string()),
        actual.retries.to_string(),
    );
    check(
        "priority",
        expected.priority.map(|p| p.as_str().to_owned()),
        actual.priority.as_str().to_owned(),
    );
}

fn differ<T: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: &T,
    actual: &T,
    failures: &mut Vec<String>,
) {
    if expected != actual {
        failures.push(format!("{what}: expected {expected:?}, got {actual:?}"));
    }
}

fn setting_failures(path: &str, is: &Value, table: &RouteTable<Image>) -> Vec<String> {
    let catalog = table.catalog();
    let Some((at, setting)) = catalog
        .setting_index(path)
        .and_then(|at| Some((at, catalog.setting(at)?)))
    else {
        return vec![format!("there is no setting `{path}`")];
    };
    let say = |scalars: &mut dyn Iterator<Item = Scalar<&str>>| {
        words::value(setting.form, setting.columns(), scalars)
    };
    let actual = say(&mut table.values().scalars(at));
    let expected = say(&mut scalars(is).map(Scalar::borrow));
    match expected == actual {
        true => Vec::new(),
        false => vec![format!("expected {expected}, got {actual}")],
    }
}
