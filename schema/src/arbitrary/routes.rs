//! Names, patterns, routes.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use routewright::Priority;
use routewright::limits::SHARE_PPM_MAX;
use routewright::name::is_pattern;

use super::{TEXTS, date, note};
use crate::model::{Fallback, Policy, Route, Target};

/// Segments of names: the first three are common, the others rare.
const SEGMENTS: [&str; 10] = [
    "a",
    "b",
    "c",
    "ø",
    "x: y",
    "#1",
    "yes",
    "0",
    "*x",
    "segment-of-thirty-bytes-length",
];
const COMMON: usize = 3;

fn segment() -> impl Strategy<Value = &'static str> {
    prop_oneof![9 => select(&SEGMENTS[..COMMON]), 1 => select(&SEGMENTS[COMMON..])]
}

/// The name of an event, of one to four segments.
pub fn event_name() -> impl Strategy<Value = String> {
    vec(segment(), 1..=4).prop_map(|segments| segments.join("."))
}

/// A pattern of one to four segments.
pub fn pattern() -> impl Strategy<Value = String> {
    let segment = prop_oneof![2 => segment(), 1 => Just("*")];
    (
        vec(segment, 0..4),
        prop_oneof![Just("*"), Just("**"), segment_or_star()],
    )
        .prop_map(|(mut segments, last)| {
            segments.push(last);
            if !segments.contains(&"*") && last != "**" {
                segments[0] = "*";
            }
            segments.join(".")
        })
}

fn segment_or_star() -> impl Strategy<Value = &'static str> {
    prop_oneof![segment(), Just("*")]
}

/// Routes of events and patterns, fewer than `count`.
pub(super) fn routes(
    consumers: &[String],
    count: usize,
) -> impl Strategy<Value = BTreeMap<String, Route>> + use<> {
    let name = prop_oneof![event_name(), pattern()];
    btree_map(name, route(consumers), 0..count).prop_map(|routes| {
        let named = |(name, route): (String, Route)| {
            let route = ranked(&name, route);
            (name, route)
        };
        routes.into_iter().map(named).collect()
    })
}

/// A route whose rank is only a sign, for [`ranked`] to make a rank of.
pub(super) fn route(consumers: &[String]) -> impl Strategy<Value = Route> + use<> {
    let sign = prop_oneof![16 => Just(1), 2 => Just(-1), 1 => Just(0)];
    let enabled = proptest::bool::weighted(0.9);
    let notes = (note(), note(), note(), date());
    (aimed(consumers, true), sign, enabled, notes).prop_map(
        |((target, policy), rank, enabled, notes)| {
            let (doc, owner, deprecated, expires) = notes;
            Route {
                target,
                policy,
                rank,
                enabled,
                doc,
                owner,
                deprecated,
                expires,
            }
        },
    )
}

/// The route with the rank that its name has: of patterns, a number that no other
/// pattern has (longer ones have higher ones, so that few patterns never win), times
/// the sign that the route brings.
pub(super) fn ranked(name: &str, route: Route) -> Route {
    let codes = name.split('.').map(|segment| match segment {
        "*" => 1,
        "**" => 2,
        other => 3 + SEGMENTS.iter().position(|s| *s == other).unwrap_or(0) as i32,
    });
    let number = codes.fold(0, |number, code| {
        number * (3 + SEGMENTS.len() as i32) + code
    });
    let rank = if is_pattern(name) {
        number * route.rank.signum()
    } else {
        0
    };
    Route { rank, ..route }
}

pub(super) fn fallback(consumers: &[String]) -> impl Strategy<Value = Fallback> + use<> {
    aimed(consumers, false).prop_map(|(target, policy)| Fallback { target, policy })
}

fn aimed(consumers: &[String], mirrors: bool) -> impl Strategy<Value = (Target, Policy)> + use<> {
    let reason = prop_oneof![1 => Just(""), 3 => select(&TEXTS[..])];
    let dropped = reason.prop_map(|reason| Target {
        drop: Some(reason.to_owned()),
        ..Target::default()
    });
    let target = prop_oneof![1 => dropped, 5 => delivered(consumers, mirrors)];
    (target, policy())
}

fn delivered(consumers: &[String], mirrors: bool) -> impl Strategy<Value = Target> + use<> {
    let all = consumers.len();
    let names = || select(consumers.to_vec());
    let to = subsequence(consumers.to_vec(), 0..=all).prop_shuffle();
    let weight = prop_oneof![1..=3_u32, 1..=9_000_u32];
    let split = prop_oneof![2 => Just(BTreeMap::new()), 1 => btree_map(names(), weight, 0..=all)];
    let share = prop_oneof![Just(SHARE_PPM_MAX), Just(10_000), 1..=SHARE_PPM_MAX];
    let most = if mirrors { all } else { 0 };
    let mirror = prop_oneof![2 => Just(BTreeMap::new()), 1 => btree_map(names(), share, 0..=most)];
    let first = consumers[0].clone();
    (to, split, mirror).prop_map(move |(mut to, split, mirror)| {
        if to.is_empty() && split.is_empty() {
            to.push(first.clone());
        }
        Target {
            to,
            split,
            mirror,
            drop: None,
        }
    })
}

pub(super) fn policy() -> impl Strategy<Value = Policy> {
    let time = || {
        let some = select(&[1, 1_500, 250_000_000, 90_000_000_000, 86_400_000_000_000][..]);
        prop_oneof![2 => Just(None), 1 => some.prop_map(Some)]
    };
    let priority = select(&[Priority::Low, Priority::Normal, Priority::High][..]);
    (
        time(),
        option::of(0..=100_u32),
        time(),
        option::of(priority),
    )
        .prop_map(|(timeout_ns, retries, retry_delay_ns, priority)| Policy {
            timeout_ns,
            retries,
            retry_delay_ns,
            priority,
        })
}
