//! Our jq is jq: `jaq` gives the same results for every shipped mapping on every case.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read};
use routewright_convert::document::{Corpus, collect};
use routewright_convert::evaluate::{Evaluator, Input};
use routewright_convert::mapping::Mapping;
use routewright_convert::mappings::SHIPPED;
use routewright_convert::trace::Trace;

/// The idiom that takes all documents. The crates of jaq have no inputs without its
/// program, so it is given the list of them instead.
const ALL: &str = "[., inputs]";

/// What jq has, and jaq has not.
const MISSING: &str = "def INDEX(f): reduce .[] as $x ({}; . + {($x | f | tostring): $x});
def IN(s): . as $x | any(s; . == $x);
";

fn ours(text: &str, corpus: &Corpus) -> Vec<serde_json::Value> {
    let mapping = Mapping::parse("m", text).expect("a mapping");
    let trace = Trace::new(corpus.nodes.len());
    let inputs = corpus.documents.iter().map(|document| Input {
        file: corpus.sources.name(document.file).into(),
        value: document.root.clone(),
    });
    let mut results = Vec::new();
    Evaluator::new(&mapping, &trace, inputs).run(&mut |result| {
        let result = result.expect("a result").data.to_string();
        results.push(serde_json::from_str(&result).expect("JSON"));
    });
    results
}

fn theirs(text: &str, corpus: &Corpus) -> Vec<serde_json::Value> {
    let documents = corpus
        .documents
        .iter()
        .map(|document| document.root.data.to_string());
    let mut inputs: VecDeque<String> = documents.collect();
    if text.contains(ALL) {
        let all = inputs.drain(..).collect::<Vec<_>>().join(",");
        inputs.push_back(format!("[{all}]"));
    }
    let code = MISSING.to_owned() + &text.replace(ALL, ".");
    let program = File {
        code: code.as_str(),
        path: (),
    };
    let defs = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let funs = jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs());
    let arena = Arena::default();
    let modules = Loader::new(defs).load(&arena, program).expect("a program");
    let filter = Compiler::default()
        .with_funs(funs)
        .compile(modules)
        .expect("known names");
    let mut results = Vec::new();
    for input in inputs {
        let input = read::parse_single(input.as_bytes()).expect("JSON");
        let ctx = Ctx::<data::JustLut<Val>>::new(&filter.lut, Vars::new([]));
        for result in filter.id.run((ctx, input)).map(unwrap_valr) {
            let result = result.expect("a result").to_string();
            results.push(serde_json::from_str(&result).expect("JSON"));
        }
    }
    results
}

#[test]
fn jaq_says_the_same() {
    let mut compared = 0;
    for (name, text) in SHIPPED {
        for entry in fs::read_dir("tests/cases").expect("cases") {
            let case = entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name");
            if case.split('+').next() != Some(name) {
                continue;
            }
            let folder = Path::new("tests/cases").join(&case).join("input");
            let corpus = collect(&[folder], &mut |_, _| {}).expect("readable files");
            let (ours, theirs) = (ours(text, &corpus), theirs(text, &corpus));
            for (at, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
                assert_eq!(ours, theirs, "{case}, result {at}");
            }
            assert_eq!(ours.len(), theirs.len(), "{case}");
            compared += ours.len();
        }
    }
    assert!(compared > 1000, "next to nothing was compared");
}
