use crate::common::{converted, count};

/// The counts are those that independent readers gave; of all patterns, those that begin
/// with a wildcard have none that meets the same.
#[test]
fn counts() {
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
