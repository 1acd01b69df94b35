//! Bytes that are opened as an image.
#![no_main]

use libfuzzer_sys::fuzz_target;
use routewright_tests::fuzz;

fuzz_target!(|bytes: &[u8]| {
    fuzz::open(bytes, |run| allocation_counter::measure(run).bytes_max);
});
