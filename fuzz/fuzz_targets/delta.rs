//! Bytes as two pushes, and as a delta over one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use routewright_tests::fuzz;

fuzz_target!(|bytes: &[u8]| {
    fuzz::delta(bytes, |run| allocation_counter::measure(run).bytes_max);
});
