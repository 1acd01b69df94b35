//! What follows from what: the table of docs/control-plane.md, row by row, without sockets.

use std::collections::BTreeMap;
use std::time::Duration;

use prost::Message;
use routewright::{Counters, Digest, Limits, Now, RouteCell, Target, Untyped};
use routewright_control::follow::{Agent, Identity};
use routewright_control::plane::{
    Absent, Back, Caller, Config, Effect, How, Ledger, Memory, Plane, Stages, State, StreamId,
};
use routewright_schema::pb::watch_route_map_request::Message as Said;
use routewright_schema::pb::watch_route_map_response::Message as Told;
use routewright_schema::pb::{self, Applied, Refusal, WatchRouteMapRequest};
use routewright_tests::fixture;
use routewright_tests::pushes::{overlay, set, spawn_rate};

const BAKE: Duration = Duration::from_secs(10);
const ANYBODY: Caller<'_> = Caller {
    who: "somebody",
    may: None,
};

/// A control plane and engines that answer at once, unless they are kept from it.
struct Fleet {
    plane: Plane<Memory>,
    engines: BTreeMap<String, Engine>,
    clock: Duration,
    streams: u64,
}

struct Engine {
    cell: RouteCell<Untyped>,
    agent: Agent,
    stream: Option<StreamId>,
    held: bool,
    /// It reads, and answers nothing.
    dumb: bool,
    /// What it was told, as "whole", "delta", "baseline" or "nothing".
    told: Vec<&'static str>,
}

impl Fleet {
    fn new(engines: usize) -> Fleet {
        let config = Config {
            bake: BAKE,
            ..Config::default()
        };
        let clock = Duration::from_secs(1_000);
        let mut fleet = Fleet {
            plane: Plane::open(Memory::default(), config, at(clock)).unwrap(),
            engines: BTreeMap::new(),
            clock,
            streams: 0,
        };
        for number in 0..engines {
            fleet.join(&format!("e{number}"));
        }
        fleet
    }

    fn now(&self) -> Now {
        at(self.clock)
    }

    /// Ends the process of the control plane, and starts another; no engine comes back.
    fn restart(&mut self) {
        let ledger = self.plane.ledger().clone();
        self.restart_on(ledger);
    }

    fn restart_on(&mut self, ledger: Memory) {
        self.plane = Plane::open(ledger, Config::default(), self.now()).unwrap();
        for engine in self.engines.values_mut() {
            engine.stream = None;
        }
    }

    fn join(&mut self, name: &str) {
        let mut limits = Limits::DEFAULT;
        limits.guard.allocation_bytes_per_second_max = None;
        let image = fixture::TABLE.raw().as_image();
        let engine = Engine {
            cell: RouteCell::open(image, limits).unwrap(),
            agent: Agent::default(),
            stream: None,
            held: false,
            dumb: false,
            told: Vec::new(),
        };
        self.engines.insert(name.to_owned(), engine);
        self.connect(name);
    }

    fn connect(&mut self, name: &str) {
        let now = self.now();
        self.streams += 1;
        let engine = self.engines.get_mut(name).unwrap();
        let stream = StreamId(self.streams);
        engine.stream = Some(stream);
        let identity = Identity {
            name: name.to_owned(),
            labels: Vec::new(),
        };
        let hello = engine
            .agent
            .hello(&identity, &engine.cell, engine.held, now);
        self.say(name, stream, hello);
        self.settle();
    }

    fn leave(&mut self, name: &str) {
        let stream = self.engines.get_mut(name).unwrap().stream.take().unwrap();
        self.plane.gone(stream, self.now());
        self.settle();
    }

    fn say(&mut self, name: &str, stream: StreamId, request: WatchRouteMapRequest) {
        let now = self.now();
        let said = match request.message.unwrap() {
            Said::Hello(hello) => self.plane.hello(stream, &hello, now),
            Said::Ack(ack) => self.plane.ack(stream, ack, now),
            Said::Nack(nack) => self.plane.nack(stream, nack, now),
            Said::Report(report) => self.plane.report(stream, report, now),
            Said::Baseline(baseline) => {
                self.plane.baseline(stream, baseline.image, now);
                Ok(())
            }
        };
        said.unwrap_or_else(|why| panic!("{name}: {why}"));
    }

    /// Carries everything to and fro until nothing is left.
    fn settle(&mut self) {
        let now = self.now();
        loop {
            let mut effects = self.plane.effects();
            if effects.is_empty() {
                self.plane.conclude(now);
                effects = self.plane.effects();
            }
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                let (stream, response) = match effect {
                    Effect::Tell(stream, response) => (stream, (*response).clone()),
                    Effect::AskBaseline(stream) => {
                        let message = Some(Told::BaselineWanted(pb::BaselineWanted {}));
                        (
                            stream,
                            pb::WatchRouteMapResponse {
                                revision: 0,
                                message,
                            },
                        )
                    }
                    Effect::Close(stream, _) => {
                        let mut engines = self.engines.values_mut();
                        if let Some(engine) = engines.find(|e| e.stream == Some(stream)) {
                            engine.stream = None;
                        }
                        continue;
                    }
                };
                let mut engines = self.engines.iter_mut();
                let Some((name, engine)) = engines.find(|(_, e)| e.stream == Some(stream)) else {
                    continue;
                };
                match response.message.as_ref().unwrap() {
                    Told::NotModified(_) => engine.told.push("nothing"),
                    Told::BaselineWanted(_) => {}
                    Told::Update(update) => engine.told.push(match update.content {
                        None => "baseline",
                        Some(pb::update::Content::Whole(_)) => "whole",
                        Some(pb::update::Content::Delta(_)) => "delta",
                    }),
                }
                if engine.dumb {
                    continue;
                }
                let answer = engine.agent.take(response, &engine.cell, engine.held, now);
                let name = name.clone();
                if let Some(answer) = answer {
                    self.say(&name, stream, answer);
                }
            }
        }
    }

    /// Lets an engine say what changed by itself.
    fn look(&mut self, name: &str) {
        let now = self.now();
        let engine = self.engines.get_mut(name).unwrap();
        let report = engine.agent.look(&engine.cell, engine.held, now);
        if let (Some(report), Some(stream)) = (report, engine.stream) {
            self.say(name, stream, report);
        }
        self.settle();
    }

    fn wait(&mut self, time: Duration) {
        self.clock += time;
        self.plane.tick(self.now());
        self.settle();
    }

    fn push(&mut self, bytes: &[u8], how: How) -> Result<Applied, Refusal> {
        let pushed = self.plane.push(bytes, false, how, &ANYBODY, self.now());
        self.settle();
        pushed
    }

    /// All at once.
    fn push_all(&mut self, bytes: &[u8]) -> u64 {
        let how = How {
            stages: Some(Stages::off()),
            bake: None,
        };
        let revision = self.push(bytes, how).unwrap().revision;
        assert_eq!(
            self.end(revision),
            ("done".to_owned(), self.outcome(revision))
        );
        revision
    }

    fn roll_back(&mut self, target: Target) -> Result<Applied, Refusal> {
        let back = Back {
            target,
            expected: None,
            reason: "for a test",
        };
        let rolled = self
            .plane
            .roll_back(&back, false, How::default(), &ANYBODY, self.now());
        self.settle();
        rolled
    }

    fn end(&self, revision: u64) -> (String, String) {
        let state = self.plane.rollout(revision, self.now()).unwrap();
        (state.state, state.outcome)
    }

    fn outcome(&self, revision: u64) -> String {
        self.end(revision).1
    }

    /// The versions that are served, by name.
    fn versions(&self) -> Vec<u64> {
        let engines = self.engines.values();
        engines
            .map(|e| e.cell.status_at(self.now()).table.version())
            .collect()
    }

    fn engine(&mut self, name: &str) -> &mut Engine {
        self.engines.get_mut(name).unwrap()
    }

    /// Whom the first stage came to.
    fn first(&self, version: u64) -> String {
        let now = self.now();
        let mut engines = self.engines.iter();
        let first = engines.find(|(_, e)| e.cell.status_at(now).table.version() == version);
        first.unwrap().0.clone()
    }
}

fn at(clock: Duration) -> Now {
    Now {
        monotonic: clock,
        wall: Duration::from_secs(1_700_000_000) + clock,
    }
}

fn code(refusal: Result<Applied, Refusal>) -> String {
    refusal.unwrap_err().violations[0].code.clone()
}

#[test]
fn one_engine_first_and_the_rest_after_the_bake_time() {
    let mut fleet = Fleet::new(4);
    let applied = fleet.push(&spawn_rate(1, 0.5), How::default()).unwrap();
    assert_eq!((applied.engines, applied.revision), (4, 1));
    assert_eq!(fleet.versions().iter().sum::<u64>(), 1);
    let state = fleet.plane.rollout(1, fleet.now()).unwrap();
    assert_eq!(
        (state.state.as_str(), state.stage, state.bake_ms),
        ("baking", 1, 10_000)
    );
    fleet.wait(BAKE - Duration::from_millis(1));
    assert_eq!(fleet.versions().iter().sum::<u64>(), 1);
    assert_eq!(
        code(fleet.push(&spawn_rate(2, 0.5), How::default())),
        "rollout_in_progress"
    );
    fleet.wait(Duration::from_millis(1));
    assert_eq!(fleet.versions(), [1; 4]);
    assert_eq!(
        fleet.end(1),
        ("done".to_owned(), "4 engines serve it".to_owned())
    );
    let decision = &fleet.plane.ledger().decisions(u64::MAX, 1).unwrap()[0];
    assert_eq!(
        (decision.state.as_str(), decision.who.as_str()),
        ("done", "somebody")
    );
    assert!(decision.engines.iter().all(|e| e.outcome == "ack") && decision.engines.len() == 4);
}

#[test]
fn the_first_engine_is_another_each_time() {
    let mut fleet = Fleet::new(8);
    let mut first = Vec::new();
    for version in 1..=6 {
        fleet
            .push(&spawn_rate(version, 0.4), How::default())
            .unwrap();
        first.push(fleet.first(version));
        fleet.wait(BAKE);
    }
    first.sort();
    first.dedup();
    assert!(first.len() > 2, "{first:?}");
}

#[test]
fn a_refusal_takes_it_back() {
    let mut fleet = Fleet::new(3);
    fleet.push_all(&spawn_rate(1, 0.5));
    let bad = spawn_rate(2, 0.6);
    for engine in fleet.engines.values() {
        // Between what it has told and what it is asked.
        let image = engine.cell.dry_run_at(&bad, at(fleet.clock)).unwrap();
        engine.cell.quarantine(image.after.raw().digest());
    }
    let revision = fleet.push(&bad, How::default()).unwrap().revision;
    let (state, outcome) = fleet.end(revision);
    assert_eq!(state, "reverted");
    assert!(
        outcome.contains("refused") && outcome.contains("ended while it was new"),
        "{outcome}"
    );
    assert_eq!(fleet.versions(), [1; 3]);
    let told: Vec<usize> = fleet.engines.values().map(|e| e.told.len()).collect();
    assert_eq!(
        told.iter().sum::<usize>(),
        3 + 3 + 2,
        "hello, version 1; and the one that was asked, which is told that all is well: {told:?}"
    );
    // Its number is used up, and it can be said otherwise.
    assert_eq!(
        code(fleet.push(&spawn_rate(2, 0.7), How::default())),
        "stale_version"
    );
    fleet.push_all(&spawn_rate(3, 0.7));
}

#[test]
fn preflight_asks_for_each_kind_of_engine() {
    let mut fleet = Fleet::new(3);
    let push = spawn_rate(1, 0.5);
    let now = fleet.now();
    let image = fleet.engine("e1").cell.dry_run_at(&push, now).unwrap();
    fleet
        .engine("e1")
        .cell
        .quarantine(image.after.raw().digest());
    fleet.look("e1");
    let refusal = fleet.push(&push, How::default()).unwrap_err();
    let who: Vec<&str> = refusal
        .violations
        .iter()
        .map(|v| v.engine.as_str())
        .collect();
    assert_eq!(
        (who.as_slice(), refusal.violations[0].code.as_str()),
        (["e1"].as_slice(), "quarantined")
    );
    assert!(refusal.message.starts_with("e1: "), "{}", refusal.message);
    assert_eq!(fleet.versions(), [0; 3]);
    assert_eq!(fleet.plane.ledger().decisions(u64::MAX, 9).unwrap(), []);
}

#[test]
fn a_lost_engine_takes_it_back() {
    for (times, why) in [
        (1, "it was lost for more than 5s"),
        (2, "it was lost again and again"),
    ] {
        let mut fleet = Fleet::new(3);
        fleet.push_all(&spawn_rate(1, 0.5));
        fleet.push(&spawn_rate(2, 0.5), How::default()).unwrap();
        let first = fleet.first(2);
        fleet.leave(&first);
        fleet.wait(Duration::from_secs(4));
        if times > 1 {
            // It comes back in time; nothing has happened.
            fleet.connect(&first);
            fleet.wait(Duration::from_secs(1));
            assert_eq!(fleet.outcome(2), "");
            fleet.leave(&first);
        } else {
            fleet.wait(Duration::from_secs(2));
        }
        let (state, outcome) = fleet.end(2);
        assert_eq!(
            (state.as_str(), outcome),
            ("reverted", format!("{first}: {why}"))
        );
        fleet.connect(&first);
        assert_eq!(fleet.versions(), [1; 3]);
    }
}

#[test]
fn one_that_is_slow_is_not_waited_for_at_the_end() {
    let mut fleet = Fleet::new(3);
    fleet.engine("e1").dumb = true;
    let how = How {
        stages: Some(Stages::off()),
        bake: None,
    };
    fleet.push(&spawn_rate(1, 0.5), how.clone()).unwrap();
    assert_eq!(fleet.outcome(1), "");
    fleet.wait(Duration::from_secs(11));
    assert_eq!(
        fleet.end(1),
        (
            "done".to_owned(),
            "2 engines serve it, 1 late: e1".to_owned()
        )
    );
    // The next one does not wait for it, nor is it the first of any.
    fleet.push(&spawn_rate(2, 0.5), How::default()).unwrap();
    fleet.wait(BAKE);
    assert_eq!(fleet.end(2).0, "done");
    assert_eq!(fleet.versions(), [2, 0, 2]);
    // It comes to itself.
    fleet.engine("e1").dumb = false;
    fleet.leave("e1");
    fleet.connect("e1");
    assert_eq!(fleet.versions(), [2; 3]);
}

#[test]
fn one_that_is_slow_in_the_first_stage_takes_it_back() {
    let mut fleet = Fleet::new(1);
    fleet.engine("e0").dumb = true;
    fleet.push(&spawn_rate(1, 0.5), How::default()).unwrap();
    fleet.wait(Duration::from_secs(11));
    assert_eq!(
        fleet.end(1),
        (
            "reverted".to_owned(),
            "e0: it did not answer within 10s".to_owned()
        )
    );
}

#[test]
fn a_guard_that_trips_takes_it_back_during_and_after_the_rollout() {
    for after in [false, true] {
        let mut fleet = Fleet::new(3);
        fleet.push_all(&spawn_rate(1, 0.4));
        let guard = pb::Guard {
            bake_ms: 60_000,
            unrouted_ppm_max: Some(1),
            ..pb::Guard::default()
        };
        let map = pb::RouteMap {
            guard: Some(guard),
            ..set(overlay(2), "spawn_rate", pb::scalar::Kind::FloatValue(0.5))
        };
        let revision = fleet
            .push(&map.encode_to_vec(), How::default())
            .unwrap()
            .revision;
        let first = fleet.first(2);
        if after {
            fleet.wait(BAKE);
            assert_eq!(fleet.versions(), [2; 3]);
        }
        let mut counters = Counters::default();
        let now = fleet.now();
        fleet.engine(&first).cell.tick(&counters, now);
        (counters.events, counters.unrouted) = (10_000, 5_000);
        fleet.clock += Duration::from_secs(1);
        let now = fleet.now();
        assert!(fleet.engine(&first).cell.tick(&counters, now).is_some());
        fleet.look(&first);
        assert_eq!(fleet.versions(), [1; 3], "after: {after}");
        assert_eq!(fleet.plane.settled().0, 1);
        let newest = &fleet.plane.ledger().decisions(u64::MAX, 1).unwrap()[0];
        assert_eq!(
            (newest.kind.as_str(), newest.revision),
            ("revert", revision + 1)
        );
        assert!(
            newest
                .reason
                .contains(&format!("a guard tripped at {first}")),
            "{}",
            newest.reason
        );
    }
}

#[test]
fn one_that_is_held_by_hand_is_left_alone() {
    let mut fleet = Fleet::new(3);
    fleet.push_all(&spawn_rate(1, 0.5));
    let now = fleet.now();
    fleet.engine("e2").held = true;
    fleet
        .engine("e2")
        .cell
        .rollback_at(Target::Version(0), None, "by hand", now)
        .unwrap();
    fleet.look("e2");
    assert_eq!(fleet.versions(), [1, 1, 0]);
    let applied = fleet.push(&spawn_rate(2, 0.6), How::default()).unwrap();
    assert_eq!(applied.engines, 2);
    fleet.wait(BAKE);
    assert_eq!(fleet.outcome(applied.revision), "2 engines serve it");
    assert_eq!(fleet.versions(), [2, 2, 0]);
    fleet.engine("e2").held = false;
    fleet.look("e2");
    assert_eq!(fleet.versions(), [2; 3]);
}

#[test]
fn one_that_is_taken_in_hand_during_a_rollout_does_not_stop_it() {
    let mut fleet = Fleet::new(2);
    for engine in fleet.engines.values_mut() {
        // Nobody has heard of it yet.
        engine.held = true;
    }
    let revision = fleet
        .push(&spawn_rate(1, 0.5), How::default())
        .unwrap()
        .revision;
    fleet.wait(BAKE);
    fleet.wait(BAKE);
    assert_eq!(fleet.end(revision).0, "done");
    assert_eq!(fleet.versions(), [0; 2]);
}

#[test]
fn what_a_lease_lends_ends_for_those_that_come_later_too() {
    let mut fleet = Fleet::new(2);
    let lease = pb::Lease {
        owner: "ops".to_owned(),
        reason: String::new(),
        ttl_ms: 60_000,
    };
    let map = pb::RouteMap {
        lease: Some(lease),
        ..set(overlay(1), "spawn_rate", pb::scalar::Kind::FloatValue(0.5))
    };
    fleet.push_all(&map.encode_to_vec());
    fleet.clock += Duration::from_secs(40);
    fleet.join("late");
    assert_eq!(fleet.versions(), [1; 3]);
    fleet.clock += Duration::from_secs(21);
    for name in ["e0", "e1", "late"] {
        let now = fleet.now();
        assert!(fleet.engine(name).cell.expire(now), "{name}");
        fleet.look(name);
    }
    fleet.wait(Duration::ZERO);
    fleet.join("later");
    assert_eq!(fleet.versions(), [0; 4]);
    let newest = &fleet.plane.ledger().decisions(u64::MAX, 1).unwrap()[0];
    assert_eq!((newest.kind.as_str(), newest.version), ("expiry", 0));
    let refusal = fleet.roll_back(Target::Version(1)).unwrap_err();
    assert!(
        refusal.message.contains("the lease of version 1 has ended"),
        "{}",
        refusal.message
    );
}

#[test]
fn one_that_is_out_of_step_is_brought_along_and_has_no_vote() {
    let mut fleet = Fleet::new(3);
    fleet.push_all(&spawn_rate(1, 0.5));
    // Somebody has pushed to it by hand: far away, and under a number of its own.
    let now = fleet.now();
    fleet
        .engine("e1")
        .cell
        .publish_at(&spawn_rate(9, 1.0), now)
        .unwrap();
    fleet.look("e1");
    assert_eq!(fleet.versions(), [1, 9, 1]);
    // More than a step from what it serves, and below its number; the others do not care.
    let expects = pb::RouteMap {
        expected_serving: Some(1),
        ..set(overlay(2), "spawn_rate", pb::scalar::Kind::FloatValue(0.3))
    };
    fleet.push_all(&expects.encode_to_vec());
    assert_eq!(fleet.versions(), [2; 3]);
    // One that refuses what it is brought to does not keep it from the others.
    fleet
        .engine("e1")
        .cell
        .rollback_at(Target::Version(0), None, "by hand", now)
        .unwrap();
    fleet.look("e1");
    let next = spawn_rate(3, 0.4);
    let image = fleet
        .engine("e1")
        .cell
        .dry_run_at(&spawn_rate(10, 0.4), now)
        .unwrap();
    fleet
        .engine("e1")
        .cell
        .quarantine(image.after.raw().digest());
    let revision = fleet.push(&next, How::default()).unwrap().revision;
    fleet.wait(BAKE);
    let outcome = fleet.outcome(revision);
    assert_eq!(outcome, "2 engines serve it, 1 refused");
    assert_eq!(fleet.versions(), [3, 0, 3]);
}

#[test]
fn an_empty_ledger_takes_nothing_from_engines() {
    let mut fleet = Fleet::new(0);
    fleet.join("old");
    fleet.leave("old");
    let now = fleet.now();
    fleet
        .engine("old")
        .cell
        .publish_at(&spawn_rate(7, 0.5), now)
        .unwrap();
    fleet.connect("old");
    assert_eq!(fleet.versions(), [7]);
    assert_eq!(fleet.engine("old").told, ["nothing", "nothing"]);
    // The first decision is for all.
    fleet.push_all(&spawn_rate(8, 0.5));
    assert_eq!(fleet.versions(), [8]);
}

#[test]
fn rollbacks() {
    let mut fleet = Fleet::new(2);
    for version in 1..=3 {
        fleet.push_all(&spawn_rate(version, 0.4));
    }
    // As for one engine: each leads to what was there before it.
    for version in [2, 1, 0] {
        let applied = fleet.roll_back(Target::Previous).unwrap();
        assert_eq!(applied.serving_version, version);
        assert_eq!(fleet.versions(), [version; 2]);
    }
    assert!(fleet.roll_back(Target::Previous).unwrap().unchanged);
    assert_eq!(
        fleet.roll_back(Target::Version(3)).unwrap().serving_version,
        3
    );
    assert_eq!(fleet.versions(), [3; 2]);
    let unknown = fleet.roll_back(Target::Version(9));
    assert_eq!(code(unknown), "unknown_generation");
    // Of what is on its way.
    fleet.push(&spawn_rate(4, 0.5), How::default()).unwrap();
    assert_eq!(fleet.versions().iter().sum::<u64>(), 7);
    fleet.roll_back(Target::Previous).unwrap();
    assert_eq!(fleet.versions(), [3; 2]);
    assert_eq!(fleet.plane.rolling_out(fleet.now()), None);
}

/// A number that was used once is never used again, whatever is served since.
#[test]
fn versions_are_used_up_for_ever() {
    let mut fleet = Fleet::new(1);
    for version in 1..=3 {
        fleet.push_all(&spawn_rate(version, 0.4));
    }
    fleet.roll_back(Target::Version(1)).unwrap();
    fleet.restart();
    assert_eq!(fleet.plane.accepted(), 3);
    let refused = fleet.push(&spawn_rate(3, 0.5), How::default());
    assert_eq!(code(refused), "stale_version");
    // One that was taken back counts as well.
    fleet.connect("e0");
    fleet.engine("e0").dumb = true;
    fleet.push(&spawn_rate(4, 0.5), How::default()).unwrap();
    fleet.wait(Duration::from_secs(11));
    assert_eq!(fleet.plane.settled().0, 1);
    fleet.restart();
    assert_eq!(fleet.plane.accepted(), 4);
}

#[test]
fn a_delta_is_told_if_it_is_short_and_a_whole_map_mends_it() {
    let names = [
        "treasure.a",
        "treasure.b",
        "treasure.c",
        "treasure.d",
        "treasure.e",
        "treasure.f",
    ];
    let map = |version: u64, rate: f64| {
        let mut map = set(
            overlay(version),
            "spawn_rate",
            pb::scalar::Kind::FloatValue(rate),
        );
        map.consumers = vec!["shadow".to_owned()];
        map.reason = "the same as ever, ".repeat(50);
        map.routes = names
            .iter()
            .map(|name| routewright_tests::pushes::route(name, 0))
            .collect();
        map.encode_to_vec()
    };
    let mut fleet = Fleet::new(2);
    fleet.push_all(&map(1, 0.3));
    fleet.push_all(&map(2, 0.4));
    assert_eq!(fleet.engine("e0").told, ["nothing", "whole", "delta"]);
    // One has lost what the delta is over: it serves it, but under other bytes.
    let forged = pb::Delta {
        base_digest: vec![7; 16],
        pieces: Vec::new(),
    };
    let update = pb::Update {
        version: 3,
        accepted_version: 2,
        push_digest: Digest::of(&map(3, 0.5)).0.to_vec(),
        content: Some(pb::update::Content::Delta(forged)),
        ..pb::Update::default()
    };
    let response = pb::WatchRouteMapResponse {
        revision: 3,
        message: Some(Told::Update(update)),
    };
    let now = fleet.now();
    let engine = fleet.engine("e0");
    let answer = engine
        .agent
        .take(response, &engine.cell, false, now)
        .unwrap();
    let Some(Said::Nack(nack)) = answer.message else {
        panic!("{answer:?}");
    };
    assert!(nack.needs_whole && nack.refusal.is_none());
    // The same, said while version 3 is on its way to it.
    let how = How {
        stages: Some(Stages::off()),
        bake: None,
    };
    fleet.engine("e0").dumb = true;
    let revision = fleet.push(&map(3, 0.5), how).unwrap().revision;
    fleet.engine("e0").dumb = false;
    let stream = fleet.engine("e0").stream.unwrap();
    let nack = pb::Nack { revision, ..nack };
    fleet.plane.nack(stream, nack, fleet.now()).unwrap();
    fleet.settle();
    assert_eq!(
        fleet.engine("e0").told,
        ["nothing", "whole", "delta", "delta", "whole"]
    );
    assert_eq!(fleet.versions(), [3; 2]);
    assert_eq!(fleet.end(revision).0, "done");
}

#[test]
fn a_disk_that_is_full_refuses_pushes_and_nothing_else() {
    let mut fleet = Fleet::new(2);
    fleet.push_all(&spawn_rate(1, 0.5));
    fleet.plane.ledger_mut().broken = Some("no space left on device".to_owned());
    let refusal = fleet.push(&spawn_rate(2, 0.6), How::default()).unwrap_err();
    assert_eq!(refusal.violations[0].code, "not_recorded");
    assert!(
        refusal.message.contains("no space left on device"),
        "{}",
        refusal.message
    );
    assert_eq!(fleet.versions(), [1; 2]);
    fleet.join("late");
    assert_eq!(fleet.versions(), [1; 3]);
    fleet.plane.ledger_mut().broken = None;
    fleet.push_all(&spawn_rate(2, 0.6));
}

#[test]
fn a_rollback_that_cannot_be_written_down_stops_nothing() {
    let mut fleet = Fleet::new(3);
    fleet.push_all(&spawn_rate(1, 0.5));
    fleet.push_all(&spawn_rate(2, 0.5));
    fleet.push(&spawn_rate(3, 0.6), How::default()).unwrap();
    fleet.plane.ledger_mut().broken = Some("no space left on device".to_owned());
    let refused = fleet.roll_back(Target::Version(1));
    assert_eq!(code(refused), "not_recorded");
    fleet.plane.ledger_mut().broken = None;
    fleet.wait(BAKE);
    assert_eq!(fleet.end(3).0, "done");
    assert_eq!(fleet.versions(), [3; 3]);
}

#[test]
fn an_end_that_was_not_written_down_is_come_to_again() {
    let mut fleet = Fleet::new(3);
    fleet.engine("e1").dumb = true;
    let how = How {
        stages: Some(Stages::off()),
        bake: None,
    };
    let revision = fleet.push(&spawn_rate(1, 0.5), how).unwrap().revision;
    let without_its_end = fleet.plane.ledger().clone();
    fleet.engine("e1").dumb = false;
    fleet.leave("e1");
    fleet.connect("e1");
    assert_eq!(fleet.end(revision).0, "done");
    fleet.restart_on(without_its_end);
    assert_eq!(fleet.plane.settled().0, 0);
    // Whoever serves it goes on with it, and whoever does not is brought along.
    fleet.connect("e0");
    fleet.connect("e2");
    fleet.join("new");
    assert_eq!(fleet.versions()[..3], [1; 3]);
    fleet.wait(Duration::from_secs(6) + BAKE);
    assert_eq!(fleet.end(revision).0, "done");
    assert_eq!(fleet.plane.settled().0, 1);
    assert_eq!(fleet.versions(), [1; 4]);
    assert_eq!(
        fleet.plane.ledger().decisions(u64::MAX, 9).unwrap().len(),
        1
    );
}

#[test]
fn permissions_are_asked_for_every_change() {
    let mut fleet = Fleet::new(1);
    let caller = Caller {
        who: "tuner",
        may: Some(&|kind, name, _| kind == "setting" && name.starts_with("spawn")),
    };
    let now = fleet.now();
    let mut push = |bytes: &[u8]| fleet.plane.push(bytes, true, How::default(), &caller, now);
    assert!(push(&spawn_rate(1, 0.5)).is_ok());
    let both = set(overlay(1), "spawn_rate", pb::scalar::Kind::FloatValue(0.5));
    let both = set(
        both,
        "motto",
        pb::scalar::Kind::StringValue("dig".to_owned()),
    )
    .encode_to_vec();
    let refusal = push(&both).unwrap_err();
    assert_eq!(refusal.violations[0].code, "forbidden");
    assert_eq!(refusal.message, "tuner may not change the setting `motto`");
}

#[test]
fn an_engine_that_makes_no_sense_is_sent_away() {
    let mut fleet = Fleet::new(1);
    let now = fleet.now();
    let engine = fleet.engine("e0");
    let identity = Identity {
        name: "e9".to_owned(),
        labels: Vec::new(),
    };
    let Some(Said::Hello(good)) = engine
        .agent
        .hello(&identity, &engine.cell, false, now)
        .message
    else {
        panic!("no Hello");
    };
    type Spoil = fn(&mut pb::Hello);
    let table: &[(&str, Spoil)] = &[
        ("name", |hello| hello.name.clear()),
        ("name", |hello| hello.name = "a b".to_owned()),
        ("name", |hello| hello.name = "x".repeat(129)),
        ("name", |hello| hello.name = "-x".to_owned()),
        ("labels", |hello| {
            hello.labels = vec![pb::Label::default(); 33]
        }),
        ("labels", |hello| {
            hello.labels = vec![pb::Label {
                name: "x".repeat(129),
                value: String::new(),
            }];
        }),
        ("baseline_digest", |hello| {
            hello.baseline_digest = vec![0; 15]
        }),
        ("serving", |hello| hello.serving = None),
        ("serving", |hello| {
            hello.serving.as_mut().unwrap().image_digest.clear()
        }),
        ("serving", |hello| {
            hello.serving.as_mut().unwrap().push_digest = vec![1; 16]
        }),
        ("serving", |hello| {
            hello.serving.as_mut().unwrap().version = 3
        }),
        ("serving", |hello| {
            hello.serving.as_mut().unwrap().quarantined = vec![vec![0; 16]; 65]
        }),
    ];
    for (word, spoil) in table {
        let mut hello = good.clone();
        spoil(&mut hello);
        let why = fleet.plane.hello(StreamId(77), &hello, now).unwrap_err();
        assert!(why.starts_with(word), "{why}");
    }
    let unknown = pb::Hello {
        baseline_digest: vec![7; 16],
        ..good.clone()
    };
    fleet.plane.hello(StreamId(77), &unknown, now).unwrap();
    // What nobody has sent to it.
    let ack = pb::Ack {
        revision: 9,
        serving: good.serving.clone(),
        apply_ns: 0,
    };
    fleet.plane.ack(StreamId(77), ack.clone(), now).unwrap();
    fleet.plane.ack(StreamId(78), ack, now).unwrap();
    fleet
        .plane
        .baseline(StreamId(77), b"no image".to_vec(), now);
    let state = fleet.plane.fleet(now);
    let e9 = state.engines.iter().find(|e| e.name == "e9").unwrap();
    assert!(e9.note.contains("its baseline"), "{}", e9.note);
}

fn guarded(version: u64, rate: f64) -> Vec<u8> {
    let guard = pb::Guard {
        bake_ms: 300_000,
        unrouted_ppm_max: Some(1),
        ..pb::Guard::default()
    };
    pb::RouteMap {
        guard: Some(guard),
        ..set(
            overlay(version),
            "spawn_rate",
            pb::scalar::Kind::FloatValue(rate),
        )
    }
    .encode_to_vec()
}

impl Fleet {
    fn trip(&mut self, name: &str) {
        let now = self.now();
        let mut counters = Counters::default();
        self.engine(name).cell.tick(&counters, now);
        (counters.events, counters.unrouted) = (10_000, 5_000);
        self.clock += Duration::from_secs(1);
        let now = self.now();
        assert!(self.engine(name).cell.tick(&counters, now).is_some());
    }
}

#[test]
fn a_guard_that_tripped_while_nobody_listened_stands() {
    let mut fleet = Fleet::new(2);
    fleet.push_all(&spawn_rate(1, 0.4));
    fleet.push_all(&guarded(2, 0.5));
    fleet.wait(Duration::from_secs(1));
    // The control plane dies; both engines take it back by their guards.
    fleet.restart();
    fleet.trip("e0");
    fleet.trip("e1");
    assert_eq!(fleet.versions(), [1, 1]);
    fleet.connect("e0");
    fleet.connect("e1");
    assert_eq!(fleet.plane.settled().0, 1);
    // Nor is it reached by a rollback.
    let back = fleet.roll_back(Target::Version(2));
    assert!(back.unwrap_err().message.contains("was taken back"));
    assert_eq!(
        fleet.versions(),
        [1, 1],
        "what the guards took back is forced upon them again"
    );
}

#[test]
fn no_stage_begins_while_the_canary_is_gone() {
    let mut fleet = Fleet::new(3);
    fleet.push(&spawn_rate(1, 0.5), How::default()).unwrap();
    let first = fleet.first(1);
    fleet.wait(Duration::from_secs(8));
    // It crashes; two seconds later the bake time is over.
    fleet.leave(&first);
    fleet.wait(Duration::from_secs(2));
    assert_eq!(
        fleet.versions().iter().sum::<u64>(),
        1,
        "all got it, though the canary had just died"
    );
}

#[test]
fn where_nobody_is_in_step_all_are_asked() {
    let mut fleet = Fleet::new(3);
    fleet.push_all(&spawn_rate(1, 0.4));
    let now = fleet.now();
    // Another build came that does not take version 1; here: rolled back by hand.
    for name in ["e0", "e1", "e2"] {
        fleet
            .engine(name)
            .cell
            .rollback_at(Target::Version(0), None, "by hand", now)
            .unwrap();
        fleet.look(name);
    }
    // Nobody takes this: no such value is legal.
    let refused = fleet.push(&spawn_rate(2, 1e9), How::default());
    assert_eq!(code(refused), "above_max");
    // And this is too far a step from what they serve.
    let refused = fleet.push(&spawn_rate(2, 1.0), How::default());
    assert_eq!(code(refused), "step");
    // What they all take begins with one of them.
    fleet.push(&spawn_rate(2, 0.5), How::default()).unwrap();
    assert_eq!(fleet.versions().iter().filter(|v| **v == 2).count(), 1);
    fleet.wait(BAKE);
    assert_eq!(fleet.versions(), [2; 3]);
    // One alone that is out of step is asked for limits, and not for steps.
    let now = fleet.now();
    let baseline = Target::Version(0);
    let engine = fleet.engine("e1");
    engine
        .cell
        .rollback_at(baseline, None, "by hand", now)
        .unwrap();
    fleet.look("e1");
    let refused = fleet.push(&spawn_rate(3, 1e9), How::default()).unwrap_err();
    let engines: Vec<&str> = refused.violations.iter().map(|v| &*v.engine).collect();
    assert_eq!(engines, ["e0, e2", "e1"]);
}

#[test]
fn a_revert_is_not_lost_with_a_disk_that_was_full_for_a_moment() {
    let mut fleet = Fleet::new(2);
    fleet.push_all(&spawn_rate(1, 0.4));
    fleet.push_all(&guarded(2, 0.5));
    fleet.wait(Duration::from_secs(1));
    fleet.plane.ledger_mut().broken = Some("no space left on device".to_owned());
    fleet.trip("e0");
    fleet.look("e0");
    assert_eq!(fleet.versions(), [1, 1]);
    // The disk is well again, for an hour.
    fleet.plane.ledger_mut().broken = None;
    fleet.wait(Duration::from_secs(3_600));
    fleet.restart();
    assert_eq!(
        fleet.plane.settled().0,
        1,
        "the version that a guard took back is to be served again"
    );
}

#[test]
fn a_canary_that_dies_again_and_again_ends_a_rollout() {
    let mut fleet = Fleet::new(3);
    fleet.push(&spawn_rate(1, 0.5), How::default()).unwrap();
    let first = fleet.first(1);
    for _ in 0..200 {
        fleet.wait(Duration::from_secs(3));
        fleet.leave(&first);
        fleet.wait(Duration::from_secs(2));
        // Another process, that keeps nothing.
        fleet.join(&first);
    }
    assert_ne!(
        fleet.outcome(1),
        "",
        "a quarter of an hour, and neither done nor reverted"
    );
}

#[test]
fn the_same_push_may_be_sent_again() {
    let mut fleet = Fleet::new(3);
    fleet.push(&spawn_rate(1, 0.5), How::default()).unwrap();
    // No answer came, and the client sends it again (client.rs: `it may be sent again as it is`).
    let again = fleet.push(&spawn_rate(1, 0.5), How::default());
    assert!(again.is_ok(), "{}", again.unwrap_err().message);
}

#[test]
fn a_first_push_that_is_refused_takes_nothing_from_others() {
    let mut fleet = Fleet::new(0);
    for name in ["e0", "e1", "e2"] {
        fleet.join(name);
        fleet.leave(name);
        let now = fleet.now();
        fleet
            .engine(name)
            .cell
            .publish_at(&spawn_rate(7, 0.5), now)
            .unwrap();
        fleet.connect(name);
    }
    assert_eq!(fleet.versions(), [7, 7, 7]);
    let next = spawn_rate(8, 0.6);
    for name in ["e0", "e1", "e2"] {
        let now = fleet.now();
        let image = fleet.engine(name).cell.dry_run_at(&next, now);
        if let Ok(image) = image {
            fleet
                .engine(name)
                .cell
                .quarantine(image.after.raw().digest());
        }
    }
    let revision = fleet.push(&next, How::default()).unwrap().revision;
    assert_eq!(fleet.end(revision).0, "reverted");
    fleet.wait(BAKE);
    fleet.restart();
    for name in ["e0", "e1", "e2"] {
        fleet.connect(name);
    }
    assert_eq!(
        fleet.versions(),
        [7, 7, 7],
        "a push that the first engine refused took all to the baseline"
    );
}

#[test]
fn a_long_bake_does_not_panic() {
    let mut fleet = Fleet::new(2);
    let how = How {
        stages: None,
        bake: Some(Duration::MAX),
    };
    fleet.push(&spawn_rate(1, 0.5), how).unwrap();
    fleet.plane.fleet(fleet.now());
}

#[test]
fn a_rollback_that_was_acknowledged_stands() {
    let mut fleet = Fleet::new(3);
    fleet.push_all(&spawn_rate(1, 0.4));
    fleet.push(&spawn_rate(2, 0.5), How::default()).unwrap();
    fleet.plane.ledger_mut().broken = Some("no space left on device".to_owned());
    let first = fleet.first(2);
    let back = fleet.roll_back(Target::Previous).unwrap();
    assert!(back.not_kept.contains("no space left"), "{}", back.not_kept);
    assert_eq!(fleet.versions(), [1; 3]);
    // The disk is well again, for an hour; then the process ends, and another begins.
    fleet.plane.ledger_mut().broken = None;
    fleet.wait(Duration::from_secs(3_600));
    fleet.restart();
    for name in ["e0", "e1", "e2"] {
        if name != first {
            fleet.connect(name);
        }
    }
    fleet.wait(Duration::from_secs(6));
    fleet.wait(BAKE);
    fleet.wait(BAKE);
    assert_eq!(
        fleet.versions(),
        [1; 3],
        "what somebody rolled back an hour ago is rolled out"
    );
}

#[test]
fn one_that_is_held_as_it_comes_back_is_no_sign() {
    let mut fleet = Fleet::new(3);
    fleet.push(&spawn_rate(1, 0.5), How::default()).unwrap();
    let first = fleet.first(1);
    fleet.leave(&first);
    let now = fleet.now();
    fleet.engine(&first).held = true;
    fleet
        .engine(&first)
        .cell
        .rollback_at(Target::Version(0), None, "by hand", now)
        .unwrap();
    fleet.connect(&first);
    for _ in 0..4 {
        fleet.wait(Duration::from_secs(6));
    }
    assert_eq!(fleet.end(1).0, "done", "{}", fleet.outcome(1));
}

/// An engine that took a version once, and went back by itself, was told it again: the cell
/// says "nothing to do", and that is not the same as serving it.
#[test]
fn what_was_taken_back_is_not_said_to_be_served() {
    let image = fixture::TABLE.raw().as_image();
    let cell: RouteCell<Untyped> = RouteCell::open(image, Limits::DEFAULT).unwrap();
    let mut agent = Agent::default();
    let now = at(Duration::from_secs(1_000));
    let push = spawn_rate(1, 0.4);
    let mut told = |revision| {
        let update = pb::Update {
            version: 1,
            push_digest: Digest::of(&push).0.to_vec(),
            content: Some(pb::update::Content::Whole(push.clone().into())),
            ..pb::Update::default()
        };
        let response = pb::WatchRouteMapResponse {
            revision,
            message: Some(Told::Update(update)),
        };
        let answer = agent.take(response, &cell, false, now).unwrap();
        answer.message.unwrap()
    };
    assert!(matches!(told(1), Said::Ack(_)));
    assert!(matches!(told(2), Said::Ack(_)));
    cell.rollback_at(Target::Previous, None, "by hand", now)
        .unwrap();
    match told(3) {
        Said::Nack(nack) => {
            let refusal = nack.refusal.unwrap();
            assert_eq!(refusal.violations[0].code, "stale_version");
            assert_eq!(nack.serving.unwrap().version, 0);
        }
        other => panic!("{other:?}"),
    }
}

/// Its answer comes after the revert, so that what it serves is not known when it is told.
#[test]
fn a_first_push_that_is_refused_is_taken_back_from_those_that_have_not_answered() {
    let mut fleet = Fleet::new(2);
    fleet.engine("e0").dumb = true;
    let push = spawn_rate(1, 0.5);
    let now = fleet.now();
    let image = fleet.engine("e1").cell.dry_run_at(&push, now).unwrap();
    let digest = image.after.raw().digest();
    fleet.engine("e1").cell.quarantine(digest);
    let how = How {
        stages: Some(Stages::off()),
        bake: None,
    };
    let revision = fleet.push(&push, how).unwrap().revision;
    assert_eq!(fleet.end(revision).0, "reverted");
    let e0 = fleet.engine("e0");
    assert_eq!(e0.told, ["nothing", "whole", "baseline"]);
}

#[test]
fn every_version_can_be_shown() {
    let mut fleet = Fleet::new(1);
    let (one, two) = (spawn_rate(1, 0.4), spawn_rate(2, 0.5));
    fleet.push_all(&one);
    fleet.push_all(&two);
    let baseline = fixture::TABLE.raw().as_image();
    let table = |version| {
        let shown = fleet.plane.route_map(version, false).unwrap();
        assert_eq!((shown.serving_version, shown.accepted_version), (2, 2));
        assert_eq!(shown.baseline_image, b"");
        (shown.route_map, shown.image == baseline)
    };
    assert_eq!(table(Some(0)), (Vec::new(), true));
    assert_eq!(table(Some(1)), (one, false));
    assert_eq!(table(Some(2)), (two.clone(), false));
    assert_eq!(table(None), (two, false));
    assert_eq!(
        fleet.plane.route_map(Some(3), false),
        Err(Absent::Unknown(3))
    );
    let nobody = Fleet::new(0);
    assert_eq!(
        nobody.plane.route_map(None, false),
        Err(Absent::NoEngineYet)
    );
}

/// As above, where something has settled: a process that keeps nothing comes back with the
/// baseline, and its death counts as much as that of one with a store.
#[test]
fn a_canary_without_a_store_that_does_not_come_back_ends_a_push() {
    // It dies again and again; or it comes back once, and is gone.
    for (deaths, lives, away) in [(8, 2, 1), (1, 0, 0)] {
        let mut fleet = Fleet::new(3);
        fleet.push_all(&spawn_rate(1, 0.4));
        fleet.push(&spawn_rate(2, 0.5), How::default()).unwrap();
        let first = fleet.first(2);
        for _ in 0..deaths {
            fleet.wait(Duration::from_secs(lives));
            fleet.leave(&first);
            fleet.wait(Duration::from_secs(away));
            fleet.join(&first);
        }
        fleet.leave(&first);
        for _ in 0..4 {
            fleet.wait(Duration::from_secs(6));
        }
        fleet.engines.remove(&first);
        assert_eq!(fleet.versions(), [1, 1], "{}", fleet.outcome(2));
    }
}

#[test]
fn a_rollback_to_what_all_should_serve_brings_along_who_does_not() {
    let mut fleet = Fleet::new(2);
    fleet.push_all(&spawn_rate(1, 0.4));
    let now = fleet.now();
    let cell = &fleet.engine("e0").cell;
    cell.rollback_at(Target::Version(0), None, "by hand", now)
        .unwrap();
    fleet.look("e0");
    assert_eq!(fleet.versions(), [0, 1]);
    let back = fleet.roll_back(Target::Version(1)).unwrap();
    assert!(back.unchanged);
    assert_eq!(fleet.versions(), [1, 1]);
}

/// An engine whose stream is opened anew while a rollback to the baseline goes on, and that
/// serves the baseline already, owes no answer: it is told `NotModified`.
#[test]
fn a_rollback_to_the_baseline_does_not_wait_for_whoever_serves_it() {
    let mut fleet = Fleet::new(3);
    fleet.push_all(&spawn_rate(1, 0.4));
    fleet.engine("e1").dumb = true;
    let how = How {
        stages: Some(Stages::off()),
        bake: None,
    };
    let back = Back {
        target: Target::Version(0),
        expected: None,
        reason: "for a test",
    };
    let now = fleet.now();
    let revision = fleet
        .plane
        .roll_back(&back, false, how, &ANYBODY, now)
        .unwrap()
        .revision;
    fleet.settle();
    // e0 serves it; its network breaks for a moment. Then e1 answers.
    fleet.leave("e0");
    fleet.connect("e0");
    fleet.engine("e1").dumb = false;
    fleet.leave("e1");
    fleet.connect("e1");
    fleet.wait(Duration::from_secs(11));
    let e0 = fleet.plane.fleet(fleet.now()).engines.remove(0);
    assert_eq!(
        (fleet.outcome(revision), e0.note),
        ("3 engines serve it".to_owned(), String::new())
    );
}

/// The same with one engine: it is taken for late for ever, so the next push is tried on
/// nobody, and is done before anybody has said a word.
#[test]
fn a_push_is_not_done_before_an_engine_that_is_well_has_answered() {
    let mut fleet = Fleet::new(1);
    fleet.push_all(&spawn_rate(1, 0.4));
    fleet.roll_back(Target::Version(0)).unwrap();
    fleet.leave("e0");
    fleet.connect("e0");
    for _ in 0..4 {
        fleet.wait(Duration::from_secs(6));
    }
    fleet.push_all(&spawn_rate(2, 0.4));
    let now = fleet.now();
    let back = Back {
        target: Target::Version(0),
        expected: None,
        reason: "for a test",
    };
    // Twice: rolled back, and reconnected between being told and the bake's end.
    fleet
        .plane
        .roll_back(&back, false, How::default(), &ANYBODY, now)
        .unwrap();
    let stream = fleet.engine("e0").stream.take().unwrap();
    let told = fleet.plane.effects();
    assert!(!told.is_empty());
    fleet
        .engine("e0")
        .cell
        .rollback_at(
            Target::Version(0),
            None,
            "its ACK is lost with the stream",
            now,
        )
        .unwrap();
    fleet.plane.gone(stream, now);
    fleet.connect("e0");
    for _ in 0..4 {
        fleet.wait(Duration::from_secs(6));
    }
    fleet.engine("e0").dumb = true;
    let revision = fleet
        .push(&spawn_rate(3, 0.5), How::default())
        .unwrap()
        .revision;
    for _ in 0..2 {
        fleet.wait(Duration::from_secs(6));
    }
    assert_ne!(fleet.end(revision).0, "done", "{}", fleet.outcome(revision));
}

/// What had settled came back by a revert; those that served it all the time never said ACK
/// to that.
#[test]
fn a_guard_that_tripped_while_nobody_listened_stands_after_a_revert() {
    let mut fleet = Fleet::new(2);
    fleet.push_all(&spawn_rate(1, 0.4));
    fleet.push_all(&guarded(2, 0.5));
    fleet.push(&spawn_rate(3, 0.6), How::default()).unwrap();
    let first = fleet.first(3);
    fleet.roll_back(Target::Previous).unwrap();
    assert_eq!(fleet.versions(), [2, 2]);
    fleet.restart();
    let other = fleet.engines.keys().find(|n| **n != first).unwrap().clone();
    fleet.trip(&other);
    fleet.connect(&other);
    fleet.connect(&first);
    assert_eq!(fleet.plane.settled().0, 1, "{:?}", fleet.versions());
}

/// A canary that is taken in hand has not tried anything; another one has to.
#[test]
fn where_the_canary_is_held_by_hand_another_one_tries_it() {
    let mut fleet = Fleet::new(4);
    fleet.push_all(&spawn_rate(1, 0.4));
    fleet.push(&spawn_rate(2, 0.5), How::default()).unwrap();
    let first = fleet.first(2);
    fleet.wait(Duration::from_secs(5));
    let now = fleet.now();
    fleet.engine(&first).held = true;
    fleet
        .engine(&first)
        .cell
        .rollback_at(Target::Version(0), None, "by hand", now)
        .unwrap();
    fleet.look(&first);
    fleet.wait(Duration::from_secs(6));
    let served = fleet.versions().iter().filter(|v| **v == 2).count();
    assert_eq!(served, 1, "all were told, and none had tried it");
}

/// On a new ledger, engines keep what they have; but not if somebody says "the baseline".
#[test]
fn a_rollback_to_the_baseline_is_done_on_a_new_ledger() {
    let mut fleet = Fleet::new(0);
    for name in ["e0", "e1"] {
        fleet.join(name);
        fleet.leave(name);
        let now = fleet.now();
        let cell = &fleet.engine(name).cell;
        cell.publish_at(&spawn_rate(7, 0.5), now).unwrap();
        fleet.connect(name);
    }
    assert_eq!(fleet.versions(), [7, 7]);
    let applied = fleet.roll_back(Target::Version(0)).unwrap();
    fleet.wait(Duration::from_secs(1));
    assert_eq!(fleet.versions(), [0, 0], "answered as done: {applied:?}");
}

/// A long bake: two reconnects of a canary half an hour apart are no crash loop.
#[test]
fn two_short_breaks_within_an_hour_are_no_crash_loop() {
    let mut fleet = Fleet::new(3);
    let how = How {
        stages: None,
        bake: Some(Duration::from_secs(3_600)),
    };
    fleet.push(&spawn_rate(1, 0.5), how).unwrap();
    let first = fleet.first(1);
    for _ in 0..2 {
        fleet.leave(&first);
        fleet.wait(Duration::from_secs(1));
        fleet.connect(&first);
        fleet.wait(Duration::from_secs(1_200));
    }
    assert_eq!(fleet.end(1).0, "baking", "{}", fleet.outcome(1));
}

/// Engines that fall over and come back all the time do not keep a rollback from its end.
#[test]
fn a_rollback_ends_though_engines_come_and_go() {
    let mut fleet = Fleet::new(9);
    fleet.push_all(&spawn_rate(1, 0.4));
    fleet.push_all(&spawn_rate(2, 0.5));
    for n in 0..9 {
        fleet.engine(&format!("e{n}")).dumb = true;
    }
    let revision = fleet.roll_back(Target::Previous).unwrap().revision;
    for _ in 0..300 {
        for n in 0..9 {
            let name = format!("e{n}");
            fleet.leave(&name);
            fleet.connect(&name);
            fleet.wait(Duration::from_millis(300));
        }
    }
    assert_ne!(fleet.outcome(revision), "", "13 minutes, and no end");
}

/// A rollback is written down before the end of what it stops; a kill may come in between.
#[test]
fn what_a_rollback_stopped_has_ended() {
    for newest_is_done in [false, true] {
        let mut fleet = Fleet::new(2);
        fleet.push_all(&spawn_rate(1, 0.5));
        fleet.push(&spawn_rate(2, 0.5), How::default()).unwrap();
        fleet.roll_back(Target::Version(0)).unwrap();
        let ledger = fleet.plane.ledger_mut();
        ledger.settle(2, State::RollingOut, "").unwrap();
        if !newest_is_done {
            ledger.settle(3, State::RollingOut, "").unwrap();
        }
        fleet.restart();
        let states = fleet.plane.ledger().decisions(3, 9).unwrap();
        let states: Vec<&str> = states.iter().map(|d| d.state.as_str()).collect();
        assert_eq!(states, ["reverted", "done"]);
        fleet.connect("e0");
        fleet.connect("e1");
        fleet.wait(Duration::from_secs(6));
        assert_eq!(fleet.versions(), [0; 2]);
    }
}

/// A rollback to the baseline: whoever comes back with it has nothing to answer.
#[test]
fn nobody_waits_for_an_engine_that_came_back_with_the_baseline_it_was_told() {
    let mut fleet = Fleet::new(3);
    fleet.push_all(&spawn_rate(1, 0.5));
    fleet.engine("e2").dumb = true;
    let how = How {
        stages: Some(Stages::off()),
        bake: None,
    };
    let back = Back {
        target: Target::Version(0),
        expected: None,
        reason: "for a test",
    };
    let now = fleet.now();
    let rolled = fleet.plane.roll_back(&back, false, how, &ANYBODY, now);
    fleet.settle();
    fleet.leave("e0");
    fleet.connect("e0");
    let revision = rolled.unwrap().revision;
    let waits = fleet.plane.rollout(revision, fleet.now()).unwrap();
    assert_eq!(waits.waiting_for, ["e2"]);
}

/// Its guard takes back what has settled while the next version is on its way to it. That one
/// fails, and what has settled is no place to go back to.
#[test]
fn a_guard_that_tripped_just_before_the_next_version_came_stands() {
    for reports in [true, false] {
        let mut fleet = Fleet::new(1);
        fleet.push_all(&spawn_rate(1, 0.4));
        fleet.push_all(&guarded(2, 0.5));
        fleet.engine("e0").dumb = true;
        fleet.push(&spawn_rate(3, 0.5), How::default()).unwrap();
        fleet.trip("e0");
        if reports {
            fleet.look("e0");
        } else {
            // What it answers to something else says it first.
            let now = fleet.now();
            let engine = fleet.engine("e0");
            let stream = engine.stream.unwrap();
            let mut nack = engine.agent.look(&engine.cell, false, now).unwrap();
            let Some(Said::Report(report)) = nack.message.take() else {
                panic!("no report");
            };
            nack.message = Some(Said::Nack(pb::Nack {
                serving: report.serving,
                ..pb::Nack::default()
            }));
            fleet.say("e0", stream, nack);
            fleet.settle();
        }
        fleet.wait(Duration::from_secs(60));
        assert_eq!(fleet.plane.settled().0, 1, "reports: {reports}");
    }
}
