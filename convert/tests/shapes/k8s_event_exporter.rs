use crate::common::{converted, count};

/// Each rule that names a receiver is a route, or told.
#[test]
fn counts() {
    let case = "k8s-event-exporter";
    let rules = "[., inputs | .route | objects | .. | objects | .match | arrays | .[] | .receiver | values]";
    assert_eq!(count(case, &format!("{rules} | length")), 6);
    let (definition, report) = converted(case);
    // Twice everything to the same receiver; what is not Normal; two that go with a
    // negation, and one with a condition on labels.
    assert_eq!(definition.routes["**"].target.to, ["dump"]);
    assert_eq!(
        definition.routes["Warning.*.*.*"].target.to,
        ["dump", "firehose"],
        "all routes are asked"
    );
    assert_eq!(definition.routes.len(), 2);
    let told = |why: &str| report.cannot.iter().filter(|f| f.why.contains(why)).count();
    assert_eq!(told("what it drops"), 1);
    assert_eq!(told("a condition other than"), 1);
    assert_eq!(told("YAML within text"), 1);
    let receivers = "[., inputs | .receivers | arrays | .[].name] | unique | length";
    assert_eq!(definition.consumers.len(), count(case, receivers));
}

/// A rule is asked if those before it held, and the routes below if all held.
#[test]
fn rules_are_asked_in_order() {
    let (definition, report) = converted("k8s-event-exporter+rules");
    let to = |name: &str| definition.routes[name].target.to.clone();
    assert_eq!(
        to("Warning.*.*.prod"),
        ["all"],
        "Normal is dropped above all"
    );
    assert_eq!(to("Warning.Node.*.prod"), ["all", "pods"]);
    assert_eq!(to("Warning.Pod.BackOff.prod"), ["all", "pods", "backoff"]);
    assert_eq!(to("Warning.Pod.Killing.prod"), ["all", "pods", "webhook"]);
    let loose = report
        .cannot
        .iter()
        .filter(|f| f.why.contains("longer names"));
    let loose: Vec<&str> = loose.map(|f| f.text.trim_matches('"')).collect();
    assert_eq!(loose, ["BackOff", "Pod"], "expressions without an end");
}

/// What is dropped by its type is what has the other one; any other drop is told with all
/// that stands in its route.
#[test]
fn drops() {
    let (definition, report) = converted("k8s-event-exporter+rules");
    let jobs = definition.routes["Normal.Job.*.*"].target.to.clone();
    assert!(
        jobs.contains(&"jobs".to_owned()) && !jobs.contains(&"never".to_owned()),
        "a Normal event is no Warning: {jobs:?}"
    );
    let told = report
        .cannot
        .iter()
        .filter(|f| f.why.starts_with("what it drops"));
    assert_eq!(told.count(), 2);
}
