//! Engines that say what makes no sense: their streams end with a reason, and nobody else
//! notices.

use routewright_schema::pb::watch_route_map_request::Message;
use routewright_schema::pb::{Ack, Baseline, Hello, Label, Nack, Report, Serving};
use tonic::Code;

use crate::dice::Dice;
use crate::engines::{Engine, Watch};
use crate::people::{People, map};
use crate::process::{Process, place};
use crate::raw::{Raw, encoded, hello};
use crate::rounds;

/// A Hello of which one thing is wrong.
fn wrong(change: impl FnOnce(&mut Hello)) -> Vec<u8> {
    let mut hello = hello("hostile");
    change(&mut hello);
    encoded(Message::Hello(hello))
}

fn label(bytes: usize) -> Label {
    Label {
        name: "x".repeat(bytes),
        value: String::new(),
    }
}

fn serving() -> Serving {
    hello("hostile").serving.unwrap()
}

/// First messages, and what must be said to them.
fn openings() -> Vec<(&'static str, Vec<u8>, Code, &'static str)> {
    let no = Code::InvalidArgument;
    let ack = Ack::default();
    vec![
        ("no message", vec![], no, "must be Hello"),
        ("no Hello", encoded(Message::Ack(ack)), no, "must be Hello"),
        ("no protobuf", vec![0xff; 64], Code::Internal, "decode"),
        (
            "a message cut short",
            wrong(|_| {})[..20].to_vec(),
            Code::Internal,
            "decode",
        ),
        ("no name", wrong(|h| h.name.clear()), no, "name:"),
        (
            "a long name",
            wrong(|h| h.name = "x".repeat(129)),
            no,
            "name:",
        ),
        (
            "a huge name",
            wrong(|h| h.name = "x".repeat(8 << 20)),
            no,
            "name:",
        ),
        (
            "a name that draws",
            wrong(|h| h.name = "a\x1b[2J".into()),
            no,
            "name:",
        ),
        (
            "a name of a path",
            wrong(|h| h.name = "../x".into()),
            no,
            "name:",
        ),
        (
            "many labels",
            wrong(|h| h.labels = vec![label(1); 33]),
            no,
            "labels:",
        ),
        (
            "a long label",
            wrong(|h| h.labels = vec![label(129)]),
            no,
            "labels:",
        ),
        ("no state", wrong(|h| h.serving = None), no, "serving"),
        (
            "a short digest",
            wrong(|h| h.baseline_digest.truncate(15)),
            no,
            "baseline_digest",
        ),
        (
            "a version of no bytes",
            wrong(|h| h.serving.as_mut().unwrap().version = 9),
            no,
            "push_digest",
        ),
        (
            "bytes of the baseline",
            wrong(|h| h.serving.as_mut().unwrap().push_digest = vec![1; 16]),
            no,
            "baseline was never pushed",
        ),
        (
            "a quarantine without end",
            wrong(|h| h.serving.as_mut().unwrap().quarantined = vec![vec![1; 16]; 65]),
            no,
            "quarantined",
        ),
    ]
}

/// How a stream is to end: the code, and words of the reason.
type End = (Code, &'static str);

/// Later messages, and what must be said to them; nothing: they are borne.
fn sequels() -> Vec<(&'static str, Vec<u8>, Option<End>)> {
    let no = |why| Some((Code::InvalidArgument, why));
    let short = Serving {
        image_digest: vec![1],
        ..serving()
    };
    let unknown = Serving {
        version: u64::MAX,
        push_digest: vec![7; 16],
        ..serving()
    };
    let ack = |revision, serving| {
        encoded(Message::Ack(Ack {
            revision,
            serving,
            apply_ns: u64::MAX,
        }))
    };
    let nack = |revision, needs_whole| {
        encoded(Message::Nack(Nack {
            revision,
            refusal: None,
            needs_whole,
            serving: Some(serving()),
        }))
    };
    let report = |cause: &str, before| {
        encoded(Message::Report(Report {
            serving: Some(serving()),
            before,
            cause: cause.to_owned(),
            reason: "\x1b[2J".repeat(10_000),
            accepted_version: u64::MAX,
        }))
    };
    vec![
        ("Hello again", wrong(|_| {}), no("Hello comes once")),
        (
            "no protobuf",
            vec![0xff; 64],
            Some((Code::Internal, "decode")),
        ),
        ("ACK of nothing", ack(0, None), no("serving")),
        ("ACK of a short digest", ack(0, Some(short)), no("16 bytes")),
        (
            "ACK of what was never sent",
            ack(u64::MAX, Some(serving())),
            None,
        ),
        ("ACK of what nobody has", ack(0, Some(unknown)), None),
        ("NACK of what was never sent", nack(u64::MAX, false), None),
        ("NACK that wants a whole map", nack(0, true), None),
        ("a guard that had nothing", report("guard", u64::MAX), None),
        ("a report of no cause", report("", 0), None),
        (
            "no baseline",
            encoded(Message::Baseline(Baseline { image: vec![] })),
            None,
        ),
        (
            "a huge baseline",
            encoded(Message::Baseline(Baseline {
                image: vec![7; 8 << 20],
            })),
            None,
        ),
        ("nothing", vec![], None),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_ends_one_stream() {
    let plane = Process::start(&place("hostile"));
    let url = plane.url();
    let engines = Engine::fleet(2, &url).await;
    let watch = Watch::over(&engines);
    let mut people = People::at(&url).await.unwrap();
    people.bring(&map(1, 1)).await;
    for (what, first, code, words) in openings() {
        let status = Raw::open(&url, first).await.err();
        let status = status.unwrap_or_else(|| panic!("{what}: it was let in"));
        assert_eq!(status.code(), code, "{what}: {status:?}");
        assert!(status.message().contains(words), "{what}: {status:?}");
    }
    for (what, next, end) in sequels() {
        let mut raw = Raw::open(&url, wrong(|_| {})).await.unwrap();
        raw.say(next).await;
        match end {
            Some((code, words)) => {
                let status = raw.end().await;
                assert_eq!(status.code(), code, "{what}: {status:?}");
                assert!(status.message().contains(words), "{what}: {status:?}");
            }
            None => {
                // It is known until another one comes by this name, which is told so.
                let mut other = Raw::open(&url, wrong(|_| {})).await.unwrap();
                let status = raw.end().await;
                assert_eq!(status.code(), Code::Aborted, "{what}: {status:?}");
                other.told.message().await.unwrap();
            }
        }
        for engine in &engines {
            assert!(engine.in_step() && engine.version() == 1, "{what}");
        }
    }
    people.bring(&map(2, 2)).await;
    watch.end();
    for engine in &engines {
        assert_eq!(engine.versions(), [1, 2]);
    }
    let said = plane.kill();
    assert!(!said.contains("panicked"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_that_makes_no_sense_does_not_spread() {
    let plane = Process::start(&place("hostile-mark"));
    let url = plane.url();
    let engines = Engine::fleet(2, &url).await;
    let mut people = People::at(&url).await.unwrap();
    people.bring(&map(1, 1)).await;
    let mut raw = Raw::open(&url, wrong(|h| h.accepted_version = u64::MAX))
        .await
        .unwrap();
    raw.told.message().await.unwrap();
    // It would refuse every push. It is out of step, so it is not asked.
    let how_it_goes = people.push(&map(2, 2)).await.unwrap();
    how_it_goes.expect("the others take it");
    for engine in &engines {
        crate::until("it came to the others", || engine.version() == 2).await;
    }
    // A new engine is told the mark of the fleet.
    let late = Engine::start("late", &url);
    crate::until("late is there", || late.version() == 2).await;
    drop(raw);
    for engine in engines.iter().chain([&late]) {
        assert_eq!(engine.cell.status().accepted, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_by_chance_end_one_stream() {
    let rounds = rounds("ROUTEWRIGHT_HOSTILE_STREAMS", 300);
    let plane = Process::start(&place("hostile-chance"));
    let url = plane.url();
    let engines = Engine::fleet(1, &url).await;
    let mut dice = Dice::new();
    let good: Vec<Vec<u8>> = sequels().into_iter().map(|(_, next, _)| next).collect();
    let mut let_in = 0;
    for _ in 0..rounds {
        let mut damaged = |mut bytes: Vec<u8>| {
            for _ in 0..dice.below(4) {
                if !bytes.is_empty() {
                    let at = dice.below(bytes.len().min(400) as u64) as usize;
                    bytes[at] = dice.next() as u8;
                }
            }
            bytes
        };
        let first = damaged(wrong(|_| {}));
        let next: Vec<Vec<u8>> = good
            .iter()
            .filter(|g| g.len() < 1_000)
            .cloned()
            .map(damaged)
            .collect();
        if let Ok(raw) = Raw::open(&url, first).await {
            let_in += 1;
            raw.say(next[dice.below(next.len() as u64) as usize].clone())
                .await;
            raw.say(next[dice.below(next.len() as u64) as usize].clone())
                .await;
        }
    }
    assert!(
        let_in > 0 && let_in < rounds,
        "{let_in} of {rounds} were let in"
    );
    let mut people = People::at(&url).await.unwrap();
    assert!(
        people
            .fleet()
            .await
            .engines
            .iter()
            .any(|e| e.name == "engine-0" && e.connected)
    );
    assert!(engines[0].in_step());
    let said = plane.kill();
    assert!(!said.contains("panicked"), "{said}");
}
