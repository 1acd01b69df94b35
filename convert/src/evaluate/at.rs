//! A value on its way, and the path that led to it, if somebody asked for paths.

use std::rc::Rc;

use crate::trace::{Origin, Trace};
use crate::value::{DEPTH_MAX, Data, Value};

/// What steps take and give.
#[derive(Clone)]
pub(crate) struct At {
    pub value: Value,
    pub trail: Trail,
}

/// How a value was reached.
#[derive(Clone)]
pub(crate) enum Trail {
    /// Nobody asks.
    Off,
    /// It was made, and not reached: there is no path to it.
    Made,
    /// By that path, under those conditions.
    Path(Option<Rc<Step>>, Origin),
}

/// The last step of a path, and those before.
pub(crate) struct Step {
    key: Value,
    before: Option<Rc<Step>>,
    length: u16,
}

impl At {
    /// A value of which nobody asks for the path.
    pub fn of(value: Value) -> At {
        let trail = Trail::Off;
        At { value, trail }
    }

    /// Where paths begin.
    pub fn root(value: Value) -> At {
        let trail = Trail::Path(None, Origin::NOWHERE);
        At { value, trail }
    }

    /// The same value as input of something that is asked beside.
    pub fn aside(&self) -> At {
        At::of(self.value.clone())
    }

    /// A value that was made on the way.
    pub fn made(&self, value: Value) -> At {
        self.trail.made(value)
    }

    /// Depending on a condition as well.
    pub fn because(mut self, trace: &Trace, of: Origin) -> At {
        if of != Origin::NOWHERE {
            self.value = self.value.because(trace, of);
            if let Trail::Path(_, because) = &mut self.trail {
                *because = trace.join(*because, of);
            }
        }
        self
    }
}

impl Trail {
    /// A value that was made, where this one was.
    pub fn made(&self, value: Value) -> At {
        let trail = match self {
            Trail::Off => Trail::Off,
            Trail::Made | Trail::Path(..) => Trail::Made,
        };
        At { value, trail }
    }

    /// One step further.
    ///
    /// # Errors
    /// jq's words for a value that has no path, or one that is too long.
    pub fn then(&self, from: &Value, key: impl FnOnce() -> Value) -> Result<Trail, String> {
        match self {
            Trail::Off => Ok(Trail::Off),
            Trail::Made => Err(made_up(from)),
            Trail::Path(before, because) => {
                let length = before.as_ref().map_or(0, |step| step.length) + 1;
                if length >= DEPTH_MAX {
                    return Err(format!("a path has more than {DEPTH_MAX} steps"));
                }
                let step = Step {
                    key: key(),
                    before: before.clone(),
                    length,
                };
                Ok(Trail::Path(Some(Rc::new(step)), *because))
            }
        }
    }

    /// The keys of the path, outermost first, and what it depends on beside them.
    pub fn keys(&self) -> Option<(Vec<Value>, Origin)> {
        let Trail::Path(last, because) = self else {
            return None;
        };
        let steps = std::iter::successors(last.as_deref(), |step| step.before.as_deref());
        let mut keys: Vec<Value> = steps.map(|step| step.key.clone()).collect();
        keys.reverse();
        Some((keys, *because))
    }
}

/// A path as a value.
pub(super) fn path((keys, because): (Vec<Value>, Origin)) -> Value {
    Data::from(keys).of(because)
}

/// jq's words, and what they mean.
pub(super) fn made_up(value: &Value) -> String {
    format!(
        "Invalid path expression with result {}: it was made, and does not stand in the input",
        super::fault::shown(value)
    )
}
