//! The service from outside: requests of GitHub's shape over a socket, consumers that
//! fail, and overrides while it runs.

mod consumer;
mod delivery;
mod hostile;
mod overrides;
mod service;

use serde_json::{Value, json};

use consumer::Consumer;
use service::{PREVIOUS, SECRET, Service, github, sign};

/// A payload: `payloads/EVENT.ACTION.json`, shaped like those of GitHub's documentation.
macro_rules! payload {
    ($name:literal) => {
        include_bytes!(concat!("payloads/", $name, ".json")).as_slice()
    };
}
pub(crate) use payload;

/// Event, payload, and the answer: its name, to whom it went, and who got a copy.
type Case<'a> = (&'a str, &'a [u8], &'a str, &'a [&'a str], &'a [&'a str]);

#[test]
fn payloads_of_every_shape_go_where_the_definition_says() {
    let all = ["ci", "ci_next", "chat", "security"].map(|name| (name, Consumer::start([])));
    let addresses: Vec<_> = all.iter().map(|(name, c)| (*name, c.address)).collect();
    let service = Service::start(&addresses);
    #[rustfmt::skip]
    let cases: [Case<'_>; 12] = [
        ("ping", payload!("ping"), "ping", &["ledger"], &[]),
        ("push", payload!("push"), "push", &["ci", "ledger"], &[]),
        ("pull_request", payload!("pull_request.opened"), "pull_request.opened", &["ci", "chat"], &[]),
        ("issues", payload!("issues.labeled"), "issues.labeled", &["chat"], &[]),
        ("check_run", payload!("check_run.completed"), "check_run.completed", &["chat"], &["ci_next"]),
        ("star", payload!("star.created"), "star.created", &["ledger"], &[]),
        ("workflow_job", payload!("workflow_job.queued"), "workflow_job.queued", &["ci"], &[]),
        ("secret_scanning_alert", payload!("secret_scanning_alert.created"),
            "secret_scanning_alert.created", &["security", "chat", "ledger"], &[]),
        ("installation", payload!("installation.suspend"), "installation.suspend", &["ledger"], &[]),
        // Its `action` is whatever somebody wrote, and no part of its name.
        ("repository_dispatch", payload!("repository_dispatch"), "repository_dispatch", &["ledger"], &[]),
        // Newer than the catalogue: by a pattern, by the fallback.
        ("dependabot_alert", payload!("dependabot_alert.auto_dismissed"),
            "dependabot_alert.auto_dismissed", &["security", "ledger"], &[]),
        ("sub_issues", payload!("sub_issues.parent_issue_added"),
            "sub_issues.parent_issue_added", &["ledger"], &[]),
    ];
    for (event, body, name, to, mirrors) in cases {
        let answer = service.send(event, body);
        assert_eq!(answer.status, 202, "{name}: {answer:?}");
        let expected = json!({ "event": name, "version": 0, "to": to, "mirrors": mirrors });
        assert_eq!(answer.body, expected);
        for (consumer, at) in &all {
            if !to.contains(consumer) && !mirrors.contains(consumer) {
                continue;
            }
            let received = at.next();
            assert_eq!(received.line, "POST /github?from=hooks HTTP/1.1");
            assert!(
                received.body == body,
                "{consumer} got another body of {name}"
            );
            let expected = [
                ("content-type", "application/json"),
                ("x-github-event", event),
                ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
                ("x-hub-signature-256", &sign(SECRET, body)),
                ("routewright-event", name),
                ("routewright-consumer", consumer),
            ];
            for (header, value) in expected {
                assert_eq!(received.headers[header], value, "{name} to {consumer}");
            }
        }
    }
    let dropped = service.send("watch", payload!("watch.started"));
    let expected =
        json!({ "event": "watch.started", "version": 0, "dropped": "star.created says the same" });
    assert_eq!((dropped.status, dropped.body), (200, expected));

    let sum = |counts: &Value| {
        let rows = counts.as_object().unwrap().values();
        rows.map(|row| row["delivered"].as_u64().unwrap())
            .sum::<u64>()
    };
    service.until("all counted", |ledger| sum(&ledger["deliveries"]) == 17);
    let ledger = service.ledger();
    let expected = json!({
        "events": {
            "installation.suspend": 1, "ping": 1, "push": 1, "repository_dispatch": 1,
            "secret_scanning_alert.created": 1, "star.created": 1,
        },
        "strangers": 2,
    });
    assert_eq!(ledger["ledger"], expected);
    assert_eq!(sum(&ledger["mirrors"]), 1);
    for (name, consumer) in &all {
        assert!(consumer.is_idle(), "{name} got what it should not");
    }
}

#[test]
fn only_signed_requests_are_taken() {
    let service = Service::start(&[]);
    let body = payload!("star.created");
    let good = sign(SECRET, body);
    let cases = [
        (good.clone(), 202),
        // Until GitHub uses the new one.
        (sign(PREVIOUS, body), 202),
        (sign("guessed", body), 401),
        (sign(SECRET, b"another body"), 401),
        (good.to_uppercase(), 401),
        (good[..good.len() - 2].to_owned(), 401),
        (format!("sha1={}", &good["sha256=".len()..][..40]), 401),
        (String::new(), 401),
    ];
    for (signature, status) in cases {
        let answer = service.post(&github("star", &signature), body);
        assert_eq!(answer.status, status, "{signature}: {answer:?}");
    }
    let mut unsigned = github("star", &good);
    unsigned.retain(|(name, _)| *name != "X-Hub-Signature-256");
    assert_eq!(service.post(&unsigned, body).status, 401);
    // What the others said was looked at by nobody.
    service.until("both counted", |l| {
        l["ledger"]["events"]["star.created"] == 2
    });
}
