//! Every shape in `cases`, and what the public sources are known to hold: a file a shape.

mod alertmanager;
mod argo_events;
mod asyncapi;
mod benthos;
mod ceilometer;
mod common;
mod dapr;
mod gerritbot;
mod istio;
mod julie_topologies;
mod k8s_event_exporter;
mod knative;
mod kong_deck;
mod plain;
mod rasa;
mod serverless;
mod settings;
mod stackstorm;
mod symfony_messenger;
mod temporal_dynamicconfig;

use std::path::PathBuf;
use std::{env, fs};

use routewright_convert::document::Corpus;
use routewright_convert::mapping::Mapping;
use routewright_convert::mappings;
use routewright_convert::run::convert;
use routewright_schema::format::yaml_write;

use common::converted;

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
