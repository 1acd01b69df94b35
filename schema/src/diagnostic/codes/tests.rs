use super::*;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn sorted_and_said_alike() {
    assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
    for info in CODES {
        assert!(info.summary.ends_with('.'), "{info:?}");
        assert!(
            !info.help.ends_with('.') && !info.help.starts_with(char::is_uppercase),
            "{info:?}"
        );
        assert!(
            !info.summary.contains('|') && !info.help.contains('|'),
            "{info:?}"
        );
        assert_eq!(super::info(info.code), Some(info));
    }
    assert_eq!(super::info("nothing"), None);
}

#[test]
fn the_page_lists_each_of_them() {
    let page = include_str!("../../../../docs/diagnostics.md");
    let listed: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let rows: Vec<String> = CODES
        .iter()
        .map(|info| format!("| `{}` | {} | {} |", info.code, info.summary, info.help))
        .collect();
    assert_eq!(listed, rows, "docs/diagnostics.md is not what `CODES` says");
}

/// Codes are words in the source, so that the source tells which there are: every
/// first word in quotes after a call that takes a code.
#[test]
fn no_code_of_the_source_is_missing() {
    let calls = [
        "Diagnostic::error(",
        "Diagnostic::warning(",
        "Diagnostic::global(",
        ".error(",
        ".fault(",
        ".problem(",
        ".stop(",
        "of(options.unrouted,",
        "of(options.expired,",
    ];
    let mut found = BTreeSet::new();
    each_source(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path(),
        &mut |text| {
            for call in calls {
                for (at, _) in text.match_indices(call) {
                    let rest = text[at + call.len()..].trim_start();
                    if let Some((code, _)) = rest.strip_prefix('"').and_then(|r| r.split_once('"'))
                    {
                        found.insert(code.to_owned());
                    }
                }
            }
        },
    );
    let unknown: Vec<&String> = found.iter().filter(|code| info(code).is_none()).collect();
    assert!(unknown.is_empty(), "not in CODES: {unknown:?}");
    assert!(
        found.len() >= 25,
        "the search finds next to nothing: {found:?}"
    );
}

/// All files of Rust that are no tests.
fn each_source(folder: &Path, see: &mut impl FnMut(&str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => each_source(&path, see),
            false if path.ends_with("tests.rs") => {}
            false if path.extension().is_none_or(|end| end != "rs") => {}
            false => see(&std::fs::read_to_string(&path).unwrap()),
        }
    }
}

/// What the runtime refuses, except what only a push can do.
#[test]
fn no_code_of_the_runtime_is_missing() {
    use routewright::Code::*;
    for code in [
        Missing,
        UnknownConsumer,
        UnknownSetting,
        Duplicate,
        BadName,
        Limit,
        NoTarget,
        DropWithTarget,
        BadWeight,
        BadShare,
        RankWithoutPattern,
        Tie,
        DeadPattern,
        WrongType,
        BelowMin,
        AboveMax,
        NotAValue,
        BadSetting,
        Rule,
        BadRule,
        NoSeed,
    ] {
        assert!(info(code.as_str()).is_some(), "{code}");
    }
}
