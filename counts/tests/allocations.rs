//! What each scenario allocates. A binary of its own, because its allocator counts; one
//! test, because the process should be quiet.

mod baseline;

use allocation_counter::measure;
use baseline::{Baseline, Count};
use routewright_counts::ALL;

/// What a service does for each event.
const FREE: &[&str] = &[
    "find-hit",
    "find-hit-built",
    "find-miss",
    "find-pattern",
    "get",
    "load",
    "load-reader",
    "settings-read",
    "pick",
];

#[test]
fn lookups_allocate_nothing_and_pushes_no_more_than_they_did() {
    let mut baseline = Baseline::read();
    for scenario in ALL {
        let mut run = (scenario.prepare)();
        // Whatever the first one fills.
        run(1);
        let times = scenario.times.min(100);
        let counted = measure(|| run(times));
        assert_eq!(counted.count_total % times, 0, "{}: uneven", scenario.name);
        let each = counted.count_total / times;
        if FREE.contains(&scenario.name) {
            assert_eq!(each, 0, "{} allocates", scenario.name);
        }
        baseline.found(scenario.name, Count::Allocations, each);
        let bytes = counted.bytes_total / times;
        baseline.found(scenario.name, Count::Bytes, bytes);
    }
    baseline.settle();
}
