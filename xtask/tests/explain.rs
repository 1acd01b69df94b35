//! `explain` of more than definitions: keys, settings, images, a live engine.

mod common;
#[path = "common/engine.rs"]
mod engine;

use common::Folder;
use engine::{Cell, engine};
use routewright_tests::fixture;

const ROUTES: &str = "version: 1
package: shop
consumers:
  new: { local: true }
  old: { local: true }
routes:
  order.placed: { split: { old: 95, new: 5 } }
settings:
  rate: { type: float, default: 0.3 }
";

/// The same key picks the same arm each time, and it is said how large that is.
#[test]
fn a_key_picks_an_arm() {
    let folder = Folder::new("explain-key");
    folder.write("routes.yaml", ROUTES);
    let picked = |key: &str| {
        let args = [
            "explain",
            "order.placed",
            "routes.yaml",
            "--key",
            key,
            "--format",
            "json",
        ];
        let json = folder.run(&args).json();
        json["picked"].as_str().unwrap().to_owned()
    };
    let arms: std::collections::BTreeSet<String> =
        (0..200).map(|n| picked(&format!("player-{n}"))).collect();
    let arms: Vec<&str> = arms.iter().map(String::as_str).collect();
    assert_eq!(arms, ["new (5 of 100)", "old (95 of 100)"]);
    assert_eq!(picked("player-1"), picked("player-1"));
    let text = folder
        .run(&["explain", "order.placed", "routes.yaml", "--key", "k"])
        .good();
    assert!(text.contains("  key      \"k\" picks "), "{text}");
}

#[test]
fn a_setting_and_who_set_it() {
    let folder = Folder::new("explain-setting");
    folder.write("routes/a.yaml", ROUTES);
    let text = folder
        .run(&["explain", "--setting", "rate", "routes"])
        .good();
    assert!(
        text.contains(
            "  value    0.3\n  set by   its default in the definition, routes/a.yaml:9:3\n"
        ),
        "{text}"
    );
    let ran = folder.run(&["explain", "--setting", "rat", "routes"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("has no setting `rat`"), "{ran:?}");
    assert_eq!(folder.run(&["explain"]).code, 2);
    let both = folder.run(&["explain", "a", "routes", "--live", "x.img"]);
    assert_eq!(both.code, 2, "{both:?}");
    // An image knows no places.
    folder.run(&["codegen", "routes", "--out", "gen"]).good();
    let image = ["explain", "--setting", "rate", "--live", "gen/routes.img"];
    assert!(
        folder
            .run(&image)
            .good()
            .contains("set by   what was compiled in")
    );
    let event = ["explain", "order.placed", "--live", "gen/routes.img"];
    assert!(folder.run(&event).good().contains("goes to  split"));
}

/// An engine answers from the table that it serves.
#[test]
fn what_an_engine_serves() {
    static CELL: Cell = Cell::new(&fixture::TABLE);
    let url = engine(&CELL);
    let folder = Folder::new("explain-live");
    let ask = |setting: &str| {
        folder
            .run(&["explain", "--setting", setting, "--live", &url])
            .good()
    };
    assert!(ask("spawn_rate").contains("  value    0.3\n  set by   what was compiled in\n"));
    let push = [
        "push",
        "--set",
        "spawn_rate=0.4",
        "--reason",
        "quiet night",
        "--owner",
        "ops",
        "--ttl",
        "1h",
        "--url",
        &url,
    ];
    folder.run(&push).good();
    let text = ask("spawn_rate");
    assert!(
        text.contains("  value    0.4\n  set by   the override of version 1, held by ops: quiet night; its lease ends in "),
        "{text}"
    );
    assert!(ask("delays").contains("what was compiled in"));
    let event = folder.run(&["explain", "treasure.item.found", "--live", &url]);
    assert!(
        event
            .out
            .contains(&format!("  asked    {url}, version 1, digest ")),
        "{event:?}"
    );
}
