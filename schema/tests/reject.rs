//! Definitions that are refused. Each file or folder of `reject/` has one fault (those
//! named `many-*` have several), and a snapshot of what a person is told.

use std::path::{Path, PathBuf};

use routewright_schema::check::{CheckOptions, check};
use routewright_schema::diagnostic::Report;
use routewright_schema::load::load;
use routewright_schema::source::Sources;
use routewright_schema::value::Date;

fn cases(folder: &str) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    cases
}

fn refused(case: &Path) -> (Sources, Report) {
    let loaded = match load(&[case.to_owned()]) {
        Ok(loaded) => loaded,
        Err(refused) => return refused,
    };
    let options = CheckOptions::strict(Date::new(2026, 6, 1).unwrap());
    (loaded.sources.clone(), check(&loaded, &options).report)
}

#[test]
fn each_is_refused_in_words_that_help() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _guard = settings.bind_to_scope();
    let cases = cases("tests/reject");
    assert!(cases.len() >= 40, "{} cases", cases.len());
    let (mut snapshots, mut wrong) = (Vec::new(), Vec::new());
    for case in &cases {
        let name = case.file_stem().unwrap().to_str().unwrap();
        let (sources, report) = refused(case);
        let one = report.errors() == 1 && report.warnings() == 0;
        if report.errors() == 0 || one == name.starts_with("many-") {
            wrong.push(format!("{name}:\n{}", report.render(&sources, false)));
        }
        insta::assert_snapshot!(name, report.render(&sources, false));
        snapshots.push(format!("{name}.snap"));
    }
    assert!(
        wrong.is_empty(),
        "not refused, or for another number of faults:\n{}",
        wrong.join("\n")
    );
    // A snapshot without its case proves nothing.
    for snapshot in self::cases("tests/snapshots") {
        let name = snapshot.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(
            name.ends_with(".new") || snapshots.contains(&name),
            "{name} has no case"
        );
    }
}

/// What a program is told of the same.
#[test]
fn each_has_a_place_for_programs() {
    for case in cases("tests/reject") {
        let (sources, report) = refused(&case);
        for entry in report.to_json(&sources)["diagnostics"].as_array().unwrap() {
            assert!(
                entry["code"].is_string() && entry["message"].is_string(),
                "{case:?}"
            );
            let whole_run = matches!(entry["code"].as_str(), Some("missing"));
            assert!(
                whole_run || entry["line"].as_u64() >= Some(1),
                "{case:?}: {entry}"
            );
        }
    }
}
