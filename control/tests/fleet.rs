//! A control plane over real sockets: engines follow, pushes come to all, and a restart
//! of either side loses nothing.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use routewright::{Now, RouteCell};
use routewright_control::client::Client;
use routewright_control::follow::{Agent, Follower, Identity, Link};
use routewright_control::plane::{Config, Stages};
use routewright_control::rpc::fleet_service_client::FleetServiceClient;
use routewright_control::serve::Control;
use routewright_schema::pb::scalar::Kind;
use routewright_schema::pb::update_route_map_response::Outcome;
use routewright_schema::pb::{
    self, Applied, Mode, Refusal, RollbackRouteMapRequest, RouteMap, rollback_route_map_request,
    rollback_route_map_response, setting_value::Value,
};
use routewright_schema::route_map;
use routewright_tests::fixture;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::transport::Server;

type Cell = RouteCell<fixture::Catalog>;

/// Nothing here takes longer, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(20);

struct Plane {
    control: Control,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Plane {
    async fn start(ledger: &Path, address: &str, config: Config) -> Plane {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let control = Control::start(ledger, config).unwrap();
        let server = Server::builder().add_routes(control.routes());
        let server = tokio::spawn(async move {
            let served = server.serve_with_incoming(TcpListenerStream::new(listener));
            served.await.unwrap();
        });
        Plane {
            control,
            address,
            server,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn client(&self) -> Client {
        Client::connect(&self.url()).await.unwrap()
    }

    async fn stop(self) {
        self.control.stop(PATIENCE).await;
        self.server.abort();
        let _aborted = self.server.await;
    }

    /// Waits for the end of a rollout; how it ended.
    async fn end_of(&self, revision: u64) -> pb::RolloutState {
        let began = Instant::now();
        loop {
            let state = self
                .control
                .handle()
                .rollout(revision)
                .await
                .unwrap()
                .unwrap();
            if !state.outcome.is_empty() {
                return state;
            }
            assert!(began.elapsed() < PATIENCE, "{state:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

struct Engine {
    cell: &'static Cell,
    link: Link,
    task: JoinHandle<()>,
}

fn engine(name: &str, url: &str) -> Engine {
    let cell: &'static Cell = Box::leak(Box::new(RouteCell::new(&fixture::TABLE)));
    let follower = Follower::new(cell, [url]).name(name).label("zone", "test");
    let link = follower.link();
    Engine {
        cell,
        link,
        task: tokio::spawn(follower.run()),
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(
            began.elapsed() < PATIENCE,
            "not within {PATIENCE:?}: {what}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn spawn_rate(version: u64, rate: f64) -> RouteMap {
    let scalar = pb::Scalar {
        kind: Some(Kind::FloatValue(rate)),
    };
    RouteMap {
        mode: Mode::Overlay.into(),
        version,
        settings: vec![pb::SettingValue {
            name: "spawn_rate".to_owned(),
            value: Some(Value::Scalar(scalar)),
        }],
        ..RouteMap::default()
    }
}

async fn push(client: &mut Client, map: &RouteMap) -> Result<Applied, Refusal> {
    let answer = client.push(route_map::encode(map), false).await.unwrap();
    match answer.outcome.unwrap() {
        Outcome::Applied(applied) => Ok(applied),
        Outcome::Refusal(refusal) => Err(refusal),
    }
}

fn quick() -> Config {
    Config {
        bake: Duration::from_millis(50),
        answer_within: Duration::from_secs(5),
        regroup: Duration::from_millis(200),
        ..Config::default()
    }
}

fn ledger(name: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fleet");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{name}.redb"));
    if path.exists() {
        std::fs::remove_file(&path).unwrap();
    }
    path
}

fn version(cell: &Cell) -> u64 {
    cell.status().table.version()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pushes_come_to_all_and_survive_a_restart() {
    let path = ledger("restart");
    let plane = Plane::start(&path, "127.0.0.1:0", quick()).await;
    let engines: Vec<Engine> = (0..3)
        .map(|n| engine(&format!("e{n}"), &plane.url()))
        .collect();
    let all = |version: u64| engines.iter().all(|e| self::version(e.cell) == version);
    for engine in &engines {
        until("connected", || engine.link.status().connected).await;
    }
    let mut client = plane.client().await;
    // The baselines are asked for once; then what is refused is known before.
    until_pushable(&mut client).await;

    let applied = push(&mut client, &spawn_rate(1, 0.5)).await.unwrap();
    assert_eq!(applied.engines, 3);
    assert_eq!(applied.changes[0].name, "spawn_rate");
    let state = plane.end_of(applied.revision).await;
    assert_eq!(
        (state.state.as_str(), state.acknowledged),
        ("done", 3),
        "{state:?}"
    );
    assert!(all(1));

    // Beyond its step: refused before any engine sees it, with the names of those that would.
    let refusal = push(&mut client, &spawn_rate(2, 0.01)).await.unwrap_err();
    assert_eq!(refusal.violations[0].code, "step");
    assert_eq!(refusal.violations[0].engine, "e0, e1, e2");
    assert!(all(1));
    for engine in &engines {
        assert_eq!(engine.link.status().refused, 0);
    }

    // One engine fails it after all: all go back.
    let bad = route_map::encode(&spawn_rate(2, 0.6));
    let image = engines[0].cell.dry_run(&bad).unwrap().after.raw().digest();
    for engine in &engines {
        // Each has made up its mind without telling anybody.
        engine.cell.quarantine(image);
    }
    let answer = push(&mut client, &spawn_rate(2, 0.6)).await;
    match answer {
        // They look at themselves once a second, and may have told by now.
        Err(refusal) => assert_eq!(refusal.violations[0].code, "quarantined"),
        Ok(applied) => {
            let state = plane.end_of(applied.revision).await;
            assert_eq!(state.state, "reverted", "{state:?}");
            assert!(state.outcome.contains("refused"), "{state:?}");
        }
    }
    assert!(all(1));

    // The control plane ends; events go on; it comes back, and nothing is sent.
    let (address, revision) = (
        plane.address.to_string(),
        plane
            .control
            .handle()
            .ask(|p, _| p.revision())
            .await
            .unwrap(),
    );
    let told: Vec<u64> = engines.iter().map(|e| e.link.status().accepted).collect();
    plane.stop().await;
    until("cut off", || {
        engines.iter().all(|e| !e.link.status().connected)
    })
    .await;
    assert!(
        engines
            .iter()
            .all(|e| e.link.status().staleness > Duration::ZERO)
    );
    assert!(all(1));
    let plane = Plane::start(&path, &address, quick()).await;
    until("back", || engines.iter().all(|e| e.link.status().connected)).await;
    until("in step", || {
        engines
            .iter()
            .all(|e| e.link.status().staleness == Duration::ZERO)
    })
    .await;
    let after: Vec<u64> = engines.iter().map(|e| e.link.status().accepted).collect();
    assert_eq!(
        told, after,
        "nothing had changed, so nothing was to be sent"
    );
    assert_eq!(
        plane
            .control
            .handle()
            .ask(|p, _| p.revision())
            .await
            .unwrap(),
        revision
    );

    // A late one is brought along; a rollback takes all of them.
    let late = engine("late", &plane.url());
    until("brought along", || self::version(late.cell) == 1).await;
    let mut client = plane.client().await;
    let request = RollbackRouteMapRequest {
        target: Some(rollback_route_map_request::Target::Previous(true)),
        reason: "enough".to_owned(),
        ..RollbackRouteMapRequest::default()
    };
    let answer = client.rollback(request).await.unwrap();
    let Some(rollback_route_map_response::Outcome::Applied(applied)) = answer.outcome else {
        panic!("{answer:?}");
    };
    let state = plane.end_of(applied.revision).await;
    assert_eq!(
        (state.state.as_str(), state.version),
        ("done", 0),
        "{state:?}"
    );
    assert!(all(0) && self::version(late.cell) == 0);
    for engine in engines.iter().chain([&late]) {
        engine.task.abort();
    }
    plane.stop().await;
}

/// A dry run is refused as not ready while baselines are on their way.
async fn until_pushable(client: &mut Client) {
    let began = Instant::now();
    loop {
        let answer = client
            .push(route_map::encode(&spawn_rate(1, 0.5)), true)
            .await
            .unwrap();
        match answer.outcome.unwrap() {
            Outcome::Applied(_) => return,
            Outcome::Refusal(refusal) => {
                assert_eq!(refusal.violations[0].code, "not_ready", "{refusal:?}");
                assert!(began.elapsed() < PATIENCE);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

#[tokio::test]
async fn a_ledger_has_one_control_plane() {
    let path = ledger("two");
    let first = Control::start(&path, Config::default()).unwrap();
    let second = Control::start(&path, Config::default());
    let why = second.err().unwrap().to_string();
    assert!(
        why.contains("another control plane keeps its ledger here"),
        "{why}"
    );
    first.stop(PATIENCE).await;
    let again = Control::start(&path, Config::default()).unwrap();
    again.stop(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_is_lost_takes_a_push_back() {
    let config = Config {
        stages: Stages::one_first(),
        bake: Duration::from_secs(60),
        lost_after: Duration::from_millis(100),
        ..quick()
    };
    let plane = Plane::start(&ledger("lost"), "127.0.0.1:0", config).await;
    let engines: Vec<Engine> = (0..3)
        .map(|n| engine(&format!("e{n}"), &plane.url()))
        .collect();
    for engine in &engines {
        until("connected", || engine.link.status().connected).await;
    }
    let mut client = plane.client().await;
    until_pushable(&mut client).await;
    let applied = push(&mut client, &spawn_rate(1, 0.5)).await.unwrap();
    until("one took it", || {
        engines.iter().any(|e| version(e.cell) == 1)
    })
    .await;
    let first = engines.iter().find(|e| version(e.cell) == 1).unwrap();
    assert_eq!(engines.iter().filter(|e| version(e.cell) == 1).count(), 1);
    first.task.abort();
    let state = plane.end_of(applied.revision).await;
    assert_eq!(state.state, "reverted", "{state:?}");
    assert!(state.outcome.contains("lost"), "{state:?}");
    for engine in &engines {
        engine.task.abort();
    }
    plane.stop().await;
}

fn hello(name: &str, cell: &'static Cell) -> pb::WatchRouteMapRequest {
    let identity = Identity {
        name: name.to_owned(),
        labels: Vec::new(),
    };
    Agent::default().hello(&identity, cell, false, Now::read())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_given_up_while_it_opens_is_gone() {
    let plane = Plane::start(&ledger("ghost"), "127.0.0.1:0", quick()).await;
    let handle = plane.control.handle().clone();
    // A large push is judged meanwhile, say.
    let busy = tokio::spawn(async move {
        handle
            .ask(|_, _| std::thread::sleep(Duration::from_millis(800)))
            .await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    {
        let cell: &'static Cell = Box::leak(Box::new(RouteCell::new(&fixture::TABLE)));
        let mut client = FleetServiceClient::connect(plane.url()).await.unwrap();
        let (say, said) = mpsc::channel(4);
        say.send(hello("ghost-4711", cell)).await.unwrap();
        let opened = client.watch_route_map(ReceiverStream::new(said));
        let opened = tokio::time::timeout(Duration::from_millis(300), opened).await;
        assert!(opened.is_err());
    }
    busy.await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let fleet = plane.client().await.fleet().await.unwrap();
    let connected: Vec<&str> = fleet
        .engines
        .iter()
        .filter(|e| e.connected)
        .map(|e| e.name.as_str())
        .collect();
    assert_eq!(connected, [""; 0], "its process died three seconds ago");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_ends_while_a_control_plane_hangs() {
    let plane = Plane::start(&ledger("hangs"), "127.0.0.1:0", quick()).await;
    let handle = plane.control.handle().clone();
    // Its disk hangs; its network does not.
    let _busy = tokio::spawn(async move {
        handle
            .ask(|_, _| std::thread::sleep(Duration::from_secs(6)))
            .await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let engine = engine("lender", &plane.url());
    let lease = pb::Lease {
        owner: "ops".to_owned(),
        reason: String::new(),
        ttl_ms: 500,
    };
    let map = RouteMap {
        lease: Some(lease),
        ..spawn_rate(1, 0.5)
    };
    engine.cell.publish(&route_map::encode(&map)).unwrap();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let mut reader = engine.cell.reader();
    assert_eq!(
        reader.load().version(),
        0,
        "lent for half a second, 4 s ago"
    );
}
