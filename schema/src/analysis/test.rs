//! Runs the tests of a definition against a compiled table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use routewright::{Image, Outcome, RawRoute, RouteTable, Scalar};

use super::explain::{self, Rule};
use super::words;
use crate::load::Loaded;
use crate::lower::scalars;
use crate::model::{EventTest, Expiry, Policy, SettingTest, Test, Value};
use crate::value::{Date, Moment};

mod shares;

pub use shares::key;

/// What tests are run with, as far as they do not say it themselves.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// The time at which `expired` is asked.
    pub at: Moment,
    /// What the keys of measured shares are drawn from.
    pub seed: u64,
}

impl Given {
    /// The clock of this machine, and seed 0.
    pub fn now() -> Given {
        Given {
            at: Moment::now(),
            seed: 0,
        }
    }
}

/// What came of one test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Its position in [`Loaded::tests`].
    pub index: usize,
    /// What it is about: an event or setting.
    pub about: String,
    /// Whether that is an event.
    pub of_event: bool,
    /// The time at which it was asked.
    pub at: Moment,
    /// What is not as expected; empty: it passed.
    pub failures: Vec<Mismatch>,
}

/// Something that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The key of the test, and whom it is about if it names several: `share of new`.
    pub what: String,
    /// What the test says.
    pub expected: String,
    /// What is so.
    pub actual: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: expected {}, got {}",
            self.what, self.expected, self.actual
        )
    }
}

/// Runs all tests, in order.
pub fn run(loaded: &Loaded, table: &RouteTable<Image>, given: &Given) -> Vec<Verdict> {
    let tests = loaded.tests().enumerate();
    tests
        .map(|(index, test)| one(index, test, loaded, table, given))
        .collect()
}

/// Runs one test.
pub fn one(
    index: usize,
    test: &Test,
    loaded: &Loaded,
    table: &RouteTable<Image>,
    given: &Given,
) -> Verdict {
    let run = Run {
        loaded,
        table,
        given,
        failures: Vec::new(),
    };
    let expiry = match test {
        Test::Event(test) => &test.expiry,
        Test::Setting(test) => &test.expiry,
    };
    Verdict {
        index,
        about: test.about().to_owned(),
        at: expiry.and_then(|expiry| expiry.at).unwrap_or(given.at),
        of_event: matches!(test, Test::Event(_)),
        failures: match test {
            Test::Event(test) => run.event(test),
            Test::Setting(test) => run.setting(test),
        },
    }
}

struct Run<'r> {
    loaded: &'r Loaded,
    table: &'r RouteTable<Image>,
    given: &'r Given,
    failures: Vec<Mismatch>,
}

impl Run<'_> {
    /// Compares, by what people read.
    fn compare(&mut self, what: impl Into<String>, expected: String, actual: String) {
        if expected != actual {
            self.fail(what, expected, actual);
        }
    }

    fn fail(&mut self, what: impl Into<String>, expected: String, actual: String) {
        self.failures.push(Mismatch {
            what: what.into(),
            expected,
            actual,
        });
    }

    fn event(mut self, test: &EventTest) -> Vec<Mismatch> {
        let route = self.table.find(&test.event);
        let answer = Answer::of(route);
        if let Some(to) = &test.to {
            self.compare("to", listed(to), listed(&answer.to));
        }
        self.nobody_of(&test.not_to, &answer);
        if let Some(split) = &test.split {
            self.compare("split", weights(split), weights(&answer.split));
        }
        if let Some(mirror) = &test.mirror {
            self.compare("mirror", listed(mirror), listed(&answer.mirror));
        }
        let outcome = route.map(|r| r.outcome());
        if let Some(expected) = test.drop {
            let dropped = matches!(outcome, Some(Outcome::Drop(_)));
            self.compare("drop", expected.to_string(), dropped.to_string());
        }
        if let Some(expected) = test.unrouted {
            let unrouted = matches!(outcome, None | Some(Outcome::Unrouted));
            self.compare("unrouted", expected.to_string(), unrouted.to_string());
        }
        let policy = route.map(|r| r.policy()).unwrap_or_default();
        self.policy(&test.policy, policy);
        if let Some((key, expected)) = &test.picks {
            let picked = route.and_then(|r| Some((r, r.pick(key.as_bytes())?)));
            let picked = picked.map_or("nobody".to_owned(), |(r, id)| name(&r, id));
            self.compare(format!("pick for {key:?}"), expected.clone(), picked);
        }
        if let Some(measured) = &test.measured {
            let seed = measured.seed.unwrap_or(self.given.seed);
            self.failures.extend(shares::measure(measured, seed, route));
        }
        if let Some(expiry) = &test.expiry {
            let expires = match explain::rule(&test.event, route.as_ref()) {
                Rule::Named(rule) => self.loaded.definition.routes.get(rule),
                Rule::Fallback | Rule::Nothing => None,
            };
            self.expiry(expiry, expires.map_or("", |route| &route.expires));
        }
        self.failures
    }

    fn nobody_of(&mut self, names: &BTreeSet<String>, answer: &Answer) {
        let ways = |name: &String| {
            let ways = [
                ("to", answer.to.contains(name)),
                ("split", answer.split.contains_key(name)),
                ("mirror", answer.mirror.contains(name)),
            ];
            let ways = ways.into_iter().filter(|(_, gets)| *gets);
            ways.map(|(way, _)| format!("{name} (by `{way}`)"))
                .collect::<Vec<_>>()
        };
        let gets: Vec<String> = names.iter().flat_map(ways).collect();
        if !gets.is_empty() {
            self.fail(
                "not_to",
                format!("none of {}", listed(names)),
                gets.join(", "),
            );
        }
    }

    fn policy(&mut self, expected: &Policy, actual: routewright::Policy) {
        let duration = |ns: u64| Scalar::<&str>::Duration(ns).to_string();
        let ns = |d: Option<std::time::Duration>| d.map_or(0, |d| d.as_nanos() as u64);
        let rows = [
            (
                "timeout",
                expected.timeout_ns.map(duration),
                duration(ns(actual.timeout)),
            ),
            (
                "retry_delay",
                expected.retry_delay_ns.map(duration),
                duration(ns(actual.retry_delay)),
            ),
            (
                "retries",
                expected.retries.map(|r| r.to_string()),
                actual.retries.to_string(),
            ),
            (
                "priority",
                expected.priority.map(|p| p.as_str().to_owned()),
                actual.priority.as_str().to_owned(),
            ),
        ];
        for (what, expected, actual) in rows {
            if let Some(expected) = expected {
                self.compare(what, expected, actual);
            }
        }
    }

    fn setting(mut self, test: &SettingTest) -> Vec<Mismatch> {
        if let Some(is) = &test.is {
            self.value(&test.setting, is);
        }
        if let Some(expiry) = &test.expiry {
            let setting = self.loaded.definition.settings.get(&test.setting);
            self.expiry(expiry, setting.map_or("", |setting| &setting.expires));
        }
        self.failures
    }

    fn value(&mut self, path: &str, is: &Value) {
        let catalog = self.table.catalog();
        let Some((at, setting)) = catalog
            .setting_index(path)
            .and_then(|at| Some((at, catalog.setting(at)?)))
        else {
            return self.fail("is", "a value".to_owned(), "no such setting".to_owned());
        };
        let say = |scalars: &mut dyn Iterator<Item = Scalar<&str>>| {
            words::value(setting.form, setting.columns(), scalars)
        };
        let actual = say(&mut self.table.values().scalars(at));
        let expected = say(&mut scalars(is).map(Scalar::borrow));
        self.compare("is", expected, actual);
    }

    /// `expires`: the last good day, or empty.
    fn expiry(&mut self, expiry: &Expiry, expires: &str) {
        let at = expiry.at.unwrap_or(self.given.at);
        let expired = is_past(expires, at);
        if expired != expiry.expired {
            let actual = match expires {
                "" => "false: it has no last day".to_owned(),
                day => format!("{expired}: its last day is {day}"),
            };
            self.fail("expired", format!("{} at {at}", expiry.expired), actual);
        }
    }
}

/// Whether that last good day is over.
pub fn is_past(expires: &str, at: Moment) -> bool {
    Date::parse(expires).is_ok_and(|last| last < at.date())
}

/// Who gets an event, by name.
#[derive(Default)]
struct Answer {
    to: BTreeSet<String>,
    split: BTreeMap<String, u32>,
    mirror: BTreeSet<String>,
}

impl Answer {
    fn of(route: Option<RawRoute<'_>>) -> Answer {
        let Some(r) = route else {
            return Answer::default();
        };
        Answer {
            to: r.consumers().map(|id| name(&r, id)).collect(),
            split: r.arms().map(|(id, w)| (name(&r, id), w.into())).collect(),
            mirror: r.shares().map(|(id, _)| name(&r, id)).collect(),
        }
    }
}

fn name(route: &RawRoute<'_>, id: u16) -> String {
    route
        .catalog()
        .consumer(id.into())
        .unwrap_or("?")
        .to_owned()
}

fn listed(names: &BTreeSet<String>) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names.as_slice() {
        [] => "nobody".to_owned(),
        names => names.join(", "),
    }
}

fn weights(split: &BTreeMap<String, u32>) -> String {
    let arms: Vec<String> = split.iter().map(|(to, w)| format!("{to} {w}")).collect();
    match arms.as_slice() {
        [] => "no split".to_owned(),
        arms => arms.join(", "),
    }
}
