//! Bytes as what engines and people say to a control plane.
#![no_main]

use libfuzzer_sys::fuzz_target;
use routewright_tests::fuzz;

fuzz_target!(|bytes: &[u8]| {
    fuzz::fleet(bytes, |run| allocation_counter::measure(run).bytes_max);
});
