//! What was decided while the disk was full, and is written down when it is well again.
//!
//! Going back must not depend on a disk: it is done at once, and noted as soon as that can
//! be. Going forward does: nothing new is decided before all of this is on disk, so it is
//! never long.

use std::collections::VecDeque;
use std::time::Duration;

use routewright::Now;
use routewright_schema::pb::Decision;

use super::{Ledger, LedgerFault, Plane, State};

/// Between two attempts.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

enum Entry {
    Decision(Box<Decision>),
    End(u64, State, String),
}

/// In the order of what happened.
#[derive(Default)]
pub(super) struct Unwritten {
    entries: VecDeque<Entry>,
    not_before: Duration,
}

impl Unwritten {
    /// Whether that decision was taken back.
    pub fn reverted(&self, revision: u64) -> bool {
        let of = |entry: &Entry| matches!(entry, Entry::End(other, State::Reverted, _) if *other == revision);
        self.entries.iter().any(of)
    }
}

impl<L: Ledger> Plane<L> {
    /// Notes a decision that is carried out in any case.
    ///
    /// # Errors
    /// It is not on disk yet; that is tried again. Likewise below.
    pub(super) fn note(&mut self, decision: Decision) -> Result<(), LedgerFault> {
        let entry = Entry::Decision(Box::new(decision));
        self.unwritten.entries.push_back(entry);
        self.write_down()
    }

    /// Notes how a decision ended.
    pub(super) fn note_end(
        &mut self,
        revision: u64,
        state: State,
        outcome: &str,
    ) -> Result<(), LedgerFault> {
        let entry = Entry::End(revision, state, outcome.to_owned());
        self.unwritten.entries.push_back(entry);
        self.write_down()
    }

    /// Writes down what waits.
    pub(super) fn write_down(&mut self) -> Result<(), LedgerFault> {
        while let Some(entry) = self.unwritten.entries.front() {
            match entry {
                Entry::Decision(decision) => self.ledger.decide(decision, None)?,
                Entry::End(revision, state, outcome) => {
                    self.ledger.settle(*revision, *state, outcome)?;
                }
            }
            self.unwritten.entries.pop_front();
        }
        Ok(())
    }

    /// Tries it again, now and then.
    pub(super) fn write_again(&mut self, now: Now) {
        let waits = !self.unwritten.entries.is_empty();
        if waits && now.monotonic >= self.unwritten.not_before {
            self.unwritten.not_before = now.monotonic.saturating_add(AGAIN_AFTER);
            // The ledger tells by its figures.
            let _again_later = self.write_down();
        }
    }
}
