//! The service as a process of its own: events through its input, overrides over gRPC,
//! and what became of each event by the version that decided it.

mod common;

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{PATIENCE, Service, counts, delivered, overlay};
use prost::Message;
use routewright_control::client::BlockingClient;
use routewright_schema::pb::rollback_route_map_request::Target;
use routewright_schema::pb::{
    Lease, ResolvedRoute, RollbackRouteMapRequest, RouteMap, rollback_route_map_response,
    scalar::Kind, update_route_map_response::Outcome,
};

fn push(client: &mut BlockingClient, map: &RouteMap) -> Outcome {
    let answer = client.push(map.encode_to_vec(), false).unwrap();
    answer.outcome.unwrap()
}

#[test]
fn overrides_reroute_what_flows_and_nothing_is_lost() {
    let (mut service, mut client) = Service::start();
    let round = format!(
        "map.loaded\ntreasure.chest.opened p1\n{}{}",
        "player.moved p1\n".repeat(10),
        "player.scored p1\n".repeat(8),
    );
    let ledger = service.feed(&round);
    assert_eq!(counts(&ledger, 0), [20, 9, 11, 0, 3]);
    assert_eq!(delivered(&ledger, 0, "leaderboard"), 8);

    let taken = RouteMap {
        consumers: vec!["leaderboard_next".to_owned()],
        routes: vec![ResolvedRoute {
            name: "player.scored".to_owned(),
            to: vec![0],
            ..ResolvedRoute::default()
        }],
        removals: vec!["map.**".to_owned()],
        ..overlay(1, &[("spawn.rate", Kind::FloatValue(0.5))])
    };
    assert!(matches!(push(&mut client, &taken), Outcome::Applied(_)));
    let ledger = service.feed(&round);
    assert_eq!(counts(&ledger, 0), [20, 9, 11, 0, 3]);
    assert_eq!(counts(&ledger, 1), [20, 10, 10, 0, 5]);
    assert_eq!(delivered(&ledger, 1, "leaderboard_next"), 8);
    assert_eq!(delivered(&ledger, 1, "leaderboard"), 0);

    // Each value is legal; together they are the outage that the rule is about.
    let bad = overlay(
        2,
        &[
            ("spawn.rate", Kind::FloatValue(0.9)),
            ("spawn.decay", Kind::DurationNs(1_000_000_000)),
        ],
    );
    let Outcome::Refusal(refusal) = push(&mut client, &bad) else {
        panic!("the bad override was taken");
    };
    assert_eq!(refusal.serving_version, 1);
    assert_eq!(refusal.violations[0].code, "rule", "{}", refusal.message);
    assert_eq!(counts(&service.feed(&round), 1), [40, 20, 20, 0, 10]);

    let back = RollbackRouteMapRequest {
        target: Some(Target::Previous(true)),
        ..RollbackRouteMapRequest::default()
    };
    let answer = client.rollback(back).unwrap().outcome;
    assert!(
        matches!(&answer, Some(rollback_route_map_response::Outcome::Applied(a)) if a.serving_version == 0),
        "{answer:?}"
    );
    assert_eq!(counts(&service.feed(&round), 0), [40, 18, 22, 0, 6]);

    // The client is still connected, and says nothing: that must not keep it alive.
    let (last, status) = service.end();
    assert!(status.success(), "{status}");
    assert_eq!(counts(&last, 0), [40, 18, 22, 0, 6]);
    assert_eq!(counts(&last, 1), [40, 20, 20, 0, 10]);
    assert_eq!(last["versions"].as_object().unwrap().len(), 2);
}

#[test]
fn a_lease_ends_without_a_call() {
    let (mut service, mut client) = Service::start();
    let leased = RouteMap {
        lease: Some(Lease {
            owner: "ops".to_owned(),
            reason: "event night".to_owned(),
            ttl_ms: 300,
        }),
        ..overlay(1, &[("spawn.rate", Kind::FloatValue(0.6))])
    };
    let began = Instant::now();
    assert!(matches!(push(&mut client, &leased), Outcome::Applied(_)));
    // The first event after the end is decided by the baseline again.
    while delivered(&service.feed("player.joined p1"), 0, "audit") == 0 {
        assert!(began.elapsed() < PATIENCE, "the lease does not end");
        thread::sleep(Duration::from_millis(10));
    }
    assert!(
        began.elapsed() >= Duration::from_millis(300),
        "it ended early"
    );
    assert_eq!(client.status().unwrap().serving_version, 0);
    assert!(service.end().1.success());
}

#[test]
fn an_override_outlives_an_orderly_end_but_not_a_crash_while_it_is_new() {
    let folder = format!(
        "{}/keep-{}",
        env!("CARGO_TARGET_TMPDIR"),
        std::process::id()
    );
    let _ = std::fs::remove_dir_all(&folder);
    let keep = ["--keep", folder.as_str()];
    let rate = |version, rate| overlay(version, &[("spawn.rate", Kind::FloatValue(rate))]);
    {
        let (mut service, mut client) = Service::start_with(&keep);
        assert!(matches!(
            push(&mut client, &rate(1, 0.5)),
            Outcome::Applied(applied) if applied.not_kept.is_empty()
        ));
        assert!(service.end().1.success());
    }
    {
        let (mut service, mut client) = Service::start_with(&keep);
        let status = client.status().unwrap();
        assert_eq!((status.serving_version, status.accepted_version), (1, 1));
        assert_eq!(status.latest.unwrap().cause, "restore");
        let kept = status.persistence.unwrap();
        assert!(kept.from_disk && kept.version == 1 && kept.probation.is_some());
        assert_eq!(
            counts(&service.feed("player.moved p1\nplayer.moved p1"), 1)[4],
            1
        );
        // Not in order: it ends as a crash would end it.
        service.child.kill().unwrap();
        service.child.wait().unwrap();
    }
    let (mut service, mut client) = Service::start_with(&keep);
    let status = client.status().unwrap();
    assert_eq!((status.serving_version, status.accepted_version), (0, 1));
    assert_eq!(status.quarantined.len(), 1);
    let Outcome::Refusal(refusal) = push(&mut client, &rate(2, 0.5)) else {
        panic!("what a process died of was taken again");
    };
    assert_eq!(refusal.violations[0].code, "quarantined");
    assert!(matches!(
        push(&mut client, &rate(2, 0.4)),
        Outcome::Applied(_)
    ));
    assert!(service.end().1.success());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn bad_arguments_are_told() {
    let cases: [(&[&str], i32, &str); 7] = [
        (&["--port", "1"], 2, "--port"),
        (&["--listen"], 2, "--listen"),
        (&["--keep"], 2, "--keep"),
        (&["--follow"], 2, "`--follow` needs a URL"),
        (&["--label", "zone"], 2, "NAME=VALUE"),
        (&["--listen", "127.0.0.1:0", "more"], 2, "more"),
        (&["--listen", "nowhere"], 1, "nowhere"),
    ];
    for (arguments, code, told) in cases {
        let output = Command::new(env!("CARGO_BIN_EXE_treasure-hunt"))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(told), "{arguments:?}: {said}");
    }
}
