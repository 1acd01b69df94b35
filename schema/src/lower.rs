//! Definition -> image, through the one writer there is.

use std::collections::BTreeMap;
use std::time::Duration;

use routewright::{
    Builder, CatalogSpec, Image, Instr, Limits, RouteSpec, RouteTable, RuleSpec, Scalar,
    SettingSpec, Violations,
};

use crate::model::{Definition, Policy, Setting, Target, Value};
use crate::rule::{self, Code};

/// Compiles a definition to a table.
///
/// # Errors
/// All that `routewright` does not allow: limits, ranges, ties, dead patterns, rules.
pub fn lower(definition: &Definition, limits: &Limits) -> Result<RouteTable<Image>, Violations> {
    let codes: Vec<Vec<Code>> = definition
        .rules
        .iter()
        .map(|text| compile(definition, text))
        .collect();
    let rules = definition
        .rules
        .iter()
        .zip(&codes)
        .map(|(text, code)| RuleSpec {
            text,
            code: code.iter().map(Code::borrow).collect::<Vec<Instr<'_>>>(),
        });
    let consumers: BTreeMap<&str, u16> = definition
        .consumers
        .keys()
        .enumerate()
        .map(|(at, name)| (name.as_str(), at as u16))
        .collect();
    let spec = CatalogSpec {
        events: definition.events.iter().map(String::as_str).collect(),
        consumers: consumers.keys().copied().collect(),
        settings: definition
            .settings
            .iter()
            .map(|(name, setting)| setting_spec(name, setting))
            .collect(),
        rules: rules.collect(),
    };
    let mut builder = Builder::new(spec, *limits);
    let mut ids = Ids::default();
    for (name, route) in definition.routes.iter().filter(|(_, route)| route.enabled) {
        ids.fill(&route.target, &consumers);
        builder.route(
            name,
            &RouteSpec {
                rank: route.rank,
                ..ids.spec(&route.target, &route.policy)
            },
        );
    }
    if let Some(fallback) = &definition.fallback {
        ids.fill(&fallback.target, &consumers);
        builder.fallback(&ids.spec(&fallback.target, &fallback.policy));
    }
    builder.finish()
}

/// A rule that `resolve` let through compiles; of any other, the runtime says that it
/// is not well formed.
fn compile(definition: &Definition, text: &str) -> Vec<Code> {
    rule::compile(text, &|path| definition.settings.get(path)).unwrap_or_default()
}

/// Consumers of one route by position; used again for the next.
#[derive(Default)]
struct Ids {
    to: Vec<u16>,
    split: Vec<(u16, u32)>,
    mirror: Vec<(u16, u32)>,
}

impl Ids {
    fn fill(&mut self, target: &Target, consumers: &BTreeMap<&str, u16>) {
        let id = |name: &str| consumers.get(name).copied().unwrap_or(u16::MAX);
        self.to.clear();
        self.to.extend(target.to.iter().map(|name| id(name)));
        self.split.clear();
        self.split.extend(
            target
                .split
                .iter()
                .map(|(name, weight)| (id(name), *weight)),
        );
        self.mirror.clear();
        self.mirror
            .extend(target.mirror.iter().map(|(name, share)| (id(name), *share)));
    }

    fn spec<'s>(&'s self, target: &'s Target, policy: &Policy) -> RouteSpec<'s> {
        RouteSpec {
            to: &self.to,
            split: &self.split,
            mirror: &self.mirror,
            drop: target.drop.as_deref(),
            policy: routewright::Policy {
                timeout: policy.timeout_ns.map(Duration::from_nanos),
                retries: 0,
                retry_delay: policy.retry_delay_ns.map(Duration::from_nanos),
                priority: policy.priority.unwrap_or_default(),
            },
            retries: policy.retries.unwrap_or(0),
            rank: 0,
        }
    }
}

fn setting_spec<'a>(name: &'a str, setting: &'a Setting) -> SettingSpec<'a> {
    SettingSpec {
        name,
        kind: setting.kind,
        form: setting.form,
        min: setting.min.as_ref().map(Scalar::borrow),
        max: setting.max.as_ref().map(Scalar::borrow),
        step: setting.max_step,
        cooldown_ns: setting.cooldown_ns,
        words: setting.values.iter().map(String::as_str).collect(),
        columns: setting
            .columns
            .iter()
            .map(|(name, kind)| (name.as_str(), *kind))
            .collect(),
        default: scalars(&setting.default).map(Scalar::borrow).collect(),
    }
}

/// The scalars of a value: one; the elements; the cells, row by row.
pub fn scalars(value: &Value) -> Box<dyn Iterator<Item = &Scalar<String>> + '_> {
    match value {
        Value::One(scalar) => Box::new(std::iter::once(scalar)),
        Value::List(elements) => Box::new(elements.iter()),
        Value::Table(rows) => Box::new(rows.iter().flatten()),
    }
}
