//! The cell: what a push, a rollback and the end of a lease do, and what each refuses.

use std::time::Duration;

use prost::Message;
use routewright::{Cause, Outcome, RouteCell, Target};
use routewright_schema::pb::{self, Mode, scalar::Kind, setting_value::Value};
use routewright_schema::route_map;
use routewright_tests::fixture::{self, Consumer, Event};
use routewright_tests::pushes::{
    Cell, at, cell, overlay, ramp, rate, route, set, spawn_rate, steps,
};

#[test]
fn an_overlay_changes_what_it_names_and_nothing_else() {
    let cell = cell();
    let map = pb::RouteMap {
        consumers: vec!["shadow".into()],
        routes: vec![
            route("treasure.a", 0),
            route("brand.new", 0),
            route("chat.*", 0),
        ],
        removals: vec!["map.**".into()],
        ..overlay(1)
    };
    let accepted = cell.publish(&map.encode_to_vec()).unwrap();
    assert_eq!(
        (accepted.before.version(), accepted.after.version()),
        (0, 1)
    );
    let mut reader = cell.reader();
    let table = reader.load();
    let to = |name| table.find(name).unwrap().consumers().collect::<Vec<_>>();
    assert_eq!(to("treasure.a"), [Consumer::Shadow]);
    assert_eq!(to("treasure.b"), [Consumer::Loot]);
    assert_eq!(to("brand.new"), [Consumer::Shadow]);
    assert_eq!(
        to("chat.said.hello"),
        [Consumer::Audit],
        "`*` is one segment, so the fallback answers"
    );
    assert_eq!(to("chat.said"), [Consumer::Shadow]);
    // Its pattern is gone, so the declared event is resolved again: to the fallback.
    assert_eq!(table.get(Event::MapLoaded).outcome(), Outcome::Deliver);
    assert_eq!(
        table.get(Event::MapLoaded).consumers().collect::<Vec<_>>(),
        [Consumer::Audit]
    );
}

#[test]
fn a_complete_map_replaces_everything() {
    let cell = cell();
    let map = pb::RouteMap {
        mode: Mode::Complete.into(),
        version: 3,
        consumers: vec!["loot".into()],
        routes: vec![route("treasure.a", 0)],
        allow_removals: 9,
        ..Default::default()
    };
    cell.publish(&map.encode_to_vec()).unwrap();
    let mut reader = cell.reader();
    let table = reader.load();
    assert_eq!(table.get(Event::TreasureB).outcome(), Outcome::Unrouted);
    assert!(
        table.find("nobody.knows").is_none(),
        "no fallback in the map, none in the table"
    );
    assert_eq!(fixture::settings(table).spawn_rate(), 0.3);
}

#[test]
fn versions() {
    let cell = cell();
    let refused = |bytes: &[u8]| {
        let refused = cell.publish(bytes).unwrap_err();
        assert_eq!((refused.serving, refused.accepted), (5, 5));
        refused.violations.list()[0].code.as_str()
    };
    cell.publish(&spawn_rate(5, 0.4)).unwrap();
    assert!(cell.publish(&spawn_rate(5, 0.4)).unwrap().unchanged);
    assert_eq!(refused(&spawn_rate(5, 0.5)), "version_conflict");
    assert_eq!(refused(&spawn_rate(4, 0.5)), "stale_version");
    assert_eq!(refused(&spawn_rate(6 + (1 << 32), 0.5)), "version_jump");
    let expecting = pb::RouteMap {
        expected_serving: Some(4),
        ..set(overlay(6), "spawn_rate", Kind::FloatValue(0.5))
    };
    assert_eq!(refused(&expecting.encode_to_vec()), "serving_mismatch");
    assert_eq!(rate(&cell), 0.4);
    cell.publish(&spawn_rate(5 + (1 << 32), 0.5)).unwrap();
    assert_eq!(rate(&cell), 0.5);
}

#[test]
fn the_outage_is_refused_with_the_numbers() {
    let cell = cell();
    let map = set(overlay(1), "spawn_rate", Kind::FloatValue(0.9));
    let map = set(map, "decay", Kind::DurationNs(3_000_000_000));
    let refused = cell.publish(&map.encode_to_vec()).unwrap_err();
    let said: Vec<String> = refused
        .violations
        .list()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        said,
        [
            "settings.decay: 3s is too far from the served 8s (2.67x); at most 2x in one push: 4s to 16s would be accepted",
            "settings.spawn_rate: 0.9 is too far from the served 0.3 (3.00x); at most 2x in one push: 0.15 to 0.6 would be accepted",
        ]
    );
    assert_eq!(rate(&cell), 0.3);
}

#[test]
fn a_step_is_measured_against_what_is_served_and_the_way_home_is_open() {
    let cell = cell();
    cell.publish(&spawn_rate(1, 0.6)).unwrap();
    cell.publish(&spawn_rate(2, 1.0)).unwrap();
    assert_eq!(
        cell.publish(&spawn_rate(3, 0.4))
            .unwrap_err()
            .violations
            .list()[0]
            .code
            .as_str(),
        "step"
    );
    cell.publish(&spawn_rate(3, 0.3)).unwrap();
    assert_eq!(rate(&cell), 0.3);
}

#[test]
fn what_a_push_may_not_say() {
    let with = |change: fn(&mut pb::RouteMap)| {
        let mut map = set(overlay(1), "spawn_rate", Kind::FloatValue(0.4));
        change(&mut map);
        map.encode_to_vec()
    };
    let rows: &[(&str, &str, Vec<u8>)] = &[
        ("malformed", "map", vec![0xFF]),
        ("missing", "mode", vec![]),
        ("empty_map", "map", overlay(1).encode_to_vec()),
        ("missing", "mode", with(|m| m.mode = 0)),
        ("unknown_field", "mode", with(|m| m.mode = 9)),
        ("missing", "version", with(|m| m.version = 0)),
        (
            "unknown_field",
            "map",
            [with(|_| ()), vec![0xF8, 0x07, 1]].concat(),
        ),
        (
            "duplicate_field",
            "version",
            [with(|_| ()), vec![0x10, 2]].concat(),
        ),
        (
            "missing",
            "force.reason",
            with(|m| m.force = Some(pb::Force { reason: " ".into() })),
        ),
        (
            "limit",
            "force.reason",
            with(|m| {
                m.force = Some(pb::Force {
                    reason: "x".repeat(1_025),
                })
            }),
        ),
        ("missing", "ramp.id", with(|m| m.ramp = ramp("", 1, 3))),
        (
            "malformed",
            "ramp.step",
            with(|m| m.ramp = ramp("up", 0, 3)),
        ),
        (
            "malformed",
            "ramp.step",
            with(|m| m.ramp = ramp("up", 4, 3)),
        ),
        (
            "limit",
            "ramp.steps",
            with(|m| m.ramp = ramp("up", 1, 1_001)),
        ),
        ("ramp_stopped", "ramp", with(|m| m.ramp = ramp("up", 2, 3))),
        (
            "missing",
            "guard.bake_ms",
            with(|m| {
                m.guard = Some(pb::Guard {
                    error_ppm_max: Some(0),
                    ..Default::default()
                })
            }),
        ),
        (
            "missing",
            "guard",
            with(|m| {
                m.guard = Some(pb::Guard {
                    bake_ms: 1,
                    ..Default::default()
                })
            }),
        ),
        (
            "limit",
            "guard.bake_ms",
            with(|m| {
                m.guard = Some(pb::Guard {
                    bake_ms: 86_400_001,
                    error_ppm_max: Some(0),
                    ..Default::default()
                })
            }),
        ),
        (
            "limit",
            "guard.unrouted_ppm_max",
            with(|m| {
                m.guard = Some(pb::Guard {
                    bake_ms: 1,
                    unrouted_ppm_max: Some(1_000_001),
                    ..Default::default()
                })
            }),
        ),
        (
            "unknown_consumer",
            "consumers[0]",
            with(|m| m.consumers.push("nobody".into())),
        ),
        (
            "schema_mismatch",
            "consumers[0]",
            with(|m| {
                m.catalog = 1;
                m.consumers.push("nobody".into());
            }),
        ),
        (
            "duplicate",
            "consumers[1]",
            with(|m| m.consumers = vec!["loot".into(), "loot".into()]),
        ),
        (
            "unknown_setting",
            "settings.nothing",
            with(|m| m.settings[0].name = "nothing".into()),
        ),
        (
            "duplicate",
            "settings.spawn_rate",
            with(|m| m.settings.push(m.settings[0].clone())),
        ),
        (
            "missing",
            "settings.spawn_rate",
            with(|m| m.settings[0].value = None),
        ),
        (
            "wrong_type",
            "settings.log_level",
            with(|m| m.settings[0].name = "log_level".into()),
        ),
        (
            "unknown_route",
            "removals.\"player.joined\"",
            with(|m| m.removals.push("player.joined".into())),
        ),
        (
            "duplicate",
            "removals.\"treasure.a\"",
            with(|m| {
                m.consumers.push("loot".into());
                m.routes.push(route("treasure.a", 0));
                m.removals.push("treasure.a".into());
            }),
        ),
        // The other way round: a removal comes first in these bytes.
        (
            "duplicate",
            "routes.\"treasure.item.found\"",
            [
                with(|m| {
                    m.consumers.push("loot".into());
                    m.removals.push("treasure.item.found".into());
                }),
                pb::RouteMap {
                    routes: vec![route("treasure.item.found", 0)],
                    ..Default::default()
                }
                .encode_to_vec(),
            ]
            .concat(),
        ),
        (
            "duplicate",
            "removals.\"treasure.item.found\"",
            with(|m| m.removals = vec!["treasure.item.found".into(); 2]),
        ),
        (
            "duplicate",
            "clear_fallback",
            with(|m| {
                m.consumers.push("loot".into());
                m.fallback = Some(route("", 0));
                m.clear_fallback = true;
            }),
        ),
        (
            "duplicate",
            "fallback",
            [
                with(|m| {
                    m.consumers.push("loot".into());
                    m.clear_fallback = true;
                }),
                pb::RouteMap {
                    fallback: Some(route("", 0)),
                    ..Default::default()
                }
                .encode_to_vec(),
            ]
            .concat(),
        ),
        // `clear_fallback: false`, written out, says nothing.
        (
            "empty_map",
            "map",
            [overlay(1).encode_to_vec(), vec![0x80, 0x01, 0x00]].concat(),
        ),
        (
            "malformed",
            "routes.\"treasure.a\"",
            with(|m| m.routes.push(route("treasure.a", 7))),
        ),
        (
            "no_target",
            "routes.\"x\"",
            with(|m| {
                m.routes.push(pb::ResolvedRoute {
                    name: "x".into(),
                    ..Default::default()
                })
            }),
        ),
        (
            "tie",
            "routes.\"*.joined\"",
            with(|m| {
                m.consumers.push("loot".into());
                m.routes.push(route("*.joined", 0));
            }),
        ),
        (
            "wrong_mode",
            "removals",
            with(|m| {
                m.mode = Mode::Complete.into();
                m.removals.push("treasure.a".into());
            }),
        ),
        (
            "above_max",
            "settings.spawn_rate",
            with(|m| {
                m.settings[0].value = Some(Value::Scalar(pb::Scalar {
                    kind: Some(Kind::FloatValue(1.5)),
                }))
            }),
        ),
        (
            "missing",
            "lease.owner",
            with(|m| {
                m.lease = Some(pb::Lease {
                    ttl_ms: 1,
                    ..Default::default()
                })
            }),
        ),
        (
            "missing",
            "lease.ttl_ms",
            with(|m| {
                m.lease = Some(pb::Lease {
                    owner: "me".into(),
                    ..Default::default()
                })
            }),
        ),
        ("limit", "reason", with(|m| m.reason = "x".repeat(1_025))),
        (
            "bad_name",
            "reason",
            with(|m| m.reason = "a\u{202E}b".into()),
        ),
        (
            "removals",
            "allow_removals",
            pb::RouteMap {
                mode: Mode::Complete.into(),
                version: 1,
                consumers: vec!["loot".into()],
                routes: vec![route("treasure.a", 0)],
                allow_removals: 8,
                ..Default::default()
            }
            .encode_to_vec(),
        ),
    ];
    let cell = cell();
    let image = cell.reader().load().raw().digest();
    for (code, path, bytes) in rows {
        let refused = cell.publish(bytes).expect_err(code);
        let first = &refused.violations.list()[0];
        assert_eq!(
            (first.code.as_str(), first.path.to_string().as_str()),
            (*code, *path),
            "{first}"
        );
        let dry = cell.dry_run(bytes).unwrap_err();
        assert_eq!(dry, refused, "a dry run answers the same");
        assert_eq!(
            cell.reader().load().raw().digest(),
            image,
            "{code} changed something"
        );
    }
    assert_eq!(cell.status().accepted, 0);
}

#[test]
fn rules_hold_over_the_new_values() {
    let cell = cell();
    cell.publish(&steps(1, 0.6, 4)).unwrap();
    cell.publish(&steps(2, 0.6, 2)).unwrap();
    let refused = cell.publish(&steps(3, 0.6, 1)).unwrap_err();
    assert_eq!(
        refused.violations.list()[0].to_string(),
        "rules[0]: the rule `decay >= 2s || spawn_rate <= 0.5` does not hold with decay = 1s, spawn_rate = 0.6"
    );
    cell.publish(&steps(3, 0.5, 1)).unwrap();
}

#[test]
fn rollback_goes_to_what_is_kept() {
    let cell = cell();
    for version in 1..=10 {
        cell.publish(&spawn_rate(version, 0.3 + version as f64 / 100.0))
            .unwrap();
    }
    let serving = |target, expected| {
        cell.rollback(target, expected, "")
            .map(|a| a.after.version())
    };
    assert_eq!(serving(Target::Previous, None), Ok(9));
    assert_eq!(serving(Target::Previous, Some(9)), Ok(8));
    assert_eq!(
        serving(Target::Previous, Some(9))
            .unwrap_err()
            .violations
            .list()[0]
            .code
            .as_str(),
        "serving_mismatch"
    );
    assert_eq!(serving(Target::Version(3), None), Ok(3));
    assert_eq!(rate(&cell), 0.3 + 3.0 / 100.0);
    assert!(
        cell.rollback(Target::Version(3), None, "")
            .unwrap()
            .unchanged
    );
    let gone = serving(Target::Version(2), None).unwrap_err();
    assert_eq!(
        gone.violations.list()[0].message,
        "version 2 is not kept (kept: 3, 4, 5, 6, 7, 8, 9, 10; 0 is the baseline)"
    );
    assert_eq!(serving(Target::Previous, None), Ok(0));
    assert_eq!(rate(&cell), 0.3);
    assert_eq!(
        cell.status().accepted,
        10,
        "the accepted version never falls"
    );
    assert_eq!(
        cell.publish(&spawn_rate(10, 0.31))
            .unwrap_err()
            .violations
            .list()[0]
            .code
            .as_str(),
        "version_conflict"
    );
    cell.publish(&spawn_rate(11, 0.31)).unwrap();
}

#[test]
fn a_lease_ends_by_itself() {
    let cell = cell();
    let leased = |version, rate: f64, ttl_ms| {
        let lease = pb::Lease {
            owner: "ops".into(),
            reason: "event night".into(),
            ttl_ms,
        };
        pb::RouteMap {
            lease: Some(lease),
            ..set(overlay(version), "spawn_rate", Kind::FloatValue(rate))
        }
        .encode_to_vec()
    };
    cell.publish_at(&spawn_rate(1, 0.35), at(0)).unwrap();
    cell.publish_at(&leased(2, 0.4, 10_000), at(1)).unwrap();
    let status = cell.status_at(at(5));
    let serving = status.serving().unwrap();
    assert_eq!(
        (
            serving.terms.lease.as_ref().unwrap().owner.as_str(),
            serving.left
        ),
        ("ops", Some(Duration::from_secs(6)))
    );
    assert!(!cell.expire(at(10)));
    assert_eq!(rate(&cell), 0.4);
    assert!(cell.expire(at(11)));
    assert_eq!(rate(&cell), 0.3, "the baseline, not the override before");
    assert!(!cell.expire(at(12)));
    let refused = cell
        .rollback_at(Target::Version(2), None, "", at(12))
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("the lease of version 2 has ended"),
        "{refused}"
    );
    cell.rollback_at(Target::Version(1), None, "", at(12))
        .unwrap();
    assert_eq!(rate(&cell), 0.35);
    // A push also ends what has lapsed: the step is measured from the baseline.
    cell.publish_at(&leased(3, 0.6, 1_000), at(13)).unwrap();
    assert_eq!(
        cell.publish_at(&spawn_rate(4, 1.0), at(20))
            .unwrap_err()
            .violations
            .list()[0]
            .code
            .as_str(),
        "step"
    );
    assert_eq!(cell.status_at(at(20)).table.version(), 0);
}

#[test]
fn the_hook_hears_of_every_change() {
    use std::sync::{Arc, Mutex};
    let cell = cell();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hook = heard.clone();
    cell.on_change(move |change| {
        hook.lock()
            .unwrap()
            .push((change.cause, change.before, change.after))
    });
    let second = heard.clone();
    cell.on_change(move |change| {
        let last = *second.lock().unwrap().last().unwrap();
        assert_eq!(
            last,
            (change.cause, change.before, change.after),
            "in order"
        );
    });
    cell.publish(&spawn_rate(1, 0.4)).unwrap();
    cell.publish(&spawn_rate(1, 0.4)).unwrap();
    cell.publish(&spawn_rate(2, 0.0)).unwrap_err();
    cell.rollback(Target::Previous, None, "").unwrap();
    assert_eq!(
        *heard.lock().unwrap(),
        [(Cause::Publish, 0, 1), (Cause::Rollback, 1, 0)]
    );
}

#[test]
fn readers_see_whole_generations() {
    static CELL: Cell = RouteCell::new(&fixture::TABLE);
    let publisher = std::thread::spawn(|| {
        for version in 1..=2_000u64 {
            // Version and rate belong together; a torn table would mix them.
            CELL.publish(&spawn_rate(version, 0.3 + (version % 100) as f64 / 1_000.0))
                .unwrap();
        }
    });
    let reader = |load: fn() -> (u64, f64)| {
        std::thread::spawn(move || {
            let mut last = 0;
            while last < 2_000 {
                let (version, rate) = load();
                assert!(version >= last, "went back");
                let expected = 0.3 + (version % 100) as f64 / 1_000.0;
                assert_eq!(rate, expected, "version {version}");
                last = version;
            }
        })
    };
    let a = reader(|| {
        let table = CELL.load();
        (table.version(), fixture::settings(&table).spawn_rate())
    });
    let b = reader(|| {
        let mut reader = CELL.reader();
        let table = reader.load();
        (table.version(), fixture::settings(table).spawn_rate())
    });
    publisher.join().unwrap();
    a.join().unwrap();
    b.join().unwrap();
}

/// A linked image is verified by the test that is generated beside it, not by the service.
/// If it is damaged all the same, lookups and pushes stay within it.
#[test]
fn a_damaged_baseline_never_panics() {
    let good = fixture::TABLE.raw().as_image();
    let mut complete = route_map::from_table(fixture::TABLE.raw(), 1);
    complete.mode = Mode::Complete.into();
    let complete = complete.encode_to_vec();
    let header = 192;
    for at in header..good.len() {
        let mut image = good.to_vec();
        image[at] ^= 1 << (at % 8);
        let table: &'static fixture::Table =
            Box::leak(Box::new(fixture::Table::linked(image.leak(), 0)));
        for name in ["treasure.item.found", "player.left", "nobody.knows"] {
            let _ = table.find(name).map(|r| r.consumers().count());
        }
        let cell = RouteCell::new(table);
        for push in [&complete, &spawn_rate(2, 0.4)] {
            if let Ok(accepted) = cell.publish(push) {
                let _ = accepted.after.get(Event::MapLoaded).outcome();
            }
        }
    }
}
