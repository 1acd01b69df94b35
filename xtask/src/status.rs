//! `status`: what an engine serves, who holds it, and what a rollback can reach.

use routewright_schema::pb::GetStatusResponse;
use serde_json::json;

use crate::cli::Format;
use crate::remote::{Engine, generation, hex};
use crate::report::{Done, say, say_json};

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask status\n  cargo xtask status --url http://127.0.0.1:4600 --format json"
)]
pub struct Args {
    #[command(flatten)]
    engine: Engine,
}

pub fn run(args: &Args) -> Done {
    let status = args
        .engine
        .connect()?
        .status()
        .map_err(|e| args.engine.failure(&e))?;
    match args.engine.format {
        Format::Text => print(&status),
        Format::Json => say_json(&to_json(&status)),
    }
    Ok(())
}

fn print(status: &GetStatusResponse) {
    say(format_args!(
        "serving   {} ({} names, {} routes)",
        generation(status.serving_version),
        status.names,
        status.routes
    ));
    if !status.reason.is_empty() {
        say(format_args!("reason    {}", status.reason));
    }
    if let Some(lease) = &status.lease {
        let why = if lease.reason.is_empty() {
            String::new()
        } else {
            format!(", {}", lease.reason)
        };
        say(format_args!(
            "held by   {}{why}; ends in {:.1} s",
            lease.owner,
            lease.remaining_ms as f64 / 1e3
        ));
    }
    say(format_args!("accepted  {}", status.accepted_version));
    say(format_args!("digest    {}", hex(&status.image_digest)));
    say(format_args!("baseline  {}", hex(&status.baseline_digest)));
    say(format_args!("catalog   {:016x}", status.catalog));
    for kept in &status.generations {
        let here = if kept.version == status.serving_version {
            " (serving)"
        } else {
            ""
        };
        let over = if kept.expired { " (lease ended)" } else { "" };
        let why = if kept.reason.is_empty() {
            String::new()
        } else {
            format!(": {}", kept.reason)
        };
        say(format_args!(
            "kept      version {}{here}{over}{why}",
            kept.version
        ));
    }
}

fn to_json(status: &GetStatusResponse) -> serde_json::Value {
    let lease = status
        .lease
        .as_ref()
        .map(|l| json!({ "owner": l.owner, "reason": l.reason, "remaining_ms": l.remaining_ms }));
    let kept: Vec<_> = status
        .generations
        .iter()
        .map(|g| json!({ "version": g.version, "image_digest": hex(&g.image_digest), "reason": g.reason, "expired": g.expired }))
        .collect();
    json!({
        "source": if status.serving_version == 0 { "baseline" } else { "override" },
        "serving_version": status.serving_version,
        "accepted_version": status.accepted_version,
        "image_digest": hex(&status.image_digest),
        "baseline_digest": hex(&status.baseline_digest),
        "catalog": format!("{:016x}", status.catalog),
        "reason": status.reason,
        "lease": lease,
        "generations": kept,
        "names": status.names,
        "routes": status.routes,
    })
}
