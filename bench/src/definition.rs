//! What becomes of generated names; also compiled into the build script.

use std::time::Duration;

use routewright::{
    Builder, CatalogSpec, Form, Image, Kind, Limits, Policy, Priority, RouteSpec, RouteTable,
    Scalar, SettingSpec,
};

use crate::names::{CONSUMERS, Random};

/// What every contender holds of a route.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The two consumers.
    pub to: [u16; 2],
    /// Longest time for one attempt.
    pub timeout: Duration,
    /// Attempts after the first.
    pub retries: u8,
}

/// What becomes of the event at that position.
pub fn plan(at: usize) -> Plan {
    let mut random = Random::new(at as u64);
    let first = random.below(CONSUMERS.len());
    let second = (first + 1 + random.below(CONSUMERS.len() - 1)) % CONSUMERS.len();
    Plan {
        to: [first as u16, second as u16],
        timeout: Duration::from_millis([50, 250, 1_000, 5_000][random.below(4)]),
        retries: random.below(4) as u8,
    }
}

/// Position of the setting `open_after`, an int: settings are sorted by name.
pub const OPEN_AFTER: usize = 0;
/// Position of `timeout`, a duration.
pub const TIMEOUT: usize = 1;

/// A catalog of these events, with two settings, both 250.
pub fn catalog<'a>(events: impl Iterator<Item = &'a str>) -> CatalogSpec<'a> {
    let setting = |name, kind, default| SettingSpec {
        name,
        kind,
        form: Form::One,
        min: None,
        max: None,
        step: None,
        cooldown_ns: 0,
        words: vec![],
        columns: vec![],
        default: vec![default],
    };
    CatalogSpec {
        events: events.collect(),
        consumers: CONSUMERS.to_vec(),
        settings: vec![
            setting("open_after", Kind::Int, Scalar::Int(250)),
            setting("timeout", Kind::Duration, Scalar::Duration(250_000_000)),
        ],
        rules: vec![],
    }
}

/// The table of these names, each with a route of its own to two consumers. All its
/// events are declared, in the order of the names, which is sorted.
pub fn table<'a>(names: impl Iterator<Item = &'a str> + Clone) -> RouteTable<Image> {
    let mut builder = Builder::new(catalog(names.clone()), Limits::DEFAULT);
    for (at, name) in names.enumerate() {
        let plan = plan(at);
        builder.route(
            name,
            &RouteSpec {
                to: &plan.to,
                policy: Policy {
                    timeout: Some(plan.timeout),
                    priority: Priority::Normal,
                    ..Policy::default()
                },
                retries: u32::from(plan.retries),
                ..RouteSpec::default()
            },
        );
    }
    builder.finish().expect("generated names are good names")
}
