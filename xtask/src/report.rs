//! How a verb ends: what it prints, and with which exit code.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use routewright_schema::diagnostic::Report;
use routewright_schema::source::Sources;

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

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Bad(error.to_string())
    }
}

/// What a verb gives back.
pub type Done = Result<(), Failure>;

/// Says why, and gives the exit code.
pub fn exit(done: Done) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Bad(message)) => {
            say_error(&message);
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
        eprintln!("error: {message}");
    }
}

/// Prints a line, and ends quietly when nobody reads any more (`| head`).
pub fn say(text: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{text}").is_err() {
        std::process::exit(0);
    }
}

/// Prints a value for programs.
pub fn say_json(value: &serde_json::Value) {
    say(format_args!("{value:#}"));
}

/// Shows diagnostics on standard error, in colour if somebody looks.
pub fn show(report: &Report, sources: &Sources) {
    if !report.is_empty() {
        let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        eprint!("{}", report.render(sources, color));
    }
}

/// The text in an ANSI colour, if somebody looks at standard output and has not asked for
/// none.
pub fn paint(color: Color, text: &str) -> String {
    let wanted = std::io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    match wanted {
        true => format!("\x1b[{}m{text}\x1b[0m", color as u8),
        false => text.to_owned(),
    }
}

/// What a text means.
#[derive(Clone, Copy, Debug)]
pub enum Color {
    Bad = 31,
    Good = 32,
}

/// `1 error`, `2 errors`.
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
