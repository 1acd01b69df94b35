//! The service as a process of its own, for the tests that talk to it.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use routewright_control::client::BlockingClient;
use routewright_schema::pb::{
    Mode, RouteMap, Scalar, SettingValue, scalar::Kind, setting_value::Value as Is,
};
use serde_json::Value;

/// Nothing here takes longer, or it hangs.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct Service {
    pub child: Child,
    input: Option<ChildStdin>,
    /// What it prints, line by line.
    output: Receiver<Value>,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    pub fn start() -> (Service, BlockingClient) {
        Service::start_with(&[])
    }

    pub fn start_with(more: &[&str]) -> (Service, BlockingClient) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_treasure-hunt"))
            .args(["--listen", "127.0.0.1:0"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, output) = channel();
        thread::spawn(move || {
            for line in lines {
                let value = serde_json::from_str(&line.unwrap()).unwrap();
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        let service = Service {
            child,
            input,
            output,
        };
        let hello = service.line();
        let address = hello["listening"].as_str().unwrap();
        let client = BlockingClient::connect(&format!("http://{address}")).unwrap();
        (service, client)
    }

    pub fn line(&self) -> Value {
        self.output.recv_timeout(PATIENCE).expect("a line")
    }

    /// Sends these lines; gives the ledger of everything up to the last of them.
    pub fn feed(&mut self, lines: &str) -> Value {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{lines}\n!ledger").unwrap();
        self.line()
    }

    /// Ends the input; gives the last ledger, and how the service ended.
    pub fn end(&mut self) -> (Value, ExitStatus) {
        self.input = None;
        let last = self.line();
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (last, status);
            }
            assert!(began.elapsed() < PATIENCE, "the service does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

pub fn overlay(version: u64, settings: &[(&str, Kind)]) -> RouteMap {
    let setting = |(name, kind): &(&str, Kind)| SettingValue {
        name: (*name).to_owned(),
        value: Some(Is::Scalar(Scalar {
            kind: Some(kind.clone()),
        })),
    };
    RouteMap {
        mode: Mode::Overlay.into(),
        version,
        settings: settings.iter().map(setting).collect(),
        ..RouteMap::default()
    }
}

/// `in`, `delivered`, `dropped`, `unrouted` and `chests` of a version.
pub fn counts(ledger: &Value, version: u64) -> [u64; 5] {
    let entry = &ledger["versions"][version.to_string()];
    ["in", "delivered", "dropped", "unrouted", "chests"].map(|key| entry[key].as_u64().unwrap_or(0))
}

pub fn delivered(ledger: &Value, version: u64, consumer: &str) -> u64 {
    let consumers = &ledger["versions"][version.to_string()]["consumers"];
    consumers[consumer].as_u64().unwrap_or(0)
}
