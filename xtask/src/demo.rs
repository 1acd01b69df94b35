//! `demo`: the whole way once, on a real service in a process of its own.

mod service;
mod show;

use std::time::{Duration, Instant};

use routewright_codegen::files;
use routewright_schema::pb::{
    Mode, ResolvedRoute, RollbackRouteMapRequest, RouteMap, Scalar, SettingValue,
    rollback_route_map_request::Target, rollback_route_map_response, scalar::Kind,
    setting_value::Value, update_route_map_response::Outcome,
};
use routewright_schema::{analysis, route_map};

use crate::project::{self, Project};
use crate::report::{Done, Failure, say};
use service::Service;

#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask demo\n  cargo xtask demo --events 1000000")]
pub struct Args {
    /// Events that each of the three phases decides at least
    #[arg(long, default_value_t = 50_000)]
    events: u64,
}

/// Exit code 1 if anything is not as it should be.
pub fn run(args: &Args) -> Done {
    check()?;
    let (mut service, mut client) = start()?;

    service.wait_until(0, args.events)?;
    say(format_args!(
        "3 stream    {} events decided by the compiled baseline",
        show::thousands(args.events)
    ));

    push(&mut client)?;
    service.wait_until(1, args.events)?;
    let before = service.ledger()?.version(0);

    refuse(&mut client)?;
    roll_back(&mut client)?;
    service.wait_until(0, before.entered + args.events)?;

    let (last, sent) = service.stop()?;
    say("7 stop      the service ended by itself, exit code 0\n");
    show::ledger(&before, &last, sent)
}

/// Checks the example and its generated code.
fn check() -> Done {
    let project = Project::of_package(&service::checkout(), "treasure-hunt")?;
    let (loaded, table) = project.compile_tested()?;
    let verdicts = analysis::test::run(&loaded, &table, &analysis::test::Given::now());
    if let Some(bad) = verdicts.iter().find(|v| !v.failures.is_empty()) {
        return Err(Failure::Bad(format!(
            "the example's own test of {} fails: {}",
            bad.about, bad.failures[0]
        )));
    }
    say(format_args!(
        "1 check     examples/treasure-hunt: {} events, {} routes, {} settings, {} rules; its {} tests pass",
        loaded.definition.events.len(),
        loaded.definition.routes.len(),
        loaded.definition.settings.len(),
        loaded.definition.rules.len(),
        verdicts.len()
    ));
    let out = project.out.clone().unwrap_or_default();
    let generated = routewright_codegen::from_paths(&project.definitions, &project.options())
        .map_err(|e| Failure::Bad(e.to_string()))?;
    let stale = files::check(&generated.files, &out)?;
    if let Some(difference) = stale.first() {
        return Err(Failure::Bad(format!(
            "{}: {difference}; run `cargo xtask codegen`",
            out.display()
        )));
    }
    say(format_args!(
        "            its generated code is fresh ({} files)",
        generated.files.len()
    ));
    Ok(())
}

fn start() -> Result<(Service, routewright_control::client::BlockingClient), Failure> {
    let program = service::build()?;
    let began = Instant::now();
    let service = Service::start(&program)?;
    let took = began.elapsed();
    let client = service.connect()?;
    say(format_args!(
        "2 start     a process of its own, serving after {} ms; gRPC on {}",
        took.as_millis(),
        service.address
    ));
    Ok((service, client))
}

/// An overlay: one route to another consumer, one pattern gone, one setting moved.
fn push(client: &mut routewright_control::client::BlockingClient) -> Done {
    let map = RouteMap {
        mode: Mode::Overlay.into(),
        version: 1,
        reason: "traffic to the new leaderboard".to_owned(),
        consumers: vec!["leaderboard_next".to_owned()],
        routes: vec![ResolvedRoute {
            name: "player.scored".to_owned(),
            to: vec![0],
            ..ResolvedRoute::default()
        }],
        removals: vec!["map.**".to_owned()],
        settings: vec![setting("spawn.rate", Kind::FloatValue(0.4))],
        ..RouteMap::default()
    };
    let began = Instant::now();
    let answer = client
        .push(route_map::encode(&map), false)
        .map_err(|e| Failure::Bad(e.to_string()))?;
    let took = began.elapsed();
    let Some(Outcome::Applied(applied)) = answer.outcome else {
        return Err(Failure::Bad("the override was not taken".to_owned()));
    };
    say(format_args!(
        "4 push      version 1 while events flow: serving {} after the call (of that, {} in the engine)",
        show::time(took),
        show::time(Duration::from_nanos(applied.apply_ns))
    ));
    show::changes(&applied.changes);
    Ok(())
}

/// The outage: both values are legal.
fn refuse(client: &mut routewright_control::client::BlockingClient) -> Done {
    let map = RouteMap {
        mode: Mode::Overlay.into(),
        version: 2,
        settings: vec![
            setting("spawn.rate", Kind::FloatValue(0.9)),
            setting("spawn.decay", Kind::DurationNs(3_000_000_000)),
        ],
        ..RouteMap::default()
    };
    let answer = client
        .push(route_map::encode(&map), false)
        .map_err(|e| Failure::Bad(e.to_string()))?;
    let Some(Outcome::Refusal(refusal)) = answer.outcome else {
        return Err(Failure::Bad("the bad override was taken".to_owned()));
    };
    say(format_args!(
        "5 refuse    version 2, spawn.rate 0.9 and spawn.decay 3s; version {} goes on serving",
        refusal.serving_version
    ));
    for violation in &refusal.violations {
        say(format_args!(
            "            {}: {}",
            violation.path, violation.message
        ));
    }
    match refusal.serving_version {
        1 => Ok(()),
        other => Err(Failure::Bad(format!(
            "version {other} is serving after a refusal, not 1"
        ))),
    }
}

fn roll_back(client: &mut routewright_control::client::BlockingClient) -> Done {
    let request = RollbackRouteMapRequest {
        target: Some(Target::Previous(true)),
        ..RollbackRouteMapRequest::default()
    };
    let began = Instant::now();
    let answer = client
        .rollback(request)
        .map_err(|e| Failure::Bad(e.to_string()))?;
    let took = began.elapsed();
    match answer.outcome {
        Some(rollback_route_map_response::Outcome::Applied(applied))
            if applied.serving_version == 0 =>
        {
            say(format_args!(
                "6 rollback  the baseline again, {} after the call",
                show::time(took)
            ));
            Ok(())
        }
        _ => Err(Failure::Bad(
            "the rollback did not lead to the baseline".to_owned(),
        )),
    }
}

fn setting(name: &str, kind: Kind) -> SettingValue {
    SettingValue {
        name: name.to_owned(),
        value: Some(Value::Scalar(Scalar { kind: Some(kind) })),
    }
}

/// The project of a package in a workspace that may not be the current one.
impl Project {
    fn of_package(checkout: &std::path::Path, package: &str) -> Result<Project, Failure> {
        let projects = project::of_workspace(Some(checkout))?;
        projects
            .into_iter()
            .find(|p| p.name == package)
            .ok_or_else(|| Failure::Bad(format!("{} has no package {package}", checkout.display())))
    }
}
