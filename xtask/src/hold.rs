//! `hold`: an engine of this machine on its baseline, by hand and without network.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use routewright_control::local::{self, Shown};
use routewright_control::store::file::Standing;
use serde_json::{Value, json};

use crate::cli::Format;
use crate::report::{Done, say, say_json};

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask hold target/overrides --reason \"orders vanish since 20:10\"
  cargo xtask hold target/overrides             # is it held, and what does it keep?
  cargo xtask hold target/overrides --release

Neither network nor control plane is asked. `routewright-control hold`, `show` and `release` do
the same where this tool is not at hand, and `touch FOLDER/BASELINE` where nothing is.")]
pub struct Args {
    /// Where the engine keeps its override: the folder of its `Store::boot`
    folder: PathBuf,
    /// Hold it on its baseline from now on; why
    #[arg(long, value_name = "TEXT", conflicts_with = "release")]
    reason: Option<String>,
    /// Let it go
    #[arg(long)]
    release: bool,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Exit code 1 if there is no store in the folder.
pub fn run(args: &Args) -> Done {
    let text = match (&args.reason, args.release) {
        (Some(reason), _) => local::hold(&args.folder, reason)?.to_string(),
        (None, true) => local::release(&args.folder)?.to_string(),
        (None, false) => local::show(&args.folder)?.to_string(),
    };
    match args.format {
        Format::Text => say(text),
        // Whatever was done: how it is now.
        Format::Json => say_json(&to_json(&local::show(&args.folder)?)),
    }
    Ok(())
}

fn to_json(shown: &Shown) -> Value {
    let state = shown.look.newest.as_ref();
    let held = shown.look.held.as_ref();
    let held = held.map(|held| json!({ "reason": held.reason, "since_ms": millis(held.since) }));
    let lease = shown.lease();
    let lease = lease.map(|lease| json!({ "owner": lease.owner, "ends_ms": millis(lease.ends) }));
    let quarantined = state.map_or(&[][..], |state| &state.quarantined);
    let quarantined: Vec<String> = quarantined.iter().map(ToString::to_string).collect();
    json!({
        "held": held,
        "version": shown.look.version(),
        "accepted_version": state.map_or(0, |state| state.accepted),
        "reason": state.map_or("", |state| &state.reason),
        "on_probation": state.is_some_and(|state| state.standing != Standing::Good),
        "lease": lease,
        "quarantined": quarantined,
        "damaged": shown.look.damaged,
    })
}

fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    let since: Duration = since.unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
