//! What definitions, or a map, say: one shape for both, so that they can be compared.

use std::collections::{BTreeMap, BTreeSet};

use routewright::{Priority, Scalar};

use crate::model::{Definition, Policy, Target, Value};
use crate::pb;
use crate::value::shown;

/// Routes that are there, values, the fallback.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub routes: BTreeMap<String, Route>,
    pub fallback: Option<Route>,
    pub settings: BTreeMap<String, Value>,
}

/// A route with nothing left to defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub target: Target,
    /// Every key is set; 0 is no time.
    pub policy: Policy,
    pub rank: i32,
}

impl Wanted {
    /// What definitions say now.
    pub fn now(definition: &Definition) -> Wanted {
        let enabled = definition.routes.iter().filter(|(_, route)| route.enabled);
        let routes = enabled.map(|(name, route)| {
            let route = Route {
                target: route.target.clone(),
                policy: whole(&route.policy),
                rank: route.rank,
            };
            (name.clone(), route)
        });
        let fallback = definition.fallback.as_ref().map(|fallback| Route {
            target: fallback.target.clone(),
            policy: whole(&fallback.policy),
            rank: 0,
        });
        let settings = definition.settings.iter();
        Wanted {
            routes: routes.collect(),
            fallback,
            settings: settings
                .map(|(name, s)| (name.clone(), s.default.clone()))
                .collect(),
        }
    }

    /// What a complete map says; else what is wrong with it.
    pub fn of(map: &pb::RouteMap) -> Result<Wanted, Vec<String>> {
        let mut faults = Vec::new();
        let mut wanted = Wanted::default();
        for route in &map.routes {
            match read(route, &map.consumers) {
                Some(read) => drop(wanted.routes.insert(route.name.clone(), read)),
                None => faults.push(format!(
                    "the route {} names a consumer that the map has not",
                    shown(&route.name)
                )),
            }
        }
        if let Some(route) = &map.fallback {
            wanted.fallback = read(route, &map.consumers);
            if wanted.fallback.is_none() {
                faults.push("the fallback names a consumer that the map has not".to_owned());
            }
        }
        for setting in &map.settings {
            match setting.value.as_ref().and_then(value) {
                Some(value) => drop(wanted.settings.insert(setting.name.clone(), value)),
                None => faults.push(format!("the setting {} has no value", shown(&setting.name))),
            }
        }
        if faults.is_empty() {
            Ok(wanted)
        } else {
            Err(faults)
        }
    }

    /// Routes, settings and the fallback (an empty name) that differ.
    pub fn differences(&self, other: &Wanted) -> Vec<String> {
        let mut out = Vec::new();
        let names: BTreeSet<&String> = self.routes.keys().chain(other.routes.keys()).collect();
        for name in names {
            if self.routes.get(name) != other.routes.get(name) {
                out.push(format!("route {name}"));
            }
        }
        if self.fallback != other.fallback {
            out.push("fallback".to_owned());
        }
        let names: BTreeSet<&String> = self.settings.keys().chain(other.settings.keys()).collect();
        for name in names {
            let same = match (self.settings.get(name), other.settings.get(name)) {
                (Some(a), Some(b)) => same(a, b),
                _ => false,
            };
            if !same {
                out.push(format!("setting {name}"));
            }
        }
        out
    }
}

/// Whether two values are the same to the bit: as floats, 0.0 and -0.0 would be equal.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    fn text(value: &Value) -> String {
        match value {
            Value::One(one) => one.to_string(),
            Value::List(list) => format!(
                "{:?}",
                list.iter().map(Scalar::to_string).collect::<Vec<_>>()
            ),
            Value::Table(rows) => {
                let row = |row: &Vec<Scalar<String>>| {
                    row.iter().map(Scalar::to_string).collect::<Vec<_>>()
                };
                format!("{:?}", rows.iter().map(row).collect::<Vec<_>>())
            }
        }
    }
    text(a) == text(b)
}

/// A policy in which nothing is left out.
pub(super) fn whole(policy: &Policy) -> Policy {
    Policy {
        timeout_ns: Some(policy.timeout_ns.unwrap_or(0)),
        retries: Some(policy.retries.unwrap_or(0)),
        retry_delay_ns: Some(policy.retry_delay_ns.unwrap_or(0)),
        priority: Some(policy.priority.unwrap_or_default()),
    }
}

fn read(route: &pb::ResolvedRoute, consumers: &[String]) -> Option<Route> {
    let name = |at: u32| consumers.get(at as usize).cloned();
    let to = route.to.iter().map(|at| name(*at));
    let split = route
        .split
        .iter()
        .map(|arm| Some((name(arm.to)?, arm.weight)));
    let mirror = route
        .mirror
        .iter()
        .map(|m| Some((name(m.to)?, m.share_ppm)));
    Some(Route {
        target: Target {
            to: to.collect::<Option<_>>()?,
            split: split.collect::<Option<_>>()?,
            mirror: mirror.collect::<Option<_>>()?,
            drop: route.drop.clone(),
        },
        policy: Policy {
            timeout_ns: Some(route.timeout_ns),
            retries: Some(route.retries),
            retry_delay_ns: Some(route.retry_delay_ns),
            priority: Some(match route.priority() {
                pb::Priority::Low => Priority::Low,
                pb::Priority::High => Priority::High,
                pb::Priority::Normal | pb::Priority::Unspecified => Priority::Normal,
            }),
        },
        rank: route.rank,
    })
}

fn value(value: &pb::setting_value::Value) -> Option<Value> {
    use pb::setting_value::Value as Pushed;
    let scalars = |list: &[pb::Scalar]| list.iter().map(scalar).collect::<Option<Vec<_>>>();
    Some(match value {
        Pushed::Scalar(one) => Value::One(scalar(one)?),
        Pushed::List(list) => Value::List(scalars(&list.elements)?),
        Pushed::Table(table) => {
            let rows = table.rows.iter().map(|row| scalars(&row.cells));
            Value::Table(rows.collect::<Option<_>>()?)
        }
    })
}

fn scalar(scalar: &pb::Scalar) -> Option<Scalar<String>> {
    use pb::scalar::Kind;
    Some(match scalar.kind.clone()? {
        Kind::BoolValue(v) => Scalar::Bool(v),
        Kind::IntValue(v) => Scalar::Int(v),
        Kind::FloatValue(v) => Scalar::Float(v),
        Kind::PercentValue(v) => Scalar::Percent(v),
        Kind::DurationNs(v) => Scalar::Duration(v),
        Kind::SizeBytes(v) => Scalar::Size(v),
        Kind::Timestamp(at) => Scalar::Timestamp(at.seconds, at.nanos),
        Kind::StringValue(v) => Scalar::String(v),
        Kind::EnumValue(v) => Scalar::Enum(v),
    })
}
