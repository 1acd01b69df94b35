//! Consumers that fail, and what the policy of a route makes of it.

use std::net::SocketAddr;
use std::time::Duration;

use routewright_schema::pb::{ResolvedRoute, RouteMap, scalar::Kind};
use serde_json::{Value, json};

use crate::consumer::{Act, Consumer};
use crate::payload;
use crate::service::Service;

/// `push` to `ci` by another policy than that of the definition.
fn policy(timeout_ms: u64, retries: u32, retry_delay_ms: u64) -> RouteMap {
    RouteMap {
        consumers: vec!["ci".to_owned()],
        routes: vec![ResolvedRoute {
            name: "push".to_owned(),
            to: vec![0],
            timeout_ns: timeout_ms * 1_000_000,
            retries,
            retry_delay_ns: retry_delay_ms * 1_000_000,
            ..ResolvedRoute::default()
        }],
        ..RouteMap::default()
    }
}

fn counts(delivered: u64, failed: u64, attempts: u64) -> Value {
    json!({ "delivered": delivered, "failed": failed, "attempts": attempts })
}

#[test]
fn another_attempt_is_made_where_it_makes_sense() {
    use Act::{Answer, HangUp, Late};
    let slow = Late(Duration::from_secs(5));
    let cases: [(&str, &[Act], Value); 8] = [
        ("200", &[Answer(200)], counts(1, 0, 1)),
        (
            "503, then well",
            &[Answer(503), Answer(503), Answer(202)],
            counts(1, 0, 3),
        ),
        ("429, then well", &[Answer(429)], counts(1, 0, 2)),
        ("503 for good", &[Answer(503); 9], counts(0, 1, 3)),
        ("not a matter of time", &[Answer(422)], counts(0, 1, 1)),
        ("a redirect is no delivery", &[Answer(302)], counts(0, 1, 1)),
        ("too slow once", &[slow], counts(1, 0, 2)),
        ("no answer at all", &[HangUp, HangUp], counts(1, 0, 3)),
    ];
    for (what, acts, expected) in cases {
        let ci = Consumer::start(acts.iter().copied());
        let service = Service::start(&[("ci", ci.address)]);
        service.push(&[], policy(1_000, 2, 10));
        // GitHub is answered before any of it.
        assert_eq!(service.send("push", payload!("push")).status, 202, "{what}");
        service.until(what, |ledger| ledger["deliveries"]["ci"] == expected);
        for attempt in 1..=expected["attempts"].as_u64().unwrap() {
            let same = ci.next().body == payload!("push");
            assert!(same, "{what}: attempt {attempt} had another body");
        }
    }
}

#[test]
fn a_consumer_that_hangs_or_is_gone_is_given_up() {
    let hanging = Consumer::start([Act::Late(Duration::from_secs(5)); 9]);
    // The port of tcpmux, which nobody has.
    let gone = SocketAddr::from(([127, 0, 0, 1], 1));
    for address in [hanging.address, gone] {
        let service = Service::start(&[("ci", address)]);
        service.push(&[], policy(100, 1, 10));
        assert_eq!(service.send("push", payload!("push")).status, 202);
        service.until("given up", |l| l["deliveries"]["ci"] == counts(0, 1, 2));
    }
}

#[test]
fn all_attempts_together_have_a_deadline() {
    let ci = Consumer::start([Act::Answer(503); 99]);
    let service = Service::start(&[("ci", ci.address)]);
    // Both, for a rule says that an attempt must end before the deadline.
    let settings = [("delivery.deadline", 600), ("delivery.timeout", 500)]
        .map(|(name, ms)| (name, Kind::DurationNs(ms * 1_000_000)));
    service.push(&settings, policy(300, 99, 250));
    assert_eq!(service.send("push", payload!("push")).status, 202);
    service.until("given up", |l| l["deliveries"]["ci"]["failed"] == 1);
    let attempts = service.ledger()["deliveries"]["ci"]["attempts"].clone();
    assert!((1..=3).contains(&attempts.as_u64().unwrap()), "{attempts}");
}

#[test]
fn one_consumer_that_fails_is_nothing_to_the_others() {
    let ci = Consumer::start([Act::Late(Duration::from_secs(60))]);
    let chat = Consumer::start([]);
    let service = Service::start(&[("ci", ci.address), ("chat", chat.address)]);
    let answer = service.send("pull_request", payload!("pull_request.opened"));
    assert_eq!(answer.body["to"], json!(["ci", "chat"]));
    assert_eq!(chat.next().headers["routewright-priority"], "normal");
    assert!(chat.is_idle());
    service.until("told", |l| l["deliveries"]["chat"] == counts(1, 0, 1));
    assert_eq!(service.ledger()["deliveries"]["ci"], Value::Null);
}

#[cfg(unix)]
#[test]
fn what_was_accepted_is_delivered_before_the_end() {
    let ci = Consumer::start([Act::Late(Duration::from_millis(1_500))]);
    let mut service = Service::start(&[("ci", ci.address)]);
    assert_eq!(service.send("push", payload!("push")).status, 202);
    ci.next();
    let began = std::time::Instant::now();
    let status = service.stop();
    assert!(status.success(), "{status}");
    assert!(
        began.elapsed() >= Duration::from_millis(500),
        "it did not wait"
    );
    assert!(ci.is_idle(), "it was delivered twice");
}
