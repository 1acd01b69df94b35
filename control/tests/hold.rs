//! `routewright-control hold`, `show`, `release`: the binary, beside a store in this process.
#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output};

use routewright::{Now, RouteCell};
use routewright_control::store::{Probation, Store};
use routewright_schema::pb::{Mode, RouteMap};
use routewright_schema::route_map;
use routewright_tests::fixture;

static CELL: RouteCell<fixture::Catalog> = RouteCell::new(&fixture::TABLE);

fn run(args: &[&str]) -> (bool, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_routewright-control"))
        .args(args)
        .output()
        .unwrap();
    let text = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
    (status.success(), text)
}

#[test]
fn by_hand_and_without_network() {
    let name = format!("hold-{}", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let folder = path.to_str().unwrap();
    let (good, text) = run(&["hold", folder, "--reason", "x"]);
    assert!(!good && text.contains("there is no such folder"), "{text}");

    let (store, _) = Store::boot(&path, Probation::default(), &CELL, Now::read()).unwrap();
    let (good, text) = run(&["hold", folder, "--reason", "orders vanish"]);
    assert!(
        good && text.contains("none is taken from the engine's next look on"),
        "{text}"
    );
    let (good, text) = run(&["show", folder]);
    assert!(
        good && text.contains(": orders vanish\non disk   the baseline"),
        "{text}"
    );

    // What is pushed meanwhile is put aside by the next tick.
    let map = RouteMap {
        mode: Mode::Overlay.into(),
        version: 1,
        removals: vec!["map.**".to_owned()],
        ..RouteMap::default()
    };
    CELL.publish(&route_map::encode(&map)).unwrap();
    assert!(store.held());
    store.tick(Now::read(), None);
    assert_eq!(CELL.load().version(), 0);

    let (good, text) = run(&["release", folder]);
    assert!(good && text.contains("is released"), "{text}");
    assert!(!store.held());
    std::fs::remove_dir_all(&path).unwrap();
}
