//! An engine that nobody leads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use routewright::Counters;
use routewright_control::Engine;
use routewright_control::client::Client;
use routewright_control::observe::Observer;
use routewright_schema::route_map;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

use super::{cell, figures, ok, serve, spawn_rate, status};

#[tokio::test]
async fn a_baseline_is_alive_ready_and_alone() {
    let address = serve(Observer::new(Engine::new(cell())).router()).await;
    assert_eq!(ok(address, "/healthz").await, "ok\n");
    assert_eq!(ok(address, "/readyz").await, "ready\n");
    let status = status(address).await;
    assert_eq!(status["state"], "alone");
    assert_eq!(status["serving"]["version"], 0);
    assert_eq!(status["serving"]["source"], "baseline");
    assert_eq!(status["rejected"], serde_json::json!([]));
    assert!(status["offered"].is_null() && status["stale_since"].is_null());

    let figures = figures(address).await;
    figures.hold(&[
        ("routewright_serving_version", 0.0),
        ("routewright_updates_accepted_total{via=\"push\"}", 0.0),
    ]);
    // What nobody knows is not said, least of all as 0.
    for unknown in [
        "config_staleness_seconds",
        "config_allocation_rate_bytes_per_second",
        "static_mesh_last_update_timestamp",
        "routewright_persisted_version",
    ] {
        assert!(!figures.has(unknown), "{unknown}");
    }
}

#[tokio::test]
async fn pushes_are_counted_and_refusals_remembered() {
    let engine = Engine::new(cell());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder().add_routes(engine.clone().routes());
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let address = serve(Observer::new(engine).router()).await;

    let mut client = Client::connect(&url).await.unwrap();
    let before = now();
    for (version, rate, dry_run) in [(1, 0.5, false), (2, 0.6, true), (2, 0.01, true)] {
        let map = route_map::encode(&spawn_rate(version, rate));
        client.push(map, dry_run).await.unwrap();
    }
    // Ten are refused; the last eight are remembered.
    for version in 10..20 {
        let map = route_map::encode(&spawn_rate(version, 0.01));
        client.push(map, false).await.unwrap();
    }
    let figures = figures(address).await;
    figures.hold(&[
        ("routewright_serving_version", 1.0),
        ("routewright_accepted_version", 1.0),
        ("routewright_updates_accepted_total{via=\"push\"}", 1.0),
        (
            "routewright_updates_refused_total{via=\"push\",code=\"step\"}",
            10.0,
        ),
        (
            "routewright_apply_duration_seconds_count{via=\"push\"}",
            1.0,
        ),
        (
            "routewright_apply_duration_seconds_bucket{via=\"push\",le=\"+Inf\"}",
            1.0,
        ),
    ]);
    let updated = figures.at("static_mesh_last_update_timestamp");
    assert!((before - 1.0..=now() + 1.0).contains(&updated), "{updated}");

    let status = status(address).await;
    assert_eq!(status["serving"]["version"], 1);
    assert_eq!(status["serving"]["source"], "push");
    let rejected = status["rejected"].as_array().unwrap();
    assert_eq!(rejected.len(), 8);
    assert_eq!(rejected[0]["code"], "step");
    assert_eq!(rejected[0]["path"], "settings.spawn_rate");
    let message = rejected[0]["message"].as_str().unwrap();
    assert!(message.contains("too far from the served 0.5"), "{message}");
}

#[tokio::test]
async fn what_configuration_allocates_is_told_if_the_host_counts() {
    let bytes = Arc::new(AtomicU64::new(0));
    let counted = bytes.clone();
    let engine = Engine::new(cell()).counters(move || Counters {
        config_bytes: counted.load(Ordering::Relaxed),
        ..Counters::default()
    });
    let address = serve(Observer::new(engine).router()).await;
    let (rate, total) = (
        "config_allocation_rate_bytes_per_second",
        "routewright_config_allocated_bytes_total",
    );
    assert!(!figures(address).await.has(rate), "it counts nothing yet");
    bytes.store(1_000, Ordering::Relaxed);
    assert!(!figures(address).await.has(rate), "one sample is no rate");
    tokio::time::sleep(Duration::from_millis(600)).await;
    bytes.store(5_000, Ordering::Relaxed);
    let figures = figures(address).await;
    assert_eq!(figures.at(total), 5_000.0);
    let rate = figures.at(rate);
    // 4,000 bytes in 0.6 seconds; a slow machine took longer.
    assert!((100.0..=6_700.0).contains(&rate), "{rate}");
}

fn now() -> f64 {
    let epoch = std::time::SystemTime::UNIX_EPOCH;
    epoch.elapsed().unwrap().as_secs_f64()
}
