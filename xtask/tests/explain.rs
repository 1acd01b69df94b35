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

/// A name that is not declared, and the one that was perhaps meant.
#[test]
fn a_name_that_nobody_declared() {
    let folder = Folder::new("explain-near");
    folder.write("routes.yaml", ROUTES);
    for (event, near) in [
        ("order.plcaed", true),
        ("ordr.placed", true),
        ("Order.placed", true),
        ("order.sold", false),
        ("order.plcaed.x", false),
        ("ordr.plcaed", false),
        ("order.placed", false),
    ] {
        let ran = folder.run(&["explain", event, "routes.yaml"]);
        let told = ran.out.ends_with("  near     `order.placed` is declared\n");
        assert_eq!(told, near, "{event}: {ran:?}");
    }
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
    folder.write(
        "kinds/a.yaml",
        "package: kinds\nversion: 1\nsettings:
  rate: { type: float, default: 0.3, min: 0.01, max: 1, max_step: 2x, cooldown: 10s }
  name: { type: string, default: hunt, max: 32 }
  mode: { type: enum, values: [fast, slow], default: slow }
  delays: { type: [duration], default: [1s], min: 1ms }
  motto: { type: string, default: dig }
",
    );
    for (setting, declared) in [
        (
            "rate",
            "  default  0.3\n  type     float\n  range    0.01 to 1.0\n  a push   moves it at most 2x, once in 10s\n",
        ),
        ("name", "  type     string\n  range    length at most 32\n"),
        ("mode", "  default  slow\n  type     enum: fast, slow\n"),
        (
            "delays",
            "  type     list of duration\n  range    at least 1ms\n",
        ),
        ("motto", "  type     string\n  asked    "),
    ] {
        let out = folder
            .run(&["explain", "--setting", setting, "kinds"])
            .good();
        assert!(out.contains(declared), "{out}");
    }
    for (path, words) in [
        ("rat", "has no setting `rat`; did you mean `rate`?"),
        (
            "batch_size",
            "has no setting `batch_size`; there are: `rate`",
        ),
    ] {
        let ran = folder.run(&["explain", "--setting", path, "routes"]);
        assert_eq!(ran.code, 1);
        assert!(ran.err.contains(words), "{ran:?}");
    }
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
    assert!(
        folder
            .run(&event)
            .good()
            .contains("goes to  one arm of the split")
    );
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
    let out = ask("spawn_rate");
    assert!(
        out.contains(
            "  value    0.3\n  set by   what was compiled in\n  default  0.3\n  type     float\n"
        ),
        "{out}"
    );
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

/// Consumers in order, arms and mirrors with their shares, policy: in columns for people,
/// structured for programs.
#[test]
fn everything_about_a_delivery() {
    let folder = Folder::new("explain-all");
    folder.write(
        "routes.yaml",
        "version: 1
package: shop
consumers: { z: { local: true }, a: { local: true }, newer: { local: true }, old: { local: true } }
routes:
  order.placed:
    to: [z, a]
    split: { old: 2, newer: 1 }
    mirror: { a: 0.5%, z: 100% }
    timeout: 250ms
    retries: 2
    retry_delay: 1s
    priority: high
    expires: 2027-01-31
",
    );
    let ask = |more: &[&str]| {
        let args = ["explain", "order.placed", "routes.yaml"];
        let args: Vec<&str> = args.iter().chain(more).copied().collect();
        folder.run(&args)
    };
    assert_eq!(
        ask(&["--at", "2027-01-31"]).good(),
        "\
order.placed
  goes to  z, a, and one arm of the split, by its key
  split    newer  33.33%  1 of 3
           old    66.67%  2 of 3
  mirror   a  0.5%
           z  100%
  policy   timeout 250ms, retries 2, retry delay 1s, high
  in Rust  `Event::OrderPlaced`
  rule     `order.placed`  routes.yaml:5:3
  expires  its last day is 2027-01-31
  because  it has a route of its own
"
    );
    let past = ask(&["--at", "2027-02-01T08:00:00Z"]).good();
    let said = "  expires  its last day was 2027-01-31; it still answers at 2027-02-01T08:00:00Z, and `check` fails\n";
    assert!(past.contains(said), "{past}");
    let json = ask(&["--at", "2027-02-01", "--format", "json"]).json();
    let parts = [
        "outcome",
        "consumers",
        "split",
        "mirror",
        "policy",
        "expires",
        "expired",
        "at",
    ];
    let parts: serde_json::Map<_, _> = parts
        .iter()
        .map(|part| ((*part).to_owned(), json[*part].clone()))
        .collect();
    assert_eq!(
        serde_json::Value::from(parts),
        serde_json::json!({
            "outcome": "deliver",
            "consumers": ["z", "a"],
            "split": [
                { "consumer": "newer", "weight": 1, "share": "33.33%" },
                { "consumer": "old", "weight": 2, "share": "66.67%" },
            ],
            "mirror": [{ "consumer": "a", "share": "0.5%" }, { "consumer": "z", "share": "100%" }],
            "policy": { "timeout": "250ms", "retries": 2, "retry_delay": "1s", "priority": "high" },
            "expires": "2027-01-31",
            "expired": true,
            "at": "2027-02-01",
        })
    );
    // A name from outside cannot paint a terminal, or end a line.
    let odd = folder.run(&["explain", "order\u{1b}[31m\nx", "routes.yaml"]);
    assert_eq!(odd.code, 1);
    assert!(
        odd.out.starts_with("order\\u{1b}[31m x  (not declared)\n"),
        "{odd:?}"
    );
}

/// An override with a lease ends: after it the baseline answers, whatever serves now.
#[test]
fn what_an_engine_will_serve() {
    static CELL: Cell = Cell::new(&fixture::TABLE);
    let url = engine(&CELL);
    let folder = Folder::new("explain-later");
    let ask = |what: &[&str], at: &str| {
        let args = [&["explain", "--live", &url, "--at", at], what].concat();
        folder.run(&args)
    };
    let rate = &["--setting", "spawn_rate"];
    let before = ask(rate, "+1h").good();
    assert!(
        before.contains(": the baseline serves, and has no end\n"),
        "{before}"
    );
    let push = [
        "push",
        "--set",
        "spawn_rate=0.4",
        "--reason",
        "r",
        "--url",
        &url,
    ];
    folder.run(&push).good();
    let without = ask(rate, "+9000d").good();
    assert!(without.contains("  value    0.4\n"), "{without}");
    assert!(
        without.contains(": version 1 still serves; it has no lease\n"),
        "{without}"
    );
    let lease = [
        "push",
        "--set",
        "spawn_rate=0.5",
        "--reason",
        "r",
        "--owner",
        "ops",
        "--ttl",
        "1h",
        "--url",
        &url,
    ];
    folder.run(&lease).good();
    let during = ask(rate, "+30m").good();
    assert!(
        during.contains("  value    0.5\n  set by   the override of version 2, held by ops"),
        "{during}"
    );
    assert!(
        during.contains(": version 2 still serves; the lease of ops ends "),
        "{during}"
    );
    let after = ask(rate, "+2h").good();
    assert!(
        after.contains("  value    0.3\n  set by   what was compiled in\n"),
        "{after}"
    );
    assert!(
        after.contains(": the lease of ops on version 2 has ended ("),
        "{after}"
    );
    assert!(after.contains("), and the baseline serves\n"), "{after}");
    assert!(
        after.contains(&format!("  asked    {url}, the baseline, digest ")),
        "{after}"
    );
    let event = ask(&["treasure.item.found", "--format", "json"], "+2h").json();
    assert_eq!(event["asked"], format!("{url}, the baseline"));
    assert!(
        event["then"].as_str().unwrap().contains("has ended"),
        "{event}"
    );
    let past = ask(rate, "2020-01-01");
    assert_eq!(past.code, 2, "{past:?}");
}

/// Programs get a value on standard output, also if there is only an error to tell.
#[test]
fn an_error_is_json_as_well() {
    let folder = Folder::new("explain-error");
    folder.write("routes.yaml", ROUTES);
    for args in [
        &[
            "explain",
            "--setting",
            "rat",
            "routes.yaml",
            "--format",
            "json",
        ][..],
        &["diff", "routes.yaml", "gone.yaml", "--format=json"],
        &["inspect", "gone", "--format", "json"],
    ] {
        let ran = folder.run(args);
        assert_eq!(ran.code, 1, "{ran:?}");
        let err = ran.err.clone();
        let message = ran.json()["error"].as_str().unwrap().to_owned();
        assert!(!message.is_empty() && err.contains(&message), "{err}");
    }
    let quiet = folder.run(&["diff", "routes.yaml", "gone.yaml"]);
    assert_eq!((quiet.code, quiet.out.as_str()), (1, ""));
}
