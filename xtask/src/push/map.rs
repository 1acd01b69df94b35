//! What is to be pushed: from definitions, or as a change of the live override.

use prost::Message;
use routewright::{Form, Limits, RouteTable};
use routewright_schema::model::Value;
use routewright_schema::pb::{GetRouteMapResponse, Mode, RouteMap, SettingValue};
use routewright_schema::{route_map, value};

use super::{Args, example};
use crate::project::{self, Definitions};
use crate::report::{Done, Failure, unreadable};

/// The table of an image that an engine sent.
pub fn table(image: &[u8]) -> Result<RouteTable<&[u8]>, Failure> {
    RouteTable::open(image)
        .map_err(|e| Failure::Bad(format!("the engine sent an image that cannot be read: {e}")))
}

/// What the definitions say: all of it, or how it differs from the engine's baseline.
pub fn from_definitions(args: &Args, live: &GetRouteMapResponse) -> Result<RouteMap, Failure> {
    let given = Definitions {
        paths: args.paths.clone(),
        includes: args.includes.clone(),
    };
    let (loaded, compiled) = project::one(&given)?.compile()?;
    let mut map = route_map::complete(&loaded.definition, 0);
    if args.overlay {
        let baseline = table(&live.baseline_image)?;
        map = route_map::overlay(&route_map::from_table(&baseline, 0), &map);
        if route_map::is_empty(&map) {
            return Err(Failure::Bad(
                "the definitions say what the engine's baseline says; there is nothing to push"
                    .into(),
            ));
        }
    }
    map.catalog = compiled.fingerprint();
    Ok(map)
}

/// The override that is live, or an empty overlay, with the changes of the command
/// line. It is only right on top of what was read, so the push says so.
pub fn amended(args: &Args, live: &GetRouteMapResponse) -> Result<RouteMap, Failure> {
    let serving = table(&live.image)?;
    let mut map = match live.route_map.is_empty() {
        true => RouteMap {
            mode: Mode::Overlay.into(),
            ..RouteMap::default()
        },
        false => RouteMap::decode(&live.route_map[..])
            .map_err(|e| Failure::Bad(format!("the engine's override cannot be read: {e}")))?,
    };
    // On what terms it was pushed is not what it says.
    (map.force, map.ramp, map.guard) = (None, None, None);
    map.expected_serving = Some(live.serving_version);
    map.catalog = serving.fingerprint();
    for set in &args.set {
        let value = parse_set(set, &serving)?;
        map.settings.retain(|s| s.name != value.name);
        map.settings.push(value);
    }
    map.settings.sort_by(|a, b| a.name.cmp(&b.name));
    for name in &args.remove {
        remove(&mut map, name, &table(&live.baseline_image)?)?;
    }
    Ok(map)
}

/// Takes a route out of the override, and out of the baseline beneath an overlay.
fn remove(map: &mut RouteMap, name: &str, baseline: &RouteTable<&[u8]>) -> Done {
    let routes = map.routes.len();
    map.routes.retain(|r| r.name != name);
    let overridden = map.routes.len() < routes;
    let beneath = map.mode() == Mode::Overlay && baseline.own(name).is_some();
    if beneath && !map.removals.iter().any(|r| r == name) {
        map.removals.push(name.to_owned());
        map.removals.sort();
    } else if !overridden {
        return Err(Failure::Bad(format!(
            "there is no route of `{name}` to remove (an inherited answer is not a route)"
        )));
    }
    Ok(())
}

/// Reads `NAME=VALUE` by the type that the engine's catalog declares.
fn parse_set(set: &str, serving: &RouteTable<&[u8]>) -> Result<SettingValue, Failure> {
    let catalog = serving.catalog();
    let setting = |name| catalog.setting(catalog.setting_index(name)?);
    let Some((name, text)) = set.split_once('=') else {
        let now = setting(set).and_then(|setting| example::value(serving, &setting));
        return Err(Failure::Usage(match now {
            Some(now) => {
                format!("--set {set}: a value is missing; as it is served now: `--set {now}`")
            }
            None => format!("--set {set}: write NAME=VALUE"),
        }));
    };
    let setting = setting(name).ok_or_else(|| {
        let all: Vec<&str> = (0..catalog.settings())
            .filter_map(|at| Some(catalog.setting(at)?.name))
            .collect();
        let near = routewright_schema::diagnostic::did_you_mean(name, all.iter().copied());
        let hint = near.map_or(String::new(), |n| format!("; did you mean `{n}`?"));
        Failure::Bad(format!("the engine has no setting `{name}`{hint}"))
    })?;
    if text.len() > Limits::DEFAULT.string_bytes_max {
        return Err(Failure::Usage(format!(
            "--set {name}: the value is too long"
        )));
    }
    let scalar = |text: &str| {
        value::parse(setting.kind, text)
            .map_err(|fault| unreadable(&format!("--set {name}"), &fault))
    };
    let value = match setting.form {
        Form::One => Value::One(scalar(text)?),
        Form::List => {
            let inner = text
                .trim()
                .strip_prefix('[')
                .and_then(|t| t.strip_suffix(']'))
                .unwrap_or(text);
            let items = inner.split(',').map(str::trim).filter(|t| !t.is_empty());
            Value::List(items.map(scalar).collect::<Result<_, _>>()?)
        }
        Form::Table => {
            return Err(Failure::Usage(format!(
                "--set {name}: a table is pushed with the definitions (`push PATHS --overlay`)"
            )));
        }
    };
    Ok(SettingValue {
        name: name.to_owned(),
        value: Some(route_map::value(&value)),
    })
}
