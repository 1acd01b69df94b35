//! Engines that open a stream, and then never read it. Their connections live: they answer
//! pings, so nobody takes them for dead.

use routewright::{Image, Limits, RouteCell, RouteTable, Untyped};
use routewright_control::follow::{Agent, Identity};
use routewright_control::rpc::fleet_service_client::FleetServiceClient;
use routewright_schema::pb::{WatchRouteMapRequest, WatchRouteMapResponse};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::Endpoint;

/// A stream, kept open from both ends.
pub struct Stalled {
    _told: Streaming<WatchRouteMapResponse>,
    _say: mpsc::Sender<WatchRouteMapRequest>,
}

/// So many of them, each on a connection of its own.
pub async fn open(count: usize, baseline: &RouteTable<Image>, url: &str) -> Vec<Stalled> {
    let cell: RouteCell<Untyped> =
        RouteCell::open(baseline.as_image(), Limits::DEFAULT).expect("our own image");
    let mut all = Vec::with_capacity(count);
    for at in 0..count {
        let identity = Identity {
            name: format!("stalled-{at}"),
            labels: Vec::new(),
        };
        let hello = Agent::default().hello(&identity, &cell, false, routewright::Now::read());
        let endpoint = Endpoint::from_shared(url.to_owned()).expect("a URL");
        let channel = endpoint.connect().await.expect("it listens");
        let (say, said) = mpsc::channel(1);
        say.send(hello).await.expect("there is room");
        let told = FleetServiceClient::new(channel)
            .watch_route_map(ReceiverStream::new(said))
            .await;
        all.push(Stalled {
            _told: told.expect("a stream").into_inner(),
            _say: say,
        });
    }
    all
}
