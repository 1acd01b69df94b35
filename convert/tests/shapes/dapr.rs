use crate::common::{converted, count};

/// Each rule and each default is a route.
#[test]
fn counts() {
    let case = "dapr";
    let subscriptions = "[., inputs | select(.kind == \"Subscription\")]";
    assert_eq!(count(case, &format!("{subscriptions} | length")), 5);
    let rules = count(
        case,
        &format!("[{subscriptions}[].spec.routes.rules[]?] | length"),
    );
    let paths = format!("[{subscriptions}[].spec | .route, .routes.default | values] | length");
    let paths = count(case, &paths);
    assert_eq!((rules, paths), (4, 5));
    let (definition, report) = converted(case);
    assert_eq!(definition.events.len(), rules, "an event for each type");
    assert_eq!(definition.routes.len(), rules + paths);
    assert!(report.cannot.is_empty(), "{report}");
}

/// Each subscription answers by itself; within one, the first rule that holds.
#[test]
fn subscriptions_are_independent() {
    let (definition, report) = converted("dapr+rules");
    let to = |name: &str| definition.routes[name].target.to.clone();
    let others = ["audit-all", "any-catch"];
    for kind in ["gadget", "widget"] {
        let expected = ["app1-widgets", "app2-widgets", others[0], others[1]];
        assert_eq!(to(&format!("ps.orders.{kind}")), expected);
    }
    assert_eq!(
        to("ps.orders.sprocket"),
        ["app1-rest", "app2-rest", "audit-all", "any-s"],
        "the default of one, the rule of another"
    );
    assert_eq!(
        to("ps.orders.**"),
        ["app1-rest", "app2-rest", "audit-all", "any-catch"]
    );
    assert!(
        !definition.routes.contains_key("ps.lonely.**"),
        "no default: the rest is not delivered"
    );
    let conditions = report.cannot.iter().filter(|f| f.why.contains("CEL"));
    assert_eq!(conditions.count(), 1);
}

/// What `kubectl` wraps in a list is found.
#[test]
fn lists() {
    let (definition, _) = converted("dapr+rules");
    assert_eq!(definition.routes["p.t.**"].target.to, ["any-r"]);
    let (definition, _) = converted("knative+filters");
    assert_eq!(definition.routes["shop/b.t.x"].target.to, ["http-x"]);
}
