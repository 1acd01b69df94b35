//! A control plane to talk to, over a real socket, and engines that follow it.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use routewright::{Now, RouteCell};
use routewright_control::client::BlockingClient;
use routewright_control::follow::{Agent, Follower, Identity};
use routewright_control::plane::Config;
use routewright_control::rpc::fleet_service_client::FleetServiceClient;
use routewright_control::serve::Control;
use routewright_schema::pb::watch_route_map_request::Message as Said;
use routewright_schema::pb::watch_route_map_response::Message as Told;
use routewright_schema::pb::{Nack, Refusal, WatchRouteMapRequest};
use routewright_tests::fixture;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::transport::Server;

/// What an engine serves from.
pub type Cell = RouteCell<fixture::Catalog>;

/// Nothing here takes longer, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(20);

/// A control plane and its engines.
pub struct Fleet {
    runtime: Runtime,
    control: Option<Control>,
    address: SocketAddr,
    ledger: PathBuf,
    config: Config,
}

impl Fleet {
    /// Without engines; its ledger lies in `folder`.
    pub fn start(folder: &Path, config: Config) -> Fleet {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let mut fleet = Fleet {
            runtime,
            control: None,
            address: "127.0.0.1:0".parse().unwrap(),
            ledger: folder.join("ledger.redb"),
            config,
        };
        fleet.serve();
        fleet
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Begins, or begins again where it was.
    pub fn serve(&mut self) {
        let _within = self.runtime.enter();
        let listener = self.runtime.block_on(TcpListener::bind(self.address));
        let listener = listener.unwrap();
        self.address = listener.local_addr().unwrap();
        let control = Control::start(&self.ledger, self.config.clone()).unwrap();
        self.runtime.spawn(
            Server::builder()
                .add_routes(control.routes())
                .serve_with_incoming_shutdown(TcpListenerStream::new(listener), {
                    let handle = control.handle().clone();
                    async move {
                        // Until it is stopped, it answers.
                        while handle.ask(|_, _| ()).await.is_ok() {
                            tokio::time::sleep(Duration::from_millis(10)).await;
                        }
                    }
                }),
        );
        self.control = Some(control);
    }

    /// Ends it; the engines stay.
    pub fn stop(&mut self) {
        let control = self.control.take().unwrap();
        self.runtime.block_on(control.stop(PATIENCE));
    }

    /// An engine that follows.
    pub fn engine(&self, name: &str, zone: &str) -> &'static Cell {
        let cell: &'static Cell = Box::leak(Box::new(RouteCell::new(&fixture::TABLE)));
        let follower = Follower::new(cell, [self.url()])
            .name(name)
            .label("zone", zone);
        self.runtime.spawn(follower.run());
        cell
    }

    /// Somebody tries what they may not do, so many times.
    pub fn denied(&self, who: &str, rpc: &str, why: &str, times: usize) {
        let control = self.control.as_ref().unwrap();
        let [who, rpc, why] = [who, rpc, why].map(str::to_owned);
        let noted = control.handle().ask(move |plane, now| {
            for _ in 0..times {
                plane.denied(&who, &rpc, &why, now);
            }
        });
        assert!(self.runtime.block_on(noted).is_ok());
    }

    /// An engine of another build, which says so and nothing else.
    pub fn other_build(&self, name: &str) {
        let (url, name) = (self.url(), name.to_owned());
        self.runtime.spawn(async move {
            let identity = Identity {
                name,
                labels: Vec::new(),
            };
            let cell: &'static Cell = Box::leak(Box::new(RouteCell::new(&fixture::TABLE)));
            let mut hello = Agent::default().hello(&identity, cell, false, Now::read());
            if let Some(Said::Hello(hello)) = &mut hello.message {
                hello.baseline_digest = vec![7; 16];
            }
            let (say, said) = mpsc::channel(4);
            say.send(hello).await.unwrap();
            let mut client = FleetServiceClient::connect(url).await.unwrap();
            let told = client.watch_route_map(ReceiverStream::new(said)).await;
            let mut told = told.unwrap().into_inner();
            while let Ok(Some(_)) = told.message().await {}
            drop(say);
        });
    }

    /// An engine that is told, and refuses for this reason; or says nothing at all.
    pub fn odd_engine(&self, name: &str, refuses: Option<&'static str>) {
        let (url, name) = (self.url(), name.to_owned());
        self.runtime.spawn(async move {
            let cell: &'static Cell = Box::leak(Box::new(RouteCell::new(&fixture::TABLE)));
            let (mut agent, identity) = (
                Agent::default(),
                Identity {
                    name,
                    labels: Vec::new(),
                },
            );
            let hello = agent.hello(&identity, cell, false, Now::read());
            let serving = match &hello.message {
                Some(Said::Hello(hello)) => hello.serving.clone(),
                _ => None,
            };
            let (say, said) = mpsc::channel(4);
            say.send(hello).await.unwrap();
            let mut client = FleetServiceClient::connect(url).await.unwrap();
            let told = client.watch_route_map(ReceiverStream::new(said)).await;
            let mut told = told.unwrap().into_inner();
            while let Ok(Some(response)) = told.message().await {
                let revision = response.revision;
                let answer = match (&response.message, refuses) {
                    (Some(Told::Update(_)), None) => continue,
                    (Some(Told::Update(_)), Some(why)) => Some(WatchRouteMapRequest {
                        message: Some(Said::Nack(Nack {
                            revision,
                            refusal: Some(Refusal {
                                message: why.to_owned(),
                                ..Refusal::default()
                            }),
                            needs_whole: false,
                            serving: serving.clone(),
                        })),
                    }),
                    _ => agent.take(response, cell, false, Now::read()),
                };
                if let Some(answer) = answer {
                    say.send(answer).await.unwrap();
                }
            }
        });
    }

    /// Waits until so many are connected, and all of their baselines are known.
    pub fn ready(&self, engines: usize) -> &Fleet {
        let mut client = BlockingClient::connect(&self.url()).unwrap();
        until("engines are there", || {
            let fleet = client.fleet().unwrap();
            let there = fleet.engines.iter().filter(|e| e.connected).count();
            there == engines && client.get(false).is_ok()
        });
        self
    }
}

/// Waits for something that comes by itself.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(
            began.elapsed() < PATIENCE,
            "not within {PATIENCE:?}: {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
