//! What a cell serves, accepts and keeps, held against a model of it that fits on a page,
//! over random histories.

use std::time::Duration;

use proptest::prelude::*;
use prost::Message;
use routewright::limits::VERSION_JUMP_MAX;
use routewright::{Counters, Guard, Limits, Now, RouteCell, Saved, Target};
use routewright_schema::pb::{self, scalar::Kind};
use routewright_tests::fixture;
use routewright_tests::pushes::{Cell, overlay, rate, set};

/// Both clocks, in seconds.
#[derive(Clone, Copy, Debug)]
struct Clocks {
    monotonic: u64,
    wall: u64,
}

impl Clocks {
    fn now(self) -> Now {
        Now {
            monotonic: Duration::from_secs(self.monotonic),
            wall: Duration::from_secs(self.wall),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Generation {
    version: u64,
    before: u64,
    tripped: bool,
    /// Replaced while it was watched.
    unproven: bool,
    bake: Option<u64>,
    ttl: Option<u64>,
    /// By the wall clock.
    published: u64,
    /// When its lease ends: by the monotonic clock; and, once restored, by the wall clock.
    ends: Option<u64>,
    ends_by_wall: Option<u64>,
}

impl Generation {
    fn over(&self, t: Clocks) -> bool {
        self.ends.is_some_and(|end| t.monotonic >= end)
            || self.ends_by_wall.is_some_and(|end| t.wall >= end)
    }
}

/// A window in which a bad report takes a publish back.
#[derive(Clone, Copy, Debug)]
struct Watch {
    ends: u64,
    /// Whether the host has reported: the first report is what later ones start from.
    began: bool,
}

/// The version that answers and whether nothing was done, or the code of a refusal.
type Answer = Result<(u64, bool), &'static str>;

/// Versions, leases and guards, as they are meant.
#[derive(Clone, Debug, Default)]
struct Model {
    generations: usize,
    accepted: u64,
    serving: u64,
    kept: Vec<Generation>,
    watch: Option<Watch>,
}

impl Model {
    fn serve(&mut self, version: u64) {
        (self.serving, self.watch) = (version, None);
    }

    fn reachable(&self, version: u64, t: Clocks) -> bool {
        let mut kept = self.kept.iter();
        version == 0 || kept.any(|kept| kept.version == version && !kept.over(t))
    }

    fn expire(&mut self, t: Clocks) -> bool {
        let over = !self.reachable(self.serving, t);
        if over {
            self.serve(0);
        }
        over
    }

    fn publish(&mut self, push: &Push, t: Clocks) -> Answer {
        self.expire(t);
        match push.version {
            v if v == self.accepted && push.again => return Ok((self.serving, true)),
            v if v == self.accepted => return Err("version_conflict"),
            v if v < self.accepted => return Err("stale_version"),
            v if v - self.accepted > VERSION_JUMP_MAX => return Err("version_jump"),
            _ if push.expected.is_some_and(|e| e != self.serving) => {
                return Err("serving_mismatch");
            }
            _ => {}
        }
        let mut gone = None;
        if self.kept.len() == self.generations {
            // What is served now is what a guard goes back to.
            let mut kept = self.kept.iter();
            let over = kept.position(|kept| kept.over(t));
            let mut kept = self.kept.iter();
            let oldest = kept.position(|kept| kept.version != self.serving);
            gone = Some(self.kept.remove(over.or(oldest).unwrap_or(0)));
        }
        self.kept.push(Generation {
            version: push.version,
            before: self.serving,
            tripped: false,
            unproven: false,
            bake: push.bake,
            ttl: push.ttl,
            published: t.wall,
            ends: push.ttl.map(|ttl| t.monotonic + ttl),
            ends_by_wall: None,
        });
        let watched = self.watch.is_some();
        let mut kept = self.kept.iter_mut();
        if let Some(served) = kept.find(|k| k.version == self.serving) {
            served.unproven |= watched;
        }
        if let Some(gone) = gone {
            for kept in self.kept.iter_mut().filter(|k| k.before == gone.version) {
                kept.before = gone.before;
            }
        }
        self.accepted = push.version;
        self.serve(push.version);
        self.watch = push.bake.map(|bake| Watch {
            ends: t.monotonic + bake,
            began: false,
        });
        Ok((push.version, false))
    }

    fn rollback(&mut self, target: Target, expected: Option<u64>, t: Clocks) -> Answer {
        self.expire(t);
        if expected.is_some_and(|e| e != self.serving) {
            return Err("serving_mismatch");
        }
        let to = match target {
            Target::Previous => self.previous(t, |_| true),
            Target::Version(version) if self.reachable(version, t) => version,
            Target::Version(_) => return Err("unknown_generation"),
        };
        let unchanged = to == self.serving;
        if !unchanged {
            self.serve(to);
        }
        Ok((to, unchanged))
    }

    /// What was served before, and before that, until one of them may be served.
    fn previous(&self, t: Clocks, also: impl Fn(&Generation) -> bool) -> u64 {
        let find = |version| self.kept.iter().find(move |k| k.version == version);
        let mut next = find(self.serving).and_then(|k| find(k.before));
        while let Some(kept) = next.filter(|k| k.over(t) || k.tripped || !also(k)) {
            next = find(kept.before);
        }
        next.map_or(0, |k| k.version)
    }

    fn tick(&mut self, bad: bool, t: Clocks) -> bool {
        if self.expire(t) {
            return true;
        }
        let Some(mut watch) = self.watch else {
            return false;
        };
        let compared = std::mem::replace(&mut watch.began, true);
        let trips = bad && compared;
        if trips {
            let back = self.previous(t, |kept| !kept.unproven);
            let mut kept = self.kept.iter_mut();
            if let Some(kept) = kept.find(|k| k.version == self.serving) {
                kept.tripped = true;
            }
            self.serve(back);
        } else {
            // A window in which nothing could be compared is not over.
            self.watch = Some(watch).filter(|watch| !compared || t.monotonic < watch.ends);
        }
        trips
    }

    /// A new process takes up what the old one served.
    fn restart(&mut self, t: Clocks) -> Answer {
        let served = self
            .kept
            .iter()
            .find(|kept| kept.version == self.serving)
            .copied();
        self.kept.clear();
        self.serve(0);
        let Some(mut served) = served else {
            return Ok((0, true));
        };
        if let Some(ttl) = served.ttl {
            let left = ttl.saturating_sub(t.wall.saturating_sub(served.published));
            if left == 0 {
                return Err("lease_ended");
            }
            served.ends = Some(t.monotonic + left);
            served.ends_by_wall = Some(served.published + ttl);
        }
        served.before = 0;
        served.tripped = false;
        served.unproven = false;
        self.kept.push(served);
        self.serve(served.version);
        let passed = t.wall.saturating_sub(served.published);
        let left = served.bake.map(|bake| bake.saturating_sub(passed));
        self.watch = left.filter(|left| *left > 0).map(|left| Watch {
            ends: t.monotonic + left,
            began: false,
        });
        Ok((served.version, false))
    }
}

/// What is pushed, as far as versions and leases go.
#[derive(Clone, Debug)]
struct Push {
    version: u64,
    /// The very bytes that were accepted last.
    again: bool,
    ttl: Option<u64>,
    bake: Option<u64>,
    expected: Option<u64>,
}

/// The value of a version: each differs from its neighbours, and none is further from
/// another than a push may go.
fn value(version: u64) -> f64 {
    match version {
        0 => 0.3,
        version => 0.4 + (version % 100) as f64 / 1_000.0,
    }
}

fn bytes(push: &Push, salt: usize) -> Vec<u8> {
    let map = set(
        overlay(push.version),
        "spawn_rate",
        Kind::FloatValue(value(push.version)),
    );
    pb::RouteMap {
        reason: format!("attempt {salt}"),
        expected_serving: push.expected,
        lease: push.ttl.map(|ttl| pb::Lease {
            owner: "ops".into(),
            ttl_ms: ttl * 1_000,
            ..Default::default()
        }),
        guard: push.bake.map(|bake| pb::Guard {
            bake_ms: bake * 1_000,
            unrouted_ppm_max: Some(0),
            ..Default::default()
        }),
        ..map
    }
    .encode_to_vec()
}

/// One thing that happens to a cell.
#[derive(Clone, Copy, Debug)]
enum Step {
    Publish {
        /// Above what was accepted; not above 0, it is refused.
        above: i64,
        ttl: Option<u64>,
        bake: Option<u64>,
        expects: Option<Expects>,
    },
    /// The push that was accepted last comes once more.
    Again,
    Rollback {
        target: To,
        expects: Option<Expects>,
    },
    Expire,
    Tick {
        bad: bool,
    },
    /// Both clocks go on.
    Pass(u64),
    /// The wall clock is set; or goes on while the process sleeps.
    Wall(i64),
    /// The process ends, and another one begins so much later.
    Restart(u64),
}

/// Where a rollback goes.
#[derive(Clone, Copy, Debug)]
enum To {
    Previous,
    Baseline,
    Kept(usize),
    Below(u64),
}

/// What is said to be serving.
#[derive(Clone, Copy, Debug)]
enum Expects {
    WhatServes,
    Another,
}

fn step() -> impl Strategy<Value = Step> {
    let jump = VERSION_JUMP_MAX as i64;
    let above = prop_oneof![30 => 1..4i64, 3 => -3..=0i64, 1 => jump..=jump + 1];
    let ttl = prop::option::of(1..40u64);
    let bake = prop::option::of(1..40u64);
    let expects = || {
        prop_oneof![
            6 => Just(None),
            2 => Just(Some(Expects::WhatServes)),
            1 => Just(Some(Expects::Another)),
        ]
    };
    let to = prop_oneof![
        3 => Just(To::Previous),
        1 => Just(To::Baseline),
        4 => (0..4usize).prop_map(To::Kept),
        1 => (0..9u64).prop_map(To::Below),
    ];
    prop_oneof![
        8 => (above, ttl, bake, expects())
            .prop_map(|(above, ttl, bake, expects)| Step::Publish { above, ttl, bake, expects }),
        1 => Just(Step::Again),
        4 => (to, expects()).prop_map(|(target, expects)| Step::Rollback { target, expects }),
        1 => Just(Step::Expire),
        5 => any::<bool>().prop_map(|bad| Step::Tick { bad }),
        5 => (0..20u64).prop_map(Step::Pass),
        1 => (-60..60i64).prop_map(Step::Wall),
        1 => (0..30u64).prop_map(Step::Restart),
    ]
}

fn new_cell(generations: usize) -> Cell {
    let mut limits = Limits::DEFAULT;
    limits.generations_max = generations;
    limits.guard = Guard::NONE;
    RouteCell::with_limits(&fixture::TABLE, limits)
}

fn answer(found: Result<routewright::Accepted<fixture::Catalog>, routewright::Refused>) -> Answer {
    found
        .map(|accepted| (accepted.after.version(), accepted.unchanged))
        .map_err(|refused| refused.violations.list()[0].code.as_str())
}

/// A cell and the model of it, side by side.
struct Pair {
    cell: Cell,
    model: Model,
    clocks: Clocks,
    counters: Counters,
    /// The push that was accepted last.
    last: Option<(Push, Vec<u8>)>,
}

impl Pair {
    fn new(generations: usize) -> Pair {
        Pair {
            cell: new_cell(generations),
            model: Model {
                generations,
                ..Model::default()
            },
            clocks: Clocks {
                monotonic: 5,
                wall: 1_000_000,
            },
            counters: Counters::default(),
            last: None,
        }
    }

    fn expected(&self, expects: Option<Expects>) -> Option<u64> {
        // What a pusher has seen: a lease that ends just now is a matter of the cell.
        expects.map(|expects| match expects {
            Expects::WhatServes => self.model.serving,
            Expects::Another => self.model.serving + 1,
        })
    }

    fn publish(&mut self, push: Push, bytes: Vec<u8>) {
        let now = self.clocks.now();
        let before = self.model.clone();
        let expected = self.model.publish(&push, self.clocks);
        let tried = answer(self.cell.dry_run_at(&bytes, now));
        assert_eq!(tried, expected, "dry run of {push:?} in {before:?}");
        let found = answer(self.cell.publish_at(&bytes, now));
        assert_eq!(found, expected, "{push:?} in {before:?}");
        if expected.is_ok() {
            self.last = Some((push, bytes));
        }
    }

    fn step(&mut self, at: usize, step: Step) {
        let now = self.clocks.now();
        match step {
            Step::Publish {
                above,
                ttl,
                bake,
                expects,
            } => {
                let version = self.model.accepted.saturating_add_signed(above).max(1);
                let expected = self.expected(expects);
                let push = Push {
                    version,
                    again: false,
                    ttl,
                    bake,
                    expected,
                };
                let bytes = bytes(&push, at);
                self.publish(push, bytes);
            }
            Step::Again => {
                if let Some((push, bytes)) = self.last.clone() {
                    self.publish(
                        Push {
                            again: true,
                            ..push
                        },
                        bytes,
                    );
                }
            }
            Step::Rollback { target, expects } => {
                let kept = |at: usize| self.model.kept.get(at).map_or(7, |kept| kept.version);
                let target = match target {
                    To::Previous => Target::Previous,
                    To::Baseline => Target::Version(0),
                    To::Kept(at) => Target::Version(kept(at)),
                    To::Below(n) => Target::Version(self.model.accepted.saturating_sub(n)),
                };
                let expected = self.expected(expects);
                let found = answer(self.cell.rollback_at(target, expected, "", now));
                assert_eq!(found, self.model.rollback(target, expected, self.clocks));
            }
            Step::Expire => {
                assert_eq!(self.cell.expire(now), self.model.expire(self.clocks));
            }
            Step::Tick { bad } => {
                self.counters.events += 1_000;
                self.counters.unrouted += if bad { 1_000 } else { 0 };
                let changed = self.cell.tick(&self.counters, now).is_some();
                assert_eq!(changed, self.model.tick(bad, self.clocks));
            }
            Step::Pass(seconds) => {
                self.clocks.monotonic += seconds;
                self.clocks.wall += seconds;
            }
            Step::Wall(seconds) => {
                self.clocks.wall = self.clocks.wall.saturating_add_signed(seconds);
            }
            Step::Restart(seconds) => {
                self.clocks.monotonic = 0;
                self.clocks.wall += seconds;
                self.counters = Counters::default();
                let saved = self.cell.saved();
                let saved = Saved {
                    accepted: saved.accepted,
                    accepted_digest: saved.accepted_digest,
                    serving: saved.serving.as_ref().map(|bytes| bytes.as_slice()),
                    published: saved.published,
                };
                self.cell = new_cell(self.model.generations);
                let found = answer(self.cell.restore(&saved, self.clocks.now()));
                assert_eq!(found, self.model.restart(self.clocks));
            }
        }
    }

    fn compare(&self) {
        let (model, status) = (&self.model, self.cell.status_at(self.clocks.now()));
        assert_eq!(status.accepted, model.accepted);
        assert_eq!(status.table.version(), model.serving);
        assert_eq!(self.cell.reader().load().version(), model.serving);
        assert_eq!(rate(&self.cell), value(model.serving));
        assert_eq!(status.watch.is_some(), model.watch.is_some());
        let found: Vec<(u64, bool)> = status
            .kept
            .iter()
            .map(|kept| (kept.table.version(), kept.left == Some(Duration::ZERO)))
            .collect();
        let kept = model.kept.iter().rev();
        let expected: Vec<(u64, bool)> = kept.map(|k| (k.version, k.over(self.clocks))).collect();
        assert_eq!(found, expected, "kept");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_cell_is_what_the_model_says(
        generations in 1..4usize,
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut pair = Pair::new(generations);
        for (at, step) in steps.into_iter().enumerate() {
            pair.step(at, step);
            pair.compare();
        }
    }
}
