//! The service as a process of its own, and how one talks to it: raw HTTP, so that a
//! request may also be what no client would send.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use prost::Message;
use routewright_control::client::BlockingClient;
use routewright_schema::pb::{
    Mode, RouteMap, Scalar, SettingValue, scalar::Kind, setting_value::Value as Is,
    update_route_map_response::Outcome,
};
use serde_json::Value;
use sha2::Sha256;

/// Nothing here takes longer, or it hangs.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub const SECRET: &str = "a secret of this test";
pub const PREVIOUS: &str = "the secret before it";

/// Stopped when dropped.
pub struct Service {
    child: Child,
    /// Where GitHub's requests arrive.
    pub webhooks: SocketAddr,
    control: SocketAddr,
    /// Of the last push.
    version: AtomicU64,
    /// All that it says on standard error, when it has ended.
    said: Option<JoinHandle<String>>,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let said = self.said.take().map(|said| said.join().unwrap());
        // A panic in a task ends one connection; nobody else would see it.
        if !thread::panicking() {
            let said = said.unwrap();
            assert!(!said.contains("panicked"), "{said}");
        }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Service {
    /// Starts it, with these consumers at these addresses.
    pub fn start(consumers: &[(&str, SocketAddr)]) -> Service {
        let binds = consumers.iter().flat_map(|(name, address)| {
            let bind = format!("{name}=http://{address}/github?from=hooks");
            ["--bind".to_owned(), bind]
        });
        let mut child = Command::new(env!("CARGO_BIN_EXE_github-webhooks"))
            .args(["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"])
            .args(binds)
            .env("GITHUB_WEBHOOK_SECRET", SECRET)
            .env("GITHUB_WEBHOOK_SECRET_PREVIOUS", PREVIOUS)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = child.stderr.take().unwrap();
        let said = thread::spawn(move || {
            let mut said = String::new();
            errors.read_to_string(&mut said).unwrap();
            said
        });
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let hello: Value = serde_json::from_str(&line).unwrap();
        let address = |port: &str| hello[port].as_str().unwrap().parse().unwrap();
        Service {
            webhooks: address("webhooks"),
            control: address("control"),
            child,
            version: AtomicU64::new(0),
            said: Some(said),
        }
    }

    /// Sends a signed webhook as GitHub does.
    pub fn send(&self, event: &str, body: &[u8]) -> Answer {
        self.post(&github(event, &sign(SECRET, body)), body)
    }

    /// Sends a webhook with these headers.
    pub fn post(&self, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let length = body.len().to_string();
        let mut all = headers.to_vec();
        all.push(("Content-Length", &length));
        self.raw(&request("POST /webhook", &all, body))
    }

    /// Sends any bytes to the port of GitHub.
    pub fn raw(&self, bytes: &[u8]) -> Answer {
        let answer = exchange(self.webhooks, bytes);
        parse(&answer).unwrap_or_else(|| panic!("no answer: {}", answer.escape_ascii()))
    }

    /// What it counts.
    pub fn ledger(&self) -> Value {
        let answer = exchange(self.control, &request("GET /ledger", &[], b""));
        parse(&answer).expect("a ledger").body
    }

    /// Waits until the ledger says so.
    pub fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) {
        let began = Instant::now();
        loop {
            let ledger = self.ledger();
            if holds(&ledger) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "never {what}: {ledger}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Pushes an overlay over the baseline; it must be taken.
    pub fn push(&self, settings: &[(&str, Kind)], more: RouteMap) {
        let version = 1 + self.version.fetch_add(1, Ordering::Relaxed);
        let setting = |(name, kind): &(&str, Kind)| SettingValue {
            name: (*name).to_owned(),
            value: Some(Is::Scalar(Scalar {
                kind: Some(kind.clone()),
            })),
        };
        let map = RouteMap {
            mode: Mode::Overlay.into(),
            version,
            settings: settings.iter().map(setting).collect(),
            ..more
        };
        let mut client = BlockingClient::connect(&format!("http://{}", self.control)).unwrap();
        let answer = client.push(map.encode_to_vec(), false).unwrap().outcome;
        assert!(matches!(answer, Some(Outcome::Applied(_))), "{answer:?}");
    }

    /// Asks it to stop, as a supervisor does, and waits until it has.
    #[cfg(unix)]
    pub fn stop(&mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(asked.success());
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the service does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The signature of a body.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let keyed = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let mac = keyed.chain_update(body).finalize().into_bytes();
    let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

/// The headers that GitHub sends.
pub fn github<'a>(event: &'a str, signature: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("User-Agent", "GitHub-Hookshot/044aadd"),
        ("Accept", "*/*"),
        ("Content-Type", "application/json"),
        ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
        ("X-GitHub-Event", event),
        ("X-GitHub-Hook-ID", "512345678"),
        ("X-GitHub-Hook-Installation-Target-Type", "organization"),
        ("X-Hub-Signature-256", signature),
    ]
}

/// A request, byte by byte.
pub fn request(line: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{line} HTTP/1.1\r\nHost: hooks.example\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    [text.as_bytes(), body].concat()
}

/// Sends bytes, and reads until the other side closes. That it closes early is an
/// answer too.
fn exchange(to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some(Answer {
        status,
        body: serde_json::from_str(body).unwrap_or_default(),
    })
}
