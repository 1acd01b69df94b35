//! RouteService: calls to the cell of an engine, and their answers.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use routewright::{Accepted, Catalog, Now, Refused, RouteCell, Target};
use routewright_schema::format::message::DESCRIPTORS;
use routewright_schema::pb::{
    Applied, GetRouteMapRequest, GetRouteMapResponse, GetStatusRequest, GetStatusResponse, Refusal,
    RollbackRouteMapRequest, RollbackRouteMapResponse, Rollout, UpdateRouteMapRequest,
    UpdateRouteMapResponse, rollback_route_map_request, rollback_route_map_response,
    update_route_map_response,
};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tonic::{Request, Response, Status};
use tonic_health::ServingStatus;

use crate::answer;
use crate::engine::Engine;
use crate::rpc::route_service_server::{self, RouteServiceServer};

/// The name of the service, as health and reflection know it.
pub const NAME: &str = route_service_server::SERVICE_NAME;

/// Bytes that a request may have beyond the largest push. A push that is a little too
/// large is then refused by the cell, which says so better than the transport.
const REQUEST_SLACK: usize = 1 << 20;

impl<C: Catalog> Engine<C> {
    /// Everything that an engine should answer: RouteService, health and reflection.
    ///
    /// Health says SERVING for "" and for [`NAME`]: a cell always serves, if only its
    /// baseline. A host whose health depends on more adds [`service`](Self::service) and
    /// its own.
    pub fn routes(self) -> tonic::service::Routes {
        let (reporter, health) = tonic_health::server::health_reporter();
        // Nobody else has the reporter, and outside a task's budget its lock is there at
        // once; so this is ready at the first poll, and needs no runtime.
        let serving =
            tokio::task::unconstrained(reporter.set_service_status(NAME, ServingStatus::Serving));
        let _ready = pin!(serving).poll(&mut Context::from_waker(Waker::noop()));
        let mut routes = tonic::service::Routes::builder();
        routes.add_service(self.service()).add_service(health);
        // They fail only on bad descriptors. Ours are compiled in, and a test asks both.
        if let Ok(v1) = reflection().build_v1() {
            routes.add_service(v1);
        }
        if let Ok(v1alpha) = reflection().build_v1alpha() {
            routes.add_service(v1alpha);
        }
        routes.routes()
    }

    /// RouteService alone. Takes requests as large as the cell takes pushes.
    pub fn service(self) -> RouteServiceServer<Service<C>> {
        let limits = self.cell.limits();
        let request_max = limits.push_bytes_max.saturating_add(REQUEST_SLACK);
        RouteServiceServer::new(Service {
            engine: self,
            turn: Arc::default(),
        })
        .max_decoding_message_size(request_max)
        .max_encoding_message_size(usize::MAX)
    }
}

fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

/// RouteService over an engine; see [`Engine::service`].
#[derive(Clone)]
pub struct Service<C: Catalog> {
    engine: Engine<C>,
    /// Held by whoever builds a table, which may take 8 times the push and the baseline
    /// of memory: pushes that come at once are built one after the other.
    turn: Arc<Mutex<()>>,
}

impl<C: Catalog> Service<C> {
    /// Does something with the cell where it may take its time.
    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&'static RouteCell<C>) -> T + Send + 'static,
    ) -> Result<T, Status> {
        let cell = self.engine.cell;
        tokio::task::spawn_blocking(move || job(cell))
            .await
            .map_err(|fault| Status::internal(format!("the engine failed in this call: {fault}")))
    }

    /// Decides something, and puts it into an answer. Whoever hangs up meanwhile does not
    /// stop it.
    async fn decide(
        &self,
        kind: &'static str,
        turn: Option<OwnedMutexGuard<()>>,
        dry_run: bool,
        job: impl FnOnce(&'static RouteCell<C>) -> Result<Accepted<C>, Refused> + Send + 'static,
    ) -> Result<Result<Applied, Refusal>, Status> {
        let began = Instant::now();
        let engine = self.engine.clone();
        // Whoever called may have a span around this; the thread that works knows of none.
        let span = tracing::info_span!("push", kind, dry_run);
        self.run(move |cell| {
            let _entered = span.enter();
            let decided = job(cell);
            drop(turn);
            let took = began.elapsed();
            note(&decided, took);
            let apply_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
            match decided {
                Ok(accepted) => {
                    if !dry_run {
                        engine.pushes.accept(took);
                    }
                    let mut applied = answer::applied(&accepted, dry_run, apply_ns);
                    let kept = engine.persistence().filter(|_| !dry_run);
                    applied.not_kept = kept.map_or(String::new(), |kept| kept.fault);
                    Ok(applied)
                }
                Err(refused) => {
                    let refusal = answer::refusal(&refused);
                    if !dry_run {
                        engine.pushes.refuse(None, &refusal);
                    }
                    Err(refusal)
                }
            }
        })
        .await
    }
}

/// Says within its span what came of it.
fn note<C: Catalog>(decided: &Result<Accepted<C>, Refused>, took: Duration) {
    match decided {
        Ok(accepted) => tracing::info!(serving = accepted.after.version(), ?took, "taken"),
        // In quotes and escaped: names come from outside.
        Err(refused) => tracing::warn!(why = ?refused.to_string(), "refused"),
    }
}

#[tonic::async_trait]
impl<C: Catalog> route_service_server::RouteService for Service<C> {
    async fn update_route_map(
        &self,
        request: Request<UpdateRouteMapRequest>,
    ) -> Result<Response<UpdateRouteMapResponse>, Status> {
        use update_route_map_response::Outcome;
        let UpdateRouteMapRequest {
            route_map,
            dry_run,
            rollout,
        } = request.into_inner();
        no_rollout(rollout.as_ref())?;
        let turn = self.turn.clone().lock_owned().await;
        let decided = self
            .decide("push", Some(turn), dry_run, move |cell| match dry_run {
                true => cell.dry_run(&route_map),
                false => cell.publish(&route_map),
            })
            .await?;
        let outcome = Some(decided.map_or_else(Outcome::Refusal, Outcome::Applied));
        Ok(Response::new(UpdateRouteMapResponse { outcome }))
    }

    async fn rollback_route_map(
        &self,
        request: Request<RollbackRouteMapRequest>,
    ) -> Result<Response<RollbackRouteMapResponse>, Status> {
        use rollback_route_map_response::Outcome;
        let RollbackRouteMapRequest {
            target,
            expected_serving,
            dry_run,
            reason,
            rollout,
        } = request.into_inner();
        no_rollout(rollout.as_ref())?;
        let target = rollback_target(target)?;
        // It builds nothing, and waits for nobody who does.
        let decided = self
            .decide("rollback", None, dry_run, move |cell| match dry_run {
                true => cell.rollback_dry_run(target, expected_serving),
                false => cell.rollback(target, expected_serving, &reason),
            })
            .await?;
        let outcome = Some(decided.map_or_else(Outcome::Refusal, Outcome::Applied));
        Ok(Response::new(RollbackRouteMapResponse { outcome }))
    }

    async fn get_route_map(
        &self,
        request: Request<GetRouteMapRequest>,
    ) -> Result<Response<GetRouteMapResponse>, Status> {
        let request = request.into_inner();
        let version = request.version.unwrap_or_default();
        self.run(move |cell| answer::route_map(cell, &cell.status(), &request))
            .await?
            .map(Response::new)
            .ok_or_else(|| {
                Status::not_found(format!("version {version} is not kept; see GetStatus"))
            })
    }

    async fn get_status(
        &self,
        _: Request<GetStatusRequest>,
    ) -> Result<Response<GetStatusResponse>, Status> {
        let engine = self.engine.clone();
        let answer = self.run(move |cell| {
            let now = Now::read();
            GetStatusResponse {
                // Waits for whoever writes to the disk.
                persistence: engine.persistence(),
                ..answer::status(cell, &cell.status_at(now), now)
            }
        });
        Ok(Response::new(answer.await?))
    }
}

/// Whoever wants several engines to be told in stages has called one of them.
fn no_rollout(rollout: Option<&Rollout>) -> Result<(), Status> {
    match rollout {
        None => Ok(()),
        Some(_) => Err(Status::invalid_argument(
            "rollout: this is one engine, and only a control plane rolls out; leave it away, or call that",
        )),
    }
}

pub(crate) fn rollback_target(
    target: Option<rollback_route_map_request::Target>,
) -> Result<Target, Status> {
    use rollback_route_map_request::Target as Asked;
    match target {
        Some(Asked::Previous(true)) => Ok(Target::Previous),
        Some(Asked::Version(version)) => Ok(Target::Version(version)),
        Some(Asked::Previous(false)) => Err(Status::invalid_argument(
            "target: `previous` is false, which says nothing; set it to true, or give a `version` (0 is the baseline)",
        )),
        None => Err(Status::invalid_argument(
            "target: not given; set `previous` to true, or give a `version` (0 is the baseline)",
        )),
    }
}
