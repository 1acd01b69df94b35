//! What the fuzzers of the control plane have found, and what is made by chance, as plain
//! tests.
//!
//! The laws stand in `routewright_tests::fuzz`, and the fuzzers of `fuzz/` call the same.

use std::path::Path;

use routewright_tests::fuzz::{self, Peak};

/// A law: what must hold for any bytes.
type Law = fn(&[u8], Peak);

const LAWS: [(&str, Law); 3] = [
    ("fleet", fuzz::fleet),
    ("follow", fuzz::follow),
    ("delta", fuzz::delta),
];

fn peak(run: &mut dyn FnMut()) -> u64 {
    allocation_counter::measure(run).bytes_max
}

/// Whether it holds for these; why not is in the output.
fn holds(law: Law, input: &[u8]) -> bool {
    std::panic::catch_unwind(|| law(input, peak)).is_ok()
}

#[test]
fn what_fuzzers_have_left() {
    let mut fails = Vec::new();
    for (name, law) in LAWS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
        let mut count = 0;
        for entry in std::fs::read_dir(folder.join(name)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let input = std::fs::read(&path).expect("a file");
            if !holds(law, &input) {
                fails.push(path);
            }
            count += 1;
        }
        assert!(count > 0, "{name} has no corpus");
    }
    assert!(fails.is_empty(), "{fails:?}");
}

/// Numbers that depend on a seed alone (SplitMix64, Steele, Lea and Flood 2014).
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

#[test]
fn what_comes_by_chance() {
    let rounds: u64 = match std::env::var("ROUTEWRIGHT_ROUNDS") {
        Ok(text) => text.parse().expect("ROUTEWRIGHT_ROUNDS: a number"),
        Err(_) => 400,
    };
    let mut fails = Vec::new();
    for seed in 0..rounds {
        let mut numbers = numbers(seed);
        let length = numbers.next().unwrap_or_default() % 1_000;
        let bytes = numbers.map(|number| number as u8);
        let input: Vec<u8> = bytes.take(length as usize).collect();
        for (name, law) in LAWS {
            if !holds(law, &input) {
                fails.push((name, seed));
            }
        }
    }
    assert!(fails.is_empty(), "{} fail: {fails:?}", fails.len());
}
