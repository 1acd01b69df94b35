use crate::common::{converted, count};

/// A trigger that asks for the type, or for nothing, is a route; the others are told.
#[test]
fn counts() {
    let case = "knative";
    let triggers = "[., inputs | objects | select(.kind == \"Trigger\")]";
    let counted = |then: &str| count(case, &format!("{triggers} | {then} | length"));
    let all = counted("map(.)");
    let filters = "map(.spec.filter.attributes // {} | keys)";
    let plain = counted(&format!(
        "{filters} | map(select(. == [] or . == [\"type\"]))"
    ));
    assert_eq!((all, plain), (6, 2));
    let (definition, report) = converted(case);
    assert_eq!(definition.routes.len(), plain);
    let conditions = report
        .cannot
        .iter()
        .filter(|f| f.why.starts_with("a condition"));
    assert_eq!(conditions.count(), all - plain);
}

/// Every trigger that wants an event gets it.
#[test]
fn all_triggers_answer() {
    let (definition, report) = converted("knative+filters");
    let to = |name: &str| {
        let mut to = definition.routes[name].target.to.clone();
        to.sort();
        to
    };
    let everything = ["http-audit-shop-events", "service-any"];
    assert_eq!(to("shop/default.**"), everything);
    assert_eq!(
        to("shop/default.com.shop.order"),
        [
            everything[0],
            everything[1],
            "service-mail",
            "service-orders-in"
        ]
    );
    for mailed in ["com.shop.refund", "com.shop.stock.**"] {
        let to = to(&format!("shop/default.{mailed}"));
        assert_eq!(to, [everything[0], everything[1], "service-mail"]);
    }
    let sql = report.cannot.iter().filter(|f| f.text.contains("LIKE"));
    assert_eq!(sql.count(), 1);
}
