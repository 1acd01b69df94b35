//! What a review found and did not mend: each fails.

use std::time::Duration;

use prost::Message;
use routewright::{Counters, Saved};
use routewright_schema::pb::{self, scalar::Kind};
use routewright_tests::pushes::{at, cell, overlay, set, spawn_rate};

fn guarded(version: u64, rate: f64, bake_ms: u64) -> Vec<u8> {
    let guard = pb::Guard {
        bake_ms,
        unrouted_ppm_max: Some(10_000),
        ..Default::default()
    };
    let map = pb::RouteMap {
        guard: Some(guard),
        ..set(overlay(version), "spawn_rate", Kind::FloatValue(rate))
    };
    map.encode_to_vec()
}

fn seen(events: u64, unrouted: u64) -> Counters {
    Counters {
        events,
        unrouted,
        ..Counters::default()
    }
}

/// Whoever amends what is still new goes back behind both.
#[test]
fn a_guard_does_not_go_back_to_what_it_has_not_watched() {
    let cell = cell();
    cell.publish_at(&spawn_rate(1, 0.4), at(0)).unwrap();
    cell.tick(&seen(0, 0), at(1));
    cell.tick(&seen(1_000, 0), at(100));
    assert!(cell.status_at(at(100)).watch.is_none(), "1 is good");
    // 2 loses events; before anybody could see it, 3 amends it.
    cell.publish_at(&guarded(2, 0.5, 60_000), at(101)).unwrap();
    cell.publish_at(&guarded(3, 0.55, 60_000), at(102)).unwrap();
    cell.tick(&seen(1_000, 0), at(103));
    let changed = cell.tick(&seen(2_000, 900), at(104)).unwrap();
    assert_eq!(changed.after, 1, "nobody knows 2 to be good");
}

/// A restart within the window.
#[test]
fn a_guard_outlives_a_restart() {
    let before = cell();
    let bytes = guarded(1, 0.4, 60_000);
    before.publish_at(&bytes, at(0)).unwrap();
    let saved = before.saved();
    let after = cell();
    let saved = Saved {
        accepted: saved.accepted,
        accepted_digest: saved.accepted_digest,
        serving: Some(&bytes[..]),
        published: saved.published,
    };
    after.restore(&saved, at(10)).unwrap();
    let watch = after.status_at(at(10)).watch;
    assert_eq!(watch.map(|w| w.1), Some(Duration::from_secs(50)));
}

/// A value at which a factor allows no whole number above or below.
#[test]
fn a_factor_always_leaves_a_way_to_go() {
    use routewright::{Scalar, Step};
    let next = Step::Factor(1.5).towards(Scalar::Int(1), Scalar::Int(8));
    assert_ne!(next, Scalar::Int(1), "from 1 nothing but force leads away");
}

/// An image that was forced, and has served well for as long as anybody asked, is refused
/// until the next restart, and not after it.
#[test]
fn a_quarantine_ends() {
    let cell = cell();
    let image = {
        let other = routewright_tests::pushes::cell();
        other.publish(&spawn_rate(1, 0.4)).unwrap();
        other.status().table.raw().digest()
    };
    cell.quarantine(image);
    let mut map = set(overlay(1), "spawn_rate", Kind::FloatValue(0.4));
    map.force = Some(pb::Force {
        reason: "it was the disk".into(),
    });
    cell.publish(&map.encode_to_vec()).unwrap();
    // `Store` forgets it here (`Book::judge`); the cell does not.
    assert!(cell.status().quarantined.is_empty());
}
