//! The service as an engine of a control plane, when that is dead: leases end, and a hand at
//! the machine can hold it on its baseline.

mod common;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use common::{PATIENCE, Service, counts, overlay};
use prost::Message;
use routewright_control::client::BlockingClient;
use routewright_control::local;
use routewright_control::plane::{Config, Stages};
use routewright_control::serve::Control;
use routewright_schema::pb::scalar::Kind;
use routewright_schema::pb::update_route_map_response::Outcome;
use routewright_schema::pb::{Lease, RouteMap};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

/// A control plane. Dropped, it is dead.
struct Plane {
    runtime: Runtime,
    control: Control,
    address: SocketAddr,
}

impl Plane {
    fn start(folder: &Path, address: SocketAddr) -> Plane {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let within = runtime.enter();
        let listener = runtime.block_on(TcpListener::bind(address)).unwrap();
        let address = listener.local_addr().unwrap();
        let config = Config {
            stages: Stages::off(),
            ..Config::default()
        };
        let control = Control::start(&folder.join("ledger.redb"), config).unwrap();
        runtime.spawn(
            Server::builder()
                .add_routes(control.routes())
                .serve_with_incoming(TcpListenerStream::new(listener)),
        );
        drop(within);
        Plane {
            runtime,
            control,
            address,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Pushes when its engine is there, and waits until that serves it.
    fn push(&self, map: &RouteMap) {
        let mut client = BlockingClient::connect(&self.url()).unwrap();
        until("an engine is there", || client.get(false).is_ok());
        let answer = client.push(map.encode_to_vec(), false).unwrap();
        let Some(Outcome::Applied(applied)) = answer.outcome else {
            panic!("{answer:?}");
        };
        let last = client.watch_rollout(applied.revision).unwrap().last();
        assert_eq!(last.unwrap().unwrap().state, "done");
    }

    /// Its ledger is left as it is at that moment, and its streams are cut.
    fn die(self) {
        self.runtime.block_on(self.control.stop(PATIENCE));
        self.runtime.shutdown_background();
    }
}

#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(
            began.elapsed() < PATIENCE,
            "not within {PATIENCE:?}: {what}"
        );
        thread::sleep(Duration::from_millis(10));
    }
}

fn folder(name: &str) -> PathBuf {
    let name = format!("{name}-{}", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// The version that decides the next event.
fn deciding(service: &mut Service) -> u64 {
    let before = service.feed("");
    let after = service.feed("player.joined p1");
    let mut versions = after["versions"].as_object().unwrap().keys();
    let grew = |version: &u64| counts(&after, *version)[0] > counts(&before, *version)[0];
    versions.find_map(|v| v.parse().ok().filter(grew)).unwrap()
}

#[test]
fn a_hand_at_the_machine_needs_no_control_plane() {
    let folder = folder("follow-hold");
    let store = folder.join("overrides");
    let plane = Plane::start(&folder, "127.0.0.1:0".parse().unwrap());
    let (url, keep) = (plane.url(), store.to_str().unwrap().to_owned());
    let follow = ["--follow", &url, "--name", "hunt-1", "--keep", &keep];
    let (mut service, _) = Service::start_with(&follow);
    plane.push(&overlay(1, &[("spawn.rate", Kind::FloatValue(0.5))]));
    assert_eq!(deciding(&mut service), 1);

    let address = plane.address;
    plane.die();
    assert_eq!(
        deciding(&mut service),
        1,
        "it goes on without a control plane"
    );
    let shown = local::show(&store).unwrap().to_string();
    assert!(
        shown.starts_with("held      no\non disk   version 1, on probation\n"),
        "{shown}"
    );

    let holding = local::hold(&store, "orders vanish").unwrap();
    assert_eq!(holding.version, 1);
    let took = holding.took.expect("it looks many times in three seconds");
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(deciding(&mut service), 0);
    let shown = local::show(&store).unwrap().to_string();
    assert!(
        shown.starts_with("held      on its baseline, for ")
            && shown.contains(": orders vanish\non disk   the baseline\n"),
        "{shown}"
    );

    // Neither what is pushed to all nor a restart of the engine changes that.
    let plane = Plane::start(&folder, address);
    let mut client = BlockingClient::connect(&plane.url()).unwrap();
    let state = |client: &mut BlockingClient| {
        let engines = client.fleet().unwrap().engines.into_iter();
        let hunt = engines.clone().find(|e| e.name == "hunt-1" && e.connected);
        hunt.and_then(|engine| engine.serving)
            .map(|s| (s.held, s.version))
    };
    until("it says that it is held", || {
        state(&mut client) == Some((true, 0))
    });
    service.child.kill().unwrap();
    service.child.wait().unwrap();
    let (mut service, _) = Service::start_with(&follow);
    until("it is back", || state(&mut client) == Some((true, 0)));
    assert_eq!(deciding(&mut service), 0);

    // Let go, it is brought to what all others serve.
    assert!(local::release(&store).unwrap().was_held);
    until("it follows again", || deciding(&mut service) == 1);
    assert!(!local::release(&store).unwrap().was_held);
    assert!(service.end().1.success());
    plane.die();
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_lease_ends_with_the_control_plane_dead() {
    let folder = folder("follow-lease");
    let plane = Plane::start(&folder, "127.0.0.1:0".parse().unwrap());
    let (mut service, _) = Service::start_with(&["--follow", &plane.url()]);
    plane.push(&RouteMap {
        lease: Some(Lease {
            owner: "ops".to_owned(),
            reason: "event night".to_owned(),
            ttl_ms: 1_500,
        }),
        ..overlay(1, &[("spawn.rate", Kind::FloatValue(0.6))])
    });
    assert_eq!(deciding(&mut service), 1);
    plane.die();
    until("the lease has ended", || deciding(&mut service) == 0);
    assert!(service.end().1.success());
    std::fs::remove_dir_all(&folder).unwrap();
}
