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
