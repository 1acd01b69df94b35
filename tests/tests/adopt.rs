//! What was decided elsewhere: cells over an image that came as bytes, and overrides that
//! a control plane brings.

use std::time::Duration;

use proptest::prelude::*;
use prost::Message;
use routewright::{Cause, Code, Counters, Digest, Limits, RouteCell, Saved, Target, Untyped};
use routewright_schema::pb::{self, scalar::Kind};
use routewright_tests::fixture;
use routewright_tests::pushes::{Cell, at, cell, overlay, set, spawn_rate};

fn other() -> RouteCell<Untyped> {
    RouteCell::open(fixture::TABLE.raw().as_image(), Limits::DEFAULT).unwrap()
}

fn saved(bytes: &[u8], accepted: u64, published: Duration) -> Saved<&[u8]> {
    Saved {
        accepted,
        accepted_digest: Digest::default(),
        serving: Some(bytes),
        published,
    }
}

fn leased(version: u64, rate: f64, ttl_ms: u64) -> Vec<u8> {
    let lease = pb::Lease {
        owner: "ops".to_owned(),
        reason: String::new(),
        ttl_ms,
    };
    let map = pb::RouteMap {
        lease: Some(lease),
        ..set(overlay(version), "spawn_rate", Kind::FloatValue(rate))
    };
    map.encode_to_vec()
}

fn serving(cell: &Cell) -> (u64, u64) {
    let status = cell.status_at(at(0));
    (status.table.version(), status.accepted)
}

#[test]
fn what_is_adopted() {
    let cell = &cell();
    let (one, five) = (spawn_rate(1, 0.5), spawn_rate(5, 0.6));
    let now = at(0);
    cell.publish_at(&one, now).unwrap();
    // Up, by more than a push may: how far it is, was asked when it was pushed.
    let far = spawn_rate(9, 0.01);
    cell.adopt(&saved(&far, 9, now.wall), "elsewhere", now)
        .unwrap();
    assert_eq!(serving(cell), (9, 9));
    let latest = cell.status_at(now).latest.unwrap();
    assert_eq!(
        (latest.change.cause, latest.reason.as_str()),
        (Cause::Adopt, "elsewhere")
    );
    // Down, to what is kept and to what was never here; the mark stays.
    cell.adopt(&saved(&one, 9, now.wall), "", now).unwrap();
    assert_eq!(serving(cell), (1, 9));
    cell.adopt(&saved(&five, 9, now.wall), "", now).unwrap();
    assert_eq!(serving(cell), (5, 9));
    // One goes back to what stands below, so going back comes to an end.
    for version in [1, 0] {
        cell.rollback_at(Target::Previous, None, "", now).unwrap();
        assert_eq!(serving(cell).0, version);
    }
    // The baseline, and the mark of the others.
    let nothing = Saved {
        serving: None,
        ..saved(&one, 12, now.wall)
    };
    cell.adopt(&saved(&five, 9, now.wall), "", now).unwrap();
    cell.adopt(&nothing, "", now).unwrap();
    assert_eq!(serving(cell), (0, 12));
    // Of later pushes it holds the order.
    let stale = cell.publish_at(&spawn_rate(12, 0.4), now).unwrap_err();
    assert_eq!(stale.accepted, 12);
    cell.publish_at(&spawn_rate(13, 0.4), now).unwrap();
}

#[test]
fn what_is_not_adopted_changes_nothing() {
    let cell = &cell();
    let now = at(1);
    let three = spawn_rate(3, 0.5);
    cell.publish_at(&three, now).unwrap();
    let quarantined = spawn_rate(4, 0.55);
    let image = cell.dry_run_at(&quarantined, now).unwrap();
    cell.quarantine(image.after.raw().digest());
    let long_ago = now.wall.saturating_sub(Duration::from_secs(60));
    let table: &[(&str, Vec<u8>, u64, Duration)] = &[
        ("version_jump", spawn_rate(7, 0.5), 6, now.wall),
        ("version_conflict", spawn_rate(3, 0.6), 8, now.wall),
        ("lease_ended", leased(8, 0.5, 59_000), 8, long_ago),
        ("quarantined", quarantined, 8, now.wall),
        ("above_max", spawn_rate(8, 7.0), 8, now.wall),
        ("malformed", b"\xff".to_vec(), 8, now.wall),
    ];
    for (code, bytes, accepted, published) in table {
        let refused = cell
            .adopt(&saved(bytes, *accepted, *published), "", now)
            .unwrap_err();
        assert_eq!(
            refused.violations.list()[0].code.as_str(),
            *code,
            "{refused}"
        );
        assert_eq!(serving(cell), (3, 3), "{code}");
    }
}

/// A mark that was raised by what others said is known without its bytes.
#[test]
fn the_version_of_a_mark_whose_bytes_are_not_known_is_adopted() {
    let cell = &cell();
    let now = at(0);
    let (nine, ten) = (spawn_rate(9, 0.5), spawn_rate(10, 0.4));
    cell.adopt(&saved(&nine, 10, now.wall), "", now).unwrap();
    assert_eq!(serving(cell), (9, 10));
    cell.adopt(&saved(&ten, 10, now.wall), "", now).unwrap();
    assert_eq!(serving(cell), (10, 10));
}

/// Who decided it may not know of that.
#[test]
fn what_a_guard_took_back_is_not_adopted() {
    let cell = &cell();
    let now = at(0);
    cell.publish_at(&spawn_rate(1, 0.5), now).unwrap();
    let guard = pb::Guard {
        bake_ms: 300_000,
        unrouted_ppm_max: Some(1),
        ..pb::Guard::default()
    };
    let two = pb::RouteMap {
        guard: Some(guard),
        ..set(overlay(2), "spawn_rate", Kind::FloatValue(0.4))
    };
    let two = two.encode_to_vec();
    cell.publish_at(&two, now).unwrap();
    let mut counters = Counters::default();
    cell.tick(&counters, now);
    (counters.events, counters.unrouted) = (10_000, 5_000);
    assert!(cell.tick(&counters, at(1)).is_some());
    // Not to version 1, which was replaced while it was watched.
    assert_eq!(serving(cell), (0, 2));
    let refused = cell
        .adopt(&saved(&two, 2, now.wall), "", at(2))
        .unwrap_err();
    let first = &refused.violations.list()[0];
    assert_eq!(first.code, Code::Guard);
    assert!(
        first.message.contains("took version 2 back"),
        "{}",
        first.message
    );
    assert_eq!(serving(cell), (0, 2));
    // Others are adopted as ever.
    let three = spawn_rate(3, 0.4);
    cell.adopt(&saved(&three, 3, now.wall), "", at(3)).unwrap();
    assert_eq!(serving(cell), (3, 3));
}

#[test]
fn an_adopted_lease_runs_from_its_publish() {
    let cell = &cell();
    let bytes = leased(1, 0.5, 60_000);
    let published = at(0).wall;
    cell.adopt(&saved(&bytes, 1, published), "", at(50))
        .unwrap();
    assert!(!cell.expire(at(59)));
    assert!(cell.expire(at(61)));
    assert_eq!(serving(cell).0, 0);
}

#[test]
fn an_image_from_outside_is_checked() {
    let image = fixture::TABLE.raw().as_image();
    for cut in [0, 1, 63, image.len() / 2, image.len() - 1] {
        assert!(RouteCell::<Untyped>::open(&image[..cut], Limits::DEFAULT).is_err());
    }
    // And it is another catalog's for a cell with types.
    let typed = RouteCell::<fixture::Catalog>::open(image, Limits::DEFAULT);
    assert!(typed.is_ok());
}

/// Something that is done to a cell.
#[derive(Clone, Debug)]
enum Deed {
    Rate(f64),
    Level(&'static str),
    Remove(&'static str),
    Lease(u64),
    Back(Option<u64>),
    Wait(u64),
    Adopt(u64, f64),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (1u32..120).prop_map(|n| Deed::Rate(f64::from(n) / 100.0)),
        prop::sample::select(vec!["error", "debug", "loud"]).prop_map(Deed::Level),
        prop::sample::select(vec!["treasure.a", "map.**", "nobody"]).prop_map(Deed::Remove),
        (1u64..50_000).prop_map(Deed::Lease),
        prop::option::of(0u64..8).prop_map(Deed::Back),
        (1u64..40).prop_map(Deed::Wait),
        (0u64..8, 1u32..120).prop_map(|(version, n)| Deed::Adopt(version, f64::from(n) / 100.0)),
    ]
}

proptest! {
    /// The control plane decides with a cell of its own what an engine will decide.
    #[test]
    fn a_cell_over_the_bytes_decides_as_the_linked_one(deeds in prop::collection::vec(deed(), 1..24)) {
        let (linked, opened) = (cell(), other());
        let mut clock = 0;
        for (step, deed) in deeds.into_iter().enumerate() {
            let version = step as u64 + 1;
            let now = at(clock);
            let push = match deed {
                Deed::Rate(rate) => spawn_rate(version, rate),
                Deed::Level(level) => {
                    set(overlay(version), "log_level", Kind::EnumValue(level.to_owned())).encode_to_vec()
                }
                Deed::Remove(name) => pb::RouteMap {
                    removals: vec![name.to_owned()],
                    ..overlay(version)
                }
                .encode_to_vec(),
                Deed::Lease(ttl_ms) => leased(version, 0.4, ttl_ms),
                Deed::Back(to) => {
                    let target = to.map_or(Target::Previous, Target::Version);
                    let a = linked.rollback_at(target, None, "", now).map(|a| a.after.raw().digest());
                    let b = opened.rollback_at(target, None, "", now).map(|a| a.after.raw().digest());
                    prop_assert_eq!(a, b);
                    continue;
                }
                Deed::Wait(seconds) => {
                    clock += seconds;
                    prop_assert_eq!(linked.expire(at(clock)), opened.expire(at(clock)));
                    continue;
                }
                Deed::Adopt(back, rate) => {
                    let bytes = spawn_rate(version.saturating_sub(back).max(1), rate);
                    let saved = saved(&bytes, version, now.wall);
                    let a = linked.adopt(&saved, "", now).map(|a| a.after.raw().digest());
                    let b = opened.adopt(&saved, "", now).map(|a| a.after.raw().digest());
                    prop_assert_eq!(a, b);
                    continue;
                }
            };
            let a = linked.publish_at(&push, now).map(|a| a.after.raw().digest());
            let b = opened.publish_at(&push, now).map(|a| a.after.raw().digest());
            prop_assert_eq!(a, b);
        }
    }
}
