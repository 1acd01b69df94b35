//! The tutorial of `docs/convert.md` is what happens: its files are written, its commands
//! run, and what it shows is what they print. `ROUTEWRIGHT_BLESS=1` writes what they print.

mod common;

use std::fs;
use std::path::Path;

use common::Folder;

/// A fenced block: its info string, and its lines.
struct Fence<'t> {
    info: &'t str,
    body: &'t str,
}

/// Text and fences, in turn.
fn fences(text: &str) -> Vec<(&str, Option<Fence<'_>>)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find("\n```") {
        let info_at = open + 4;
        let body_at = info_at + rest[info_at..].find('\n').expect("a line") + 1;
        let close = body_at + rest[body_at..].find("```").expect("the end of a fence");
        let fence = Fence {
            info: &rest[info_at..body_at - 1],
            body: &rest[body_at..close],
        };
        parts.push((&rest[..=open], Some(fence)));
        rest = &rest[close + 3..];
    }
    parts.push((rest, None));
    parts
}

/// What a command prints, but for what it took.
fn printed(folder: &Folder, command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words[..] {
        ["cat", file] => folder.read(file),
        ["cargo", "xtask", ref args @ ..] => {
            let ran = folder.run(args);
            let all = format!("{}{}", ran.err, ran.out);
            let lines = all.lines().filter(|line| !line.starts_with("took "));
            lines.map(|line| format!("{line}\n")).collect()
        }
        _ => panic!("the tutorial has the command {command:?}"),
    }
}

#[test]
fn the_tutorial_is_what_happens() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/convert.md");
    let text = fs::read_to_string(&path).unwrap();
    let folder = Folder::new("tutorial");
    let mut written = String::new();
    let (mut commands, mut mapping) = (0, String::new());
    for (before, fence) in fences(&text) {
        written.push_str(before);
        let Some(Fence { info, body }) = fence else {
            continue;
        };
        let mut shown = body.to_owned();
        if let Some((_, title)) = info.split_once("title=") {
            folder.write(title.trim_matches('"'), body);
            if info.starts_with("jq") {
                mapping = body.to_owned();
            }
        } else if info == "jq-line" {
            let key = body.split(':').next().unwrap();
            let old = mapping
                .lines()
                .find(|line| line.starts_with(key))
                .expect("a line to replace");
            mapping = mapping.replace(old, body.trim_end());
            folder.write("notify.jq", &mapping);
        } else if info == "console" {
            let lines = body.lines().filter_map(|line| line.strip_prefix("$ "));
            shown.clear();
            for command in lines {
                commands += 1;
                shown.push_str(&format!("$ {command}\n{}", printed(&folder, command)));
            }
        }
        written.push_str(&format!("```{info}\n{shown}```"));
    }
    assert!(commands >= 5, "only {commands} commands were run");
    if std::env::var_os("ROUTEWRIGHT_BLESS").is_some() {
        fs::write(&path, &written).unwrap();
    }
    assert!(
        written == fs::read_to_string(&path).unwrap(),
        "docs/convert.md shows something else; bless it"
    );
}
