//! The physics of knobs, reckoned a second time: no push that is taken leaves a range,
//! breaks a rule, goes too far in one step, or takes away many routes in silence.

use std::collections::BTreeMap;
use std::time::Duration;

use routewright::{Digest, Form, Image, Now, RouteTable, Scalar, Step};
use routewright_schema::model::{Definition, Setting, Value};
use routewright_schema::pb;

use super::meaning::Baseline;
use crate::naive;

/// Room for what is reckoned in floats.
const ROOM: f64 = 1e-9;

/// `served` is what answered before the push that means `meant`, `next` after it.
pub(super) fn check(
    map: &pb::RouteMap,
    meant: &Definition,
    served: &RouteTable<Image>,
    next: &RouteTable<Image>,
) {
    values(meant);
    let before = naive::values(served);
    for (path, setting) in &meant.settings {
        let home = &Baseline::get().definition.settings[path].default;
        let permitted = map.force.is_some() || setting.default == *home;
        if let (Some(step), false) = (setting.max_step, permitted) {
            near(path, step, &before[path], scalars(&setting.default));
        }
    }
    removals(map, served, next);
}

/// What holds whatever was served before: ranges and rules.
pub(super) fn values(meant: &Definition) {
    for (path, setting) in &meant.settings {
        for scalar in scalars(&setting.default) {
            within(path, setting, scalar);
        }
    }
    rule(meant);
}

/// The one rule of the fixture, by hand: `decay >= 2s || spawn_rate <= 0.5`.
fn rule(meant: &Definition) {
    let number = |path: &str| match &meant.settings[path].default {
        Value::One(one) => one.number().expect("a number"),
        other => panic!("{path} is {other:?}"),
    };
    let (decay, rate) = (number("decay"), number("spawn_rate"));
    assert!(decay >= 2.0 || rate <= 0.5, "{decay} s, {rate} a second");
}

fn scalars(value: &Value) -> Vec<&Scalar<String>> {
    match value {
        Value::One(one) => vec![one],
        Value::List(list) => list.iter().collect(),
        Value::Table(rows) => rows.iter().flatten().collect(),
    }
}

fn within(path: &str, setting: &Setting, scalar: &Scalar<String>) {
    if setting.form != Form::Table {
        assert_eq!(scalar.kind(), setting.kind, "{path}");
    }
    let measured = match scalar {
        Scalar::Enum(word) => {
            assert!(setting.values.contains(word), "{path} is {word:?}");
            return;
        }
        Scalar::String(text) => Some(text.len() as f64),
        scalar => scalar.number(),
    };
    let Some(measured) = measured else { return };
    assert!(measured.is_finite(), "{path} is {measured}");
    let number = |bound: &Option<Scalar<String>>| bound.as_ref().and_then(Scalar::number);
    if let Some(min) = number(&setting.min) {
        assert!(measured >= min, "{path} is {measured}, below {min}");
    }
    if let Some(max) = number(&setting.max) {
        assert!(measured <= max, "{path} is {measured}, above {max}");
    }
}

fn near(path: &str, step: Step, before: &[Scalar<String>], after: Vec<&Scalar<String>>) {
    let ([from], [to]) = (before, &after[..]) else {
        panic!("{path} has a step, but is no single value");
    };
    let (Some(from), Some(to)) = (from.number(), to.number()) else {
        panic!("{path} has a step, but is no number");
    };
    let (low, high) = match step {
        Step::Factor(factor) => (from / factor, from * factor),
        Step::Difference(difference) => {
            let difference = difference.number().expect("a number");
            (from - difference, from + difference)
        }
    };
    let room = ROOM * from.abs().max(to.abs());
    assert!(
        (low - room..=high + room).contains(&to),
        "{path} went from {from} to {to}"
    );
}

/// When settings with a cooldown moved last, and where to.
#[derive(Default)]
pub(super) struct Moves {
    last: BTreeMap<String, (Vec<Scalar<String>>, Option<Duration>)>,
    served: Digest,
}

impl Moves {
    /// Notes what is served now.
    pub fn note(&mut self, served: &RouteTable<Image>, now: Now) {
        if std::mem::replace(&mut self.served, served.digest()) == served.digest() {
            return;
        }
        let cooled = |path: &str| Baseline::get().definition.settings[path].cooldown_ns > 0;
        let values = naive::values(served);
        for (path, value) in values.into_iter().filter(|(path, _)| cooled(path)) {
            match self.last.get_mut(&path) {
                Some(last) if last.0 != value => *last = (value, Some(now.monotonic)),
                Some(_) => {}
                None => drop(self.last.insert(path, (value, None))),
            }
        }
    }

    /// Whether what is taken now comes late enough.
    pub fn check(
        &mut self,
        map: &pb::RouteMap,
        meant: &Definition,
        next: &RouteTable<Image>,
        now: Now,
    ) {
        let values = naive::values(next);
        for (path, (value, moved)) in &self.last {
            let setting = &meant.settings[path];
            let home = &Baseline::get().definition.settings[path].default;
            let permitted = map.force.is_some() || setting.default == *home;
            if let (Some(moved), false) = (moved, permitted || values[path] == *value) {
                let cooldown = Duration::from_nanos(setting.cooldown_ns);
                assert!(now.monotonic - *moved >= cooldown, "{path} moved too soon");
            }
        }
        self.note(next, now);
    }
}

/// More than 5 routes and more than 20 % of them go away only if their number was said.
fn removals(map: &pb::RouteMap, served: &RouteTable<Image>, next: &RouteTable<Image>) {
    let own = |table: &RouteTable<Image>| -> BTreeMap<String, ()> {
        let entries = table.entries().map(|entry| entry.route.name().to_owned());
        let own = entries.filter(|name| table.own(name).is_some());
        own.map(|name| (name, ())).collect()
    };
    let (served, next) = (own(served), own(next));
    let gone = served.keys().filter(|name| !next.contains_key(*name));
    let gone = gone.count();
    if gone > 5 && gone * 5 > served.len() {
        assert_eq!(map.allow_removals as usize, gone, "routes went in silence");
    }
}
