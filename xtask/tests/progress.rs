//! A push that waits, on a terminal and in a pipe: a bar that moves in its place and goes, or
//! none at all.
#![cfg(unix)]

mod common;
#[path = "common/fleet.rs"]
mod fleet;
#[path = "common/pty.rs"]
mod pty;

use std::time::Duration;

use common::Folder;
use fleet::Fleet;
use pty::look;
use routewright_control::plane::Config;

/// The lines that a terminal shows when all of that was written: what `\r` and `\x1b[K` leave.
fn screen(written: &str) -> Vec<String> {
    let shown = |line: &str| {
        let mut cells: Vec<char> = Vec::new();
        let mut column = 0;
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("\u{1b}[K") {
                cells.truncate(column);
                rest = after;
                continue;
            }
            assert_ne!(c, '\u{1b}', "no other sequence: {line:?}");
            match c {
                '\r' => column = 0,
                c => {
                    cells.resize(cells.len().max(column + 1), ' ');
                    cells[column] = c;
                    column += 1;
                }
            }
            rest = &rest[c.len_utf8()..];
        }
        cells.into_iter().collect::<String>()
    };
    written.split('\n').map(shown).collect()
}

#[test]
fn the_bar_of_a_push_moves_in_its_place_and_goes() {
    let folder = Folder::new("progress");
    let config = Config {
        bake: Duration::from_millis(1_000),
        answer_within: Duration::from_secs(20),
        ..Config::default()
    };
    let fleet = Fleet::start(folder.path(), config);
    for name in ["eu-1", "eu-2", "us-1"] {
        fleet.engine(name, "eu");
    }
    fleet.ready(3);
    let url = fleet.url();
    let plain = [("NO_COLOR", "1")];
    let push = |rate: &str| {
        let set = format!("spawn_rate={rate}");
        ["push", "--set", &set, "--url", &url].map(str::to_owned)
    };
    let on_terminal = |args: &[String], columns, env: &[(&str, &str)]| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let (code, written) = look(folder.path(), columns, env, &args);
        assert_eq!(code, 0, "{written}");
        written
    };

    let written = on_terminal(&push("0.4"), 100, &plain);
    let drawn: Vec<&str> = written.split("\r\u{1b}[K").skip(1).collect();
    let bars = drawn.iter().filter(|text| text.starts_with('[')).count();
    assert!(bars >= 3, "it moves: {written:?}");
    assert!(
        drawn
            .iter()
            .any(|text| text.starts_with("[######..............] ")
                || text.starts_with("[....................] 0/3")),
        "{written:?}"
    );
    // A bar is never followed by a line of its own: what comes next stands in its place.
    let stays = drawn
        .iter()
        .find(|text| text.starts_with('[') && text.contains('\n'));
    assert_eq!(stays, None, "{written:?}");
    let lines = screen(&written);
    let left: Vec<&String> = lines.iter().filter(|line| line.starts_with('[')).collect();
    assert!(left.is_empty(), "it goes: {lines:#?}");
    assert_eq!(lines.last().map(String::as_str), Some(""));
    assert_eq!(lines[lines.len() - 2], "version 1: 3 engines serve it");

    // No wider than the terminal, or `\r` would not lead back to its beginning.
    let written = on_terminal(&push("0.5"), 40, &plain);
    let bars = written
        .split("\r\u{1b}[K")
        .filter(|text| text.starts_with('['));
    let widest = bars.map(|bar| bar.chars().count()).max();
    assert!(widest.is_some_and(|widest| widest < 40), "{written:?}");

    // A terminal that cannot, and a pipe: the same words, and nothing that moves.
    let dumb = on_terminal(&push("0.4"), 100, &[("TERM", "dumb")]);
    let args = push("0.3");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let piped = folder.run(&args).good();
    for (written, version) in [(&dumb, 3), (&piped, 4)] {
        assert!(!written.contains(['\r', '\u{1b}']), "{written:?}");
        assert!(!written.lines().any(|line| line.starts_with('[')));
        assert!(
            written.contains("\nstage 1 of 2  1 serves it; the next stage in ")
                && written.ends_with(&format!("\nversion {version}: 3 engines serve it\n")),
            "{written}"
        );
    }
}
