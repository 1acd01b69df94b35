use crate::common::{converted, count};

/// Version 3: an operation that receives is a consumer, one that sends is in the `doc` of
/// what others receive; the rest is told.
#[test]
fn counts() {
    let case = "asyncapi";
    // Two documents describe one application, with operations that they share.
    let operations = r#"[., inputs | objects | .info.title as $title
        | .operations | objects | to_entries[] | .value + {name: [$title, .key]}]"#;
    let counted = |then: &str| count(case, &format!("{operations} | {then} | length"));
    assert_eq!(counted("map(select(.action == \"receive\"))"), 25);
    assert_eq!(counted("map(select(.action == \"send\"))"), 27);
    let distinct = counted("unique_by(.name)");
    let replies =
        counted("map(select(.reply | objects | .channel and (.address | not))) | unique_by(.name)");

    let (definition, report) = converted(case);
    let heard: usize = definition
        .routes
        .values()
        .map(|route| route.doc.matches("sent by").count())
        .sum();
    let told = report
        .cannot
        .iter()
        .filter(|finding| finding.why != "an address that a message carries");
    assert_eq!(
        definition.consumers.len() + heard + told.count(),
        distinct + replies,
        "{report}"
    );
    let lights = "smartylighting.streetlights.1.0.event.*.lighting.measured";
    assert!(
        definition.routes.contains_key(lights),
        "a parameter between dots"
    );
}

/// Version 2: what others publish is what the application receives.
#[test]
fn words_of_version_2() {
    let (definition, _) = converted("asyncapi+v2");
    let to = |name: &str| definition.routes[name].target.to.clone();
    assert_eq!(
        to("user.*.signedup"),
        ["account-service-on-user-signed-up"],
        "published by others"
    );
    assert_eq!(
        to("only/sent"),
        ["other-r1", "other-r3"],
        "what it tells, another application receives"
    );
    for region in ["orders/eu", "orders/us"] {
        assert_eq!(
            to(region),
            ["account-service-receive-orders-region"],
            "the values of a parameter are listed"
        );
    }
    assert_eq!(to("a.x.*.M2"), ["other-s1-reply"], "a reply is received");
}
