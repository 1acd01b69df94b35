//! What is served: asked of an engine, or read from a file.

use std::collections::BTreeSet;
use std::path::Path;

use prost::Message as _;
use routewright::{Limits, RouteTable, Violations};
use routewright_schema::load::Loaded;
use routewright_schema::pb::{GetRouteMapResponse, Mode, RouteMap};
use routewright_schema::route_map;

use super::Args;
use crate::project::Table;
use crate::remote::generation;
use crate::report::{Failure, count};

/// Names that a note lists; the rest is counted.
const NAMES_MAX: usize = 6;

/// Why there is nothing to bake, most of the time.
pub const SAID: &str = "the definitions say that already";

/// What is to be said by the definitions.
pub struct Served {
    /// Where it was found, as messages call it.
    pub what: String,
    /// The table; else why there is nothing to bake.
    pub table: Result<RouteTable<Vec<u8>>, &'static str>,
    /// What ends the override once it is no longer needed.
    pub rollback: Option<String>,
    /// What to know about it.
    pub notes: Vec<String>,
    /// What speaks against going on: names that both sides changed.
    pub conflicts: Vec<String>,
}

/// Finds out. `compiled`: what the definitions say now.
pub fn find(args: &Args, loaded: &Loaded, compiled: &Table) -> Result<Served, Failure> {
    match (&args.map, &args.image) {
        (Some(path), _) => of_map(path, compiled),
        (_, Some(path)) => of_image(path, compiled),
        _ => {
            let mut client = args.engine.connect()?;
            let live = client.get(true).map_err(|e| args.engine.failure(&e))?;
            of_engine(&live, args, loaded, compiled)
        }
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|e| Failure::Bad(format!("{}: {e}", path.display())))
}

/// A route map over what the definitions say.
fn of_map(path: &Path, compiled: &Table) -> Result<Served, Failure> {
    let what = path.display().to_string();
    let mut encoded = bytes(path)?;
    if path.extension().is_some_and(|e| e == "json") {
        let text =
            String::from_utf8(encoded).map_err(|_| Failure::Bad(format!("{what} is not UTF-8")))?;
        let map = route_map::from_json(&text).map_err(|e| Failure::Bad(format!("{what}: {e}")))?;
        encoded = route_map::encode(&map);
    }
    let notes = without_what_is_gone(&mut encoded, compiled, &what);
    Ok(Served {
        table: over(compiled, &encoded, &what)?,
        what,
        rollback: None,
        notes,
        conflicts: Vec::new(),
    })
}

/// What a map takes away and the definitions do not have is gone already: a second time
/// changes nothing.
fn without_what_is_gone(encoded: &mut Vec<u8>, compiled: &Table, what: &str) -> Vec<String> {
    // Bytes that cannot be read are told of when they are applied.
    let Ok(mut map) = RouteMap::decode(&encoded[..]) else {
        return Vec::new();
    };
    let (gone, left) = map
        .removals
        .into_iter()
        .partition(|name| compiled.own(name).is_none());
    let fallback = map.clear_fallback && compiled.fallback().is_none();
    let gone: Vec<String> = gone;
    if gone.is_empty() && !fallback {
        return Vec::new();
    }
    map.removals = left;
    map.clear_fallback &= !fallback;
    *encoded = route_map::encode(&map);
    let routes = gone.into_iter().map(|name| format!("route `{name}`"));
    let all = routes.chain(fallback.then(|| "`fallback`".to_owned()));
    all.map(|thing| format!("{what} takes the {thing} away, which the definitions do not have"))
        .collect()
}

fn of_image(path: &Path, compiled: &Table) -> Result<Served, Failure> {
    let what = path.display().to_string();
    let table = open(bytes(path)?, &what)?;
    let mut notes = Vec::new();
    if table.fingerprint() != compiled.fingerprint() {
        notes.push(format!(
            "{what} was made for another catalog; routes and settings are matched by name"
        ));
    }
    Ok(Served {
        what,
        table: Ok(table),
        rollback: None,
        notes,
        conflicts: Vec::new(),
    })
}

fn of_engine(
    live: &GetRouteMapResponse,
    args: &Args,
    loaded: &Loaded,
    compiled: &Table,
) -> Result<Served, Failure> {
    let mut served = Served {
        what: format!(
            "{} of {}",
            generation(live.serving_version),
            args.engine.url
        ),
        table: Err("nothing is overridden"),
        rollback: Some(args.engine.line("rollback --to 0")),
        notes: Vec::new(),
        conflicts: Vec::new(),
    };
    if live.serving_version == 0 {
        return Ok(served);
    }
    served.notes.extend(lease(live));
    let serving = open(live.image.clone(), "what the engine serves")?;
    let baseline = open(live.baseline_image.clone(), "the engine's baseline")?;
    if baseline.as_image() == compiled.as_image() {
        served.table = Ok(serving);
        return Ok(served);
    }
    // The definitions have moved on since. What the override changed is changed there,
    // and nothing else is taken back.
    let (from, to) = (
        route_map::from_table(&baseline, 0),
        route_map::from_table(&serving, live.serving_version),
    );
    let now = route_map::complete(&loaded.definition, 0);
    let moved = names(&route_map::overlay(&from, &now));
    served.notes.push(format!(
        "the definitions are not those that the engine was built from{}; the override is laid over them as they are",
        listed(&moved)
    ));
    let mut change = route_map::overlay(&from, &to);
    let changed = names(&change);
    let apart = names(&route_map::overlay(&now, &to));
    let both = changed
        .iter()
        .filter(|name| moved.contains(*name) && apart.contains(*name));
    served.conflicts = both.cloned().collect();
    change.catalog = 0;
    let mut encoded = route_map::encode(&change);
    // A note is no news here: both sides took it away.
    without_what_is_gone(&mut encoded, compiled, &served.what);
    served.table = over(compiled, &encoded, &served.what)?;
    Ok(served)
}

fn open(image: Vec<u8>, what: &str) -> Result<RouteTable<Vec<u8>>, Failure> {
    let unreadable = |e| Failure::Bad(format!("{what} is no image that can be read: {e}"));
    let table = RouteTable::open(image).map_err(unreadable)?;
    table.verify().map_err(unreadable)?;
    Ok(table)
}

/// The definitions with a map over them, as an engine would take it. One would refuse a map
/// that says nothing; here nothing may be left of it.
fn over(
    compiled: &Table,
    map: &[u8],
    what: &str,
) -> Result<Result<RouteTable<Vec<u8>>, &'static str>, Failure> {
    let overlay = |map: &RouteMap| map.mode() == Mode::Overlay && route_map::is_empty(map);
    if RouteMap::decode(map).is_ok_and(|map| overlay(&map)) {
        return Ok(Err(SAID));
    }
    let table = compiled.overridden(map, &Limits::DEFAULT);
    let table = table.map_err(|violations| Failure::Bad(refused(&violations, what)))?;
    open(table.as_image().to_vec(), what).map(Ok)
}

fn refused(violations: &Violations, what: &str) -> String {
    let mut lines = vec![format!(
        "{what} does not fit the definitions; nothing was written"
    )];
    let told = violations.list().iter();
    lines.extend(told.map(|v| format!("  {}: {} [{}]", v.path, v.message, v.code)));
    match violations.count() - violations.list().len() {
        0 => {}
        more => lines.push(format!("  and {more} more")),
    }
    lines.join("\n")
}

fn lease(live: &GetRouteMapResponse) -> Option<String> {
    let map = RouteMap::decode(&live.route_map[..]).ok()?;
    let lease = map.lease?;
    Some(format!(
        "the override is {}'s for a time only; what is written into the definitions stays",
        lease.owner
    ))
}

/// What a difference is about.
fn names(overlay: &RouteMap) -> BTreeSet<String> {
    let routes = overlay.routes.iter().map(|route| &route.name);
    let routes = routes
        .chain(&overlay.removals)
        .map(|name| format!("route {name}"));
    let settings = overlay
        .settings
        .iter()
        .map(|s| format!("setting {}", s.name));
    let fallback = overlay.fallback.is_some() || overlay.clear_fallback;
    routes
        .chain(settings)
        .chain(fallback.then(|| "fallback".to_owned()))
        .collect()
}

fn listed(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return String::new();
    }
    let mut shown: Vec<&str> = names.iter().take(NAMES_MAX).map(String::as_str).collect();
    let more = count(names.len().saturating_sub(NAMES_MAX), "other");
    if names.len() > NAMES_MAX {
        shown.push(&more);
    }
    format!(" (since then: {})", shown.join(", "))
}
