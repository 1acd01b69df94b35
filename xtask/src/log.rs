//! `log`: what a control plane decided, newest first: who, when, why, and what came of it; or
//! whom it turned away.

mod denied;
mod line;

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::ValueEnum;
use routewright::{Kind, Scalar};
use routewright_control::client::BlockingClient;
use routewright_schema::pb::{Decision, ListVersionsRequest};
use routewright_schema::value;
use serde_json::{Value, json};

use crate::cli::Format;
use crate::remote::{Engine, hex};
use crate::report::{Done, Failure, count, say, say_json, say_json_line};
use crate::rollout::engine_json;

/// Decisions of one answer; fewer if they come with what was pushed, of which each may have
/// 8 MiB.
const PAGE: u32 = 500;
const PAGE_WITH_BYTES: u32 = 8;

#[derive(clap::Args)]
#[command(after_help = "Example:
  cargo xtask log --url http://127.0.0.1:4700
  cargo xtask log --since 2h --long                        # and what each engine answered
  cargo xtask log --engine hunt-2 --since 2026-11-21T08:00:00Z
  cargo xtask log --export jsonl --with-bytes > history.jsonl
  cargo xtask log --denied                                 # who tried what they may not do")]
pub struct Args {
    /// At most so many; 0: all
    #[arg(long, short = 'n', default_value_t = 20)]
    limit: usize,
    /// Also how it was rolled out, and what each engine answered
    #[arg(long)]
    long: bool,
    /// Only what this engine answered to
    #[arg(long = "engine", value_name = "NAME")]
    name: Option<String>,
    /// Only what is no older: 2h, 7d, or a moment such as 2026-11-21T08:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// All of it for programs, a line each
    #[arg(long, value_enum, value_name = "FORM", conflicts_with_all = ["limit", "long", "format"])]
    export: Option<Export>,
    /// Not what was decided, but what was turned away because somebody may not do it
    #[arg(long, conflicts_with_all = ["long", "name", "with_bytes"])]
    denied: bool,
    /// With what was pushed, as base64 of an encoded RouteMap; for `--export` and JSON
    #[arg(long)]
    with_bytes: bool,
    #[command(flatten)]
    engine: Engine,
}

/// How a whole history is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Export {
    /// A value of JSON on each line
    Jsonl,
}

pub fn run(args: &Args) -> Done {
    let since_ms = args.since.as_deref().map(moment).transpose()?;
    if args.with_bytes && args.export.is_none() && args.engine.format == Format::Text {
        return Err(Failure::Usage(
            "--with-bytes: there is no room for bytes in a line for people; add `--format json` or `--export jsonl`".into(),
        ));
    }
    let mut client = args.engine.connect()?;
    let limit = match (args.export, args.limit) {
        (Some(_), _) | (None, 0) => usize::MAX,
        (None, limit) => limit,
    };
    if args.denied {
        return denied::run(args, &mut client, since_ms, limit);
    }
    if args.export.is_some() {
        let export = |decision: Decision| say_json_line(&to_json(&decision, args.with_bytes));
        each(args, &mut client, since_ms, limit, export)?;
        return Ok(());
    }
    let mut all = Vec::new();
    let more = each(args, &mut client, since_ms, limit, |decision| {
        all.push(decision);
    })?;
    if args.engine.format == Format::Json {
        let decisions: Vec<Value> = all.iter().map(|d| to_json(d, args.with_bytes)).collect();
        say_json(&json!({ "decisions": decisions, "more": more }));
        return Ok(());
    }
    for text in line::lines(&all, args.name.as_deref(), args.long) {
        say(text);
    }
    match (all.len(), more) {
        (0, _) => say(match (&args.name, &args.since) {
            (Some(name), _) => format!("nothing was decided that `{name}` answered to"),
            (None, Some(_)) => "nothing was decided since then".to_owned(),
            (None, None) => "nothing was decided yet".to_owned(),
        }),
        (shown, true) => say(format_args!(
            "the newest {}; `-n 0` lists all",
            count(shown, "decision")
        )),
        _ => {}
    }
    Ok(())
}

/// When that was, since 1970.
fn moment(text: &str) -> Result<u64, Failure> {
    if let Ok(nanos) = value::parse_duration(text) {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        return Ok(millis(now.saturating_sub(Duration::from_nanos(nanos))));
    }
    match value::parse(Kind::Timestamp, text) {
        Ok(Scalar::Timestamp(seconds, _)) => {
            Ok(u64::try_from(seconds).unwrap_or(0).saturating_mul(1_000))
        }
        _ => Err(Failure::Usage(format!(
            "--since {text}: write how long ago (2h, 7d), or a moment (2026-11-21T08:00:00Z)"
        ))),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Hands over at most `limit` decisions that are asked for, newest first, page after page.
/// Whether there are older ones.
fn each(
    args: &Args,
    client: &mut BlockingClient,
    since_ms: Option<u64>,
    limit: usize,
    mut take: impl FnMut(Decision),
) -> Result<bool, Failure> {
    let (mut taken, mut before) = (0, 0);
    loop {
        let page = match args.with_bytes {
            true => PAGE_WITH_BYTES,
            false => PAGE.min(u32::try_from(limit).unwrap_or(PAGE)),
        };
        let request = ListVersionsRequest {
            before,
            limit: page,
            with_bytes: args.with_bytes,
        };
        let found = client.versions(request);
        let found = found.map_err(|e| args.engine.fleet_failure(&e))?;
        for decision in found.decisions {
            before = decision.revision;
            if since_ms.is_some_and(|since| decision.at_ms < since) {
                return Ok(false);
            }
            let name = args.name.as_deref();
            if name.is_some_and(|name| !decision.engines.iter().any(|e| e.name == name)) {
                continue;
            }
            if taken == limit {
                return Ok(true);
            }
            take(decision);
            taken += 1;
        }
        // The first revision is 1: nothing is older.
        if !found.more || before <= 1 {
            return Ok(false);
        }
    }
}

fn to_json(decision: &Decision, with_bytes: bool) -> Value {
    let engines: Vec<Value> = decision.engines.iter().map(engine_json).collect();
    let mut json = json!({
        "revision": decision.revision,
        "kind": decision.kind,
        "version": decision.version,
        "before_version": decision.before_version,
        "all_vote": decision.all_vote,
        "unset": decision.unset,
        "push_digest": hex(&decision.push_digest),
        "who": decision.who,
        "reason": decision.reason,
        "at_ms": decision.at_ms,
        "published_ms": decision.published_ms,
        "state": decision.state,
        "outcome": decision.outcome,
        "stages": decision.stages,
        "bake_ms": decision.bake_ms,
        "engines": engines,
    });
    if with_bytes {
        json["route_map"] = BASE64_STANDARD.encode(&decision.route_map).into();
    }
    json
}
