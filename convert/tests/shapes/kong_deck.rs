use crate::common::{converted, count, results, told};

const FILES: &str = "[., inputs] | map(objects)";
const SERVICES: &str = "[.[].services? | arrays | .[]]";
const NESTED: &str = "[.[].services? | arrays | .[].routes // [] | .[]]";
const FLAT: &str = "[.[].routes? | arrays | .[]]";

/// The counts that independent readers gave are those of all files together; 40 routes
/// stand inside of a service, 41 beside it.
#[test]
fn counts() {
    let case = "kong-deck";
    let counted = |then: &str| count(case, &format!("{FILES} | {then} | length"));
    assert_eq!(counted(SERVICES), 96);
    assert_eq!(counted(NESTED), 40);
    assert_eq!(counted(FLAT), 41);
    assert_eq!(results(case, "map(select(.consumer)) | length"), 96);

    let (_, report) = converted(case);
    let flat = |then: &str| counted(&format!("{FLAT} | map({then})"));
    let alone = flat("select(.service == null and .headers == null)");
    assert_eq!(told(&report, "it has no service"), alone);
    let conditions = counted(&format!("{NESTED} | map(select(.headers))"));
    assert_eq!(told(&report, "more than host, method and path"), conditions);
    // Each other route has its plain paths, or any path, for each of its hosts: the path
    // itself, and what begins with it.
    let routes =
        format!("({NESTED} + ({FLAT} | map(select(.service)))) | map(select(.headers == null))");
    let path = "if .paths then .paths[] | select(startswith(\"~\") | not) else \"/\" end";
    let requests = counted(&format!(
        "[{routes}[] | (.hosts // [\"*\"])[] as $host | {path}]"
    ));
    assert_eq!(
        results(case, "map(select(.pattern)) | length"),
        2 * requests
    );
    let regexes = counted(&format!(
        "[{routes}[] | .paths // [] | .[] | select(startswith(\"~\"))]"
    ));
    assert_eq!(told(&report, "a regular expression over paths"), regexes);
    assert!(regexes > 10 && requests > 40);
}

/// A service whose host is an upstream is split over its targets; an address that a file
/// takes from the environment is one that is bound.
#[test]
fn upstreams() {
    let (definition, _) = converted("kong-deck");
    let split = &definition.routes["*.*.tr1"].target.split;
    let weights: Vec<u32> = split.values().copied().collect();
    assert_eq!(weights, [100, 200]);
    let masked = &definition.consumers["mask-test-service"];
    assert_eq!(masked.address, "http://${DECK_SERVICE_HOST}:8080");
}

/// What the sample does not show: defaults of a file, a service that is off, both formats'
/// regular expressions, and the order in which Kong asks its routes.
#[test]
fn unusual() {
    let (definition, report) = converted("kong-deck+unusual");
    let route = |name: &str| &definition.routes[name];
    assert_eq!(route("*.*.chat%2Ev1%2EChat").policy.retries, Some(3));
    assert_eq!(definition.consumers["chat"].address, "grpc://chat.svc:80");
    assert!(!route("*.*.users").enabled);
    let regexes = report
        .cannot
        .iter()
        .filter(|f| f.why.contains("a regular expression"));
    let regexes: Vec<&str> = regexes.map(|finding| finding.text.as_str()).collect();
    assert_eq!(regexes, ["'/v\\d+/items'", "~/billing/(?<id>\\d+)$"]);
    // A host goes before a path, even a longer one.
    let shared = &route("search%2Eexample%2Ecom.*.flat").target.split;
    assert_eq!(*shared, route("search%2Eexample%2Ecom.*").target.split);
    assert_eq!(route("*.*.flat").target.to, ["billing"]);
}
