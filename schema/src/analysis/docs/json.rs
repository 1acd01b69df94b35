//! What the page says, for programs. Keys keep their meaning; new ones may come, and a key
//! whose value would say nothing is left out.
//!
//! ```text
//! package, version, tests
//! sources[], consumers[]   as `graph --to json` has them; sources have policy and rank too
//! settings[]   path, type, form, values, columns, default, min, max, max_step, cooldown,
//!              doc, owner, expires
//! rules[]      expressions
//! owners[]     name (empty: nobody is named), consumers[], routes[], settings[]
//! ```

use std::collections::BTreeMap;

use routewright::{RouteTable, Scalar, Step};
use serde_json::{Map, Value, json as value};

use super::Page;
use super::events::policy;
use super::settings::default;
use crate::analysis::graph;
use crate::load::Loaded;
use crate::model::{Definition, Setting};

/// All events, patterns, consumers, settings, rules and owners as one value.
pub fn json<D: AsRef<[u8]>>(loaded: &Loaded, table: &RouteTable<D>) -> Value {
    let page = Page::of(loaded, table);
    let definition = &loaded.definition;
    let mut drawn = graph::json(&page.map, "");
    let sources = drawn["sources"].as_array_mut().into_iter().flatten();
    for (entry, source) in sources.zip(&page.map.sources) {
        let policy = policy(&page, source);
        if !policy.is_empty() {
            entry["policy"] = policy.into();
        }
        match definition.routes.get(&source.name).map(|route| route.rank) {
            None | Some(0) => {}
            Some(rank) => entry["rank"] = rank.into(),
        }
    }
    let settings = definition.settings.iter();
    let settings: Vec<Value> = settings.map(|(path, s)| setting(path, s)).collect();
    value!({
        "package": definition.package,
        "version": definition.version,
        "tests": definition.tests.len(),
        "sources": drawn["sources"].take(),
        "consumers": drawn["consumers"].take(),
        "settings": settings,
        "rules": definition.rules,
        "owners": owners(definition),
    })
}

fn setting(path: &str, setting: &Setting) -> Value {
    let mut entry = Map::from_iter([
        ("path".to_owned(), path.into()),
        ("type".to_owned(), setting.kind.as_str().into()),
        ("form".to_owned(), form(setting).into()),
        ("default".to_owned(), default(setting).into()),
    ]);
    let mut put = |key: &str, value: Value| {
        if !value.is_null() && value != "" && value != value!([]) {
            entry.insert(key.to_owned(), value);
        }
    };
    let shown = |scalar: &Option<Scalar<String>>| scalar.as_ref().map(ToString::to_string).into();
    let columns = setting.columns.iter();
    let columns = columns.map(|(name, kind)| value!({ "name": name, "type": kind.as_str() }));
    let step = setting.max_step.map(|step| match step {
        Step::Factor(factor) => format!("{factor}x"),
        Step::Difference(difference) => difference.to_string(),
    });
    let cooldown = Scalar::<&str>::Duration(setting.cooldown_ns).to_string();
    put("values", setting.values.clone().into());
    put("columns", columns.collect());
    put("min", shown(&setting.min));
    put("max", shown(&setting.max));
    put("max_step", step.into());
    put(
        "cooldown",
        (setting.cooldown_ns > 0).then_some(cooldown).into(),
    );
    put("doc", setting.doc.as_str().into());
    put("owner", setting.owner.as_str().into());
    put("expires", setting.expires.as_str().into());
    entry.into()
}

fn form(setting: &Setting) -> &'static str {
    match setting.form {
        routewright::Form::One => "one",
        routewright::Form::List => "list",
        routewright::Form::Table => "table",
    }
}

/// By name; what nobody is named for has the empty one.
fn owners(definition: &Definition) -> Vec<Value> {
    let mut owners: BTreeMap<&str, [Vec<&str>; 3]> = BTreeMap::new();
    let consumers = definition.consumers.iter().map(|(n, c)| (0, n, &c.owner));
    let routes = definition.routes.iter().map(|(n, r)| (1, n, &r.owner));
    let settings = definition.settings.iter().map(|(n, s)| (2, n, &s.owner));
    for (kind, name, owner) in consumers.chain(routes).chain(settings) {
        owners.entry(owner).or_default()[kind].push(name);
    }
    let entry = |(name, [consumers, routes, settings]): (&str, [Vec<&str>; 3])| value!({ "name": name, "consumers": consumers, "routes": routes, "settings": settings });
    owners.into_iter().map(entry).collect()
}
