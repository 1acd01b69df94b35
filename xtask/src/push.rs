//! `push`: an override for a running engine: definitions as a complete map or an
//! overlay, or a few changes to the override that is there.

use std::path::PathBuf;

use prost::Message;
use routewright::{Form, Limits, RouteTable};
use routewright_schema::model::Value;
use routewright_schema::pb::{
    Applied, GetRouteMapResponse, Lease, Mode, Refusal, RouteMap, SettingValue,
    update_route_map_response::Outcome,
};
use routewright_schema::{route_map, value};

use crate::project::{self, Definitions};
use crate::remote::Engine;
use crate::report::{Done, Failure};

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask push routes                                    # a complete map
  cargo xtask push routes --overlay --dry-run                # its difference from the baseline
  cargo xtask push --set spawn_rate=0.4 --set decay=6s       # amend the live override
  cargo xtask push --remove map.** --owner ops --ttl 2h      # for two hours")]
pub struct Args {
    /// Files and folders with definitions
    #[arg(conflicts_with_all = ["set", "remove"], required_unless_present_any = ["set", "remove"])]
    paths: Vec<PathBuf>,
    /// Where imports of `.proto` files are found, beside the folders of PATHS
    #[arg(long = "include", short = 'I', value_name = "DIR", requires = "paths")]
    includes: Vec<PathBuf>,
    /// Push only what differs from the engine's baseline
    #[arg(long, requires = "paths")]
    overlay: bool,
    /// Give a setting another value
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Take the route of this event or pattern away
    #[arg(long, value_name = "NAME")]
    remove: Vec<String>,
    /// The version of the push [default: one above what the engine has accepted]
    #[arg(long)]
    version: Option<u64>,
    /// Why, for people
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    /// Who holds the override; with --ttl
    #[arg(long, requires = "ttl")]
    owner: Option<String>,
    /// The override ends by itself after this time: 30m, 2h
    #[arg(long, requires = "owner")]
    ttl: Option<String>,
    /// The true number of routes that go away, if they are many
    #[arg(long, default_value_t)]
    allow_removals: u32,
    /// Refuse unless this version is serving, 0 for the baseline
    #[arg(long)]
    expected_serving: Option<u64>,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    engine: Engine,
}

/// Exit code 1 if the engine refuses.
pub fn run(args: &Args) -> Done {
    let mut client = args.engine.connect()?;
    let live = client.get(true).map_err(|e| args.engine.failure(&e))?;
    let mut map = match args.paths.is_empty() {
        false => from_definitions(args, &live)?,
        true => amended(args, &live)?,
    };
    map.version = args.version.unwrap_or(live.accepted_version + 1);
    map.reason.clone_from(&args.reason);
    map.allow_removals = args.allow_removals;
    map.expected_serving = args.expected_serving.or(map.expected_serving);
    map.lease = lease(args)?;
    match client
        .push(route_map::encode(&map), args.dry_run)
        .map_err(|e| args.engine.failure(&e))?
        .outcome
    {
        Some(Outcome::Applied(applied)) => applied_done(args, &applied),
        Some(Outcome::Refusal(refusal)) => refused(args, &refusal),
        None => Err(Failure::Bad(
            "the engine gave no answer that this tool knows".into(),
        )),
    }
}

fn applied_done(args: &Args, applied: &Applied) -> Done {
    args.engine.applied(applied);
    Ok(())
}

fn refused(args: &Args, refusal: &Refusal) -> Done {
    Err(args.engine.refused(refusal))
}

fn lease(args: &Args) -> Result<Option<Lease>, Failure> {
    let (Some(owner), Some(ttl)) = (&args.owner, &args.ttl) else {
        return Ok(None);
    };
    let ns = value::parse_duration(ttl).map_err(|fault| usage("--ttl", &fault))?;
    Ok(Some(Lease {
        owner: owner.clone(),
        reason: args.reason.clone(),
        ttl_ms: ns.div_ceil(1_000_000),
    }))
}

fn usage(what: &str, fault: &value::ValueFault) -> Failure {
    let hint = fault
        .hint
        .as_ref()
        .map_or(String::new(), |h| format!("; {h}"));
    Failure::Usage(format!("{what}: {}{hint}", fault.message))
}

fn table(image: &[u8]) -> Result<RouteTable<&[u8]>, Failure> {
    RouteTable::open(image)
        .map_err(|e| Failure::Bad(format!("the engine sent an image that cannot be read: {e}")))
}

/// What the definitions say: all of it, or how it differs from the engine's baseline.
fn from_definitions(args: &Args, live: &GetRouteMapResponse) -> Result<RouteMap, Failure> {
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
fn amended(args: &Args, live: &GetRouteMapResponse) -> Result<RouteMap, Failure> {
    let serving = table(&live.image)?;
    let mut map = match live.route_map.is_empty() {
        true => RouteMap {
            mode: Mode::Overlay.into(),
            ..RouteMap::default()
        },
        false => RouteMap::decode(&live.route_map[..])
            .map_err(|e| Failure::Bad(format!("the engine's override cannot be read: {e}")))?,
    };
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
    let (name, text) = set
        .split_once('=')
        .ok_or_else(|| Failure::Usage(format!("--set {set}: write NAME=VALUE")))?;
    let catalog = serving.catalog();
    let setting = catalog
        .setting_index(name)
        .and_then(|at| catalog.setting(at))
        .ok_or_else(|| {
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
        value::parse(setting.kind, text).map_err(|fault| usage(&format!("--set {name}"), &fault))
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
