//! Bytes as a mapping, over a fixed file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use routewright_tests::fuzz;

fuzz_target!(|bytes: &[u8]| {
    fuzz::mapping(bytes, |run| allocation_counter::measure(run).bytes_max);
});
