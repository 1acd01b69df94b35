//! A naive interpreter of definitions: the language reference in the plainest code,
//! slow and independent of `routewright`'s reader. It is the oracle of the laws.

use std::collections::BTreeMap;

use routewright::{Image, Outcome, Priority, RawRoute, RouteTable, Scalar};
use routewright_schema::model::{Definition, Policy, Target, Value};

/// What becomes of an event, by names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To these.
    Deliver {
        /// All of them.
        to: Vec<String>,
        /// One of them.
        split: BTreeMap<String, u32>,
        /// Copies.
        mirror: BTreeMap<String, u32>,
        /// How.
        policy: (u64, u64, u32, Priority),
    },
    /// To nobody.
    Drop(String),
    /// Declared, but nothing says where to.
    Unrouted,
    /// Unknown.
    Nothing,
}

/// The answer of a definition.
pub fn answer(definition: &Definition, name: &str) -> Answer {
    if let Some(route) = definition
        .routes
        .get(name)
        .filter(|route| route.enabled && !name.split('.').any(|s| s == "*" || s == "**"))
    {
        return of(&route.target, &route.policy);
    }
    let best = definition
        .routes
        .iter()
        .filter(|(pattern, route)| route.enabled && meets(pattern, name))
        .max_by_key(|(pattern, route)| {
            let literals = pattern
                .split('.')
                .filter(|s| *s != "*" && *s != "**")
                .count();
            (literals, !pattern.ends_with("**"), route.rank)
        });
    if let Some((_, route)) = best {
        return of(&route.target, &route.policy);
    }
    if let Some(fallback) = &definition.fallback {
        return of(&fallback.target, &fallback.policy);
    }
    match definition.events.contains(name) {
        true => Answer::Unrouted,
        false => Answer::Nothing,
    }
}

fn of(target: &Target, policy: &Policy) -> Answer {
    match &target.drop {
        Some(reason) => Answer::Drop(reason.clone()),
        None => Answer::Deliver {
            to: target.to.clone(),
            split: target.split.clone(),
            mirror: target.mirror.clone(),
            policy: (
                policy.timeout_ns.unwrap_or(0),
                policy.retry_delay_ns.unwrap_or(0),
                policy.retries.unwrap_or(0),
                policy.priority.unwrap_or(Priority::Normal),
            ),
        },
    }
}

/// Whether a pattern meets a name.
fn meets(pattern: &str, name: &str) -> bool {
    if !pattern.contains('*') {
        return false;
    }
    let pattern: Vec<&str> = pattern.split('.').collect();
    let name_segments: Vec<&str> = name.split('.').collect();
    let allowed = name.len() <= 128
        && name_segments.len() <= 16
        && !name_segments.iter().any(|s| ["", "*", "**"].contains(s));
    if !allowed || !pattern.iter().any(|s| *s == "*" || *s == "**") {
        return false;
    }
    fn go(pattern: &[&str], name: &[&str]) -> bool {
        match (pattern, name) {
            ([], []) => true,
            (["**"], [_, ..]) => true,
            (["*", pattern @ ..], [_, name @ ..]) => go(pattern, name),
            ([p, pattern @ ..], [n, name @ ..]) => p == n && go(pattern, name),
            _ => false,
        }
    }
    go(&pattern, &name_segments)
}

/// The answer of a table, in the same words.
pub fn told(route: Option<RawRoute<'_>>) -> Answer {
    let Some(route) = route else {
        return Answer::Nothing;
    };
    let catalog = route.catalog();
    let name = |id: u16| {
        catalog
            .consumer(id.into())
            .expect("a consumer of the catalog")
            .to_owned()
    };
    match route.outcome() {
        Outcome::Drop(reason) => Answer::Drop(reason.to_owned()),
        Outcome::Unrouted => Answer::Unrouted,
        Outcome::Deliver => {
            let policy = route.policy();
            let ns = |d: Option<std::time::Duration>| d.map_or(0, |d| d.as_nanos() as u64);
            Answer::Deliver {
                to: route.consumers().map(name).collect(),
                split: route
                    .arms()
                    .map(|(id, weight)| (name(id), weight.into()))
                    .collect(),
                mirror: route
                    .shares()
                    .map(|(id, share)| (name(id), share))
                    .collect(),
                policy: (
                    ns(policy.timeout),
                    ns(policy.retry_delay),
                    policy.retries.into(),
                    policy.priority,
                ),
            }
        }
    }
}

/// The scalars of each setting, by path.
pub fn settings(definition: &Definition) -> BTreeMap<String, Vec<Scalar<String>>> {
    let scalars = |value: &Value| match value {
        Value::One(scalar) => vec![scalar.clone()],
        Value::List(list) => list.clone(),
        Value::Table(rows) => rows.iter().flatten().cloned().collect(),
    };
    definition
        .settings
        .iter()
        .map(|(path, setting)| (path.clone(), scalars(&setting.default)))
        .collect()
}

/// The same, as a table holds them.
pub fn values(table: &RouteTable<Image>) -> BTreeMap<String, Vec<Scalar<String>>> {
    let catalog = table.catalog();
    (0..catalog.settings())
        .map(|at| {
            let scalars = table.values().scalars(at).map(|s| s.to_owned()).collect();
            let setting = catalog.setting(at).expect("a setting");
            (setting.name.to_owned(), scalars)
        })
        .collect()
}

/// Names worth asking: all that are written, each pattern with its wildcards filled in
/// in several ways, neighbours of all those, and names that no pattern may meet.
pub fn questions(definition: &Definition) -> Vec<String> {
    let mut names: Vec<String> = definition.events.iter().cloned().collect();
    for pattern in definition.routes.keys() {
        names.push(pattern.clone());
        for filler in ["a", "b", "zz"] {
            for rest in ["a", "b.a", "zz.zz.zz"] {
                let filled = pattern.split('.').map(|s| match s {
                    "*" => filler,
                    "**" => rest,
                    literal => literal,
                });
                names.push(filled.collect::<Vec<_>>().join("."));
            }
        }
    }
    for name in names.clone() {
        names.push(format!("{name}.a"));
        names.push(format!("a.{name}"));
        names.extend(name.rsplit_once('.').map(|(head, _)| head.to_owned()));
    }
    let long = "a".repeat(129);
    let deep = ["a"; 17].join(".");
    for odd in [
        "", ".", "a..b", ".a", "a.", "*", "**", "a.*", "*.a", "\u{1}", &long, &deep,
    ] {
        names.push(odd.to_owned());
    }
    names.sort();
    names.dedup();
    names
}
