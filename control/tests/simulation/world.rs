//! A control plane and its engines, over a network that is slow, breaks, and is put
//! together again; everything by one seed.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use routewright::{Digest, Image, Limits, Now, RouteCell, RouteTable, Saved, Target, Untyped};
use routewright_control::follow::{Agent, Identity};
use routewright_control::plane::{
    Back, Caller, Config, Effect, How, Ledger, Memory, Plane, StreamId,
};
use routewright_schema::pb::watch_route_map_request::Message as Said;
use routewright_schema::pb::{WatchRouteMapRequest, WatchRouteMapResponse};
use routewright_schema::{load, lower, pb, route_map};

use crate::random::Random;

const DEFINITION: &str = "
version: 1
package: simulated
consumers: { a: { local: true }, b: { local: true } }
routes: { one: { to: a }, two: { to: b }, 'three.*': { to: a } }
fallback: { to: b }
settings:
  rate: { type: float, default: 0.5, min: 0, max: 1 }
  pace: { type: duration, default: 8s, min: 1s, max_step: 2x }
";

/// Another build, whose catalog has more.
const NEWER: &str = "
version: 2
package: simulated
consumers: { a: { local: true }, b: { local: true }, c: { local: true } }
routes: { one: { to: a }, two: { to: b }, four: { to: c }, 'three.*': { to: a } }
fallback: { to: b }
settings:
  rate: { type: float, default: 0.4, min: 0, max: 1 }
  pace: { type: duration, default: 8s, min: 1s, max_step: 2x }
";

/// Events that every table must answer with somebody, whatever happens.
const EVENTS: [&str; 4] = ["one", "two", "three.x", "else"];

pub struct World {
    pub random: Random,
    /// Time since the begin.
    clock: Duration,
    plane: Option<Plane<Memory>>,
    /// What a restart of the control plane finds.
    disk: Memory,
    up_at: Duration,
    engines: Vec<Node>,
    streams: u64,
    images: [RouteTable<Image>; 2],
    version: u64,
    /// Every version that an engine served, and the bytes that it had.
    digests: BTreeMap<u64, Vec<u8>>,
    /// Versions whose push was answered with a revision.
    acknowledged: BTreeMap<u64, Digest>,
    /// What happened, to be counted.
    pub tally: Tally,
    chaos: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub pushes: u32,
    pub refusals: u32,
    pub reverts: u32,
    pub restarts: u32,
    pub engine_restarts: u32,
    pub wholes: u32,
    pub deltas: u32,
}

struct Node {
    name: String,
    build: usize,
    cell: RouteCell<Untyped>,
    agent: Agent,
    stream: Option<StreamId>,
    /// What its store has.
    saved: Saved<Vec<u8>>,
    /// On their way, with the time when they are there.
    to_plane: VecDeque<(Duration, WatchRouteMapRequest)>,
    to_engine: VecDeque<(Duration, WatchRouteMapResponse)>,
    back_at: Duration,
    /// The highest mark that it ever had.
    accepted: u64,
    /// The highest revision that came by this stream.
    revision: u64,
}

impl World {
    pub fn new(seed: u64, engines: usize) -> World {
        let image = |text: &str| {
            let loaded =
                load::load_text("simulated.yaml", text).unwrap_or_else(|_| panic!("{text}"));
            lower::lower(&loaded.definition, &Limits::DEFAULT).unwrap()
        };
        let images = [image(DEFINITION), image(NEWER)];
        let mut world = World {
            random: Random(seed),
            clock: Duration::from_secs(1_000_000),
            plane: None,
            disk: Memory::default(),
            up_at: Duration::ZERO,
            engines: Vec::new(),
            streams: 0,
            images,
            version: 0,
            digests: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            tally: Tally::default(),
            chaos: true,
        };
        for number in 0..engines {
            let build = usize::from(world.random.one_in(5));
            let node = Node {
                name: format!("engine-{number}"),
                build,
                cell: world.boot(build),
                agent: Agent::default(),
                stream: None,
                saved: Saved {
                    accepted: 0,
                    accepted_digest: Digest::default(),
                    serving: None,
                    published: Duration::ZERO,
                },
                to_plane: VecDeque::new(),
                to_engine: VecDeque::new(),
                back_at: Duration::ZERO,
                accepted: 0,
                revision: 0,
            };
            world.engines.push(node);
        }
        world
    }

    fn boot(&self, build: usize) -> RouteCell<Untyped> {
        let mut limits = Limits::DEFAULT;
        limits.guard = routewright::Guard::NONE;
        RouteCell::open(self.images[build].as_image(), limits).unwrap()
    }

    fn now(&self) -> Now {
        Now {
            monotonic: self.clock,
            wall: Duration::from_secs(1_700_000_000) + self.clock,
        }
    }

    fn later(&mut self) -> Duration {
        self.clock + Duration::from_millis(1 + self.random.below(40))
    }

    /// Some milliseconds, and whatever happens in them.
    pub fn step(&mut self) {
        self.clock += Duration::from_millis(1 + self.random.below(20));
        if self.chaos {
            self.harm();
        }
        let now = self.now();
        if self.plane.is_none() && self.clock >= self.up_at {
            let config = Config {
                bake: Duration::from_millis(100),
                answer_within: Duration::from_secs(1),
                lost_after: Duration::from_millis(500),
                regroup: Duration::from_millis(300),
                ..Config::default()
            };
            let plane = Plane::open(self.disk.clone(), config, now).unwrap();
            let pushed = self.acknowledged.keys().max().copied().unwrap_or_default();
            assert_eq!(plane.accepted(), pushed, "a number may be used twice");
            self.plane = Some(plane);
        }
        for at in 0..self.engines.len() {
            self.connect(at);
            self.deliver(at);
        }
        if let Some(plane) = &mut self.plane {
            plane.tick(now);
        }
        self.carry_out();
        self.engines_hold();
    }

    fn harm(&mut self) {
        if self.random.one_in(40) {
            self.push();
        }
        if self.random.one_in(150) {
            self.roll_back();
        }
        if self.plane.is_some() && self.tally.restarts < 3 && self.random.one_in(200) {
            self.disk = self
                .plane
                .take()
                .map_or_else(Memory::default, |plane| plane.ledger().clone());
            self.tally.restarts += 1;
            self.up_at = self.clock + Duration::from_millis(self.random.below(2_000));
            for at in 0..self.engines.len() {
                self.cut(at);
            }
        }
        if self.random.one_in(10) {
            let at = self.random.below(self.engines.len() as u64) as usize;
            match self.random.below(4) {
                0 => self.restart(at),
                1 => {
                    // Its build has made the next image end badly once.
                    let image = self.next_image(at);
                    self.engines[at].cell.quarantine(image);
                }
                _ => self.hang_up(at),
            }
        }
    }

    fn next_map(&mut self) -> Vec<u8> {
        let rate = self.random.below(120) as f64 / 100.0;
        let scalar = |kind| {
            Some(pb::setting_value::Value::Scalar(pb::Scalar {
                kind: Some(kind),
            }))
        };
        let mut map = pb::RouteMap {
            mode: pb::Mode::Overlay.into(),
            version: self.version + 1,
            settings: vec![pb::SettingValue {
                name: "rate".to_owned(),
                value: scalar(pb::scalar::Kind::FloatValue(rate)),
            }],
            ..pb::RouteMap::default()
        };
        if self.random.one_in(4) {
            let seconds = 1 + self.random.below(20);
            map.settings.push(pb::SettingValue {
                name: "pace".to_owned(),
                value: scalar(pb::scalar::Kind::DurationNs(seconds * 1_000_000_000)),
            });
        }
        if self.random.one_in(3) {
            map.consumers.push("b".to_owned());
            map.routes.push(pb::ResolvedRoute {
                name: "one".to_owned(),
                to: vec![0],
                ..pb::ResolvedRoute::default()
            });
        }
        if self.random.one_in(5) {
            map.lease = Some(pb::Lease {
                owner: "somebody".to_owned(),
                reason: String::new(),
                ttl_ms: 1 + self.random.below(3_000),
            });
        }
        if self.random.one_in(8) {
            // Only one of the builds knows it.
            map.removals.push("four".to_owned());
        }
        route_map::encode(&map)
    }

    /// The image that some engine would have after some push.
    fn next_image(&mut self, at: usize) -> Digest {
        let map = self.next_map();
        let now = self.now();
        let taken = self.engines[at].cell.dry_run_at(&map, now);
        taken.map_or(Digest::default(), |taken| taken.after.raw().digest())
    }

    fn push(&mut self) {
        let bytes = self.next_map();
        let (now, digest) = (self.now(), Digest::of(&bytes));
        let Some(plane) = &mut self.plane else {
            return;
        };
        let caller = Caller {
            who: "simulation",
            may: None,
        };
        // Now and then the disk is full.
        let full = self
            .random
            .one_in(30)
            .then(|| "no space left on device".to_owned());
        plane.ledger_mut().broken = full;
        let pushed = plane.push(&bytes, false, How::default(), &caller, now);
        plane.ledger_mut().broken = None;
        match pushed {
            Ok(applied) => {
                assert!(applied.revision > 0);
                self.tally.pushes += 1;
                self.acknowledged.insert(self.version + 1, digest);
                self.version += 1;
            }
            Err(refusal) => {
                assert!(!refusal.violations.is_empty());
                self.tally.refusals += 1;
                // Its number is used up by whoever counts the engines' marks.
                self.version = self.version.max(plane.accepted());
            }
        }
        self.carry_out();
    }

    fn roll_back(&mut self) {
        let now = self.now();
        let target = match self.random.below(3) {
            0 => Target::Previous,
            1 => Target::Version(0),
            _ => Target::Version(self.random.below(self.version + 1)),
        };
        let Some(plane) = &mut self.plane else {
            return;
        };
        let caller = Caller {
            who: "simulation",
            may: None,
        };
        let back = Back {
            target,
            expected: None,
            reason: "by chance",
        };
        let _refused_or_not = plane.roll_back(&back, false, How::default(), &caller, now);
        self.carry_out();
    }

    /// The connection breaks, and both sides find out.
    fn hang_up(&mut self, at: usize) {
        let now = self.now();
        if let (Some(stream), Some(plane)) = (self.engines[at].stream, &mut self.plane) {
            plane.gone(stream, now);
        }
        self.cut(at);
        self.carry_out();
    }

    /// The engine's side of it.
    fn cut(&mut self, at: usize) {
        let pause = Duration::from_millis(self.random.below(1_500));
        let node = &mut self.engines[at];
        node.stream = None;
        node.to_plane.clear();
        node.to_engine.clear();
        node.back_at = self.clock + pause;
    }

    /// The process ends, and another begins; now and then another build.
    fn restart(&mut self, at: usize) {
        self.tally.engine_restarts += 1;
        self.hang_up(at);
        if self.random.one_in(6) {
            self.engines[at].build ^= 1;
        }
        let cell = self.boot(self.engines[at].build);
        let now = self.now();
        let node = &mut self.engines[at];
        let saved = Saved {
            accepted: node.saved.accepted,
            accepted_digest: node.saved.accepted_digest,
            serving: node.saved.serving.as_deref(),
            published: node.saved.published,
        };
        let _unfit_is_baseline = cell.restore(&saved, now);
        node.cell = cell;
        node.agent = Agent::default();
    }

    fn connect(&mut self, at: usize) {
        let now = self.now();
        if self.plane.is_none()
            || self.engines[at].stream.is_some()
            || self.clock < self.engines[at].back_at
        {
            return;
        }
        let there = self.later();
        self.streams += 1;
        let node = &mut self.engines[at];
        let identity = Identity {
            name: node.name.clone(),
            labels: Vec::new(),
        };
        node.stream = Some(StreamId(self.streams));
        node.revision = 0;
        let hello = node.agent.hello(&identity, &node.cell, false, now);
        node.to_plane.push_back((there, hello));
    }

    fn deliver(&mut self, at: usize) {
        let (now, clock) = (self.now(), self.clock);
        let delay = self.later();
        let node = &mut self.engines[at];
        node.cell.expire(now);
        if node.stream.is_some() {
            let report = node.agent.look(&node.cell, false, now);
            node.to_plane.extend(report.map(|report| (delay, report)));
        }
        while node
            .to_engine
            .front()
            .is_some_and(|(there, _)| *there <= clock)
        {
            let Some((_, response)) = node.to_engine.pop_front() else {
                break;
            };
            if let Some(pb::watch_route_map_response::Message::Update(update)) = &response.message {
                match update.content {
                    Some(pb::update::Content::Whole(_)) => self.tally.wholes += 1,
                    Some(pb::update::Content::Delta(_)) => self.tally.deltas += 1,
                    None => {}
                }
            }
            assert!(
                response.revision >= node.revision,
                "{}: revision {} after {}",
                node.name,
                response.revision,
                node.revision
            );
            node.revision = node.revision.max(response.revision);
            let answer = node.agent.take(response, &node.cell, false, now);
            node.to_plane.extend(answer.map(|answer| (delay, answer)));
        }
        let saved = node.cell.saved();
        node.saved = Saved {
            accepted: saved.accepted,
            accepted_digest: saved.accepted_digest,
            serving: saved.serving.map(|bytes| bytes.to_vec()),
            published: saved.published,
        };
        let mut arrived = Vec::new();
        while node
            .to_plane
            .front()
            .is_some_and(|(there, _)| *there <= clock)
        {
            arrived.extend(node.to_plane.pop_front());
        }
        let (stream, Some(plane)) = (node.stream, &mut self.plane) else {
            return;
        };
        let Some(stream) = stream else {
            return;
        };
        for (_, request) in arrived {
            if std::env::var("TRACE").is_ok_and(|name| name == node.name) {
                println!(
                    "{:?} {} says {}",
                    clock,
                    stream.0,
                    format!("{request:?}").chars().take(420).collect::<String>()
                );
            }
            match request.message {
                Some(Said::Hello(hello)) => plane.hello(stream, &hello, now).unwrap(),
                Some(Said::Ack(ack)) => plane.ack(stream, ack, now).unwrap(),
                Some(Said::Nack(nack)) => plane.nack(stream, nack, now).unwrap(),
                Some(Said::Report(report)) => plane.report(stream, report, now).unwrap(),
                Some(Said::Baseline(baseline)) => plane.baseline(stream, baseline.image, now),
                None => panic!("an engine said nothing"),
            }
        }
        self.carry_out();
    }

    fn carry_out(&mut self) {
        // At times the end of a rollout is lost with its process: then a tick brings it.
        let (now, at_once) = (self.now(), !self.random.one_in(4));
        if let Some(plane) = self.plane.as_mut().filter(|_| at_once) {
            plane.conclude(now);
        }
        let effects = self.plane.as_mut().map(Plane::effects).unwrap_or_default();
        for effect in effects {
            let there = self.later();
            let to = |stream: StreamId| {
                let mut engines = self.engines.iter().enumerate();
                engines
                    .find(|(_, node)| node.stream == Some(stream))
                    .map(|(at, _)| at)
            };
            match effect {
                Effect::Tell(stream, response) => {
                    if let Some(at) = to(stream) {
                        let node = &mut self.engines[at];
                        if std::env::var("TRACE").is_ok_and(|name| name == node.name) {
                            println!(
                                "{:?} {} is told {}",
                                self.clock,
                                stream.0,
                                format!("{response:?}")
                                    .chars()
                                    .take(220)
                                    .collect::<String>()
                            );
                        }
                        // In order, as a stream is.
                        let last = node
                            .to_engine
                            .back()
                            .map_or(there, |(last, _)| there.max(*last));
                        node.to_engine.push_back((last, (*response).clone()));
                    }
                }
                Effect::AskBaseline(stream) => {
                    if let Some(at) = to(stream) {
                        let node = &mut self.engines[at];
                        let last = node
                            .to_engine
                            .back()
                            .map_or(there, |(last, _)| there.max(*last));
                        let message = pb::watch_route_map_response::Message::BaselineWanted(
                            pb::BaselineWanted {},
                        );
                        let response = WatchRouteMapResponse {
                            revision: node.revision,
                            message: Some(message),
                        };
                        node.to_engine.push_back((last, response));
                    }
                }
                Effect::Close(stream, _) => {
                    if let Some(at) = to(stream) {
                        self.cut(at);
                    }
                }
            }
        }
    }

    /// What must hold at every moment.
    fn engines_hold(&mut self) {
        for node in &mut self.engines {
            let status = node.cell.status_at(Now {
                monotonic: self.clock,
                wall: Duration::from_secs(1_700_000_000) + self.clock,
            });
            assert!(
                status.accepted >= node.accepted,
                "{}: accepted {} after {}",
                node.name,
                status.accepted,
                node.accepted
            );
            node.accepted = status.accepted;
            for event in EVENTS {
                let route = status.table.raw().find(event);
                let to = route.map_or(0, |route| route.consumers().count());
                assert_eq!(to, 1, "{}: {event} is not routed", node.name);
            }
            if let Some(serving) = status.serving() {
                let digest = serving.push_digest.0.to_vec();
                let version = serving.table.version();
                let known = self
                    .digests
                    .entry(version)
                    .or_insert_with(|| digest.clone());
                assert_eq!(*known, digest, "two contents of version {version}");
            }
        }
    }

    /// No more harm: all engines come to what was decided, and nothing acknowledged is lost.
    pub fn heal(&mut self) {
        self.chaos = false;
        for _ in 0..3_000 {
            self.step();
        }
        let now = self.now();
        let plane = self.plane.as_ref().expect("it has come back");
        assert_eq!(plane.rolling_out(now), None, "a rollout that does not end");
        let fleet = plane.fleet(now);
        let (version, digest) = plane.settled();
        for node in &self.engines {
            let state = fleet.engines.iter().find(|e| e.name == node.name).unwrap();
            assert!(state.connected, "{}", node.name);
            let status = node.cell.status_at(now);
            let serves = status
                .serving()
                .map(|s| s.push_digest.0.to_vec())
                .unwrap_or_default();
            // One that refuses it, because its own build ended under it, says so.
            let refused = state.note.contains("refused");
            assert!(
                serves == digest || refused,
                "{:#?}\n{} serves {} and not {version}: {:?}",
                Ledger::decisions(plane.ledger(), u64::MAX, 6).map(|ds| ds
                    .into_iter()
                    .map(|d| (
                        d.revision,
                        d.kind,
                        d.version,
                        d.state,
                        d.outcome,
                        d.at_ms % 1_000_000,
                        d.engines
                            .into_iter()
                            .filter(|e| e.name == node.name)
                            .collect::<Vec<_>>()
                    ))
                    .collect::<Vec<_>>()),
                node.name,
                status.table.version(),
                state
            );
        }
        for (version, digest) in &self.acknowledged {
            let decision = plane.ledger().version(*version).unwrap();
            let kept = decision.map(|decision| decision.push_digest);
            assert_eq!(kept, Some(digest.0.to_vec()), "version {version} was lost");
        }
        let decisions = plane.ledger().decisions(u64::MAX, usize::MAX).unwrap();
        let reverts = decisions.iter().filter(|d| d.kind == "revert").count();
        self.tally.reverts = u32::try_from(reverts).unwrap();
    }
}
