//! Tests of definitions. They are well formed; whether they hold is another matter.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, btree_set};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{TEXTS, event_name, routes};
use crate::model::{Policy, Setting, Test};

pub(super) fn test(
    consumers: &[String],
    settings: &BTreeMap<String, Setting>,
) -> BoxedStrategy<Test> {
    let settings: Vec<Test> = settings
        .iter()
        .map(|(name, setting)| Test::Setting {
            setting: name.clone(),
            is: setting.default.clone(),
        })
        .collect();
    if settings.is_empty() {
        return event(consumers).boxed();
    }
    prop_oneof![event(consumers), select(settings)].boxed()
}

fn event(consumers: &[String]) -> impl Strategy<Value = Test> + use<> {
    let name = || select(consumers.to_vec());
    let names = || btree_set(name(), 0..=consumers.len());
    let split = btree_map(name(), 1..=100_u32, 0..=consumers.len());
    let picks = (select(&TEXTS[..]).prop_map(str::to_owned), name());
    let delivered = (
        names(),
        option::of(split),
        option::of(names()),
        option::of(picks),
        routes::policy(),
    );
    let expected = prop_oneof![
        4 => delivered.prop_map(|(to, split, mirror, picks, policy)| Test::Event {
            event: String::new(),
            to: Some(to),
            split,
            mirror,
            drop: None,
            unrouted: None,
            policy,
            picks,
        }),
        1 => any::<bool>().prop_map(|dropped| nobody(Some(dropped), None)),
        1 => any::<bool>().prop_map(|unrouted| nobody(None, Some(unrouted))),
    ];
    (event_name(), expected).prop_map(|(name, expected)| match expected {
        Test::Event {
            event: _,
            to,
            split,
            mirror,
            drop,
            unrouted,
            policy,
            picks,
        } => Test::Event {
            event: name,
            to,
            split,
            mirror,
            drop,
            unrouted,
            policy,
            picks,
        },
        other => other,
    })
}

fn nobody(drop: Option<bool>, unrouted: Option<bool>) -> Test {
    Test::Event {
        event: String::new(),
        to: None,
        split: None,
        mirror: None,
        drop,
        unrouted,
        policy: Policy::default(),
        picks: None,
    }
}
