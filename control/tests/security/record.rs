//! What was turned away is remembered, but never without bound.

use std::time::Duration;

use routewright::Now;
use routewright_control::plane::ledger::DENIED_MAX;
use routewright_control::plane::{Config, Ledger, Memory, Plane};
use routewright_control::serve::Book;
use routewright_schema::pb::{Denied, ListDeniedRequest};

use crate::plane::folder;

fn now(seconds: u64) -> Now {
    Now {
        monotonic: Duration::from_secs(seconds),
        wall: Duration::from_secs(1_000 + seconds),
    }
}

fn attempts(plane: &Plane<Memory>) -> Vec<Denied> {
    let all = ListDeniedRequest { limit: 1_000 };
    plane.attempts(&all).unwrap().attempts
}

#[test]
fn what_is_alike_is_counted_and_written_once_a_second() {
    let mut plane = Plane::open(Memory::default(), Config::default(), now(0)).unwrap();
    for n in 0..1_000 {
        plane.denied("eve", "UpdateRouteMap", "no", now(10 + n / 500));
    }
    plane.denied("mallory", "UpdateRouteMap", "no\n\u{202E}way", now(12));
    let found = attempts(&plane);
    let rows: Vec<(&str, &str, u64)> = found.iter().map(|d| (&*d.who, &*d.why, d.count)).collect();
    assert_eq!(rows, [("mallory", "noway", 1), ("eve", "no", 1_000)]);
    assert_eq!(
        (found[1].first_ms, found[1].last_ms),
        (1_010_000, 1_011_000)
    );
    assert!(plane.ledger().attempts(10).unwrap().is_empty());

    // A disk that is full loses nothing, and is tried again.
    plane.ledger_mut().broken = Some("full".to_owned());
    plane.tick(now(13));
    assert_eq!(attempts(&plane), found);
    plane.ledger_mut().broken = None;
    plane.tick(now(14));
    assert_eq!(plane.ledger().attempts(10).unwrap(), found);
    assert_eq!(attempts(&plane), found);
    // What comes later is another attempt.
    plane.denied("eve", "UpdateRouteMap", "no", now(15));
    assert_eq!(attempts(&plane).len(), 3);
}

#[test]
fn many_names_within_a_second_share_a_place() {
    let mut plane = Plane::open(Memory::default(), Config::default(), now(0)).unwrap();
    for n in 0..5_000 {
        let long = "x".repeat(10_000);
        plane.denied(&format!("eve-{n}"), "GetFleet", &long, now(1));
    }
    let found = attempts(&plane);
    assert_eq!(found.iter().map(|d| d.count).sum::<u64>(), 5_000);
    assert_eq!(found.len(), 256);
    assert_eq!(found[0].who, "(others)");
    assert!(found.iter().all(|d| d.why.len() <= 512));
}

#[test]
fn the_last_ones_stay() {
    let some = |from: u64, to: u64| -> Vec<Denied> {
        let one = |n| Denied {
            who: format!("eve-{n}"),
            count: 1,
            ..Denied::default()
        };
        (from..to).map(one).collect()
    };
    let path = folder("record").join("ledger.redb");
    let mut ledgers: [Box<dyn Ledger>; 2] = [
        Box::new(Book::open(&path).unwrap()),
        Box::new(Memory::default()),
    ];
    for ledger in &mut ledgers {
        ledger.denied(&some(0, DENIED_MAX)).unwrap();
        ledger.denied(&some(DENIED_MAX, DENIED_MAX + 5)).unwrap();
        let found = ledger.attempts(usize::MAX).unwrap();
        let mut expected = some(5, DENIED_MAX + 5);
        expected.reverse();
        assert_eq!(found, expected);
    }
}
