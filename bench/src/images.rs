//! The generated names as generated code would have them: catalogs and linked baselines.

use routewright::{Aligned, Catalog, Table};

/// A catalog of so many events, for images with that fingerprint.
#[derive(Clone, Copy, Debug)]
pub struct Generated<const EVENTS: usize, const FINGERPRINT: u64>;

/// A declared event: like the generated enum, nothing but its position.
#[derive(Clone, Copy, Debug)]
pub struct Event(pub u32);

/// A declared consumer, likewise.
#[derive(Clone, Copy, Debug)]
#[expect(dead_code, reason = "the bench delivers to nobody")]
pub struct Consumer(pub u16);

const fn events<const EVENTS: usize>() -> [Event; EVENTS] {
    let mut all = [Event(0); EVENTS];
    let mut at = 0;
    while at < EVENTS {
        all[at] = Event(at as u32);
        at += 1;
    }
    all
}

impl<const EVENTS: usize, const FINGERPRINT: u64> Catalog for Generated<EVENTS, FINGERPRINT> {
    type Event = Event;
    type Consumer = Consumer;
    const FINGERPRINT: u64 = FINGERPRINT;
    const EVENTS: &'static [Event] = &events::<EVENTS>();
    const CONSUMERS: &'static [Consumer] = &[
        Consumer(0),
        Consumer(1),
        Consumer(2),
        Consumer(3),
        Consumer(4),
        Consumer(5),
        Consumer(6),
        Consumer(7),
    ];

    #[inline]
    fn index(event: Event) -> usize {
        event.0 as usize
    }
}

include!(concat!(env!("OUT_DIR"), "/images.rs"));

/// Calls a generic function with the linked baseline of a number of names.
macro_rules! with_baseline {
    ($count:expr, $function:ident($($argument:expr),*)) => {
        match $count {
            30 => $function(&$crate::images::TABLE_30, $($argument),*),
            1_000 => $function(&$crate::images::TABLE_1000, $($argument),*),
            10_000 => $function(&$crate::images::TABLE_10000, $($argument),*),
            100_000 => $function(&$crate::images::TABLE_100000, $($argument),*),
            other => unreachable!("no image of {other} names was linked"),
        }
    };
}
pub(crate) use with_baseline;
