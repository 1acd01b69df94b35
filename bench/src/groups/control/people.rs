//! Whoever pushes, and waits for the end of what that began.

use std::time::Instant;

use prost::Message as _;
use routewright_control::rpc::fleet_service_client::FleetServiceClient;
use routewright_control::rpc::route_service_client::RouteServiceClient;
use routewright_schema::pb::{
    GetFleetRequest, GetFleetResponse, RollbackRouteMapRequest, RolloutState, RouteMap,
    UpdateRouteMapRequest, WatchRolloutRequest, rollback_route_map_request,
    rollback_route_map_response, update_route_map_response,
};
use tonic::transport::Channel;

/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// One who pushes the same routes again and again, each time with a difference.
pub struct Pusher {
    routes: RouteServiceClient<Channel>,
    fleet: FleetServiceClient<Channel>,
    /// What was pushed last.
    pub map: RouteMap,
}

/// To all engines at once.
fn at_once() -> Option<routewright_schema::pb::Rollout> {
    Some(routewright_schema::pb::Rollout {
        stages: vec!["100%".to_owned()],
        bake_ms: Some(0),
    })
}

impl Pusher {
    /// Of these routes.
    pub async fn new(url: &str, map: RouteMap) -> Pusher {
        let endpoint = tonic::transport::Endpoint::from_shared(url.to_owned()).expect("a URL");
        let channel = endpoint.connect().await.expect("it listens");
        let fleet = FleetServiceClient::new(channel.clone());
        Pusher {
            routes: RouteServiceClient::new(channel),
            fleet: fleet.max_decoding_message_size(ANSWER_BYTES_MAX),
            map,
        }
    }

    /// The next push, as bytes.
    pub fn next(&mut self) -> Vec<u8> {
        self.map.version += 1;
        let at = self.map.version as usize % self.map.routes.len();
        let retries = &mut self.map.routes[at].retries;
        *retries = (*retries + 1) % 10;
        self.map.encode_to_vec()
    }

    /// Pushes; the revision of what that began.
    pub async fn push(&mut self, route_map: Vec<u8>) -> u64 {
        let request = UpdateRouteMapRequest {
            route_map,
            dry_run: false,
            rollout: at_once(),
        };
        let answer = self.routes.update_route_map(request).await;
        match answer.expect("an answer").into_inner().outcome {
            Some(update_route_map_response::Outcome::Applied(applied)) => applied.revision,
            other => panic!("the push was not taken: {other:?}"),
        }
    }

    /// Goes back to the version before.
    pub async fn roll_back(&mut self) -> u64 {
        let request = RollbackRouteMapRequest {
            target: Some(rollback_route_map_request::Target::Previous(true)),
            rollout: at_once(),
            ..RollbackRouteMapRequest::default()
        };
        let answer = self.routes.rollback_route_map(request).await;
        match answer.expect("an answer").into_inner().outcome {
            Some(rollback_route_map_response::Outcome::Applied(applied)) => applied.revision,
            other => panic!("the rollback was not taken: {other:?}"),
        }
    }

    /// Waits until all is written down.
    pub async fn end_of(&mut self, revision: u64) -> RolloutState {
        self.follow(revision).await.1
    }

    /// When it was known that all engines have it, and the end of it, which is known when it is
    /// in the ledger.
    pub async fn follow(&mut self, revision: u64) -> (Instant, RolloutState) {
        let request = WatchRolloutRequest { revision };
        let answer = self.fleet.watch_rollout(request).await;
        let mut steps = answer.expect("it is known").into_inner();
        let (mut last, mut acknowledged) = (None, None);
        // To its end: a stream that is dropped before is reset, and a connection bears so many
        // of those.
        while let Some(step) = steps.message().await.expect("a step") {
            last = step.rollout;
            if last
                .as_ref()
                .is_some_and(|state| state.acknowledged == state.engines)
            {
                acknowledged.get_or_insert_with(Instant::now);
            }
        }
        let last = last.expect("it ends in an outcome");
        assert_eq!(last.state, "done", "{last:?}");
        (acknowledged.expect("they have acknowledged it"), last)
    }

    /// All engines, as the control plane knows them.
    pub async fn fleet(&mut self) -> GetFleetResponse {
        let answer = self.fleet.get_fleet(GetFleetRequest {}).await;
        answer.expect("an answer").into_inner()
    }
}
