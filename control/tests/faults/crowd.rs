//! Many engines at once, and one that says nothing any more.

use std::time::{Duration, Instant};

use routewright_tests::tools::note;

use crate::disk::large;
use crate::engines::{self, Engine, Watch};
use crate::people::{People, map};
use crate::process::{Process, place};
use crate::raw::{Raw, encoded, hello};
use crate::{PATIENCE, until};

const ENGINES: usize = 500;
/// In which all are back.
const BACK: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_engines_come_back_at_once() {
    let ledger = place("crowd");
    let plane = Process::start(&ledger);
    let (url, address) = (plane.url(), plane.address.clone());
    let engines = Engine::fleet(ENGINES, &url).await;
    let mut people = People::at(&url).await.unwrap();
    let state = people.bring(&map(1, 1)).await;
    assert_eq!(state.acknowledged as usize, ENGINES, "{state:?}");
    engines::in_step(&engines).await;
    let watch = Watch::over(&engines);
    let updates = || {
        engines
            .iter()
            .map(|e| e.link.status().offered)
            .collect::<Vec<_>>()
    };
    let before = updates();
    plane.kill();
    until("all are cut off", || {
        engines.iter().all(|e| !e.link.status().connected)
    })
    .await;
    let _again = Process::again(&ledger, &address);
    let began = Instant::now();
    engines::in_step(&engines).await;
    let took = began.elapsed();
    assert!(took < BACK, "{took:?}");
    assert_eq!(
        updates(),
        before,
        "nothing had changed, so nothing was to be sent"
    );
    watch.end();
    note(&format!(
        "faults: {ENGINES} engines back after {:.1} s",
        took.as_secs_f64()
    ));
}

/// How long it is waited for an answer, and a little.
const LATE: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_stalls_holds_up_nobody() {
    let plane = Process::start(&place("stall"));
    let url = plane.url();
    let engines = Engine::fleet(2, &url).await;
    let mut people = People::at(&url).await.unwrap();
    people.bring(&map(1, 1)).await;
    // One whose connection lives, and which does not read; one whose process stands still.
    let _unread = Raw::open(&url, encoded(hello_of("unread"))).await.unwrap();
    let (stands, stood) = std::sync::mpsc::channel::<()>();
    let still = url.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _raw = runtime
            .block_on(Raw::open(&still, encoded(hello_of("still"))))
            .unwrap();
        // From here on, nobody reads that socket.
        let _until_the_test_ends = stood.recv();
    });
    while people
        .fleet()
        .await
        .engines
        .iter()
        .filter(|e| e.connected)
        .count()
        < 4
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let began = Instant::now();
    let push = people.push(&map(2, 2)).await.unwrap().unwrap();
    until("the others have it", || {
        engines.iter().all(|e| e.version() == 2)
    })
    .await;
    let others = began.elapsed();
    assert!(others < Duration::from_secs(2), "{others:?}");
    let state = people.end_of(push.revision).await;
    assert!(began.elapsed() < LATE, "{:?}", began.elapsed());
    assert_eq!(
        (state.state.as_str(), state.acknowledged),
        ("done", 2),
        "{state:?}"
    );
    assert!(state.outcome.contains("2 late: still, unread"), "{state:?}");
    // They are known to be slow by now, and are waited for no more.
    let began = Instant::now();
    people.bring(&map(3, 3)).await;
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    // The one that does not even answer pings is let go.
    until("it is let go", || engines.iter().all(|e| e.version() == 3)).await;
    let connected = async |people: &mut People, name: &str| {
        let fleet = people.fleet().await;
        fleet.engines.iter().any(|e| e.name == name && e.connected)
    };
    // It is asked every 30 s whether it lives, and has 5 to say so.
    while connected(&mut people, "still").await {
        assert!(began.elapsed() < PATIENCE * 2);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(connected(&mut people, "unread").await);
    drop(stands);
}

/// Flow control holds back what it was sent, so its stream never comes to its end.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_nobody_reads_does_not_keep_the_process() {
    let plane = Process::start(&place("unread"));
    let url = plane.url();
    let engines = Engine::fleet(1, &url).await;
    let mut people = People::at(&url).await.unwrap();
    people.bring(&map(1, 1)).await;
    let _unread = Raw::open(&url, encoded(hello_of("unread"))).await.unwrap();
    people.push(&large(2)).await.unwrap().unwrap();
    until("the other has it", || engines[0].version() == 2).await;
    let began = Instant::now();
    tokio::task::spawn_blocking(move || plane.stop())
        .await
        .unwrap();
    assert!(began.elapsed() < LATE, "{:?}", began.elapsed());
}

fn hello_of(name: &str) -> routewright_schema::pb::watch_route_map_request::Message {
    routewright_schema::pb::watch_route_map_request::Message::Hello(hello(name))
}
