//! Instructions that each scenario takes, counted by callgrind: seconds are noise on a
//! shared machine, instructions are not.
//!
//! A run of N and one of 2N differ by what N cost, and by nothing that was done once.

mod baseline;

use std::path::{Path, PathBuf};
use std::process::Command;

use baseline::{Baseline, Count};
use routewright_counts::{ALL, Scenario};
use routewright_tests::tools::{Tally, said};

#[test]
fn no_scenario_takes_more_instructions_than_it_did() {
    let mut tally = Tally::new("instructions");
    let mut baseline = Baseline::read();
    let there = said(Command::new("valgrind").arg("--version")).map(drop);
    match there.and_then(|()| baseline.fits_here()) {
        Ok(()) => {
            tally.ran();
            let counts = optimised();
            for scenario in ALL {
                let once = instructions(&counts, scenario, scenario.times);
                let twice = instructions(&counts, scenario, 2 * scenario.times);
                let each = (twice - once + scenario.times / 2) / scenario.times;
                baseline.found(scenario.name, Count::Instructions, each);
            }
            baseline.settle();
        }
        Err(why) => tally.skip("callgrind", &why),
    }
    tally.finish();
}

/// `counts` as users' builds are: optimised. In our target folder, where the tests of
/// this package were built without.
fn optimised() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    said(
        Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--release", "--bin=counts"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_NET_OFFLINE", "true"),
    )
    .unwrap_or_else(|why| panic!("{why}"));
    target.join("release/counts")
}

/// What callgrind collects in one run, from start to end.
fn instructions(counts: &Path, scenario: &Scenario, times: u64) -> u64 {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(counts)
        .args([scenario.name, &times.to_string()])
        // Which copy of `memcpy` runs depends on the processor; take the one of all.
        .env(
            "GLIBC_TUNABLES",
            "glibc.cpu.hwcaps=-AVX2,-AVX512F,-ERMS,-FSRM",
        )
        .output()
        .expect("valgrind");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{}: {said}", scenario.name);
    said.lines()
        .find_map(|line| line.split_once("Collected :"))
        .and_then(|(_, count)| count.trim().parse().ok())
        .unwrap_or_else(|| panic!("callgrind counted nothing: {said}"))
}
