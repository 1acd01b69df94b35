//! RouteService of a control plane: a push or rollback of all engines.

use std::time::{Duration, Instant};

use routewright::Target;
use routewright_schema::pb::{
    Applied, GetRouteMapRequest, GetRouteMapResponse, GetStatusRequest, GetStatusResponse, Refusal,
    RollbackRouteMapRequest, RollbackRouteMapResponse, Rollout, UpdateRouteMapRequest,
    UpdateRouteMapResponse, rollback_route_map_response, update_route_map_response,
};
use tonic::{Request, Response, Status};

use super::access::{Pass, Reason};
use super::actor::Handle;
use super::gate::pass;
use super::meters::Meters;
use crate::metrics::Updates;
use crate::plane::{Absent, Back, Caller, How, May, Stages, version_of};
use crate::rpc::route_service_server::RouteService;
use crate::service::rollback_target;

/// Longest bake time of a stage.
const BAKE_MAX: Duration = Duration::from_secs(24 * 3600);

/// RouteService of a plane.
pub struct Routes {
    handle: Handle,
}

impl Routes {
    pub fn new(handle: Handle) -> Routes {
        Routes { handle }
    }
}

#[tonic::async_trait]
impl RouteService for Routes {
    async fn update_route_map(
        &self,
        request: Request<UpdateRouteMapRequest>,
    ) -> Result<Response<UpdateRouteMapResponse>, Status> {
        use update_route_map_response::Outcome;
        let pass = pass(&request)?;
        let UpdateRouteMapRequest {
            route_map,
            dry_run,
            rollout,
        } = request.into_inner();
        let how = how(rollout)?;
        let began = Instant::now();
        let meters = self.handle.meters().clone();
        let decided = self.handle.ask(move |plane, now| {
            let may = may(&pass);
            let caller = caller(&pass, &may);
            let (version, bytes) = (version_of(&route_map), route_map.len());
            let who = caller.who;
            let span = tracing::info_span!("push", kind = "push", ?who, version, bytes, dry_run);
            let _entered = span.enter();
            let decided = plane.push(&route_map, dry_run, how, &caller, now);
            note(&decided);
            deny("UpdateRouteMap", &meters, &decided);
            if !dry_run {
                count(&meters.pushes, version, &decided, began.elapsed());
            }
            decided
        });
        let outcome = match decided.await? {
            Ok(mut applied) => {
                let took = began.elapsed().as_nanos();
                applied.apply_ns = u64::try_from(took).unwrap_or(u64::MAX);
                Outcome::Applied(applied)
            }
            Err(refusal) => Outcome::Refusal(refusal),
        };
        Ok(Response::new(UpdateRouteMapResponse {
            outcome: Some(outcome),
        }))
    }

    async fn rollback_route_map(
        &self,
        request: Request<RollbackRouteMapRequest>,
    ) -> Result<Response<RollbackRouteMapResponse>, Status> {
        use rollback_route_map_response::Outcome;
        let pass = pass(&request)?;
        let RollbackRouteMapRequest {
            target,
            expected_serving,
            dry_run,
            reason,
            rollout,
        } = request.into_inner();
        let (target, how): (Target, How) = (rollback_target(target)?, how(rollout)?);
        let began = Instant::now();
        let version = match target {
            Target::Version(version) => Some(version),
            Target::Previous => None,
        };
        let meters = self.handle.meters().clone();
        let decided = self.handle.ask(move |plane, now| {
            let may = may(&pass);
            let caller = caller(&pass, &may);
            let back = Back {
                target,
                expected: expected_serving,
                reason: &reason,
            };
            let who = caller.who;
            let span = tracing::info_span!("push", kind = "rollback", ?who, version, dry_run);
            let _entered = span.enter();
            let decided = plane.roll_back(&back, dry_run, how, &caller, now);
            note(&decided);
            deny("RollbackRouteMap", &meters, &decided);
            if !dry_run {
                count(&meters.rollbacks, version, &decided, began.elapsed());
            }
            decided
        });
        let outcome = match decided.await? {
            Ok(applied) => Outcome::Applied(applied),
            Err(refusal) => Outcome::Refusal(refusal),
        };
        Ok(Response::new(RollbackRouteMapResponse {
            outcome: Some(outcome),
        }))
    }

    async fn get_route_map(
        &self,
        request: Request<GetRouteMapRequest>,
    ) -> Result<Response<GetRouteMapResponse>, Status> {
        let request = request.into_inner();
        let found = self
            .handle
            .ask(move |plane, _| plane.route_map(request.version, request.with_baseline));
        found.await?.map(Response::new).map_err(absent)
    }

    async fn get_status(
        &self,
        _: Request<GetStatusRequest>,
    ) -> Result<Response<GetStatusResponse>, Status> {
        let found = self.handle.ask(|plane, now| plane.status(now));
        found.await?.map(Response::new).ok_or_else(no_engine_yet)
    }
}

/// Says within its span what was decided, also if whoever asked has gone.
fn note(decided: &Result<Applied, Refusal>) {
    match decided {
        Ok(applied) => tracing::info!(
            revision = applied.revision,
            engines = applied.engines,
            unchanged = applied.unchanged,
            "accepted"
        ),
        // In quotes and escaped: names come from outside.
        Err(refusal) => tracing::warn!(why = ?refusal.message, "refused"),
    }
}

/// Counts what somebody may not change.
fn deny(rpc: &'static str, meters: &Meters, decided: &Result<Applied, Refusal>) {
    let first = decided.as_ref().err().and_then(|r| r.violations.first());
    if first.is_some_and(|first| first.code == "forbidden") {
        meters.denied.add(rpc, Reason::Change.as_str());
    }
}

fn count(
    updates: &Updates,
    version: Option<u64>,
    decided: &Result<Applied, Refusal>,
    took: Duration,
) {
    match decided {
        Ok(_) => updates.accept(took),
        Err(refusal) => updates.refuse(version, refusal),
    }
}

/// What somebody may change, and force.
fn may(pass: &Pass) -> impl Fn(&str, &str, bool) -> bool {
    |kind, name, forced| match forced {
        true => pass.rights.may_force(kind, name),
        false => pass.rights.may_change(kind, name),
    }
}

/// Somebody, for the plane.
fn caller<'a>(pass: &'a Pass, may: May<'a>) -> Caller<'a> {
    Caller {
        who: &pass.who,
        may: (!pass.rights.may_change_all()).then_some(may),
    }
}

fn absent(why: Absent) -> Status {
    match why {
        Absent::NoEngineYet => no_engine_yet(),
        Absent::Unknown(version) => Status::not_found(format!(
            "version {version} was never pushed here (see ListVersions; 0 is the baseline)"
        )),
        Absent::Unfit(0) => Status::failed_precondition(
            "most engines are of a build that does not take what is to be served",
        ),
        Absent::Unfit(version) => Status::failed_precondition(format!(
            "most engines are of a build that does not take version {version}"
        )),
        Absent::Fault(why) => Status::internal(why),
    }
}

fn no_engine_yet() -> Status {
    Status::failed_precondition(
        "no engine was ever here, so no baseline is known; start one, then ask again",
    )
}

fn how(rollout: Option<Rollout>) -> Result<How, Status> {
    let Some(Rollout { stages, bake_ms }) = rollout else {
        return Ok(How::default());
    };
    let stages = match stages.as_slice() {
        [] => None,
        texts => {
            let read = Stages::parse(texts);
            Some(read.map_err(|why| Status::invalid_argument(format!("rollout.stages: {why}")))?)
        }
    };
    let bake = bake_ms.map(Duration::from_millis);
    if bake.is_some_and(|bake| bake > BAKE_MAX) {
        return Err(Status::invalid_argument("rollout.bake_ms: at most a day"));
    }
    Ok(How { stages, bake })
}
