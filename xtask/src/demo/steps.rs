//! What the demo does with its fleet: each step says what it saw, and fails if that is not
//! what it should be.

use std::time::{Duration, Instant};

use routewright_control::client::{BlockingClient, ClientError};
use routewright_schema::pb::{
    Applied, Lease, Mode, Refusal, ResolvedRoute, RollbackRouteMapRequest, Rollout, RolloutState,
    RouteMap, Scalar, SettingValue, rollback_route_map_request::Target,
    rollback_route_map_response, scalar::Kind, setting_value::Value,
    update_route_map_response::Outcome,
};
use routewright_schema::route_map;

use super::plane::Plane;
use super::{Fleet, NAMES, show};
use crate::report::{Done, Failure, say};

/// How long the first engine is watched, before the others are told.
const BAKE: Duration = Duration::from_millis(500);
/// For how long something is lent.
const LENT: Duration = Duration::from_millis(1_500);

/// An overlay: one route to another consumer, one pattern gone, one setting moved; first for
/// one engine, then for all.
pub fn push(fleet: &mut Fleet, events: u64) -> Done {
    let map = traffic(1, "traffic to the new leaderboard");
    let began = Instant::now();
    let stages = Some(stages(&["1", "100%"], BAKE));
    let applied = taken(pushed(&mut fleet.plane, &map, stages)?)?;
    say("4 push      version 1 while events flow, to one engine first");
    show::changes(&applied.changes);
    let mut first = Vec::new();
    let url = fleet.plane.url();
    let ended = follow(&mut fleet.plane, applied.revision, |state| {
        if state.state == "baking" && first.is_empty() {
            let took = began.elapsed();
            first = serving(&url, 1)?;
            say(format_args!(
                "            {} serves it {} after the call, and is watched for {}",
                first.join(", "),
                show::time(took),
                show::time(BAKE)
            ));
        }
        Ok(())
    })?;
    let took = began.elapsed();
    done(&ended, NAMES.len())?;
    if first.len() != 1 {
        return Err(Failure::Bad(format!(
            "one engine was to be first, not {}: {}",
            first.len(),
            first.join(", ")
        )));
    }
    say(format_args!(
        "            all {} serve it {} after the call",
        ended.acknowledged,
        show::time(took)
    ));
    for engine in &mut fleet.engines {
        engine.wait_until(1, events)?;
    }
    Ok(())
}

/// The outage: both values are legal. It is refused before an engine sees it.
pub fn refuse(fleet: &mut Fleet) -> Done {
    let before = updates(fleet)?;
    let map = RouteMap {
        settings: vec![
            setting("spawn.rate", Kind::FloatValue(0.9)),
            setting("spawn.decay", Kind::DurationNs(3_000_000_000)),
        ],
        ..overlay(2)
    };
    let Outcome::Refusal(refusal) = pushed(&mut fleet.plane, &map, None)? else {
        return Err(Failure::Bad("the bad override was taken".to_owned()));
    };
    say(format_args!(
        "5 refuse    version 2, spawn.rate 0.9 and spawn.decay 3s: by the control plane, which knows its engines"
    ));
    for violation in &refusal.violations {
        say(format_args!(
            "            {}: {}",
            violation.engine, violation.path
        ));
        say(format_args!("              {}", violation.message));
    }
    fleet.plane.all_serve(1)?;
    let sent = updates(fleet)? - before;
    say(format_args!(
        "            version {} goes on serving; updates sent: {sent}",
        refusal.serving_version
    ));
    match (refusal.serving_version, sent) {
        (1, 0) => Ok(()),
        (version, sent) => Err(Failure::Bad(format!(
            "after a refusal version {version} is serving, not 1, and {sent} updates were sent"
        ))),
    }
}

/// What is lent ends by itself, and the baseline is back.
pub fn lend(fleet: &mut Fleet) -> Done {
    let map = RouteMap {
        lease: Some(Lease {
            owner: "demo".to_owned(),
            reason: "event night".to_owned(),
            ttl_ms: u64::try_from(LENT.as_millis()).unwrap_or(u64::MAX),
        }),
        settings: vec![setting("spawn.rate", Kind::FloatValue(0.5))],
        ..overlay(2)
    };
    let began = Instant::now();
    let at_once = Some(stages(&["100%"], Duration::ZERO));
    let applied = taken(pushed(&mut fleet.plane, &map, at_once)?)?;
    done(
        &follow(&mut fleet.plane, applied.revision, |_| Ok(()))?,
        NAMES.len(),
    )?;
    let served = began.elapsed();
    fleet.plane.all_serve(0)?;
    let over = began.elapsed();
    say(format_args!(
        "6 lend      version 2 for {}: all serve it after {}; the baseline is back in all after {}, nobody called",
        show::time(LENT),
        show::time(served),
        show::time(over)
    ));
    match over >= LENT {
        true => Ok(()),
        false => Err(Failure::Bad("the lease ended too early".to_owned())),
    }
}

/// The control plane dies while events flow, and comes back.
pub fn kill(fleet: &mut Fleet, events: u64) -> Done {
    let at_once = Some(stages(&["100%"], Duration::ZERO));
    let map = traffic(3, "once more");
    let applied = taken(pushed(&mut fleet.plane, &map, at_once)?)?;
    done(
        &follow(&mut fleet.plane, applied.revision, |_| Ok(()))?,
        NAMES.len(),
    )?;
    let before = updates(fleet)?;

    fleet.plane.kill()?;
    let mut alone = 0;
    for engine in &mut fleet.engines {
        let entered = engine.ledger()?.version(3).entered;
        engine.wait_until(3, entered + events)?;
        alone += engine.ledger()?.version(3).entered - entered;
    }
    say(format_args!(
        "7 kill      the control plane, with version 3 in force: {} events decided by it since",
        show::thousands(alone)
    ));

    let began = Instant::now();
    fleet.plane.restart()?;
    fleet.plane.wait_until("all engines are back", |fleet| {
        fleet
            .engines
            .iter()
            .filter(|e| e.connected && e.in_step)
            .count()
            == NAMES.len()
    })?;
    let back = began.elapsed();
    fleet.plane.all_serve(3)?;
    let sent = updates(fleet)? - before;
    say(format_args!(
        "            it is back: all {} engines follow it again after {}; updates sent: {sent}",
        NAMES.len(),
        show::time(back)
    ));
    match sent {
        0 => Ok(()),
        sent => Err(Failure::Bad(format!(
            "{sent} updates were sent, though nothing had changed"
        ))),
    }
}

/// To the baseline, by the same road.
pub fn roll_back(fleet: &mut Fleet) -> Done {
    let request = RollbackRouteMapRequest {
        target: Some(Target::Version(0)),
        reason: "the demo ends".to_owned(),
        ..RollbackRouteMapRequest::default()
    };
    let began = Instant::now();
    let answer = fleet.plane.client().rollback(request);
    let answer = answer.map_err(|e| Failure::Bad(e.to_string()))?;
    let Some(rollback_route_map_response::Outcome::Applied(applied)) = answer.outcome else {
        return Err(Failure::Bad("the rollback was refused".to_owned()));
    };
    done(
        &follow(&mut fleet.plane, applied.revision, |_| Ok(()))?,
        NAMES.len(),
    )?;
    let took = began.elapsed();
    fleet.plane.all_serve(0)?;
    say(format_args!(
        "8 rollback  the baseline again in all, {} after the call",
        show::time(took)
    ));
    Ok(())
}

/// Updates that the engines took so far, by their own count.
fn updates(fleet: &mut Fleet) -> Result<u64, Failure> {
    let ledgers = fleet.engines.iter_mut().map(|engine| engine.ledger());
    ledgers.map(|ledger| Ok(ledger?.taken())).sum()
}

fn pushed(plane: &mut Plane, map: &RouteMap, rollout: Option<Rollout>) -> Result<Outcome, Failure> {
    let answer = plane
        .client()
        .push_in_stages(route_map::encode(map), false, rollout);
    let answer = answer.map_err(|e| Failure::Bad(e.to_string()))?;
    answer
        .outcome
        .ok_or_else(|| Failure::Bad("the control plane gave no answer".to_owned()))
}

fn taken(outcome: Outcome) -> Result<Applied, Failure> {
    match outcome {
        Outcome::Applied(applied) => Ok(applied),
        Outcome::Refusal(Refusal { message, .. }) => Err(Failure::Bad(format!(
            "the override was not taken: {message}"
        ))),
    }
}

/// Sees a rollout through; its last step.
fn follow(
    plane: &mut Plane,
    revision: u64,
    mut each: impl FnMut(&RolloutState) -> Done,
) -> Result<RolloutState, Failure> {
    let lost = |e: ClientError| Failure::Bad(e.to_string());
    let mut last = RolloutState::default();
    for step in plane.client().watch_rollout(revision).map_err(lost)? {
        last = step.map_err(lost)?;
        each(&last)?;
    }
    Ok(last)
}

fn done(ended: &RolloutState, engines: usize) -> Done {
    match (ended.state.as_str(), ended.acknowledged as usize) {
        ("done", took) if took == engines => Ok(()),
        _ => Err(Failure::Bad(format!(
            "the rollout ended so: {}",
            ended.outcome
        ))),
    }
}

/// Names of the engines that serve that version. (By a connection of its own: the other one is
/// being listened to.)
fn serving(url: &str, version: u64) -> Result<Vec<String>, Failure> {
    let lost = |e: ClientError| Failure::Bad(e.to_string());
    let mut client = BlockingClient::connect(url).map_err(lost)?;
    let engines = client.fleet().map_err(lost)?.engines.into_iter();
    let serve = engines.filter(|e| e.serving.as_ref().is_some_and(|s| s.version == version));
    Ok(serve.map(|engine| engine.name).collect())
}

fn stages(stages: &[&str], bake: Duration) -> Rollout {
    Rollout {
        stages: stages.iter().map(|stage| (*stage).to_owned()).collect(),
        bake_ms: Some(u64::try_from(bake.as_millis()).unwrap_or(u64::MAX)),
    }
}

fn traffic(version: u64, reason: &str) -> RouteMap {
    RouteMap {
        reason: reason.to_owned(),
        consumers: vec!["leaderboard_next".to_owned()],
        routes: vec![ResolvedRoute {
            name: "player.scored".to_owned(),
            to: vec![0],
            ..ResolvedRoute::default()
        }],
        removals: vec!["map.**".to_owned()],
        settings: vec![setting("spawn.rate", Kind::FloatValue(0.4))],
        ..overlay(version)
    }
}

fn overlay(version: u64) -> RouteMap {
    RouteMap {
        mode: Mode::Overlay.into(),
        version,
        ..RouteMap::default()
    }
}

fn setting(name: &str, kind: Kind) -> SettingValue {
    SettingValue {
        name: name.to_owned(),
        value: Some(Value::Scalar(Scalar { kind: Some(kind) })),
    }
}
