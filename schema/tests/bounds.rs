//! No definition makes the tool slow, or large, or panic: every case of the reject corpus
//! is read, checked, and written in each format, within 128 MiB.
//!
//! A binary of its own, because its allocator counts. Times are printed; they are
//! asserted only against waiting for ever.

mod cases;

use std::time::{Duration, Instant};

use allocation_counter::measure;
use cases::{Cases, refused};
use routewright_schema::diagnostic::{Run, github, json, sarif};

/// Bytes of heap at any moment, the texts included.
const HEAP_MAX: u64 = 128 << 20;
/// Far beyond the slowest case, which takes a second without optimisation.
const TIME_MAX: Duration = Duration::from_secs(60);

#[test]
fn each_ends_soon_and_within_its_memory() {
    let cases = Cases::new("bounds");
    let mut measured = Vec::new();
    for case in &cases.list {
        let start = Instant::now();
        let heap = measure(|| {
            let (sources, report) = refused(&case.path);
            let runs = [Run {
                name: &case.name,
                report: &report,
                sources: &sources,
            }];
            drop(report.render(&sources, true));
            drop(json(&runs).to_string());
            drop(sarif(&runs).to_string());
            drop(github(&runs));
        });
        measured.push((heap.bytes_max, start.elapsed(), case.name.as_str()));
    }
    measured.sort_by(|a, b| b.cmp(a));
    for (heap, time, name) in measured.iter().take(5) {
        println!("largest {name}: {} KiB, {time:?}", heap >> 10);
    }
    let (_, time, name) = measured.iter().max_by_key(|(_, time, _)| *time).unwrap();
    println!("slowest {name}: {time:?}");
    for (heap, time, name) in &measured {
        assert!(*heap <= HEAP_MAX, "{name}: {heap} bytes of heap");
        assert!(*time <= TIME_MAX, "{name}: {time:?}");
    }
}
