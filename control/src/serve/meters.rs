//! What a control plane counts about itself.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::book::Writes;
use super::handshakes::Handshakes;
use crate::metrics::{Codes, Histogram, Kind, Page, Pairs, Updates};
use crate::plane::{Census, Ended};

/// Versions that engines serve and that are told apart; the rest is `other`.
const VERSIONS_MAX: usize = 16;

/// Counters. Whatever counts shares them.
pub struct Meters {
    pub pushes: Updates,
    pub rollbacks: Updates,
    /// Engines serve what they were told.
    pub acks: AtomicU64,
    /// Engines want the whole in place of a delta.
    pub wholes: AtomicU64,
    /// Engines refuse, by why.
    pub nacks: Codes,
    /// Calls that were turned away, by call and why.
    pub denied: Pairs,
    /// Handshakes that failed.
    pub handshakes: Handshakes,
    closed: [AtomicU64; 3],
    renewals: [AtomicBool; 3],
    rollouts: [Rollouts; 2],
    writes: Arc<Writes>,
    skewed: Mutex<Option<Instant>>,
}

/// Why a control plane ended the stream of an engine.
#[derive(Clone, Copy)]
pub enum Closed {
    /// Another stream came under its name.
    Displaced,
    /// The rules no longer let it be that engine.
    Withdrawn,
    /// Its certificate was revoked.
    Revoked,
}

/// What is read again as it changes on disk.
#[derive(Clone, Copy)]
pub enum Renewed {
    /// Certificates, keys, the CA of clients.
    Certificates,
    /// Which certificates are revoked.
    Revocations,
    /// Who may do what.
    Rules,
}

impl Renewed {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Renewed::Certificates => "certificates",
            Renewed::Revocations => "revocations",
            Renewed::Rules => "rules",
        }
    }
}

/// Rollouts of one kind.
struct Rollouts {
    kind: &'static str,
    done: AtomicU64,
    reverted: AtomicU64,
    took: Histogram,
}

impl Rollouts {
    fn of(kind: &'static str) -> Rollouts {
        Rollouts {
            kind,
            done: AtomicU64::new(0),
            reverted: AtomicU64::new(0),
            took: Histogram::new(Histogram::PATIENCE),
        }
    }
}

/// What is read from the plane when somebody asks.
pub struct Facts {
    /// The engines.
    pub census: Census,
    /// The newest decision.
    pub revision: u64,
    /// What all should serve.
    pub version: u64,
    /// Its digest; empty: the baseline.
    pub push_digest: Vec<u8>,
    /// The highest version.
    pub accepted: u64,
    /// A rollout goes on.
    pub rolling: bool,
}

impl Meters {
    pub fn new(writes: Arc<Writes>) -> Meters {
        Meters {
            pushes: Updates::default(),
            rollbacks: Updates::default(),
            acks: AtomicU64::new(0),
            wholes: AtomicU64::new(0),
            nacks: Codes::default(),
            denied: Pairs::default(),
            handshakes: Handshakes::default(),
            closed: Default::default(),
            renewals: Default::default(),
            rollouts: [Rollouts::of("push"), Rollouts::of("rollback")],
            writes,
            skewed: Mutex::default(),
        }
    }

    /// A stream was ended.
    pub fn closed(&self, why: Closed) {
        self.closed[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// What stands on disk can be used, or not.
    pub fn renewal(&self, what: Renewed, failing: bool) {
        self.renewals[what as usize].store(failing, Ordering::Relaxed);
    }

    /// A rollout has ended.
    pub fn ended(&self, ended: &Ended) {
        let rollouts = &self.rollouts[usize::from(ended.decided)];
        let outcome = match ended.state.state.as_str() {
            "done" => &rollouts.done,
            _ => &rollouts.reverted,
        };
        outcome.fetch_add(1, Ordering::Relaxed);
        rollouts.took.observe(ended.took);
    }

    /// Notes since when engines differ. To be called once in a while.
    pub fn look(&self, census: &Census) {
        let mut skewed = self.skewed();
        match census.contents > 1 {
            true => drop(skewed.get_or_insert_with(Instant::now)),
            false => *skewed = None,
        }
    }

    /// For how long engines differ; zero: they do not.
    pub fn skew(&self) -> Duration {
        self.skewed()
            .map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn skewed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.skewed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The page.
    pub fn page(&self, facts: &Facts) -> String {
        let mut page = Page::default();
        self.look(&facts.census);
        self.fleet(&mut page, facts);
        engines(&mut page, &facts.census);
        self.decisions(&mut page);
        self.rollouts(&mut page, facts);
        self.answers(&mut page);
        self.ledger(&mut page);
        self.strangers(&mut page);
        page.into_text()
    }

    fn fleet(&self, page: &mut Page, facts: &Facts) {
        page.gauge(
            "routewright_fleet_revision",
            "The newest decision.",
            facts.revision,
        );
        page.gauge(
            "routewright_fleet_version",
            "The version that all engines should serve; 0 is the baseline. While something is rolled out, the one from before.",
            facts.version,
        );
        page.gauge(
            "routewright_fleet_accepted_version",
            "The highest version ever accepted.",
            facts.accepted,
        );
        let digest = super::http::hex(&facts.push_digest);
        page.family(
            "routewright_fleet_info",
            Kind::Gauge,
            "What all engines should serve, by the digest of its bytes; always 1.",
        )
        .sample(&[("push_digest", &digest)], 1);
        page.gauge(
            "routewright_fleet_skew_versions",
            "How many different contents the connected engines serve that are not held, beyond one.",
            facts.census.contents.saturating_sub(1),
        );
        page.gauge(
            "routewright_fleet_skew_seconds",
            "For how long they have not all served the same.",
            self.skew().as_secs_f64(),
        );
    }

    fn decisions(&self, page: &mut Page) {
        let kinds = [("push", &self.pushes), ("rollback", &self.rollbacks)];
        let mut family = page.family(
            "routewright_pushes_accepted_total",
            Kind::Counter,
            "Pushes and rollbacks that were taken, dry runs aside.",
        );
        for (kind, updates) in kinds {
            family.sample(&[("kind", kind)], updates.accepted());
        }
        let mut family = page.family(
            "routewright_pushes_refused_total",
            Kind::Counter,
            "Pushes and rollbacks that were refused before an engine saw them, by their first reason, dry runs aside.",
        );
        for (kind, updates) in kinds {
            for (code, count) in updates.refused().read() {
                family.sample(&[("kind", kind), ("code", &code)], count);
            }
        }
        let mut family = page.family(
            "routewright_push_duration_seconds",
            Kind::Histogram,
            "Time until whoever pushed was told that it was taken: asked of every kind of engine, and on disk.",
        );
        for (kind, updates) in kinds {
            family.histogram(&[("kind", kind)], updates.took());
        }
    }

    fn rollouts(&self, page: &mut Page, facts: &Facts) {
        page.gauge(
            "routewright_rollout_running",
            "1 while something is rolled out.",
            u8::from(facts.rolling),
        );
        let mut family = page.family(
            "routewright_rollouts_total",
            Kind::Counter,
            "Rollouts that ended since the control plane began, by how.",
        );
        for rollouts in &self.rollouts {
            let kind = ("kind", rollouts.kind);
            let (done, reverted) = (&rollouts.done, &rollouts.reverted);
            for (outcome, count) in [("done", done), ("reverted", reverted)] {
                let count = count.load(Ordering::Relaxed);
                family.sample(&[kind, ("outcome", outcome)], count);
            }
        }
        let mut family = page.family(
            "routewright_rollout_duration_seconds",
            Kind::Histogram,
            "Time from a decision until its rollout had ended, bake times included.",
        );
        for rollouts in &self.rollouts {
            family.histogram(&[("kind", rollouts.kind)], &rollouts.took);
        }
    }

    fn answers(&self, page: &mut Page) {
        let mut family = page.family(
            "routewright_engine_answers_total",
            Kind::Counter,
            "What engines said to updates: ack, nack, or that they need the whole in place of a delta.",
        );
        let (acks, wholes) = (&self.acks, &self.wholes);
        family.sample(&[("answer", "ack")], acks.load(Ordering::Relaxed));
        family.sample(&[("answer", "nack")], self.nacks.sum());
        family.sample(&[("answer", "needs_whole")], wholes.load(Ordering::Relaxed));
        let mut family = page.family(
            "routewright_engine_refusals_total",
            Kind::Counter,
            "Updates that engines refused, by their first reason.",
        );
        for (code, count) in self.nacks.read() {
            family.sample(&[("code", &code)], count);
        }
    }

    fn ledger(&self, page: &mut Page) {
        page.family(
            "routewright_ledger_write_duration_seconds",
            Kind::Histogram,
            "Time for a transaction of the ledger to be on disk.",
        )
        .histogram(&[], &self.writes.took);
        page.counter(
            "routewright_ledger_write_failures_total",
            "Transactions of the ledger that did not reach the disk.",
            self.writes.failed.load(Ordering::Relaxed),
        );
    }
}

impl Meters {
    /// Who was turned away, and what stands between.
    fn strangers(&self, page: &mut Page) {
        let mut family = page.family(
            "routewright_calls_denied_total",
            Kind::Counter,
            "Calls that were turned away because somebody may not make them, dry runs included.",
        );
        for ((rpc, reason), count) in self.denied.read() {
            family.sample(&[("rpc", rpc), ("reason", reason)], count);
        }
        let mut family = page.family(
            "routewright_handshakes_failed_total",
            Kind::Counter,
            "TLS handshakes that failed.",
        );
        for (reason, count) in self.handshakes.counts() {
            family.sample(&[("reason", reason)], count);
        }
        let mut family = page.family(
            "routewright_engine_streams_closed_total",
            Kind::Counter,
            "Streams of engines that the control plane ended.",
        );
        let reasons = ["displaced", "withdrawn", "revoked"];
        for (reason, count) in reasons.iter().zip(&self.closed) {
            family.sample(&[("reason", reason)], count.load(Ordering::Relaxed));
        }
        let mut family = page.family(
            "routewright_renewal_failing",
            Kind::Gauge,
            "1 while what is on disk cannot be used, and what was there before is in force.",
        );
        let files = [Renewed::Certificates, Renewed::Revocations, Renewed::Rules];
        for (what, failing) in files.iter().zip(&self.renewals) {
            let failing = u8::from(failing.load(Ordering::Relaxed));
            family.sample(&[("what", what.as_str())], failing);
        }
    }
}

fn engines(page: &mut Page, census: &Census) {
    let gauges = [
        (
            "routewright_engines_connected",
            "Engines with an open stream.",
            census.connected,
        ),
        (
            "routewright_engines_away",
            "Engines that were here and are remembered, without a stream.",
            census.away,
        ),
        (
            "routewright_engines_held",
            "Connected engines that somebody holds on their baseline.",
            census.held,
        ),
        (
            "routewright_engines_out_of_step",
            "Connected engines, not held, that do not serve what they should.",
            census.out_of_step,
        ),
    ];
    for (name, help, count) in gauges {
        page.gauge(name, help, count);
    }
    let mut family = page.family(
        "routewright_engines_by_version",
        Kind::Gauge,
        "Connected engines by the version that they serve; the 16 that most serve, the rest as other.",
    );
    for (version, count) in by_version(census) {
        family.sample(&[("version", &version)], count);
    }
}

/// The versions that most serve, in order, and all others as one.
fn by_version(census: &Census) -> Vec<(String, usize)> {
    let mut most: Vec<(u64, usize)> = census.versions.iter().map(|(v, n)| (*v, *n)).collect();
    most.sort_by_key(|(version, count)| (std::cmp::Reverse(*count), *version));
    let rest = most.split_off(most.len().min(VERSIONS_MAX));
    most.sort_unstable();
    let mut told: Vec<(String, usize)> =
        most.into_iter().map(|(v, n)| (v.to_string(), n)).collect();
    if !rest.is_empty() {
        told.push(("other".to_owned(), rest.iter().map(|(_, n)| n).sum()));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_are_told_apart_are_few() {
        let mut census = Census::default();
        for version in 0..100 {
            census.versions.insert(version, 1);
        }
        census.versions.insert(70, 9);
        let told = by_version(&census);
        assert_eq!(told.len(), VERSIONS_MAX + 1);
        let at = |n: usize| (told[n].0.as_str(), told[n].1);
        assert_eq!((at(0), at(14), at(15)), (("0", 1), ("14", 1), ("70", 9)));
        assert_eq!(at(16), ("other", 84));
        assert_eq!(by_version(&Census::default()), []);
    }
}
