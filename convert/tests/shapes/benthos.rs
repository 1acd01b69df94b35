use crate::common::{converted, count};

/// Of all samples, two files are streams; the others are parts, templates and tests.
#[test]
fn counts() {
    let case = "benthos";
    let streams = "[., inputs | objects | select(.input and .output)] | length";
    assert_eq!(count(case, streams), 2);
    let (definition, report) = converted(case);
    assert_eq!(definition.routes.len(), 2);
    assert_eq!(definition.routes["stdin"].target.to, ["stdout"]);
    assert!(definition.routes["generate"].target.drop.is_some());
    let processors = "[., inputs | objects | select(.input) | .pipeline.processors[]?] | length";
    let told = report
        .cannot
        .iter()
        .filter(|f| f.why.contains("processors"));
    assert_eq!(told.count(), count(case, processors));
}

/// A `switch` on metadata that the input sets is decided; the one on content is told.
#[test]
fn what_can_be_decided() {
    let (definition, report) = converted("benthos+streams");
    let to = |name: &str| definition.routes[name].target.to.clone();
    let arms = |name: &str| definition.routes[name].target.split.len();
    assert_eq!(
        to("kafka.orders"),
        ["kafka-orders_out", "nats-dead"],
        "fan out"
    );
    assert_eq!(
        (to("kafka.users"), arms("kafka.users")),
        (vec!["users_api".to_owned()], 2),
        "`continue`, then in turn"
    );
    for rest in ["kafka.audits", "nats.shop.*.events.**", "http_server./post"] {
        assert_eq!((to(rest).len(), arms(rest)), (0, 2), "{rest}");
    }
    let conditions = report
        .cannot
        .iter()
        .filter(|f| f.why.starts_with("a condition"));
    let conditions: Vec<&str> = conditions.map(|f| f.text.as_str()).collect();
    assert_eq!(conditions, ["this.x == 1", "this.type == \"x\""]);
}
