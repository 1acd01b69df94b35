use crate::common::{converted, count, results, told};

/// The counts are those that independent readers gave. Each event is a route, or told.
#[test]
fn counts() {
    let case = "serverless";
    let functions = "[., inputs] | [.[].functions | objects | .[]]";
    assert_eq!(count(case, &format!("{functions} | length")), 302);
    assert_eq!(
        count(
            case,
            &format!("{functions} | [.[].events? // [] | .[]] | length")
        ),
        225
    );
    assert_eq!(results(case, "map(select(.consumer)) | length"), 302);
    let (_, report) = converted(case);
    let conditions = count(
        case,
        &format!(
            "{functions} | [.[].events? // [] | .[] | objects | .s3? | objects | select(.rules)] | length"
        ),
    );
    assert_eq!(told(&report, "a condition on the content"), conditions);
    let gives = told(&report, "what a function gives");
    let routes = results(case, "map(select(.pattern)) | length");
    assert_eq!(routes + conditions + gives, 225);
}

/// Parameters of paths are wildcards, placeholders stay what they are, and what points
/// into a service is of that service alone.
#[test]
fn names() {
    let (definition, _) = converted("serverless");
    for name in [
        "aws-golang-rest-api-with-dynamodb.http.GET.todos.*",
        "aws-node-scheduled-cron.schedule.rate(1 minute)",
        "s3.gifmaker/${self:custom.bucket}.ObjectCreated.*",
        "sqs.aws-node-typescript-sqs-standard/receiverQueue%2EArn",
        "websocket-authorizer-example.websocket.$connect",
        "aws-node-express-api.http.**",
        "sns.analyzeNote",
        "iot.mybutton",
    ] {
        assert!(definition.routes.contains_key(name), "{name}");
    }
}

/// What the sample does not show: rules of a bus that meet the same events, paths that
/// only differ in where they are literal, events that are off.
#[test]
fn unusual() {
    let (definition, report) = converted("serverless+unusual");
    let to = |name: &str| &definition.routes[name].target.to;
    assert_eq!(
        *to("eventBridge.default.aws%2Eec2.Stopped"),
        ["orders-queue", "orders-ticks"]
    );
    assert_eq!(*to("eventBridge.default.aws%2Eec2.**"), ["orders-ticks"]);
    let rank = |name: &str| definition.routes[name].rank;
    assert!(rank("orders.http.GET.y.*") > rank("orders.http.*.*.x"));
    let off = &definition.routes["sqs.orders/Q%2EArn"].target.drop;
    assert!(
        off.as_ref()
            .is_some_and(|why| why.starts_with("off in the source"))
    );
    assert_eq!(told(&report, "written in another file"), 5);
}
