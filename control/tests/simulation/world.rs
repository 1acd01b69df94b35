//! A control plane and its engines, over a network that is slow, breaks, and is put
//! together again; everything by one seed.

use std::collections::BTreeMap;
use std::time::Duration;

use routewright::{Digest, Image, Now, RouteTable};
use routewright_control::follow::Identity;
use routewright_control::plane::{Config, Effect, Memory, Plane, StreamId};
use routewright_schema::pb::watch_route_map_request::Message as Said;
use routewright_schema::pb::watch_route_map_response::Message as Told;
use routewright_schema::pb::{WatchRouteMapRequest, WatchRouteMapResponse, update};

use crate::laws::{Believed, Seen};
use crate::maps;
use crate::node::Node;
use crate::random::Random;

pub struct World {
    pub random: Random,
    /// Time since the begin.
    pub clock: Duration,
    pub plane: Option<Plane<Memory>>,
    /// What a restart of the control plane finds.
    pub disk: Memory,
    pub up_at: Duration,
    /// When this process of the control plane began, on the wall clock.
    pub started: Duration,
    /// Nothing can be written before.
    pub full_until: Duration,
    pub engines: Vec<Node>,
    streams: u64,
    pub images: [RouteTable<Image>; 2],
    pub version: u64,
    /// The version that ends whoever serves it and keeps nothing.
    pub bad: Option<u64>,
    /// Versions whose push was answered with a revision.
    pub acknowledged: BTreeMap<u64, Digest>,
    /// The bytes of those.
    pub pushes: BTreeMap<u64, Vec<u8>>,
    /// What the laws have to remember.
    pub seen: Seen,
    /// What the next control plane has to come to.
    pub believed: Option<Believed>,
    /// What happened, to be counted.
    pub tally: Tally,
    pub chaos: bool,
}

/// How often it happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub pushes: u32,
    pub refusals: u32,
    /// Pushes and rollbacks by somebody who may change little, and those that went too far.
    pub restricted: u32,
    pub forbidden: u32,
    pub reverts: u32,
    pub restarts: u32,
    pub engine_restarts: u32,
    pub wholes: u32,
    pub deltas: u32,
    /// Guards that took something back, and those of engines that could not say so.
    pub trips: u32,
    pub unheard: u32,
    pub holds: u32,
    /// Ends of engines by what they served.
    pub crashes: u32,
    /// Times when the disk was full.
    pub full: u32,
    /// Updates that a newer one took the place of.
    pub overtaken: u32,
    /// First pushes that were taken back while engines served what others had pushed.
    pub own: u32,
    /// Engines that may serve something else at the end.
    pub behind: u32,
}

impl World {
    pub fn new(seed: u64, engines: usize) -> World {
        let mut world = World {
            random: Random(seed),
            clock: Duration::from_secs(1_000_000),
            plane: None,
            disk: Memory::default(),
            up_at: Duration::ZERO,
            started: Duration::ZERO,
            full_until: Duration::ZERO,
            engines: Vec::new(),
            streams: 0,
            images: maps::images(),
            version: 0,
            bad: None,
            acknowledged: BTreeMap::new(),
            pushes: BTreeMap::new(),
            seen: Seen::default(),
            believed: None,
            tally: Tally::default(),
            chaos: true,
        };
        for number in 0..engines {
            let build = usize::from(world.random.one_in(5));
            let store = !world.random.one_in(4);
            let name = format!("engine-{number}");
            let node = Node::new(name, build, &world.images[build], store);
            world.engines.push(node);
        }
        // In half of the worlds somebody has pushed to the engines before.
        if world.random.one_in(2) {
            let now = world.now();
            for node in &mut world.engines {
                node.cell.publish_at(&maps::own(), now).unwrap();
                node.save();
                node.own = true;
            }
            world.version = maps::OWN;
        }
        world
    }

    pub fn now(&self) -> Now {
        Now {
            monotonic: self.clock,
            wall: Duration::from_secs(1_700_000_000) + self.clock,
        }
    }

    pub fn later(&mut self) -> Duration {
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
            self.start();
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
        self.plane_holds();
    }

    /// Another process of the control plane.
    pub fn start(&mut self) {
        let config = Config {
            bake: Duration::from_millis(100),
            answer_within: Duration::from_secs(1),
            lost_after: Duration::from_millis(500),
            regroup: Duration::from_millis(300),
            ..Config::default()
        };
        let plane = Plane::open(self.disk.clone(), config, self.now()).unwrap();
        let pushed = self.acknowledged.keys().max().copied().unwrap_or_default();
        assert_eq!(plane.accepted(), pushed, "a number may be used twice");
        self.is_as_before(&plane);
        self.started = self.now().wall;
        self.plane = Some(plane);
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
        let hello = node.agent.hello(&identity, &node.cell, node.held, now);
        node.to_plane.push_back((there, hello));
    }

    fn deliver(&mut self, at: usize) {
        let (now, clock) = (self.now(), self.clock);
        let delay = self.later();
        let node = &mut self.engines[at];
        if node.tick(now) {
            self.tally.trips += 1;
        }
        // What comes from the control plane may overtake what the cell has to tell.
        let looks = !self.random.one_in(4);
        if node.stream.is_some() && looks {
            let report = node.agent.look(&node.cell, node.held, now);
            node.to_plane.extend(report.map(|report| (delay, report)));
        }
        // Now and then it is slow to read.
        let slow = match self.random.one_in(40) {
            true => delay + Duration::from_millis(self.random.below(600)),
            false => delay,
        };
        for response in node.line.arrived(clock, slow) {
            match &response.message {
                Some(Told::Update(update)) => match update.content {
                    Some(update::Content::Whole(_)) => self.tally.wholes += 1,
                    Some(update::Content::Delta(_)) => self.tally.deltas += 1,
                    None => {}
                },
                Some(Told::BaselineWanted(_)) => assert_eq!(response.revision, 0),
                _ => {}
            }
            if response.revision > 0 {
                let (name, last) = (&node.name, node.revision);
                let revision = response.revision;
                assert!(revision >= last, "{name}: revision {revision} after {last}");
                node.revision = revision;
            }
            let served = node.serves(now);
            let answer = node.agent.take(response, &node.cell, node.held, now);
            assert!(
                !node.held || node.serves(now) == served,
                "{} is held, and took something",
                node.name
            );
            node.to_plane.extend(answer.map(|answer| (delay, answer)));
        }
        node.save();
        let mut arrived = Vec::new();
        while node
            .to_plane
            .front()
            .is_some_and(|(there, _)| *there <= clock)
        {
            arrived.extend(node.to_plane.pop_front());
        }
        let Some(stream) = node.stream else {
            return;
        };
        for (_, request) in arrived {
            self.trace(at, "says", &request);
            self.note_what_tripped(at, &request);
            self.hear(stream, request);
        }
        self.carry_out();
    }

    fn hear(&mut self, stream: StreamId, request: WatchRouteMapRequest) {
        let now = self.now();
        let Some(plane) = &mut self.plane else {
            return;
        };
        match request.message {
            Some(Said::Hello(hello)) => plane.hello(stream, &hello, now).unwrap(),
            Some(Said::Ack(ack)) => plane.ack(stream, ack, now).unwrap(),
            Some(Said::Nack(nack)) => plane.nack(stream, nack, now).unwrap(),
            Some(Said::Report(report)) => plane.report(stream, report, now).unwrap(),
            Some(Said::Baseline(baseline)) => plane.baseline(stream, baseline.image, now),
            None => panic!("an engine said nothing"),
        }
    }

    pub fn carry_out(&mut self) {
        // At times the end of a rollout is lost with its process: then a tick brings it.
        let (now, at_once) = (self.now(), !self.random.one_in(4));
        if let Some(plane) = self.plane.as_mut().filter(|_| at_once) {
            plane.conclude(now);
        }
        self.note_what_settled();
        self.stage_holds();
        let effects = self.plane.as_mut().map(Plane::effects).unwrap_or_default();
        for effect in effects {
            match effect {
                Effect::Tell(stream, response) => {
                    if let Some(at) = self.of(stream) {
                        self.trace(at, "is told", &response);
                        self.may_be_told(at, &response);
                        let response = WatchRouteMapResponse::clone(&response);
                        self.tally.overtaken += u32::from(self.engines[at].line.tell(response));
                    }
                }
                Effect::AskBaseline(stream) => {
                    if let Some(at) = self.of(stream) {
                        self.engines[at].line.ask_baseline();
                    }
                }
                Effect::Close(stream, _) => {
                    if let Some(at) = self.of(stream) {
                        self.cut(at);
                    }
                }
            }
        }
    }

    /// Whose stream it is.
    fn of(&self, stream: StreamId) -> Option<usize> {
        let mut engines = self.engines.iter();
        engines.position(|node| node.stream == Some(stream))
    }

    /// What is said, for whoever looks for the cause of a failure: `TRACE=engine-7`.
    fn trace(&self, at: usize, what: &str, message: &dyn std::fmt::Debug) {
        let name = &self.engines[at].name;
        if std::env::var("TRACE").is_ok_and(|traced| traced == *name) {
            let words: String = format!("{message:?}").chars().take(420).collect();
            println!("{:?} {name} {what} {words}", self.clock);
        }
    }
}
