use crate::common::{converted, count, results, told};

/// The counts that independent readers gave are those of `examples/sensors`; the tutorials
/// have further ones. Each trigger is in a route for every event that starts it, or told.
#[test]
fn counts() {
    for (case, sensors, dependencies, triggers) in [
        ("argo-events", 78, 82, 84),
        ("argo-events+tutorials", 15, 17, 16),
    ] {
        let counted = |then: &str| {
            let all = "[., inputs] | [.[] | select(.kind == \"Sensor\") | .spec]";
            count(case, &format!("{all} | {then}"))
        };
        assert_eq!(counted("length"), sensors);
        assert_eq!(counted("[.[].dependencies[]] | length"), dependencies);
        assert_eq!(counted("[.[].triggers[]] | length"), triggers);
        assert_eq!(results(case, "map(select(.consumer)) | length"), triggers);

        let waits = "select(.template.conditions | if . then contains(\"&&\") else $all end)";
        let waiting = counted(&format!(
            "[.[] | (.dependencies | length > 1) as $all | .triggers[] | {waits}] | length"
        ));
        let filtered = counted(
            "[.[] | select(.dependencies | length == 1) | select(.dependencies[0].filters)
              | .triggers[]] | length",
        );
        let (_, report) = converted(case);
        assert_eq!(told(&report, "several events must have come"), waiting);
        assert_eq!(told(&report, "a condition on the content"), filtered);
        // Every other trigger waits for one event.
        let routed = triggers - waiting - filtered;
        assert_eq!(results(case, "map(select(.event)) | length"), routed);
        assert!(waiting > 0 && routed > 10, "{case}");
    }
}

/// Two events of which either is enough are two routes.
#[test]
fn conditions() {
    let (definition, _) = converted("argo-events");
    let to = &definition.routes["webhook.example-foo"].target.to;
    assert!(
        to.iter()
            .any(|name| name.starts_with("dependencies-conditions-webhook"))
    );
    let http = &definition.consumers["http-trigger-http-trigger"];
    assert_eq!(
        http.address,
        "http://http-server.argo-events.svc:8090/hello"
    );
}

/// What the sample does not show: a list of resources, a bus and a namespace of its own,
/// alternatives, and the format before 1.0.
#[test]
fn unusual() {
    let (definition, report) = converted("argo-events+unusual");
    for event in [
        "webhook-a.example01",
        "webhook-a.example02",
        "webhook-b.example03",
    ] {
        let route = &definition.routes[&format!("argo-events/main/{event}")];
        assert_eq!(route.target.to, ["both-t1"]);
    }
    assert_eq!(definition.consumers["both-t1"].address, "jobs");
    // `&&`, and a `circuit` with its groups.
    assert_eq!(told(&report, "several events must have come"), 4);
}
