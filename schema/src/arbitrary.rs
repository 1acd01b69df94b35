//! Random definitions for property tests, with `proptest`.
//!
//! Every definition is one that `resolve` gives: names sorted and declared, values
//! within their bounds, rules true. Segments come from a small alphabet, so that
//! patterns meet names and each other; a few are there to trip readers (`0`, `yes`,
//! `x: y`, one long enough to leave the inline bytes of a slot). Patterns nearly
//! always have ranks of their own, so that ties are rare, but ties and patterns that
//! can never win do come up: what stands on `lower` should go on with
//! `prop_assume!(lower(..).is_ok())`.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::model::{Consumer, ConsumerKind, Definition, Fallback, Route, Setting, Value};

mod routes;
mod settings;
mod tests;

pub use routes::{event_name, pattern};
pub use settings::{setting, value_of};

/// Texts that a writer must quote, and some that it need not. Visible, one line.
const TEXTS: [&str; 16] = [
    "plain",
    "two words, and more",
    "yes",
    "~",
    "null",
    "# no comment",
    "a: b",
    "say \"hi\" \\ to 'them'",
    "{x}",
    "[y]",
    "*z",
    "- dash",
    "0400",
    "12:30",
    "ünï",
    "2027-01-31",
];

/// A text for people; often none.
fn note() -> impl Strategy<Value = String> {
    prop_oneof![3 => Just(String::new()), 1 => select(&TEXTS[..]).prop_map(str::to_owned)]
}

fn date() -> impl Strategy<Value = String> {
    prop_oneof![7 => Just(""), 1 => Just("2199-12-31")].prop_map(str::to_owned)
}

/// A definition with some of everything.
pub fn definition() -> impl Strategy<Value = Definition> {
    catalog().prop_flat_map(|catalog| {
        let tests = vec(
            tests::test(&catalog.consumer_names(), &catalog.settings),
            0..4,
        );
        let body = body(&catalog);
        (Just(catalog), body, tests, version()).prop_map(|(catalog, body, tests, version)| {
            Definition {
                version,
                tests,
                ..catalog.with(&body, &body)
            }
        })
    })
}

/// Two definitions of one catalog (events, consumers, settings' types and bounds,
/// rules): the second has other routes, fewer, more, other values, another fallback,
/// or by chance none of it. Steps (`max_step`) are not kept to.
pub fn edits() -> impl Strategy<Value = (Definition, Definition)> {
    catalog().prop_flat_map(|catalog| {
        let base = body(&catalog);
        let change = change(&catalog);
        (Just(catalog), base, change, version()).prop_map(|(catalog, base, change, version)| {
            let next = change.apply(&base);
            let before = Definition {
                version,
                ..catalog.with(&base, &next)
            };
            let mut after = Definition {
                version: version + 1,
                ..catalog.with(&next, &base)
            };
            for (setting, value) in after.settings.values_mut().zip(change.values) {
                setting.default = value.unwrap_or_else(|| setting.default.clone());
            }
            (before, after)
        })
    })
}

fn version() -> impl Strategy<Value = u64> {
    prop_oneof![1..10_u64, 1..i64::MAX as u64]
}

/// What no push may change, and the values of the baseline.
#[derive(Clone, Debug)]
struct Catalog {
    package: String,
    consumers: BTreeMap<String, Consumer>,
    /// Declared, whether or not they have routes.
    events: BTreeSet<String>,
    settings: BTreeMap<String, Setting>,
    rules: Vec<String>,
}

/// What a push may change, but for values.
#[derive(Clone, Debug)]
struct Body {
    routes: BTreeMap<String, Route>,
    fallback: Option<Fallback>,
}

impl Catalog {
    fn consumer_names(&self) -> Vec<String> {
        self.consumers.keys().cloned().collect()
    }

    /// The definition of a body. Events with an exact route, here or in the other body,
    /// are declared.
    fn with(&self, body: &Body, other: &Body) -> Definition {
        let exact = body
            .routes
            .keys()
            .chain(other.routes.keys())
            .filter(|name| !routewright::name::is_pattern(name));
        Definition {
            package: self.package.clone(),
            version: 1,
            consumers: self.consumers.clone(),
            events: self.events.iter().chain(exact).cloned().collect(),
            routes: body.routes.clone(),
            fallback: body.fallback.clone(),
            settings: self.settings.clone(),
            rules: self.rules.clone(),
            tests: Vec::new(),
        }
    }
}

fn catalog() -> impl Strategy<Value = Catalog> {
    let package = select(&["treasure", "acme.treasure_v2", "a.b.c"][..]);
    let consumers = btree_map(
        select(&CONSUMERS[..]).prop_map(str::to_owned),
        consumer(),
        1..=5,
    );
    let events = btree_set(event_name(), 0..12);
    let settings = settings::settings();
    (package, consumers, events, settings).prop_flat_map(
        |(package, consumers, events, settings)| {
            settings::rules(&settings).prop_map(move |rules| Catalog {
                package: package.to_owned(),
                consumers: consumers.clone(),
                events: events.clone(),
                settings: settings.clone(),
                rules,
            })
        },
    )
}

const CONSUMERS: [&str; 7] = ["audit", "loot", "shadow-2", "k_1", "null", "yes", "x"];

fn consumer() -> impl Strategy<Value = Consumer> {
    let kind = select(&ConsumerKind::ALL[..]);
    let address = select(
        &[
            "loot.v2",
            "http://audit:50051",
            "${HOST}:9092",
            "/run/x.sock",
            "queue one",
        ][..],
    );
    (kind, address, note(), note()).prop_map(|(kind, address, doc, owner)| Consumer {
        kind,
        address: if kind == ConsumerKind::Local {
            String::new()
        } else {
            address.to_owned()
        },
        doc,
        owner,
    })
}

fn body(catalog: &Catalog) -> impl Strategy<Value = Body> + use<> {
    let names = catalog.consumer_names();
    let fallback = option::of(routes::fallback(&names));
    (routes::routes(&names, 16), fallback).prop_map(|(routes, fallback)| Body { routes, fallback })
}

/// Steps from one body to another.
#[derive(Clone, Debug)]
struct Change {
    /// Existing routes that get another content.
    replaced: Vec<(Index, Route)>,
    removed: Vec<Index>,
    added: BTreeMap<String, Route>,
    /// `None`: as it was.
    fallback: Option<Option<Fallback>>,
    /// In the order of the settings; `None`: as it was.
    values: Vec<Option<Value>>,
}

fn change(catalog: &Catalog) -> impl Strategy<Value = Change> + use<> {
    let names = catalog.consumer_names();
    let replaced = vec((any::<Index>(), routes::route(&names)), 0..4);
    let removed = vec(any::<Index>(), 0..4);
    let added = routes::routes(&names, 4);
    let fallback = option::of(option::of(routes::fallback(&names)));
    let values: Vec<_> = catalog
        .settings
        .values()
        .map(|s| option::of(value_of(s)))
        .collect();
    (replaced, removed, added, fallback, values).prop_map(
        |(replaced, removed, added, fallback, values)| Change {
            replaced,
            removed,
            added,
            fallback,
            values,
        },
    )
}

impl Change {
    fn apply(&self, base: &Body) -> Body {
        let mut body = base.clone();
        let names: Vec<&String> = base.routes.keys().collect();
        if !names.is_empty() {
            for (at, route) in &self.replaced {
                let name = at.get(&names);
                body.routes
                    .insert((*name).clone(), routes::ranked(name, route.clone()));
            }
            for at in &self.removed {
                body.routes.remove(*at.get(&names));
            }
        }
        body.routes.extend(self.added.clone());
        if let Some(fallback) = &self.fallback {
            body.fallback.clone_from(fallback);
        }
        body
    }
}
