//! `fleet`: the engines of a control plane, and whether they serve what they should.

mod table;

use std::time::SystemTime;

use routewright_schema::pb::{EngineState, GetFleetResponse, RolloutState};
use serde_json::{Value, json};

use crate::cli::Format;
use crate::remote::{Engine, generation, hex};
use crate::report::{Done, Failure, count, say, say_json};
use crate::rollout::again;
use crate::term::Style;

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask fleet --url http://127.0.0.1:4700
  cargo xtask fleet --label zone=eu-1 --connected
  cargo xtask fleet > /dev/null && echo every engine serves what it should")]
pub struct Args {
    /// Only engines with this label; several must all be there
    #[arg(long, value_name = "NAME=VALUE")]
    label: Vec<String>,
    /// Only engines whose stream is open now
    #[arg(long)]
    connected: bool,
    #[command(flatten)]
    engine: Engine,
}

/// Exit code 1 if one of the engines that are listed does not serve what it should.
pub fn run(args: &Args) -> Done {
    let labels = args.label.iter().map(|text| label(text));
    let labels: Vec<(&str, &str)> = labels.collect::<Result<_, _>>()?;
    let mut client = args.engine.connect()?;
    let mut fleet = client.fleet().map_err(|e| args.engine.fleet_failure(&e))?;
    fleet.engines.retain(|engine| {
        (engine.connected || !args.connected) && labels.iter().all(|label| has(engine, *label))
    });
    let behind = fleet.engines.iter().filter(|e| !e.in_step).count();
    match args.engine.format {
        Format::Text => print(&fleet, behind, args),
        Format::Json => say_json(&to_json(&fleet, behind)),
    }
    match behind {
        0 => Ok(()),
        _ => Err(Failure::told()),
    }
}

fn label(text: &str) -> Result<(&str, &str), Failure> {
    text.split_once('=')
        .ok_or_else(|| Failure::Usage(format!("--label {text}: write NAME=VALUE")))
}

fn has(engine: &EngineState, (name, value): (&str, &str)) -> bool {
    let mut labels = engine.labels.iter();
    labels.any(|label| label.name == name && label.value == value)
}

fn print(fleet: &GetFleetResponse, behind: usize, args: &Args) {
    let all = generation(fleet.version);
    match &fleet.rollout {
        Some(rollout) => say(format_args!(
            "{all} is served; {} ({} watches it)",
            on_its_way(rollout),
            again(&args.engine, rollout.revision)
        )),
        None => say(format_args!(
            "{all} is to be served (revision {})",
            fleet.revision
        )),
    }
    for line in table::lines(&fleet.engines, SystemTime::now()) {
        say(line);
    }
    let all = args.label.is_empty() && !args.connected;
    let (style, text) = summary(&fleet.engines, behind, all);
    say(style.map_or(text.clone(), |style| style.paint(text)));
}

/// How many there are, and how they do. `all`: they are all that there are.
fn summary(engines: &[EngineState], behind: usize, all: bool) -> (Option<Style>, String) {
    // One that is away still counts by what it served last, and may be dead.
    let away = engines.iter().filter(|engine| !engine.connected).count();
    let there = count(engines.len(), "engine");
    match (engines.len(), behind, away) {
        (0, ..) if all => (None, "no engine was ever here".to_owned()),
        (0, ..) => (None, "no engine is like that".to_owned()),
        (_, 0, 0) => (Some(Style::Good), format!("{there}, all in step")),
        (_, 0, _) => (
            Some(Style::Odd),
            format!("{there}, none out of step, {away} away"),
        ),
        (_, _, 0) => (Some(Style::Bad), format!("{there}, {behind} not in step")),
        _ => (
            Some(Style::Bad),
            format!("{there}, {behind} not in step, {away} away"),
        ),
    }
}

fn on_its_way(rollout: &RolloutState) -> String {
    let RolloutState {
        stage,
        stages,
        acknowledged,
        engines,
        ..
    } = rollout;
    let version = generation(rollout.version);
    let engines = count(*engines as usize, "engine");
    format!("{version} goes out: stage {stage} of {stages}, {acknowledged} of {engines}")
}

fn to_json(fleet: &GetFleetResponse, behind: usize) -> Value {
    let rollout = fleet.rollout.as_ref().map(|r| {
        json!({
            "revision": r.revision,
            "version": r.version,
            "state": r.state,
            "stage": r.stage,
            "stages": r.stages,
            "told": r.told,
            "acknowledged": r.acknowledged,
            "engines": r.engines,
            "waiting_for": r.waiting_for,
            "bake_ms": r.bake_ms,
        })
    });
    let engines: Vec<Value> = fleet.engines.iter().map(engine).collect();
    json!({
        "revision": fleet.revision,
        "version": fleet.version,
        "push_digest": hex(&fleet.push_digest),
        "rollout": rollout,
        "not_in_step": behind,
        "engines": engines,
    })
}

fn engine(engine: &EngineState) -> Value {
    let serving = engine.serving.clone().unwrap_or_default();
    let labels = engine.labels.iter();
    let labels: serde_json::Map<String, Value> = labels
        .map(|label| (label.name.clone(), label.value.clone().into()))
        .collect();
    let quarantined: Vec<String> = serving.quarantined.iter().map(|d| hex(d)).collect();
    json!({
        "name": engine.name,
        "labels": labels,
        "connected": engine.connected,
        "in_step": engine.in_step,
        "held": serving.held,
        "serving_version": serving.version,
        "push_digest": hex(&serving.push_digest),
        "image_digest": hex(&serving.image_digest),
        "quarantined": quarantined,
        "accepted_version": engine.accepted_version,
        "catalog": format!("{:016x}", engine.catalog),
        "baseline_digest": hex(&engine.baseline_digest),
        "revision": engine.revision,
        "note": engine.note,
        "heard_ms": engine.heard_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_away_is_not_passed_over() {
        let engines = |connected: &[bool]| {
            let engine = |connected: &bool| EngineState {
                connected: *connected,
                ..EngineState::default()
            };
            connected.iter().map(engine).collect::<Vec<_>>()
        };
        for (connected, behind, all, expected) in [
            (&[][..], 0, true, "no engine was ever here"),
            (&[], 0, false, "no engine is like that"),
            (&[true, true], 0, true, "2 engines, all in step"),
            (
                &[true, false],
                0,
                true,
                "2 engines, none out of step, 1 away",
            ),
            (&[true], 1, false, "1 engine, 1 not in step"),
            (&[true, false], 2, true, "2 engines, 2 not in step, 1 away"),
        ] {
            assert_eq!(summary(&engines(connected), behind, all).1, expected);
        }
    }
}
