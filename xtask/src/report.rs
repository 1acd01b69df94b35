//! How a verb ends: what it prints, and with which exit code.

use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use routewright_schema::diagnostic::Report;
use routewright_schema::source::Sources;
#[cfg(feature = "net")]
use routewright_schema::value::ValueFault;

use crate::term::{self, To};

/// Why a verb did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// The input is bad, or the world did not play along; exit code 1. Empty: it has
    /// been said already.
    Bad(String),
    /// The command line asks for something that makes no sense; exit code 2.
    Usage(String),
}

impl Failure {
    /// A failure that has been told to the user.
    pub fn told() -> Failure {
        Failure::Bad(String::new())
    }
}

/// The value of an option that cannot be read: why, and what to write.
#[cfg(feature = "net")]
pub fn unreadable(option: &str, fault: &ValueFault) -> Failure {
    let hint = fault.hint.as_ref();
    let hint = hint.map_or(String::new(), |hint| format!("; {hint}"));
    Failure::Usage(format!("{option}: {}{hint}", fault.message))
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Bad(error.to_string())
    }
}

/// What a verb gives back.
pub type Done = Result<(), Failure>;

/// Whether something was printed as the result.
static SAID: AtomicBool = AtomicBool::new(false);

/// Says why, and gives the exit code. Programs that read the result get a value in any
/// case, unless the command line made no sense.
pub fn exit(done: Done, json: bool) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Bad(message)) => {
            say_error(&message);
            if json && !SAID.load(Ordering::Relaxed) {
                say_json(&serde_json::json!({ "error": message }));
            }
            ExitCode::from(1)
        }
        Err(Failure::Usage(message)) => {
            say_error(&message);
            ExitCode::from(2)
        }
    }
}

fn say_error(message: &str) {
    if !message.is_empty() {
        note!("error: {message}");
    }
}

/// Prints a line for people, and ends quietly when nobody reads any more (`| head`).
pub fn say(text: impl std::fmt::Display) {
    let text = term::safe(&text.to_string(), To::Out.colored());
    let text = match To::Out.columns() {
        Some(columns) => term::wrapped(&text, columns),
        None => text,
    };
    out(&text);
}

/// Prints a file: as it is, unless it goes to a terminal.
pub fn say_file(text: impl std::fmt::Display) {
    let text = text.to_string();
    match To::Out.is_terminal() {
        true => out(&term::safe(&text, false)),
        false => out(&text),
    }
}

/// Prints a value for programs.
pub fn say_json(value: &serde_json::Value) {
    out(&term::safe_json(&format!("{value:#}")));
}

/// Prints a value for programs that read a value a line.
pub fn say_json_line(value: &serde_json::Value) {
    out(&term::safe_json(&value.to_string()));
}

fn out(text: &str) {
    SAID.store(true, Ordering::Relaxed);
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{text}").is_err() {
        std::process::exit(0);
    }
}

/// Prints a line beside the result, on standard error.
pub fn say_beside(text: impl std::fmt::Display) {
    let text = term::safe(&text.to_string(), false);
    let text = match To::Err.columns() {
        Some(columns) => term::wrapped(&text, columns),
        None => text,
    };
    // Nobody who reads it: no reason to end.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// [`say_beside`], of a format.
macro_rules! note {
    ($($text:tt)*) => { $crate::report::say_beside(format_args!($($text)*)) };
}
pub(crate) use note;

/// Shows diagnostics on standard error, in colour and as wide as the terminal if somebody
/// looks.
pub fn show(report: &Report, sources: &Sources) {
    if !report.is_empty() {
        let columns = To::Err.columns();
        let text = report.render_within(sources, To::Err.colored(), columns);
        let text = match columns {
            Some(columns) => term::wrapped_if(&text, columns, is_sentence),
            None => text,
        };
        let _ = write!(std::io::stderr().lock(), "{text}");
    }
}

/// Of a report, the lines that are not of a text that it shows: those stand as they are.
fn is_sentence(line: &str) -> bool {
    let begins = ["error", "warning", "= help: "];
    begins
        .iter()
        .any(|begin| line.trim_start().starts_with(begin))
}

/// `1 error`, `2 errors`.
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
