//! `--at TIME`: the time that a verb is asked for.

use routewright_schema::value::{Moment, ValueFault};

/// What may be written, for help texts.
pub const TIME: &str = "TIME";

/// Reads a day, a time, or how long from now.
pub fn moment(text: &str) -> Result<Moment, String> {
    Moment::parse_after(text, Moment::now()).map_err(said)
}

/// What is wrong, and what to write, in a line.
fn said(fault: ValueFault) -> String {
    match fault.hint {
        Some(hint) => format!("{}; {hint}", fault.message),
        None => fault.message,
    }
}
