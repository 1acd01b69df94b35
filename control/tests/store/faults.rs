//! Disks that refuse: memory serves on, the fault is told, and it is tried again.

use std::fs;
use std::path::PathBuf;

use routewright_control::store::{Note, Probation};

use crate::host::{self, names};
use crate::process::Host;

/// Takes the names of the next files that are to be written, from `first` on: each is a
/// folder, and creating the file fails.
fn block(host: &Host, first: u64, count: u64) -> Vec<PathBuf> {
    (first..first + count)
        .map(|number| {
            let path = host.folder.join(format!("{number:019}.temp"));
            fs::create_dir(&path).unwrap();
            path
        })
        .collect()
}

#[test]
fn what_was_not_kept_is_told_and_tried_again_by_the_tick() {
    let mut host = Host::new("faults-retry", Probation::NONE);
    host.publish(host::map(0, 1)).unwrap();
    let before = names(&host.folder, ".state");
    block(&host, 2, 3);

    // The swap stays, the old file as well.
    host.publish(host::map(0, 2)).unwrap();
    assert_eq!(host.serving(), 2);
    assert_eq!(names(&host.folder, ".state"), before);
    let fault = host.store().status().fault.expect("it was not written");
    assert_eq!(fault.attempts, 1);
    assert!(
        fault.what.contains("faults-retry") && fault.what.contains("2.temp"),
        "{fault}"
    );
    assert_eq!(
        host.store().status().version,
        1,
        "the status is of what is on disk"
    );

    // Second after second: the third try is the fourth file.
    let mut attempts = Vec::new();
    while host.store().status().fault.is_some() {
        host.tick();
        attempts.push(
            host.store()
                .status()
                .fault
                .map_or(0, |fault| fault.attempts),
        );
        host.pass(1, 0);
    }
    // At once, then after 2, then after 4 seconds.
    assert_eq!(attempts, [2, 2, 3, 3, 3, 3, 0]);
    assert_eq!(host.store().status().version, 2);
    host.restart();
    assert_eq!(host.serving(), 2);
}

#[test]
fn a_disk_that_stays_full_is_asked_once_a_minute() {
    let host = &mut Host::new("faults-patience", Probation::NONE);
    block(host, 1, 100);
    host.publish(host::map(0, 1)).unwrap();
    for _ in 0..3_600 {
        host.tick();
        host.pass(1, 0);
    }
    let attempts = host.store().status().fault.unwrap().attempts;
    assert!((60..70).contains(&attempts), "{attempts}");
    // A change does not wait for the tick, nor does a tick forget its pace for it.
    host.publish(host::map(0, 2)).unwrap();
    assert_eq!(host.store().status().fault.unwrap().attempts, attempts + 1);
    host.tick();
    assert_eq!(host.store().status().fault.unwrap().attempts, attempts + 1);
}

#[test]
fn the_next_change_brings_what_was_missed() {
    let mut host = Host::new("faults-change", Probation::NONE);
    host.publish(host::map(0, 1)).unwrap();
    block(&host, 2, 1);
    host.publish(host::map(0, 2)).unwrap();
    assert!(host.store().status().fault.is_some());
    host.publish(host::map(0, 3)).unwrap();
    assert_eq!(host.store().status().fault, None);
    host.restart();
    assert_eq!((host.serving(), host.cell.status().accepted), (3, 3));
}

#[test]
fn what_goes_away_again_before_it_is_kept_is_no_fault() {
    let host = Host::new("faults-gone", Probation::NONE);
    host.publish(host::map(0, 1)).unwrap();
    host.retreat();
    block(&host, 3, 1);
    let previous = routewright::Target::Version(1);
    let go = |to| host.cell.rollback_at(to, None, "", host.now()).unwrap();
    go(previous);
    assert!(host.store().status().fault.is_some());
    host.retreat();
    assert_eq!(host.store().status().fault, None);
}

/// A death while a fault stands: what is on disk is older, and says so by itself.
#[test]
fn a_probation_whose_end_cannot_be_written_has_not_ended() {
    let mut host = Host::new("faults-promotion", Probation::default());
    host.publish(host::map(0, 1)).unwrap();
    let blocks = block(&host, 2, 1);
    host.tick();
    host.pass(60, 10_000);
    host.tick();
    let status = host.store().status();
    assert!(status.fault.is_some() && status.probation.is_some());
    for block in blocks {
        fs::remove_dir(block).unwrap();
    }
    let mut dead = Host::on(copy(&host), Probation::default(), host::cell());
    assert!(matches!(
        dead.boot.notes[..],
        [Note::Crashed { version: 1, .. }]
    ));
    assert_eq!(dead.serving(), 0);
    dead.store = None;
    // The other lives on, and writes it in the end.
    host.tick();
    let status = host.store().status();
    assert_eq!((status.fault, status.probation), (None, None));
    host.restart();
    assert_eq!(host.serving(), 1);
}

/// The folder as it would be found after a death now.
fn copy(host: &Host) -> PathBuf {
    let copy = host::place("faults-copy");
    fs::create_dir(&copy).unwrap();
    for name in names(&host.folder, ".state") {
        fs::copy(host.folder.join(&name), copy.join(&name)).unwrap();
    }
    copy
}

#[test]
fn a_close_that_cannot_be_written_says_so() {
    let mut host = Host::new("faults-close", Probation::default());
    host.publish(host::map(0, 1)).unwrap();
    block(&host, 2, 1);
    let fault = host.store().close().unwrap_err();
    assert!(fault.to_string().contains("not kept"), "{fault}");
    // Then it was a death, for all that anybody can know.
    host.restart();
    assert!(matches!(
        host.boot.notes[..],
        [.., Note::Crashed { version: 1, .. }]
    ));
}

#[test]
fn what_changes_after_a_close_is_not_said_to_be_kept() {
    let host = Host::new("faults-closed", Probation::NONE);
    host.store().close().unwrap();
    host.publish(host::map(0, 1)).unwrap();
    let fault = host.store().status().fault.expect("nobody writes any more");
    assert!(fault.what.contains("closed"), "{fault}");
}

#[test]
fn a_hook_that_panics_keeps_no_change_from_the_store() {
    let cell = host::cell();
    cell.on_change(|_| panic!("a fault of the host"));
    let host = Host::on(host::place("faults-hook"), Probation::NONE, cell);
    let push = host::push(1, 5);
    std::panic::catch_unwind(|| cell.publish_at(&push, host::at(0, 0))).unwrap_err();
    // It serves, so it is kept; and whoever tries again is told the truth.
    assert!(cell.publish(&push).unwrap().unchanged);
    let status = host.store().status();
    assert_eq!((status.version, status.fault), (1, None));
}
