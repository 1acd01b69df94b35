//! Bytes as what a control plane says to an engine.
#![no_main]

use libfuzzer_sys::fuzz_target;
use routewright_tests::fuzz;

fuzz_target!(|bytes: &[u8]| {
    fuzz::follow(bytes, |run| allocation_counter::measure(run).bytes_max);
});
