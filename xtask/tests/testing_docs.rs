//! The examples of docs/testing.md are what is written, run and printed.

mod common;

use common::Folder;

const PAGE: &str = include_str!("../../docs/testing.md");

/// What stands between fences of that language.
fn blocks(language: &str) -> Vec<&'static str> {
    let open = format!("```{language}\n");
    let blocks = PAGE.split(&open).skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[test]
fn examples_hold() {
    let folder = Folder::new("testing-docs");
    for text in blocks("yaml") {
        let path = text.lines().next().unwrap().strip_prefix("# ").unwrap();
        folder.write(path, text);
    }
    folder.write(
        "late.test.yaml",
        "tests:\n  - { event: user.left, to: [billing] }\n",
    );
    let sessions = blocks("console");
    assert_eq!(sessions.len(), 2);
    for session in sessions {
        let (command, printed) = session.split_once('\n').unwrap();
        let args = command.strip_prefix("$ cargo xtask ").unwrap();
        let ran = folder.run(&args.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.out, printed, "{command}: {}", ran.err);
        let code = i32::from(printed.contains("FAILED"));
        assert_eq!(ran.code, code, "{command}: {}", ran.err);
    }
}

/// The table of keys in docs/language.md has each key, and no other.
#[test]
fn the_reference_has_every_key() {
    use routewright_schema::format::yaml::keys::TEST;
    let page = include_str!("../../docs/language.md");
    let section = page.split("\n## A test\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let named = rows.flat_map(|line| line.split('|').nth(1).unwrap().split(','));
    let mut named: Vec<&str> = named.map(|key| key.trim().trim_matches('`')).collect();
    named.extend(["event", "setting"]);
    named.sort_unstable();
    let mut keys: Vec<&str> = TEST.iter().map(|key| key.name).collect();
    keys.sort_unstable();
    assert_eq!(named, keys);
}
