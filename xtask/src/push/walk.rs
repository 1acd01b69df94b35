//! `push --ramp`: a value that is too far for one push is walked to in allowed steps.
//!
//! Each step is a push of its own, seen in `status`, and measured by the engine as any
//! other. The first brings everything that needs no walk. Whoever pushes or rolls back
//! in between has stopped the walk: the engine refuses its next step. Through a control
//! plane each step is a rollout, and the next one waits for its end.

use std::time::Duration;

use routewright::{Limits, Scalar};
use routewright_control::client::BlockingClient;
use routewright_schema::model::Value;
use routewright_schema::pb::{GetRouteMapResponse, Ramp, RouteMap};
use routewright_schema::route_map;
use serde_json::json;

use super::map::table;
use super::{Args, push};
use crate::cli::Format;
use crate::remote::applied_json;
use crate::report::{Done, Failure, count, say, say_json, say_json_line};
use crate::rollout;

/// Between two steps, if nothing else says how long.
const PAUSE: Duration = Duration::from_secs(10);
/// The engine takes no longer walks.
const STEPS_MAX: usize = routewright::limits::RAMP_STEPS_MAX as usize;

/// A setting that walks: its values after each step.
struct Walker {
    name: String,
    cooldown: Duration,
    values: Vec<Scalar<String>>,
}

/// Pushes step after step. `pause` is in nanoseconds.
pub fn run(
    args: &Args,
    client: &mut BlockingClient,
    live: &GetRouteMapResponse,
    map: RouteMap,
    pause: Option<u64>,
) -> Done {
    let walkers = plan(live, &map)?;
    let steps = walkers.iter().map(|w| w.values.len()).max().unwrap_or(1);
    let longest = walkers.iter().map(|w| w.cooldown).max();
    let pause = match pause {
        Some(ns) => Duration::from_nanos(ns),
        None => longest.unwrap_or_default().max(PAUSE),
    };
    let text = args.engine.format == Format::Text;
    if text {
        let between = Scalar::<&str>::Duration(u64::try_from(pause.as_nanos()).unwrap_or(u64::MAX));
        say(format_args!("{}, {between} apart", count(steps, "step")));
        for walker in &walkers {
            let values: Vec<String> = walker.values.iter().map(Scalar::to_string).collect();
            say(format_args!("  {}: {}", walker.name, values.join(", ")));
        }
    }
    if args.dry_run && !text {
        let plan = walkers.iter().map(|w| {
            let values: Vec<String> = w.values.iter().map(Scalar::to_string).collect();
            json!({ "setting": w.name, "values": values })
        });
        let plan: Vec<_> = plan.collect();
        say_json(&json!({ "steps": steps, "every_ms": pause.as_millis() as u64, "walk": plan }));
        return Ok(());
    }
    for step in 1..=steps {
        let map = at_step(&map, &walkers, (step, steps));
        let applied = match push(args, client, &map) {
            Ok(applied) => applied,
            Err(failure) if step == 1 => return Err(failure),
            Err(failure) => return Err(stopped(failure, "before", (step, steps))),
        };
        if text {
            say(format_args!("step {step} of {steps}"));
            args.engine.applied(&applied);
        }
        let ended = match rollout::goes_on(&applied) {
            true => Some(rollout::until_end(&args.engine, applied.revision, true)?),
            false => None,
        };
        // A line a step, as it is taken.
        if !text {
            let mut line = json!({ "step": step, "steps": steps });
            line["applied"] = applied_json(&applied)["applied"].take();
            if let Some(ended) = &ended {
                line["rollout"] = ended.to_json();
            }
            say_json_line(&line);
        }
        if let Some(ended) = ended {
            let done = ended.done(&args.engine);
            done.map_err(|failure| stopped(failure, "in", (step, steps)))?;
        }
        if args.dry_run {
            break;
        }
        if step < steps {
            std::thread::sleep(pause);
        }
    }
    Ok(())
}

fn stopped(failure: Failure, when: &str, (step, steps): (usize, usize)) -> Failure {
    match failure {
        Failure::Bad(message) if !message.is_empty() => Failure::Bad(format!(
            "the walk stopped {when} step {step} of {steps}\n{message}"
        )),
        other => other,
    }
}

/// Which settings walk, and how far each step brings them: always as near to the goal
/// as one push may go, by the engine's own measure.
fn plan(live: &GetRouteMapResponse, map: &RouteMap) -> Result<Vec<Walker>, Failure> {
    let (serving, baseline) = (table(&live.image)?, table(&live.baseline_image)?);
    // The engine says better than we what is wrong with it.
    let Ok(goal) = baseline.overridden(&route_map::encode(map), &Limits::DEFAULT) else {
        return Ok(Vec::new());
    };
    let catalog = goal.catalog();
    let mut walkers = Vec::new();
    for at in 0..catalog.settings() {
        let Some((setting, step)) = catalog.setting(at).and_then(|s| Some((s, s.step()?))) else {
            continue;
        };
        let values = (
            baseline.values().scalar(at),
            serving.values().scalar(at),
            goal.values().scalar(at),
        );
        let (Some(home), Some(from), Some(to)) = values else {
            continue;
        };
        // The way home is open.
        if to == home || step.towards(from, to) == to {
            continue;
        }
        let mut values: Vec<Scalar<String>> = Vec::new();
        while values.last().is_none_or(|last| last.borrow() != to) {
            let last = values.last().map_or(from, Scalar::borrow);
            let next = step.towards(last, to);
            if next == last || values.len() == STEPS_MAX {
                return Err(Failure::Bad(format!(
                    "{} cannot be walked from {from} to {to} in {STEPS_MAX} steps",
                    setting.name
                )));
            }
            values.push(next.to_owned());
        }
        walkers.push(Walker {
            name: setting.name.to_owned(),
            cooldown: setting.cooldown().unwrap_or_default(),
            values,
        });
    }
    Ok(walkers)
}

/// The version of a step, counted from 1.
fn version(goal: &RouteMap, step: usize) -> u64 {
    goal.version.saturating_add(step as u64 - 1)
}

/// The push of one step, counted from 1.
fn at_step(goal: &RouteMap, walkers: &[Walker], (step, steps): (usize, usize)) -> RouteMap {
    let mut map = goal.clone();
    for walker in walkers {
        let value = walker.values.get(step - 1).or(walker.values.last());
        let setting = map.settings.iter_mut().find(|s| s.name == walker.name);
        if let (Some(value), Some(setting)) = (value, setting) {
            setting.value = Some(route_map::value(&Value::One(value.clone())));
        }
    }
    map.ramp = Some(Ramp {
        id: format!("to version {}", version(goal, steps)),
        step: step as u32,
        steps: steps as u32,
    });
    map.version = version(goal, step);
    if step > 1 {
        // Of what went away with the first step, nothing is left to go.
        map.allow_removals = 0;
        map.expected_serving = Some(map.version - 1);
    }
    map
}
