use crate::common::converted;

/// Three classes of messages, two transports that retry, three that are reached by a DSN
/// which stays as it is.
#[test]
fn counts() {
    let (definition, report) = converted("symfony-messenger");
    assert_eq!(report.counts.routes, 3);
    for route in definition.routes.values() {
        assert_eq!(route.policy.retries, Some(3));
        assert_eq!(route.policy.retry_delay_ns, Some(1_000_000_000));
    }
    let addresses: Vec<&str> = definition
        .consumers
        .values()
        .map(|c| c.address.as_str())
        .collect();
    assert_eq!(
        addresses,
        [
            "%env(MESSENGER_TRANSPORT_DSN)%",
            "%env(MESSENGER_TRANSPORT_FAILURE_DSN)%",
            "%env(MESSENGER_TRANSPORT_LOW_PRIORITY_DSN)%"
        ]
    );
}

/// `*` takes what has no sender of its own; a wildcard over a namespace, an environment and
/// transports that retry in different ways are told.
#[test]
fn wildcards_and_environments() {
    let (definition, report) = converted("symfony-messenger+environments");
    let to = |name: &str| definition.routes[name].target.to.clone();
    assert_eq!(to("**"), ["async"]);
    assert_eq!(to("App\\Message\\Audit"), ["async", "high"]);
    let high = &definition.routes["App\\Message\\High"];
    assert_eq!(high.target.to, ["high"]);
    assert_eq!(high.policy.retries, Some(5));
    assert_eq!(definition.consumers["sync"].address, "sync://");
    let told = |why: &str| report.cannot.iter().filter(|f| f.why.contains(why)).count();
    assert_eq!(told("no pattern meets"), 1);
    assert_eq!(told("one environment only"), 1);
    assert_eq!(told("retry in different ways"), 1);
}
