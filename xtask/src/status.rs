//! `status`: what an engine serves, who holds it, and what a rollback can reach; of a control
//! plane, what its engines are to serve, and whether they do.

use std::time::{Duration, SystemTime};

use routewright::Scalar;
use routewright_schema::pb::{GetFleetResponse, GetStatusResponse, Guard, LeaseStatus};
use serde_json::json;

use crate::cli::Format;
use crate::remote::{Engine, generation, hex};
use crate::report::{Done, say, say_json};
use crate::term::Style;

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  cargo xtask status\n  cargo xtask status --url http://127.0.0.1:4600 --format json"
)]
pub struct Args {
    #[command(flatten)]
    engine: Engine,
}

pub fn run(args: &Args) -> Done {
    let mut client = args.engine.connect()?;
    let status = client.status().map_err(|e| args.engine.failure(&e))?;
    let fleet = match client.fleet() {
        Ok(fleet) => Some(fleet),
        Err(fault) if fault.is_unimplemented() => None,
        Err(fault) => return Err(args.engine.failure(&fault)),
    };
    match (args.engine.format, fleet) {
        (Format::Text, fleet) => {
            print(&status);
            if let Some(fleet) = fleet {
                print_fleet(&fleet, &args.engine);
            }
        }
        (Format::Json, fleet) => say_json(&to_json(&status, fleet.as_ref())),
    }
    Ok(())
}

fn in_step(fleet: &GetFleetResponse) -> usize {
    fleet.engines.iter().filter(|e| e.in_step).count()
}

fn print_fleet(fleet: &GetFleetResponse, engine: &Engine) {
    line(
        "engines",
        format_args!(
            "{} of {} in step (`{}` lists them)",
            in_step(fleet),
            fleet.engines.len(),
            engine.line("fleet")
        ),
    );
    if let Some(rollout) = &fleet.rollout {
        line(
            "rollout",
            format_args!(
                "{}, revision {} (`{}` watches it)",
                generation(rollout.version),
                rollout.revision,
                engine.line("rollout")
            ),
        );
    }
}

fn print(status: &GetStatusResponse) {
    line(
        "serving",
        format_args!(
            "{} ({} events and patterns, {} with a route of their own)",
            generation(status.serving_version),
            status.names,
            status.routes
        ),
    );
    if !status.reason.is_empty() {
        line("reason", &status.reason);
    }
    if let Some(lease) = &status.lease {
        line(
            "held by",
            format_args!(
                "{}{}; ends in {}",
                lease.owner,
                because(", ", &lease.reason),
                ends(lease)
            ),
        );
    }
    if !status.force_reason.is_empty() {
        line("forced", &status.force_reason);
    }
    if let Some(ramp) = &status.ramp {
        line(
            "walk",
            format_args!("step {} of {} {}", ramp.step, ramp.steps, ramp.id),
        );
    }
    if let Some(watch) = &status.watch {
        let limits = watch.guard.as_ref().map_or(String::new(), limits);
        line(
            "watched",
            format_args!("for {} more: {limits}", time(watch.remaining_ms)),
        );
    }
    if let Some(latest) = &status.latest {
        line(
            "changed",
            format_args!(
                "{} -> {} by {} at {}{}",
                generation(latest.before),
                generation(latest.after),
                cause(&latest.cause),
                date(latest.at_ms),
                because(": ", &latest.reason)
            ),
        );
    }
    line("accepted", status.accepted_version);
    line("digest", hex(&status.image_digest));
    line("baseline", hex(&status.baseline_digest));
    line("catalog", format_args!("{:016x}", status.catalog));
    if let Some(kept) = &status.persistence {
        let left = kept.probation.as_ref().map_or(String::new(), |left| {
            format!(
                ", trusted after {} and {} lookups more",
                time(left.remaining_ms),
                left.remaining_lookups
            )
        });
        line(
            "on disk",
            format_args!("{}{left}", generation(kept.version)),
        );
        if !kept.reason.is_empty() {
            line("", &kept.reason);
        }
        if !kept.fault.is_empty() {
            line("", format_args!("NOT kept over a restart: {}", kept.fault));
        }
    }
    for image in &status.quarantined {
        line(
            "refused",
            format_args!("image {} unless forced", hex(image)),
        );
    }
    for kept in &status.generations {
        let here = if kept.version == status.serving_version {
            " (serving)"
        } else {
            ""
        };
        let over = if kept.expired { " (lease ended)" } else { "" };
        let owner = because(", held by ", &kept.owner);
        let forced = because(", forced: ", &kept.force_reason);
        let tripped = because(", taken back: ", &kept.tripped);
        line(
            "kept",
            format_args!(
                "version {}{here}{over}{}{owner}{forced}{tripped}",
                kept.version,
                because(": ", &kept.reason)
            ),
        );
    }
}

/// What changed what is served, in words.
fn cause(cause: &str) -> &str {
    match cause {
        "publish" => "a push",
        "rollback" => "a rollback",
        "expiry" => "the end of its lease",
        "guard" => "its guard",
        "restore" => "what was on disk",
        other => other,
    }
}

fn line(what: &str, text: impl std::fmt::Display) {
    let what = Style::Faint.paint(format_args!("{what:<9}"));
    say(format_args!("{what} {text}"));
}

fn because(before: &str, reason: &str) -> String {
    match reason {
        "" => String::new(),
        reason => format!("{before}{reason}"),
    }
}

/// `1h, at 2026-12-01T00:00:00Z`: when a lease ends.
pub fn ends(lease: &LeaseStatus) -> String {
    format!("{}, at {}", time(lease.remaining_ms), date(lease.ends_ms))
}

/// A time that is left; nobody wants to know more than tenths of a second.
pub fn time(ms: u64) -> String {
    let tenths = ms.div_ceil(100);
    Scalar::<&str>::Duration(tenths.saturating_mul(100_000_000)).to_string()
}

/// A moment, to the second: "2026-12-01T00:00:00Z".
pub fn date(ms: u64) -> String {
    let at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(ms / 1_000));
    match at {
        Some(_) => Scalar::<&str>::Timestamp((ms / 1_000) as i64, 0).to_string(),
        None => "the end of time".to_owned(),
    }
}

/// Limits in words.
fn limits(guard: &Guard) -> String {
    let share = |ppm: u32| Scalar::<&str>::Percent(f64::from(ppm) / 1e6).to_string();
    let size = |bytes: u64| Scalar::<&str>::Size(bytes).to_string();
    let all = [
        guard
            .unrouted_ppm_max
            .map(|m| format!("unrouted at most {}", share(m))),
        guard
            .error_ppm_max
            .map(|m| format!("errors at most {}", share(m))),
        guard
            .allocation_bytes_per_second_max
            .map(|m| format!("configuration allocates at most {} a second", size(m))),
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn to_json(status: &GetStatusResponse, fleet: Option<&GetFleetResponse>) -> serde_json::Value {
    let fleet = fleet.map(|fleet| {
        json!({
            "engines": fleet.engines.len(),
            "in_step": in_step(fleet),
            "revision": fleet.revision,
            "rolling_out": fleet.rollout.as_ref().map(|rollout| rollout.revision),
        })
    });
    let lease = status.lease.as_ref().map(|l| {
        json!({
            "owner": l.owner,
            "reason": l.reason,
            "remaining_ms": l.remaining_ms,
            "ends_ms": l.ends_ms,
        })
    });
    let kept: Vec<_> = status
        .generations
        .iter()
        .map(|g| {
            json!({
                "version": g.version,
                "image_digest": hex(&g.image_digest),
                "reason": g.reason,
                "expired": g.expired,
                "owner": g.owner,
                "force_reason": g.force_reason,
                "tripped": g.tripped,
                "published_ms": g.published_ms,
            })
        })
        .collect();
    let ramp = status
        .ramp
        .as_ref()
        .map(|r| json!({ "id": r.id, "step": r.step, "steps": r.steps }));
    let watch = status.watch.as_ref().map(|w| {
        let guard = w.guard.unwrap_or_default();
        json!({
            "remaining_ms": w.remaining_ms,
            "bake_ms": guard.bake_ms,
            "unrouted_ppm_max": guard.unrouted_ppm_max,
            "error_ppm_max": guard.error_ppm_max,
            "allocation_bytes_per_second_max": guard.allocation_bytes_per_second_max,
        })
    });
    let latest = status.latest.as_ref().map(|l| {
        json!({
            "cause": l.cause,
            "before": l.before,
            "after": l.after,
            "reason": l.reason,
            "at_ms": l.at_ms,
        })
    });
    let persistence = status.persistence.as_ref().map(|p| {
        let left = p.probation.as_ref().map(|left| {
            json!({
                "remaining_ms": left.remaining_ms,
                "remaining_lookups": left.remaining_lookups,
            })
        });
        json!({
            "version": p.version,
            "from_disk": p.from_disk,
            "probation": left,
            "fault": p.fault,
            "reason": p.reason,
        })
    });
    let quarantined: Vec<_> = status.quarantined.iter().map(|d| hex(d)).collect();
    json!({
        "source": if status.serving_version == 0 { "baseline" } else { "override" },
        "serving_version": status.serving_version,
        "accepted_version": status.accepted_version,
        "image_digest": hex(&status.image_digest),
        "baseline_digest": hex(&status.baseline_digest),
        "catalog": format!("{:016x}", status.catalog),
        "reason": status.reason,
        "lease": lease,
        "force_reason": status.force_reason,
        "ramp": ramp,
        "watch": watch,
        "latest": latest,
        "persistence": persistence,
        "quarantined": quarantined,
        "generations": kept,
        "names": status.names,
        "routes": status.routes,
        "fleet": fleet,
    })
}
