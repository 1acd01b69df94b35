//! Definitions as YAML, in the order of the language's reference.
//!
//! What fits a line is written in flow style, the rest as a block, and only what YAML
//! (or one of its readers) could take for something else is quoted. The same
//! definition gives the same text.

mod layout;

use std::iter::Peekable;

use routewright::{Form, Scalar};

pub(crate) use self::layout::quoted;
use self::layout::{Map, Tree, leaf};
use crate::format::text;
use crate::model::{
    Consumer, ConsumerKind, Definition, EventTest, Expiry, Measured, Policy, Route, Setting,
    Target, Test, Value,
};

/// Writes a definition as one YAML file.
pub fn write(definition: &Definition) -> String {
    let mut top = Map::default();
    top.put("version", Tree::Leaf(definition.version.to_string()));
    top.put("package", leaf(&definition.package));
    top.block(
        "consumers",
        definition
            .consumers
            .iter()
            .map(|(name, c)| (quoted(name), consumer(c))),
    );
    let own = |name: &&String| !definition.routes.contains_key(*name);
    top.list(
        "events",
        definition.events.iter().filter(own).map(|name| leaf(name)),
    );
    top.block(
        "routes",
        definition
            .routes
            .iter()
            .map(|(name, r)| (quoted(name), route(r))),
    );
    if let Some(fallback) = &definition.fallback {
        let mut map = Map::default();
        put_target(&mut map, &fallback.target);
        put_policy(&mut map, &fallback.policy);
        top.put("fallback", map.flow());
    }
    let settings = definition
        .settings
        .iter()
        .map(|(path, s)| (path.as_str(), s));
    top.block("settings", group(&mut settings.peekable(), ""));
    top.long("rules", definition.rules.iter().map(|rule| leaf(rule)));
    top.long("tests", definition.tests.iter().map(test));
    top.lay_out()
}

fn consumer(consumer: &Consumer) -> Tree {
    let mut map = Map::default();
    match consumer.kind {
        ConsumerKind::Local => map.put("local", Tree::Leaf("true".to_owned())),
        kind => map.put(kind.as_str(), leaf(&consumer.address)),
    }
    map.note("doc", &consumer.doc);
    map.note("owner", &consumer.owner);
    map.flow()
}

fn route(route: &Route) -> Tree {
    let mut map = Map::default();
    put_target(&mut map, &route.target);
    put_policy(&mut map, &route.policy);
    if route.rank != 0 {
        map.put("rank", Tree::Leaf(route.rank.to_string()));
    }
    if !route.enabled {
        map.put("enabled", Tree::Leaf("false".to_owned()));
    }
    map.note("doc", &route.doc);
    map.note("owner", &route.owner);
    map.note("deprecated", &route.deprecated);
    put_date(&mut map, &route.expires);
    map.flow()
}

fn put_target(map: &mut Map, target: &Target) {
    match target.to.as_slice() {
        [] => {}
        [one] => map.put("to", leaf(one)),
        all => map.list("to", all.iter().map(|to| leaf(to))),
    }
    if !target.split.is_empty() {
        map.put("split", arms(target.split.iter()));
    }
    let shares = target
        .mirror
        .iter()
        .map(|(to, ppm)| (to, text::share(*ppm)));
    if shares.clone().all(|(_, share)| share.is_none()) {
        map.list("mirror", shares.map(|(to, _)| leaf(to)));
    } else {
        let all = || "100%".to_owned();
        let entries = shares.map(|(to, share)| (quoted(to), Tree::Leaf(share.unwrap_or_else(all))));
        map.put("mirror", Tree::Map(Map(entries.collect())));
    }
    if let Some(reason) = &target.drop {
        map.put("drop", leaf(reason));
    }
}

fn arms<'a>(split: impl Iterator<Item = (&'a String, &'a u32)>) -> Tree {
    Tree::Map(Map(split
        .map(|(to, weight)| (quoted(to), Tree::Leaf(weight.to_string())))
        .collect()))
}

fn put_policy(map: &mut Map, policy: &Policy) {
    if let Some(ns) = policy.timeout_ns {
        map.put("timeout", Tree::Leaf(text::duration(ns)));
    }
    if let Some(retries) = policy.retries {
        map.put("retries", Tree::Leaf(retries.to_string()));
    }
    if let Some(ns) = policy.retry_delay_ns {
        map.put("retry_delay", Tree::Leaf(text::duration(ns)));
    }
    if let Some(priority) = policy.priority {
        map.put("priority", leaf(priority.as_str()));
    }
}

fn put_date(map: &mut Map, date: &str) {
    if !date.is_empty() {
        map.put("expires", Tree::Leaf(date.to_owned()));
    }
}

/// The settings below a prefix such as `circuit_breaker.`. They come sorted, and no
/// character of a name sorts before the dot, so that a group is in one piece.
fn group<'a>(
    settings: &mut Peekable<impl Iterator<Item = (&'a str, &'a Setting)>>,
    prefix: &str,
) -> Vec<(String, Tree)> {
    let mut entries = Vec::new();
    while let Some((path, declared)) = settings.peek().copied() {
        let Some(rest) = path.strip_prefix(prefix) else {
            break;
        };
        match rest.split_once('.') {
            None => {
                settings.next();
                entries.push((quoted(rest), setting(declared)));
            }
            Some((name, _)) => {
                let inner = group(settings, &format!("{prefix}{name}."));
                entries.push((quoted(name), Tree::Block(Box::new(Tree::Map(Map(inner))))));
            }
        }
    }
    entries
}

fn setting(setting: &Setting) -> Tree {
    let mut map = Map::default();
    let kind = Tree::Leaf(setting.kind.to_string());
    map.put(
        "type",
        match setting.form {
            Form::One => kind,
            Form::List => Tree::List(vec![kind]),
            Form::Table => Tree::Leaf("table".to_owned()),
        },
    );
    map.list("values", setting.values.iter().map(|word| leaf(word)));
    map.list(
        "columns",
        setting.columns.iter().map(|(name, kind)| {
            let mut column = Map::default();
            column.put("name", leaf(name));
            column.put("type", Tree::Leaf(kind.to_string()));
            column.flow()
        }),
    );
    map.put("default", value(&setting.default));
    for (key, bound) in [("min", &setting.min), ("max", &setting.max)] {
        if let Some(bound) = bound {
            map.put(key, scalar(bound));
        }
    }
    if let Some(step) = &setting.max_step {
        map.put("max_step", Tree::Leaf(text::step(step)));
    }
    if let Some(cooldown) = text::cooldown(setting.cooldown_ns) {
        map.put("cooldown", Tree::Leaf(cooldown));
    }
    map.note("doc", &setting.doc);
    map.note("owner", &setting.owner);
    put_date(&mut map, &setting.expires);
    map.flow()
}

fn value(value: &Value) -> Tree {
    match value {
        Value::One(one) => scalar(one),
        Value::List(list) => Tree::List(list.iter().map(scalar).collect()),
        Value::Table(rows) => Tree::List(
            rows.iter()
                .map(|row| Tree::List(row.iter().map(scalar).collect()))
                .collect(),
        ),
    }
}

fn scalar(scalar: &Scalar<String>) -> Tree {
    match scalar {
        Scalar::String(text) | Scalar::Enum(text) => leaf(text),
        Scalar::Timestamp(..) => leaf(&scalar.to_string()),
        other => Tree::Leaf(other.to_string()),
    }
}

fn test(test: &Test) -> Tree {
    match test {
        Test::Event(test) => event_test(test),
        Test::Setting(test) => {
            let mut map = Map::default();
            map.put("setting", leaf(&test.setting));
            if let Some(is) = &test.is {
                map.put("is", value(is));
            }
            put_expiry(&mut map, test.expiry.as_ref());
            map.flow()
        }
    }
}

fn event_test(test: &EventTest) -> Tree {
    let mut map = Map::default();
    map.put("event", leaf(&test.event));
    let names = |names: &std::collections::BTreeSet<String>| {
        Tree::List(names.iter().map(|n| leaf(n)).collect())
    };
    if let Some(to) = &test.to {
        map.put("to", names(to));
    }
    map.list("not_to", test.not_to.iter().map(|name| leaf(name)));
    if let Some(split) = &test.split {
        map.put("split", arms(split.iter()));
    }
    if let Some(mirror) = &test.mirror {
        map.put("mirror", names(mirror));
    }
    for (key, expected) in [("drop", test.drop), ("unrouted", test.unrouted)] {
        if let Some(expected) = expected {
            map.put(key, Tree::Leaf(expected.to_string()));
        }
    }
    if test.policy != Policy::default() {
        let mut expected = Map::default();
        put_policy(&mut expected, &test.policy);
        map.put("policy", expected.flow());
    }
    if let Some((key, consumer)) = &test.picks {
        map.put("key", leaf(key));
        map.put("picks", leaf(consumer));
    }
    if let Some(measured) = &test.measured {
        put_measured(&mut map, measured);
    }
    put_expiry(&mut map, test.expiry.as_ref());
    map.flow()
}

/// What stands there without being said is left out.
fn put_measured(map: &mut Map, measured: &Measured) {
    let shares = [
        ("shares", &measured.shares),
        ("mirror_shares", &measured.mirror_shares),
    ];
    for (key, shares) in shares {
        if !shares.is_empty() {
            let entries = shares
                .iter()
                .map(|(to, ppm)| (quoted(to), Tree::Leaf(text::percent(*ppm))));
            map.put(key, Tree::Map(Map(entries.collect())));
        }
    }
    if measured.within_ppm != Measured::WITHIN_PPM {
        map.put("within", Tree::Leaf(text::percent(measured.within_ppm)));
    }
    if measured.keys != Measured::KEYS {
        map.put("keys", Tree::Leaf(measured.keys.to_string()));
    }
    if let Some(seed) = measured.seed {
        map.put("seed", Tree::Leaf(seed.to_string()));
    }
}

fn put_expiry(map: &mut Map, expiry: Option<&Expiry>) {
    if let Some(expiry) = expiry {
        map.put("expired", Tree::Leaf(expiry.expired.to_string()));
        if let Some(at) = expiry.at {
            map.put("at", leaf(&at.to_string()));
        }
    }
}
