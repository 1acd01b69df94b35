//! A control plane behind TLS and rules, on a real socket, and who calls it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use routewright::RouteCell;
use routewright_control::client::{Client, ClientError};
use routewright_control::follow::{Follower, Link};
use routewright_control::plane::{Config, Stages};
use routewright_control::rpc::fleet_service_client::FleetServiceClient;
use routewright_control::serve::{Access, Allow, Control, Files, Renewal, Tls};
use routewright_control::tls;
use routewright_schema::pb::scalar::Kind;
use routewright_schema::pb::setting_value::Value;
use routewright_schema::pb::update_route_map_response::Outcome;
use routewright_schema::pb::{
    self, Applied, GetFleetRequest, ListDeniedRequest, Mode, Refusal, RouteMap,
};
use routewright_schema::route_map;
use routewright_tests::fixture;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Server};

use crate::certificates::{Ca, Held};

pub type Cell = RouteCell<fixture::Catalog>;

/// Nothing here takes longer, or something is wrong.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct Plane {
    pub folder: PathBuf,
    pub address: SocketAddr,
    pub control: Control,
    pub access: Arc<Access>,
    pub tls: Option<Arc<Tls>>,
    pub allow: Option<Allow>,
    /// Takes up certificates that change on disk.
    pub renewal: Renewal,
}

/// A folder of its own for each test.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("security")
        .join(name);
    let _there_was_none = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

impl Plane {
    /// Without TLS. Rules may stand before it all the same.
    pub async fn plain(name: &str, rules: Option<&str>) -> Plane {
        Plane::start(name, None, rules).await
    }

    /// By TLS, with this certificate; clients need one of the CA.
    pub async fn secure(name: &str, server: &Held, clients: &Ca, rules: &str) -> Plane {
        Plane::with_ca(name, server, &clients.pem(), rules).await
    }

    /// The same, with the CA in PEM.
    pub async fn with_ca(name: &str, server: &Held, clients: &str, rules: &str) -> Plane {
        Plane::start(name, Some((server, clients, None)), Some(rules)).await
    }

    /// The same, with what several CAs have revoked.
    pub async fn with_lists(
        name: &str,
        server: &Held,
        clients: &str,
        lists: &str,
        rules: &str,
    ) -> Plane {
        Plane::start(name, Some((server, clients, Some(lists))), Some(rules)).await
    }

    async fn start(
        name: &str,
        tls: Option<(&Held, &str, Option<&str>)>,
        rules: Option<&str>,
    ) -> Plane {
        let folder = folder(name);
        let tls = tls.map(|(server, clients, lists)| {
            std::fs::write(folder.join("server.pem"), &server.cert).unwrap();
            std::fs::write(folder.join("server.key"), &server.key).unwrap();
            std::fs::write(folder.join("clients.pem"), clients).unwrap();
            let files = Files {
                cert: folder.join("server.pem"),
                key: folder.join("server.key"),
                client_ca: Some(folder.join("clients.pem")),
                client_crl: lists.map(|lists| {
                    std::fs::write(folder.join("revoked.pem"), lists).unwrap();
                    folder.join("revoked.pem")
                }),
            };
            Arc::new(Tls::open(files).unwrap())
        });
        let (allow, rules) = match rules {
            Some(rules) => {
                std::fs::write(folder.join("allow.yaml"), rules).unwrap();
                let (allow, rules) = Allow::open(folder.join("allow.yaml")).unwrap();
                (Some(allow), Some(rules))
            }
            None => (None, None),
        };
        let access = Arc::new(Access::new(rules));
        let config = Config {
            stages: Stages::off(),
            bake: Duration::ZERO,
            ..Config::default()
        };
        let control = Control::start(&folder.join("ledger.redb"), config).unwrap();
        let control = control.access(access.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder().add_routes(control.routes());
        let renewal = Renewal::new(tls.clone(), None, access.clone());
        let (incoming, counts) = (tls.clone(), control.clone());
        tokio::spawn(async move {
            match incoming {
                Some(tls) => {
                    server
                        .serve_with_incoming(tls.incoming(listener, &counts))
                        .await
                }
                None => {
                    server
                        .serve_with_incoming(TcpListenerStream::new(listener))
                        .await
                }
            }
        });
        Plane {
            folder,
            address,
            control,
            access,
            tls,
            allow,
            renewal,
        }
    }

    /// The page of figures.
    pub async fn figures(&self) -> String {
        use axum::body::{Body, to_bytes};
        use tonic::codegen::Service;
        let request = axum::http::Request::get("/metrics").body(Body::empty());
        let answer = self.control.pages().call(request.unwrap()).await.unwrap();
        let page = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(page.to_vec()).unwrap()
    }

    /// One of them, by its name with labels.
    pub async fn figure(&self, name: &str) -> Option<u64> {
        let page = self.figures().await;
        let mut samples = page.lines().filter_map(|line| line.rsplit_once(' '));
        let (_, value) = samples.find(|(sample, _)| *sample == name)?;
        Some(value.parse().unwrap())
    }

    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://localhost:{}", self.address.port())
    }

    pub async fn client(&self, tls: &tls::Tls) -> Client {
        Client::connect_with(&self.url(), tls).await.unwrap()
    }

    pub async fn fleet(&self, tls: &tls::Tls) -> FleetServiceClient<Channel> {
        let endpoint = tls.endpoint(&self.url()).unwrap();
        FleetServiceClient::new(endpoint.connect().await.unwrap())
    }

    /// Starts an engine and waits until it has come.
    pub async fn engine(&self, name: &str, tls: &tls::Tls) -> (&'static Cell, Link) {
        let (cell, link) = self.stranger(name, tls);
        until("the engine has come", || link.status().connected).await;
        // Its baseline is asked for; a push before that is refused.
        let began = Instant::now();
        loop {
            let handle = self.control.handle();
            let known = handle.ask(|plane, _| plane.route_map(None, false).is_ok());
            if known.await.unwrap() {
                break;
            }
            assert!(began.elapsed() < PATIENCE);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        (cell, link)
    }

    /// Starts an engine.
    pub fn stranger(&self, name: &str, tls: &tls::Tls) -> (&'static Cell, Link) {
        let cell: &'static Cell = Box::leak(Box::new(RouteCell::new(&fixture::TABLE)));
        let follower = Follower::new(cell, [self.url()])
            .name(name)
            .tls(tls.clone());
        let link = follower.link();
        tokio::spawn(follower.run());
        (cell, link)
    }

    /// What was turned away, newest first: who, what, why.
    pub async fn denied(&self, tls: &tls::Tls) -> Vec<(String, String, String)> {
        let mut fleet = self.fleet(tls).await;
        let answer = fleet.list_denied(ListDeniedRequest::default()).await;
        let attempts = answer.unwrap().into_inner().attempts;
        attempts
            .into_iter()
            .map(|a| (a.who, a.rpc, a.why))
            .collect()
    }

    /// Waits until nothing is rolled out.
    pub async fn settled(&self) {
        let began = Instant::now();
        loop {
            let fleet = self.control.handle().ask(|plane, now| plane.fleet(now));
            match fleet.await.unwrap().rollout {
                Some(_) => assert!(began.elapsed() < PATIENCE),
                None => return,
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Trusts a CA, and is somebody.
pub fn trusting(ca: &Ca, held: &Held) -> tls::Tls {
    tls::Tls::new()
        .ca_pem(ca.pem())
        .identity_pem(held.cert.clone(), held.key.clone())
}

/// An error as the tools tell it.
pub fn told(url: &str, fault: &ClientError) -> String {
    let mut text = fault.to_string();
    let mut source = std::error::Error::source(fault);
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    match fault.hint(url) {
        Some(hint) => format!("{text}\n{hint}"),
        None => text,
    }
}

/// Connects and asks something that whoever may read may ask.
pub async fn ask(url: &str, tls: &tls::Tls) -> Result<(), String> {
    let mut client = Client::connect_with(url, tls)
        .await
        .map_err(|f| told(url, &f))?;
    client
        .get(false)
        .await
        .map(|_| ())
        .map_err(|f| told(url, &f))
}

pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(
            began.elapsed() < PATIENCE,
            "not within {PATIENCE:?}: {what}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub fn map(version: u64) -> RouteMap {
    RouteMap {
        mode: Mode::Overlay.into(),
        version,
        ..RouteMap::default()
    }
}

/// With the setting `spawn_rate`.
pub fn rate(mut map: RouteMap, rate: f64) -> RouteMap {
    let scalar = pb::Scalar {
        kind: Some(Kind::FloatValue(rate)),
    };
    map.settings.push(pb::SettingValue {
        name: "spawn_rate".to_owned(),
        value: Some(Value::Scalar(scalar)),
    });
    map
}

/// With a route to `audit`.
pub fn route(mut map: RouteMap, name: &str) -> RouteMap {
    if map.consumers.is_empty() {
        map.consumers.push("audit".to_owned());
    }
    map.routes.push(pb::ResolvedRoute {
        name: name.to_owned(),
        to: vec![0],
        ..pb::ResolvedRoute::default()
    });
    map
}

/// With a lease of an hour.
pub fn lent(mut map: RouteMap) -> RouteMap {
    map.lease = Some(pb::Lease {
        owner: "somebody".to_owned(),
        reason: String::new(),
        ttl_ms: 3_600_000,
    });
    map
}

/// Past steps and cooldowns.
pub fn forced(mut map: RouteMap) -> RouteMap {
    map.force = Some(pb::Force {
        reason: "by night".to_owned(),
    });
    map
}

pub async fn push(client: &mut Client, map: &RouteMap) -> Result<Applied, Refusal> {
    let answer = client.push(route_map::encode(map), false).await.unwrap();
    match answer.outcome.unwrap() {
        Outcome::Applied(applied) => Ok(applied),
        Outcome::Refusal(refusal) => Err(refusal),
    }
}

/// Names of engines that are connected.
pub async fn names(fleet: &mut FleetServiceClient<Channel>) -> Vec<String> {
    let answer = fleet
        .get_fleet(GetFleetRequest {})
        .await
        .unwrap()
        .into_inner();
    let connected = answer.engines.into_iter().filter(|e| e.connected);
    connected.map(|e| e.name).collect()
}
