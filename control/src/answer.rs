//! What the runtime answers, as messages.

use std::time::Duration;

use routewright::{
    Accepted, Catalog, Fact, Generation, Guard, Latest, Now, Ramp, Refused, RouteCell, Scalar,
    Status, Violation,
};
use routewright_schema::pb;

use crate::changes;
use crate::fit::{count, millis};

/// What was taken: the generation that answers now, or in a dry run would.
pub fn applied<C: Catalog>(accepted: &Accepted<C>, dry_run: bool, apply_ns: u64) -> pb::Applied {
    let (before, after) = (accepted.before.raw(), accepted.after.raw());
    let (changes, change_count) = changes::between(before, after);
    pb::Applied {
        serving_version: accepted.after.version(),
        image_digest: after.digest().0.to_vec(),
        push_digest: accepted.push_digest.0.to_vec(),
        changes,
        change_count: count(change_count),
        unchanged: accepted.unchanged,
        apply_ns,
        dry_run,
        not_kept: String::new(),
        ..pb::Applied::default()
    }
}

/// What was not taken.
pub fn refusal(refused: &Refused) -> pb::Refusal {
    let list = refused.violations.list();
    pb::Refusal {
        message: list.first().map(ToString::to_string).unwrap_or_default(),
        violations: list.iter().map(violation).collect(),
        violation_count: count(refused.violations.count()),
        serving_version: refused.serving,
        accepted_version: refused.accepted,
    }
}

fn violation(violation: &Violation) -> pb::Violation {
    pb::Violation {
        path: violation.path.to_string(),
        code: violation.code.as_str().to_owned(),
        message: violation.message.clone(),
        facts: violation.facts.iter().map(fact).collect(),
        engine: String::new(),
    }
}

fn fact(fact: &Fact) -> pb::Fact {
    let value: &Scalar<String> = &fact.value;
    pb::Fact {
        name: fact.name.to_owned(),
        text: value.to_string(),
        number: value.number(),
    }
}

/// What is served, who holds it, and what is kept.
pub fn status<C: Catalog>(
    cell: &RouteCell<C>,
    status: &Status<C>,
    now: Now,
) -> pb::GetStatusResponse {
    let table = status.table.raw();
    let source = match status.table.version() {
        0 => pb::Source::Baseline,
        _ => pb::Source::Override,
    };
    let serving = status.serving();
    let lease = serving.and_then(|serving| {
        let (lease, left) = (serving.terms.lease.as_ref()?, serving.left?);
        Some(pb::LeaseStatus {
            owner: lease.owner.clone(),
            reason: lease.reason.clone(),
            remaining_ms: millis(left),
            ends_ms: millis(now.wall.saturating_add(left)),
        })
    });
    pb::GetStatusResponse {
        source: source.into(),
        serving_version: status.table.version(),
        accepted_version: status.accepted,
        image_digest: table.digest().0.to_vec(),
        baseline_digest: cell.baseline().raw().digest().0.to_vec(),
        catalog: table.fingerprint(),
        reason: serving.map_or(String::new(), |s| s.terms.reason.clone()),
        lease,
        generations: status.kept.iter().map(generation).collect(),
        names: count(table.entries().len()),
        routes: count(table.routes()),
        force_reason: serving.map_or(String::new(), forced),
        ramp: serving.and_then(|s| s.terms.ramp.as_ref()).map(ramp),
        watch: status.watch.map(|(limits, left)| pb::Watch {
            guard: Some(guard(limits)),
            remaining_ms: millis(left),
        }),
        latest: status.latest.as_ref().map(latest),
        quarantined: status.quarantined.iter().map(|d| d.0.to_vec()).collect(),
        persistence: None,
    }
}

/// A generation as bytes: what is served, or a kept version; `None`: it is not kept.
pub fn route_map<C: Catalog>(
    cell: &RouteCell<C>,
    status: &Status<C>,
    request: &pb::GetRouteMapRequest,
) -> Option<pb::GetRouteMapResponse> {
    let kept = match request.version {
        None => status.serving(),
        Some(0) => None,
        Some(version) => {
            let mut kept = status.kept.iter();
            Some(kept.find(|kept| kept.table.version() == version)?)
        }
    };
    let table = kept.map_or(cell.baseline(), |kept| &kept.table);
    Some(pb::GetRouteMapResponse {
        image: table.raw().as_image().to_vec(),
        route_map: kept.map(|kept| kept.bytes.to_vec()).unwrap_or_default(),
        baseline_image: match request.with_baseline {
            true => cell.baseline().raw().as_image().to_vec(),
            false => Vec::new(),
        },
        serving_version: status.table.version(),
        accepted_version: status.accepted,
    })
}

fn generation<C: Catalog>(kept: &Generation<C>) -> pb::Generation {
    let lease = kept.terms.lease.as_ref();
    pb::Generation {
        version: kept.table.version(),
        image_digest: kept.table.raw().digest().0.to_vec(),
        reason: kept.terms.reason.clone(),
        expired: kept.left == Some(Duration::ZERO),
        owner: lease.map_or(String::new(), |lease| lease.owner.clone()),
        force_reason: forced(kept),
        tripped: kept.tripped.clone().unwrap_or_default(),
        published_ms: millis(kept.published),
    }
}

fn forced<C>(kept: &Generation<C>) -> String {
    kept.terms.force.clone().unwrap_or_default()
}

fn ramp(ramp: &Ramp) -> pb::Ramp {
    pb::Ramp {
        id: ramp.id.clone(),
        step: ramp.step,
        steps: ramp.steps,
    }
}

fn guard(guard: Guard) -> pb::Guard {
    pb::Guard {
        bake_ms: millis(guard.bake),
        unrouted_ppm_max: guard.unrouted_ppm_max,
        error_ppm_max: guard.error_ppm_max,
        allocation_bytes_per_second_max: guard.allocation_bytes_per_second_max,
    }
}

fn latest(latest: &Latest) -> pb::LatestChange {
    pb::LatestChange {
        cause: latest.change.cause.as_str().to_owned(),
        before: latest.change.before,
        after: latest.change.after,
        reason: latest.reason.clone(),
        at_ms: millis(latest.at),
    }
}
