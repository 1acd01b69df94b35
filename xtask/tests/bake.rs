//! `bake`, against an engine and against files.

mod common;
#[path = "common/engine.rs"]
mod engine;

use common::{Folder, Ran};
use engine::{Cell, engine};
use routewright::Limits;
use routewright_schema::load;
use routewright_schema::lower::lower;
use routewright_tests::fixture;

const FIXTURE: &str = include_str!("../../tests/fixture/routes.yaml");

/// The definitions that the engine was built from, with comments.
fn commented() -> String {
    FIXTURE
        .replace(
            "  map.**: ",
            "  # Nobody needs these.\n  # (Yet.)\n  map.**: ",
        )
        .replace("  decay: ", "  # The outage.\n  decay: ")
        .replace(
            "  - { setting: spawn_rate, is: 0.3 }",
            "  - { setting: spawn_rate, is: 0.3 } # as agreed",
        )
}

#[test]
fn the_override_of_an_engine_becomes_an_edit() {
    static CELL: Cell = Cell::new(&fixture::TABLE);
    let url = engine(&CELL);
    let folder = Folder::new("bake");
    let run = |args: &[&str]| folder.run(&[args, &["--url", &url]].concat());
    let before = commented();
    folder.write("routes/routes.yaml", &before);

    let out = run(&["bake", "routes"]).good();
    assert_eq!(
        out,
        format!("the baseline of {url}: nothing is overridden; there is nothing to bake\n")
    );

    let push = [
        "push",
        "--set",
        "spawn_rate=0.5",
        "--set",
        "delays=[1s, 3s]",
        "--remove",
        "map.**",
        "--owner",
        "ops",
        "--ttl",
        "1h",
    ];
    run(&push).good();

    // The diff is all of standard output; nothing is changed.
    let ran = run(&["bake", "routes", "--dry-run"]);
    let is_edit = |line: &&str| line.starts_with(['+', '-']);
    let edits: Vec<&str> = ran.out.lines().filter(is_edit).collect();
    assert_eq!(
        edits,
        [
            "--- a/routes/routes.yaml",
            "+++ b/routes/routes.yaml",
            "-version: 7",
            "+version: 8",
            "-  # Nobody needs these.",
            "-  # (Yet.)",
            "-  map.**:              { drop: \"cosmetic\" }",
            "-  spawn_rate: { type: float, default: 0.3, min: 0.01, max: 1, max_step: 2x, doc: \"items per second and player\" }",
            "+  spawn_rate: { type: float, default: 0.5, min: 0.01, max: 1, max_step: 2x, doc: \"items per second and player\" }",
            "-  delays:     { type: [duration], default: [1s, 2s, 4s] }",
            "+  delays:     { type: [duration], default: [1s, 3s] }",
        ]
    );
    // A comment is shown where it stood; a test, where it stands once three lines are gone.
    let line = |piece: &str| 1 + before.lines().position(|l| l.contains(piece)).unwrap();
    for part in [
        "note: the override is ops's for a time only".to_owned(),
        format!(
            "2 comments went with what they were about:\n  routes/routes.yaml:{}: # Nobody needs these.\n  routes/routes.yaml:{}: # (Yet.)\n",
            line("# Nobody"),
            line("# (Yet.)")
        ),
        format!(
            "warning: 2 tests of the definitions do not hold any more:\n  routes/routes.yaml:{}: map.loaded: drop: expected true, got false",
            line("event: map.loaded") - 3
        ),
        format!(
            "  routes/routes.yaml:{}: spawn_rate: is: expected 0.3, got 0.5\n",
            line("# as agreed") - 3
        ),
    ] {
        assert!(ran.err.contains(&part), "{part}: {}", ran.err);
    }
    let err = run(&["bake", "routes", "--strict"]).bad(1);
    assert!(
        err.contains("nothing was written: 2 reasons not to (--strict)"),
        "{err}"
    );
    assert_eq!(folder.read("routes/routes.yaml"), before);

    let json = run(&["bake", "routes", "--dry-run", "--format", "json"]).json();
    let baked = &json["baked"];
    assert_eq!(
        (&baked["version"]["before"], &baked["version"]["after"]),
        (&7.into(), &8.into())
    );
    assert_eq!(baked["files"][0]["path"], "routes/routes.yaml");
    assert_eq!(baked["lost_comments"][1]["text"], "# (Yet.)");
    assert_eq!(
        baked["failing_tests"][1]["why"],
        "spawn_rate: is: expected 0.3, got 0.5"
    );

    let out = run(&["bake", "routes"]).good();
    assert_eq!(
        out,
        format!(
            "\
edited routes/routes.yaml
  route map.**: drop: cosmetic -> (nothing)
  setting spawn_rate: 0.3 -> 0.5
  setting delays: [1s, 2s, 4s] -> [1s, 3s]
version of the definitions: 7 -> 8
next: bring the tests up to date, run `cargo xtask codegen`, review, commit and deploy
once that serves, the override can end: `cargo xtask rollback --to 0 --url {url}`
"
        )
    );
    // An engine that is built from it serves, as its baseline, what this one serves.
    let loaded = load::load(&[folder.path().join("routes")]).unwrap();
    let table = lower(&loaded.definition, &Limits::DEFAULT).unwrap();
    assert_eq!(table.as_image(), CELL.load().raw().as_image());
    let left: Vec<_> = std::fs::read_dir(folder.path().join("routes"))
        .unwrap()
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");

    let out = run(&["bake", "routes"]).good();
    assert!(
        out.contains("the definitions say that already; there is nothing to bake"),
        "{out}"
    );

    // Somebody else edits the definitions in the meantime: that stays, and where both
    // changed the same, it is said.
    folder.write(
        "routes/routes.yaml",
        &commented()
            .replace("treasure.a: { to: loot }", "treasure.a: { to: audit }")
            .replace("default: 0.3", "default: 0.35"),
    );
    let ran = run(&["bake", "routes", "--dry-run"]);
    for part in [
        "(since then: route treasure.a, setting spawn_rate); the override is laid over them as they are",
        "warning: setting spawn_rate was changed in the definitions as well; the override's value is written",
    ] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    let out = ran.good();
    assert!(
        !out.contains("treasure.a") && out.contains("+  spawn_rate: { type: float, default: 0.5,"),
        "{out}"
    );
    let err = run(&["bake", "routes", "--strict"]).bad(1);
    assert!(
        err.contains("setting spawn_rate was changed in the definitions as well"),
        "{err}"
    );
    run(&["rollback", "--to", "0"]).good();
}

/// A definition of several files, and a map.
fn bake(folder: &Folder, map: &str, args: &[&str]) -> Ran {
    folder.write("map.json", map);
    folder.run(&[&["bake", "--map", "map.json"], args].concat())
}

const HEAD: &str =
    "version: 1\npackage: a\nconsumers: { audit: { local: true }, loot: { local: true } }\n";

#[test]
fn each_change_goes_to_the_file_that_it_belongs_to() {
    let folder = Folder::new("bake-files");
    folder.write("routes/head.yaml", HEAD);
    // With a byte order mark, as editors of another house write it.
    folder.write("routes/chat.yml", "\u{feff}defaults: { timeout: 1s }\nroutes:\n  chat.sent: { to: audit }\n  chat.read: { to: audit }\n");
    folder.write(
        "routes/hunt/hunt.yaml",
        "routes:\n  hunt.won: { to: loot }\nsettings:\n  rate: { type: int, default: 1 }\n",
    );
    let map = r#"{ "mode": "MODE_OVERLAY", "version": "1", "consumers": ["audit"], "removals": ["chat.sent"],
        "routes": [ { "name": "chat.**", "drop": "noise" }, { "name": "hunt.lost", "to": [0] } ],
        "settings": [ { "name": "rate", "scalar": { "intValue": "3" } } ] }"#;
    let out = bake(&folder, map, &["routes"]).good();
    assert_eq!(
        out,
        "\
edited routes/chat.yml
  event chat.sent: declared by its route -> listed in `events`
  route chat.sent: audit (timeout 1s) -> (nothing)
  route chat.**: (nothing) -> drop: noise
edited routes/head.yaml
edited routes/hunt/hunt.yaml
  route hunt.lost: (nothing) -> audit
  event hunt.lost: (nothing) -> declared by its route
  setting rate: 1 -> 3
version of the definitions: 1 -> 2
next: run `cargo xtask codegen`, review, commit and deploy
"
    );
    assert_eq!(
        folder.read("routes/chat.yml"),
        "\u{feff}events:\n  - chat.sent\ndefaults: { timeout: 1s }\nroutes:\n  chat.read: { to: audit }\n  chat.**:   { drop: noise }\n"
    );
    assert_eq!(
        folder.read("routes/head.yaml"),
        HEAD.replace("version: 1", "version: 2")
    );
    assert_eq!(
        folder.read("routes/hunt/hunt.yaml"),
        "routes:\n  hunt.won: { to: loot }\n  hunt.lost: { to: audit }\nsettings:\n  rate: { type: int, default: 3 }\n"
    );
    // Once more: all of it is said already, and gone what was to go.
    let again = bake(&folder, map, &["routes"]);
    assert!(
        again.err.contains(
            "note: map.json takes the route `chat.sent` away, which the definitions do not have"
        ),
        "{again:?}"
    );
    assert_eq!(
        again.good(),
        "map.json: the definitions say that already; there is nothing to bake\n"
    );
    let map = r#"{ "mode": "MODE_OVERLAY", "version": "1", "settings": [ { "name": "rate", "scalar": { "boolValue": true } } ] }"#;
    assert_eq!(
        bake(&folder, map, &["routes"]).bad(1),
        "error: map.json does not fit the definitions; nothing was written\n  settings.rate: it is a bool, but the setting is a int [wrong_type]\n"
    );
}

const PROTO: &str = r#"syntax = "proto3";
package a;
import "routewright/v1/options.proto";
option (routewright.v1.definition) = {
  routes { event: "chat.sent" to: "audit" }
};
message Settings {
  option (routewright.v1.settings) = true;
  int64 rate = 1 [(routewright.v1.setting) = { default: "1" }];
}
"#;

#[test]
fn only_yaml_is_edited() {
    let folder = Folder::new("bake-proto");
    folder.write(
        "routes/head.yaml",
        &format!("{HEAD}routes:\n  hunt.won: {{ to: loot }}\n"),
    );
    folder.write("routes/chat.proto", PROTO);
    let map = r#"{ "mode": "MODE_OVERLAY", "version": "1", "removals": ["chat.sent"], "settings": [ { "name": "rate", "scalar": { "intValue": "3" } } ] }"#;
    let err = bake(&folder, map, &["routes"]).bad(1);
    assert_eq!(err, "\
error: only YAML can be edited; nothing was written. Do this by hand, or `cargo xtask convert` the files to YAML first:
  routes/chat.proto: delete the route `chat.sent`
  routes/chat.proto: set the `default` of the setting `rate` to 3
");
    // What stands in YAML can be edited beside it.
    let map = r#"{ "mode": "MODE_OVERLAY", "version": "1", "consumers": ["audit"], "routes": [ { "name": "hunt.won", "to": [0] } ] }"#;
    bake(&folder, map, &["routes"]).good();
    assert_eq!(folder.read("routes/chat.proto"), PROTO);
    assert!(
        folder.read("routes/head.yaml").contains("version: 2\n")
            && folder
                .read("routes/head.yaml")
                .ends_with("hunt.won: { to: audit }\n")
    );
}

#[test]
fn an_image_is_baked_as_well() {
    let folder = Folder::new("bake-image");
    folder.write("routes/routes.yaml", FIXTURE);
    let next = FIXTURE.replace("default: info", "default: debug");
    let loaded = load::load_text("next.yaml", &next).unwrap();
    let table = lower(&loaded.definition, &Limits::DEFAULT).unwrap();
    std::fs::write(folder.path().join("next.img"), table.as_image()).unwrap();
    folder
        .run(&["bake", "routes", "--image", "next.img"])
        .good();
    assert_eq!(
        folder.read("routes/routes.yaml"),
        next.replace("version: 7", "version: 8")
    );
    assert!(
        folder
            .run(&["bake", "routes", "--image", "routes/routes.yaml"])
            .bad(1)
            .contains("is no image that can be read")
    );
}

#[test]
fn what_the_definitions_cannot_say_is_told() {
    let folder = Folder::new("bake-unsayable");
    let routes = "routes:\n  hunt.won: { to: loot }\n";
    folder.write("routes/head.yaml", &format!("{HEAD}{routes}"));
    // An image with another consumer, and a setting.
    let other = HEAD.replace("audit:", "trail:");
    let settings = "settings:\n  rate: { type: int, default: 1 }\n";
    let text = format!("{other}{}{settings}", routes.replace("loot", "trail"));
    let loaded = load::load_text("other.yaml", &text).unwrap();
    let table = lower(&loaded.definition, &Limits::DEFAULT).unwrap();
    std::fs::write(folder.path().join("other.img"), table.as_image()).unwrap();
    let ran = folder.run(&["bake", "routes", "--image", "other.img"]);
    assert_eq!(
        ran.bad(1),
        "\
note: other.img was made for another catalog; routes and settings are matched by name
error: the definitions cannot say what other.img says; nothing was written
  the definitions have no setting `rate`
  the definitions have no consumer `trail`
"
    );
    // A reason that nobody can write down.
    let map = r#"{ "mode": "MODE_OVERLAY", "version": "1", "routes": [ { "name": "hunt.won", "drop": "true" } ] }"#;
    let err = bake(&folder, map, &["routes"]).bad(1);
    for part in [
        "error[bad_value]: `drop` is the reason why nobody gets the event, not `true`",
        "error: the edited definitions (shown above) would not be good; nothing was written",
    ] {
        assert!(err.contains(part), "{part}: {err}");
    }
    assert_eq!(folder.read("routes/head.yaml"), format!("{HEAD}{routes}"));
}

/// What `check` would refuse is served all the same; it is said, and `--strict` stops.
#[test]
fn events_that_nothing_routes_any_more_are_told() {
    let folder = Folder::new("bake-unrouted");
    folder.write(
        "routes/head.yaml",
        &format!("{HEAD}routes:\n  hunt.won: {{ to: loot }}\n"),
    );
    let map = r#"{ "mode": "MODE_OVERLAY", "version": "1", "removals": ["hunt.won"] }"#;
    let err = bake(&folder, map, &["routes", "--strict"]).bad(1);
    assert!(
        err.contains("nothing routes or drops the event `hunt.won`")
            && err.contains("1 reason not to"),
        "{err}"
    );
    let ran = bake(&folder, map, &["routes"]);
    assert!(
        ran.err
            .contains("warning[unrouted]: nothing routes or drops the event `hunt.won`"),
        "{ran:?}"
    );
    ran.good();
}
