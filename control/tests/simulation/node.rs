//! An engine: a cell, what its process keeps on disk, and what it is harmed by.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use routewright::{
    Cause, Counters, Digest, Guard, Image, Limits, Now, RouteCell, RouteTable, Saved, Target,
    Untyped,
};
use routewright_control::follow::Agent;
use routewright_control::plane::StreamId;
use routewright_schema::pb::WatchRouteMapRequest;

use crate::line::Line;

pub struct Node {
    pub name: String,
    pub build: usize,
    pub cell: RouteCell<Untyped>,
    pub agent: Agent,
    pub stream: Option<StreamId>,
    /// What its store has; `None`: it keeps nothing over its end.
    pub saved: Option<Saved<Vec<u8>>>,
    /// Somebody holds it on its baseline by hand.
    pub held: bool,
    /// On their way, with the time when they are there.
    pub to_plane: VecDeque<(Duration, WatchRouteMapRequest)>,
    pub line: Line,
    pub back_at: Duration,
    /// The highest mark that it ever had.
    pub accepted: u64,
    /// The highest revision that came by this stream.
    pub revision: u64,
    counters: Counters,
    /// What the guards of this process took back: digests of pushes.
    pub tripped: BTreeSet<Vec<u8>>,
    /// It serves what somebody else pushed, and was never told anything else.
    pub own: bool,
}

impl Node {
    pub fn new(name: String, build: usize, image: &RouteTable<Image>, store: bool) -> Node {
        Node {
            name,
            build,
            cell: boot(image),
            agent: Agent::default(),
            stream: None,
            saved: store.then(nothing),
            held: false,
            to_plane: VecDeque::new(),
            line: Line::default(),
            back_at: Duration::ZERO,
            accepted: 0,
            revision: 0,
            counters: Counters::default(),
            tripped: BTreeSet::new(),
            own: false,
        }
    }

    /// The digest of what it serves; empty: the baseline.
    pub fn serves(&self, now: Now) -> Vec<u8> {
        let status = self.cell.status_at(now);
        let serving = status.serving().map(|kept| kept.push_digest.0.to_vec());
        serving.unwrap_or_default()
    }

    /// Its process ends, and another begins.
    pub fn restart(&mut self, image: &RouteTable<Image>, now: Now) {
        let cell = boot(image);
        match &self.saved {
            Some(saved) => {
                let saved = Saved {
                    accepted: saved.accepted,
                    accepted_digest: saved.accepted_digest,
                    serving: saved.serving.as_deref().filter(|_| !self.held),
                    published: saved.published,
                };
                let _unfit_is_baseline = cell.restore(&saved, now);
            }
            None => {
                self.accepted = 0;
                self.own = false;
            }
        }
        self.cell = cell;
        self.agent = Agent::default();
        self.tripped.clear();
    }

    /// Writes down what should outlive the process.
    pub fn save(&mut self) {
        if let Some(kept) = &mut self.saved {
            let saved = self.cell.saved();
            *kept = Saved {
                accepted: saved.accepted,
                accepted_digest: saved.accepted_digest,
                serving: saved.serving.map(|bytes| bytes.to_vec()),
                published: saved.published,
            };
        }
    }

    /// Does what time brings. Returns whether a guard took something back.
    pub fn tick(&mut self, now: Now) -> bool {
        let served = self.serves(now);
        let changed = self.cell.tick(&self.counters, now);
        let guard = changed.is_some_and(|changed| changed.cause == Cause::Guard);
        guard && self.tripped.insert(served)
    }

    /// Nothing answers for half of its events. Returns whether a guard took something back.
    pub fn trip(&mut self, now: Now) -> bool {
        // What was before is not the fault of what is watched.
        let before = self.tick(now);
        self.counters.events += 10_000;
        self.counters.unrouted += 5_000;
        self.tick(now) || before
    }

    /// Somebody holds it on its baseline.
    pub fn hold(&mut self, now: Now) {
        self.held = true;
        self.own = false;
        let baseline = Target::Version(0);
        self.cell
            .rollback_at(baseline, None, "held by hand", now)
            .unwrap();
    }
}

fn boot(image: &RouteTable<Image>) -> RouteCell<Untyped> {
    let mut limits = Limits::DEFAULT;
    limits.guard = Guard::NONE;
    RouteCell::open(image.as_image(), limits).unwrap()
}

fn nothing() -> Saved<Vec<u8>> {
    Saved {
        accepted: 0,
        accepted_digest: Digest::default(),
        serving: None,
        published: Duration::ZERO,
    }
}
