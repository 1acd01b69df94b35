//! Any bytes, said to an engine by its control plane: it serves what it says that it serves,
//! and what it does not take changes nothing.

use prost::Message;
use routewright::{Digest, Limits, Now, RouteCell, RouteTable, Untyped};
use routewright_control::follow::{Agent, Identity};
use routewright_schema::pb::update::Content;
use routewright_schema::pb::watch_route_map_request::Message as Said;
use routewright_schema::pb::watch_route_map_response::Message as Told;
use routewright_schema::pb::{Serving, WatchRouteMapRequest, WatchRouteMapResponse};

use super::Peak;
use super::open::images;
use super::said::{self, Known};
use super::tape::Tape;
use crate::pushes::at;

/// Messages of one life.
const STEPS_MAX: u64 = 24;
/// Of the engine: a delta of few bytes may stand for as many.
const PUSH_BYTES_MAX: usize = 16 << 10;

/// Takes bytes as what is said to an engine, and as what else happens to it.
pub fn follow(input: &[u8], peak: Peak) {
    let mut tape = Tape::of(input);
    let mut engine = Engine::new(&mut tape);
    for step in 1..=STEPS_MAX {
        if tape.ended() {
            break;
        }
        // Less than the cooldowns of the fixture, of which two such steps are more.
        let now = at(20 * step);
        engine.cell.expire(now);
        match tape.below(8) {
            0 => {
                let target = match tape.below(2) {
                    0 => routewright::Target::Previous,
                    _ => routewright::Target::Version(tape.number_of(1)),
                };
                let _no_such_version = engine.cell.rollback_at(target, None, "by hand", now);
            }
            1 => engine.held = !engine.held,
            2 => engine.hello(now),
            3 => {
                let report = engine.agent.look(&engine.cell, engine.held, now);
                engine.tells_the_truth(report.as_ref(), now);
            }
            _ => engine.hears(&mut tape, now, peak),
        }
        engine.holds(now);
    }
}

struct Engine {
    cell: RouteCell<Untyped>,
    agent: Agent,
    held: bool,
    known: Known,
    accepted: u64,
    revision: u64,
}

/// What must not change by what is not taken.
type State = (u64, Digest, u64, Option<Digest>);

impl Engine {
    fn new(tape: &mut Tape<'_>) -> Engine {
        let mut limits = Limits::DEFAULT;
        limits.push_bytes_max = PUSH_BYTES_MAX;
        let image = &images()[tape.below(images().len())];
        let cell = RouteCell::open(image, limits).expect("a good image");
        let mut engine = Engine {
            cell,
            agent: Agent::default(),
            held: false,
            known: Known {
                pushes: Vec::new(),
                told: None,
                settled: (0, Vec::new()),
            },
            accepted: 0,
            revision: 0,
        };
        engine.hello(at(0));
        engine
    }

    fn state(&self, now: Now) -> State {
        let status = self.cell.status_at(now);
        let table = &status.table;
        let push = status.serving().map(|kept| kept.push_digest);
        (table.version(), table.raw().digest(), status.accepted, push)
    }

    fn hello(&mut self, now: Now) {
        let identity = Identity {
            name: "engine".to_owned(),
            labels: Vec::new(),
        };
        let hello = self.agent.hello(&identity, &self.cell, self.held, now);
        self.revision = 0;
        self.tells_the_truth(Some(&hello), now);
    }

    fn hears(&mut self, tape: &mut Tape<'_>, now: Now, peak: Peak) {
        let Some(response) = said::told(tape, &self.known, self.revision.saturating_add(1)) else {
            return;
        };
        let before = self.state(now);
        let (agent, cell, held) = (&mut self.agent, &self.cell, self.held);
        let bytes = response.encoded_len();
        let mut answer = None;
        let mut copy = Some(response.clone());
        let heap = peak(&mut || {
            if let Some(response) = copy.take() {
                answer = agent.take(response, cell, held, now);
            }
        });
        // A push, as `publish` bounds it, and what a delta makes of less.
        let bound = 16 * (bytes + PUSH_BYTES_MAX) as u64 + (1 << 20);
        assert!(
            heap <= bound,
            "{heap} bytes of heap for a message of {bytes}"
        );
        self.tells_the_truth(answer.as_ref(), now);
        self.answers(&response, answer.as_ref(), before, now);
    }

    fn answers(
        &mut self,
        response: &WatchRouteMapResponse,
        answer: Option<&WatchRouteMapRequest>,
        before: State,
        now: Now,
    ) {
        let after = self.state(now);
        let answer = answer.and_then(|answer| answer.message.as_ref());
        let update = match &response.message {
            Some(Told::Update(update)) => update,
            Some(Told::BaselineWanted(_)) => {
                let Some(Said::Baseline(baseline)) = answer else {
                    panic!("{answer:?} is no baseline");
                };
                let table = RouteTable::open(&baseline.image[..]).expect("it was compiled with it");
                assert_eq!(table.digest(), self.cell.baseline().raw().digest());
                return assert_eq!(before, after);
            }
            Some(Told::NotModified(_)) | None => {
                if response.message.is_some() {
                    self.revision = self.revision.max(response.revision);
                }
                assert_eq!((before, None), (after, answer));
                return;
            }
        };
        if response.revision < self.revision {
            return assert_eq!((before, None), (after, answer), "it was overtaken");
        }
        self.revision = response.revision;
        match answer {
            Some(Said::Ack(ack)) => {
                assert_eq!(ack.revision, response.revision);
                assert!(!self.held, "it is held, and took something");
                match update.version {
                    0 => assert_eq!((after.0, after.3), (0, None)),
                    _ => {
                        let served = after.3.map(|digest| digest.0.to_vec());
                        assert_eq!(served.as_deref(), Some(&update.push_digest[..]));
                    }
                }
                self.note(now);
            }
            Some(Said::Nack(nack)) => {
                assert_eq!(nack.revision, response.revision);
                assert_eq!(before, after, "what it did not take left a trace");
                assert_eq!(nack.needs_whole, nack.refusal.is_none());
                let delta = matches!(update.content, Some(Content::Delta(_)));
                assert!(delta || !nack.needs_whole, "it was told whole");
                let why = nack.refusal.as_ref();
                assert!(why.is_none_or(|why| !why.violations.is_empty()));
            }
            other => panic!("{other:?} is no answer to an update"),
        }
    }

    /// What it serves by now may be the base of a delta.
    fn note(&mut self, now: Now) {
        let status = self.cell.status_at(now);
        let Some(kept) = status.serving() else { return };
        let bytes = kept.bytes.to_vec();
        assert_eq!(Digest::of(&bytes), kept.push_digest);
        assert_eq!(
            routewright_control::plane::version_of(&bytes),
            Some(kept.table.version())
        );
        self.known.pushes.push((kept.table.version(), bytes));
    }

    /// What it says that it serves is what it serves.
    fn tells_the_truth(&self, said: Option<&WatchRouteMapRequest>, now: Now) {
        let serving: Option<&Serving> = match said.and_then(|said| said.message.as_ref()) {
            Some(Said::Hello(hello)) => hello.serving.as_ref(),
            Some(Said::Ack(ack)) => ack.serving.as_ref(),
            Some(Said::Nack(nack)) => nack.serving.as_ref(),
            Some(Said::Report(report)) => report.serving.as_ref(),
            Some(Said::Baseline(_)) | None => return,
        };
        let (version, image, _, push) = self.state(now);
        let push = push.map(|digest| digest.0.to_vec()).unwrap_or_default();
        let serving = serving.expect("it says what it serves");
        let said = (serving.version, &serving.push_digest, &serving.image_digest);
        assert_eq!(said, (version, &push, &image.0.to_vec()));
        assert_eq!(serving.held, self.held);
    }

    /// It serves a table, and its mark never falls.
    fn holds(&mut self, now: Now) {
        let status = self.cell.status_at(now);
        assert!(status.accepted >= self.accepted, "the mark fell");
        self.accepted = status.accepted;
        let table = status.table.raw();
        for entry in table.entries().filter(|entry| !entry.is_pattern) {
            assert!(table.find(entry.route.name()).is_some());
        }
    }
}
