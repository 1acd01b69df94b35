//! `demo`, as the README tells to run it, only shorter.

mod common;

use common::Folder;

#[test]
fn the_demo_loses_nothing() {
    let out = Folder::new("demo")
        .run(&["demo", "--events", "2000"])
        .good();
    for part in [
        "its generated code is fresh",
        "hunt-1, hunt-2, hunt-3 follow it",
        "4 push      version 1 while events flow, to one engine first",
        " after the call, and is watched for 500.00 ms",
        "hunt-1, hunt-2, hunt-3: settings.spawn.decay\n              3s is too far from the served 8s (2.67x)",
        "version 1 goes on serving; updates sent: 0",
        "6 lend      version 2 for ",
        "7 kill      the control plane, with version 3 in force",
        "follow it again after ",
        "8 rollback  the baseline again in all",
        "none was lost",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
}
