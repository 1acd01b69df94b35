//! What was turned away because somebody may not do it.
//!
//! Whoever is refused once may try a million times, so attempts alike are counted, only the
//! last ones are kept, and they are written down at most once a second.

use std::time::Duration;

use routewright::Now;
use routewright_schema::pb::{Denied, ListDeniedRequest, ListDeniedResponse};

use super::{Ledger, LedgerFault, Plane};
use crate::fit::{clipped, millis};

/// Different attempts that wait to be written down.
const WAITING_MAX: usize = 256;
/// Between two writes.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// Bytes of each text of an attempt that are kept.
const TEXT_BYTES_MAX: usize = 512;
/// Attempts of one answer: unless told otherwise, and at most.
const ATTEMPTS: usize = 100;
const ATTEMPTS_MAX: usize = 1_000;

/// Attempts that are not yet on disk.
#[derive(Default)]
pub struct Audit {
    waiting: Vec<Denied>,
    written: Duration,
}

impl<L: Ledger> Plane<L> {
    /// Somebody tried what they may not do.
    pub fn denied(&mut self, who: &str, rpc: &str, why: &str, now: Now) {
        let at = millis(now.wall);
        let [who, rpc, why] = [who, rpc, why].map(|text| clipped(text, TEXT_BYTES_MAX));
        let waiting = &mut self.audit.waiting;
        let alike = |d: &&mut Denied| d.who == who && d.rpc == rpc && d.why == why;
        let known = match waiting.len() < WAITING_MAX {
            true => waiting.iter_mut().find(alike),
            // The last place is for all that find none.
            false => waiting.last_mut(),
        };
        if let Some(known) = known {
            known.last_ms = at;
            known.count = known.count.saturating_add(1);
            return;
        }
        let (who, why) = match waiting.len() + 1 < WAITING_MAX {
            true => (who, why),
            false => (
                "(others)".to_owned(),
                "more different attempts within a second than are kept".to_owned(),
            ),
        };
        waiting.push(Denied {
            who,
            rpc,
            why,
            first_ms: at,
            last_ms: at,
            count: 1,
        });
    }

    /// Writes down what waits, if it is time to.
    pub(super) fn write_denied(&mut self, now: Now) {
        let due = self.audit.written.saturating_add(WRITE_EVERY);
        if !self.audit.waiting.is_empty() && now.monotonic >= due {
            self.audit.written = now.monotonic;
            self.flush_denied();
        }
    }

    /// Writes down what waits. What a disk does not take is tried again.
    pub fn flush_denied(&mut self) {
        if !self.audit.waiting.is_empty() && self.ledger.denied(&self.audit.waiting).is_ok() {
            self.audit.waiting.clear();
        }
    }

    /// What was turned away, newest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn attempts(&self, request: &ListDeniedRequest) -> Result<ListDeniedResponse, LedgerFault> {
        let limit = attempts_of(request);
        let mut attempts: Vec<Denied> = self.audit.waiting.iter().rev().cloned().collect();
        attempts.extend(self.ledger.attempts(limit)?);
        attempts.truncate(limit);
        Ok(ListDeniedResponse { attempts })
    }
}

/// How many attempts somebody asks for.
pub(crate) fn attempts_of(request: &ListDeniedRequest) -> usize {
    match request.limit {
        0 => ATTEMPTS,
        limit => (limit as usize).min(ATTEMPTS_MAX),
    }
}
