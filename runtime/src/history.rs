//! Versions and generations: what was accepted, what is served, what is kept.

use std::sync::Arc;
use std::time::Duration;

use crate::change::Change;
use crate::clock::Now;
use crate::cooldown::Cooldowns;
use crate::decode::Push;
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::guard::{Counters, Verdict, Watch};
use crate::hash::Digest;
use crate::image::{self, Image};
use crate::lease::Ends;
use crate::limits::{Limits, QUARANTINED_MAX, VERSION_JUMP_MAX};
use crate::status::{Cause, Changed, Generation, Latest, Ramp, Saved, Status, Terms};
use crate::typed::{Catalog, Table};

/// Where a rollback goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// What was served when the serving generation was published; if that has ended by
    /// its lease, or a guard took it back, what was served before that; else the
    /// baseline. So a generation that was rolled back from is never the previous one of a
    /// later.
    Previous,
    /// That kept, unexpired version; 0 is the baseline.
    Version(u64),
}

/// Generations that there is room for from the first push on.
const ROOM: usize = 16;

/// A generation that a rollback can reach.
pub(crate) struct Kept<C> {
    pub version: u64,
    /// What was served when it was published; if that is no longer kept, what was
    /// served before that. 0 is the baseline.
    pub before: u64,
    pub table: Table<C>,
    /// Whether it has just the names of the baseline.
    pub same_names: bool,
    pub bytes: Arc<Vec<u8>>,
    pub push_digest: Digest,
    /// On the wall clock.
    pub published: Duration,
    pub terms: Terms,
    pub ends: Option<Ends>,
    pub tripped: Option<String>,
    /// Whether it was replaced while it was still watched: nobody knows it to be good.
    pub unproven: bool,
}

impl<C: Catalog> Kept<C> {
    pub fn expired(&self, now: Now) -> bool {
        self.ends.is_some_and(|ends| ends.passed(now))
    }

    fn describe(&self, now: Now) -> Generation<C> {
        Generation {
            table: self.table.clone(),
            bytes: self.bytes.clone(),
            push_digest: self.push_digest,
            published: self.published,
            terms: self.terms.clone(),
            left: self.ends.map(|ends| match ends.passed(now) {
                true => Duration::ZERO,
                false => ends.left(now),
            }),
            tripped: self.tripped.clone(),
        }
    }
}

/// What only publishers see.
pub(crate) struct Publisher<C> {
    /// The high-water mark, and the bytes that set it. It never falls.
    accepted: u64,
    accepted_digest: Digest,
    /// The version that answers; 0 is the baseline.
    serving: u64,
    /// By version, oldest first.
    kept: Vec<Kept<C>>,
    /// Tables that are no longer kept, but that a reader may still hold. They are freed
    /// here, so that no reader ever pays for it.
    retired: Vec<Kept<C>>,
    /// What was freed last, whose room the next push takes.
    pub spare: Option<Image>,
    spare_bytes: Option<Arc<Vec<u8>>>,
    cooldowns: Cooldowns,
    watch: Option<Watch>,
    latest: Option<Latest>,
    quarantined: Vec<Digest>,
}

impl<C: Catalog> Publisher<C> {
    pub const fn new() -> Publisher<C> {
        Publisher {
            accepted: 0,
            accepted_digest: Digest([0; 16]),
            serving: 0,
            kept: Vec::new(),
            retired: Vec::new(),
            spare: None,
            spare_bytes: None,
            cooldowns: Cooldowns::new(),
            watch: None,
            latest: None,
            quarantined: Vec::new(),
        }
    }

    /// A copy of pushed bytes, in spare room if there is any.
    pub fn copy(&mut self, bytes: &[u8]) -> Arc<Vec<u8>> {
        let mut copy = self.spare_bytes.take().unwrap_or_default();
        match Arc::get_mut(&mut copy) {
            Some(room) if image::fits(room.capacity(), bytes.len()) => {
                room.clear();
                room.extend_from_slice(bytes);
                copy
            }
            _ => Arc::new(bytes.to_vec()),
        }
    }

    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    pub fn serving_version(&self) -> u64 {
        self.serving
    }

    pub fn serving(&self) -> Option<&Kept<C>> {
        self.kept(self.serving)
    }

    pub fn kept(&self, version: u64) -> Option<&Kept<C>> {
        self.kept.iter().find(|kept| kept.version == version)
    }

    /// The version of these bytes, if they are kept and may be served.
    pub fn kept_as(&self, push_digest: Digest, now: Now) -> Option<&Kept<C>> {
        let mut kept = self.kept.iter();
        kept.find(|kept| kept.push_digest == push_digest && !kept.expired(now))
    }

    /// Whether nothing was ever taken.
    pub fn is_fresh(&self) -> bool {
        self.accepted == 0 && self.kept.is_empty()
    }

    /// Whether exactly this push was the last to be accepted.
    pub fn holds(&self, version: u64, digest: Digest) -> bool {
        version == self.accepted && digest == self.accepted_digest && version != 0
    }

    /// Whether a push of this version may be taken now.
    pub fn admits(&self, push: &Push<'_>, digest: Digest) -> Result<(), Violation> {
        let (version, accepted) = (push.version, self.accepted);
        let refused = |code, message: String| {
            let path = Path::part(Subject::Map, "version");
            let violation = Violation::new(path, code, message);
            let violation = violation.count("version", version as usize);
            let violation = violation.count("accepted", accepted as usize);
            Err(match code {
                Code::VersionJump => {
                    violation.limit((version - accepted) as usize, VERSION_JUMP_MAX as usize)
                }
                _ => violation,
            })
        };
        let above = accepted.saturating_add(1);
        if version == accepted && digest != self.accepted_digest {
            return refused(
                Code::VersionConflict,
                format!(
                    "version {version} was accepted before with other bytes; use {above} or above"
                ),
            );
        }
        if version <= accepted {
            return refused(
                Code::StaleVersion,
                format!(
                    "version {version} is not above {accepted}, which was accepted before; use {above} or above"
                ),
            );
        }
        if version - accepted > VERSION_JUMP_MAX {
            return refused(
                Code::VersionJump,
                format!(
                    "version {version} is more than {VERSION_JUMP_MAX} above the accepted {accepted}"
                ),
            );
        }
        self.expect(push.expected_serving)?;
        match &push.ramp {
            Some(ramp) => self.goes_on(ramp),
            None => Ok(()),
        }
    }

    fn expect(&self, expected: Option<u64>) -> Result<(), Violation> {
        match expected.filter(|expected| *expected != self.serving) {
            None => Ok(()),
            Some(expected) => {
                let serving = self.serving;
                let message = format!(
                    "version {serving} is serving, not {expected} as expected; look again, then push"
                );
                let path = Path::part(Subject::Map, "expected_serving");
                Err(Violation::new(path, Code::ServingMismatch, message)
                    .count("expected", expected as usize)
                    .count("serving", serving as usize))
            }
        }
    }

    /// A walk goes on from its own last step only: whoever pushes or rolls back
    /// meanwhile has stopped it.
    fn goes_on(&self, next: &Ramp) -> Result<(), Violation> {
        let served = self.serving().and_then(|kept| kept.terms.ramp.as_ref());
        let goes_on = next.step == 1
            || served.is_some_and(|served| {
                served.id == next.id
                    && served.steps == next.steps
                    && served.step.checked_add(1) == Some(next.step)
            });
        if goes_on {
            return Ok(());
        }
        let message = format!(
            "step {} of {} of the walk `{}` goes on from the step before it, which is not what is served (version {}); the walk was stopped",
            next.step, next.steps, next.id, self.serving
        );
        Err(Violation::new(
            Path::part(Subject::Map, "ramp"),
            Code::RampStopped,
            message,
        ))
    }

    /// Checks what a push moves, and what it makes. A forced one may pass steps,
    /// cooldowns and the quarantine.
    pub fn check(
        &mut self,
        change: &Change<'_>,
        push: &Push<'_>,
        limits: &Limits,
        now: Now,
    ) -> Result<(), Violations> {
        self.cooldowns.learn(change.baseline);
        let mut problems = Violations::new();
        change.removals(push.allow_removals, limits, &mut problems);
        if push.force.is_none() {
            change.steps(&mut problems);
            self.cooldowns.check(change, now, &mut problems);
            if let Err(violation) = self.trusts(change.next.digest()) {
                problems.push(violation);
            }
        }
        problems.or(())
    }

    /// Whether an image may be served.
    pub fn trusts(&self, image: Digest) -> Result<(), Violation> {
        if !self.quarantined.contains(&image) {
            return Ok(());
        }
        let message = format!(
            "it makes the image {image}, under which this engine ended while it was new; change something, or force it with a reason"
        );
        let violation = Violation::new(Path::of(Subject::Map), Code::Quarantined, message);
        Err(violation.named("image", &image.to_string()))
    }

    /// Refuses an image from now on. The oldest of too many is forgotten.
    pub fn quarantine(&mut self, image: Digest) {
        if !self.quarantined.contains(&image) {
            self.quarantined.push(image);
            let excess = self.quarantined.len().saturating_sub(QUARANTINED_MAX);
            self.quarantined.drain(..excess);
        }
    }

    /// Takes an image that somebody has taken upon himself.
    pub fn pardon(&mut self, image: Digest) {
        self.quarantined.retain(|refused| *refused != image);
    }

    /// Raises the mark to what was accepted before a restart.
    pub fn remember(&mut self, accepted: u64, digest: Digest) {
        self.accepted = accepted;
        self.accepted_digest = digest;
    }

    /// The version next to the kept ones below this: where one goes back to that is taken
    /// up later than others.
    pub fn below(&self, version: u64) -> u64 {
        let mut below = self.kept.iter().rev().filter(|kept| kept.version < version);
        below.next().map_or(0, |kept| kept.version)
    }

    /// Raises the mark to what was accepted elsewhere. It never falls.
    pub fn raise(&mut self, accepted: u64, digest: Digest) {
        if accepted > self.accepted {
            self.remember(accepted, digest);
        }
    }

    /// Whether nothing else is known under that version.
    pub fn agrees(&self, version: u64, digest: Digest) -> Result<(), Violation> {
        let kept = self.kept(version).map(|kept| kept.push_digest);
        // Of a mark that was raised by what others said, the bytes are not known.
        let known = version == self.accepted && self.accepted_digest != Digest::default();
        let last = known.then_some(self.accepted_digest);
        if kept.or(last).is_none_or(|known| known == digest) {
            return Ok(());
        }
        let message = format!("version {version} was accepted before with other bytes");
        let path = Path::part(Subject::Map, "version");
        Err(Violation::new(path, Code::VersionConflict, message).count("version", version as usize))
    }

    /// Keeps a new generation, and forgets beyond `max`: first what no rollback could
    /// reach, then the oldest; at last what is served now, which is what a guard goes back
    /// to.
    pub fn keep(&mut self, kept: Kept<C>, now: Now, max: usize) {
        let max = max.max(1);
        if self.kept.is_empty() {
            self.kept.reserve(max.saturating_add(1).min(ROOM));
            self.retired.reserve(max.min(ROOM));
        }
        let new = kept.version;
        let at = self.kept.partition_point(|older| older.version < new);
        // Another generation of this number had other bytes, or has lapsed.
        if self.kept.get(at).is_some_and(|other| other.version == new) {
            let other = std::mem::replace(&mut self.kept[at], kept);
            self.retired.push(other);
        } else {
            self.kept.insert(at, kept);
        }
        while self.kept.len() > max {
            let serving = self.serving;
            // The new one is about to be served.
            let first = |which: &dyn Fn(&Kept<C>) -> bool| {
                let mut kept = self.kept.iter();
                kept.position(|kept| kept.version != new && which(kept))
            };
            let at = first(&|kept| kept.version != serving && kept.expired(now))
                .or_else(|| first(&|kept| kept.version != serving))
                .or_else(|| first(&|_| true))
                .unwrap_or(0);
            let gone = self.kept.remove(at);
            for kept in self.kept.iter_mut().filter(|k| k.before == gone.version) {
                kept.before = gone.before;
            }
            self.retired.push(gone);
        }
    }

    /// Notes that a generation is served from now on, and why.
    pub fn serve(
        &mut self,
        version: u64,
        cause: Cause,
        reason: String,
        tables: (&Table<C>, &Table<C>),
        now: Now,
    ) -> Changed {
        let change = Changed {
            cause,
            before: self.serving,
            after: version,
        };
        let watched = self.watch.take().is_some();
        let served = self.kept.iter_mut().find(|k| k.version == change.before);
        if let Some(served) = served {
            served.unproven |= watched && cause == Cause::Publish;
        }
        self.serving = version;
        self.cooldowns.note(tables.0.raw(), tables.1.raw(), now);
        self.latest = Some(Latest {
            change,
            reason,
            at: now.wall,
        });
        change
    }

    /// Begins to watch what was just published.
    pub fn watch(&mut self, watch: Option<Watch>) {
        self.watch = watch;
    }

    /// What the host reports, judged. If it is beyond a limit: where to go back to, and
    /// why.
    pub fn report(&mut self, counters: &Counters, now: Now) -> Option<(u64, String)> {
        let watch = self.watch.as_mut()?;
        let violation = match watch.report(counters, now) {
            Verdict::Watching => return None,
            Verdict::Baked => {
                self.watch = None;
                return None;
            }
            Verdict::Tripped(violation) => violation,
        };
        let back = self.previous(now, |kept| !kept.unproven);
        let reason = violation.to_string();
        let serving = self.serving;
        if let Some(kept) = self.kept.iter_mut().find(|kept| kept.version == serving) {
            kept.tripped = Some(reason.clone());
        }
        Some((back, reason))
    }

    /// Frees what nobody else holds any more. A generation is only ever taken from
    /// the swap, so one that is out of it gains no new holders but rollbacks, which
    /// take it from `kept`.
    pub fn sweep(&mut self) {
        let Publisher {
            spare, spare_bytes, ..
        } = self;
        self.retired.retain(|kept| {
            if kept.table.holders() > 1 {
                return true;
            }
            *spare = Some(kept.table.raw().data().clone());
            *spare_bytes = Some(kept.bytes.clone());
            false
        });
    }

    /// What answers, if its lease has ended.
    pub fn lapsed(&self, now: Now) -> Option<&Kept<C>> {
        self.serving().filter(|kept| kept.expired(now))
    }

    /// What was served before what is, as far as it may be served again.
    fn previous(&self, now: Now, also: impl Fn(&Kept<C>) -> bool) -> u64 {
        // Each was published after what was served before it, so this ends.
        let mut before = std::iter::successors(self.serving(), |kept| self.kept(kept.before));
        let servable = |kept: &&Kept<C>| !kept.expired(now) && kept.tripped.is_none() && also(kept);
        before.next();
        before.find(servable).map_or(0, |kept| kept.version)
    }

    /// The version that a rollback goes to.
    pub fn target(
        &self,
        target: Target,
        expected: Option<u64>,
        now: Now,
    ) -> Result<u64, Violation> {
        self.expect(expected)?;
        let version = match target {
            Target::Version(version) => version,
            Target::Previous => return Ok(self.previous(now, |_| true)),
        };
        let fault = match self.kept(version) {
            _ if version == 0 => return Ok(0),
            Some(kept) if !kept.expired(now) => return Ok(version),
            Some(_) => format!(
                "the lease of version {version} has ended; push it again under a new version"
            ),
            None => {
                let kept: Vec<String> = self.kept.iter().map(|k| k.version.to_string()).collect();
                let kept = if kept.is_empty() {
                    "none".to_owned()
                } else {
                    kept.join(", ")
                };
                format!("version {version} is not kept (kept: {kept}; 0 is the baseline)")
            }
        };
        let path = Path::part(Subject::Map, "version");
        Err(Violation::new(path, Code::UnknownGeneration, fault).count("version", version as usize))
    }

    /// How things stand.
    pub fn status(&self, baseline: &Table<C>, now: Now) -> Status<C> {
        Status {
            table: self.serving().map_or(baseline, |kept| &kept.table).clone(),
            accepted: self.accepted,
            accepted_digest: self.accepted_digest,
            kept: self
                .kept
                .iter()
                .rev()
                .map(|kept| kept.describe(now))
                .collect(),
            watch: self.watch.as_ref().map(|watch| watch.status(now)),
            latest: self.latest.clone(),
            quarantined: self.quarantined.clone(),
        }
    }

    /// What should outlive the process.
    pub fn saved(&self) -> Saved<Arc<Vec<u8>>> {
        let serving = self.serving();
        Saved {
            accepted: self.accepted,
            accepted_digest: self.accepted_digest,
            serving: serving.map(|kept| kept.bytes.clone()),
            published: serving.map_or(Duration::ZERO, |kept| kept.published),
        }
    }
}
