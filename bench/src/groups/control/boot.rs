//! An engine that starts, and serves from disk what it served before.

use std::time::Instant;

use routewright::{Catalog, Now, RouteCell, Table};
use routewright_control::store::{Probation, Source, Store};

use crate::checkout::Scratch;
use crate::harness::{Options, progress};
use crate::live;

/// How long starts with an override of all routes take, in milliseconds.
pub fn time<C: Catalog>(baseline: &'static Table<C>, options: Options) -> Vec<f64> {
    progress("boot");
    let scratch = Scratch::new("boot");
    let folder = scratch.path("store");
    let cell: &'static RouteCell<C> = Box::leak(Box::new(RouteCell::new(baseline)));
    let (store, _) = Store::boot(&folder, Probation::NONE, cell, Now::read()).expect("a folder");
    live::publish(cell, &mut live::map_of(baseline.raw()), 1);
    store.close().expect("it is on disk");
    drop(store);
    let times = (0..options.slow_rounds()).map(|_| {
        let start = Instant::now();
        let cell: &'static RouteCell<C> = Box::leak(Box::new(RouteCell::new(baseline)));
        let booted = Store::boot(&folder, Probation::NONE, cell, Now::read());
        let time = start.elapsed().as_secs_f64() * 1e3;
        let (_store, boot) = booted.expect("it was closed");
        assert!(
            matches!(boot.source, Source::Disk { version: 1, .. }),
            "{boot:?}"
        );
        time
    });
    times.collect()
}
