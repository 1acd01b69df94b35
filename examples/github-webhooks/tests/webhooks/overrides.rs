//! Overrides that arrive while webhooks do.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use routewright_schema::pb::{ResolvedRoute, RouteMap};
use serde_json::json;

use crate::consumer::Consumer;
use crate::payload;
use crate::service::Service;

fn to_chat(names: &[&str]) -> RouteMap {
    let route = |name: &&str| ResolvedRoute {
        name: (*name).to_owned(),
        to: vec![0],
        ..ResolvedRoute::default()
    };
    RouteMap {
        consumers: vec!["chat".to_owned()],
        routes: names.iter().map(route).collect(),
        ..RouteMap::default()
    }
}

#[test]
fn an_override_moves_events_while_they_come() {
    let chat = Consumer::start([]);
    let service = Service::start(&[("chat", chat.address)]);
    let star = |service: &Service| service.send("star", payload!("star.created"));
    assert_eq!(star(&service).body["to"], json!(["ledger"]));

    service.push(&[], to_chat(&["star.created", "sub_issues.*"]));
    let moved = star(&service);
    assert_eq!(moved.body["version"], 1);
    assert_eq!(moved.body["to"], json!(["chat"]));
    assert_eq!(chat.next().body, payload!("star.created"));
    // A pattern for an event that nobody knew of when this was compiled.
    let news = service.send("sub_issues", payload!("sub_issues.parent_issue_added"));
    assert_eq!(news.body["to"], json!(["chat"]));
    assert_eq!(chat.next().headers["x-github-event"], "sub_issues");

    // A drop is taken back, and the fallback answers.
    let watch = RouteMap {
        removals: vec!["watch.*".to_owned()],
        ..RouteMap::default()
    };
    service.push(&[], watch);
    let watched = service.send("watch", payload!("watch.started"));
    assert_eq!(
        (watched.status, &watched.body["to"]),
        (202, &json!(["ledger"]))
    );
    assert_eq!(star(&service).body["to"], json!(["ledger"]));
    assert_eq!(service.ledger()["version"], 2);
}

#[test]
fn nothing_is_lost_while_an_override_arrives() {
    let chat = Consumer::start([]);
    let service = Service::start(&[("chat", chat.address)]);
    let done = AtomicBool::new(false);
    let send = || {
        let mut decided = [0; 2];
        // A few more, so that both versions have some.
        let mut more = 5;
        while more > 0 {
            more -= i32::from(done.load(Ordering::Relaxed));
            let answer = service.send("star", payload!("star.created")).body;
            let version = answer["version"].as_u64().unwrap();
            let to = [json!(["ledger"]), json!(["chat"])];
            assert_eq!(answer["to"], to[version as usize]);
            decided[version as usize] += 1;
        }
        decided
    };
    let sent = thread::scope(|scope| {
        let senders = [(); 4].map(|()| scope.spawn(send));
        service.until("five", |l| {
            l["deliveries"]["ledger"]["delivered"].as_u64() > Some(5)
        });
        service.push(&[], to_chat(&["star.created"]));
        done.store(true, Ordering::Relaxed);
        let sent = senders.map(|sender| sender.join().unwrap());
        [0, 1].map(|version| sent.iter().map(|s| s[version]).sum::<u64>())
    });
    assert!(sent[0] > 5 && sent[1] >= 20, "{sent:?}");
    let counts = |n: u64| json!({ "delivered": n, "failed": 0, "attempts": n });
    let expected = json!({ "ledger": counts(sent[0]), "chat": counts(sent[1]) });
    service.until("all", |ledger| ledger["deliveries"] == expected);
}

#[test]
fn what_nothing_routes_is_not_found() {
    let service = Service::start(&[]);
    let bare = RouteMap {
        clear_fallback: true,
        removals: vec!["star.created".to_owned()],
        ..RouteMap::default()
    };
    service.push(&[], bare);
    // Declared, and not.
    for (event, body, name) in [
        ("star", payload!("star.created"), "star.created"),
        (
            "sub_issues",
            payload!("sub_issues.parent_issue_added"),
            "sub_issues.parent_issue_added",
        ),
    ] {
        let answer = service.send(event, body);
        let error = format!("nothing routes `{name}`");
        assert_eq!(
            (answer.status, answer.body),
            (404, json!({ "error": error }))
        );
    }
    // A pattern still answers.
    let alert = payload!("dependabot_alert.auto_dismissed");
    assert_eq!(service.send("dependabot_alert", alert).status, 202);
}

#[test]
fn it_does_not_start_on_bad_arguments_or_without_a_secret() {
    let cases: [(&[&str], Option<&str>, i32, &str); 4] = [
        (&["--port", "1"], Some("s"), 2, "--port"),
        (&[], None, 2, "GITHUB_WEBHOOK_SECRET"),
        (&["--listen", "nowhere"], Some("s"), 1, "nowhere"),
        (
            &["--listen", "127.0.0.1:0", "--control", "there"],
            Some("s"),
            1,
            "there",
        ),
    ];
    for (arguments, secret, code, told) in cases {
        let mut command = Command::new(env!("CARGO_BIN_EXE_github-webhooks"));
        command.args(arguments).env_remove("GITHUB_WEBHOOK_SECRET");
        if let Some(secret) = secret {
            command.env("GITHUB_WEBHOOK_SECRET", secret);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(told), "{arguments:?}: {said}");
    }
}
