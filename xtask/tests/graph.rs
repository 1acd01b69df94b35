//! `graph` and `docs`, from the command line to what stands in the files.
//!
//! `ROUTEWRIGHT_BLESS=1` writes the files of `tests/graph` anew; look at the pictures before
//! they are committed.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::Folder;
use routewright_tests::tools::{Tally, said};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn hunt() -> String {
    root()
        .join("examples/treasure-hunt/routes")
        .display()
        .to_string()
}

/// Two versions of one small service, with every kind of change between them.
const OLD: &str = "version: 1
package: shop
consumers: { a: { kafka: a.v1 }, b: { http: \"http://b\" }, gone: { local: true } }
routes:
  cart.added: { to: a }
  cart.emptied: { to: [a, b] }
  order.placed: { split: { a: 95, b: 5 } }
  order.shipped: { to: a, retries: 1 }
  order.*: { drop: \"nobody cares\" }
  user.left: { to: gone }
";
const NEW: &str = "version: 2
package: shop
consumers: { a: { kafka: a.v1 }, b: { http: \"http://b\" }, fresh: { nats: f } }
routes:
  cart.added: { to: a }
  cart.emptied: { to: [a, b] }
  order.placed: { split: { a: 80, b: 20 } }
  order.shipped: { to: a, retries: 3 }
  order.*: { to: fresh }
  order.lost: { to: [b], mirror: fresh }
";

fn shop(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder
        .write("old/routes.yaml", OLD)
        .write("new/routes.yaml", NEW);
    folder
}

/// What is written for the example, for a change, and for both in every language.
#[test]
fn what_is_committed_is_what_is_written() {
    let folder = shop("graph-committed");
    let hunt = hunt();
    let table: &[(&str, &[&str])] = &[
        ("treasure-hunt.svg", &["graph", &hunt]),
        ("treasure-hunt.mmd", &["graph", &hunt, "--to", "mermaid"]),
        ("treasure-hunt.dot", &["graph", &hunt, "--to", "dot"]),
        ("treasure-hunt.json", &["graph", &hunt, "--to", "json"]),
        (
            "treasure-hunt.folded.svg",
            &["graph", &hunt, "--rows", "20"],
        ),
        (
            "treasure-hunt.player.mmd",
            &["graph", &hunt, "--to", "mermaid", "--only", "player.**"],
        ),
        ("treasure-hunt.md", &["docs", &hunt]),
        ("diff.svg", &["graph", "--diff", "old", "new"]),
        (
            "diff.mmd",
            &["graph", "--diff", "old", "new", "--to", "mermaid"],
        ),
        (
            "diff.dot",
            &["graph", "--diff", "old", "new", "--to", "dot"],
        ),
        (
            "diff.json",
            &["graph", "--diff", "old", "new", "--to", "json"],
        ),
    ];
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graph");
    let mut stale = Vec::new();
    for (name, args) in table {
        let written = folder.run(args).good();
        // With --out, the same in a file, in the language of its extension.
        folder.run(&[*args, &["--out", name]].concat()).good();
        assert_eq!(folder.read(name), written, "{name}");
        let path = committed.join(name);
        if std::env::var_os("ROUTEWRIGHT_BLESS").is_some() {
            fs::write(&path, &written).unwrap();
        }
        if fs::read_to_string(&path).ok().as_ref() != Some(&written) {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "{stale:?} would be written otherwise; look, and bless them"
    );
}

/// Every route, event and consumer of real definitions is in the picture of all of it, and
/// in JSON however it is folded; every setting is on the page.
#[test]
fn real_definitions_are_there_as_a_whole() {
    let cases = fs::read_dir(root().join("convert/tests/cases")).unwrap();
    let mut paths: Vec<PathBuf> = cases
        .map(|c| c.unwrap().path().join("expected.yaml"))
        .collect();
    paths.extend(
        ["treasure-hunt", "github-webhooks"]
            .map(|e| root().join("examples").join(e).join("routes")),
    );
    paths.retain(|path| path.exists());
    paths.sort();
    assert!(paths.len() >= 12, "{paths:?}");
    let folder = Folder::new("graph-real");
    for path in &paths {
        let path = path.to_str().unwrap();
        let definition = folder.run(&["convert", path, "--to", "json"]).json();
        let mut names: BTreeSet<String> = BTreeSet::new();
        for (list, key) in [("consumers", "name"), ("routes", "event")] {
            let list = definition[list].as_array().into_iter().flatten();
            names.extend(list.map(|entry| entry[key].as_str().unwrap().to_owned()));
        }
        let events = definition["events"].as_array().into_iter().flatten();
        names.extend(events.map(|event| event.as_str().unwrap().to_owned()));
        // Some hold settings alone.
        let settings = definition["settings"].as_array().map_or(0, Vec::len);
        assert!(names.len() + settings > 0, "{path}: {definition}");

        let svg = folder.run(&["graph", path, "--rows", "0"]).good();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let titles = document.descendants().filter(|n| n.has_tag_name("title"));
        let tips: BTreeSet<&str> = titles.filter_map(|n| n.text()?.lines().next()).collect();
        let map = folder
            .run(&["graph", path, "--to", "json", "--rows", "3"])
            .json();
        let entries = ["sources", "consumers"]
            .into_iter()
            .flat_map(|list| map[list].as_array().unwrap());
        let listed: BTreeSet<&str> = entries.map(|s| s["name"].as_str().unwrap()).collect();
        let page = folder.run(&["docs", path]).good();
        for name in &names {
            assert!(
                tips.contains(name.as_str()),
                "{path}: {name} is not in the picture"
            );
            assert!(
                listed.contains(name.as_str()),
                "{path}: {name} is not in the JSON"
            );
            let plain = !name.contains(['`', '|', '\\']);
            assert!(
                !plain || page.contains(&format!("`{name}`")),
                "{path}: {name} is not on the page"
            );
        }
        for setting in definition["settings"].as_array().into_iter().flatten() {
            let name = setting["name"].as_str().unwrap();
            assert!(page.contains(&format!("</a>`{name}`")), "{path}: {name}");
        }
    }
}

/// Command line, what it says, exit code.
#[test]
fn mistakes_are_told() {
    let folder = shop("graph-mistakes");
    folder.write("broken/x.yaml", "version: [");
    let table: &[(&[&str], &str, i32)] = &[
        (&["graph", "gone"], "gone", 1),
        (&["graph", "broken"], "broken/x.yaml", 1),
        (
            &["graph", "old", "--only", "nobody.*"],
            "no event and no pattern meets `nobody.*`",
            1,
        ),
        (
            &["graph", "old", "--only", "a..b"],
            "a segment of the name is empty",
            2,
        ),
        (&["graph", "old", "--to", "png"], "invalid value 'png'", 2),
        (
            &["graph", "old", "--out", "x.png"],
            "x.png: its name does not say what to write",
            2,
        ),
        (&["graph", "--diff", "old"], "2 values required", 2),
        (
            &["graph", "new", "--diff", "old", "new"],
            "cannot be used with",
            2,
        ),
        (&["graph", "--diff", "old", "broken"], "broken/x.yaml", 1),
        (
            &["graph", "old", "--out", "no/folder/x.svg"],
            "no/folder/x.svg",
            1,
        ),
        (&["docs", "old", "--check"], "--out", 2),
        (
            &["docs", "old", "--check", "--out", "none.md"],
            "write it without --check",
            1,
        ),
    ];
    for (args, words, code) in table {
        let ran = folder.run(args);
        assert_eq!(ran.code, *code, "{args:?}: {}", ran.err);
        assert!(ran.err.contains(words), "{args:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{args:?}");
    }
}

/// `--check` sees a changed line, a missing end and a definition that moved on; other ends
/// of lines are no difference.
#[test]
fn a_page_is_fresh_or_not() {
    let folder = shop("docs-fresh");
    let check = || folder.run(&["docs", "old", "--out", "R.md", "--check"]);
    folder.run(&["docs", "old", "--out", "R.md"]).good();
    let page = folder.read("R.md");
    check().good();
    folder.write("R.md", &page.replace('\n', "\r\n"));
    check().good();
    folder.write("R.md", &page.replacen("Version 1", "Version 9", 1));
    let line = 1 + page
        .lines()
        .position(|line| line.starts_with("Version 1"))
        .unwrap();
    assert!(
        check()
            .bad(1)
            .contains(&format!("R.md is stale from line {line} on"))
    );
    let json = || {
        folder.run(&[
            "docs", "old", "--out", "R.md", "--check", "--format", "json",
        ])
    };
    let ran = json();
    assert_eq!(ran.code, 1);
    let stale = serde_json::json!({ "file": "R.md", "fresh": false, "stale_from": line });
    assert_eq!(ran.json(), stale);
    folder.write("R.md", &page);
    assert_eq!(json().json()["fresh"], true);
    // Another name: what it holds is as `--format` says.
    let other = ["docs", "old", "--out", "R.json", "--format", "json"];
    folder.run(&other).good();
    let ran = folder.run(&[&other[..], &["--check"]].concat());
    assert_eq!(ran.json()["fresh"], true);
    serde_json::from_str::<serde_json::Value>(&folder.read("R.json")).unwrap();
    let ran = folder.run(&[&other[..3], &["none.md", "--check", "--format", "json"]].concat());
    assert!(ran.code == 1 && ran.json()["error"].is_string());
    folder.write("R.md", &page[..page.len() - 2]);
    check().bad(1);
    folder
        .write("R.md", &page)
        .write("old/routes.yaml", &OLD.replace("to: gone", "to: a"));
    check().bad(1);
}

/// Graphviz takes what is written for it: the example, a change, and hostile names, which it
/// shows as they are.
#[test]
fn graphviz_takes_it() {
    let mut tally = Tally::new("graphviz on what graph writes");
    if let Err(why) = said(Command::new("dot").arg("-V").stderr(Stdio::null())) {
        tally.skip("dot", &why);
        return tally.finish();
    }
    tally.ran();
    let folder = shop("graph-dot");
    let hostile = root().join("schema/tests/pictures/hostile.yaml");
    let (hunt, hostile) = (hunt(), hostile.display().to_string());
    let table: &[(&[&str], &[&str])] = &[
        (
            &[&hunt],
            &["treasure.item.found", "leaderboard_next", "95%"],
        ),
        (
            &["--diff", "old", "new"],
            &["order.lost", "5% \u{2192} 20%"],
        ),
        (
            &[&hostile],
            &[
                "]]>&amp;&lt;",
                "x.`\\N\\\"",
                "a\"b.<script>alert(1)</script>",
            ],
        ),
    ];
    for (args, shown) in table {
        folder
            .run(&[&["graph"], *args, &["--to", "dot", "--out", "x.dot"]].concat())
            .good();
        let svg = said(
            Command::new("dot")
                .args(["-Tsvg", "x.dot"])
                .current_dir(folder.path()),
        )
        .unwrap();
        let svg = String::from_utf8(svg).unwrap();
        // Its document type is no business of ours.
        let svg = &svg[svg.find("<svg").unwrap()..];
        let document = roxmltree::Document::parse(svg).unwrap();
        let texts = document.descendants().filter(|n| n.has_tag_name("text"));
        let texts: BTreeSet<String> = texts
            .filter_map(|n| Some(n.text()?.replace('\u{a0}', " ").trim().to_owned()))
            .collect();
        for text in *shown {
            assert!(texts.contains(*text), "{text} is not shown: {texts:?}");
        }
    }
    tally.finish();
}
