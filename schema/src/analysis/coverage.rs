//! Which rules the tests of a definition look at: routes, patterns and the fallback.
//!
//! A rule is covered if it answers the event of some test, whether that passes or not:
//! a change of the rule would then be seen.

use std::collections::{BTreeMap, BTreeSet};

use routewright::{Image, RouteTable};

use super::explain::{self, Rule};
use crate::model::{Definition, EventTest, Test};

/// All rules of a definition, each with the tests that it answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// By name; the fallback comes last.
    pub rules: Vec<Covered>,
}

/// A rule, and who looks at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Covered {
    /// The event or pattern of the route; `None`: the fallback.
    pub rule: Option<String>,
    /// Positions of the tests whose events it answers.
    pub tests: Vec<usize>,
    /// The arms of its split that no test meets, by a key or by their weights or shares.
    pub arms_missed: Vec<String>,
}

impl Coverage {
    /// How many rules answer a test.
    pub fn covered(&self) -> usize {
        self.rules.iter().filter(|r| !r.tests.is_empty()).count()
    }

    /// The covered part, in percent. Of no rules, all are covered.
    pub fn percent(&self) -> f64 {
        match self.rules.len() {
            0 => 100.0,
            all => self.covered() as f64 * 100.0 / all as f64,
        }
    }

    /// The same with one digit, never rounded up: what is said to be 100% is all.
    pub fn percent_text(&self) -> String {
        let tenths = match self.rules.len() {
            0 => 1_000,
            all => self.covered() * 1_000 / all,
        };
        match tenths % 10 {
            0 => format!("{}%", tenths / 10),
            tenth => format!("{}.{tenth}%", tenths / 10),
        }
    }
}

/// What these tests cover; each comes with its position.
pub fn coverage<'t>(
    definition: &Definition,
    table: &RouteTable<Image>,
    tests: impl Iterator<Item = (usize, &'t Test)>,
) -> Coverage {
    let enabled = definition.routes.iter().filter(|(_, r)| r.enabled);
    let mut met: BTreeMap<Option<&str>, Met> = enabled
        .map(|(name, route)| (Some(name.as_str()), Met::new(&route.target.split)))
        .collect();
    if let Some(fallback) = &definition.fallback {
        met.insert(None, Met::new(&fallback.target.split));
    }
    for (index, test) in tests {
        let Test::Event(test) = test else {
            continue;
        };
        let route = table.find(&test.event);
        let rule = match explain::rule(&test.event, route.as_ref()) {
            Rule::Named(name) => Some(name),
            Rule::Fallback => None,
            Rule::Nothing => continue,
        };
        if let Some(met) = met.get_mut(&rule) {
            met.tests.push(index);
            met.arms(test, table);
        }
    }
    let fallback = met.remove(&None).map(|met| met.covered(None));
    let routes = met.into_iter().map(|(rule, met)| met.covered(rule));
    Coverage {
        rules: routes.chain(fallback).collect(),
    }
}

/// What tests have met of a rule.
struct Met<'d> {
    tests: Vec<usize>,
    missed: BTreeSet<&'d str>,
}

impl<'d> Met<'d> {
    fn new(split: &'d BTreeMap<String, u32>) -> Met<'d> {
        Met {
            tests: Vec::new(),
            missed: split.keys().map(String::as_str).collect(),
        }
    }

    fn arms(&mut self, test: &EventTest, table: &RouteTable<Image>) {
        let measured = test.measured.as_ref();
        if test.split.is_some() || measured.is_some_and(|m| !m.shares.is_empty()) {
            self.missed.clear();
        }
        let route = table.find(&test.event);
        if let (Some((key, _)), Some(route)) = (&test.picks, route)
            && let Some(id) = route.pick(key.as_bytes())
            && let Some(name) = route.catalog().consumer(id.into())
        {
            self.missed.remove(name);
        }
    }

    fn covered(self, rule: Option<&str>) -> Covered {
        Covered {
            rule: rule.map(str::to_owned),
            tests: self.tests,
            arms_missed: self.missed.into_iter().map(str::to_owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_not_rounded_up() {
        let of = |covered: usize, all: usize| {
            let rule = |at: usize| Covered {
                rule: Some(at.to_string()),
                tests: (at < covered).then_some(0).into_iter().collect(),
                arms_missed: Vec::new(),
            };
            let coverage = Coverage {
                rules: (0..all).map(rule).collect(),
            };
            (coverage.percent_text(), coverage.percent() >= 90.0)
        };
        for (covered, all, text, enough) in [
            (0, 0, "100%", true),
            (0, 3, "0%", false),
            (2, 3, "66.6%", false),
            (9, 10, "90%", true),
            (8_999, 10_000, "89.9%", false),
            (9_999, 10_000, "99.9%", true),
            (3, 3, "100%", true),
        ] {
            assert_eq!(of(covered, all), (text.to_owned(), enough));
        }
    }
}
