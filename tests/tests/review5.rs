//! What a review found: each a way in which a decision went wrong.

use prost::Message;
use routewright::{Cause, Counters, Limits, Saved, Target};
use routewright_schema::pb::{self, scalar::Kind};
use routewright_tests::fixture;
use routewright_tests::pushes::{Cell, at, cell, overlay, rate, set, spawn_rate};

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

/// `restore`: "For cooldowns it counts as a move."
#[test]
fn a_restart_is_no_way_past_a_cooldown() {
    let level = |version, level: &str| {
        set(overlay(version), "log_level", Kind::EnumValue(level.into())).encode_to_vec()
    };
    let bytes = level(1, "debug");
    let cell = cell();
    let saved = Saved {
        accepted: 1,
        accepted_digest: routewright::Digest::of(&bytes),
        serving: Some(&bytes[..]),
        published: at(0).wall,
    };
    cell.restore(&saved, at(5)).unwrap();
    let refused = cell.publish_at(&level(2, "warn"), at(6)).unwrap_err();
    assert_eq!(refused.violations.list()[0].code.as_str(), "cooldown");
    cell.publish_at(&level(2, "warn"), at(35)).unwrap();
}

/// Version 2 was bad, somebody went back to 1; 3 is bad as well.
#[test]
fn previous_is_what_was_served_before() {
    let cell = cell();
    cell.publish_at(&spawn_rate(1, 0.4), at(0)).unwrap();
    cell.publish_at(&spawn_rate(2, 0.5), at(1)).unwrap();
    cell.rollback_at(Target::Previous, None, "2 is bad", at(2))
        .unwrap();
    assert_eq!(rate(&cell), 0.4);
    cell.publish_at(&spawn_rate(3, 0.45), at(3)).unwrap();
    cell.rollback_at(Target::Previous, None, "3 is bad", at(4))
        .unwrap();
    assert_eq!(rate(&cell), 0.4, "0.5 is what was taken back");
}

#[test]
fn previous_is_never_what_a_guard_took_back() {
    let cell = cell();
    cell.publish_at(&spawn_rate(1, 0.4), at(0)).unwrap();
    cell.publish_at(&guarded(2, 0.5, 10_000), at(1)).unwrap();
    cell.tick(&seen(0, 0), at(2));
    let changed = cell.tick(&seen(1_000, 900), at(3)).unwrap();
    assert_eq!((changed.cause, changed.after), (Cause::Guard, 1));
    cell.publish_at(&spawn_rate(3, 0.45), at(4)).unwrap();
    let back = cell.rollback_at(Target::Previous, None, "", at(5)).unwrap();
    assert_eq!(back.after.version(), 1, "2 was taken back by its guard");
}

/// A window that ends before the host reports twice was not watched at all.
#[test]
fn a_window_is_not_over_before_something_was_seen() {
    for bake_ms in [500, 10_000] {
        let cell = cell();
        cell.publish_at(&guarded(1, 0.4, bake_ms), at(0)).unwrap();
        // The host was suspended, or ticks seldom.
        assert_eq!(cell.tick(&seen(0, 0), at(70)), None);
        let tripped = cell.tick(&seen(1_000, 900), at(71));
        assert_eq!(tripped.map(|c| c.after), Some(0), "{bake_ms} ms");
    }
}

/// What has ended makes room; what lies below it stays the previous one.
#[test]
fn previous_reaches_over_what_made_room() {
    let mut limits = Limits::DEFAULT;
    limits.generations_max = 3;
    let cell = Cell::with_limits(&fixture::TABLE, limits);
    let lease = pb::Lease {
        owner: "ops".into(),
        reason: String::new(),
        ttl_ms: 5_000,
    };
    let leased = pb::RouteMap {
        lease: Some(lease),
        ..set(overlay(2), "spawn_rate", Kind::FloatValue(0.35))
    };
    cell.publish_at(&spawn_rate(1, 0.4), at(0)).unwrap();
    cell.publish_at(&leased.encode_to_vec(), at(1)).unwrap();
    cell.publish_at(&spawn_rate(3, 0.5), at(2)).unwrap();
    cell.publish_at(&spawn_rate(4, 0.6), at(10)).unwrap();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let back = cell.rollback_at(Target::Previous, None, "", at(11));
        seen.push(back.unwrap().after.version());
    }
    assert_eq!(seen, [3, 1, 0]);
}
