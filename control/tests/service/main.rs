//! RouteService over a real socket: what each call does, and what it leaves alone.

mod push;
mod server;
mod state;

use std::net::SocketAddr;
use std::time::Duration;

use prost::Message;
use routewright::{Digest, RouteCell, RouteTable};
use routewright_control::client::{BlockingClient, Client, ClientError};
use routewright_schema::pb::rollback_route_map_request::Target;
use routewright_schema::pb::{
    self, Applied, Mode, Refusal, RollbackRouteMapRequest, RouteMap, Source,
    rollback_route_map_response, scalar::Kind, setting_value::Value, update_route_map_response,
};
use routewright_tests::fixture;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Server};

type Cell = RouteCell<fixture::Catalog>;

/// A cell that lives as long as the test binary.
fn cell() -> &'static Cell {
    Box::leak(Box::new(RouteCell::new(&fixture::TABLE)))
}

async fn serve(cell: &'static Cell) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().add_routes(routewright_control::Engine::new(cell).routes());
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

async fn channel(cell: &'static Cell) -> Channel {
    Channel::from_shared(format!("http://{}", serve(cell).await))
        .unwrap()
        .connect()
        .await
        .unwrap()
}

async fn client(cell: &'static Cell) -> Client {
    Client::connect(&format!("http://{}", serve(cell).await))
        .await
        .unwrap()
}

fn overlay(version: u64) -> RouteMap {
    RouteMap {
        mode: Mode::Overlay.into(),
        version,
        ..Default::default()
    }
}

fn set(mut map: RouteMap, name: &str, kind: Kind) -> RouteMap {
    let value = Some(Value::Scalar(pb::Scalar { kind: Some(kind) }));
    map.settings.push(pb::SettingValue {
        name: name.to_owned(),
        value,
    });
    map
}

fn spawn_rate(version: u64, rate: f64) -> RouteMap {
    set(overlay(version), "spawn_rate", Kind::FloatValue(rate))
}

fn route(name: &str, to: u32) -> pb::ResolvedRoute {
    pb::ResolvedRoute {
        name: name.to_owned(),
        to: vec![to],
        ..Default::default()
    }
}

async fn push(client: &mut Client, map: &RouteMap, dry_run: bool) -> Result<Applied, Refusal> {
    match client
        .push(map.encode_to_vec(), dry_run)
        .await
        .unwrap()
        .outcome
        .unwrap()
    {
        update_route_map_response::Outcome::Applied(applied) => Ok(applied),
        update_route_map_response::Outcome::Refusal(refusal) => Err(refusal),
    }
}

fn to(target: Option<Target>) -> RollbackRouteMapRequest {
    RollbackRouteMapRequest {
        target,
        ..Default::default()
    }
}

async fn rollback(
    client: &mut Client,
    request: RollbackRouteMapRequest,
) -> Result<Applied, Refusal> {
    match client.rollback(request).await.unwrap().outcome.unwrap() {
        rollback_route_map_response::Outcome::Applied(applied) => Ok(applied),
        rollback_route_map_response::Outcome::Refusal(refusal) => Err(refusal),
    }
}

fn codes(refusal: &Refusal) -> Vec<&str> {
    refusal.violations.iter().map(|v| v.code.as_str()).collect()
}

fn lines(applied: &Applied) -> Vec<String> {
    applied
        .changes
        .iter()
        .map(|c| format!("{} {}: {} -> {}", c.kind, c.name, c.before, c.after))
        .collect()
}
