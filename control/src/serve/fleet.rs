//! FleetService: streams of engines, and questions about all of them.

use std::sync::Arc;
use std::time::Duration;

use routewright_schema::pb::watch_route_map_request::Message;
use routewright_schema::pb::{
    GetFleetRequest, GetFleetResponse, ListDeniedRequest, ListDeniedResponse, ListVersionsRequest,
    ListVersionsResponse, RolloutState, WatchRolloutRequest, WatchRolloutResponse,
    WatchRouteMapRequest, WatchRouteMapResponse,
};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::access::{Access, Pass, REVOKED, Reason};
use super::actor::Handle;
use super::gate::pass;
use super::meters::Closed;
use super::stream::Outbox;
use crate::plane::attempts_of;
use crate::rpc::fleet_service_server::FleetService;

/// How long an engine may take to say Hello.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// Between two steps of a rollout that are told.
const STEP: Duration = Duration::from_millis(25);

/// FleetService of a plane.
pub struct Fleet {
    handle: Handle,
    access: Arc<Access>,
}

impl Fleet {
    pub fn new(handle: Handle, access: Arc<Access>) -> Fleet {
        Fleet { handle, access }
    }
}

/// Ends when somebody may no longer be an engine of that name, by the rules or because their
/// certificate is revoked; with the reason.
async fn withdrawn(access: Arc<Access>, pass: Pass, name: String) -> (Status, Closed) {
    let mut changes = access.changes();
    while access.rights(&pass).may_watch_as(&name) {
        if changes.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
    match access.revoked(&pass) {
        true => (Status::unauthenticated(REVOKED), Closed::Revoked),
        false => (
            Status::permission_denied(not_that(&pass, &name)),
            Closed::Withdrawn,
        ),
    }
}

fn not_that(pass: &Pass, name: &str) -> String {
    format!(
        "{} may not watch as the engine {name:?}; a rule of the control plane (--allow) must say so",
        pass.who
    )
}

/// What has become of a rollout since; `None`: the plane has ended. Many engines answer at
/// once, and what they do together is told together; what completes it, at once.
async fn changed(
    progress: &mut watch::Receiver<Option<RolloutState>>,
    last: &RolloutState,
) -> Option<RolloutState> {
    let other = |now: &Option<RolloutState>| now.as_ref().is_some_and(|now| now != last);
    progress.wait_for(other).await.ok()?;
    let tells = |now: &Option<RolloutState>| {
        now.as_ref()
            .is_some_and(|now| now.revision != last.revision || now.waiting_for.is_empty())
    };
    let in_time = tokio::time::timeout(STEP, progress.wait_for(tells)).await;
    // Either way it is another one by now.
    drop(in_time);
    progress.borrow_and_update().clone()
}

#[tonic::async_trait]
impl FleetService for Fleet {
    type WatchRouteMapStream = ReceiverStream<Result<WatchRouteMapResponse, Status>>;

    async fn watch_route_map(
        &self,
        request: Request<Streaming<WatchRouteMapRequest>>,
    ) -> Result<Response<Self::WatchRouteMapStream>, Status> {
        let pass = pass(&request)?;
        let mut said = request.into_inner();
        let first = tokio::time::timeout(HELLO_WITHIN, said.message()).await;
        let first = first.map_err(|_| Status::deadline_exceeded("no Hello came"))??;
        let Some(Message::Hello(hello)) = first.and_then(|first| first.message) else {
            return Err(Status::invalid_argument("the first message must be Hello"));
        };
        if !pass.rights.may_watch_as(&hello.name) {
            let why = not_that(&pass, &hello.name);
            let status = Status::permission_denied(&*why);
            let (call, reason) = ("WatchRouteMap", Reason::EngineName.as_str());
            self.handle.meters().denied.add(call, reason);
            let denied = self
                .handle
                .denied(pass.who, "WatchRouteMap".to_owned(), why);
            denied.await;
            return Err(status);
        }
        let withdrawn = withdrawn(self.access.clone(), pass, hello.name.clone());
        let outbox = Arc::new(Outbox::default());
        let stream = self.handle.open(hello, outbox.clone()).await?;
        let (to, told) = mpsc::channel(1);
        let handle = self.handle.clone();
        tokio::spawn(async move {
            let heard = async {
                while let Some(request) = said.message().await? {
                    if let Some(message) = request.message {
                        handle.said(stream, message).await?;
                    }
                }
                Ok(())
            };
            let closed = async {
                let (status, closed) = withdrawn.await;
                handle.meters().closed(closed);
                // Also if it reads nothing: what it says counts no more.
                handle.gone(stream).await;
                outbox.close(status);
                std::future::pending::<()>().await;
            };
            // Whichever side ends first.
            let ended: Result<(), Status> = tokio::select! {
                ended = heard => ended,
                () = closed => Ok(()),
                () = outbox.clone().drain(to.clone()) => Ok(()),
            };
            handle.gone(stream).await;
            if let Err(why) = ended {
                // Nobody may be there to read it.
                let _told = to.send(Err(why)).await;
            }
        });
        Ok(Response::new(ReceiverStream::new(told)))
    }

    async fn list_versions(
        &self,
        request: Request<ListVersionsRequest>,
    ) -> Result<Response<ListVersionsResponse>, Status> {
        let request = request.into_inner();
        let found = self
            .handle
            .ask(move |plane, _| plane.versions(&request))
            .await?;
        found
            .map(Response::new)
            .map_err(|fault| Status::internal(fault.to_string()))
    }

    async fn get_fleet(
        &self,
        _: Request<GetFleetRequest>,
    ) -> Result<Response<GetFleetResponse>, Status> {
        self.handle
            .ask(|plane, now| plane.fleet(now))
            .await
            .map(Response::new)
    }

    async fn list_denied(
        &self,
        request: Request<ListDeniedRequest>,
    ) -> Result<Response<ListDeniedResponse>, Status> {
        let request = request.into_inner();
        let limit = attempts_of(&request);
        let found = self
            .handle
            .ask(move |plane, _| plane.attempts(&request))
            .await?;
        let mut found = found.map_err(|fault| Status::internal(fault.to_string()))?;
        let attempts = &mut found.attempts;
        attempts.extend(self.handle.meters().handshakes.recent());
        attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.last_ms));
        attempts.truncate(limit);
        Ok(Response::new(found))
    }

    type WatchRolloutStream = ReceiverStream<Result<WatchRolloutResponse, Status>>;

    async fn watch_rollout(
        &self,
        request: Request<WatchRolloutRequest>,
    ) -> Result<Response<Self::WatchRolloutStream>, Status> {
        let revision = request.into_inner().revision;
        let mut progress = self.handle.progress();
        let Some(mut state) = self.handle.rollout(revision).await? else {
            return Err(Status::not_found(format!(
                "revision {revision} is not being rolled out, and its end is not remembered; see ListVersions"
            )));
        };
        let (to, told) = mpsc::channel(1);
        let handle = self.handle.clone();
        tokio::spawn(async move {
            loop {
                let ended = !state.outcome.is_empty() || state.state == "done";
                let step = WatchRolloutResponse {
                    rollout: Some(state.clone()),
                };
                if to.send(Ok(step)).await.is_err() || ended {
                    return;
                }
                let Some(next) = changed(&mut progress, &state).await else {
                    return;
                };
                state = match next.revision == revision {
                    true => next,
                    // Another one has begun, so this one has ended.
                    false => match handle.rollout(revision).await {
                        Ok(Some(state)) => state,
                        Ok(None) | Err(_) => return,
                    },
                };
            }
        });
        Ok(Response::new(ReceiverStream::new(told)))
    }
}
