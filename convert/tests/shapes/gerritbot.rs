use crate::common::{converted, count};

/// The counts are those that independent readers gave.
#[test]
fn counts() {
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
