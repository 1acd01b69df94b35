//! Lines on standard error, one for each event and one for the end of each span.
//!
//! Nothing waits for them. They are written by a thread of their own, from a queue with a
//! bound: if whoever reads standard error stalls, lines are lost and counted, and engines
//! are told what they should be.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Lines that wait to be written.
const LINES_MAX: usize = 4_096;
/// How long the end of the process waits for the last ones.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is logged, and how.
#[derive(clap::Args)]
pub struct Args {
    /// What is logged to standard error: a level, or levels by target as in
    /// `info,routewright_control=debug`
    #[arg(
        long = "log",
        env = "ROUTEWRIGHT_LOG",
        default_value = "info",
        value_name = "FILTER"
    )]
    filter: String,
    /// How it is logged
    #[arg(
        long = "log-format",
        env = "ROUTEWRIGHT_LOG_FORMAT",
        value_enum,
        default_value = "plain"
    )]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Lines for people
    Plain,
    /// A JSON object a line
    Json,
}

/// The log. What still waits is written when this is dropped.
pub struct Log {
    lines: Lines,
}

impl Drop for Log {
    fn drop(&mut self) {
        let (done, written) = sync_channel(1);
        // Where the queue is full nobody reads, and waiting would not help.
        if self.lines.to.try_send(Item::Mark(done)).is_ok() {
            let _in_time_or_not = written.recv_timeout(PATIENCE);
        }
    }
}

/// Begins to log.
///
/// # Errors
/// In words: the filter is none, or there can be no thread.
pub fn start(args: &Args) -> Result<Log, String> {
    let filter = EnvFilter::try_new(&args.filter).map_err(|fault| format!("--log: {fault}"))?;
    let (to, queue) = sync_channel(LINES_MAX);
    let lines = Lines {
        to,
        lost: Arc::default(),
    };
    let (format, lost) = (args.format, lines.lost.clone());
    std::thread::Builder::new()
        .name("routewright-log".to_owned())
        .spawn(move || write(&queue, &lost, format))
        .map_err(|fault| format!("could not start a thread: {fault}"))?;
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone());
    match args.format {
        Format::Plain => {
            let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            let is_terminal = io::stderr().is_terminal();
            subscriber.with_ansi(is_terminal && colours).init();
        }
        Format::Json => subscriber.json().init(),
    }
    Ok(Log { lines })
}

#[derive(Clone)]
struct Lines {
    to: SyncSender<Item>,
    lost: Arc<AtomicU64>,
}

enum Item {
    /// A line, with its end.
    Line(Vec<u8>),
    /// All before it was written.
    Mark(SyncSender<()>),
}

impl Write for Lines {
    /// Takes a whole line, which is what the subscriber writes at once.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Err(TrySendError::Full(_)) = self.to.try_send(Item::Line(line.to_vec())) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(queue: &Receiver<Item>, lost: &AtomicU64, format: Format) {
    // One that is closed takes nothing, and there is nobody to be told.
    let write = |bytes: &[u8]| drop(io::stderr().write_all(bytes));
    while let Ok(item) = queue.recv() {
        match item {
            Item::Line(line) => write(&line),
            Item::Mark(done) => drop(done.send(())),
        }
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            write(told(lost, format).as_bytes());
        }
    }
}

fn told(lost: u64, format: Format) -> String {
    match format {
        Format::Plain => format!("{lost} lines were lost here: nobody read them in time\n"),
        Format::Json => format!(
            "{{\"level\":\"WARN\",\"fields\":{{\"message\":\"lines were lost here\",\"lost\":{lost}}}}}\n"
        ),
    }
}
