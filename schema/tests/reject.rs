//! Definitions that are refused, and a snapshot of what a person is told of each.

mod cases;

use cases::{Cases, refused};
use routewright_schema::diagnostic::Report;
use routewright_schema::source::Sources;

#[test]
fn each_is_refused_in_words_that_help() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _guard = settings.bind_to_scope();
    let cases = Cases::new("words");
    assert!(cases.list.len() >= 200, "{} cases", cases.list.len());
    let (mut snapshots, mut wrong) = (Vec::new(), Vec::new());
    for case in &cases.list {
        let name = case.name.as_str();
        let (sources, report) = refused(&case.path);
        let words = cases.render(&sources, &report);
        let expected = match name.split('-').next() {
            Some("many") => report.errors() > 1,
            Some("warn") => (report.errors(), report.warnings()) == (0, 1),
            _ => (report.errors(), report.warnings()) == (1, 0),
        };
        if !expected {
            wrong.push(format!("{name}:\n{words}"));
        }
        for diagnostic in report.sorted() {
            if diagnostic.help().is_none() {
                wrong.push(format!(
                    "{name}: `{}` does not say what to do",
                    diagnostic.message
                ));
            }
        }
        wrong.extend(without_place(&report, &sources));
        insta::assert_snapshot!(name, shortened(&words));
        snapshots.push(format!("{name}.snap"));
    }
    assert!(
        wrong.is_empty(),
        "not refused, for another number of faults, or not in full:\n{}",
        wrong.join("\n")
    );
    // A snapshot without its case proves nothing.
    for snapshot in std::fs::read_dir("tests/snapshots").unwrap() {
        let name = snapshot.unwrap().file_name().into_string().unwrap();
        assert!(
            name.ends_with(".new") || snapshots.contains(&name),
            "{name} has no case"
        );
    }
}

/// The first problems of a long report, and its last line, which counts.
fn shortened(words: &str) -> String {
    const SHOWN: usize = 4;
    let problems: Vec<&str> = words.split("\n\n").collect();
    if problems.len() <= 32 {
        return words.to_owned();
    }
    let (last, first) = (problems[problems.len() - 1], &problems[..SHOWN]);
    format!("{}\n\n[...]\n\n{last}", first.join("\n\n"))
}

/// What a program is told of the same: what, and where.
fn without_place(report: &Report, sources: &Sources) -> Vec<String> {
    let json = report.to_json(sources);
    let entries = json["diagnostics"].as_array().unwrap().iter();
    let lost = entries.filter(|entry| {
        // Of all files together, or of a file that is no text.
        let whole = matches!(
            entry["code"].as_str(),
            Some("missing" | "encoding" | "limit")
        );
        let said = entry["code"].is_string() && entry["message"].is_string();
        !said || !(whole || entry["line"].as_u64() >= Some(1))
    });
    lost.map(|entry| format!("a program is not told where: {entry}"))
        .collect()
}
