//! Bytes as a file of foreign YAML, and every shipped mapping.
#![no_main]

use libfuzzer_sys::fuzz_target;
use routewright_tests::fuzz;

fuzz_target!(|bytes: &[u8]| {
    fuzz::foreign(bytes, |run| allocation_counter::measure(run).bytes_max);
});
