//! What must hold: at every moment, over a restart of the control plane, and once no more
//! harm is done.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use routewright::{Code, Digest, Saved};
use routewright_control::plane::{Ledger, Memory, Plane};
use routewright_schema::pb::watch_route_map_request::Message as Said;
use routewright_schema::pb::watch_route_map_response::Message as Told;
use routewright_schema::pb::{WatchRouteMapRequest, WatchRouteMapResponse};

use crate::maps::EVENTS;
use crate::node::Node;
use crate::restricted;
use crate::world::World;

/// Rollouts end within this time, whatever harm is done; unless the control plane itself ends.
/// With the times of [`World::start`] it stands for some minutes of the usual ones.
const ROLLOUT_MAX: Duration = Duration::from_secs(6);
/// A ledger that could not be written is tried again within this time.
const WRITTEN_WITHIN: Duration = Duration::from_millis(1_100);

#[derive(Default)]
pub struct Seen {
    /// Every version that an engine served, and the bytes that it had.
    digests: BTreeMap<u64, Vec<u8>>,
    /// What a guard took back at an engine that had acknowledged it, as the control plane was
    /// told.
    condemned: BTreeSet<Vec<u8>>,
    /// Something was settled at some time.
    pub settled: bool,
    /// The rollout that goes on, and since when.
    rollout: Option<(u64, Duration)>,
    /// Its revision, and the stage that it has come to.
    stage: (u64, usize),
}

/// What was decided when the control plane ended.
#[derive(Debug, PartialEq)]
pub struct Believed {
    settled: u64,
    /// The revision that was being rolled out.
    rolling: Option<u64>,
}

fn believed(plane: &Plane<Memory>) -> Believed {
    Believed {
        settled: plane.settled().0,
        rolling: plane.progress().map(|progress| progress.revision),
    }
}

impl World {
    /// What a guard took back, as an engine says it.
    pub fn note_what_tripped(&mut self, at: usize, request: &WatchRouteMapRequest) {
        let Some(plane) = &self.plane else {
            return;
        };
        let serving = match &request.message {
            Some(Said::Hello(hello)) => &hello.serving,
            Some(Said::Ack(ack)) => &ack.serving,
            Some(Said::Nack(nack)) => &nack.serving,
            Some(Said::Report(report)) => &report.serving,
            _ => return,
        };
        for digest in serving.iter().flat_map(|serving| &serving.tripped) {
            let name = &self.engines[at].name;
            if !self.seen.condemned.contains(digest) && acknowledged(plane, name, digest) {
                self.seen.condemned.insert(digest.clone());
            }
        }
    }

    /// Whether something was settled, for the first time.
    pub fn note_what_settled(&mut self) {
        let Some(plane) = self.plane.as_ref().filter(|_| !self.seen.settled) else {
            return;
        };
        let ended = |word| plane.ended().any(|ended| ended.state.state == word);
        if ended("reverted") && self.engines.iter().any(|node| node.own) {
            self.tally.own = 1;
        }
        self.seen.settled = ended("done") || plane.settled().0 > 0;
    }

    /// Before anything is settled, nothing is taken from engines that was never given to them.
    pub fn may_be_told(&mut self, at: usize, response: &WatchRouteMapResponse) {
        let node = &mut self.engines[at];
        let Some(Told::Update(update)) = &response.message else {
            return;
        };
        assert!(
            update.version > 0 || !node.own || self.seen.settled,
            "{} is to leave what it had, for nothing",
            node.name
        );
        node.own = false;
    }

    /// No stage begins while one of those is away that took it in the stage before.
    pub fn stage_holds(&mut self) {
        let Some(plane) = &self.plane else {
            return;
        };
        let Some(progress) = plane.progress() else {
            return;
        };
        let (revision, stage) = (progress.revision, progress.stage);
        let before = std::mem::replace(&mut self.seen.stage, (revision, stage));
        if before.0 != revision || before.1 >= stage {
            return;
        }
        let newest = plane.ledger().decisions(revision + 1, 1).unwrap();
        let outcomes = newest.iter().flat_map(|decision| &decision.engines);
        // What another process was told before is not known to this one.
        let since = self.started.as_millis() as u64;
        for outcome in outcomes.filter(|outcome| outcome.at_ms >= since) {
            let mut engines = self.engines.iter();
            let node = engines.find(|node| node.name == outcome.name).unwrap();
            assert!(
                outcome.outcome != "ack" || node.stream.is_some() || node.held,
                "stage {stage} of revision {revision} began while {} was away",
                node.name
            );
        }
    }

    /// Of all engines, at every moment.
    pub fn engines_hold(&mut self) {
        let now = self.now();
        for node in &mut self.engines {
            let status = node.cell.status_at(now);
            let name = &node.name;
            let (accepted, before) = (status.accepted, node.accepted);
            assert!(
                accepted >= before,
                "{name}: accepted {accepted} after {before}"
            );
            node.accepted = accepted;
            for event in EVENTS {
                let route = status.table.raw().find(event);
                let to = route.map_or(0, |route| route.consumers().count());
                assert_eq!(to, 1, "{name}: {event} is not routed");
            }
            let Some(serving) = status.serving() else {
                assert!(!node.own, "{name} has lost what it had, for nothing");
                continue;
            };
            assert!(!node.held, "{name} is held, and serves something");
            let digest = serving.push_digest.0.to_vec();
            let version = serving.table.version();
            assert!(
                !node.tripped.contains(&digest),
                "{name} serves version {version} again, which its guard took back"
            );
            let known = self.seen.digests.entry(version);
            let known = known.or_insert_with(|| digest.clone());
            assert_eq!(*known, digest, "two contents of version {version}");
        }
    }

    /// Of the control plane, at every moment.
    pub fn plane_holds(&mut self) {
        let now = self.now();
        let Some(plane) = &self.plane else {
            self.seen.rollout = None;
            return;
        };
        let Some(progress) = plane.progress() else {
            self.seen.rollout = None;
            self.serves_nothing_condemned(plane.settled());
            return;
        };
        let (revision, since) = match self.seen.rollout {
            Some(known) if known.0 == progress.revision => known,
            _ => (progress.revision, self.clock),
        };
        self.seen.rollout = Some((revision, since));
        assert!(
            self.clock - since < ROLLOUT_MAX,
            "revision {revision} does not end: {:#?}",
            plane.rolling_out(now)
        );
        let rollout = plane.rolling_out(now);
        let waiting = rollout.map_or_else(Vec::new, |rollout| rollout.waiting_for);
        let held = |name: &String| self.engines.iter().any(|n| n.held && n.name == *name);
        if waiting.iter().any(held) {
            for state in plane.fleet(now).engines {
                let held = state.serving.is_some_and(|serving| serving.held);
                let waits = waiting.contains(&state.name);
                assert!(!held || !waits, "{} is held, and waited for", state.name);
            }
        }
    }

    /// Nothing is to be served that a guard took back.
    pub fn serves_nothing_condemned(&self, (version, digest): (u64, &[u8])) {
        assert!(
            !self.seen.condemned.contains(digest),
            "version {version} is to be served, which a guard took back: {:#?}",
            self.plane.as_ref().map(|plane| history(plane, ""))
        );
    }

    /// The process of the control plane is about to end.
    pub fn expect_after_restart(&mut self, plane: &Plane<Memory>) {
        let written = self.clock >= self.full_until + WRITTEN_WITHIN;
        self.believed = written.then(|| believed(plane));
        if !written {
            // Nobody may know of it any more.
            self.seen.condemned.clear();
        }
    }

    /// Another process holds what the one before had decided.
    pub fn is_as_before(&mut self, plane: &Plane<Memory>) {
        let Some(before) = self.believed.take() else {
            return;
        };
        let after = believed(plane);
        // Whether a lease has ended is looked at later.
        let lent = restricted::read(self.bytes_of(after.settled))
            .lease
            .is_some();
        assert!(
            after == before || lent,
            "{before:?} before a restart, and {after:?} after: {:#?}",
            history(plane, "")
        );
    }

    /// No more harm: all engines come to what was decided, and nothing acknowledged is lost.
    pub fn heal(&mut self) {
        self.chaos = false;
        self.bad = None;
        self.full_until = self.clock;
        if let Some(plane) = &mut self.plane {
            plane.ledger_mut().broken = None;
        }
        // Some are still held; then they are let go; then what was decided is on disk.
        self.comes_to_what_was_decided();
        for node in &mut self.engines {
            node.held = false;
        }
        self.comes_to_what_was_decided();
        self.kill(Duration::ZERO);
        self.comes_to_what_was_decided();
        let plane = self.plane.as_ref().expect("it has come back");
        for (version, digest) in &self.acknowledged {
            let decision = plane.ledger().version(*version).unwrap();
            let kept = decision.map(|decision| decision.push_digest);
            assert_eq!(kept, Some(digest.0.to_vec()), "version {version} was lost");
        }
        let decisions = plane.ledger().decisions(u64::MAX, usize::MAX).unwrap();
        let reverts = decisions.iter().filter(|d| d.kind == "revert").count();
        self.tally.reverts = u32::try_from(reverts).unwrap();
    }

    fn comes_to_what_was_decided(&mut self) {
        for _ in 0..1_000 {
            self.step();
        }
        let now = self.now();
        let plane = self.plane.as_ref().expect("it has come back");
        assert_eq!(plane.rolling_out(now), None, "a rollout that does not end");
        let (version, digest) = plane.settled();
        let fleet = plane.fleet(now);
        for node in &self.engines {
            let state = fleet.engines.iter().find(|e| e.name == node.name).unwrap();
            assert!(state.connected, "{}", node.name);
            if node.held || node.serves(now) == digest {
                continue;
            }
            if !self.seen.settled {
                // It keeps what it had; what it was given here was taken back.
                let serves = node.cell.status_at(now).table.version();
                assert_eq!(serves, crate::maps::OWN, "{}: {state:?}", node.name);
                continue;
            }
            // It stays behind if its own cell does not take it, for a reason of its own, and
            // has said so.
            let why = self.refuses(node, version);
            let its_own = matches!(
                why,
                Some(Code::Guard | Code::Quarantined | Code::UnknownRoute)
            );
            assert!(
                its_own && state.note.contains("refused"),
                "{:#?}\n{} serves {} and not {version} ({why:?}): {state:?}",
                history(plane, &node.name),
                node.name,
                node.cell.status_at(now).table.version(),
            );
            self.tally.behind += 1;
        }
    }

    /// Why an engine does not take what has settled; `None`: it would.
    fn refuses(&self, node: &Node, version: u64) -> Option<Code> {
        let bytes = self.bytes_of(version);
        let saved = Saved {
            accepted: self.version,
            accepted_digest: Digest::default(),
            serving: bytes,
            published: self.now().wall,
        };
        let refused = node.cell.adopt(&saved, "", self.now()).err()?;
        refused.violations.list().first().map(|first| first.code)
    }
}

/// Whether an engine has acknowledged a push.
fn acknowledged(plane: &Plane<Memory>, name: &str, digest: &[u8]) -> bool {
    let decisions = plane.ledger().decisions(u64::MAX, usize::MAX).unwrap();
    let mut of = decisions.iter().filter(|d| d.push_digest == digest);
    of.any(|decision| {
        let mut engines = decision.engines.iter();
        engines.any(|engine| engine.name == name && engine.outcome == "ack")
    })
}

/// The last decisions, and what one engine made of them.
fn history(plane: &Plane<Memory>, name: &str) -> Vec<String> {
    let decisions = plane.ledger().decisions(u64::MAX, 8).unwrap();
    let line = |d: routewright_schema::pb::Decision| {
        let of = d.engines.iter().filter(|engine| engine.name == name);
        let of: Vec<String> = of.map(|e| format!("{}: {}", e.outcome, e.reason)).collect();
        format!(
            "{} {} {} {} at {}: {} {of:?}",
            d.revision,
            d.kind,
            d.version,
            d.state,
            d.at_ms % 1_000_000_000,
            d.outcome
        )
    };
    decisions.into_iter().map(line).collect()
}
