//! The law of `rules`: whatever rules there are, the table of their routes answers every
//! name as the rules themselves do when they are asked one by one.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use routewright::{Limits, Outcome};
use routewright_convert::rules::{Fate, Rule, Winners, routes, switch_off};
use routewright_schema::lower::lower;
use routewright_schema::model::{Consumer, ConsumerKind, Definition, Policy, Route, Target};

const SEGMENTS_MAX: usize = 4;

/// Every name of up to four segments out of three words, of which rules know two.
fn names() -> Vec<String> {
    let mut names: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
    let mut last = names.clone();
    for _ in 1..SEGMENTS_MAX {
        last = last
            .iter()
            .flat_map(|head| ["a", "b", "c"].map(|word| format!("{head}.{word}")))
            .collect();
        names.extend(last.iter().cloned());
    }
    names
}

fn pattern() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec!["a", "b", "*"]);
    let segments = prop::collection::vec(segment, 0..=3);
    (segments, any::<bool>()).prop_map(|(mut segments, rest)| {
        if rest || segments.is_empty() {
            segments.push("**");
        }
        segments.join(".")
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let consumer = (0..5_u8).prop_map(|n| format!("c{n}"));
    (pattern(), consumer, 0..8_u8).prop_map(|(name, consumer, odds)| Rule {
        name,
        route: Route {
            target: Target {
                to: vec![consumer],
                ..Target::default()
            },
            policy: Policy::default(),
            rank: 0,
            enabled: odds > 0,
            doc: String::new(),
            owner: String::new(),
            deprecated: String::new(),
            expires: String::new(),
        },
    })
}

/// Segment by segment, as the reference of the language says it.
fn meets(pattern: &[&str], name: &[&str]) -> bool {
    match (pattern, name) {
        ([], []) | (["**"], [_, ..]) => true,
        ([p, pattern @ ..], [n, name @ ..]) => (*p == "*" || p == n) && meets(pattern, name),
        _ => false,
    }
}

/// What the rules say, one by one.
fn asked(winners: Winners, rules: &[Rule], name: &str) -> BTreeSet<String> {
    let name: Vec<&str> = name.split('.').collect();
    let met = |rule: &&Rule| meets(&rule.name.split('.').collect::<Vec<_>>(), &name);
    let mut met = rules.iter().filter(|rule| rule.route.enabled).filter(met);
    let to = |rule: &Rule| rule.route.target.to.iter().cloned().collect();
    match winners {
        Winners::First => met.next().map(to).unwrap_or_default(),
        Winners::Last => met.next_back().map(to).unwrap_or_default(),
        _ => met.flat_map(|rule| rule.route.target.to.clone()).collect(),
    }
}

fn definition(winners: Winners, rules: &[Rule]) -> Definition {
    let made = routes(winners, rules).expect("few rules");
    for (_, fate) in &made.fates {
        assert!(!matches!(fate, Fate::Partly(_)), "{fate:?}");
    }
    let consumer = |n: u8| {
        let consumer = Consumer {
            kind: ConsumerKind::Local,
            address: String::new(),
            doc: String::new(),
            owner: String::new(),
        };
        (format!("c{n}"), consumer)
    };
    let exact = made
        .routes
        .keys()
        .filter(|n| !routewright::name::is_pattern(n));
    let mut definition = Definition {
        package: "p".to_owned(),
        version: 1,
        consumers: (0..5).map(consumer).collect::<BTreeMap<_, _>>(),
        events: exact.chain(&made.events).cloned().collect(),
        routes: made.routes,
        ..Definition::default()
    };
    switch_off(&mut definition);
    definition
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_table_answers_as_the_rules_do(
        rules in prop::collection::vec(rule(), 1..8),
        winners in prop::sample::select(vec![Winners::All, Winners::First, Winners::Last]),
    ) {
        let definition = definition(winners, &rules);
        let table = lower(&definition, &Limits::DEFAULT);
        let table = table.unwrap_or_else(|v| panic!("{winners:?} {rules:?}\n{definition:?}\n{v:?}"));
        for name in names() {
            let told: BTreeSet<String> = match table.find(&name) {
                Some(route) if route.outcome() == Outcome::Deliver => {
                    let catalog = route.catalog();
                    route
                        .consumers()
                        .map(|id| catalog.consumer(id.into()).expect("a consumer").to_owned())
                        .collect()
                }
                Some(_) | None => BTreeSet::new(),
            };
            prop_assert_eq!(&told, &asked(winners, &rules, &name), "{} {:?} {:?}", name, winners, definition.routes);
        }
    }
}

/// What a person would write: no route is there that another one makes needless.
#[test]
fn routes_are_few() {
    let rules = |names: &[&str]| -> Vec<Rule> {
        let rule = |(at, name): (usize, &&str)| Rule {
            name: (*name).to_owned(),
            route: Route {
                target: Target {
                    to: vec![format!("c{at}")],
                    ..Target::default()
                },
                policy: Policy::default(),
                rank: 0,
                enabled: true,
                doc: String::new(),
                owner: String::new(),
                deprecated: String::new(),
                expires: String::new(),
            },
        };
        names.iter().enumerate().map(rule).collect()
    };
    let written = |winners, names: &[&str]| {
        let made = routes(winners, &rules(names)).expect("few rules");
        let of =
            |(name, route): (&String, &Route)| format!("{name} -> {}", route.target.to.join(" "));
        made.routes.iter().map(of).collect::<Vec<_>>()
    };
    let table: &[(Winners, &[&str], &[&str])] = &[
        (Winners::First, &["a.*", "*.b"], &["*.b -> c1", "a.* -> c0"]),
        (Winners::Last, &["a.*", "*.b"], &["*.b -> c1", "a.* -> c0"]),
        (
            Winners::All,
            &["a.*", "*.b"],
            &["*.b -> c1", "a.* -> c0", "a.b -> c0 c1"],
        ),
        (
            Winners::First,
            &["a.b", "a.**"],
            &["a.** -> c1", "a.b -> c0"],
        ),
        (Winners::First, &["a.**", "a.b"], &["a.** -> c0"]),
        (
            Winners::Last,
            &["a.**", "a.b"],
            &["a.** -> c0", "a.b -> c1"],
        ),
        (
            Winners::All,
            &["a.**", "a.b"],
            &["a.** -> c0", "a.b -> c0 c1"],
        ),
        (
            Winners::All,
            &["a.**", "a.*.**"],
            &["a.** -> c0", "a.*.** -> c0 c1"],
        ),
        (Winners::First, &["**", "a.*.**"], &["** -> c0"]),
    ];
    for (winners, names, expected) in table {
        assert_eq!(written(*winners, names), *expected, "{winners:?} {names:?}");
    }
}
