//! How an engine stands: `/status`.

use std::time::Duration;

use routewright::{Catalog, Cause, Now, Status};
use serde_json::{Value, json};

use crate::engine::Engine;
use crate::fit::millis;
use crate::follow::{Link, LinkStatus};
use crate::metrics::Rejected;

/// The keys are explained in `docs/observability.md`.
pub fn standing<C: Catalog>(engine: &Engine<C>, link: Option<&Link>, now: Now) -> Value {
    let status = engine.cell.status_at(now);
    let known = link.map(Link::status);
    let stale_since = known
        .as_ref()
        .filter(|link| link.staleness > Duration::ZERO)
        .map(|link| millis(now.wall.saturating_sub(link.staleness)));
    let mut refused: Vec<Rejected> = engine.pushes.rejected();
    refused.extend(link.into_iter().flat_map(|link| link.updates().rejected()));
    refused.sort_by_key(|rejected| std::cmp::Reverse(rejected.at));
    json!({
        "state": state(engine.held(), known.as_ref()),
        "serving": serving(&status),
        "offered": known.as_ref().and_then(|link| link.offered).map(|offer| json!({
            "revision": offer.revision,
            "version": offer.version,
            "at_ms": millis(offer.at),
        })),
        "rejected": refused.iter().map(rejected).collect::<Vec<Value>>(),
        "stale_since": stale_since,
        "trouble": known.map(|link| link.trouble).filter(|trouble| !trouble.is_empty()),
    })
}

fn state(held: bool, link: Option<&LinkStatus>) -> &'static str {
    match link {
        _ if held => "held",
        None => "alone",
        Some(link) if !link.connected => "disconnected",
        Some(link) if link.staleness.is_zero() => "current",
        Some(link) if !link.last_refusal.is_empty() => "refused",
        Some(_) => "updating",
    }
}

fn serving<C: Catalog>(status: &Status<C>) -> Value {
    let serving = status.serving();
    let lease = serving.and_then(|kept| {
        let (lease, left) = (kept.terms.lease.as_ref()?, kept.left?);
        Some(json!({ "owner": lease.owner, "remaining_ms": millis(left) }))
    });
    json!({
        "version": status.table.version(),
        "source": source(status),
        "image_digest": status.table.raw().digest().to_string(),
        "push_digest": serving.map(|kept| kept.push_digest.to_string()),
        "since_ms": status.latest.as_ref().map(|latest| millis(latest.at)),
        "reason": serving.map(|kept| kept.terms.reason.clone()).filter(|r| !r.is_empty()),
        "lease": lease,
    })
}

/// Where what is served came from.
pub fn source<C: Catalog>(status: &Status<C>) -> &'static str {
    let restored = status
        .latest
        .as_ref()
        .is_some_and(|latest| latest.change.cause == Cause::Restore);
    match status.table.version() {
        0 => "baseline",
        _ if restored => "disk",
        _ => "push",
    }
}

/// A refusal, for engines and control planes alike.
pub fn rejected(rejected: &Rejected) -> Value {
    json!({
        "version": rejected.version,
        "at_ms": millis(rejected.at),
        "code": rejected.code,
        "path": rejected.path,
        "message": rejected.message,
    })
}
