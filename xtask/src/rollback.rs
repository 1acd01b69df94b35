//! `rollback`: an earlier generation again, without a push.

use routewright_schema::pb::RollbackRouteMapRequest;
use routewright_schema::pb::rollback_route_map_request::Target;
use routewright_schema::pb::rollback_route_map_response::Outcome;

use crate::remote::Engine;
use crate::report::{Done, Failure};
use crate::rollout::{self, Rolling};

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask rollback\n  cargo xtask rollback --to 0 --reason \"back to what was compiled in\""
)]
pub struct Args {
    /// The version to go to, 0 for the baseline [default: the one before]
    #[arg(long)]
    to: Option<u64>,
    /// Refuse unless this version is serving
    #[arg(long)]
    expected_serving: Option<u64>,
    /// Why, for people
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    engine: Engine,
    #[command(flatten)]
    rolling: Rolling,
}

/// Exit code 1 if the engine refuses.
pub fn run(args: &Args) -> Done {
    let request = RollbackRouteMapRequest {
        target: Some(args.to.map_or(Target::Previous(true), Target::Version)),
        expected_serving: args.expected_serving,
        dry_run: args.dry_run,
        reason: args.reason.clone(),
        rollout: args.rolling.request()?,
    };
    let mut client = args.engine.connect()?;
    match client
        .rollback(request)
        .map_err(|e| args.engine.failure(&e))?
        .outcome
    {
        Some(Outcome::Applied(applied)) => {
            rollout::see_through(&args.engine, &applied, &args.rolling)
        }
        Some(Outcome::Refusal(refusal)) => Err(args.engine.refused(&refusal)),
        None => Err(Failure::Bad(
            "the engine gave no answer that this tool knows".into(),
        )),
    }
}
