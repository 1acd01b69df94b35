//! What `check --format sarif` writes, against SARIF's own schema: every definition of
//! the reject corpus, alone and as one log of many runs.

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use routewright_schema::check::{CheckOptions, check};
use routewright_schema::diagnostic::{Diagnostic, Report, Run, sarif};
use routewright_schema::load::load;
use routewright_schema::source::{Sources, Span};
use routewright_schema::value::Date;
use serde_json::{Value, json};

fn validator() -> Validator {
    // The pattern for languages (we write none) has a bracket too many as published, and
    // a strict reader of regular expressions refuses the schema for it.
    let schema =
        include_str!("sarif/sarif-schema-2.1.0.json").replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}$");
    let schema = serde_json::from_str(&schema).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

fn faults(validator: &Validator, log: &Value) -> Vec<String> {
    let say =
        |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    validator.iter_errors(log).map(say).collect()
}

fn reject() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/tests/reject")
}

fn found(case: &Path) -> (Sources, Report) {
    match load(&[case.to_owned()]) {
        Ok(loaded) => {
            let options = CheckOptions::strict(Date::new(2026, 6, 1).unwrap());
            (loaded.sources.clone(), check(&loaded, &options).report)
        }
        Err(refused) => refused,
    }
}

#[test]
fn every_refusal_is_valid_sarif() {
    let validator = validator();
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(reject()).unwrap() {
        let path = entry.unwrap().path();
        let (sources, report) = found(&path);
        cases.push((path.display().to_string(), sources, report));
    }
    assert!(cases.len() >= 100, "{} cases", cases.len());
    let runs: Vec<Run<'_>> = cases
        .iter()
        .map(|(name, sources, report)| Run {
            name,
            report,
            sources,
        })
        .collect();
    let log = sarif(&runs);
    assert_eq!(faults(&validator, &log), [""; 0]);
    assert_eq!(log["runs"].as_array().unwrap().len(), cases.len());
    for run in log["runs"].as_array().unwrap() {
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in run["results"].as_array().unwrap() {
            let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(
                rule["shortDescription"]["text"].is_string(),
                "{rule} is not explained"
            );
        }
        let ids: std::collections::BTreeSet<&str> = rules
            .iter()
            .map(|rule| rule["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), rules.len(), "a rule stands twice");
    }
}

#[test]
fn nothing_and_too_much_and_hostile_names_are_valid_sarif() {
    let validator = validator();
    let mut sources = Sources::default();
    for name in [
        "a b/%2e/\u{1b}[31m\n\"ø\".yaml",
        "c:d.yaml",
        "/abs/\u{202e}x.yaml",
        "C:/x y.yaml",
        "",
    ] {
        sources.add(name, "x: 1\n");
    }
    let mut report = Report::new();
    for at in 0..600 {
        let span = Span {
            file: at % 6,
            start: 0,
            end: at,
        };
        report.push(
            Diagnostic::error("bad_name", span, "\u{0}\u{7f}\n%")
                .also(span, "there")
                .hint("\r"),
        );
    }
    report.push(Diagnostic::global("no_such_code", ""));
    let nothing = (Sources::default(), Report::new());
    let log = sarif(&[
        Run {
            name: "much",
            report: &report,
            sources: &sources,
        },
        Run {
            name: "%/: \u{e9}",
            report: &nothing.1,
            sources: &nothing.0,
        },
    ]);
    assert_eq!(faults(&validator, &log), [""; 0]);
    assert_eq!(faults(&validator, &sarif(&[])), [""; 0]);
}

/// Else the tests above prove nothing.
#[test]
fn the_schema_refuses_what_is_no_sarif() {
    let validator = validator();
    let mut sources = Sources::default();
    let file = sources.add("x.yaml", "x");
    let mut report = Report::new();
    report.push(Diagnostic::error(
        "tag",
        Span {
            file,
            start: 0,
            end: 1,
        },
        "x",
    ));
    let good = sarif(&[Run {
        name: "x",
        report: &report,
        sources: &sources,
    }]);
    assert_eq!(faults(&validator, &good), [""; 0]);
    let at = "/runs/0/results/0/locations/0/physicalLocation";
    for (pointer, bad) in [
        ("/version", json!("2.0.0")),
        ("/runs/0/columnKind", json!("bytes")),
        ("/runs/0/results/0/level", json!("fatal")),
        (&format!("{at}/region/startLine"), json!(0)),
        (&format!("{at}/artifactLocation/uri"), json!("a b%.yaml")),
    ] {
        let mut log = good.clone();
        *log.pointer_mut(pointer).unwrap() = bad;
        assert!(!faults(&validator, &log).is_empty(), "{pointer}");
    }
}
