//! Pushes: what is told of them, and what a refusal or a dry run leaves alone.

use super::*;

#[tokio::test]
async fn a_push_is_served_and_told_in_words() {
    let cell = cell();
    let mut client = client(cell).await;
    let map = RouteMap {
        consumers: vec!["shadow".into()],
        routes: vec![
            route("treasure.a", 0),
            route("player.left", 0),
            route("chat.*", 0),
        ],
        removals: vec!["map.**".into()],
        reason: "quiet night".into(),
        ..spawn_rate(1, 0.4)
    };
    let applied = push(&mut client, &map, false).await.unwrap();
    assert_eq!(
        lines(&applied),
        [
            "setting spawn_rate: 0.3 -> 0.4",
            "route map.loaded: drop: cosmetic -> audit",
            "route treasure.a: loot (timeout 250ms, retries 2) -> shadow",
            "route player.left: audit (timeout 250ms, retries 2) -> shadow",
            "route chat.*:  -> shadow",
            "route map.**: drop: cosmetic -> ",
        ]
    );
    assert_eq!((applied.change_count, applied.serving_version), (6, 1));
    assert!(!applied.unchanged && !applied.dry_run && applied.apply_ns > 0);
    assert_eq!(applied.push_digest, Digest::of(&map.encode_to_vec()).0);
    assert_eq!(applied.image_digest, cell.load().raw().digest().0);
    assert_eq!(fixture::settings(&cell.load()).spawn_rate(), 0.4);

    let again = push(&mut client, &map, false).await.unwrap();
    assert!(again.unchanged);
    assert_eq!((again.change_count, again.serving_version), (0, 1));

    let status = client.status().await.unwrap();
    assert_eq!(
        (
            status.source(),
            status.serving_version,
            status.accepted_version
        ),
        (Source::Override, 1, 1)
    );
    assert_eq!(status.reason, "quiet night");
    assert_eq!(status.image_digest, applied.image_digest);
    assert_eq!(status.generations.len(), 1);
    assert_eq!(status.names as usize, cell.load().raw().entries().len());
    assert_eq!(status.routes as usize, cell.load().raw().routes());
}

#[tokio::test]
async fn a_new_fallback_and_ranks_are_told_too() {
    let mut client = client(cell()).await;
    let ranked = |rank| pb::ResolvedRoute {
        rank,
        ..route("chat.*", 0)
    };
    let map = |version, rank| RouteMap {
        consumers: vec!["shadow".into()],
        routes: vec![ranked(rank)],
        fallback: Some(route("", 0)),
        ..overlay(version)
    };
    let applied = push(&mut client, &map(1, 0), false).await.unwrap();
    assert_eq!(
        lines(&applied),
        ["fallback : audit -> shadow", "route chat.*:  -> shadow"]
    );
    let applied = push(&mut client, &map(2, 3), false).await.unwrap();
    assert_eq!(lines(&applied), ["route chat.*: shadow -> shadow [rank 3]"]);
    let applied = push(&mut client, &map(3, 3), false).await.unwrap();
    assert_eq!((applied.change_count, applied.unchanged), (0, false));
    // A name that inherits the ranked pattern's answer does not inherit the rank.
    let own = RouteMap {
        routes: vec![ranked(3), route("chat.said", 0)],
        ..map(4, 3)
    };
    assert_eq!(
        push(&mut client, &own, false).await.unwrap().change_count,
        0
    );
}

#[tokio::test]
async fn a_refusal_says_why_and_changes_nothing() {
    let cell = cell();
    let mut client = client(cell).await;
    push(&mut client, &spawn_rate(1, 0.4), false).await.unwrap();
    let before = still(&mut client).await;
    let both = set(spawn_rate(2, 0.9), "decay", Kind::DurationNs(3_000_000_000));
    let refusal = push(&mut client, &both, false).await.unwrap_err();
    assert_eq!(codes(&refusal), ["step", "step"]);
    assert_eq!(
        (
            refusal.violation_count,
            refusal.serving_version,
            refusal.accepted_version
        ),
        (2, 1, 1)
    );
    assert_eq!(
        refusal.message,
        format!(
            "{}: {}",
            refusal.violations[0].path, refusal.violations[0].message
        )
    );
    let served = |at: usize| {
        refusal.violations[at]
            .facts
            .iter()
            .find(|f| f.name == "served")
            .unwrap()
    };
    assert_eq!(
        (served(0).text.as_str(), served(0).number),
        ("8s", Some(8.0))
    );
    assert_eq!(
        (served(1).text.as_str(), served(1).number),
        ("0.4", Some(0.4))
    );
    assert_eq!(still(&mut client).await, before);

    let refused: [(&str, Vec<u8>); 3] = [
        ("missing", vec![]),
        ("malformed", vec![0xFF]),
        ("version_conflict", spawn_rate(1, 0.5).encode_to_vec()),
    ];
    for (code, bytes) in refused {
        let Some(update_route_map_response::Outcome::Refusal(refusal)) =
            client.push(bytes, false).await.unwrap().outcome
        else {
            panic!("{code}: taken");
        };
        assert_eq!(codes(&refusal)[0], code);
    }
    assert_eq!(still(&mut client).await, before);
}

#[tokio::test]
async fn a_dry_run_answers_the_same_and_changes_nothing() {
    let cell = cell();
    let mut client = client(cell).await;
    let before = still(&mut client).await;
    let dry = push(&mut client, &spawn_rate(4, 0.4), true).await.unwrap();
    assert!(dry.dry_run);
    assert_eq!(still(&mut client).await, before);
    let dry_refusal = push(&mut client, &spawn_rate(4, 0.9), true)
        .await
        .unwrap_err();
    assert_eq!(
        push(&mut client, &spawn_rate(4, 0.9), false)
            .await
            .unwrap_err(),
        dry_refusal
    );
    let done = push(&mut client, &spawn_rate(4, 0.4), false).await.unwrap();
    assert_eq!(
        Applied {
            dry_run: false,
            apply_ns: done.apply_ns,
            ..dry
        },
        done
    );

    let back = RollbackRouteMapRequest {
        dry_run: true,
        ..to(Some(Target::Previous(true)))
    };
    let dry = rollback(&mut client, back).await.unwrap();
    assert_eq!((dry.serving_version, dry.dry_run), (0, true));
    assert_eq!(lines(&dry), ["setting spawn_rate: 0.4 -> 0.3"]);
    assert_eq!(client.status().await.unwrap().serving_version, 4);
}

#[tokio::test]
async fn large_pushes_reach_the_cell() {
    let cell = cell();
    let mut client = client(cell).await;
    // Five MiB that the cell takes: as many long names as it needs.
    let name = |at: usize| format!("bulk.{at:06}.{}", "x".repeat(100));
    let map = RouteMap {
        consumers: vec!["loot".into()],
        routes: (0..46_000).map(|at| route(&name(at), 0)).collect(),
        ..overlay(1)
    };
    assert!(map.encoded_len() > 5 << 20);
    let applied = push(&mut client, &map, false).await.unwrap();
    assert_eq!(
        (applied.changes.len(), applied.change_count),
        (1_000, 46_000)
    );
    assert_eq!(applied.push_digest, Digest::of(&map.encode_to_vec()).0);
    let live = client.get(true).await.unwrap();
    assert_eq!(live.route_map, map.encode_to_vec());
    assert!(live.image.len() > 4 << 20, "{}", live.image.len());
    // Just beyond its limit, the cell itself says so.
    let beyond = vec![0; cell.limits().push_bytes_max + 1];
    let Some(update_route_map_response::Outcome::Refusal(refusal)) =
        client.push(beyond, false).await.unwrap().outcome
    else {
        panic!("taken");
    };
    assert_eq!(
        (codes(&refusal), refusal.serving_version),
        (vec!["limit"], 1)
    );
}

#[tokio::test]
async fn long_values_are_cut_in_words_only() {
    let cell = cell();
    let mut client = client(cell).await;
    let cells: Vec<pb::Scalar> = (1..=900)
        .map(|s| pb::Scalar {
            kind: Some(Kind::DurationNs(s * 1_000_000_000)),
        })
        .collect();
    let value = Some(Value::List(pb::ScalarList { elements: cells }));
    let map = RouteMap {
        settings: vec![pb::SettingValue {
            name: "delays".into(),
            value,
        }],
        ..overlay(1)
    };
    let applied = push(&mut client, &map, false).await.unwrap();
    let change = &applied.changes[0];
    assert_eq!(change.before, "[1s, 2s, 4s]");
    assert!(
        change.after.starts_with("[1s, 2s, 3s, ") && change.after.ends_with('…'),
        "{}",
        change.after
    );
    assert!(change.after.len() <= 512 + '…'.len_utf8());
}

/// The status without what only the clock changes.
async fn still(client: &mut Client) -> pb::GetStatusResponse {
    let mut status = client.status().await.unwrap();
    if let Some(watch) = &mut status.watch {
        watch.remaining_ms = 0;
    }
    status
}
