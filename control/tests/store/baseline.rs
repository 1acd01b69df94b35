//! Starts after which an override cannot go on as it was: another baseline, a lease that
//! has ended, the file `BASELINE`.

use routewright::{Code, RouteCell, Table};
use routewright_control::store::{Cause, Note, Probation, SWITCH, Source};
use routewright_schema::pb::{Lease, RouteMap};

use crate::host::{self, Cell};
use crate::process::Host;

/// A cell of a program whose baseline is what this push made of ours.
fn other(map: &RouteMap) -> &'static Cell {
    use prost::Message as _;
    let cell = host::cell();
    cell.publish(&map.encode_to_vec()).unwrap();
    let raw = cell.status().table.raw().clone();
    let baseline = Table::new(raw, 0).expect("of the same catalog");
    Box::leak(Box::new(RouteCell::new(Box::leak(Box::new(baseline)))))
}

fn without(route: &str) -> RouteMap {
    RouteMap {
        removals: vec![route.to_owned()],
        ..host::map(1, 70_000)
    }
}

#[test]
fn over_another_baseline_it_is_checked_again_and_on_probation_again() {
    let mut host = Host::new("baseline-fits", Probation::default());
    host.publish(host::map(0, 5)).unwrap();
    host.tick();
    host.pass(60, 10_000);
    host.tick();
    assert_eq!(host.store().status().probation, None);
    let image = host.cell.status().table.raw().digest();

    host.boot(other(&without("treasure.a")));
    assert_eq!(host.boot.notes, [Note::Rebuilt { version: 1 }]);
    assert!(matches!(host.boot.source, Source::Disk { version: 1, .. }));
    assert_eq!(host::content(host.cell), 5);
    assert_ne!(host.cell.status().table.raw().digest(), image);
    let status = host.store().status();
    assert!(status.probation.is_some());
    assert_eq!(status.cause, Some(Cause::Rebuilt));

    // It dies of it: what was good over another baseline proves nothing here.
    host.boot(other(&without("treasure.a")));
    assert!(matches!(
        host.boot.notes[..],
        [Note::Crashed {
            version: 1,
            serving: 0,
            ..
        }]
    ));
    assert_eq!((host.serving(), host.boot.source), (0, Source::Baseline));
    // And back on the first baseline, it does not come back by itself.
    host.restart();
    assert_eq!((host.serving(), host.boot.notes.len()), (0, 0));
    assert_eq!(host.cell.status().accepted, 1);
}

#[test]
fn what_does_not_fit_another_baseline_is_dropped() {
    let mut host = Host::new("baseline-dropped", Probation::NONE);
    host.publish(without("treasure.a")).unwrap();
    host.boot(other(&without("treasure.a")));
    let [Note::Dropped { version: 1, why }] = &host.boot.notes[..] else {
        panic!("{:?}", host.boot.notes);
    };
    assert!(why.contains("treasure.a"), "{why}");
    assert_eq!((host.serving(), host.cell.status().accepted), (0, 1));
    let status = host.store().status();
    assert_eq!(status.cause, Some(Cause::Dropped));
    // It was said once, and is done.
    host.restart();
    assert_eq!((host.serving(), host.boot.notes.len()), (0, 0));
}

#[test]
fn a_lease_runs_on_by_the_wall_clock() {
    let leased = || RouteMap {
        lease: Some(Lease {
            owner: "festival".to_owned(),
            reason: String::new(),
            ttl_ms: 100_000,
        }),
        ..host::map(0, 5)
    };
    // Published at wall time 1,000; the next process begins then; does it serve?
    let rows = [
        (1_001, true),
        (1_099, true),
        (1_100, false),
        (9_999, false),
        (0, true),
    ];
    for (wall, serves) in rows {
        let mut host = Host::new("baseline-lease", Probation::NONE);
        host.wall = 1_000;
        host.publish(leased()).unwrap();
        host.wall = wall;
        host.restart();
        assert_eq!(host.serving(), u64::from(serves), "{wall}");
        assert_eq!(host.cell.status().accepted, 1, "{wall}");
        let told: &[Note] = if serves {
            &[]
        } else {
            &[Note::Expired { version: 1 }]
        };
        assert_eq!(host.boot.notes, told, "{wall}");
        // What is left of it ends in this process, and stays ended.
        host.pass(100, 0);
        host.tick();
        assert_eq!(host.serving(), 0, "{wall}");
        assert_eq!(host.store().status().cause, Some(Cause::Expiry), "{wall}");
        host.wall = 1_001;
        host.restart();
        assert_eq!((host.serving(), host.boot.notes.len()), (0, 0), "{wall}");
    }
}

/// A start after which the baseline serves although an override was published.
#[test]
fn the_switch_works_at_a_tick_and_at_a_start() {
    for at_start in [false, true] {
        let mut host = Host::new("baseline-switch", Probation::NONE);
        host.publish(host::map(0, 5)).unwrap();
        let switch = host.folder.join(SWITCH);
        std::fs::write(&switch, "").unwrap();
        let told = Note::Switched { version: 1 };
        if at_start {
            host.restart();
            assert_eq!(host.boot.notes, std::slice::from_ref(&told));
        } else {
            assert_eq!(host.serving(), 1);
            host.tick();
        }
        assert_eq!((host.serving(), host.cell.status().accepted), (0, 1));
        let status = host.store().status();
        assert_eq!(status.cause, Some(Cause::KillSwitch));
        assert_eq!(status.reason, told.to_string());
        // As long as it is there, no push lives longer than a tick.
        assert_eq!(host.publish(host::map(0, 6)), Ok(2));
        host.tick();
        assert_eq!(host.serving(), 0);
        // Taking it away brings nothing back; pushes work again.
        std::fs::remove_file(&switch).unwrap();
        host.tick();
        host.restart();
        assert_eq!((host.serving(), host.boot.notes.len()), (0, 0));
        let stale = host.cell.publish(&host::push(2, 7)).unwrap_err();
        assert_eq!(stale.violations.list()[0].code, Code::VersionConflict);
        assert_eq!(host.publish(host::map(0, 7)), Ok(3));
        host.tick();
        host.restart();
        assert_eq!(host.serving(), 3);
    }
}

#[test]
fn the_switch_may_be_anything() {
    let make: [fn(&std::path::Path); 3] = [
        |path| std::fs::create_dir(path).unwrap(),
        |path| std::os::unix::fs::symlink("nowhere", path).unwrap(),
        |path| std::fs::write(path, "because of the outage").unwrap(),
    ];
    for make in make {
        let mut host = Host::new("baseline-anything", Probation::NONE);
        host.publish(host::map(0, 5)).unwrap();
        make(&host.folder.join(SWITCH));
        host.tick();
        assert_eq!(host.serving(), 0);
    }
}

#[test]
fn a_cell_that_has_taken_a_push_is_left_alone() {
    use routewright_control::store::{OpenError, Store};
    let mut host = Host::new("baseline-fresh", Probation::NONE);
    host.publish(host::map(0, 5)).unwrap();
    host.store = None;
    let cell = host::cell();
    cell.publish(&host::push(1, 6)).unwrap();
    let booted = Store::boot(&host.folder, Probation::NONE, cell, host.now());
    assert!(matches!(booted, Err(OpenError::NotFresh)));
    assert_eq!(host::content(cell), 6);
    host.restart();
    assert_eq!(host::content(host.cell), 5);
}
