//! SIGKILL to the control plane, at any moment, while somebody pushes.

use std::time::{Duration, Instant};

use routewright::Digest;
use routewright_schema::route_map;
use routewright_tests::tools::note;
use tokio::sync::oneshot;

use crate::dice::Dice;
use crate::engines::{self, Engine, Watch};
use crate::people::{People, code, map};
use crate::process::{self, Process, place};
use crate::rounds;

/// A life after its first push, at most; and one that ends while it begins.
const LIFE: Duration = Duration::from_millis(80);
const BIRTH: Duration = Duration::from_millis(40);

/// What somebody was told before nobody answered any more.
struct Told {
    /// Versions that were acknowledged.
    acknowledged: Vec<u64>,
    /// What to push next: it may have been taken, and its answer lost.
    next: u64,
}

/// Pushes until the control plane is gone.
async fn push_on(url: String, mut next: u64, first: oneshot::Sender<()>) -> Told {
    let mut first = Some(first);
    let mut acknowledged = Vec::new();
    if let Ok(mut people) = People::at(&url).await {
        while let Ok(answer) = people.push(&map(next, next)).await {
            match answer {
                Ok(_) => {
                    acknowledged.push(next);
                    next += 1;
                    first.take().map(|first| first.send(()));
                }
                Err(refusal) => match code(&refusal) {
                    // It was taken by one that did not live to say so.
                    "stale_version" => next += 1,
                    "rollout_in_progress" | "not_ready" => {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    _ => panic!("{refusal:?}"),
                },
            }
        }
    }
    Told { acknowledged, next }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_control_plane_that_is_killed_loses_nothing() {
    let rounds = rounds("ROUTEWRIGHT_PLANE_KILLS", 20);
    let began = Instant::now();
    let (mut dice, ledger) = (Dice::new(), place("kill-plane"));
    let mut plane = Process::start(&ledger);
    let (url, address) = (plane.url(), plane.address.clone());
    let engines = Engine::fleet(5, &url).await;
    let watch = Watch::over(&engines);
    let (mut all, mut next) = (Vec::new(), 1);
    for round in 0..rounds {
        let (first, pushed) = oneshot::channel();
        let pusher = tokio::spawn(push_on(url.clone(), next, first));
        pushed.await.expect("a push is taken in every life");
        tokio::time::sleep(dice.pause(LIFE)).await;
        let said = plane.kill();
        assert!(!said.contains("panicked"), "round {round}: {said}");
        let told = pusher.await.unwrap();
        next = told.next;
        if dice.below(4) == 0 {
            // The next one does not even begin to live.
            let begun = Process::begun(&mut process::command(&ledger, &address));
            tokio::time::sleep(dice.pause(BIRTH)).await;
            begun.kill();
        }
        plane = Process::again(&ledger, &address);
        let log = People::at(&url).await.unwrap().log(1_000).await;
        for version in &told.acknowledged {
            assert!(
                log.iter().any(|decision| decision.version == *version),
                "round {round}: version {version} was acknowledged, and is lost"
            );
        }
        all.extend(told.acknowledged);
    }

    // Whatever was on its way has come to an end, and all engines are there.
    let mut people = People::at(&url).await.unwrap();
    while people.fleet().await.rollout.is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    engines::in_step(&engines).await;
    let settled = people.fleet().await.version;
    let last = *all.last().expect("pushes were acknowledged");
    assert!(
        settled >= last,
        "{settled} is served, {last} was acknowledged"
    );
    let looks = watch.end();
    for engine in &engines {
        assert_eq!(engine.version(), settled);
        engine.only_rose();
    }
    let history = people.history().await;
    for version in &all {
        let of_it = |decision: &&routewright_schema::pb::Decision| decision.version == *version;
        let decision = history.iter().find(of_it).expect("it is not lost");
        let digest = Digest::of(&route_map::encode(&map(*version, *version)));
        assert_eq!(decision.push_digest, digest.0);
        assert_eq!(
            (decision.kind.as_str(), decision.state.as_str()),
            ("push", "done")
        );
    }
    note(&format!(
        "faults: a control plane killed {rounds} times in {:.0} s, {} pushes acknowledged, {looks} looks at 5 engines",
        began.elapsed().as_secs_f64(),
        all.len()
    ));
}
