//! The verbs that talk to an engine, over a real socket.

mod common;
#[path = "common/engine.rs"]
mod engine;

use common::Folder;
use engine::{Cell, engine};
use routewright_tests::fixture;

#[test]
fn push_status_and_rollback() {
    static CELL: Cell = Cell::new(&fixture::TABLE);
    let url = engine(&CELL);
    let folder = Folder::new("remote");
    let run = |args: &[&str]| folder.run(&[args, &["--url", &url]].concat());

    assert!(run(&["status"]).good().starts_with(
        "serving   the baseline (12 events and patterns, 10 with a route of their own)\n"
    ));

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
        "held by   ops, event night; ends in ",
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
    let old = run(&["push", "--set", "spawn_rate=0.4", "--version", "1"]).bad(1);
    assert!(
        old.contains("`push --version 3` is above what was accepted"),
        "{old}"
    );
    assert!(run(&["push", "--set", "decay=3"]).bad(2).contains("unit"));
    let err = run(&["push", "--set", "decay"]).bad(2);
    assert!(
        err.contains("--set decay: a value is missing; as it is served now: `--set decay="),
        "{err}"
    );
    let err = run(&["push", "--set", "delays"]).bad(2);
    assert!(err.contains("`--set 'delays=["), "{err}");
    let err = run(&["push", "--set", "decoy"]).bad(2);
    assert!(err.contains("--set decoy: write NAME=VALUE"), "{err}");
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

#[test]
fn what_is_too_far_is_forced_or_walked() {
    static CELL: Cell = Cell::new(&fixture::TABLE);
    let url = engine(&CELL);
    let folder = Folder::new("remote-walk");
    let run = |args: &[&str]| folder.run(&[args, &["--url", &url]].concat());
    run(&["rollback", "--to", "0"]).good();

    let far = ["push", "--set", "spawn_rate=0.9"];
    assert!(
        run(&[&far[..], &["--force"]].concat())
            .bad(2)
            .contains("--reason")
    );
    run(&[&far[..], &["--force", "--reason", "the event ends early"]].concat()).good();
    let status = run(&["status"]).good();
    assert!(
        status.contains("forced    the event ends early\n"),
        "{status}"
    );

    // In two steps: 0.3 -> 0.6 -> 0.9, and 8s -> 4s -> 3s with them.
    run(&["rollback", "--to", "0", "--reason", "too much"]).good();
    let status = run(&["status"]).good();
    assert!(
        status.contains(" by a rollback at 2") && status.contains("Z: too much\n"),
        "{status}"
    );
    let walk = [&far[..], &["--set", "decay=3s", "--ramp", "--every", "1ms"]].concat();
    let out = run(&[&walk[..], &["--dry-run"]].concat()).good();
    assert!(
        out.starts_with(
            "2 steps, 1ms apart\n  decay: 4s, 3s\n  spawn_rate: 0.6, 0.9\nstep 1 of 2\n"
        ),
        "{out}"
    );
    let out = run(&walk).good();
    assert!(
        out.contains("step 2 of 2\n") && out.contains("setting spawn_rate: 0.6 -> 0.9"),
        "{out}"
    );
    let status = run(&["status"]).good();
    assert!(
        status.contains("walk      step 2 of 2 to version "),
        "{status}"
    );
    assert_eq!(fixture::settings(&CELL.load()).spawn_rate(), 0.9);

    // Whoever rolls back meanwhile has stopped it.
    run(&["rollback", "--to", "0"]).good();
    let slow = [&far[..], &["--ramp", "--every", "2s"]].concat();
    let walking = folder.start(&[&slow[..], &["--url", &url]].concat());
    for _ in 0..200 {
        if fixture::settings(&CELL.load()).spawn_rate() == 0.6 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    run(&["rollback", "--to", "0"]).good();
    let err = walking.ended().bad(1);
    assert!(
        err.contains("the walk stopped before step 2 of 2")
            && err.contains("[serving_mismatch]")
            && err.contains("the baseline goes on serving"),
        "{err}"
    );

    // What is watched is shown; what is lent stays lent when it is amended.
    let lent = ["--owner", "ops", "--ttl", "1h"];
    let watched = ["--bake", "5m", "--max-errors", "2%"];
    let out = [&["push", "--set", "spawn_rate=0.4"], &lent[..], &watched].concat();
    run(&out).good();
    run(&["push", "--set", "motto=dig"]).good();
    let status = run(&["status"]).good();
    assert!(status.contains("held by   ops; ends in "), "{status}");
    assert!(
        status.contains("watched   for ") && status.contains("at most 1KB a second"),
        "the host's guard: {status}"
    );
    assert!(
        run(&["push", "--set", "spawn_rate=0.4", "--bake", "5m"])
            .bad(2)
            .contains("--max-errors")
    );
}

#[test]
fn a_stamp_leads_to_the_line_or_to_whoever_pushed() {
    static CELL: Cell = Cell::new(&fixture::TABLE);
    let url = engine(&CELL);
    let folder = Folder::new("remote-why");
    let text = include_str!("../../tests/fixture/routes.yaml");
    folder.write("routes/routes.yaml", text);
    let line = |what: &str| 1 + text.lines().position(|l| l.contains(what)).unwrap();
    let stamp = |name: &str| CELL.load().find(name).unwrap().stamp().to_string();

    let compiled = stamp("player.joined");
    let out = folder.run(&["why", &compiled, "routes"]).good();
    let place = format!("routes/routes.yaml:{}:3", line("player.*:"));
    assert_eq!(
        out,
        format!(
            "{compiled}\n  rule     `player.*`  {place}\n  goes to  audit (timeout 250ms, retries 2)\n  table    fixture version 7, compiled from these definitions\n"
        )
    );

    // Two pushes later, the engine still knows.
    let lent = ["--owner", "ops", "--ttl", "1h", "--reason", "event night"];
    let push = |args: &[&str]| {
        folder
            .run(&[&["push", "--url", &url], args].concat())
            .good()
    };
    push(&[&["--remove", "player.*"], &lent[..]].concat());
    let (by_push, by_line) = (stamp("player.joined"), stamp("treasure.a"));
    push(&["--set", "motto=dig"]);
    let why = |stamp: &str| folder.run(&["why", stamp, "routes", "--url", &url]);
    let out = why(&by_push).good();
    assert!(
        out.contains("rule     fallback") && out.contains(": event night, held by ops\n"),
        "{out}"
    );
    let out = why(&by_line).good();
    let place = format!(
        "`treasure.a`  routes/routes.yaml:{}:3\n",
        line("treasure.a:")
    );
    assert!(
        out.contains(&place) && out.contains("version 1 of http"),
        "{out}"
    );
    assert!(why(&compiled).good().contains("the baseline of http"));

    // The generated files know as well, without definitions.
    let generated = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/src/generated/routes.img"
    );
    let out = folder.run(&["why", &compiled, "--image", generated]).good();
    assert!(out.contains("`player.*`  routes.yaml:"), "{out}");

    let err = folder.run(&["why", &by_push, "routes"]).bad(1);
    assert!(
        err.contains("no table is known whose digest begins with "),
        "{err}"
    );
    assert!(
        folder
            .run(&["why", "12", "routes"])
            .bad(2)
            .contains("16 hex digits")
    );
}

/// What a user can do about it, whoever asks.
#[test]
fn nobody_is_there() {
    let folder = Folder::new("remote-nobody");
    let url = "http://127.0.0.1:1";
    let rows: [&[&str]; 5] = [
        &["status", "--url", url],
        &["rollback", "--url", url],
        &["inspect", url],
        &["explain", "a", "--live", url],
        &["diff", url, url],
    ];
    for args in rows {
        let ran = folder.run(args);
        assert_eq!(ran.code, 1, "{args:?}");
        assert!(
            ran.err
                .contains("no answer from http://127.0.0.1:1: could not connect")
                && ran
                    .err
                    .contains("; start the service, or say where it listens"),
            "{args:?}: {}",
            ran.err
        );
    }
}

/// Whoever says nothing is told what there is, by the definitions that are at hand.
#[test]
fn nothing_to_push() {
    let folder = Folder::new("push-nothing");
    let nothing = ["push", "--url", "http://127.0.0.1:1"];
    let err = folder.run(&nothing).bad(2);
    assert!(
        err.contains("there is nothing to push; say what")
            && err.contains("cargo xtask push --set NAME=VALUE\n"),
        "{err}"
    );
    folder
        .write(
            "Cargo.toml",
            "[workspace]\n[package]\nname = \"shop\"\nedition = \"2024\"\n\
             [package.metadata.routewright]\ndefinitions = [\"my routes\"]\n",
        )
        .write("src/lib.rs", "")
        .write(
            "my routes/shop.yaml",
            "package: shop\nversion: 1\nsettings:\n  delays: { type: [duration], default: [1s, 2s] }\n  \
             motto: { type: string, default: \"dig on\" }\n",
        );
    let err = folder.run(&nothing).bad(2);
    assert!(
        err.contains("cargo xtask push --set 'motto=dig on'\n")
            && err.contains("cargo xtask push 'my routes'\n"),
        "{err}"
    );
}
