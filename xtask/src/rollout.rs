//! `rollout`: how a control plane brings a decision to its engines, until it has. `push` and
//! `rollback` end with the same.

mod ended;
mod progress;
mod watch;

use routewright_schema::pb::{Applied, Rollout};
use routewright_schema::value;

use crate::cli::Format;
use crate::remote::{Engine, applied_json};
use crate::report::{Done, Failure, say, say_json, unreadable};

pub use ended::{Ended, engine_json};
pub use watch::until_end;

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask rollout                # the one that goes on now, or the last one
  cargo xtask rollout 12             # of this revision; `push` and `log` tell it
  cargo xtask rollback               # ends one that goes on, and brings everybody back

Ctrl-C ends the watching, not the rollout.")]
pub struct Args {
    /// The revision of the decision [default: the newest]
    revision: Option<u64>,
    #[command(flatten)]
    engine: Engine,
}

/// Exit code 1 if it was reverted.
pub fn run(args: &Args) -> Done {
    let revision = match args.revision {
        Some(revision) => revision,
        None => newest(&args.engine)?,
    };
    let ended = until_end(&args.engine, revision, false)?;
    if args.engine.format == Format::Json {
        say_json(&serde_json::json!({ "rollout": ended.to_json() }));
    }
    ended.done(&args.engine)
}

fn newest(engine: &Engine) -> Result<u64, Failure> {
    let fleet = engine
        .connect()?
        .fleet()
        .map_err(|e| engine.fleet_failure(&e))?;
    match (fleet.rollout, fleet.revision) {
        (Some(rollout), _) => Ok(rollout.revision),
        (None, 0) => Err(Failure::Bad(format!(
            "{}: nothing was ever rolled out there",
            engine.url
        ))),
        (None, revision) => Ok(revision),
    }
}

/// How a control plane is to go about a push or rollback.
#[derive(clap::Args)]
#[command(next_help_heading = "Through a control plane")]
pub struct Rolling {
    /// How many engines are told at once: 1,10%,100% [default: as it was started with]
    #[arg(long, value_name = "STAGES", value_delimiter = ',')]
    stages: Vec<String>,
    /// How long each of them must do well before the next is told [default: as it was started
    /// with; none for a rollback]
    #[arg(long, value_name = "TIME")]
    stage_bake: Option<String>,
    /// Do not wait until its engines have answered
    #[arg(long)]
    detach: bool,
}

impl Rolling {
    /// For the request; `None`: nothing was said.
    pub fn request(&self) -> Result<Option<Rollout>, Failure> {
        let bake = self.stage_bake.as_deref().map(|text| {
            value::parse_duration(text).map_err(|fault| unreadable("--stage-bake", &fault))
        });
        let bake_ms = bake.transpose()?.map(|nanos| nanos.div_ceil(1_000_000));
        Ok(match (self.stages.is_empty(), bake_ms) {
            (true, None) => None,
            _ => Some(Rollout {
                stages: self.stages.clone(),
                bake_ms,
            }),
        })
    }
}

/// Whether a control plane now brings it to its engines.
pub fn goes_on(applied: &Applied) -> bool {
    applied.revision != 0 && !applied.dry_run && !applied.unchanged
}

/// Tells what was taken; and if it was taken by a control plane, waits for what comes of it.
pub fn see_through(engine: &Engine, applied: &Applied, rolling: &Rolling) -> Done {
    if !goes_on(applied) {
        engine.applied(applied);
        return Ok(());
    }
    let text = engine.format == Format::Text;
    if rolling.detach {
        engine.applied(applied);
        if text {
            say(format_args!(
                "  {} tells how it goes",
                again(engine, applied.revision)
            ));
        }
        return Ok(());
    }
    if text {
        engine.applied(applied);
    }
    let ended = until_end(engine, applied.revision, true)?;
    if !text {
        let mut json = applied_json(applied);
        json["rollout"] = ended.to_json();
        say_json(&json);
    }
    ended.done(engine)
}

/// The command line that watches it.
pub fn again(engine: &Engine, revision: u64) -> String {
    format!("`{}`", engine.line(&format!("rollout {revision}")))
}
