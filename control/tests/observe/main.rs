//! What can be watched of engines and control planes, over real sockets, by the programs
//! that people watch with.

mod engine;
mod fleet;
#[cfg(unix)]
mod process;
mod prometheus;
mod refused;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use routewright::RouteCell;
use routewright_control::http;
use routewright_schema::pb::scalar::Kind;
use routewright_schema::pb::setting_value::Value;
use routewright_schema::pb::{self, Mode, RouteMap};
use routewright_tests::fixture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

type Cell = RouteCell<fixture::Catalog>;

/// Nothing here takes longer, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(20);

fn cell() -> &'static Cell {
    Box::leak(Box::new(RouteCell::new(&fixture::TABLE)))
}

async fn serve(pages: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(http::serve(listener, pages));
    address
}

/// The status line, and the body.
async fn get(address: SocketAddr, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer));
    read.await.expect("an answer in time").unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let (first, _) = head.split_once("\r\n").unwrap();
    (first.to_owned(), body.to_owned())
}

async fn ok(address: SocketAddr, path: &str) -> String {
    let (status, body) = get(address, path).await;
    assert_eq!(status, "HTTP/1.1 200 OK", "{path}: {body}");
    body
}

async fn status(address: SocketAddr) -> serde_json::Value {
    serde_json::from_str(&ok(address, "/status").await).unwrap()
}

/// A page of figures, by name with labels.
struct Figures(BTreeMap<String, f64>);

async fn figures(address: SocketAddr) -> Figures {
    let page = ok(address, "/metrics").await;
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    Figures(samples.map(sample).collect())
}

impl Figures {
    fn at(&self, name: &str) -> f64 {
        let found = self.0.get(name);
        *found.unwrap_or_else(|| panic!("no {name} in {:#?}", self.0))
    }

    /// Each of these has this value.
    fn hold(&self, rows: &[(&str, f64)]) {
        for (name, value) in rows {
            assert_eq!(self.at(name), *value, "{name} in {:#?}", self.0);
        }
    }

    fn has(&self, name: &str) -> bool {
        let rest = |sample: &String| {
            let rest = sample.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('{'))
        };
        self.0.keys().any(rest)
    }
}

/// Names of the families of a page.
fn families(page: &str) -> BTreeSet<String> {
    let types = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect()
}

async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let began = Instant::now();
    while !holds().await {
        assert!(
            began.elapsed() < PATIENCE,
            "not within {PATIENCE:?}: {what}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
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
