//! docs/json.md: each example is what the tool prints, each key is explained beside it, and
//! no verb is left out. `ROUTEWRIGHT_BLESS=1` writes the examples anew.
//!
//! An example is a comment with a command line, and a block of JSON:
//!
//! ```text
//! <!-- $ explain player.scored routes --format json | keep 2, exit 1 -->
//! ```
//!
//! `keep 2` cuts lists to two entries, `exit 1` is the exit code (else 0).

mod common;
#[path = "common/engine.rs"]
mod engine;
#[path = "common/fleet.rs"]
mod fleet;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use common::Folder;
use engine::{Cell, engine};
use fleet::Fleet;
use routewright::Now;
use routewright_control::plane::{Config, Stages};
use routewright_control::store::{Probation, Store};
use routewright_tests::fixture;
use serde_json::Value;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/json.md");
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// What the page calls the engine, and the control plane.
const URL: &str = "http://127.0.0.1:4600";
const PLANE: &str = "http://127.0.0.1:4700";

struct Play {
    folder: Folder,
    url: String,
    fleet: Fleet,
    /// Of an engine, whose folder is `overrides`.
    _store: Store,
    /// Of some route of the hunt.
    stamp: String,
}

impl Play {
    /// The treasure hunt in `routes` and at the revision HEAD, what becomes of it in `new`,
    /// what is wrong with it in `broken`; an engine with the definitions in `fixture`, and a
    /// control plane with one of the same.
    fn new() -> Play {
        static CELL: Cell = Cell::new(&fixture::TABLE);
        let folder = Folder::new("json-docs");
        let hunt = Path::new(ROOT).join("examples/treasure-hunt/routes");
        for entry in std::fs::read_dir(hunt).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            if name.ends_with(".json") {
                continue;
            }
            folder.write(&format!("routes/{name}"), &text);
            let new = text
                .replace("version: 12\n", "version: 13\n")
                .replace("default: 0.3, min: 0.01", "default: 0.4, min: 0.01")
                .replace(
                    "{ leaderboard: 95, leaderboard_next: 5 }",
                    "{ leaderboard: 80, leaderboard_next: 20 }",
                );
            folder.write(&format!("new/{name}"), &new);
        }
        folder.write(
            "broken/shop.yaml",
            "package: shop\nversion: 1\nconsumers: { mail: { local: true }, audit: { local: true } }\n\
             events: [order.paid]\nroutes:\n  order.*: { to: mail }\n  \"*.paid\": { to: audit }\n",
        );
        folder.write("counts.txt", "player.scored 900\ntreasure.item.sold 100\n");
        let page = std::fs::read_to_string(Path::new(ROOT).join("tests/fixture/routes.yaml"));
        folder.write("fixture/routes.yaml", &page.unwrap());
        let git = |args: &[&str]| {
            let who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
            let ran = Command::new("git")
                .args(who)
                .args(args)
                .envs([
                    ("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z"),
                    ("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z"),
                    ("GIT_CONFIG_GLOBAL", "/dev/null"),
                ])
                .current_dir(folder.path())
                .output();
            let ran = ran.unwrap();
            assert!(ran.status.success(), "{args:?}: {ran:?}");
        };
        git(&["init", "-q"]);
        git(&["add", "routes"]);
        git(&["commit", "-q", "-m", "the hunt"]);
        let seen = folder
            .run(&["inspect", "routes", "--format", "json"])
            .json();
        let stamp = format!("{}000020", &seen["digest"].as_str().unwrap()[..10]);
        let url = engine(&CELL);
        let config = Config {
            stages: Stages::off(),
            ..Config::default()
        };
        let fleet = Fleet::start(folder.path(), config);
        fleet.engine("eu-1", "eu");
        fleet.ready(1);
        let why = "spiffe://shop/team/treasure may not roll back; a rule of the control plane (--allow) must say so";
        fleet.denied("spiffe://shop/team/treasure", "RollbackRouteMap", why, 2);
        folder.write("ROUTES.md", "# of long ago\n");
        static KEPT: Cell = Cell::new(&fixture::TABLE);
        let keep = folder.path().join("overrides");
        let (store, _) = Store::boot(keep, Probation::default(), &KEPT, Now::read()).unwrap();
        Play {
            folder,
            url,
            fleet,
            _store: store,
            stamp,
        }
    }

    fn run(&self, example: &Example) -> Value {
        let plane = self.fleet.url();
        let args = example.command.replace("URL", &self.url);
        let args = args.replace("PLANE", &plane);
        let args = args.replace("STAMP", &self.stamp);
        let args: Vec<String> = words(&args);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let ran = self.folder.run(&args);
        assert_eq!(ran.code, example.exit, "{}: {ran:?}", example.command);
        let text = ran.out.replace(&self.url, URL).replace(&plane, PLANE);
        let mut value: Value = serde_json::from_str(&text)
            .unwrap_or_else(|e| panic!("{}: {e}: {ran:?}", example.command));
        settle(&mut value, example.keep);
        value
    }
}

/// What a shell makes of it, as far as the page needs: words, and words in quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        match at % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// Times differ from run to run; long lists say no more than short ones.
fn settle(value: &mut Value, keep: usize) {
    match value {
        Value::Array(list) => {
            list.truncate(keep);
            list.iter_mut().for_each(|value| settle(value, keep));
        }
        Value::Object(map) => {
            for (key, value) in map {
                if (key.ends_with("_ms") || key.ends_with("_ns")) && value.as_u64() > Some(0) {
                    *value = 1000.into();
                }
                settle(value, keep);
            }
        }
        _ => {}
    }
}

struct Example {
    command: String,
    keep: usize,
    exit: i32,
    /// The block of JSON, within the page.
    block: std::ops::Range<usize>,
    /// The heading that it stands under, and all until the next.
    section: std::ops::Range<usize>,
}

fn examples(page: &str) -> Vec<Example> {
    let mut list = Vec::new();
    for (at, _) in page.match_indices("<!-- $ ") {
        let line = page[at..].lines().next().unwrap();
        let inner = line
            .strip_prefix("<!-- $ ")
            .unwrap()
            .strip_suffix(" -->")
            .unwrap();
        let (command, options) = inner.split_once(" | ").unwrap_or((inner, ""));
        let option = |name: &str| {
            let mut options = options.split(", ").filter_map(|o| o.strip_prefix(name));
            options
                .next()
                .map(|number| number.trim().parse::<i32>().unwrap())
        };
        let opens = at + line.len() + "\n```json\n".len();
        assert!(
            page[..opens].ends_with("\n```json\n"),
            "{line}: no block follows"
        );
        let length = page[opens..].find("```").unwrap();
        let begins = page[..at].rfind("\n## ").unwrap() + 1;
        let ends = page[at..].find("\n## ").map_or(page.len(), |end| at + end);
        list.push(Example {
            command: command.to_owned(),
            keep: option("keep").map_or(usize::MAX, |keep| keep as usize),
            exit: option("exit").unwrap_or(0),
            block: opens..opens + length,
            section: begins..ends,
        });
    }
    list
}

#[test]
fn examples_are_what_the_tool_prints() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let play = Play::new();
    let mut written = String::new();
    let mut from = 0;
    let mut unexplained = BTreeSet::new();
    for example in examples(&page) {
        let value = play.run(&example);
        written.push_str(&page[from..example.block.start]);
        written.push_str(&format!("{value:#}\n"));
        from = example.block.end;
        // Words, not the examples themselves.
        let section = &page[example.section.clone()];
        let prose: String = section.split("```").step_by(2).collect();
        let mut keys = BTreeSet::new();
        collect(&value, &mut keys);
        for key in keys
            .iter()
            .filter(|key| !prose.contains(&format!("`{key}`")))
        {
            let heading = section.lines().next().unwrap();
            unexplained.insert(format!("{heading}: `{key}`"));
        }
    }
    written.push_str(&page[from..]);
    if std::env::var_os("ROUTEWRIGHT_BLESS").is_some() {
        std::fs::write(PAGE, &written).unwrap();
    } else if let Some((was, is)) = page.lines().zip(written.lines()).find(|(a, b)| a != b) {
        panic!("docs/json.md is stale: `{was}` is `{is}`; write it with ROUTEWRIGHT_BLESS=1");
    }
    assert!(unexplained.is_empty(), "not explained: {unexplained:#?}");
}

fn collect<'v>(value: &'v Value, keys: &mut BTreeSet<&'v str>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| collect(value, keys)),
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            keys.insert(key);
            // Keys that a violation chooses: their words are those of its message.
            if key != "facts" {
                collect(value, keys);
            }
        }),
        _ => {}
    }
}

#[test]
fn no_verb_is_left_out() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let folder = Folder::new("json-verbs");
    let help = folder.run(&["--help"]).good();
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let verbs: Vec<&str> = verbs
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .collect();
    assert!(verbs.len() >= 15, "{verbs:?}");
    for verb in verbs {
        let help = folder.run(&[verb, "--help"]).good();
        let speaks = help.contains("--format") || help.contains("- json:");
        let listed = page
            .lines()
            .any(|line| line.starts_with("## ") && line.contains(&format!("`{verb}`")));
        assert_eq!(speaks, listed, "{verb}");
    }
}
