//! A wall clock that jumps: what a control plane decides depends on the time that has passed,
//! and not on what the clock says. Two lives by one script, of which one has a clock that is
//! set while it runs, come to the same.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use routewright::{Now, Target};
use routewright_control::follow::{Agent, Identity};
use routewright_control::plane::{
    Back, Caller, Config, Effect, How, Ledger, Memory, Plane, StreamId,
};
use routewright_schema::pb::watch_route_map_request::Message as Said;
use routewright_schema::pb::{Lease, WatchRouteMapRequest};
use routewright_schema::route_map;

use crate::engines::{self, Cell};
use crate::people::map;

#[derive(Clone, Debug)]
enum Step {
    /// Time passes.
    Pass(Duration),
    /// A push, with a lease or without; an engine of these does not answer.
    Push {
        lease: Option<Duration>,
        silent: usize,
    },
    RollBack,
    /// An engine is cut off; beyond the last: none.
    Leave(usize),
    Come(usize),
    /// The clock says something else from now on; only in one of the two lives.
    Set(Duration),
}

const ENGINES: usize = 3;

/// Steps of a script with leases, or with engines that are away or silent. Not both: an engine
/// that comes to a lease late ends it by whichever of its two clocks is there first, and that
/// is meant.
fn step(leases: bool) -> impl Strategy<Value = Step> {
    let millis = |most: u64| (1..most).prop_map(Duration::from_millis);
    // From an hour after 1970 (an engine cannot say what was before) to long after everybody
    // is dead; and the end of nanoseconds in 64 bits.
    let wall = prop_oneof![
        (3_600..4_000_000_000_u64).prop_map(Duration::from_secs),
        Just(Duration::from_secs(3_600)),
        Just(Duration::from_nanos(u64::MAX)),
    ];
    prop_oneof![
        4 => millis(4_000).prop_map(Step::Pass),
        3 => (prop::option::of(millis(8_000)), 0..2 * ENGINES)
            .prop_map(move |(lease, silent)| Step::Push {
                lease: lease.filter(|_| leases),
                silent: if leases { usize::MAX } else { silent },
            }),
        1 => Just(Step::RollBack),
        1 => (0..ENGINES).prop_map(move |at| Step::Leave(if leases { ENGINES } else { at })),
        2 => (0..ENGINES).prop_map(Step::Come),
        3 => wall.prop_map(Step::Set),
    ]
}

fn script() -> impl Strategy<Value = Vec<Step>> {
    any::<bool>().prop_flat_map(|leases| prop::collection::vec(step(leases), 1..40))
}

struct Node {
    cell: &'static Cell,
    agent: Agent,
    stream: Option<StreamId>,
}

struct Life {
    plane: Plane<Memory>,
    nodes: Vec<Node>,
    monotonic: Duration,
    wall: Duration,
    streams: u64,
    version: u64,
    silent: usize,
}

impl Life {
    fn new() -> Life {
        let (monotonic, wall) = (
            Duration::from_secs(1_000_000),
            Duration::from_secs(1_790_000_000),
        );
        let config = Config {
            bake: Duration::from_secs(1),
            answer_within: Duration::from_secs(2),
            lost_after: Duration::from_secs(1),
            ..Config::default()
        };
        let node = |_| Node {
            cell: engines::cell(),
            agent: Agent::default(),
            stream: None,
        };
        let now = Now { monotonic, wall };
        let mut life = Life {
            plane: Plane::open(Memory::default(), config, now).unwrap(),
            nodes: (0..ENGINES).map(node).collect(),
            monotonic,
            wall,
            streams: 0,
            version: 0,
            silent: usize::MAX,
        };
        (0..ENGINES).for_each(|at| life.come(at));
        life
    }

    fn now(&self) -> Now {
        Now {
            monotonic: self.monotonic,
            wall: self.wall,
        }
    }

    fn run(&mut self, step: &Step, sets: bool) {
        match step {
            Step::Pass(time) => {
                // In pieces, as ticks come.
                for _ in 0..4 {
                    self.monotonic += *time / 4;
                    self.wall = self.wall.saturating_add(*time / 4);
                    let now = self.now();
                    self.nodes.iter().for_each(|node| _ = node.cell.expire(now));
                    self.plane.tick(now);
                    self.deliver();
                }
            }
            Step::Push { lease, silent } => {
                self.silent = *silent;
                let mut push = map(self.version + 1, self.version + 1);
                push.lease = lease.map(|lease| Lease {
                    owner: "somebody".to_owned(),
                    reason: String::new(),
                    ttl_ms: u64::try_from(lease.as_millis()).unwrap(),
                });
                let (bytes, now) = (route_map::encode(&push), self.now());
                let taken = self
                    .plane
                    .push(&bytes, false, How::default(), &anybody(), now);
                self.version += u64::from(taken.is_ok());
                self.deliver();
            }
            Step::RollBack => {
                let now = self.now();
                let back = Back {
                    target: Target::Previous,
                    expected: None,
                    reason: "",
                };
                let how = How::default();
                let _or_there_is_nothing = self.plane.roll_back(&back, false, how, &anybody(), now);
                self.deliver();
            }
            Step::Leave(at) => {
                let node = self.nodes.get_mut(*at);
                if let Some(stream) = node.and_then(|node| node.stream.take()) {
                    let now = self.now();
                    self.plane.gone(stream, now);
                    self.deliver();
                }
            }
            Step::Come(at) => self.come(*at),
            Step::Set(wall) if sets => self.wall = *wall,
            Step::Set(_) => {}
        }
    }

    fn come(&mut self, at: usize) {
        if self.nodes[at].stream.is_some() {
            return;
        }
        self.streams += 1;
        let (now, stream) = (self.now(), StreamId(self.streams));
        let node = &mut self.nodes[at];
        node.stream = Some(stream);
        let identity = Identity {
            name: format!("engine-{at}"),
            labels: Vec::new(),
        };
        let hello = node.agent.hello(&identity, node.cell, false, now);
        self.hear(stream, hello);
        self.deliver();
    }

    fn hear(&mut self, stream: StreamId, request: WatchRouteMapRequest) {
        let now = self.now();
        match request.message.unwrap() {
            Said::Hello(hello) => self.plane.hello(stream, &hello, now).unwrap(),
            Said::Ack(ack) => self.plane.ack(stream, ack, now).unwrap(),
            Said::Nack(nack) => self.plane.nack(stream, nack, now).unwrap(),
            Said::Report(report) => self.plane.report(stream, report, now).unwrap(),
            Said::Baseline(baseline) => self.plane.baseline(stream, baseline.image, now),
        }
    }

    /// Until nobody has anything to say.
    fn deliver(&mut self) {
        loop {
            let (now, silent) = (self.now(), self.silent);
            let mut said: Vec<(StreamId, WatchRouteMapRequest)> = Vec::new();
            let effects = self.plane.effects();
            let quiet = effects.is_empty();
            for effect in effects {
                match effect {
                    Effect::Tell(stream, response) => {
                        let mut nodes = self.nodes.iter_mut().enumerate();
                        let of = nodes.find(|(_, node)| node.stream == Some(stream));
                        if let Some((_, node)) = of.filter(|(at, _)| *at != silent) {
                            let answer =
                                node.agent.take((*response).clone(), node.cell, false, now);
                            said.extend(answer.map(|answer| (stream, answer)));
                        }
                    }
                    Effect::AskBaseline(stream) => {
                        let image = self.nodes[0].cell.baseline().raw().as_image().to_vec();
                        let baseline = routewright_schema::pb::Baseline { image };
                        let message = Some(Said::Baseline(baseline));
                        said.push((stream, WatchRouteMapRequest { message }));
                    }
                    Effect::Close(..) => {}
                }
            }
            for node in &mut self.nodes {
                if let Some(stream) = node.stream {
                    let report = node.agent.look(node.cell, false, now);
                    said.extend(report.map(|report| (stream, report)));
                }
            }
            if quiet && said.is_empty() {
                return;
            }
            for (stream, request) in said {
                self.hear(stream, request);
            }
        }
    }

    /// All that was decided and is served, but for what the clock said.
    fn sum(&self) -> (Vec<String>, Vec<u64>, BTreeMap<String, u64>) {
        let decisions = Ledger::decisions(self.plane.ledger(), u64::MAX, usize::MAX).unwrap();
        let line = |d: routewright_schema::pb::Decision| {
            let answers: Vec<_> = d.engines.iter().map(|e| (&e.name, &e.outcome)).collect();
            format!(
                "{} {} {} {} {} {answers:?}",
                d.revision, d.kind, d.version, d.state, d.outcome
            )
        };
        let serves = self
            .nodes
            .iter()
            .map(|node| node.cell.status().table.version());
        let fleet = self.plane.fleet(self.now());
        let known = fleet
            .engines
            .into_iter()
            .map(|e| (e.name, e.serving.unwrap().version));
        (
            decisions.into_iter().map(line).collect(),
            serves.collect(),
            known.collect(),
        )
    }
}

fn anybody() -> Caller<'static> {
    Caller {
        who: "somebody",
        may: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: crate::rounds("ROUTEWRIGHT_CLOCKS", 128), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_decided_does_not_depend_on_the_wall_clock(steps in script()) {
        let (mut steady, mut jumps) = (Life::new(), Life::new());
        for step in &steps {
            steady.run(step, false);
            jumps.run(step, true);
            prop_assert_eq!(steady.sum(), jumps.sum(), "after {:?}", step);
        }
    }
}
