//! Calls to the cell.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use routewright::{Accepted, Catalog, Now, Refused, RouteCell, Target};
use routewright_schema::format::message::DESCRIPTORS;
use routewright_schema::pb::{
    Applied, GetRouteMapRequest, GetRouteMapResponse, GetStatusRequest, GetStatusResponse, Refusal,
    RollbackRouteMapRequest, RollbackRouteMapResponse, UpdateRouteMapRequest,
    UpdateRouteMapResponse, rollback_route_map_request, rollback_route_map_response,
    update_route_map_response,
};
use tokio::sync::Mutex;
use tonic::{Request, Response, Status};
use tonic_health::ServingStatus;

use crate::answer;
use crate::rpc::route_service_server::{self, RouteServiceServer};

/// The name of the service, as health and reflection know it.
pub const NAME: &str = route_service_server::SERVICE_NAME;

/// Bytes that a request may have beyond the largest push. A push that is a little too
/// large is then refused by the cell, which says so better than the transport.
const REQUEST_SLACK: usize = 1 << 20;

/// Everything that an engine should answer: RouteService, health and reflection.
///
/// Health says SERVING for "" and for [`NAME`]: a cell always serves, if only its
/// baseline. A host whose health depends on more adds [`service`] and its own.
pub fn routes<C: Catalog>(cell: &'static RouteCell<C>) -> tonic::service::Routes {
    let (reporter, health) = tonic_health::server::health_reporter();
    // Nobody else has the reporter, and outside a task's budget its lock is there at
    // once; so this is ready at the first poll, and needs no runtime.
    let serving =
        tokio::task::unconstrained(reporter.set_service_status(NAME, ServingStatus::Serving));
    let _ready = pin!(serving).poll(&mut Context::from_waker(Waker::noop()));
    let mut routes = tonic::service::Routes::builder();
    routes.add_service(service(cell)).add_service(health);
    // They fail only on bad descriptors. Ours are compiled in, and a test asks both.
    if let Ok(v1) = reflection().build_v1() {
        routes.add_service(v1);
    }
    if let Ok(v1alpha) = reflection().build_v1alpha() {
        routes.add_service(v1alpha);
    }
    routes.routes()
}

fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

/// RouteService alone. Takes requests as large as the cell takes pushes.
pub fn service<C: Catalog>(cell: &'static RouteCell<C>) -> RouteServiceServer<Service<C>> {
    let request_max = cell.limits().push_bytes_max.saturating_add(REQUEST_SLACK);
    RouteServiceServer::new(Service {
        cell,
        turn: Arc::default(),
    })
    .max_decoding_message_size(request_max)
    .max_encoding_message_size(usize::MAX)
}

/// Ends leases: calls [`RouteCell::expire`] every so often, for ever. To be spawned by
/// the host; without it a lease ends only when the next push comes.
pub async fn tick<C: Catalog>(cell: &'static RouteCell<C>, every: Duration) {
    let every = every.max(Duration::from_millis(1));
    loop {
        tokio::time::sleep(every).await;
        // Off the task's thread, for a publisher may hold the lock. An error is a panic
        // in the host's hook, which is no reason to keep other leases alive.
        let _ended = tokio::task::spawn_blocking(|| cell.expire(Now::read())).await;
    }
}

/// RouteService over a cell; see [`service`].
#[derive(Clone)]
pub struct Service<C: Catalog> {
    cell: &'static RouteCell<C>,
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
        let cell = self.cell;
        tokio::task::spawn_blocking(move || job(cell))
            .await
            .map_err(|fault| Status::internal(format!("the engine failed in this call: {fault}")))
    }

    /// The same, one at a time. Whoever hangs up meanwhile does not stop it.
    async fn decide(
        &self,
        dry_run: bool,
        job: impl FnOnce(&'static RouteCell<C>) -> Result<Accepted<C>, Refused> + Send + 'static,
    ) -> Result<Result<Applied, Refusal>, Status> {
        let received = Instant::now();
        let turn = self.turn.clone().lock_owned().await;
        self.run(move |cell| {
            let decided = job(cell);
            drop(turn);
            let apply_ns = u64::try_from(received.elapsed().as_nanos()).unwrap_or(u64::MAX);
            match decided {
                Ok(accepted) => Ok(answer::applied(&accepted, dry_run, apply_ns)),
                Err(refused) => Err(answer::refusal(&refused)),
            }
        })
        .await
    }
}

#[tonic::async_trait]
impl<C: Catalog> route_service_server::RouteService for Service<C> {
    async fn update_route_map(
        &self,
        request: Request<UpdateRouteMapRequest>,
    ) -> Result<Response<UpdateRouteMapResponse>, Status> {
        use update_route_map_response::Outcome;
        let UpdateRouteMapRequest { route_map, dry_run } = request.into_inner();
        let decided = self
            .decide(dry_run, move |cell| match dry_run {
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
        } = request.into_inner();
        let target = rollback_target(target)?;
        let decided = self
            .decide(dry_run, move |cell| match dry_run {
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
        let answer = self
            .run(|cell| {
                let now = Now::read();
                answer::status(cell, &cell.status_at(now), now)
            })
            .await?;
        Ok(Response::new(answer))
    }
}

fn rollback_target(target: Option<rollback_route_map_request::Target>) -> Result<Target, Status> {
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
