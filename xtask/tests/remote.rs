//! The verbs that talk to an engine, over a real socket.

mod common;

use std::sync::Mutex;

use common::Folder;
use routewright_tests::fixture;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

static CELL: routewright::RouteCell<fixture::Catalog> =
    routewright::RouteCell::new(&fixture::TABLE);

/// One cell, so one test at a time.
static ONE: Mutex<()> = Mutex::new(());

/// Serves the cell; returns its address.
fn engine() -> String {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let guard = runtime.enter();
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap())
        .unwrap()
        .with_nodelay(Some(true));
    let url = format!("http://{}", incoming.local_addr().unwrap());
    runtime.spawn(
        Server::builder()
            .add_routes(routewright_control::routes(&CELL))
            .serve_with_incoming(incoming),
    );
    drop(guard);
    // It lives as long as the process; nothing else ends it.
    std::mem::forget(runtime);
    url
}

#[test]
fn push_status_and_rollback() {
    let _one = ONE.lock();
    let url = engine();
    let folder = Folder::new("remote");
    let run = |args: &[&str]| folder.run(&[args, &["--url", &url]].concat());

    assert!(
        run(&["status"])
            .good()
            .starts_with("serving   the baseline (12 names, 10 routes)\n")
    );

    // Amends: version = accepted + 1, expecting what was read.
    let out = run(&[
        "push",
        "--set",
        "spawn_rate=0.4",
        "--set",
        "delays=[1s, 3s]",
        "--reason",
        "more chests",
        "--dry-run",
    ])
    .good();
    assert!(
        out.starts_with("version 1 would be serving (dry run: nothing was changed)\n"),
        "{out}"
    );
    assert!(
        run(&["status"])
            .good()
            .starts_with("serving   the baseline")
    );
    let out = run(&[
        "push",
        "--set",
        "spawn_rate=0.4",
        "--set",
        "delays=[1s, 3s]",
        "--reason",
        "more chests",
    ])
    .good();
    assert!(out.starts_with("version 1 is serving\n"), "{out}");
    assert!(
        out.contains("setting spawn_rate: 0.3 -> 0.4")
            && out.contains("setting delays: [1s, 2s, 4s] -> [1s, 3s]"),
        "{out}"
    );
    // The second amendment keeps the first.
    let out = run(&[
        "push",
        "--remove",
        "map.**",
        "--owner",
        "ops",
        "--ttl",
        "1h",
        "--reason",
        "event night",
    ])
    .good();
    assert!(
        out.contains("route map.loaded: drop: cosmetic -> audit"),
        "{out}"
    );
    let status = run(&["status"]).good();
    for part in [
        "serving   version 2",
        "reason    event night",
        "held by   ops, event night; ends in 3",
        "accepted  2",
        "kept      version 1",
    ] {
        assert!(status.contains(part), "{part}: {status}");
    }
    assert_eq!(fixture::settings(&CELL.load()).spawn_rate(), 0.4);

    let err = run(&["push", "--set", "spawn_rate=0.9"]).bad(1);
    assert!(
        err.contains("0.9 is too far from the served 0.4")
            && err.contains("version 2 goes on serving"),
        "{err}"
    );
    let ran = run(&["push", "--set", "spawn_rate=0.9", "--format", "json"]);
    assert_eq!(ran.code, 1);
    let json = ran.json();
    let violation = &json["refusal"]["violations"][0];
    assert_eq!(violation["code"], "step");
    assert_eq!(violation["path"], "settings.spawn_rate");
    assert_eq!(violation["facts"]["accepted_max"]["number"], 0.8);

    assert!(
        run(&["push", "--set", "spawn_rte=0.9"])
            .bad(1)
            .contains("did you mean `spawn_rate`?")
    );
    assert!(run(&["push", "--set", "decay=3"]).bad(2).contains("unit"));
    assert!(
        run(&["push", "--remove", "player.joined"])
            .bad(1)
            .contains("no route of `player.joined`")
    );

    let json = run(&["status", "--format", "json"]).json();
    assert_eq!(
        (&json["serving_version"], &json["lease"]["owner"]),
        (&2.into(), &"ops".into())
    );

    assert!(
        run(&["rollback", "--to", "7"])
            .bad(1)
            .contains("version 7 is not kept (kept: 1, 2; 0 is the baseline)")
    );
    assert!(
        run(&["rollback", "--expected-serving", "1"])
            .bad(1)
            .contains("version 2 is serving, not 1")
    );
    assert!(
        run(&["rollback", "--dry-run"])
            .good()
            .starts_with("version 1 would be serving")
    );
    assert!(
        run(&["rollback"])
            .good()
            .starts_with("version 1 is serving")
    );
    assert!(
        run(&["rollback", "--to", "0"])
            .good()
            .starts_with("the baseline is serving")
    );
    assert!(
        run(&["rollback"])
            .good()
            .contains("serving already; nothing was done")
    );

    // Definitions, as a complete map and as an overlay.
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/fixture/routes.yaml"
    ))
    .unwrap();
    folder.write("same/routes.yaml", &text);
    folder.write(
        "next/routes.yaml",
        &text.replace("treasure.a: { to: loot }", "treasure.a: { to: shadow }"),
    );
    assert!(
        run(&["push", "same", "--overlay"])
            .bad(1)
            .contains("there is nothing to push")
    );
    let out = run(&["push", "next", "--overlay"]).good();
    assert!(
        out.contains(
            "route treasure.a: loot (timeout 250ms, retries 2) -> shadow (timeout 250ms, retries 2)"
        ),
        "{out}"
    );
    assert_eq!(out.matches("->").count(), 1, "{out}");
    let out = run(&["push", "same"]).good();
    assert!(out.starts_with("version 4 is serving\n"), "{out}");
    assert_eq!(
        CELL.load().raw().digest(),
        fixture::TABLE.raw().digest(),
        "a complete map of the baseline is the baseline"
    );
}
