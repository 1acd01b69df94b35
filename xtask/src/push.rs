//! `push`: an override for a running engine: definitions as a complete map or an
//! overlay, or a few changes to the override that is there. Through a control plane, for all
//! of its engines.

mod example;
mod map;
mod walk;

use std::path::PathBuf;

use routewright_control::client::BlockingClient;
use routewright_schema::pb::{
    Applied, Force, GetRouteMapResponse, Guard, Lease, RouteMap, update_route_map_response::Outcome,
};
use routewright_schema::{route_map, value};

use crate::remote::{Engine, generation};
use crate::report::{Done, Failure, note, unreadable};
use crate::rollout::{self, Rolling};

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask push routes                                    # a complete map
  cargo xtask push routes --overlay --dry-run                # its difference from the baseline
  cargo xtask push --set spawn_rate=0.4 --set decay=6s       # amend the live override
  cargo xtask push --remove map.** --owner ops --ttl 2h      # for two hours
  cargo xtask push --set spawn_rate=0.9 --ramp --every 1m    # in steps that are allowed
  cargo xtask push --set decay=6s --bake 5m --max-errors 2%  # taken back if more fails
  cargo xtask push --set decay=6s --stages 1,10%,100% --stage-bake 30s --url http://control:4700")]
pub struct Args {
    /// Files and folders with definitions
    #[arg(conflicts_with_all = ["set", "remove"])]
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
    #[arg(long)]
    reason: Option<String>,
    /// Who holds the override; with --ttl
    #[arg(long, requires = "ttl")]
    owner: Option<String>,
    /// The override ends by itself after this time: 30m, 2h
    #[arg(long, requires = "owner")]
    ttl: Option<String>,
    /// Pass `max_step`, `cooldown` and quarantine; recorded with the reason
    #[arg(long, requires = "reason", conflicts_with = "ramp")]
    force: bool,
    /// Walk there in as few steps as `max_step` allows; end it by Ctrl-C, or by any rollback
    #[arg(long, conflicts_with = "detach")]
    ramp: bool,
    /// Time between two steps of a walk [default: 10s, or the longest cooldown of what walks]
    #[arg(long, value_name = "TIME", requires = "ramp")]
    every: Option<String>,
    /// How long an engine watches what its host counts, and goes back by itself
    #[arg(long, value_name = "TIME", requires = "watched")]
    bake: Option<String>,
    /// Most unrouted events in that time: 0.5%
    #[arg(long, value_name = "SHARE", requires = "bake", group = "watched")]
    max_unrouted: Option<String>,
    /// Most failed deliveries in that time: 2%
    #[arg(long, value_name = "SHARE", requires = "bake", group = "watched")]
    max_errors: Option<String>,
    /// Most bytes that configuration allocates per second in that time: 10KiB
    #[arg(long, value_name = "SIZE", requires = "bake", group = "watched")]
    max_allocation: Option<String>,
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
    #[command(flatten)]
    rolling: Rolling,
}

/// Exit code 1 if the engine refuses; of a control plane's, any of them.
pub fn run(args: &Args) -> Done {
    if args.paths.is_empty() && args.set.is_empty() && args.remove.is_empty() {
        return Err(Failure::Usage(example::nothing()));
    }
    let (lease, guard) = (lease(args)?, guard(args)?);
    let pause = args.every.as_deref().map(|text| duration("--every", text));
    let pause = pause.transpose()?;
    let mut client = args.engine.connect()?;
    let live = client.get(true).map_err(|e| args.engine.failure(&e))?;
    let mut map = match args.paths.is_empty() {
        false => map::from_definitions(args, &live)?,
        true => map::amended(args, &live)?,
    };
    let next = live.accepted_version.saturating_add(1);
    map.version = args.version.unwrap_or(next);
    map.reason = reason(args);
    map.allow_removals = args.allow_removals;
    map.expected_serving = args.expected_serving.or(map.expected_serving);
    map.guard = guard;
    map.lease = match lease {
        None if args.paths.is_empty() => lease_that_runs(args, &mut client, &live)?,
        lease => {
            warn_of_lease(args, &live);
            lease
        }
    };
    map.force = args.force.then(|| Force {
        reason: reason(args),
    });
    if args.ramp {
        return walk::run(args, &mut client, &live, map, pause);
    }
    let applied = push(args, &mut client, &map)?;
    rollout::see_through(&args.engine, &applied, &args.rolling)
}

/// One push, and its answer if it was taken.
fn push(args: &Args, client: &mut BlockingClient, map: &RouteMap) -> Result<Applied, Failure> {
    match client
        .push_in_stages(
            route_map::encode(map),
            args.dry_run,
            args.rolling.request()?,
        )
        .map_err(|e| args.engine.failure(&e))?
        .outcome
    {
        Some(Outcome::Applied(applied))
            if applied.unchanged && applied.serving_version != map.version =>
        {
            let (taken, serving) = (map.version, generation(applied.serving_version));
            let back = args.engine.line(&format!("rollback --to {taken}"));
            Err(Failure::Bad(format!(
                "version {taken} was taken before, but {serving} is serving since; nothing was done (`{back}` serves it again, if it is kept)"
            )))
        }
        Some(Outcome::Applied(applied)) => Ok(applied),
        Some(Outcome::Refusal(refusal)) => Err(args.engine.refused(&refusal)),
        None => Err(Failure::Bad(
            "the engine gave no answer that this tool knows".into(),
        )),
    }
}

fn reason(args: &Args) -> String {
    args.reason.clone().unwrap_or_default()
}

fn lease(args: &Args) -> Result<Option<Lease>, Failure> {
    let (Some(owner), Some(ttl)) = (&args.owner, &args.ttl) else {
        return Ok(None);
    };
    Ok(Some(Lease {
        owner: owner.clone(),
        reason: reason(args),
        ttl_ms: duration("--ttl", ttl)?.div_ceil(1_000_000),
    }))
}

/// There is one override, and so one lease: it is all of it that ends.
fn warn_of_lease(args: &Args, live: &GetRouteMapResponse) {
    if args.ttl.is_some() && args.paths.is_empty() && !live.route_map.is_empty() {
        let version = live.serving_version;
        note!(
            "note: this amends version {version}; when the lease ends, the baseline is back, without what version {version} brought"
        );
    }
}

/// An override that ends by itself does so also after a change to it, unless somebody
/// else takes it over: otherwise what was lent for an hour would stay for ever.
fn lease_that_runs(
    args: &Args,
    client: &mut BlockingClient,
    live: &GetRouteMapResponse,
) -> Result<Option<Lease>, Failure> {
    if live.route_map.is_empty() {
        return Ok(None);
    }
    let status = client.status().map_err(|e| args.engine.failure(&e))?;
    Ok(status.lease.map(|lease| Lease {
        owner: lease.owner,
        reason: lease.reason,
        ttl_ms: lease.remaining_ms.max(1),
    }))
}

fn guard(args: &Args) -> Result<Option<Guard>, Failure> {
    let Some(bake) = &args.bake else {
        return Ok(None);
    };
    let share = |flag, text: &Option<String>| {
        let text = text.as_deref();
        text.map(|text| value::parse_share_ppm(text).map_err(|fault| unreadable(flag, &fault)))
            .transpose()
    };
    let allocation = args.max_allocation.as_deref();
    let allocation = allocation.map(|text| {
        value::parse_size(text).map_err(|fault| unreadable("--max-allocation", &fault))
    });
    Ok(Some(Guard {
        bake_ms: duration("--bake", bake)?.div_ceil(1_000_000),
        unrouted_ppm_max: share("--max-unrouted", &args.max_unrouted)?,
        error_ppm_max: share("--max-errors", &args.max_errors)?,
        allocation_bytes_per_second_max: allocation.transpose()?,
    }))
}

/// In nanoseconds.
fn duration(flag: &str, text: &str) -> Result<u64, Failure> {
    value::parse_duration(text).map_err(|fault| unreadable(flag, &fault))
}
