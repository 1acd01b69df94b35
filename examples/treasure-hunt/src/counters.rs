//! What the process counts of itself, for guards and for the probation of an override.

use std::sync::atomic::{AtomicU64, Ordering};

use routewright::Counters;

static EVENTS: AtomicU64 = AtomicU64::new(0);
static UNROUTED: AtomicU64 = AtomicU64::new(0);

/// Counts an event in.
pub fn event() {
    EVENTS.fetch_add(1, Ordering::Relaxed);
}

/// Counts one that nothing answered for.
pub fn unrouted() {
    UNROUTED.fetch_add(1, Ordering::Relaxed);
}

/// All so far. (Deliveries here are a line in a ledger, and never fail.)
pub fn read() -> Counters {
    Counters {
        unrouted: UNROUTED.load(Ordering::Relaxed),
        events: EVENTS.load(Ordering::Relaxed),
        ..Counters::default()
    }
}
