//! Route maps: the message that is pushed, written from a definition or read back
//! from an image, and the difference of two.
//!
//! The same content gives the same bytes: everything is sorted by name, only the
//! consumers that are used are listed, and a default has one spelling. Lease, reason,
//! catalog and the like are left empty, for the caller to fill in.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use prost_reflect::DynamicMessage;
use routewright::{Form, Origin, Outcome, Priority, RawRoute, RouteTable, Scalar};

use crate::model::{Definition, Policy, Target, Value};
use crate::pb;

/// All that a definition says, as a complete map: every enabled route, every setting,
/// the fallback.
pub fn complete(definition: &Definition, version: u64) -> pb::RouteMap {
    let enabled = || definition.routes.iter().filter(|(_, route)| route.enabled);
    let targets = enabled().map(|(_, route)| &route.target);
    let targets = targets.chain(
        definition
            .fallback
            .as_ref()
            .map(|fallback| &fallback.target),
    );
    let consumers = Consumers::of(
        targets
            .flat_map(|t| t.to.iter().chain(t.split.keys()).chain(t.mirror.keys()))
            .map(String::as_str),
    );
    let routes = enabled().map(|(name, route)| pb::ResolvedRoute {
        rank: route.rank,
        ..resolved(name, &route.target, &route.policy, &consumers)
    });
    let fallback = definition.fallback.as_ref();
    let settings = definition
        .settings
        .iter()
        .map(|(name, setting)| pb::SettingValue {
            name: name.clone(),
            value: Some(value(&setting.default)),
        });
    pb::RouteMap {
        mode: pb::Mode::Complete.into(),
        version,
        routes: routes.collect(),
        settings: settings.collect(),
        fallback: fallback.map(|f| resolved("", &f.target, &f.policy, &consumers)),
        consumers: consumers.names(),
        ..pb::RouteMap::default()
    }
}

/// All that a table holds, as a complete map: the routes of its own (what events
/// inherit from patterns follows from them), the values of all settings, the fallback.
/// The catalog is the table's.
pub fn from_table<D: AsRef<[u8]>>(table: &RouteTable<D>, version: u64) -> pb::RouteMap {
    let catalog = table.catalog();
    let own = || {
        table
            .entries()
            .map(|entry| entry.route)
            .filter(|route| route.origin() == Origin::Own)
    };
    let name = |at: u16| catalog.consumer(at.into()).unwrap_or_default();
    let used = own().chain(table.fallback()).flat_map(|route| {
        let arms = route.arms().map(|(at, _)| at);
        route
            .consumers()
            .chain(arms)
            .chain(route.shares().map(|(at, _)| at))
    });
    let consumers = Consumers::of(used.map(name));
    let read = |route: RawRoute<'_>, name: &str| read_back(route, name, &consumers);
    let mut routes: Vec<_> = own().map(|route| read(route, route.name())).collect();
    routes.sort_by(|a, b| a.name.cmp(&b.name));
    let settings = (0..catalog.settings()).filter_map(|at| {
        let declared = catalog.setting(at)?;
        let mut scalars = table.values().scalars(at).map(scalar);
        let value = match declared.form {
            Form::One => pb::setting_value::Value::Scalar(scalars.next()?),
            Form::List => list(scalars.collect()),
            Form::Table => {
                let cells: Vec<_> = scalars.collect();
                rows(cells.chunks(declared.columns().max(1)).map(<[_]>::to_vec))
            }
        };
        Some(pb::SettingValue {
            name: declared.name.to_owned(),
            value: Some(value),
        })
    });
    pb::RouteMap {
        mode: pb::Mode::Complete.into(),
        version,
        catalog: table.fingerprint(),
        routes,
        settings: settings.collect(),
        fallback: table.fallback().map(|route| read(route, "")),
        consumers: consumers.names(),
        ..pb::RouteMap::default()
    }
}

/// What takes `base` to `next`, both complete maps of one catalog: an overlay that,
/// laid over a baseline that says what `base` says, answers as `next` does. Version,
/// reason, lease and the like are those of `next`.
///
/// Of equal maps the overlay [is empty](is_empty), which an engine refuses.
pub fn overlay(base: &pb::RouteMap, next: &pb::RouteMap) -> pb::RouteMap {
    let all = Consumers::of(
        base.consumers
            .iter()
            .chain(&next.consumers)
            .map(String::as_str),
    );
    let routes = |map: &pb::RouteMap| -> BTreeMap<String, pb::ResolvedRoute> {
        map.routes
            .iter()
            .map(|route| (route.name.clone(), all.renumber(route, &map.consumers)))
            .collect()
    };
    let (old, mut new) = (routes(base), routes(next));
    let removals = old
        .keys()
        .filter(|name| !new.contains_key(*name))
        .cloned()
        .collect();
    new.retain(|name, route| old.get(name) != Some(route));

    let fallback = |map: &pb::RouteMap| {
        map.fallback
            .as_ref()
            .map(|route| all.renumber(route, &map.consumers))
    };
    let (old_fallback, new_fallback) = (fallback(base), fallback(next));
    let clear_fallback = old_fallback.is_some() && new_fallback.is_none();
    let fallback = new_fallback.filter(|new| old_fallback.as_ref() != Some(new));

    let values: BTreeMap<&str, Vec<u8>> = base
        .settings
        .iter()
        .map(|s| (s.name.as_str(), s.encode_to_vec()))
        .collect();
    // By their bytes: as floats, 0.0 and -0.0 would be equal.
    let moved = |s: &&pb::SettingValue| values.get(s.name.as_str()) != Some(&s.encode_to_vec());
    let mut settings: Vec<_> = next.settings.iter().filter(moved).cloned().collect();
    settings.sort_by(|a, b| a.name.cmp(&b.name));

    let named = all.names();
    let used = new.values().chain(&fallback).flat_map(positions);
    let consumers = Consumers::of(
        used.filter_map(|at| named.get(at as usize))
            .map(String::as_str),
    );
    pb::RouteMap {
        mode: pb::Mode::Overlay.into(),
        routes: new
            .values()
            .map(|route| consumers.renumber(route, &named))
            .collect(),
        removals,
        settings,
        fallback: fallback.map(|route| consumers.renumber(&route, &named)),
        clear_fallback,
        consumers: consumers.names(),
        ..next.clone()
    }
}

/// Reads a map in protobuf's JSON mapping.
///
/// # Errors
/// It is no JSON, or no map; in words.
pub fn from_json(text: &str) -> Result<pb::RouteMap, String> {
    let mut json = serde_json::Deserializer::from_str(text);
    let map = DynamicMessage::deserialize(crate::format::message::route_map(), &mut json)
        .and_then(|map| json.end().map(|()| map))
        .map_err(|error| error.to_string())?;
    map.transcode_to().map_err(|error| error.to_string())
}

/// Whether a map says nothing: no route, removal, setting or fallback.
pub fn is_empty(map: &pb::RouteMap) -> bool {
    map.routes.is_empty()
        && map.removals.is_empty()
        && map.settings.is_empty()
        && map.fallback.is_none()
        && !map.clear_fallback
}

/// The bytes that are pushed: fields in the order of their numbers.
pub fn encode(map: &pb::RouteMap) -> Vec<u8> {
    map.encode_to_vec()
}

/// Consumers and their positions in a map.
struct Consumers<'a>(BTreeMap<&'a str, u32>);

impl<'a> Consumers<'a> {
    fn of(names: impl Iterator<Item = &'a str>) -> Consumers<'a> {
        let names: BTreeSet<&str> = names.collect();
        Consumers(names.into_iter().zip(0..).collect())
    }

    fn names(&self) -> Vec<String> {
        self.0.keys().map(|name| (*name).to_owned()).collect()
    }

    /// The position of a consumer. One that is not listed gets a position that no map
    /// has, so that the engine refuses it instead of delivering elsewhere.
    fn at(&self, name: &str) -> u32 {
        self.0.get(name).copied().unwrap_or(u32::MAX)
    }

    /// A route of a map with other positions.
    fn renumber(&self, route: &pb::ResolvedRoute, names: &[String]) -> pb::ResolvedRoute {
        let mut route = route.clone();
        let to = |at: &mut u32| {
            *at = names
                .get(*at as usize)
                .map_or(u32::MAX, |name| self.at(name))
        };
        route.to.iter_mut().for_each(to);
        route.split.iter_mut().for_each(|arm| to(&mut arm.to));
        route
            .mirror
            .iter_mut()
            .for_each(|mirror| to(&mut mirror.to));
        route
    }
}

fn positions(route: &pb::ResolvedRoute) -> impl Iterator<Item = u32> {
    let arms = route.split.iter().map(|arm| arm.to);
    route
        .to
        .iter()
        .copied()
        .chain(arms)
        .chain(route.mirror.iter().map(|mirror| mirror.to))
}

fn resolved(
    name: &str,
    target: &Target,
    policy: &Policy,
    consumers: &Consumers<'_>,
) -> pb::ResolvedRoute {
    let arm = |(to, weight): (&String, &u32)| pb::ResolvedArm {
        to: consumers.at(to),
        weight: *weight,
    };
    let mirror = |(to, ppm): (&String, &u32)| pb::ResolvedMirror {
        to: consumers.at(to),
        share_ppm: *ppm,
    };
    pb::ResolvedRoute {
        name: name.to_owned(),
        to: target.to.iter().map(|name| consumers.at(name)).collect(),
        split: target.split.iter().map(arm).collect(),
        mirror: target.mirror.iter().map(mirror).collect(),
        drop: target.drop.clone(),
        timeout_ns: policy.timeout_ns.unwrap_or(0),
        retry_delay_ns: policy.retry_delay_ns.unwrap_or(0),
        retries: policy.retries.unwrap_or(0),
        priority: priority(policy.priority.unwrap_or_default()).into(),
        rank: 0,
    }
}

fn read_back(route: RawRoute<'_>, name: &str, consumers: &Consumers<'_>) -> pb::ResolvedRoute {
    let catalog = route.catalog();
    let at = |at: u16| consumers.at(catalog.consumer(at.into()).unwrap_or_default());
    let policy = route.policy();
    // The image holds nanoseconds in 64 bits, so that none are lost here.
    let ns = |time: Option<std::time::Duration>| time.map_or(0, |time| time.as_nanos() as u64);
    pb::ResolvedRoute {
        name: name.to_owned(),
        to: route.consumers().map(at).collect(),
        split: route
            .arms()
            .map(|(to, weight)| pb::ResolvedArm {
                to: at(to),
                weight: weight.into(),
            })
            .collect(),
        mirror: route
            .shares()
            .map(|(to, share_ppm)| pb::ResolvedMirror {
                to: at(to),
                share_ppm,
            })
            .collect(),
        drop: match route.outcome() {
            Outcome::Drop(reason) => Some(reason.to_owned()),
            Outcome::Deliver | Outcome::Unrouted => None,
        },
        timeout_ns: ns(policy.timeout),
        retry_delay_ns: ns(policy.retry_delay),
        retries: policy.retries.into(),
        priority: priority(policy.priority).into(),
        rank: route.rank(),
    }
}

/// Always in words: none given and normal are the same bytes.
fn priority(priority: Priority) -> pb::Priority {
    match priority {
        Priority::Low => pb::Priority::Low,
        Priority::Normal => pb::Priority::Normal,
        Priority::High => pb::Priority::High,
    }
}

/// A value as a push carries it.
pub fn value(value: &Value) -> pb::setting_value::Value {
    let scalars = |list: &[Scalar<String>]| list.iter().map(|s| scalar(s.borrow())).collect();
    match value {
        Value::One(one) => pb::setting_value::Value::Scalar(scalar(one.borrow())),
        Value::List(elements) => list(scalars(elements)),
        Value::Table(table) => rows(table.iter().map(|row| scalars(row))),
    }
}

fn list(elements: Vec<pb::Scalar>) -> pb::setting_value::Value {
    pb::setting_value::Value::List(pb::ScalarList { elements })
}

fn rows(rows: impl Iterator<Item = Vec<pb::Scalar>>) -> pb::setting_value::Value {
    pb::setting_value::Value::Table(pb::ScalarTable {
        rows: rows.map(|cells| pb::ScalarRow { cells }).collect(),
    })
}

fn scalar(scalar: Scalar<&str>) -> pb::Scalar {
    use pb::scalar::Kind;
    let kind = match scalar {
        Scalar::Bool(v) => Kind::BoolValue(v),
        Scalar::Int(v) => Kind::IntValue(v),
        Scalar::Float(v) => Kind::FloatValue(v),
        Scalar::Percent(v) => Kind::PercentValue(v),
        Scalar::Duration(v) => Kind::DurationNs(v),
        Scalar::Size(v) => Kind::SizeBytes(v),
        Scalar::Timestamp(seconds, nanos) => Kind::Timestamp(pb::Instant { seconds, nanos }),
        Scalar::String(v) => Kind::StringValue(v.to_owned()),
        Scalar::Enum(v) => Kind::EnumValue(v.to_owned()),
    };
    pb::Scalar { kind: Some(kind) }
}
