//! A case: its input, its mapping, and what comes of it.

use std::fs;
use std::path::{Path, PathBuf};

use routewright_convert::document::{Corpus, collect};
use routewright_convert::evaluate::{Evaluator, Input};
use routewright_convert::mapping::Mapping;
use routewright_convert::mappings;
use routewright_convert::report::Report;
use routewright_convert::run::{Conversion, convert};
use routewright_convert::trace::Trace;
use routewright_schema::model::Definition;

pub fn folder(case: &str) -> PathBuf {
    Path::new("tests/cases").join(case)
}

pub fn corpus(case: &str) -> Corpus {
    collect(&[folder(case).join("input")], &mut |_, _| {}).expect("readable files")
}

pub fn program(case: &str) -> String {
    let own = fs::read_to_string(folder(case).join("mapping.jq"));
    // `alertmanager+good` is a further input for `alertmanager`.
    let shape = case.split('+').next().unwrap_or(case);
    own.unwrap_or_else(|_| mappings::find(shape).expect("a shipped mapping").to_owned())
}

pub fn converted(case: &str) -> (Definition, Report) {
    let text = program(case);
    let mapping = Mapping::parse(case, &text).unwrap_or_else(|faults| panic!("{case}: {faults:?}"));
    let Conversion { definition, report } = convert(&corpus(case), &mapping, "converted");
    (
        definition.unwrap_or_else(|| panic!("{case}: {report}")),
        report,
    )
}

/// What a jq program counts in the input of a case.
pub fn count(case: &str, program: &str) -> usize {
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

/// What a jq program counts in the results of the mapping of a case.
pub fn results(case: &str, then: &str) -> usize {
    let mapping = program(case);
    // A mapping that takes all documents at once is run on the first of them.
    let all = match mapping.contains("[., inputs]") {
        true => format!("[{mapping}]"),
        false => format!("[., inputs] | [.[] | ({mapping})]"),
    };
    count(case, &format!("{all} | {then}"))
}

/// How many things are told that cannot be expressed, for a reason with those words.
pub fn told(report: &Report, words: &str) -> usize {
    let cannot = report.cannot.iter();
    cannot.filter(|finding| finding.why.contains(words)).count()
}
