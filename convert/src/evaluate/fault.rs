//! What goes wrong, in jq's words where jq has words for it.

use std::fmt::Write;
use std::ops::ControlFlow;

use super::{Evaluator, Flow, PRELUDE, Raised, Stop};
use crate::trace::Origin;
use crate::value::{Data, Value};

/// Characters of a value that a message shows.
const SHOWN_MAX: usize = 40;

/// What a function gives, or why it does not.
pub(crate) type Answer<T = Value> = Result<T, Refusal>;

/// Why a function gives nothing.
pub(crate) enum Refusal {
    /// It cannot.
    Why(String),
    /// The run has cost too much.
    Spent(&'static str),
}

impl From<String> for Refusal {
    fn from(why: String) -> Refusal {
        Refusal::Why(why)
    }
}

impl From<&'static str> for Refusal {
    fn from(spent: &'static str) -> Refusal {
        Refusal::Spent(spent)
    }
}

/// A refusal in words.
pub(super) fn refuse<T>(why: impl Into<String>) -> Answer<T> {
    Err(Refusal::Why(why.into()))
}

impl Evaluator<'_> {
    /// An error that `try` catches, about what has that origin.
    pub(super) fn fail<T>(&self, message: impl Into<String>, from: Origin, at: u32) -> Flow<T> {
        self.raise(Data::Text(message.into().into()).of(from), at)
    }

    /// An error of any value.
    pub(super) fn raise<T>(&self, value: Value, at: u32) -> Flow<T> {
        let at = self.at(at);
        ControlFlow::Break(Stop::Error(Box::new(Raised { value, at })))
    }

    /// The end of the run.
    pub(super) fn spent<T>(&self, why: &str, at: u32) -> Flow<T> {
        let (value, at) = (Data::from(why).into(), self.at(at));
        ControlFlow::Break(Stop::Spent(Box::new(Raised { value, at })))
    }

    /// The value, or the error that there is none; it is about what has that origin.
    pub(super) fn unless<T>(&self, answer: Answer<T>, from: Origin, at: u32) -> Flow<T> {
        match answer {
            Ok(value) => ControlFlow::Continue(value),
            Err(Refusal::Why(why)) => self.fail(why, from, at),
            Err(Refusal::Spent(why)) => self.spent(why, at),
        }
    }

    /// Takes steps from the budget.
    pub(super) fn step(&self, steps: usize, at: u32) -> Flow {
        if at != PRELUDE {
            self.here.set(at);
        }
        match self.budget.steps(steps as u64) {
            Ok(()) => super::ON,
            Err(why) => self.spent(why, at),
        }
    }

    /// Takes bytes from the budget.
    pub(super) fn bytes(&self, bytes: usize, at: u32) -> Flow {
        match self.budget.bytes(bytes as u64) {
            Ok(()) => super::ON,
            Err(why) => self.spent(why, at),
        }
    }

    /// The same within a function.
    pub(super) fn takes(&self, bytes: usize) -> Answer<()> {
        Ok(self.budget.bytes(bytes as u64)?)
    }

    /// Refuses to put a value into a list or map that would be too deep with it.
    pub(super) fn shallow(&self, value: &Value, at: u32) -> Flow {
        match value.data.depth() >= crate::value::DEPTH_MAX {
            true => {
                let max = crate::value::DEPTH_MAX;
                let message = format!("lists and maps are nested more than {max} deep");
                self.fail(message, value.from, at)
            }
            false => super::ON,
        }
    }

    /// The place to tell: in the prelude, that of the last step of the mapping.
    fn at(&self, at: u32) -> u32 {
        match at {
            PRELUDE => self.here.get(),
            at => at,
        }
    }
}

/// jq's `tostring`.
pub(crate) fn text_of(data: &Data) -> String {
    match data {
        Data::Text(text) => text.to_string(),
        other => other.to_string(),
    }
}

/// Type and beginning of a value: `number (1)`.
pub(super) fn shown(value: &Value) -> String {
    struct Short(String);
    impl Write for Short {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.push_str(text);
            // A list of a million elements is not written out to show its first.
            match self.0.len() > 4 * SHOWN_MAX {
                true => Err(std::fmt::Error),
                false => Ok(()),
            }
        }
    }
    let mut short = Short(String::new());
    let whole = match &value.data {
        // The text alone may be large.
        Data::Text(text) => {
            let cut: String = text.chars().take(SHOWN_MAX + 1).collect();
            write!(short, "{}", Data::from(cut)).is_ok()
        }
        data => write!(short, "{data}").is_ok(),
    };
    let kind = value.data.kind();
    match short.0.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{kind} ({}...)", &short.0[..end]),
        None if whole => format!("{kind} ({})", short.0),
        None => format!("{kind} ({}...)", short.0),
    }
}
