//! The example service as a child process, fed with events without a pause.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use routewright_control::client::BlockingClient;
use serde_json::Value;

use crate::report::Failure;

/// No phase takes longer, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// What players do, in the order in which they do it here. The last one is not declared.
const EVENTS: &[&str] = &[
    "player.joined",
    "map.loaded",
    "match.started",
    "player.moved",
    "treasure.chest.spawned",
    "player.moved",
    "treasure.chest.opened",
    "treasure.item.found",
    "player.scored",
    "chat.message.sent",
    "treasure.item.traded",
    "economy.currency.spent",
    "player.scored",
    "season.started",
    "match.ended",
    "economy.loan.granted",
];

/// The checkout that this tool was built from.
pub fn checkout() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    path.canonicalize().unwrap_or(path)
}

/// A running service.
pub struct Service {
    child: Child,
    output: BufReader<ChildStdout>,
    /// Where its gRPC endpoint listens.
    pub address: String,
    asks: Option<Sender<()>>,
    feeder: Option<JoinHandle<std::io::Result<u64>>>,
}

/// The service does not outlive the demo, also if the demo fails.
impl Drop for Service {
    fn drop(&mut self) {
        self.asks = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    /// Starts the service, and begins to feed it.
    pub fn start(program: &Path) -> Result<Service, Failure> {
        let mut child = Command::new(program)
            .args(["--listen", "127.0.0.1:0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| Failure::Bad(format!("the service does not start: {e}")))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::Bad(
                "the service has no input or output".to_owned(),
            ));
        };
        let mut output = BufReader::new(output);
        let hello = line(&mut output)?;
        let address = hello["listening"].as_str().unwrap_or_default().to_owned();
        let (asks, asked) = channel();
        let feeder = std::thread::spawn(move || feed(input, &asked));
        Ok(Service {
            child,
            output,
            address,
            asks: Some(asks),
            feeder: Some(feeder),
        })
    }

    /// A client of its gRPC endpoint.
    pub fn connect(&self) -> Result<BlockingClient, Failure> {
        BlockingClient::connect(&format!("http://{}", self.address))
            .map_err(|e| Failure::Bad(format!("{}: {e}", self.address)))
    }

    /// The ledger of all events that it has read by now.
    pub fn ledger(&mut self) -> Result<Ledger, Failure> {
        let asked = self.asks.as_ref().map(|asks| asks.send(()));
        match asked {
            Some(Ok(())) => Ok(Ledger(line(&mut self.output)?)),
            _ => Err(Failure::Bad(
                "the service takes no events any more".to_owned(),
            )),
        }
    }

    /// Waits until that version has decided so many events.
    pub fn wait_until(&mut self, version: u64, events: u64) -> Result<(), Failure> {
        let began = Instant::now();
        while self.ledger()?.version(version).entered < events {
            if began.elapsed() > PATIENCE {
                return Err(Failure::Bad(format!(
                    "version {version} did not decide {events} events within a minute"
                )));
            }
        }
        Ok(())
    }

    /// Ends the input; returns the last ledger, and how many events were sent.
    pub fn stop(mut self) -> Result<(Ledger, u64), Failure> {
        self.asks = None;
        let sent = match self.feeder.take().map(JoinHandle::join) {
            Some(Ok(sent)) => sent?,
            _ => return Err(Failure::Bad("the feeder panicked".to_owned())),
        };
        let ledger = Ledger(line(&mut self.output)?);
        let status = self.child.wait()?;
        match status.success() {
            true => Ok((ledger, sent)),
            false => Err(Failure::Bad(format!("the service ended with {status}"))),
        }
    }
}

/// Writes events until nobody asks any more; each ask is answered in the stream itself,
/// so that a ledger covers exactly what was sent before it.
fn feed(input: ChildStdin, asked: &Receiver<()>) -> std::io::Result<u64> {
    let mut input = BufWriter::new(input);
    let mut sent = 0;
    loop {
        for event in EVENTS {
            writeln!(input, "{event} player-{}", sent % 1_000)?;
            sent += 1;
        }
        match asked.try_recv() {
            Ok(()) => {
                writeln!(input, "!ledger")?;
                input.flush()?;
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => {
                input.flush()?;
                return Ok(sent);
            }
        }
    }
}

fn line(output: &mut BufReader<ChildStdout>) -> Result<Value, Failure> {
    let mut line = String::new();
    output.read_line(&mut line)?;
    serde_json::from_str(&line)
        .map_err(|_| Failure::Bad(format!("the service said {line:?}, which is no ledger")))
}

/// Builds the example, and says where it is.
pub fn build() -> Result<PathBuf, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--package",
            "treasure-hunt",
            "--message-format",
            "json-render-diagnostics",
        ])
        .current_dir(checkout())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(Failure::Bad("the example does not build".to_owned()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let artifact = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|m| m["reason"] == "compiler-artifact" && m["target"]["name"] == "treasure-hunt")
        .find_map(|m| m["executable"].as_str().map(PathBuf::from));
    artifact.ok_or_else(|| Failure::Bad("cargo did not say where the example is".to_owned()))
}

/// What became of the events, by version.
pub struct Ledger(Value);

/// One version's part of it.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Events that came in.
    pub entered: u64,
    /// Events with an outcome: delivered, dropped, unrouted.
    pub outcomes: [u64; 3],
    /// Deliveries by consumer.
    pub consumers: Vec<(String, u64)>,
}

impl Ledger {
    /// What that version decided.
    pub fn version(&self, version: u64) -> Entry {
        let entry = &self.0["versions"][version.to_string()];
        let count = |key: &str| entry[key].as_u64().unwrap_or(0);
        let consumers = entry["consumers"].as_object().into_iter().flatten();
        Entry {
            entered: count("in"),
            outcomes: ["delivered", "dropped", "unrouted"].map(count),
            consumers: consumers
                .map(|(name, n)| (name.clone(), n.as_u64().unwrap_or(0)))
                .collect(),
        }
    }

    /// The versions that decided anything.
    pub fn versions(&self) -> Vec<u64> {
        let versions = self.0["versions"].as_object();
        versions
            .into_iter()
            .flat_map(|v| v.keys())
            .filter_map(|v| v.parse().ok())
            .collect()
    }
}
