//! Good and bad pushes in turn: engines go from one good one to the next, and nowhere else.

use std::time::Instant;

use routewright::Now;
use routewright_schema::pb::scalar::Kind;
use routewright_schema::route_map;
use routewright_tests::tools::note;

use crate::engines::{Engine, Watch};
use crate::people::{People, code, map, setting};
use crate::process::{Process, place};
use crate::{rounds, until};

/// A push that is bad in its own way, and the word for that.
fn bad(kind: u32, version: u64) -> (Vec<u8>, &'static str) {
    let mut push = map(version, version);
    let word = match kind % 6 {
        0 => {
            push = setting(version, "spawn_rate", Kind::FloatValue(2.0));
            "above_max"
        }
        1 => {
            push = setting(version, "nobody_knows_it", Kind::IntValue(1));
            "unknown_setting"
        }
        2 => {
            // Larger than its step.
            push = setting(version, "spawn_rate", Kind::FloatValue(0.99));
            "step"
        }
        3 => {
            push.version = 1;
            "stale_version"
        }
        4 => {
            push.expected_serving = Some(version + 7);
            "serving_mismatch"
        }
        _ => {
            let mut bytes = route_map::encode(&push);
            bytes.truncate(bytes.len() - 1);
            return (bytes, "malformed");
        }
    };
    (route_map::encode(&push), word)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_pushes_between_good_ones_move_nobody() {
    let rounds = rounds("ROUTEWRIGHT_FLAPS", 200) / 2;
    let began = Instant::now();
    let plane = Process::start(&place("flap"));
    let engines = Engine::fleet(3, &plane.url()).await;
    let watch = Watch::over(&engines);
    let mut people = People::at(&plane.url()).await.unwrap();
    let mut good = Vec::new();
    for round in 0..rounds {
        let version = 2 + u64::from(round);
        let state = people.bring(&map(version, version)).await;
        assert_eq!(
            (state.state.as_str(), state.acknowledged),
            ("done", 3),
            "{state:?}"
        );
        good.push(version);
        let (bytes, word) = bad(round, version + 1);
        let refusal = people.send(bytes).await.unwrap().expect_err("it is bad");
        assert_eq!(code(&refusal), word, "{refusal:?}");
        assert_eq!(refusal.serving_version, version);
    }
    watch.end();
    for engine in &engines {
        assert_eq!(engine.versions(), good);
        assert_eq!(engine.link.status().refused, 0, "bad ones were never sent");
    }
    note(&format!(
        "faults: {} good pushes and as many bad ones in {:.0} s",
        good.len(),
        began.elapsed().as_secs_f64()
    ));
}

/// What no pre-flight knows: an engine has quarantined the image, and has not said so yet. The
/// push reaches the engines, is refused by one of them, and is taken back from the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pushes_that_one_engine_refuses_after_all_come_back() {
    let rounds = rounds("ROUTEWRIGHT_FLAPS", 200) / 4;
    let began = Instant::now();
    let plane = Process::start(&place("refused"));
    let engines = Engine::fleet(3, &plane.url()).await;
    let watch = Watch::over(&engines);
    let mut people = People::at(&plane.url()).await.unwrap();
    let (mut reverted, mut known) = (0, 0);
    for round in 0..rounds {
        let good = 2 * u64::from(round) + 1;
        assert_eq!(people.bring(&map(good, good)).await.state, "done");
        let bytes = route_map::encode(&map(good + 1, good + 1));
        let odd = &engines[round as usize % engines.len()];
        let image = odd.cell.dry_run_at(&bytes, Now::read()).unwrap().after;
        odd.cell.quarantine(image.raw().digest());
        match people.send(bytes).await.unwrap() {
            Ok(applied) => {
                let state = people.end_of(applied.revision).await;
                assert_eq!(state.state, "reverted", "{state:?}");
                assert_eq!(code(&state.refusal.unwrap()), "quarantined");
                reverted += 1;
            }
            // It has said so just now.
            Err(refusal) => {
                assert_eq!(code(&refusal), "quarantined", "{refusal:?}");
                known += 1;
            }
        }
        let back = || engines.iter().all(|engine| engine.version() == good);
        until("all are where they were", back).await;
        assert!(!odd.versions().contains(&(good + 1)));
    }
    watch.end();
    assert!(reverted > known, "{reverted} {known}");
    note(&format!(
        "faults: {rounds} pushes of which {reverted} were refused by an engine and taken back, in {:.0} s",
        began.elapsed().as_secs_f64()
    ));
}
