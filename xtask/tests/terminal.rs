//! What verbs print on terminals: colours, narrow ones, and names that try to take them over.
#![cfg(unix)]

mod common;
#[path = "common/pty.rs"]
mod pty;

use std::collections::BTreeSet;

use common::Folder;
use pty::look;

const SHOP: &str = "package: shop
version: 1
consumers:
  billing: { local: true }
  audit: { grpc: \"http://audit:50051\" }
  warehouse_of_everything_that_is_sold: { local: true }
routes:
  order.placed: { to: [billing, audit, warehouse_of_everything_that_is_sold], timeout: 200ms, retries: 3 }
  order.*: { to: audit }
fallback: { drop: \"nobody asked for it, and nobody is going to ask for it any more\" }
settings:
  spawn_rate: { type: float, default: 0.3, min: 0.01, max: 1 }
tests:
  - { event: order.placed, to: [audit] }
";

fn shop(name: &str) -> Folder {
    let folder = Folder::new(name);
    let new = SHOP
        .replace("order.*: { to: audit }", "order.*: { to: billing }")
        .replace("default: 0.3", "default: 0.4");
    folder
        .write("routes/shop.yaml", SHOP)
        .write("new/shop.yaml", &new)
        .write(
            "broken/shop.yaml",
            &SHOP.replace("[billing, audit,", "[biling, audit,"),
        );
    folder
}

/// Each, with its exit code.
const VERBS: &[(&[&str], i32)] = &[
    (&["check", "routes"], 0),
    (&["check", "broken"], 1),
    (&["explain", "order.placed", "routes"], 0),
    (&["explain", "--setting", "spawn_rate", "routes"], 0),
    (&["test", "routes"], 1),
    (&["diff", "routes", "new"], 1),
    (&["inspect", "routes"], 0),
    (&["graph", "routes", "--to", "mermaid"], 0),
    (&["docs", "routes"], 0),
    (&["convert", "routes", "--to", "yaml"], 0),
];

/// Without colours.
fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    first
        + &parts
            .map(|part| part.split_once('m').map_or(part, |p| p.1))
            .collect::<String>()
}

/// The words; those of a source line that does not fit are cut in the middle of it.
fn words(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

#[test]
fn narrow_and_wide() {
    let folder = shop("terminal-widths");
    for (args, code) in VERBS {
        let piped = folder.run(args);
        let piped = piped.out + &piped.err;
        assert!(!piped.contains('\u{1b}'), "{args:?}: {piped}");
        for columns in [40, 80, 200] {
            let (exit, seen) = look(folder.path(), columns, &[], args);
            let seen = plain(&seen);
            assert_eq!(exit, *code, "{args:?}: {seen}");
            if args[1] != "broken" {
                assert_eq!(words(&piped), words(&seen), "{args:?} at {columns}");
            }
            for name in ["biling", "did you mean `billing`?", "broken/shop.yaml:8:24"] {
                let one_line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(
                    args[1] != "broken" || one_line.contains(name),
                    "{columns}: {seen}"
                );
            }
            let files = ["graph", "docs", "convert"];
            let sentences = seen.lines().filter(|_| !files.contains(&args[0]));
            for line in sentences.filter(|line| line.chars().count() > usize::from(columns)) {
                let words = line.split_whitespace().count();
                assert!(words <= 2, "{args:?} at {columns}, wider than that: {line}");
            }
        }
        // What it says of itself counts more than what the terminal does.
        let (_, narrow) = look(folder.path(), 200, &[("COLUMNS", "40")], args);
        assert_eq!(narrow, look(folder.path(), 40, &[], args).1, "{args:?}");
    }
}

/// Environment, arguments, and whether there are colours: on a terminal, and in a pipe.
#[test]
fn colours() {
    type Row<'r> = (&'r [(&'r str, &'r str)], &'r [&'r str], [bool; 2]);
    let rows: &[Row<'_>] = &[
        (&[], &[], [true, false]),
        (&[("NO_COLOR", "1")], &[], [false, false]),
        (&[("NO_COLOR", "")], &[], [true, false]),
        (&[("TERM", "dumb")], &[], [false, false]),
        (&[("CLICOLOR_FORCE", "1")], &[], [true, true]),
        (&[("CLICOLOR_FORCE", "0")], &[], [true, false]),
        (
            &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")],
            &[],
            [false, false],
        ),
        (&[("NO_COLOR", "1")], &["--color", "always"], [true, true]),
        (
            &[("CLICOLOR_FORCE", "1")],
            &["--color", "never"],
            [false, false],
        ),
    ];
    let folder = shop("terminal-colours");
    for verb in [
        &["check", "routes"][..],
        &["check", "broken"],
        &["diff", "routes", "new"],
    ] {
        for (env, more, colored) in rows {
            let args = [verb, more].concat();
            let (_, seen) = look(folder.path(), 80, env, &args);
            let mut piped = std::process::Command::new(env!("CARGO_BIN_EXE_routewright-xtask"));
            piped
                .args(&args)
                .current_dir(folder.path())
                .envs(env.iter().copied());
            let piped = common::Ran::of(piped.output().unwrap());
            let found = [seen, piped.out + &piped.err].map(|text| text.contains("\u{1b}["));
            assert_eq!(&found, colored, "{args:?} with {env:?}");
        }
    }
}

/// Whatever a definition holds, nothing that a terminal obeys comes out of a verb.
#[test]
fn hostile_texts() {
    let folder = Folder::new("terminal-hostile");
    let evil = r"\e[2J\e]0;owned\a\r\x9b31m\x85\u202Eabc";
    folder.write(
        "routes/shop.yaml",
        &format!(
            "package: shop\nversion: 1\nconsumers:\n  audit: {{ local: true, doc: \"{evil}\", owner: \"{evil}\" }}\n\
             routes:\n  order.*: {{ to: audit, doc: \"{evil}\", owner: \"{evil}\", deprecated: \"{evil}\" }}\n  \
             debug.*: {{ drop: plain }}\n\
             settings:\n  motto: {{ type: string, default: \"{evil}\", doc: \"{evil}\" }}\n\
             tests:\n  - {{ setting: motto, is: \"{evil}x\" }}\n"
        ),
    );
    folder.write("none.yaml", "package: shop\nversion: 1\nevents: [a]\n");
    let verbs: &[&[&str]] = &[
        &["check", "routes"],
        &["check", "routes", "--format", "json"],
        &["check", "routes", "--format", "github"],
        &["explain", "order.placed", "routes"],
        &["explain", "debug.x", "routes"],
        &["explain", "\u{1b}[2J", "routes"],
        &["explain", "--setting", "motto", "routes"],
        &["test", "routes"],
        &["diff", "none.yaml", "routes"],
        &["diff", "none.yaml", "routes", "--markdown"],
        &["inspect", "routes"],
        &["inspect", "routes", "--format", "json"],
        &["graph", "routes", "--to", "mermaid"],
        &["graph", "routes", "--to", "dot"],
        &["graph", "routes", "--to", "svg"],
        &["graph", "routes", "--to", "json"],
        &["docs", "routes"],
        &["docs", "routes", "--format", "json"],
        &["convert", "routes", "--to", "yaml"],
        &["convert", "routes", "--to", "json"],
    ];
    for args in verbs {
        let (_, seen) = look(folder.path(), 80, &[("NO_COLOR", "1")], args);
        assert!(!seen.is_empty(), "{args:?}");
        let bad: Vec<char> = seen
            .chars()
            .filter(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || *c == '\u{202e}')
            .collect();
        assert!(bad.is_empty(), "{args:?}: {bad:?} in {seen}");
    }
}
