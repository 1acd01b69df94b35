//! A control plane and engines that follow it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use routewright_control::Engine;
use routewright_control::client::Client;
use routewright_control::follow::Follower;
use routewright_control::observe::Observer;
use routewright_control::plane::Config;
use routewright_control::serve::Control;
use routewright_schema::pb::update_route_map_response::Outcome;
use routewright_schema::pb::{Applied, Refusal};
use routewright_schema::route_map;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

use super::{PATIENCE, cell, figures, get, ok, serve, spawn_rate, status, until};

pub struct Plane {
    control: Control,
    server: JoinHandle<()>,
    url: String,
    pub pages: SocketAddr,
}

impl Plane {
    pub async fn start(name: &str) -> Plane {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("observe");
        std::fs::create_dir_all(&folder).unwrap();
        let ledger = folder.join(format!("{name}.redb"));
        let _there_or_not = std::fs::remove_file(&ledger);
        let config = Config {
            bake: Duration::from_millis(50),
            ..Config::default()
        };
        let control = Control::start(&ledger, config).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Server::builder().add_routes(control.routes());
        let server = tokio::spawn(async move {
            let served = server.serve_with_incoming(TcpListenerStream::new(listener));
            served.await.unwrap();
        });
        let pages = serve(control.pages()).await;
        Plane {
            control,
            server,
            url,
            pages,
        }
    }

    pub async fn stop(self) {
        self.control.stop(PATIENCE).await;
        self.server.abort();
        let _aborted = self.server.await;
    }

    pub async fn push(&self, version: u64, rate: f64) -> Result<Applied, Refusal> {
        let mut client = Client::connect(&self.url).await.unwrap();
        loop {
            let map = route_map::encode(&spawn_rate(version, rate));
            let answer = client.push(map, false).await.unwrap();
            match answer.outcome.unwrap() {
                // Baselines of engines are on their way.
                Outcome::Refusal(refusal) if refusal.violations[0].code == "not_ready" => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Outcome::Refusal(refusal) => return Err(refusal),
                Outcome::Applied(applied) => return Ok(applied),
            }
        }
    }

    pub async fn settled(&self) {
        let state = async || status(self.pages).await["state"] == "settled";
        until("settled", state).await;
    }
}

/// The address of its pages.
pub async fn engine(name: &str, plane: &Plane) -> SocketAddr {
    let cell = cell();
    let follower = Follower::new(cell, [plane.url.as_str()]).name(name);
    let observer = Observer::new(Engine::new(cell)).link(follower.link());
    tokio::spawn(follower.run());
    let address = serve(observer.router()).await;
    let current = async || status(address).await["state"] == "current";
    until("the engine is current", current).await;
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_a_refusal_and_an_end_are_seen_on_both_sides() {
    let plane = Plane::start("fleet").await;
    assert_eq!(ok(plane.pages, "/readyz").await, "ready\n");
    let engines = [engine("e0", &plane).await, engine("e1", &plane).await];

    let applied = plane.push(1, 0.5).await.unwrap();
    plane.settled().await;
    let refusal = plane.push(2, 0.01).await.unwrap_err();
    assert_eq!(refusal.violations[0].code, "step");

    let seen = figures(plane.pages).await;
    seen.hold(&[
        ("routewright_fleet_version", 1.0),
        ("routewright_fleet_revision", applied.revision as f64),
        ("routewright_fleet_skew_versions", 0.0),
        ("routewright_fleet_skew_seconds", 0.0),
        ("routewright_engines_connected", 2.0),
        ("routewright_engines_away", 0.0),
        ("routewright_engines_out_of_step", 0.0),
        ("routewright_engines_by_version{version=\"1\"}", 2.0),
        ("routewright_pushes_accepted_total{kind=\"push\"}", 1.0),
        (
            "routewright_pushes_refused_total{kind=\"push\",code=\"step\"}",
            1.0,
        ),
        ("routewright_engine_answers_total{answer=\"ack\"}", 2.0),
        ("routewright_engine_answers_total{answer=\"nack\"}", 0.0),
        ("routewright_rollout_running", 0.0),
        (
            "routewright_rollouts_total{kind=\"push\",outcome=\"done\"}",
            1.0,
        ),
        (
            "routewright_rollout_duration_seconds_count{kind=\"push\"}",
            1.0,
        ),
        ("routewright_ledger_write_failures_total", 0.0),
    ]);
    // It baked for 50 ms.
    let took = seen.at("routewright_rollout_duration_seconds_sum{kind=\"push\"}");
    assert!(took >= 0.05, "{took}");
    assert!(seen.at("routewright_ledger_write_duration_seconds_count") >= 2.0);
    let status_seen = status(plane.pages).await;
    assert_eq!(status_seen["serving"]["version"], 1);
    assert_eq!(status_seen["rejected"][0]["version"], 2);
    assert_eq!(status_seen["rejected"][0]["code"], "step");
    assert_eq!(status_seen["engines"]["connected"], 2);

    for engine in engines {
        let seen = figures(engine).await;
        seen.hold(&[
            ("routewright_serving_version", 1.0),
            ("config_staleness_seconds", 0.0),
            ("routewright_control_connected", 1.0),
            ("routewright_control_revision", applied.revision as f64),
            (
                "routewright_updates_accepted_total{via=\"control_plane\"}",
                1.0,
            ),
        ]);
        let status_seen = status(engine).await;
        assert_eq!(status_seen["offered"]["version"], 1);
        assert!(status_seen["stale_since"].is_null());
    }

    let pages = plane.pages;
    plane.stop().await;
    // The pages outlive the plane; it is alive, but there is nobody to ask.
    assert_eq!(ok(pages, "/healthz").await, "ok\n");
    let (line, _) = get(pages, "/readyz").await;
    assert_eq!(line, "HTTP/1.1 503 Service Unavailable");
    for engine in engines {
        let cut_off = async || status(engine).await["state"] == "disconnected";
        until("cut off", cut_off).await;
        let (first, then) = (stale(engine).await, {
            tokio::time::sleep(Duration::from_millis(100)).await;
            stale(engine).await
        });
        assert!(first > 0.0 && then >= first + 0.1, "{first}, {then}");
        let status_seen = status(engine).await;
        assert!(status_seen["stale_since"].as_u64().is_some());
        assert!(!status_seen["trouble"].as_str().unwrap().is_empty());
        // It routes on, and says so.
        assert_eq!(status_seen["serving"]["version"], 1);
        assert_eq!(ok(engine, "/healthz").await, "ok\n");
        assert_eq!(ok(engine, "/readyz").await, "ready\n");
    }
}

async fn stale(engine: SocketAddr) -> f64 {
    figures(engine).await.at("config_staleness_seconds")
}
