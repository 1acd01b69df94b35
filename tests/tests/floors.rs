//! Floors stay floors: no crate depends on one above or beside it, and what users
//! link stays small.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Crate, and which of ours it may depend on in normal and build dependencies.
const FLOORS: &[(&str, &[&str])] = &[
    ("routewright", &[]),
    ("routewright-schema", &["routewright"]),
    (
        "routewright-codegen",
        &["routewright", "routewright-schema"],
    ),
    (
        "routewright-control",
        &["routewright", "routewright-schema"],
    ),
    (
        "routewright-convert",
        &["routewright", "routewright-schema"],
    ),
    (
        "routewright-xtask",
        &[
            "routewright",
            "routewright-schema",
            "routewright-codegen",
            "routewright-convert",
            "routewright-control",
        ],
    ),
    // Not shipped; they may use everything.
    (
        "routewright-tests",
        &[
            "routewright",
            "routewright-schema",
            "routewright-codegen",
            "routewright-control",
            "routewright-xtask",
        ],
    ),
    // Built twice, the second time optimised: it must stay as small as this.
    ("routewright-counts", &["routewright"]),
    ("treasure-hunt", &["routewright", "routewright-control"]),
    (
        "github-webhooks",
        &["routewright", "routewright-control", "routewright-codegen"],
    ),
];

/// What the runtime may bring into a user's tree.
const RUNTIME_TREE: &[&str] = &["routewright", "xxhash-rust"];

fn cargo(args: &[&str]) -> String {
    let out = Command::new(env!("CARGO"))
        .args(args)
        .output()
        .expect("cargo runs");
    assert!(
        out.status.success(),
        "cargo {args:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).expect("UTF-8")
}

#[test]
fn no_arrow_points_up_or_sideways() {
    let metadata: serde_json::Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"]))
            .expect("JSON");
    let allowed: BTreeMap<&str, BTreeSet<&str>> = FLOORS
        .iter()
        .map(|(name, below)| (*name, below.iter().copied().collect()))
        .collect();
    let mut seen = 0;
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        let below = allowed
            .get(name)
            .unwrap_or_else(|| panic!("{name} has no floor; add it to FLOORS"));
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let on = dependency["name"].as_str().expect("a name");
            let ours = allowed.contains_key(on) && dependency["kind"].as_str() != Some("dev");
            assert!(
                !ours || below.contains(on),
                "{name} must not depend on {on}"
            );
            seen += usize::from(ours);
        }
    }
    assert!(seen >= 6, "the test looked at next to nothing");
}

#[test]
fn the_runtime_brings_next_to_nothing() {
    let tree = cargo(&[
        "tree",
        "--package",
        "routewright",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let names: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|n| !n.is_empty())
        .collect();
    assert_eq!(
        names,
        RUNTIME_TREE.iter().copied().collect(),
        "the runtime's dependencies changed"
    );
}
