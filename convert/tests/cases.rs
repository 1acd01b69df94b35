//! Every shape in `cases`, and what the public sources are known to hold.

use std::path::{Path, PathBuf};
use std::{env, fs};

use routewright_convert::document::{Corpus, collect};
use routewright_convert::evaluate::{Evaluator, Input};
use routewright_convert::mapping::Mapping;
use routewright_convert::run::{Conversion, convert};
use routewright_convert::trace::Trace;
use routewright_convert::{mappings, report::Report};
use routewright_schema::format::yaml_write;
use routewright_schema::model::Definition;

fn folder(case: &str) -> PathBuf {
    Path::new("tests/cases").join(case)
}

fn corpus(case: &str) -> Corpus {
    collect(&[folder(case).join("input")], &mut |_, _| {}).expect("readable files")
}

fn program(case: &str) -> String {
    let own = fs::read_to_string(folder(case).join("mapping.jq"));
    // `alertmanager+good` is a further input for `alertmanager`.
    let shape = case.split('+').next().unwrap_or(case);
    own.unwrap_or_else(|_| mappings::find(shape).expect("a shipped mapping").to_owned())
}

fn converted(case: &str) -> (Definition, Report) {
    let text = program(case);
    let mapping = Mapping::parse(case, &text).unwrap_or_else(|faults| panic!("{case}: {faults:?}"));
    let Conversion { definition, report } = convert(&corpus(case), &mapping, "converted");
    (
        definition.unwrap_or_else(|| panic!("{case}: {report}")),
        report,
    )
}

/// What a jq program counts in the input of a case.
fn count(case: &str, program: &str) -> usize {
    let corpus = corpus(case);
    let mapping = Mapping::parse("count", program).expect("a program");
    let trace = Trace::new(corpus.nodes.len());
    let inputs = corpus.documents.iter().map(|document| Input {
        file: corpus.sources.name(document.file).into(),
        value: document.root.clone(),
    });
    let mut counts = Vec::new();
    Evaluator::new(&mapping, &trace, inputs).run(&mut |value| {
        counts.push(value.expect("a count").data.to_string());
    });
    counts.concat().parse().expect("one count")
}

#[test]
fn every_case() {
    let bless = env::var_os("ROUTEWRIGHT_BLESS").is_some();
    let entries = fs::read_dir("tests/cases").expect("cases");
    let mut cases: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    assert!(
        cases.len() >= mappings::SHIPPED.len(),
        "each shipped mapping has a case"
    );
    for path in cases {
        let case = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        let (definition, report) = converted(case);
        assert!(report.is_complete(), "{case}\n{report}");
        assert!(
            report.proof.questions > 100,
            "{case}: next to nothing was asked"
        );
        let yaml = yaml_write::write(&definition);
        let json = format!("{:#}\n", report.to_json());
        for (name, text) in [("expected.yaml", yaml), ("report.json", json)] {
            let path = path.join(name);
            if bless {
                fs::write(&path, text).expect("writable");
            } else {
                let expected = fs::read_to_string(&path).expect("an expectation; bless it");
                assert_eq!(text, expected, "{}", path.display());
            }
        }
    }
}

/// What is left out is told: a leaf, the name of a key, a document on which the mapping
/// fails, a result that means nothing.
#[test]
fn what_is_missing_is_told() {
    let told = |program: &str| {
        let mut corpus = Corpus::default();
        corpus.add("t.yaml", b"routes: { a: x, b: y }\nextra: 1\n");
        let mapping = Mapping::parse("m", program).expect("a mapping");
        convert(&corpus, &mapping, "p").report
    };
    let all = ".routes | to_entries[] | {event: .key, to: .value}";
    let report = told(all);
    assert_eq!(report.unexplained.len(), 1);
    assert_eq!(report.unexplained[0].place, "t.yaml:2:8");
    assert!(!report.is_complete());
    let report = told(&format!("({all}), {{ignore: .extra, why: \"none\"}}"));
    assert!(report.is_complete(), "{report}");
    let report = told("{event: \"e\", to: .routes[]}, {ignore: .extra, why: \"none\"}");
    let lost: Vec<&str> = report.lost_keys.iter().map(|f| f.text.as_str()).collect();
    assert_eq!(lost, ["a", "b"]);
    assert!(!report.is_complete());
    for program in [
        ".routes.a.b",
        "{event: .extra}",
        "{routes: .extra}",
        "{ignore: .}",
        ".extra",
    ] {
        let report = told(program);
        assert_eq!(
            (report.failures.len(), report.unexplained.len()),
            (1, 3),
            "{program}\n{report}"
        );
        assert!(!report.is_sound());
    }
}

/// Converting again what was written changes nothing: the order of files has no meaning.
#[test]
fn the_result_is_stable() {
    for (case, _) in mappings::SHIPPED {
        assert_eq!(converted(case).0, converted(case).0, "{case}");
    }
}

/// Three classes of messages, two transports that retry, three that are reached by a DSN
/// which stays as it is.
#[test]
fn symfony() {
    let (definition, report) = converted("symfony-messenger");
    assert_eq!(report.counts.routes, 3);
    for route in definition.routes.values() {
        assert_eq!(route.policy.retries, Some(3));
        assert_eq!(route.policy.retry_delay_ns, Some(1_000_000_000));
    }
    let addresses: Vec<&str> = definition
        .consumers
        .values()
        .map(|c| c.address.as_str())
        .collect();
    assert_eq!(
        addresses,
        [
            "%env(MESSENGER_TRANSPORT_DSN)%",
            "%env(MESSENGER_TRANSPORT_FAILURE_DSN)%",
            "%env(MESSENGER_TRANSPORT_LOW_PRIORITY_DSN)%"
        ]
    );
}

/// What could be two things is asked about, and no setting is made of it.
#[test]
fn settings() {
    let (definition, report) = converted("settings");
    let names: Vec<&str> = definition.settings.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "features.search",
            "http.allowed_origins",
            "http.max_body_size",
            "http.retries",
            "http.timeout",
            "log_level",
            "sampling",
            "weights"
        ]
    );
    let asked = report
        .cannot
        .iter()
        .filter(|f| f.why.contains("what is meant?"));
    let asked: Vec<&str> = asked.map(|finding| finding.text.as_str()).collect();
    assert_eq!(asked, ["legacy_login", "file_mode", "version", "window"]);
    assert_eq!(
        definition.settings["http.timeout"].doc,
        "How long a request may take."
    );
}

/// The counts are those that independent readers gave; of all patterns, those that begin
/// with a wildcard have none that meets the same.
#[test]
fn ceilometer() {
    let case = "ceilometer";
    let definitions = |then: &str| format!("arrays | {then}");
    let types = "[.[].event_type | if type == \"array\" then .[] else . end] | unique";
    let counted = |then: &str| count(case, &definitions(then));
    assert_eq!(counted("length"), 47);
    assert_eq!(counted("map(select(.event_type | arrays)) | length"), 12);
    assert_eq!(counted(&format!("{types} | length")), 74);
    assert_eq!(
        counted(&format!("{types} | map(select(contains(\"*\"))) | length")),
        46
    );
    let (definition, report) = converted(case);
    let pipeline = 1;
    assert_eq!(definition.routes.len() + report.cannot.len(), 74 + pipeline);
    assert!(
        report.cannot.iter().all(|f| f.text.starts_with("'*")),
        "{report}"
    );
    let merges = report
        .quirks
        .iter()
        .filter(|q| q.why.starts_with("merge-key"));
    assert!(merges.count() > 0);
}

/// Both files have a root, three nodes below it and four below those.
#[test]
fn alertmanager() {
    for case in ["alertmanager", "alertmanager+good"] {
        assert_eq!(count(case, "[.route | recurse(.routes[]?)] | length"), 8);
        assert_eq!(
            count(
                case,
                "[paths | map(select(. == \"routes\")) | length] | max + 1"
            ),
            3
        );
        let (definition, report) = converted(case);
        // The root, two nodes with equal labels and their three; a regular expression and
        // what is below it.
        assert!(definition.fallback.is_some());
        assert_eq!(definition.events.len(), 5);
        let conditions = report.cannot.iter().filter(|f| f.why.contains("condition"));
        assert_eq!(conditions.count(), 2);
        assert!(
            report
                .cannot
                .iter()
                .any(|f| f.why.contains("later nodes") && f.text == "true")
        );
    }
}

#[test]
fn istio() {
    let case = "istio";
    let rules = "[., inputs] | map(select(.kind == \"VirtualService\"))";
    assert_eq!(count(case, &format!("{rules} | length")), 26);
    let routes = "[.[].spec | .http, .tcp, .tls | values | .[].route[]]";
    assert_eq!(count(case, &format!("{rules} | {routes} | length")), 35);
    let weighted = "[.[].spec | .http, .tcp, .tls | values | .[].route | select(length > 1)]";
    assert_eq!(count(case, &format!("{rules} | {weighted} | length")), 4);
    let (_, report) = converted(case);
    let odd = report
        .cannot
        .iter()
        .filter(|f| f.why.contains("has another route"));
    assert!(
        odd.count() >= 4,
        "alternatives for one host are told, not merged\n{report}"
    );
}

/// The counts are those that independent readers gave.
#[test]
fn gerritbot() {
    let case = "gerritbot";
    assert_eq!(count(case, "length"), 110);
    assert_eq!(count(case, "[.[].events[]] | unique | length"), 4);
    assert_eq!(count(case, "[.[].events[]] | length"), 223);
    let triples = "[to_entries[] | {a: .key, b: .value.events[], c: .value.projects[]}] | length";
    assert_eq!(count(case, triples), 1389);
    let (_, report) = converted(case);
    assert_eq!(report.counts.consumers, 110);
    let regexes = report
        .cannot
        .iter()
        .filter(|f| f.why.starts_with("a regular"));
    assert_eq!(
        report.counts.pairs + regexes.count(),
        1389,
        "each triple is a pair, or told"
    );
}
