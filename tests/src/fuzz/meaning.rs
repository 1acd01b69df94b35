//! What a push means: read by prost, laid over the texts that the baseline was compiled
//! from, and told as a definition, which the naive interpreter answers for.

use std::sync::OnceLock;

use routewright::{Priority, Scalar};
use routewright_schema::load::load_text;
use routewright_schema::model::{Definition, Fallback, Policy, Route, Target, Value};
use routewright_schema::pb::{self, Mode, scalar::Kind, setting_value};
use routewright_schema::route_map;

use crate::fixture;

/// What all pushes lie over.
pub(super) struct Baseline {
    /// As written.
    pub definition: Definition,
    /// As it would be pushed.
    pub map: pb::RouteMap,
}

impl Baseline {
    pub fn get() -> &'static Baseline {
        static BASELINE: OnceLock<Baseline> = OnceLock::new();
        BASELINE.get_or_init(|| {
            let text = include_str!("../../fixture/routes.yaml");
            let Ok(loaded) = load_text("routes.yaml", text) else {
                panic!("the fixture is a definition");
            };
            Baseline {
                definition: loaded.definition,
                map: route_map::from_table(fixture::TABLE.raw(), 1),
            }
        })
    }
}

/// The definition that answers as an engine with this baseline and this push does.
///
/// # Panics
/// If the push says something that no engine may take.
pub(super) fn meaning(map: &pb::RouteMap, baseline: &Definition) -> Definition {
    let mut meant = baseline.clone();
    let complete = match map.mode() {
        Mode::Complete => true,
        Mode::Overlay => false,
        Mode::Unspecified => panic!("the map does not say what it is"),
    };
    if complete {
        meant.routes.clear();
        meant.fallback = None;
        assert!(map.removals.is_empty() && !map.clear_fallback);
    }
    for name in &map.removals {
        let was = meant.routes.remove(name);
        assert!(was.is_some(), "{name:?} is removed, but was not there");
    }
    let mut given = Vec::new();
    for route in &map.routes {
        given.push(&route.name);
        meant.routes.insert(route.name.clone(), whole(route, map));
    }
    unique(given);
    if map.clear_fallback {
        assert!(meant.fallback.take().is_some() && map.fallback.is_none());
    }
    if let Some(fallback) = &map.fallback {
        let Route { target, policy, .. } = whole(fallback, map);
        assert!(fallback.name.is_empty() && target.mirror.is_empty());
        meant.fallback = Some(Fallback { target, policy });
    }
    unique(map.settings.iter().map(|setting| &setting.name).collect());
    for setting in &map.settings {
        let declared = meant.settings.get_mut(&setting.name);
        let declared = declared.expect("a setting of the catalog");
        declared.default = value(setting.value.as_ref().expect("a value"));
    }
    meant
}

/// No name stands twice.
fn unique(mut names: Vec<&String>) {
    names.sort();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
}

fn whole(route: &pb::ResolvedRoute, map: &pb::RouteMap) -> Route {
    let name = |at: u32| map.consumers[at as usize].clone();
    let arm = |arm: &pb::ResolvedArm| (name(arm.to), arm.weight);
    let mirror = |mirror: &pb::ResolvedMirror| (name(mirror.to), mirror.share_ppm);
    let target = Target {
        to: route.to.iter().map(|at| name(*at)).collect(),
        split: route.split.iter().map(arm).collect(),
        mirror: route.mirror.iter().map(mirror).collect(),
        drop: route.drop.clone(),
    };
    unique(target.to.iter().collect());
    assert_eq!(target.split.len(), route.split.len(), "an arm stands twice");
    assert_eq!(target.mirror.len(), route.mirror.len());
    Route {
        policy: Policy {
            timeout_ns: Some(route.timeout_ns),
            retries: Some(route.retries),
            retry_delay_ns: Some(route.retry_delay_ns),
            priority: Some(match pb::Priority::try_from(route.priority) {
                Ok(pb::Priority::Low) => Priority::Low,
                Ok(pb::Priority::Unspecified | pb::Priority::Normal) => Priority::Normal,
                Ok(pb::Priority::High) => Priority::High,
                Err(_) => panic!("there is no priority {}", route.priority),
            }),
        },
        target,
        rank: route.rank,
        enabled: true,
        doc: String::new(),
        owner: String::new(),
        deprecated: String::new(),
        expires: String::new(),
    }
}

fn value(value: &setting_value::Value) -> Value {
    use setting_value::Value as Pushed;
    match value {
        Pushed::Scalar(one) => Value::One(scalar(one)),
        Pushed::List(list) => Value::List(list.elements.iter().map(scalar).collect()),
        Pushed::Table(table) => {
            let row = |row: &pb::ScalarRow| row.cells.iter().map(scalar).collect();
            Value::Table(table.rows.iter().map(row).collect())
        }
    }
}

fn scalar(scalar: &pb::Scalar) -> Scalar<String> {
    match scalar.kind.clone().expect("a scalar says its kind") {
        Kind::BoolValue(v) => Scalar::Bool(v),
        Kind::IntValue(v) => Scalar::Int(v),
        Kind::FloatValue(v) => Scalar::Float(v),
        Kind::PercentValue(v) => Scalar::Percent(v),
        Kind::DurationNs(v) => Scalar::Duration(v),
        Kind::SizeBytes(v) => Scalar::Size(v),
        Kind::Timestamp(v) => Scalar::Timestamp(v.seconds, v.nanos),
        Kind::StringValue(v) => Scalar::String(v),
        Kind::EnumValue(v) => Scalar::Enum(v),
    }
}

/// Names that are asked after each push; of very many routes, some.
const ASKED_MAX: usize = 48;

/// Names worth asking: all events; each route's own, with its wildcards filled in, and
/// neighbours of it; and names that nobody may know.
pub(super) fn asked(meant: &Definition) -> Vec<String> {
    let mut names: Vec<String> = meant.events.iter().cloned().collect();
    let stride = meant.routes.len().div_ceil(ASKED_MAX / 2);
    for (at, route) in meant.routes.keys().enumerate().step_by(stride.max(1)) {
        names.push(route.clone());
        let filled = route.split('.').map(|segment| match segment {
            "*" => ["joined", "a", "zz"][at % 3],
            "**" => ["a", "item.found", "zz.zz"][at % 3],
            literal => literal,
        });
        names.push(filled.collect::<Vec<_>>().join("."));
        match at % 2 {
            0 => names.push(format!("{route}.a")),
            _ => names.extend(route.rsplit_once('.').map(|(head, _)| head.to_owned())),
        }
    }
    for odd in ["", "nobody", "a..b", "a.*", "player", "\u{e9}"] {
        names.push(odd.to_owned());
    }
    names
}
