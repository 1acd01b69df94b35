//! What a store promises, in twenty lines. What a version holds is its number.

/// What a process does with its cell, or what is done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A push of the next version.
    Publish,
    /// A tick after time and lookups enough for every probation.
    Pass,
    /// A rollback to the baseline.
    Retreat,
    /// The store is closed.
    Close,
}

/// How things stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Model {
    pub accepted: u64,
    pub serving: u64,
    /// What serves after a death in the trial of what serves now.
    pub good: u64,
    pub closed: bool,
}

impl Model {
    #[must_use]
    pub fn after(mut self, step: Step, probation: bool) -> Model {
        match step {
            Step::Publish => {
                self.accepted += 1;
                self.serving = self.accepted;
            }
            Step::Retreat => self.serving = 0,
            Step::Close => self.closed = true,
            Step::Pass => {}
        }
        if !probation || matches!(step, Step::Pass | Step::Retreat) {
            self.good = self.serving;
        }
        self
    }

    /// The next process.
    #[must_use]
    pub fn restarted(self) -> Model {
        let serving = if self.closed { self.serving } else { self.good };
        Model {
            serving,
            closed: false,
            ..self
        }
    }
}
