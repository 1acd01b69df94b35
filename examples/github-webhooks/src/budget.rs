//! How much memory webhooks may fill, together. A body is reserved before it is read and
//! freed after its last delivery, so neither strangers nor slow consumers can exhaust
//! the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counted for each webhook beside its body: headers, tasks, connections.
const EACH: u64 = 16 << 10;

/// Bytes in use.
#[derive(Debug, Default)]
pub struct Budget(AtomicU64);

impl Budget {
    /// Bytes for a body of this size, unless there would be more than `max` in use.
    /// (One body always fits into nothing: a pushed `max` cannot stop the service.)
    pub fn reserve(self: &Arc<Budget>, body: u64, max: u64) -> Option<Reservation> {
        let bytes = body.saturating_add(EACH);
        let more = |used: u64| {
            let sum = used.checked_add(bytes)?;
            (used == 0 || sum <= max).then_some(sum)
        };
        let order = Ordering::Relaxed;
        self.0.try_update(order, order, more).ok()?;
        Some(Reservation {
            budget: Arc::clone(self),
            bytes,
        })
    }

    /// Whether nothing is reserved.
    pub fn is_unused(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

/// Bytes that are in use until this is dropped.
#[derive(Debug)]
pub struct Reservation {
    budget: Arc<Budget>,
    bytes: u64,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reserved_is_bounded_and_comes_back() {
        let budget = Arc::new(Budget::default());
        let max = 2 * (1_000 + EACH);
        let one = budget.reserve(1_000, max).unwrap();
        let two = budget.reserve(1_000, max).unwrap();
        assert!(budget.reserve(0, max).is_none());
        drop(one);
        assert!(budget.reserve(1_001, max).is_none());
        let three = budget.reserve(1_000, max).unwrap();
        drop((two, three));
        assert!(budget.is_unused());
    }

    #[test]
    fn one_body_always_fits_and_none_overflows() {
        let budget = Arc::new(Budget::default());
        let huge = budget.reserve(u64::MAX, 1).unwrap();
        assert!(budget.reserve(0, u64::MAX).is_none());
        drop(huge);
        assert!(budget.is_unused());
    }
}
