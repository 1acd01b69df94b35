//! How much memory webhooks may fill, together: counted while a body comes in, freed
//! after its last delivery. So neither strangers nor slow consumers exhaust the process;
//! and who only announces a large body, without sending it, takes nothing from others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counted for each webhook beside its body: headers, tasks, connections. (A rule of the
/// definition knows of it.)
const EACH: u64 = 16 << 10;

/// Bytes in use.
#[derive(Debug, Default)]
pub struct Budget(AtomicU64);

impl Budget {
    /// What a webhook needs before its body, unless more than `max` would be in use.
    pub fn reserve(self: &Arc<Budget>, max: u64) -> Option<Reservation> {
        let mut reservation = Reservation {
            budget: Arc::clone(self),
            bytes: 0,
        };
        reservation.grow(EACH, max).then_some(reservation)
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

impl Reservation {
    /// More of them, unless more than `max` would be in use; says whether it was so.
    pub fn grow(&mut self, bytes: u64, max: u64) -> bool {
        let more = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= max);
        let order = Ordering::Relaxed;
        let fits = self.budget.0.try_update(order, order, more).is_ok();
        self.bytes += if fits { bytes } else { 0 };
        fits
    }
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
        let mut one = budget.reserve(max).unwrap();
        let mut two = budget.reserve(max).unwrap();
        assert!(one.grow(1_000, max) && two.grow(999, max));
        assert!(!one.grow(2, max) && !two.grow(u64::MAX, u64::MAX));
        assert!(one.grow(1, max));
        assert!(budget.reserve(max).is_none());
        drop(two);
        assert!(budget.reserve(max).is_some());
        assert!(!budget.is_unused());
        drop(one);
        assert!(budget.is_unused());
    }
}
