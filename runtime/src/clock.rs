//! The moment at which something is decided.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

/// A moment, by both clocks. Nothing in this crate reads a clock but [`Now::read`], so
/// that whoever asks decides what time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Time since some fixed moment of this process; never goes back. Leases, cooldowns
    /// and guards run by it.
    pub monotonic: Duration,
    /// Time since the Unix epoch; goes wherever somebody sets it. It counts for what
    /// outlives the process: the lease of an override that was restored.
    pub wall: Duration,
}

impl Now {
    /// Reads the clocks.
    pub fn read() -> Now {
        static START: OnceLock<Instant> = OnceLock::new();
        Now {
            monotonic: START.get_or_init(Instant::now).elapsed(),
            // Before the epoch is as good as at it: nothing was kept then.
            wall: SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
        }
    }
}
