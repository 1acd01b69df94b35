use super::*;
use crate::source::Sources;

fn span(file: u32, start: u32, end: u32) -> Span {
    Span { file, start, end }
}

#[test]
fn a_report_for_people() {
    let mut sources = Sources::default();
    let file = sources.add("routes.yaml", "a: 1\r\nb: ø 2\nc: 3");
    let mut report = Report::new();
    report.push(Diagnostic::warning("later", span(file, 16, 17), "a warning").hint("do that"));
    report.push(
        Diagnostic::error("first", span(file, 9, 11), "a letter\u{1b}[31m")
            .label("this one")
            .also(span(file, 0, 1), "and this"),
    );
    report.push(Diagnostic::global("whole", "of the run"));
    insta::assert_snapshot!(report.render(&sources, false));
    assert!(report.render(&sources, true).contains("\u{1b}[1m"));
}

#[test]
fn a_report_for_programs() {
    let mut sources = Sources::default();
    let file = sources.add("routes.yaml", "a: 1\nb: ø 2\n");
    let mut report = Report::new();
    report.push(
        Diagnostic::error("code", span(file, 8, 10), "message")
            .label("label")
            .also(span(file, 0, 1), "there"),
    );
    let json = report.to_json(&sources);
    let first = &json["diagnostics"][0];
    assert_eq!(json["errors"], 1);
    assert_eq!((&first["line"], &first["column"]), (&2.into(), &4.into()));
    assert_eq!(
        (&first["end"]["line"], &first["end"]["column"]),
        (&2.into(), &5.into())
    );
    assert_eq!(first["related"][0]["message"], "there");
    assert_eq!(first["hint"], serde_json::Value::Null);
}

#[test]
fn places_outside_of_the_text_are_shown_at_its_end() {
    let mut sources = Sources::default();
    let file = sources.add("x.yaml", "a\n");
    let mut report = Report::new();
    report.push(Diagnostic::error("end", span(file, 900, 2), "past the end"));
    report.push(Diagnostic::error("none", span(7, 1, 2), "no such file"));
    assert!(report.render(&sources, false).contains("x.yaml:2:1"));
    report.to_json(&sources);
}

#[test]
fn a_long_line_is_named_and_not_shown() {
    let mut sources = Sources::default();
    let file = sources.add("x.yaml", format!("a: {}\n", "x".repeat(5_000_000)));
    let mut report = Report::new();
    for at in 0..1_000 {
        report.push(Diagnostic::error("long", span(file, at, at + 1), "long"));
    }
    let text = report.render(&sources, false);
    assert!(text.contains("x.yaml:1:4"));
    assert!(text.len() < 64 << 10, "{}", text.len());
    assert!(text.ends_with("1000 errors (the first 256 are shown)\n"));
}

#[test]
fn suggestions() {
    let rows: &[(&str, &[&str], Option<&str>)] = &[
        ("timout", &["timeout", "retries"], Some("timeout")),
        ("Audit", &["audit", "loot"], Some("audit")),
        ("adit", &["loot", "audit"], Some("audit")),
        ("xyz", &["loot", "audit"], None),
        ("a", &["b"], None),
        ("", &["b"], None),
    ];
    for (word, candidates, close) in rows {
        assert_eq!(
            did_you_mean(word, candidates.iter().copied()),
            *close,
            "{word}"
        );
    }
    assert_eq!(
        one_of("zzz", "allowed are", ["a", "b"]).as_deref(),
        Some("allowed are: `a`, `b`")
    );
    assert_eq!(one_of("zzz", "allowed are", []), None);
}
