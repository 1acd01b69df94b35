use crate::common::{converted, count};

#[test]
fn counts() {
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
        .filter(|f| f.why.contains("by another rule"));
    assert!(
        odd.count() >= 4,
        "alternatives for one host are told, not merged\n{report}"
    );
}
