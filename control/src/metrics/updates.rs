//! What became of updates: pushes, rollbacks, what a control plane sent.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use routewright_schema::pb::Refusal;

use super::{Codes, Histogram};
use crate::fit::clipped;

/// Refusals that are remembered in words.
const REJECTED_MAX: usize = 8;
/// Bytes of their words.
const WORDS_BYTES_MAX: usize = 1_024;

/// What became of updates that came one way.
#[derive(Debug)]
pub struct Updates {
    accepted: AtomicU64,
    refused: Codes,
    took: Histogram,
    rejected: Mutex<VecDeque<Rejected>>,
}

/// One that was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejected {
    /// Its version; `None`: nobody knows, or it has none.
    pub version: Option<u64>,
    /// When, since the Unix epoch.
    pub at: Duration,
    /// Of the first violation, as a stable word.
    pub code: String,
    /// Where in the push that is.
    pub path: String,
    /// Why, in words.
    pub message: String,
}

impl Default for Updates {
    fn default() -> Updates {
        Updates {
            accepted: AtomicU64::new(0),
            refused: Codes::default(),
            took: Histogram::new(Histogram::WORK),
            rejected: Mutex::default(),
        }
    }
}

impl Updates {
    /// One was taken, in this time.
    pub fn accept(&self, took: Duration) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.took.observe(took);
    }

    /// One was not. It counts once, by its first reason.
    pub fn refuse(&self, version: Option<u64>, refusal: &Refusal) {
        let first = refusal.violations.first();
        let code = first.map_or("unknown", |first| first.code.as_str());
        self.refused.add(code);
        let rejected = Rejected {
            version,
            at: SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
            code: clipped(code, WORDS_BYTES_MAX),
            path: clipped(first.map_or("", |first| &first.path), WORDS_BYTES_MAX),
            message: clipped(&refusal.message, WORDS_BYTES_MAX),
        };
        let mut all = self.lock();
        all.truncate(REJECTED_MAX - 1);
        all.push_front(rejected);
    }

    /// How many were taken.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// How many were not, by why.
    pub fn refused(&self) -> &Codes {
        &self.refused
    }

    /// How long those took that were taken.
    pub fn took(&self) -> &Histogram {
        &self.took
    }

    /// The last ones that were not taken, newest first.
    pub fn rejected(&self) -> Vec<Rejected> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Rejected>> {
        self.rejected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
