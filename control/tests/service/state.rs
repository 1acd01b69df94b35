//! What is served, and going back: status, images, rollbacks, leases.

use super::*;

#[tokio::test]
async fn the_baseline_before_anything_was_pushed() {
    let cell = cell();
    let mut client = client(cell).await;
    let status = client.status().await.unwrap();
    let digest = Digest::of(fixture::TABLE.raw().as_image()).0;
    assert_eq!(
        (
            status.source(),
            status.serving_version,
            status.accepted_version
        ),
        (Source::Baseline, 0, 0)
    );
    assert_eq!(
        (status.image_digest, status.baseline_digest),
        (digest.to_vec(), digest.to_vec())
    );
    assert_eq!(status.catalog, fixture::TABLE.raw().fingerprint());
    assert_eq!((status.lease, status.generations), (None, vec![]));
    let live = client.get(false).await.unwrap();
    assert_eq!(live.image, fixture::TABLE.raw().as_image());
    assert!(live.route_map.is_empty() && live.baseline_image.is_empty());
}

#[tokio::test]
async fn what_is_served_can_be_fetched() {
    let cell = cell();
    let mut client = client(cell).await;
    let map = spawn_rate(3, 0.5);
    push(&mut client, &map, false).await.unwrap();
    let live = client.get(true).await.unwrap();
    assert_eq!((live.serving_version, live.accepted_version), (3, 3));
    assert_eq!(live.route_map, map.encode_to_vec(), "as received");
    assert_eq!(live.baseline_image, fixture::TABLE.raw().as_image());
    let table = RouteTable::open(&live.image[..]).unwrap();
    assert_eq!(table.digest(), cell.load().raw().digest());
    assert_ne!(live.image, live.baseline_image);
}

#[tokio::test]
async fn a_push_or_rollback_may_expect_what_is_serving() {
    let cell = cell();
    let mut client = client(cell).await;
    push(&mut client, &spawn_rate(1, 0.4), false).await.unwrap();
    for (expected, taken) in [(0, false), (2, false), (1, true)] {
        let map = RouteMap {
            expected_serving: Some(expected),
            ..spawn_rate(2, 0.5)
        };
        let back = RollbackRouteMapRequest {
            expected_serving: Some(expected),
            ..to(Some(Target::Version(0)))
        };
        for answer in [
            push(&mut client, &map, true).await,
            rollback(&mut client, back).await,
        ] {
            match answer {
                Ok(_) => assert!(taken, "{expected}"),
                Err(refusal) => {
                    assert_eq!((codes(&refusal), taken), (vec!["serving_mismatch"], false))
                }
            }
        }
    }
    assert_eq!(client.status().await.unwrap().serving_version, 0);
}

#[tokio::test]
async fn a_rollback_goes_to_what_is_kept() {
    let cell = cell();
    let mut client = client(cell).await;
    for version in 1..=3 {
        push(
            &mut client,
            &spawn_rate(version, 0.3 + version as f64 / 10.0),
            false,
        )
        .await
        .unwrap();
    }
    let back = rollback(&mut client, to(Some(Target::Previous(true))))
        .await
        .unwrap();
    assert_eq!(back.serving_version, 2);
    assert_eq!(
        back.push_digest,
        Digest::of(&spawn_rate(2, 0.5).encode_to_vec()).0
    );
    assert_eq!(lines(&back), ["setting spawn_rate: 0.6 -> 0.5"]);
    assert_eq!(
        rollback(&mut client, to(Some(Target::Version(0))))
            .await
            .unwrap()
            .serving_version,
        0
    );
    let status = client.status().await.unwrap();
    assert_eq!(
        (status.source(), status.accepted_version),
        (Source::Baseline, 3)
    );
    assert_eq!(
        status
            .generations
            .iter()
            .map(|g| g.version)
            .collect::<Vec<_>>(),
        [3, 2, 1]
    );
    let refusal = rollback(&mut client, to(Some(Target::Version(9))))
        .await
        .unwrap_err();
    assert_eq!(codes(&refusal), ["unknown_generation"]);
    for target in [None, Some(Target::Previous(false))] {
        match client.rollback(to(target)).await {
            Err(ClientError::Call(status)) => {
                assert_eq!(status.code(), tonic::Code::InvalidArgument, "{status}")
            }
            other => panic!("{target:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_lease_ends_with_the_tick() {
    let cell = cell();
    let mut client = client(cell).await;
    let lease = |ttl_ms| {
        Some(pb::Lease {
            owner: "ops".into(),
            reason: "event night".into(),
            ttl_ms,
        })
    };
    push(
        &mut client,
        &RouteMap {
            lease: lease(600_000),
            ..spawn_rate(1, 0.4)
        },
        false,
    )
    .await
    .unwrap();
    let held = client.status().await.unwrap().lease.unwrap();
    assert_eq!(
        (held.owner.as_str(), held.reason.as_str()),
        ("ops", "event night")
    );
    assert!(
        (500_000..=600_000).contains(&held.remaining_ms),
        "{}",
        held.remaining_ms
    );
    push(
        &mut client,
        &RouteMap {
            lease: lease(1),
            ..spawn_rate(2, 0.5)
        },
        false,
    )
    .await
    .unwrap();
    let ticks = tokio::spawn(routewright_control::Engine::new(cell).tick(Duration::ZERO));
    let ended = async {
        while client.status().await.unwrap().serving_version != 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended)
        .await
        .expect("the lease to end");
    ticks.abort();
    let kept = client.status().await.unwrap().generations;
    assert_eq!(
        kept.iter()
            .map(|g| (g.version, g.expired))
            .collect::<Vec<_>>(),
        [(2, true), (1, false)]
    );
}

#[tokio::test]
async fn counters_that_panic_keep_no_lease_alive() {
    let cell = cell();
    let lease = pb::Lease {
        owner: "ops".into(),
        reason: String::new(),
        ttl_ms: 1,
    };
    let map = RouteMap {
        lease: Some(lease),
        ..spawn_rate(1, 0.4)
    };
    cell.publish(&map.encode_to_vec()).unwrap();
    let engine = routewright_control::Engine::new(cell).counters(|| panic!("a fault of the host"));
    let ticks = tokio::spawn(engine.tick(Duration::from_millis(50)));
    let ended = async {
        while cell.reader().load().version() != 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended)
        .await
        .expect("the lease ended long ago");
    ticks.abort();
}
