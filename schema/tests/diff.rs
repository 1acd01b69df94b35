//! The law of `diff`: it finds a difference if and only if some name has one, and each of
//! its witnesses is one.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use routewright::{Image, Limits, Outcome, RouteTable};
use routewright_schema::analysis::diff::diff;
use routewright_schema::analysis::words;
use routewright_schema::lower::lower;
use routewright_schema::model::{
    Consumer, ConsumerKind, Definition, Fallback, Policy, Route, Target,
};

/// Every name of up to four segments out of three words, of which routes know two, and one
/// of more.
fn names() -> Vec<String> {
    let words = ["a", "b", "zz"];
    let mut names: Vec<String> = words.map(str::to_owned).into();
    let mut last = names.clone();
    for _ in 1..4 {
        last = last
            .iter()
            .flat_map(|head| words.map(|word| format!("{head}.{word}")))
            .collect();
        names.extend(last.iter().cloned());
    }
    names.push(["zz"; 9].join("."));
    names
}

fn pattern() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec!["a", "b", "*"]);
    (prop::collection::vec(segment, 0..=3), any::<bool>()).prop_map(|(mut segments, rest)| {
        if rest || segments.is_empty() {
            segments.push("**");
        }
        segments.join(".")
    })
}

fn target(n: u8) -> Target {
    Target {
        to: vec![format!("c{n}")],
        ..Target::default()
    }
}

/// Patterns and names with their consumers.
type Routes = BTreeMap<String, u8>;

fn routes() -> impl Strategy<Value = Routes> {
    prop::collection::btree_map(pattern(), 0..3_u8, 0..5)
}

/// Ranks are by the order of names, or against it, so that no two tie.
fn definition(routes: &Routes, fallback: Option<u8>, falling: bool) -> Definition {
    let consumer = |n| {
        let consumer = Consumer {
            kind: ConsumerKind::Local,
            address: String::new(),
            doc: String::new(),
            owner: String::new(),
        };
        (format!("c{n}"), consumer)
    };
    let route = |(rank, (name, n)): (usize, (&String, &u8))| {
        let rank = if falling { 10 - rank } else { rank };
        let route = Route {
            target: target(*n),
            policy: Policy {
                retries: (rank % 3 == 2).then_some(1),
                ..Policy::default()
            },
            rank: if routewright::name::is_pattern(name) {
                rank as i32
            } else {
                0
            },
            enabled: true,
            doc: String::new(),
            owner: String::new(),
            deprecated: String::new(),
            expires: String::new(),
        };
        (name.clone(), route)
    };
    let exact = routes.keys().filter(|n| !routewright::name::is_pattern(n));
    Definition {
        package: "p".to_owned(),
        version: 1,
        consumers: (0..3).map(consumer).collect::<BTreeMap<_, _>>(),
        events: exact.cloned().collect::<BTreeSet<_>>(),
        routes: routes.iter().enumerate().map(route).collect(),
        fallback: fallback.map(|n| Fallback {
            target: target(n),
            policy: Policy::default(),
        }),
        ..Definition::default()
    }
}

fn said(table: &RouteTable<Image>, name: &str) -> String {
    match table.find(name) {
        Some(route) if route.outcome() != Outcome::Unrouted => words::route(&route),
        _ => "nobody".to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_difference_is_found_if_there_is_one(
        (old, new, alike) in (routes(), routes(), any::<bool>()),
        fallbacks in prop::collection::vec(prop::option::of(0..3_u8), 2),
        falling in prop::collection::vec(any::<bool>(), 2),
    ) {
        // Often only ranks or the fallback differ.
        let new = if alike { old.clone() } else { new };
        let old = definition(&old, fallbacks[0], falling[0]);
        let new = definition(&new, fallbacks[usize::from(!alike)], falling[1]);
        // A pattern that others beat on every name is refused, and no table.
        let tables = (lower(&old, &Limits::DEFAULT), lower(&new, &Limits::DEFAULT));
        let (Ok(old), Ok(new)) = tables else { return Ok(()); };
        let found = diff(&old, &new).expect("few patterns");
        let differ: Vec<String> = names().into_iter().filter(|n| said(&old, n) != said(&new, n)).collect();
        prop_assert_eq!(found.classes.is_empty(), differ.is_empty(), "{:?} {:?}", found, differ);
        for class in &found.classes {
            prop_assert_eq!(&class.before, &said(&old, &class.witness));
            prop_assert_eq!(&class.after, &said(&new, &class.witness));
            prop_assert_ne!(&class.before, &class.after);
        }
        prop_assert!(diff(&old, &old).expect("few patterns").is_empty());
    }
}
