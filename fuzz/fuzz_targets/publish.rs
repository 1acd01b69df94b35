//! Bytes that are pushed to an engine.
#![no_main]

use libfuzzer_sys::fuzz_target;
use routewright_tests::fuzz;

fuzz_target!(|bytes: &[u8]| {
    fuzz::publish(bytes, |run| allocation_counter::measure(run).bytes_max);
});
