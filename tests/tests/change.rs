//! Safe change: what stops a push that is legal and wrong, and what takes one back.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use prost::Message;
use routewright::{
    Cause, Counters, Guard, Limits, RouteCell, Saved, Scalar, Stamp, Stamped, Step, Target,
};
use routewright_schema::pb::{self, scalar::Kind};
use routewright_tests::fixture::{self, Event};
use routewright_tests::pushes::{
    Cell, at, cell, overlay, ramp, rate, route, set, spawn_rate, steps,
};

/// The codes of a refusal.
fn codes<T>(answer: Result<T, routewright::Refused>) -> Vec<&'static str> {
    answer.map_or_else(
        |refused| {
            let list = refused.violations.list().iter();
            list.map(|violation| violation.code.as_str()).collect()
        },
        |_| Vec::new(),
    )
}

fn level(version: u64, level: &str) -> Vec<u8> {
    let kind = Kind::EnumValue(level.to_owned());
    set(overlay(version), "log_level", kind).encode_to_vec()
}

fn forced(mut map: pb::RouteMap) -> Vec<u8> {
    let reason = "the event ends early".to_owned();
    map.force = Some(pb::Force { reason });
    map.encode_to_vec()
}

#[test]
fn force_passes_steps_and_is_remembered_but_not_ranges_or_rules() {
    let cell = cell();
    let push = |version, rate| set(overlay(version), "spawn_rate", Kind::FloatValue(rate));
    assert_eq!(codes(cell.publish(&push(1, 0.9).encode_to_vec())), ["step"]);
    cell.publish(&forced(push(1, 0.9))).unwrap();
    assert_eq!(rate(&cell), 0.9);
    let status = cell.status();
    let terms = &status.serving().unwrap().terms;
    assert_eq!(terms.force.as_deref(), Some("the event ends early"));
    assert_eq!(codes(cell.publish(&forced(push(2, 1.5)))), ["above_max"]);
    let outage = set(push(2, 0.9), "decay", Kind::DurationNs(1_000_000_000));
    assert_eq!(codes(cell.publish(&forced(outage))), ["rule"]);
    assert_eq!(rate(&cell), 0.9);
}

#[test]
fn a_cooldown_is_the_time_between_two_moves() {
    let cell = cell();
    cell.publish_at(&level(1, "debug"), at(100)).unwrap();
    // The same value is no move, and other settings have no cooldown.
    cell.publish_at(&level(2, "debug"), at(101)).unwrap();
    let refused = cell.publish_at(&level(3, "warn"), at(110)).unwrap_err();
    assert_eq!(
        refused.violations.to_string(),
        "settings.log_level: it moved 10s ago, and may move once in 30s; push again in 20s, or force it with a reason"
    );
    assert_eq!(
        cell.dry_run_at(&level(3, "warn"), at(110)).unwrap_err(),
        refused
    );
    // The way home is open, and is a move.
    cell.publish_at(&level(3, "info"), at(111)).unwrap();
    assert_eq!(
        codes(cell.publish_at(&level(4, "warn"), at(140))),
        ["cooldown"]
    );
    let map = set(overlay(4), "log_level", Kind::EnumValue("warn".into()));
    cell.publish_at(&forced(map), at(140)).unwrap();
    assert_eq!(
        codes(cell.publish_at(&level(5, "error"), at(169))),
        ["cooldown"]
    );
    cell.publish_at(&level(5, "error"), at(170)).unwrap();
    // A rollback is never held up, and is a move as well.
    cell.rollback_at(Target::Previous, None, "", at(171))
        .unwrap();
    assert_eq!(
        codes(cell.publish_at(&level(6, "debug"), at(200))),
        ["cooldown"]
    );
    cell.publish_at(&level(6, "debug"), at(201)).unwrap();
}

#[test]
fn a_walk_goes_on_from_its_own_last_step() {
    let walk = |version, step, rate| {
        let map = set(overlay(version), "spawn_rate", Kind::FloatValue(rate));
        let map = pb::RouteMap {
            ramp: ramp("to 0.9", step, 3),
            ..map
        };
        map.encode_to_vec()
    };
    let cell = cell();
    cell.publish(&walk(1, 1, 0.5)).unwrap();
    let status = cell.status();
    let seen = status.serving().unwrap().terms.ramp.clone().unwrap();
    assert_eq!((seen.step, seen.steps), (1, 3));
    assert_eq!(codes(cell.publish(&walk(2, 3, 0.9))), ["ramp_stopped"]);
    cell.publish(&walk(2, 2, 0.8)).unwrap();
    cell.rollback(Target::Version(0), None, "stop").unwrap();
    let refused = cell.publish(&walk(3, 3, 0.5)).unwrap_err();
    assert_eq!(
        refused.violations.to_string(),
        "ramp: step 3 of 3 of the walk `to 0.9` goes on from the step before it, which is not what is served (version 0); the walk was stopped"
    );
    // Its own steps are steps: no walk passes `max_step`.
    assert_eq!(codes(cell.publish(&walk(3, 1, 0.9))), ["step"]);
}

#[test]
fn a_guard_goes_back_once_and_keeps_the_reason() {
    let cell = cell();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hook = heard.clone();
    cell.on_change(move |changed| hook.lock().unwrap().push(changed.cause));
    let guarded = |version, rate| {
        let map = set(overlay(version), "spawn_rate", Kind::FloatValue(rate));
        pb::RouteMap {
            guard: Some(pb::Guard {
                bake_ms: 30_000,
                error_ppm_max: Some(20_000),
                ..Default::default()
            }),
            ..map
        }
        .encode_to_vec()
    };
    let seen = |deliveries, errors| Counters {
        events: deliveries,
        deliveries,
        errors,
        ..Counters::default()
    };
    cell.publish_at(&spawn_rate(1, 0.35), at(0)).unwrap();
    // Errors before the publish are of the version before, which has been watched enough.
    assert_eq!(cell.tick(&seen(500, 400), at(1)), None);
    assert_eq!(cell.tick(&seen(1_000, 900), at(60)), None);
    cell.publish_at(&guarded(2, 0.4), at(62)).unwrap();
    let (guard, left) = cell.status_at(at(63)).watch.unwrap();
    assert_eq!(guard.error_ppm_max, Some(20_000));
    assert_eq!(
        guard.allocation_bytes_per_second_max,
        Some(1_000),
        "the host's holds too"
    );
    assert_eq!(
        left,
        Duration::from_secs(59),
        "the longer window of the two"
    );
    assert_eq!(cell.tick(&seen(2_000, 950), at(63)), None);
    assert_eq!(cell.tick(&seen(3_000, 970), at(64)), None, "2 % is allowed");
    let changed = cell.tick(&seen(4_000, 1_000), at(65)).unwrap();
    assert_eq!(
        (changed.cause, changed.before, changed.after),
        (Cause::Guard, 2, 1)
    );
    assert_eq!(rate(&cell), 0.35);
    let reason =
        "guard.error_ppm_max: 50 of 2000 deliveries (2.5%) failed within 2.0 s; at most 2%";
    let status = cell.status_at(at(66));
    assert_eq!(status.latest.unwrap().reason, reason);
    assert_eq!(status.kept[0].tripped.as_deref(), Some(reason));
    assert!(status.watch.is_none());
    // Once: what it went back to is not watched.
    assert_eq!(cell.tick(&seen(9_000, 6_000), at(66)), None);
    assert_eq!(
        *heard.lock().unwrap(),
        [Cause::Publish, Cause::Publish, Cause::Guard]
    );
}

/// `config_allocation_rate_bytes_per_second` above 1 KB/s, as an injection: a handler that
/// parses configuration again and again after a push.
#[test]
fn the_allocation_rate_is_such_a_guard_without_being_asked() {
    let cell = cell();
    let seen = |config_bytes| Counters {
        config_bytes,
        ..Counters::default()
    };
    cell.publish_at(&spawn_rate(1, 0.4), at(0)).unwrap();
    assert_eq!(cell.tick(&seen(1 << 20), at(1)), None, "the publish itself");
    assert_eq!(cell.tick(&seen((1 << 20) + 1_000), at(2)), None);
    let before = 1 << 20;
    let changed = cell.tick(&seen(before + 5_000), at(3)).unwrap();
    assert_eq!((changed.cause, changed.after), (Cause::Guard, 0));
    assert_eq!(
        cell.status().latest.unwrap().reason,
        "guard.allocation_bytes_per_second_max: configuration allocated 2500 bytes a second over 2.0 s; at most 1000"
    );
    // A host that wants none says so.
    let mut limits = Limits::DEFAULT;
    limits.guard = Guard::NONE;
    let lax = Cell::with_limits(&fixture::TABLE, limits);
    lax.publish_at(&spawn_rate(1, 0.4), at(0)).unwrap();
    assert!(lax.status().watch.is_none());
    assert_eq!(lax.tick(&seen(1 << 30), at(9)), None);
}

#[test]
fn a_guard_goes_to_the_baseline_if_what_was_before_has_ended() {
    let cell = cell();
    let lease = pb::Lease {
        owner: "ops".into(),
        ttl_ms: 3_000,
        ..Default::default()
    };
    let leased = pb::RouteMap {
        lease: Some(lease),
        ..set(overlay(1), "spawn_rate", Kind::FloatValue(0.4))
    };
    cell.publish_at(&leased.encode_to_vec(), at(0)).unwrap();
    cell.publish_at(&spawn_rate(2, 0.5), at(1)).unwrap();
    assert_eq!(cell.tick(&Counters::default(), at(2)), None);
    let counters = Counters {
        config_bytes: 1 << 20,
        ..Counters::default()
    };
    let changed = cell.tick(&counters, at(4)).unwrap();
    assert_eq!((changed.before, changed.after), (2, 0));
}

#[test]
fn what_was_served_is_served_again_after_a_restart() {
    let before = cell();
    let lease = pb::Lease {
        owner: "ops".into(),
        reason: "event night".into(),
        ttl_ms: 60_000,
    };
    // Three pushes that one would be too far for.
    for (version, rate) in [(1, 0.6), (2, 0.9)] {
        before
            .publish_at(&spawn_rate(version, rate), at(0))
            .unwrap();
    }
    let map = pb::RouteMap {
        lease: Some(lease),
        ..set(overlay(3), "spawn_rate", Kind::FloatValue(1.0))
    };
    before.publish_at(&map.encode_to_vec(), at(10)).unwrap();
    let saved = before.saved();
    let bytes = saved.serving.clone().unwrap();
    let saved = Saved {
        accepted: saved.accepted,
        accepted_digest: saved.accepted_digest,
        serving: Some(bytes.as_slice()),
        published: saved.published,
    };

    let after = cell();
    let accepted = after.restore(&saved, at(30)).unwrap();
    assert_eq!(accepted.after.version(), 3);
    assert_eq!(rate(&after), 1.0);
    let status = after.status_at(at(30));
    assert_eq!(status.latest.as_ref().unwrap().change.cause, Cause::Restore);
    assert_eq!(
        status.serving().unwrap().left,
        Some(Duration::from_secs(40))
    );
    assert!(
        after.publish_at(&bytes, at(31)).unwrap().unchanged,
        "the same push again"
    );
    assert_eq!(
        codes(after.publish_at(&spawn_rate(3, 1.0), at(31))),
        ["version_conflict"]
    );
    assert_eq!(codes(after.restore(&saved, at(31))), ["not_fresh"]);
    assert!(after.expire(at(70)), "the lease goes on where it was");

    // Too late: the baseline serves, and versions go on.
    let late = cell();
    assert_eq!(codes(late.restore(&saved, at(70))), ["lease_ended"]);
    assert_eq!((rate(&late), late.status().accepted), (0.3, 3));

    // It ended while it was new.
    let image = accepted.after.raw().digest();
    let wary = cell();
    wary.quarantine(image);
    assert_eq!(codes(wary.restore(&saved, at(30))), ["quarantined"]);
    let again = set(overlay(4), "spawn_rate", Kind::FloatValue(1.0));
    let answer = wary.publish(&again.encode_to_vec());
    assert_eq!(codes(answer), ["step", "quarantined"]);
    wary.publish(&forced(again)).unwrap();

    // Garbage, and a mark that does not fit.
    for (bytes, code) in [(&[0xFF][..], "malformed"), (&bytes, "version_jump")] {
        let saved = Saved {
            accepted: 2,
            serving: Some(bytes),
            ..saved.clone()
        };
        let cell = cell();
        assert_eq!(codes(cell.restore(&saved, at(30))), [code]);
        assert_eq!((rate(&cell), cell.status().accepted), (0.3, 2));
    }

    // Nothing but the mark.
    let home = cell();
    let nothing = Saved {
        serving: None,
        ..saved
    };
    assert!(home.restore(&nothing, at(30)).unwrap().unchanged);
    assert_eq!(codes(home.publish(&spawn_rate(2, 0.4))), ["stale_version"]);
}

#[test]
fn generations_that_have_ended_make_room_first() {
    let mut limits = Limits::DEFAULT;
    limits.generations_max = 3;
    let cell = Cell::with_limits(&fixture::TABLE, limits);
    let leased = |version| {
        let lease = pb::Lease {
            owner: "ops".into(),
            ttl_ms: 1,
            ..Default::default()
        };
        let map = set(overlay(version), "spawn_rate", Kind::FloatValue(0.4));
        let lease = Some(lease);
        pb::RouteMap { lease, ..map }.encode_to_vec()
    };
    cell.publish_at(&spawn_rate(1, 0.31), at(1)).unwrap();
    for version in 2..=9 {
        cell.publish_at(&leased(version), at(version)).unwrap();
    }
    cell.rollback_at(Target::Version(1), None, "", at(20))
        .unwrap();
    assert_eq!(rate(&cell), 0.31);
}

#[test]
fn a_reason_is_kept_as_far_as_it_can_be_shown() {
    let cell = cell();
    cell.publish(&spawn_rate(1, 0.4)).unwrap();
    let long = format!("a\u{202E}b\n{}", "ä".repeat(1_000));
    cell.rollback(Target::Previous, None, &long).unwrap();
    let reason = cell.status().latest.unwrap().reason;
    assert!(
        reason.starts_with("abä") && reason.len() <= 1_024,
        "{reason}"
    );
}

#[test]
fn a_hook_may_change_the_cell() {
    static CELL: Cell = RouteCell::new(&fixture::TABLE);
    CELL.on_change(|changed| {
        if changed.cause == Cause::Publish {
            CELL.rollback(Target::Version(0), None, "never").unwrap();
            CELL.on_change(|_| ());
        }
    });
    CELL.publish(&spawn_rate(1, 0.4)).unwrap();
    assert_eq!(rate(&CELL), 0.3);
}

#[test]
fn a_stamp_says_which_route_of_which_table_decided() {
    let cell = cell();
    let map = pb::RouteMap {
        consumers: vec!["shadow".into()],
        routes: vec![route("treasure.a", 0), route("brand.new", 0)],
        removals: vec!["map.**".into()],
        clear_fallback: true,
        ..overlay(1)
    };
    let baseline = cell.reader().load().clone();
    let pushed = cell.publish(&map.encode_to_vec()).unwrap().after;
    // What is asked, and what decides in the baseline and under the push.
    let rows = [
        ("treasure.a", "treasure.a", "treasure.a"),
        ("treasure.b", "treasure.b", "treasure.b"),
        ("brand.new", "(fallback)", "brand.new"),
        ("player.joined", "player.*", "player.*"),
        ("player.nobody", "player.*", "player.*"),
        ("map.loaded", "map.**", "(nothing)"),
    ];
    for (name, in_baseline, in_push) in rows {
        for (table, other, expected) in [
            (&baseline, &pushed, in_baseline),
            (&pushed, &baseline, in_push),
        ] {
            let stamp = table.find(name).unwrap().stamp();
            let found = match table.raw().stamped(stamp) {
                Some(Stamped::Route(route)) => route.name(),
                Some(Stamped::Fallback) => "(fallback)",
                Some(Stamped::Nothing) => "(nothing)",
                None => "(another table)",
            };
            assert_eq!(found, expected, "{name}");
            assert!(other.raw().stamped(stamp).is_none(), "{name}");
            let text = stamp.to_string();
            assert!(table.raw().digest().to_string().starts_with(&text[..10]));
            assert_eq!(text.parse(), Ok(stamp));
            assert_eq!(Stamp::from_bits(stamp.to_bits()), stamp);
        }
    }
    assert_eq!(
        pushed.get(Event::TreasureA).stamp(),
        pushed.find("treasure.a").unwrap().stamp()
    );
    for wrong in [
        "",
        "+123456789abcdef",
        "0123456789abcde",
        "0123456789abcdefg",
    ] {
        assert!(wrong.parse::<Stamp>().is_err(), "{wrong}");
    }
    // A stamp that no table gave.
    let made_up = Stamp::from_bits(pushed.get(Event::TreasureA).stamp().to_bits() | 0xFF_0000);
    assert!(pushed.raw().stamped(made_up).is_none());
}

/// Several steps at once, in time: the outage, walked.
#[test]
fn the_outage_can_be_walked_to_in_steps() {
    let cell = cell();
    for (version, (rate, decay_s)) in [(0.6, 4), (0.9, 3)].into_iter().enumerate() {
        cell.publish(&steps(version as u64 + 1, rate, decay_s))
            .unwrap();
    }
    assert_eq!(rate(&cell), 0.9);
}

#[test]
fn the_previous_is_what_was_served_before() {
    let cell = cell();
    let back = || {
        cell.rollback(Target::Previous, None, "")
            .unwrap()
            .after
            .version()
    };
    for version in 1..=3 {
        cell.publish_at(&spawn_rate(version, 0.3 + version as f64 / 100.0), at(1))
            .unwrap();
    }
    cell.rollback(Target::Version(1), None, "").unwrap();
    cell.publish_at(&spawn_rate(4, 0.34), at(1)).unwrap();
    assert_eq!(
        (back(), back()),
        (1, 0),
        "not 3, which was rolled back from"
    );
    // What a guard took back is not gone back to.
    cell.publish_at(&spawn_rate(5, 0.35), at(2)).unwrap();
    cell.tick(&Counters::default(), at(3));
    let counters = Counters {
        config_bytes: 1 << 20,
        ..Counters::default()
    };
    assert_eq!(cell.tick(&counters, at(5)).unwrap().after, 0);
    cell.rollback(Target::Version(5), None, "on purpose")
        .unwrap();
    cell.publish_at(&spawn_rate(6, 0.36), at(6)).unwrap();
    assert_eq!(back(), 0);
}

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
    let mut limits = Limits::DEFAULT;
    limits.guard = Guard::NONE;
    let cell = Cell::with_limits(&fixture::TABLE, limits);
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

/// A value at which a factor allows no whole number above: `check` refuses such a `min`.
#[test]
fn a_factor_may_lead_nowhere() {
    let step = Step::Factor(1.5);
    assert!(!step.leaves(Scalar::Int(1)) && step.leaves(Scalar::Int(2)));
    assert!(step.leaves(Scalar::Float(0.001)) && step.leaves(Scalar::Duration(1_000)));
}

/// Whoever forces an image takes it upon himself, until the process dies of it again.
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
    assert!(cell.status().quarantined.is_empty());
}
