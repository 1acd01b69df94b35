//! What is true whoever comes first: publishers, rollbacks and the end of leases in threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

use prost::Message;
use routewright::{Cause, Changed, Now, Target};
use routewright_schema::pb::{self, scalar::Kind};
use routewright_tests::fixture;
use routewright_tests::pushes::{Cell, cell, overlay, route, set};

/// The value of a version. None is further from another than a push may go.
fn value(version: u64) -> f64 {
    match version {
        0 => 0.3,
        version => 0.4 + (version % 100) as f64 / 1_000.0,
    }
}

/// A push of that many routes. Equal arguments give equal bytes.
fn push(version: u64, salt: usize, routes: usize, ttl_ms: Option<u64>) -> Vec<u8> {
    let map = set(
        overlay(version),
        "spawn_rate",
        Kind::FloatValue(value(version)),
    );
    pb::RouteMap {
        reason: format!("publisher {salt}"),
        consumers: vec!["loot".into()],
        routes: (0..routes)
            .map(|at| route(&format!("some.event.{at}"), 0))
            .collect(),
        lease: ttl_ms.map(|ttl_ms| pb::Lease {
            owner: "ops".into(),
            ttl_ms,
            ..Default::default()
        }),
        ..map
    }
    .encode_to_vec()
}

/// The version that answers and whether nothing was done, or the code of a refusal.
fn answer(
    found: Result<routewright::Accepted<fixture::Catalog>, routewright::Refused>,
) -> Result<(u64, bool), &'static str> {
    found
        .map(|accepted| (accepted.after.version(), accepted.unchanged))
        .map_err(|refused| refused.violations.list()[0].code.as_str())
}

/// What the hooks of a cell were told.
fn listen(cell: &Cell) -> &'static Mutex<Vec<Changed>> {
    let heard: &'static Mutex<Vec<Changed>> = Box::leak(Box::default());
    cell.on_change(|changed| heard.lock().unwrap().push(changed));
    heard
}

/// Each change begins where another one ended, and all of them lead from the baseline
/// to what is served now. They may be told in another order.
fn form_a_chain(heard: &[Changed], serving: u64) {
    let mut balance: BTreeMap<u64, i64> = BTreeMap::from([(0, 1)]);
    for changed in heard {
        assert_ne!(changed.before, changed.after, "no change: {changed:?}");
        *balance.entry(changed.before).or_default() -= 1;
        *balance.entry(changed.after).or_default() += 1;
    }
    balance.retain(|_, count| *count != 0);
    assert_eq!(balance, BTreeMap::from([(serving, 1)]));
}

/// Looks at a cell until told to stop: what is served is what its version says, and the
/// mark never falls.
fn observe(cell: &Cell, done: &AtomicBool) {
    let (mut mark, mut reader) = (0, cell.reader());
    while !done.load(Relaxed) {
        let status = cell.status();
        assert!(status.accepted >= mark, "{} after {mark}", status.accepted);
        mark = status.accepted;
        let version = status.table.version();
        assert!(version <= mark && (version == 0 || status.serving().is_some()));
        let table = reader.load();
        let served = fixture::settings(table).spawn_rate();
        assert_eq!(served, value(table.version()));
        thread::yield_now();
    }
}

#[test]
fn of_publishers_that_race_one_wins_each_version() {
    const PUBLISHERS: usize = 4;
    const VERSIONS: u64 = 60;
    // A push should take some time to build.
    const ROUTES: usize = 100;
    // Whether publishers push the same bytes, and versions of their own.
    for (same_bytes, own_versions) in [(false, false), (true, false), (false, true)] {
        let version = |turn, publisher: usize| match own_versions {
            true => turn * PUBLISHERS as u64 + publisher as u64,
            false => turn,
        };
        let cell = cell();
        let heard = listen(&cell);
        let (done, start) = (AtomicBool::new(false), Barrier::new(PUBLISHERS));
        let mut won: Vec<u64> = thread::scope(|scope| {
            scope.spawn(|| observe(&cell, &done));
            let publishers: Vec<_> = (0..PUBLISHERS)
                .map(|publisher| {
                    let (cell, start) = (&cell, &start);
                    scope.spawn(move || {
                        let mut won: Vec<u64> = Vec::new();
                        for turn in 1..=VERSIONS {
                            start.wait();
                            let version = version(turn, publisher);
                            let salt = if same_bytes { 0 } else { publisher };
                            match answer(cell.publish(&push(version, salt, ROUTES, None))) {
                                Ok((after, false)) => {
                                    assert_eq!(after, version);
                                    won.push(version);
                                }
                                Ok((_, true)) => assert!(same_bytes),
                                Err("version_conflict") => {
                                    assert!(!same_bytes && !own_versions);
                                }
                                Err(code) => assert_eq!(code, "stale_version"),
                            }
                        }
                        won
                    })
                })
                .collect();
            let won = publishers.into_iter().flat_map(|p| p.join().unwrap());
            let won = won.collect();
            done.store(true, Relaxed);
            won
        });
        won.sort_unstable();
        let last = version(VERSIONS, PUBLISHERS - 1);
        let highest = won.last();
        assert_eq!(
            highest,
            Some(&last),
            "the highest is taken whenever it comes"
        );
        let status = cell.status();
        assert_eq!((status.table.version(), status.accepted), (last, last));
        let heard = heard.lock().unwrap();
        let mut told: Vec<u64> = heard.iter().map(|changed| changed.after).collect();
        told.sort_unstable();
        assert_eq!(told, won, "one winner a version, each told once");
        form_a_chain(&heard, last);
    }
}

#[test]
fn publishers_rollbacks_and_the_end_of_leases_at_once() {
    const TURNS: u64 = 300;
    let cell = cell();
    let heard = listen(&cell);
    let done = AtomicBool::new(false);
    let clock = AtomicU64::new(1);
    let now = || Now {
        monotonic: Duration::from_secs(clock.load(Relaxed)),
        wall: Duration::ZERO,
    };
    let (published, rolled_back, ended) = thread::scope(|scope| {
        scope.spawn(|| observe(&cell, &done));
        let expire = scope.spawn(|| {
            let mut ended = 0;
            while !done.load(Relaxed) {
                clock.fetch_add(1, Relaxed);
                ended += usize::from(cell.expire(now()));
                thread::yield_now();
            }
            ended
        });
        let rollback = scope.spawn(|| {
            let mut changed = 0;
            while !done.load(Relaxed) {
                let status = cell.status_at(now());
                let oldest = status.kept.last().map_or(0, |kept| kept.table.version());
                for target in [Target::Previous, Target::Version(oldest)] {
                    let answer = answer(cell.rollback_at(target, None, "", now()));
                    changed += usize::from(answer.is_ok_and(|(_, unchanged)| !unchanged));
                }
            }
            changed
        });
        // As long as it takes for the others to have their turns.
        let happened = |cause| heard.lock().unwrap().iter().any(|c| c.cause == cause);
        let mut version = 0;
        while version < TURNS || !happened(Cause::Rollback) || !happened(Cause::Expiry) {
            version += 1;
            assert!(version < 100 * TURNS, "the others never come");
            let lease = (version % 2 == 0).then_some(1_000);
            // Nobody else publishes, so each is taken, whatever is served.
            let found = answer(cell.publish_at(&push(version, 0, 1, lease), now()));
            assert_eq!(found, Ok((version, false)));
        }
        done.store(true, Relaxed);
        (version, rollback.join().unwrap(), expire.join().unwrap())
    });
    let heard = heard.lock().unwrap();
    let told = |cause| {
        heard
            .iter()
            .filter(|changed| changed.cause == cause)
            .count()
    };
    assert_eq!(told(Cause::Publish) as u64, published);
    assert_eq!(told(Cause::Rollback), rolled_back);
    // Whatever decides ends a lease that has run out, not `expire` alone.
    assert!(told(Cause::Expiry) >= ended);
    form_a_chain(&heard, cell.status().table.version());
    assert_eq!(cell.status().accepted, published);
}
