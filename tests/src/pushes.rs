//! Pushes upon the fixture, for the tests of the cell.

use std::time::Duration;

use prost::Message;
use routewright::{Now, RouteCell};
use routewright_schema::pb::{self, Mode, scalar::Kind, setting_value::Value};

use crate::fixture;

/// A cell over the fixture.
pub type Cell = RouteCell<fixture::Catalog>;

/// One that serves the baseline.
pub fn cell() -> Cell {
    RouteCell::new(&fixture::TABLE)
}

/// That many seconds on both clocks.
pub fn at(seconds: u64) -> Now {
    Now {
        monotonic: Duration::from_secs(seconds),
        wall: Duration::from_secs(1_000_000 + seconds),
    }
}

/// An overlay that says nothing yet.
pub fn overlay(version: u64) -> pb::RouteMap {
    pb::RouteMap {
        mode: Mode::Overlay.into(),
        version,
        ..Default::default()
    }
}

/// The same, with a value for a setting.
pub fn set(map: pb::RouteMap, name: &str, kind: Kind) -> pb::RouteMap {
    let mut map = map;
    let value = Some(Value::Scalar(pb::Scalar { kind: Some(kind) }));
    map.settings.push(pb::SettingValue {
        name: name.to_owned(),
        value,
    });
    map
}

/// A push of one value.
pub fn spawn_rate(version: u64, rate: f64) -> Vec<u8> {
    set(overlay(version), "spawn_rate", Kind::FloatValue(rate)).encode_to_vec()
}

/// A step of a walk.
pub fn ramp(id: &str, step: u32, steps: u32) -> Option<pb::Ramp> {
    let id = id.to_owned();
    Some(pb::Ramp { id, step, steps })
}

/// The value that is served.
pub fn rate(cell: &Cell) -> f64 {
    fixture::settings(cell.reader().load()).spawn_rate()
}

/// A route to the consumer at that position in the push.
pub fn route(name: &str, to: u32) -> pb::ResolvedRoute {
    pb::ResolvedRoute {
        name: name.to_owned(),
        to: vec![to],
        ..Default::default()
    }
}

/// A push of the two values of the outage.
pub fn steps(version: u64, rate: f64, decay_s: u64) -> Vec<u8> {
    let map = set(overlay(version), "spawn_rate", Kind::FloatValue(rate));
    set(map, "decay", Kind::DurationNs(decay_s * 1_000_000_000)).encode_to_vec()
}
