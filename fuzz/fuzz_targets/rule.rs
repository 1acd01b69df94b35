//! Text that is read as a rule.
#![no_main]

use libfuzzer_sys::fuzz_target;
use routewright_tests::fuzz;

fuzz_target!(|bytes: &[u8]| fuzz::rule(bytes));
