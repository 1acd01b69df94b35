//! `hold`: an engine on its baseline by its folder alone, by either tool's words.
#![cfg(unix)]

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use common::Folder;
use routewright::{Now, RouteCell};
use routewright_control::store::{Probation, Store};
use routewright_schema::pb::{Lease, Mode, RouteMap};
use routewright_schema::route_map;
use routewright_tests::fixture;

static CELL: RouteCell<fixture::Catalog> = RouteCell::new(&fixture::TABLE);

fn lent(version: u64, reason: &str) -> Vec<u8> {
    route_map::encode(&RouteMap {
        mode: Mode::Overlay.into(),
        version,
        reason: reason.to_owned(),
        removals: vec!["map.**".to_owned()],
        lease: Some(Lease {
            owner: "ops".to_owned(),
            reason: String::new(),
            ttl_ms: 3_600_000,
        }),
        ..RouteMap::default()
    })
}

#[test]
fn an_engine_is_held_and_let_go() {
    let folder = Folder::new("hold");
    let path = folder.path().join("overrides");
    let (store, _) = Store::boot(&path, Probation::default(), &CELL, Now::read()).unwrap();
    CELL.publish(&lent(1, "event night")).unwrap();
    let out = folder.run(&["hold", "overrides"]).good();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "held      no",
            "on disk   version 1, on probation",
            "because   event night"
        ]
    );
    assert!(
        lines[3].starts_with("lease     of ops; ends in ") && lines[4] == "accepted  1",
        "{out}"
    );

    // Nobody ticks: the file is there, and is said to be unseen.
    let why = "orders\nvanish \u{1b}[2J";
    let out = folder.run(&["hold", "overrides", "--reason", why]).good();
    assert!(
        out.starts_with("overrides is held on its baseline, until it is released\n  version 1 is still on disk after 3s: no engine runs there"),
        "{out}"
    );
    assert_eq!(CELL.load().version(), 1);
    let out = folder.run(&["hold", "overrides"]).good();
    assert!(
        out.starts_with("held      on its baseline, for ")
            && out.contains(": orders vanish \\u{1b}[2J\n"),
        "{out}"
    );

    // An engine that looks obeys, and takes nothing meanwhile.
    static TICKS: AtomicBool = AtomicBool::new(true);
    let ticking = store.clone();
    let ticker = thread::spawn(move || {
        while TICKS.load(Ordering::Relaxed) {
            ticking.tick(Now::read(), None);
            thread::sleep(Duration::from_millis(20));
        }
    });
    let json = folder
        .run(&[
            "hold",
            "overrides",
            "--reason",
            "orders vanish",
            "--format",
            "json",
        ])
        .json();
    assert_eq!(
        (
            &json["held"]["reason"],
            &json["version"],
            &json["accepted_version"]
        ),
        (&"orders vanish".into(), &0.into(), &1.into()),
        "{json}"
    );
    assert_eq!(CELL.load().version(), 0);
    let reason = json["reason"].as_str().unwrap();
    assert!(
        reason.contains("the file BASELINE is in the folder"),
        "{reason}"
    );

    let out = folder.run(&["hold", "overrides", "--release"]).good();
    assert!(out.starts_with("overrides is released\n"), "{out}");
    let out = folder.run(&["hold", "overrides", "--release"]).good();
    assert_eq!(out, "overrides was not held; nothing was done\n");
    CELL.publish(&lent(2, "")).unwrap();
    let json = folder
        .run(&["hold", "overrides", "--format", "json"])
        .json();
    assert_eq!(
        (&json["held"], &json["version"], &json["lease"]["owner"]),
        (&serde_json::Value::Null, &2.into(), &"ops".into())
    );
    TICKS.store(false, Ordering::Relaxed);
    ticker.join().unwrap();

    // A file that nobody can read is told of, and the one before it shown.
    let newest = std::fs::read_dir(&path).unwrap();
    let names = newest.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let newest = names.filter(|name| name.ends_with(".state")).max().unwrap();
    std::fs::write(path.join(&newest), "no state").unwrap();
    let out = folder.run(&["hold", "overrides"]).good();
    assert!(out.contains(&format!("damaged   {newest}: ")), "{out}");
}

#[test]
fn a_folder_that_no_engine_used_is_no_place_for_it() {
    let folder = Folder::new("hold-wrong");
    folder.write("other/file", "");
    for (args, told) in [
        (
            ["nowhere", "--reason=x"],
            "nowhere: there is no such folder",
        ),
        (
            ["other", "--reason=x"],
            "other: no engine ever kept its override here",
        ),
        (
            ["other", "--release"],
            "other: no engine ever kept its override here",
        ),
        (
            ["other/file", "--format=json"],
            "other/file: there is no such folder",
        ),
    ] {
        let err = folder.run(&[&["hold"], &args[..]].concat()).bad(1);
        assert!(err.contains(told), "{args:?}: {err}");
    }
    assert!(!folder.path().join("other/BASELINE").exists());
    let both = folder.run(&["hold", "other", "--reason", "x", "--release"]);
    assert!(both.bad(2).contains("cannot be used with"));
}
