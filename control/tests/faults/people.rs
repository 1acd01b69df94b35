//! Whoever pushes, and looks what came of it.

use routewright_control::client::{Client, ClientError};
use routewright_control::rpc::fleet_service_client::FleetServiceClient;
use routewright_schema::pb::{
    self, Applied, Decision, GetFleetRequest, GetFleetResponse, ListVersionsRequest, Mode, Refusal,
    RolloutState, RouteMap, UpdateRouteMapResponse, WatchRolloutRequest, scalar::Kind,
    setting_value::Value, update_route_map_response::Outcome,
};
use routewright_schema::route_map;
use tonic::transport::{Channel, Endpoint};

/// A push that does nothing but say `content`, which makes its image what it is.
pub fn map(version: u64, content: u64) -> RouteMap {
    setting(version, "chunk", Kind::SizeBytes(content))
}

/// A push of one setting.
pub fn setting(version: u64, name: &str, kind: Kind) -> RouteMap {
    let scalar = pb::Scalar { kind: Some(kind) };
    RouteMap {
        mode: Mode::Overlay.into(),
        version,
        settings: vec![pb::SettingValue {
            name: name.to_owned(),
            value: Some(Value::Scalar(scalar)),
        }],
        ..RouteMap::default()
    }
}

pub struct People {
    client: Client,
    fleet: FleetServiceClient<Channel>,
}

impl People {
    pub async fn at(url: &str) -> Result<People, ClientError> {
        let endpoint = Endpoint::from_shared(url.to_owned()).map_err(ClientError::Connect)?;
        let channel = endpoint.connect().await.map_err(ClientError::Connect)?;
        Ok(People {
            client: Client::connect(url).await?,
            fleet: FleetServiceClient::new(channel).max_decoding_message_size(64 << 20),
        })
    }

    /// What the control plane makes of a push.
    pub async fn push(&mut self, map: &RouteMap) -> Result<Result<Applied, Refusal>, ClientError> {
        self.send(route_map::encode(map)).await
    }

    /// The same of any bytes.
    pub async fn send(&mut self, bytes: Vec<u8>) -> Result<Result<Applied, Refusal>, ClientError> {
        let UpdateRouteMapResponse { outcome } = self.client.push(bytes, false).await?;
        Ok(match outcome.expect("one or the other") {
            Outcome::Applied(applied) => Ok(applied),
            Outcome::Refusal(refusal) => Err(refusal),
        })
    }

    /// A push that is taken, to its end.
    pub async fn bring(&mut self, map: &RouteMap) -> RolloutState {
        let applied = loop {
            match self.push(map).await.unwrap() {
                Ok(applied) => break applied,
                // The baselines of engines that have just come are on their way.
                Err(refusal) if code(&refusal) == "not_ready" => {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
                Err(refusal) => panic!("{refusal:?}"),
            }
        };
        self.end_of(applied.revision).await
    }

    /// How a rollout ended.
    pub async fn end_of(&mut self, revision: u64) -> RolloutState {
        let request = WatchRolloutRequest { revision };
        let mut steps = self
            .fleet
            .watch_rollout(request)
            .await
            .unwrap()
            .into_inner();
        let mut last = None;
        while let Some(step) = steps.message().await.unwrap() {
            last = step.rollout;
        }
        let last = last.expect("a step at least");
        assert!(!last.outcome.is_empty(), "{last:?}");
        last
    }

    pub async fn fleet(&mut self) -> GetFleetResponse {
        self.fleet
            .get_fleet(GetFleetRequest {})
            .await
            .unwrap()
            .into_inner()
    }

    /// So many decisions, newest first.
    pub async fn log(&mut self, limit: u32) -> Vec<Decision> {
        let request = ListVersionsRequest {
            limit,
            ..ListVersionsRequest::default()
        };
        self.fleet
            .list_versions(request)
            .await
            .unwrap()
            .into_inner()
            .decisions
    }

    /// All decisions, newest first.
    pub async fn history(&mut self) -> Vec<Decision> {
        let mut all: Vec<Decision> = Vec::new();
        loop {
            let request = ListVersionsRequest {
                before: all.last().map_or(0, |decision| decision.revision),
                limit: 1_000,
                ..ListVersionsRequest::default()
            };
            let page = self
                .fleet
                .list_versions(request)
                .await
                .unwrap()
                .into_inner();
            all.extend(page.decisions);
            if !page.more {
                return all;
            }
        }
    }
}

/// The first reason.
pub fn code(refusal: &Refusal) -> &str {
    refusal.violations.first().map_or("", |v| v.code.as_str())
}
