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
            "routewright-convert",
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

/// What the store of `routewright-control` may bring, to a host without gRPC: on Linux;
/// elsewhere rustix stands on libc and errno.
const STORE_TREE: &[&str] = &[
    "bitflags",
    "linux-raw-sys",
    "routewright",
    "routewright-control",
    "rustix",
    "xxhash-rust",
];

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

/// The packages that one brings, itself among them.
fn tree(package: &str, more: &[&str]) -> BTreeSet<String> {
    let mut args = vec!["tree", "--package", package, "--edges", "normal"];
    args.extend(["--prefix", "none", "--format", "{p}"]);
    args.extend(more);
    cargo(&args)
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn the_runtime_brings_next_to_nothing() {
    assert_eq!(
        tree("routewright", &[]),
        set(RUNTIME_TREE),
        "the runtime's dependencies changed"
    );
}

#[test]
fn the_store_alone_brings_no_grpc() {
    let target = ["--target", "x86_64-unknown-linux-gnu"];
    let store = [&["--no-default-features"], &target[..]].concat();
    assert_eq!(tree("routewright-control", &store), set(STORE_TREE));
    assert!(tree("routewright-control", &target).contains("tonic"));
}
