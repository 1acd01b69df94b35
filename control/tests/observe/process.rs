//! The binary: its pages, and its log.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use routewright_control::client::Client;
use routewright_schema::pb::RollbackRouteMapRequest;
use routewright_schema::pb::rollback_route_map_request::Target;
use routewright_schema::route_map;

use super::{figures, ok, spawn_rate, until};

struct Process {
    child: Child,
    url: String,
    pages: std::net::SocketAddr,
}

fn start(name: &str, more: &[&str]) -> Process {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("observe");
    std::fs::create_dir_all(&folder).unwrap();
    let ledger = folder.join(format!("{name}.redb"));
    let _there_or_not = std::fs::remove_file(&ledger);
    let mut child = Command::new(env!("CARGO_BIN_EXE_routewright-control"))
        .args(["serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"])
        .args(["--bake", "60", "--ledger"])
        .arg(ledger)
        .args(more)
        .env_remove("ROUTEWRIGHT_LOG")
        .env_remove("ROUTEWRIGHT_LOG_FORMAT")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = |prefix: &str| {
        let line = lines.next().unwrap().unwrap();
        line.strip_prefix(prefix).unwrap().to_owned()
    };
    let url = format!("http://{}", told("listening on "));
    let pages = told("metrics on http://");
    let pages = pages.strip_suffix("/metrics").unwrap().parse().unwrap();
    Process { child, url, pages }
}

impl Process {
    /// A push that bakes, for nobody is there, and a rollback of it with this reason.
    async fn push_and_roll_back(&self, reason: &str) {
        let mut client = Client::connect(&self.url).await.unwrap();
        let map = route_map::encode(&spawn_rate(1, 0.5));
        client.push(map, false).await.unwrap();
        let request = RollbackRouteMapRequest {
            target: Some(Target::Previous(true)),
            reason: reason.to_owned(),
            ..RollbackRouteMapRequest::default()
        };
        client.rollback(request).await.unwrap();
        let reverted = "routewright_rollouts_total{kind=\"push\",outcome=\"reverted\"}";
        let seen = async || figures(self.pages).await.at(reverted) == 1.0;
        until("the rollout was taken back", seen).await;
    }

    /// Ends it; all that it logged. Waits: its client must have another thread to say
    /// goodbye on.
    fn log(mut self) -> String {
        let mut stderr: ChildStderr = self.child.stderr.take().unwrap();
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let mut log = String::new();
        stderr.read_to_string(&mut log).unwrap();
        assert!(self.child.wait().unwrap().success(), "{log}");
        log
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_or_not = self.child.kill();
    }
}

/// A reason that would like to be more than one.
const REASON: &str = "enough\n2026-01-01T00:00:00Z  INFO all is well\u{1b}[2J";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_has_an_object_a_line() {
    let process = start("json", &["--log-format", "json"]);
    assert_eq!(ok(process.pages, "/readyz").await, "ready\n");
    process.push_and_roll_back(REASON).await;
    let log = process.log();
    let lines = log.lines().map(|line| {
        let value = serde_json::from_str::<serde_json::Value>(line);
        value.unwrap_or_else(|fault| panic!("{fault}: {line}"))
    });
    let lines: Vec<serde_json::Value> = lines.collect();
    // What is told of each span, first to last.
    let of = |name: &str| -> Vec<String> {
        let spans = lines.iter().filter(|line| line["span"]["name"] == name);
        spans
            .map(|line| line["fields"]["message"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(of("push"), ["accepted", "close", "accepted", "close"]);
    assert_eq!(of("rollout"), ["a stage begins", "reverted", "close"]);
    let reverted = |line: &&serde_json::Value| line["fields"]["message"] == "reverted";
    let reverted = lines.iter().find(reverted).unwrap();
    let why = reverted["fields"]["why"].as_str().unwrap();
    assert!(why.contains("enough"), "{why}");
    assert_eq!(reverted["span"]["version"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_has_a_line_an_event_whatever_people_say() {
    let process = start("plain", &[]);
    process.push_and_roll_back(REASON).await;
    let log = process.log();
    assert!(log.contains("reverted"), "{log}");
    assert!(!log.contains('\u{1b}'), "{log:?}");
    assert!(
        !log.lines()
            .any(|line| line.contains("INFO all is well") && line.starts_with("2026-01-01"))
    );
    let fake = log.lines().filter(|line| line.contains("all is well"));
    assert!(fake.clone().count() > 0, "it was logged, escaped: {log}");
    for line in fake {
        assert!(line.contains("WARN rollout{"), "{line}");
    }
}

/// Nobody reads its log, and the pipe and the queue are full after some hundred pushes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_waits_for_whoever_does_not_read_the_log() {
    let process = start("stalled", &["--log", "trace"]);
    let mut client = Client::connect(&process.url).await.unwrap();
    for _ in 0..300 {
        // Refused, with a line of more than a hundred bytes and some more of the transport.
        let map = route_map::encode(&spawn_rate(0, 0.5));
        let push = client.push(map, false);
        let pushed = tokio::time::timeout(super::PATIENCE, push).await;
        pushed.expect("an answer").unwrap();
    }
    assert_eq!(ok(process.pages, "/readyz").await, "ready\n");
    let log = process.log();
    assert!(log.contains("lines were lost here"), "{} bytes", log.len());
}
