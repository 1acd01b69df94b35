//! Cells and tables of which nobody knows the types: of an image that came as bytes.
//!
//! A control plane decides what an engine would decide with a cell of the engine's own
//! baseline; it was never compiled with its catalog.

use crate::typed::Catalog;

/// Any catalog: events and consumers are positions, and every image fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Untyped;

impl Catalog for Untyped {
    type Event = usize;
    type Consumer = usize;
    const FINGERPRINT: u64 = 0;
    const EVENTS: &'static [usize] = &[];
    const CONSUMERS: &'static [usize] = &[];

    fn index(event: usize) -> usize {
        event
    }

    fn fits(_: u64, _: usize) -> bool {
        true
    }
}
