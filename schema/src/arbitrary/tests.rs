//! Tests of definitions. They are well formed; whether they hold is another matter.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, btree_set};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{TEXTS, event_name, routes};
use crate::model::{EventTest, Expiry, Measured, Setting, SettingTest, Test, Value as Model};
use crate::value::Moment;

pub(super) fn test(
    consumers: &[String],
    settings: &BTreeMap<String, Setting>,
) -> BoxedStrategy<Test> {
    let event = event(consumers).prop_map(|test| Test::Event(Box::new(test)));
    let settings: Vec<(String, Model)> = settings
        .iter()
        .map(|(name, setting)| (name.clone(), setting.default.clone()))
        .collect();
    if settings.is_empty() {
        return event.boxed();
    }
    let expected = (any::<bool>(), option::of(expiry()));
    let setting = (select(settings), expected).prop_map(|((setting, is), (looked, expiry))| {
        // Something must be expected.
        let is = (looked || expiry.is_none()).then_some(is);
        Test::Setting(SettingTest {
            setting,
            is,
            expiry,
        })
    });
    prop_oneof![event, setting].boxed()
}

fn event(consumers: &[String]) -> impl Strategy<Value = EventTest> + use<> {
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
    let delivered = delivered.prop_map(|(to, split, mirror, picks, policy)| EventTest {
        to: Some(to),
        split,
        mirror,
        picks,
        policy,
        ..EventTest::default()
    });
    let shares = |least| btree_map(name(), 1..=1_000_000_u32, least..=consumers.len());
    let how = (1..=1_000_000_u32, 1..=Measured::KEYS_MAX, seed());
    let measured = (shares(1), shares(0), any::<bool>(), option::of(how));
    let measured = measured.prop_map(|(some, any, mirrors, how)| {
        let (shares, mirror_shares) = if mirrors { (any, some) } else { (some, any) };
        let (within_ppm, keys, seed) = how.unwrap_or((Measured::WITHIN_PPM, Measured::KEYS, None));
        EventTest {
            measured: Some(Measured {
                shares,
                mirror_shares,
                within_ppm,
                keys,
                seed,
            }),
            ..EventTest::default()
        }
    });
    let expected = prop_oneof![
        4 => delivered,
        1 => any::<bool>().prop_map(|drop| EventTest { drop: Some(drop), ..EventTest::default() }),
        1 => any::<bool>().prop_map(|is| EventTest { unrouted: Some(is), ..EventTest::default() }),
        1 => btree_set(name(), 1..=consumers.len())
            .prop_map(|not_to| EventTest { not_to, ..EventTest::default() }),
        2 => measured,
        1 => expiry().prop_map(|expiry| EventTest { expiry: Some(expiry), ..EventTest::default() }),
    ];
    (event_name(), expected, option::weighted(0.1, expiry())).prop_map(|(event, test, expiry)| {
        EventTest {
            event,
            expiry: test.expiry.or(expiry),
            ..test
        }
    })
}

fn seed() -> impl Strategy<Value = Option<u64>> {
    option::of(prop_oneof![Just(0), Just(i64::MAX as u64), 1..1_000_u64])
}

fn expiry() -> impl Strategy<Value = Expiry> {
    const MOMENTS: [&str; 3] = ["1970-01-01", "2027-02-28", "2027-02-28T23:59:59.000000001Z"];
    let at = option::of(select(&MOMENTS[..]))
        .prop_map(|at| at.map(|at| Moment::parse(at).expect("it is a good one")));
    (any::<bool>(), at).prop_map(|(expired, at)| Expiry { expired, at })
}
