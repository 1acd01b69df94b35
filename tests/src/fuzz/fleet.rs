//! Any bytes, said to a control plane by engines, people and time: it goes on, it remembers
//! no more than it may, and what it says is true.
//!
//! Two engines are honest: they are real cells, and do as they are told. All others are
//! liars. When the liars have gone, the honest ones come to what was decided.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prost::Message;
use routewright::{Digest, Limits, Now, RouteCell, RouteTable, Target, Untyped};
use routewright_control::delta;
use routewright_control::follow::{Agent, Identity};
use routewright_control::plane::{
    Back, Caller, Config, Effect, How, Ledger, Memory, Plane, StreamId, version_of,
};
use routewright_schema::pb::watch_route_map_request::Message as Said;
use routewright_schema::pb::watch_route_map_response::Message as Told;
use routewright_schema::pb::{
    Baseline, BaselineWanted, Hello, ListVersionsRequest, Serving, WatchRouteMapResponse, update,
};

use super::open::images;
use super::said::{self, Known};
use super::tape::Tape;
use super::{Peak, recipe};
use crate::{fixture, pushes};

/// What happens in one life.
const STEPS_MAX: usize = 48;
const HONEST: usize = 2;
/// Engines of a crowd, each of a build of its own: more than builds and kinds that are
/// remembered.
const CROWD: usize = 70;
/// Turns after which honest engines have come to what was decided. A rollout waits a second
/// for each that is late.
const HEALED_WITHIN: usize = 100;

/// Takes bytes as what happens to a control plane, one thing after the other.
pub fn fleet(input: &[u8], peak: Peak) {
    let mut tape = Tape::of(input);
    let mut world = World::new(peak);
    for _ in 0..STEPS_MAX {
        if tape.ended() {
            break;
        }
        world.step(&mut tape);
        world.holds();
    }
    world.heal();
}

struct World {
    peak: Peak,
    now: Now,
    plane: Plane<Memory>,
    streams: BTreeMap<StreamId, Stream>,
    opened: u64,
    honest: Vec<Node>,
    /// Whatever the control plane said or took: which bytes a version has.
    contents: BTreeMap<u64, Vec<u8>>,
    /// Pushes that were answered with a revision.
    pushes: Vec<(u64, Vec<u8>)>,
    accepted: u64,
    revision: u64,
}

/// One that is open, and what waits there.
#[derive(Default)]
struct Stream {
    /// The honest engine that it is of.
    of: Option<usize>,
    /// One update of room, as in `serve::stream`.
    newest: Option<Arc<WatchRouteMapResponse>>,
    baseline_wanted: bool,
    /// The revision, version and digest that came last.
    told: Option<(u64, u64, Vec<u8>)>,
    revision: u64,
}

struct Node {
    cell: RouteCell<Untyped>,
    agent: Agent,
    stream: Option<StreamId>,
    accepted: u64,
}

fn config() -> Config {
    Config {
        bake: Duration::from_millis(100),
        answer_within: Duration::from_secs(1),
        lost_after: Duration::from_millis(500),
        regroup: Duration::from_millis(300),
        ..Config::default()
    }
}

/// Baselines that differ.
fn builds() -> &'static [Vec<u8>] {
    static BUILDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    BUILDS.get_or_init(|| {
        let build = |at: usize| {
            let push = pushes::spawn_rate(1, 0.3 + at as f64 / 1_000.0);
            let built = fixture::TABLE.raw().overridden(&push, &Limits::DEFAULT);
            let built = built.unwrap_or_else(|refused| panic!("{refused}"));
            built.as_image().to_vec()
        };
        (1..=CROWD).map(build).collect()
    })
}

impl World {
    fn new(peak: Peak) -> World {
        let now = pushes::at(1_000_000);
        let plane = Plane::open(Memory::default(), config(), now).expect("nothing is in it");
        let mut limits = Limits::DEFAULT;
        limits.guard = routewright::Guard::NONE;
        let node = |_| Node {
            cell: RouteCell::open(&images()[0], limits).expect("a good image"),
            agent: Agent::default(),
            stream: None,
            accepted: 0,
        };
        World {
            peak,
            now,
            plane,
            streams: BTreeMap::new(),
            opened: 0,
            honest: (0..HONEST).map(node).collect(),
            contents: BTreeMap::new(),
            pushes: Vec::new(),
            accepted: 0,
            revision: 0,
        }
    }

    fn step(&mut self, tape: &mut Tape<'_>) {
        let what = tape.below(16);
        let which = if what == 10 { tape.below(4) } else { 0 };
        // A process may be killed before it has written down an end.
        if (what, which) != (10, 1) {
            self.call(0, |plane, now| plane.conclude(now));
        }
        match what {
            0 => self.raw(tape),
            1 | 2 => {
                let hello = said::hello(tape, &self.known(None));
                self.hello(&hello, None);
            }
            3..6 => {
                if let Some(stream) = self.any_stream(tape) {
                    let said = said::later(tape, &self.known(Some(stream)));
                    self.says(stream, said);
                }
            }
            6 => {
                if let Some(stream) = self.any_stream(tape) {
                    self.hang_up(stream);
                }
            }
            7 => self.push(tape),
            8 => self.roll_back(tape),
            9 => self.time(tape),
            10 => match which {
                0 => self.crowd(tape),
                1 => self.restart(),
                2 => self.asks(tape),
                _ => {
                    let broken = &mut self.plane.ledger_mut().broken;
                    *broken = match broken {
                        None => Some("no space left on device".to_owned()),
                        Some(_) => None,
                    };
                }
            },
            11 => {
                let image = tape.take(16);
                let digest = Digest::of(image);
                self.honest[0].cell.quarantine(digest);
                self.serve(0);
            }
            other => self.serve(other % HONEST),
        }
    }

    /// Calls the plane: within bounds that follow from what it is given and has.
    fn call<T>(&mut self, bytes: usize, call: impl FnOnce(&mut Plane<Memory>, Now) -> T) -> T {
        let kinds = self.streams.len() + 1;
        let builds = images().iter().map(Vec::len).max().unwrap_or_default();
        // A cell for each kind that is asked, and a message for each engine that is told.
        let each = 16 * (bytes + builds) as u64 + (256 << 10);
        let bound = (1 << 20) + kinds as u64 * each;
        let (plane, now) = (&mut self.plane, self.now);
        let (mut call, mut result) = (Some(call), None);
        let held = (self.peak)(&mut || result = call.take().map(|call| call(plane, now)));
        assert!(
            held <= bound,
            "{held} bytes of heap for {bytes} bytes and {kinds} kinds"
        );
        self.carry_out();
        result.expect("it was called")
    }

    fn known(&self, stream: Option<StreamId>) -> Known {
        let (version, digest) = self.plane.settled();
        let stream = stream.and_then(|stream| self.streams.get(&stream));
        Known {
            pushes: self.pushes.clone(),
            told: stream.and_then(|stream| stream.told.clone()),
            settled: (version, digest.to_vec()),
        }
    }

    fn any_stream(&self, tape: &mut Tape<'_>) -> Option<StreamId> {
        let at = tape.below(self.streams.len().clamp(1, 256));
        self.streams.keys().nth(at).copied()
    }

    /// A message as it comes; the first one opens a stream.
    fn raw(&mut self, tape: &mut Tape<'_>) {
        let stream = self.any_stream(tape);
        match (said::raw(tape), stream) {
            (Some(Said::Hello(hello)), None) => self.hello(&hello, None),
            (Some(said), Some(stream)) => self.says(stream, said),
            // It is turned away before anybody is asked.
            (Some(_), None) | (None, _) => {}
        }
    }

    fn hello(&mut self, hello: &Hello, of: Option<usize>) {
        self.opened += 1;
        let stream = StreamId(self.opened);
        let opened = Stream {
            of,
            ..Stream::default()
        };
        self.streams.insert(stream, opened);
        let bytes = hello.encoded_len();
        let taken = self.call(bytes, |plane, now| plane.hello(stream, hello, now));
        match (taken, of) {
            (Ok(()), Some(of)) => self.honest[of].stream = Some(stream),
            (Ok(()), None) => {}
            (Err(why), Some(_)) => panic!("an honest engine was turned away: {why}"),
            (Err(_), None) => drop(self.streams.remove(&stream)),
        }
    }

    /// As the actor hands it on.
    fn says(&mut self, stream: StreamId, said: Said) {
        let bytes = match &said {
            Said::Baseline(baseline) => baseline.image.len(),
            Said::Report(report) => report.encoded_len(),
            Said::Nack(nack) => nack.encoded_len(),
            Said::Ack(_) | Said::Hello(_) => 0,
        };
        let heard = self.call(bytes, |plane, now| match said {
            Said::Hello(_) => Err("Hello comes once".to_owned()),
            Said::Ack(ack) => plane.ack(stream, ack, now),
            Said::Nack(nack) => plane.nack(stream, nack, now),
            Said::Report(report) => plane.report(stream, report, now),
            Said::Baseline(baseline) => {
                plane.baseline(stream, baseline.image, now);
                Ok(())
            }
        });
        if heard.is_err() {
            self.hang_up(stream);
        }
    }

    fn hang_up(&mut self, stream: StreamId) {
        self.closed(stream);
        self.call(0, |plane, now| plane.gone(stream, now));
    }

    fn closed(&mut self, stream: StreamId) {
        let closed = self.streams.remove(&stream);
        if let Some(of) = closed.and_then(|closed| closed.of) {
            self.honest[of].stream = None;
        }
    }

    fn push(&mut self, tape: &mut Tape<'_>) {
        let bytes = match tape.below(8) {
            0 => {
                let length = tape.below(256);
                tape.take(length).to_vec()
            }
            1 => {
                let at = tape.below(self.pushes.len().clamp(1, 256));
                let old = self.pushes.get(at);
                old.map(|old| old.1.clone()).unwrap_or_default()
            }
            2 => {
                let version = said::version(tape, &self.known(None));
                recipe::push(tape, version)
            }
            _ => {
                let version = self.accepted.saturating_add(1);
                recipe::push(tape, version)
            }
        };
        self.pushed(&bytes, tape.seldom(8), tape.seldom(8));
    }

    fn pushed(&mut self, bytes: &[u8], dry_run: bool, restricted: bool) {
        let before = (self.plane.accepted(), self.plane.revision());
        let how = How::default();
        let answer = self.call(bytes.len(), |plane, now| {
            let may = |_: &str, name: &str, _: bool| name.len().is_multiple_of(2);
            let caller = Caller {
                who: "somebody",
                may: restricted.then_some(&may),
            };
            plane.push(bytes, dry_run, how, &caller, now)
        });
        let after = (self.plane.accepted(), self.plane.revision());
        let digest = Digest::of(bytes).0.to_vec();
        match answer {
            Err(refusal) => {
                assert!(!refusal.violations.is_empty(), "refused without a reason");
                assert_eq!(before.0, after.0, "what was refused left a trace");
            }
            Ok(applied) if applied.unchanged => assert_eq!(digest, self.plane.settled().1),
            // Sent again while it is rolled out.
            Ok(applied) if applied.revision != 0 && applied.revision <= before.1 => {
                assert_eq!(before, after);
                let version = version_of(bytes).expect("it was read");
                self.content(version, &digest);
            }
            Ok(applied) => {
                let version = version_of(bytes).expect("it was read");
                assert_eq!(applied.serving_version, version);
                assert_eq!(applied.push_digest, digest);
                assert!(version > before.0, "a version was used twice");
                if !dry_run {
                    assert!(after.0 >= version && after.1 > before.1);
                    self.content(version, &digest);
                    self.pushes.push((version, bytes.to_vec()));
                }
            }
        }
    }

    fn roll_back(&mut self, tape: &mut Tape<'_>) {
        let version = said::version(tape, &self.known(None));
        let target = match tape.below(2) {
            0 => Target::Previous,
            _ => Target::Version(version),
        };
        let (dry_run, restricted) = (tape.seldom(8), tape.seldom(8));
        let expected = tape.seldom(8).then_some(version);
        let before = self.plane.accepted();
        let answer = self.call(0, |plane, now| {
            let may = |kind: &str, _: &str, _: bool| kind != "setting";
            let caller = Caller {
                who: "somebody",
                may: restricted.then_some(&may),
            };
            let back = Back {
                target,
                expected,
                reason: "because",
            };
            plane.roll_back(&back, dry_run, How::default(), &caller, now)
        });
        assert_eq!(
            before,
            self.plane.accepted(),
            "a rollback used up a version"
        );
        match answer {
            Err(refusal) => assert!(!refusal.violations.is_empty()),
            Ok(applied) => self.content(applied.serving_version, &applied.push_digest),
        }
    }

    /// It goes on; the wall clock may jump.
    fn time(&mut self, tape: &mut Tape<'_>) {
        let step = tape.pick(&[0, 50, 200, 600, 1_100, 30_000, 90_000_000]);
        let step = Duration::from_millis(step);
        self.now.monotonic += step;
        self.now.wall = match tape.below(16) {
            14 => Duration::ZERO,
            15 => self.now.wall.saturating_add(Duration::from_secs(1 << 40)),
            _ => self.now.wall.saturating_add(step),
        };
        self.call(0, |plane, now| plane.tick(now));
    }

    /// Engines of more builds than are remembered, which are believed.
    fn crowd(&mut self, tape: &mut Tape<'_>) {
        let (version, push_digest) = self.plane.settled();
        let serving = Serving {
            version,
            push_digest: push_digest.to_vec(),
            image_digest: vec![0; 16],
            ..Serving::default()
        };
        let count = CROWD - tape.below(CROWD);
        let away = tape.below(2) == 0;
        for (at, image) in builds().iter().take(count).enumerate() {
            let hello = Hello {
                name: format!("crowd-{at}"),
                serving: Some(serving.clone()),
                accepted_version: version,
                baseline_digest: table(image).digest().0.to_vec(),
                ..Hello::default()
            };
            self.hello(&hello, None);
            let stream = StreamId(self.opened);
            let image = image.clone();
            self.says(stream, Said::Baseline(Baseline { image }));
            if away {
                self.hang_up(stream);
            }
        }
    }

    /// The process is killed, and another one takes up what it left.
    fn restart(&mut self) {
        let streams: Vec<StreamId> = self.streams.keys().copied().collect();
        for stream in streams {
            self.closed(stream);
        }
        let mut left = self.plane.ledger().clone();
        left.broken = None;
        let opened = Plane::open(left, config(), self.now);
        self.plane = opened.expect("what it left can be taken up");
        // What was not written down was only told.
        self.revision = self.plane.revision();
    }

    /// Whatever can be asked.
    fn asks(&mut self, tape: &mut Tape<'_>) {
        let before = tape.number_of(1);
        let fleet = self.plane.fleet(self.now);
        let census = self.plane.census();
        assert_eq!(fleet.engines.len(), census.connected + census.away);
        assert_eq!(census.connected, self.streams.len());
        let _none_was_here = self.call(0, |plane, now| plane.status(now));
        if let Ok(served) = self.plane.route_map(None, true) {
            assert!(RouteTable::open(&served.image[..]).is_ok());
            assert!(RouteTable::open(&served.baseline_image[..]).is_ok());
        }
        let request = ListVersionsRequest {
            before,
            limit: u32::from(tape.byte()),
            with_bytes: true,
        };
        let versions = self.plane.versions(&request).expect("it can be read");
        for decision in versions.decisions {
            assert_eq!(decision.version == 0, decision.route_map.is_empty());
            self.content(decision.version, &decision.push_digest);
        }
    }

    /// An honest engine comes, or does what waits for it.
    fn serve(&mut self, at: usize) {
        let now = self.now;
        let node = &mut self.honest[at];
        node.cell.expire(now);
        let Some(stream) = node.stream else {
            let identity = Identity {
                name: format!("honest-{at}"),
                labels: Vec::new(),
            };
            let hello = node.agent.hello(&identity, &node.cell, false, now);
            let Some(Said::Hello(hello)) = hello.message else {
                panic!("{hello:?} is no Hello");
            };
            return self.hello(&hello, Some(at));
        };
        let open = self.streams.get_mut(&stream).expect("it is open");
        let mut waiting = Vec::new();
        if std::mem::take(&mut open.baseline_wanted) {
            waiting.push(WatchRouteMapResponse {
                revision: 0,
                message: Some(Told::BaselineWanted(BaselineWanted {})),
            });
        }
        waiting.extend(open.newest.take().map(Arc::unwrap_or_clone));
        let mut answers: Vec<Said> = Vec::new();
        let report = node.agent.look(&node.cell, false, now);
        answers.extend(report.and_then(|report| report.message));
        for response in waiting {
            let answer = node.agent.take(response, &node.cell, false, now);
            answers.extend(answer.and_then(|answer| answer.message));
        }
        for answer in answers {
            self.says(stream, answer);
        }
    }

    fn carry_out(&mut self) {
        let effects = self.plane.effects();
        // To each at most: back from what it was told, and on to what comes next.
        let bound = 4 * (self.streams.len() + 1);
        assert!(effects.len() <= bound, "{} effects", effects.len());
        for effect in effects {
            match effect {
                Effect::Close(stream, why) => {
                    assert!(!why.is_empty() && self.streams.contains_key(&stream));
                    self.closed(stream);
                }
                Effect::AskBaseline(stream) => {
                    let open = self.streams.get_mut(&stream).expect("it is open");
                    open.baseline_wanted = true;
                }
                Effect::Tell(stream, response) => self.told(stream, response),
            }
        }
    }

    fn told(&mut self, stream: StreamId, response: Arc<WatchRouteMapResponse>) {
        if let Some(Told::Update(update)) = &response.message {
            self.content(update.version, &update.push_digest);
            self.means_what_it_says(update);
        }
        let open = self.streams.get_mut(&stream).expect("it is open");
        assert!(response.revision >= open.revision, "a revision fell");
        open.revision = response.revision;
        if let Some(Told::Update(update)) = &response.message {
            let told = (
                response.revision,
                update.version,
                update.push_digest.clone(),
            );
            open.told = Some(told);
        }
        open.newest = Some(response);
    }

    /// The content is the one of its digest, told by bytes that were pushed once.
    fn means_what_it_says(&self, update: &routewright_schema::pb::Update) {
        let pushed = |digest: &[u8]| {
            let found = self.plane.ledger().push(digest);
            found.expect("it can be read").expect("it was pushed")
        };
        match &update.content {
            None => assert_eq!(update.version, 0, "no bytes of a version"),
            Some(update::Content::Whole(whole)) => {
                assert_eq!(Digest::of(whole).0.as_slice(), update.push_digest);
            }
            Some(update::Content::Delta(delta)) => {
                let (base, whole) = (pushed(&delta.base_digest), pushed(&update.push_digest));
                let made = delta::apply(&base, delta, whole.len(), &update.push_digest);
                assert_eq!(
                    made.as_deref(),
                    Some(&*whole),
                    "a delta makes something else"
                );
            }
        }
    }

    /// A version has one content, whoever says so.
    fn content(&mut self, version: u64, digest: &[u8]) {
        assert_eq!(version == 0, digest.is_empty(), "version {version}");
        let known = self.contents.entry(version);
        let known = known.or_insert_with(|| digest.to_vec());
        assert_eq!(known, digest, "two contents of version {version}");
    }

    /// What must hold at every moment.
    fn holds(&mut self) {
        assert_eq!(self.plane.overfull(), None);
        let (accepted, revision) = (self.plane.accepted(), self.plane.revision());
        assert!(accepted >= self.accepted, "the mark fell");
        assert!(revision >= self.revision, "the revision fell");
        (self.accepted, self.revision) = (accepted, revision);
        let newest = self.pushes.last().map_or(0, |push| push.0);
        assert_eq!(accepted, newest, "a mark that nobody pushed");

        let (version, digest) = self.plane.settled();
        let (version, digest) = (version, digest.to_vec());
        self.content(version, &digest);
        if version != 0 {
            let bytes = self.plane.ledger().push(&digest).expect("it can be read");
            let bytes = bytes.expect("what has settled was pushed");
            assert_eq!(Digest::of(&bytes).0.as_slice(), digest);
            assert_eq!(version_of(&bytes), Some(version));
        }
        for at in 0..HONEST {
            self.serves(at);
        }
    }

    /// An honest engine serves a table that the control plane knows.
    fn serves(&mut self, at: usize) {
        let node = &mut self.honest[at];
        let status = node.cell.status_at(self.now);
        assert!(status.accepted >= node.accepted, "the mark fell");
        node.accepted = status.accepted;
        assert!(status.accepted <= self.accepted, "nobody pushed that");
        let table = status.table.raw();
        let mut names = table.entries().filter(|entry| !entry.is_pattern);
        assert!(names.all(|entry| table.find(entry.route.name()).is_some()));
        if let Some(serving) = status.serving() {
            let (version, digest) = (serving.table.version(), serving.push_digest.0);
            self.content(version, &digest);
        }
    }

    /// The liars go, a new process comes, and nothing stands in the way any more.
    fn heal(&mut self) {
        self.restart();
        for _ in 0..HEALED_WITHIN {
            self.now.monotonic += Duration::from_millis(100);
            self.now.wall = self.now.wall.saturating_add(Duration::from_millis(100));
            self.call(0, |plane, now| plane.tick(now));
            (0..HONEST).for_each(|at| self.serve(at));
            self.holds();
            if self.is_well() {
                return;
            }
        }
        let rolling = self.plane.rolling_out(self.now);
        let fleet = self.plane.fleet(self.now);
        panic!("it does not heal: {rolling:?} {:#?}", fleet.engines);
    }

    fn is_well(&self) -> bool {
        let settled = self.plane.settled().1;
        let fleet = self.plane.fleet(self.now);
        let well = |at: usize| {
            let status = self.honest[at].cell.status_at(self.now);
            let serves = status.serving().map(|kept| kept.push_digest.0.to_vec());
            let name = format!("honest-{at}");
            let known = fleet.engines.iter().find(|engine| engine.name == name);
            // One that refuses what others serve says so.
            let says = known.is_some_and(|engine| engine.note.contains("refused"));
            says || serves.unwrap_or_default() == settled
        };
        self.plane.rolling_out(self.now).is_none() && (0..HONEST).all(well)
    }
}

fn table(image: &[u8]) -> RouteTable<&[u8]> {
    RouteTable::open(image).expect("a good image")
}
