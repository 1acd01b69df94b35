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
        "4 push      version 1 while events flow",
        "settings.spawn.decay: 3s is too far from the served 8s (2.67x)",
        "6 rollback  the baseline again",
        "none was lost",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
}
