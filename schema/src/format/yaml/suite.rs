//! Our reader against the YAML test suite: a case is read as the suite says, or stands
//! in the frozen list of differences with the reason.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Deserialize as _;
use serde_json::Value as Json;

use super::node::{self, Node, Value};
use crate::diagnostic::Report;
use crate::source::Sources;

const CASES: &str = include_str!("../../../tests/yaml-test-suite/cases.jsonl");

/// What a definition has no use for, by the code that says so.
const BY_DESIGN: &[&str] = &["anchor", "documents", "duplicate", "merge_key", "tag"];

/// What became of a case, if it is not what the suite says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    /// YAML that definitions do not allow.
    RefusedByDesign,
    /// YAML that the parser does not understand.
    RefusedByParser,
    /// No YAML, but the parser makes something of it.
    Taken,
    /// Read as something else.
    OtherEvents,
}

#[test]
fn each_case_is_read_as_the_suite_says_or_is_listed() {
    let mut lists: [(Difference, &str, Vec<String>); 4] = [
        (
            Difference::RefusedByDesign,
            "YAML that a definition has no use for: refused by design, with these codes",
            Vec::new(),
        ),
        (
            Difference::RefusedByParser,
            "YAML that the parser refuses: nobody can be misled",
            Vec::new(),
        ),
        (
            Difference::Taken,
            "No YAML, but the parser makes something of it",
            Vec::new(),
        ),
        (
            Difference::OtherEvents,
            "Read as something else than the suite says",
            Vec::new(),
        ),
    ];
    let (mut cases, mut same) = (0, 0);
    for line in CASES.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        cases += 1;
        let text = case["yaml"].as_str().unwrap();
        let expected: Option<Vec<String>> = Option::deserialize(&case["events"]).unwrap();
        match difference(text, expected.as_deref()) {
            None => same += 1,
            Some((kind, why)) => {
                let list = lists.iter_mut().find(|(of, ..)| *of == kind).unwrap();
                let (id, name) = (case["id"].as_str().unwrap(), case["name"].as_str().unwrap());
                list.2.push(format!("{id:6} {name}{why}"));
            }
        }
    }
    let mut out = format!("{cases} cases, {same} read as the suite says\n");
    for (_, title, list) in &lists {
        let _ = write!(out, "\n{title} ({}):\n", list.len());
        for line in list {
            let _ = writeln!(out, "  {line}");
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../tests/yaml-test-suite");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("differences", out));
}

fn difference(text: &str, expected: Option<&[String]>) -> Option<(Difference, String)> {
    let mut sources = Sources::default();
    let file = sources.add("case.yaml", text);
    let mut report = Report::new();
    let tree = node::read(file, sources.text(file), &mut report);
    // It must render, whatever it is.
    report.render(&sources, false);
    let codes: BTreeSet<&str> = report.sorted().iter().map(|d| d.code).collect();
    let by_design = codes.iter().all(|code| BY_DESIGN.contains(code));
    match (expected, codes.is_empty()) {
        (None, false) => None,
        (None, true) => Some((Difference::Taken, String::new())),
        (Some(_), false) if !by_design => Some((
            Difference::RefusedByParser,
            format!(" [{}]", message(&report)),
        )),
        // The reader stops at a second document, and leaves a second key out.
        (Some(_), _) if codes.contains("documents") || codes.contains("duplicate") => {
            Some((Difference::RefusedByDesign, listed(&codes)))
        }
        (Some(expected), good) => {
            let mut found = Vec::new();
            tree.root.iter().for_each(|root| events(root, &mut found));
            let expected = plainly(expected);
            let other = found.iter().zip(&expected).find(|(a, b)| a != b);
            match other {
                Some((found, expected)) => Some((
                    Difference::OtherEvents,
                    format!(" [{found} for {expected}]"),
                )),
                None if found.len() != expected.len() => {
                    let why = format!(" [{} events for {}]", found.len(), expected.len());
                    Some((Difference::OtherEvents, why))
                }
                None if good => None,
                None => Some((Difference::RefusedByDesign, listed(&codes))),
            }
        }
    }
}

fn listed(codes: &BTreeSet<&str>) -> String {
    format!(
        " [{}]",
        codes.iter().copied().collect::<Vec<_>>().join(", ")
    )
}

fn message(report: &Report) -> &str {
    let syntax = report
        .sorted()
        .into_iter()
        .find(|d| !BY_DESIGN.contains(&d.code));
    syntax.map_or("", |d| d.message.as_str())
}

/// The suite's events, less what a tree of ours does not tell: the frame, who used
/// brackets, which kind of quotes, and the anchors and tags that were refused.
fn plainly(events: &[String]) -> Vec<String> {
    let inner = events
        .iter()
        .filter(|event| !event.ends_with("STR") && !event[1..].starts_with("DOC"));
    let plain: Vec<String> = inner.map(|event| plain(event)).collect();
    // A document of nothing is an empty value to the suite, and no value to us.
    if plain == ["=VAL :"] {
        Vec::new()
    } else {
        plain
    }
}

fn plain(event: &str) -> String {
    let (word, mut rest) = event.split_once(' ').unwrap_or((event, ""));
    let mut refused = word == "=ALI";
    while rest.starts_with(['&', '<']) {
        rest = rest.split_once(' ').map_or("", |(_, rest)| rest);
        refused |= rest == ":";
    }
    match (word, refused) {
        (_, true) => "refused".to_owned(),
        ("=VAL", _) => match rest.split_at(1) {
            (":", text) => format!("=VAL :{text}"),
            (_, text) => format!("=VAL \"{text}"),
        },
        _ => word.to_owned(),
    }
}

fn events(node: &Node, out: &mut Vec<String>) {
    match &node.value {
        Value::Scalar { text, plain } => {
            let mut event = format!("=VAL {}", if *plain { ':' } else { '"' });
            for c in text.chars() {
                match c {
                    '\\' => event.push_str("\\\\"),
                    '\n' => event.push_str("\\n"),
                    '\r' => event.push_str("\\r"),
                    '\t' => event.push_str("\\t"),
                    '\u{8}' => event.push_str("\\b"),
                    c => event.push(c),
                }
            }
            out.push(event);
        }
        Value::Seq(items) => {
            out.push("+SEQ".to_owned());
            items.iter().for_each(|item| events(item, out));
            out.push("-SEQ".to_owned());
        }
        Value::Map(entries) => {
            out.push("+MAP".to_owned());
            for (key, value) in entries {
                events(key, out);
                events(value, out);
            }
            out.push("-MAP".to_owned());
        }
        Value::Refused => out.push("refused".to_owned()),
    }
}
