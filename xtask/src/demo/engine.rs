//! The example service as a child process that follows a control plane, fed with events all
//! the time.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::report::Failure;

/// No phase takes longer, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// Events that each engine is sent, at most: as fast as they could read, three of them would
/// leave no processor to those who are timed here.
const EVENTS_PER_SECOND: u64 = 100_000;
/// Events between two looks at the clock.
const CHUNK: u64 = 800;

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

/// A running engine.
pub struct Engine {
    name: String,
    child: Child,
    output: BufReader<ChildStdout>,
    asks: Option<Sender<()>>,
    feeder: Option<JoinHandle<std::io::Result<u64>>>,
}

/// It does not outlive the demo, also if the demo fails.
impl Drop for Engine {
    fn drop(&mut self) {
        self.asks = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Engine {
    /// Starts one, and begins to feed it. Its override outlives it in the folder `keep`.
    pub fn start(program: &Path, name: &str, plane: &str, keep: &Path) -> Result<Engine, Failure> {
        let mut child = Command::new(program)
            .args(["--listen", "127.0.0.1:0", "--follow", plane, "--name", name])
            .arg("--keep")
            .arg(keep)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| Failure::Bad(format!("{name} does not start: {e}")))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::Bad(format!("{name} has no input or output")));
        };
        let (asks, asked) = channel();
        let mut engine = Engine {
            name: name.to_owned(),
            child,
            output: BufReader::new(output),
            asks: Some(asks),
            feeder: None,
        };
        // It says where it listens; here nobody calls it there.
        line(&mut engine.output)?;
        engine.feeder = Some(std::thread::spawn(move || feed(input, &asked)));
        Ok(engine)
    }

    /// The ledger of all events that it has read by now.
    pub fn ledger(&mut self) -> Result<Ledger, Failure> {
        let asked = self.asks.as_ref().map(|asks| asks.send(()));
        match asked {
            Some(Ok(())) => Ok(Ledger(line(&mut self.output)?)),
            _ => Err(Failure::Bad(format!(
                "{} takes no events any more",
                self.name
            ))),
        }
    }

    /// Waits until that version has decided so many events.
    pub fn wait_until(&mut self, version: u64, events: u64) -> Result<(), Failure> {
        let began = Instant::now();
        while self.ledger()?.version(version).entered < events {
            if began.elapsed() > PATIENCE {
                return Err(Failure::Bad(format!(
                    "{}: version {version} did not decide {events} events within a minute",
                    self.name
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
            false => Err(Failure::Bad(format!("{} ended with {status}", self.name))),
        }
    }
}

/// Writes events until nobody asks any more; each ask is answered in the stream itself,
/// so that a ledger covers exactly what was sent before it.
fn feed(input: ChildStdin, asked: &Receiver<()>) -> std::io::Result<u64> {
    let mut input = BufWriter::new(input);
    let (began, mut sent) = (Instant::now(), 0);
    loop {
        if sent % CHUNK == 0 {
            input.flush()?;
            let due = Duration::from_micros(sent * 1_000_000 / EVENTS_PER_SECOND);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
        }
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
        .map_err(|_| Failure::Bad(format!("an engine said {line:?}, which is no ledger")))
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

    /// Updates of the control plane that the engine took so far.
    pub fn taken(&self) -> u64 {
        self.0["link"]["taken"].as_u64().unwrap_or(0)
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
