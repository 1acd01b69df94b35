//! The cell: which table answers now, and everything that may change it.
//!
//! Readers meet only the swap. Publishers, rollbacks and expiries go through one
//! lock that no reader ever takes; a push is decoded and built before it, and
//! decided and stored under it.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::change::Change;
use crate::decode::Push;
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::hash::Digest;
use crate::history::{Kept, Lease, Publisher};
use crate::limits::Limits;
use crate::reader::{self, Loaded, RouteReader};
use crate::swap::Swap;
use crate::typed::{Catalog, Table};
use crate::workshop::Workshop;

/// The moment at which something is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Time since some fixed moment of this process; never goes back. Leases run by it.
    pub monotonic: Duration,
}

impl Now {
    /// Reads the clock.
    pub fn read() -> Now {
        static START: OnceLock<Instant> = OnceLock::new();
        Now {
            monotonic: START.get_or_init(Instant::now).elapsed(),
        }
    }
}

/// What changed a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// A push.
    Publish,
    /// A rollback.
    Rollback,
    /// The end of a lease.
    Expiry,
}

/// Told to the hook of a cell after each change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Why.
    pub cause: Cause,
    /// The version that answered before; 0 is the baseline.
    pub before: u64,
    /// The version that answers now.
    pub after: u64,
}

/// Where a rollback goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The kept, unexpired generation before the serving one; else the baseline.
    Previous,
    /// That kept, unexpired version; 0 is the baseline.
    Version(u64),
}

/// A push or rollback that was taken.
#[derive(Clone, Debug)]
pub struct Accepted<C> {
    /// What was served before.
    pub before: Table<C>,
    /// What is served now (in a dry run: would be).
    pub after: Table<C>,
    /// Digest of the pushed bytes; of a rollback, of those of the generation it went to.
    pub push_digest: Digest,
    /// The same bytes under the same version had been taken before: nothing was done.
    pub unchanged: bool,
}

/// A push or rollback that was not taken. Nothing was changed by it.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Why.
    pub violations: Violations,
    /// The version that goes on serving.
    pub serving: u64,
    /// The highest version ever accepted.
    pub accepted: u64,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "refused, version {} goes on serving: {}",
            self.serving, self.violations
        )
    }
}

impl std::error::Error for Refused {}

/// What a cell serves, who holds it, and what is kept.
#[derive(Clone, Debug)]
pub struct Status<C> {
    /// What answers now.
    pub table: Table<C>,
    /// The highest version ever accepted.
    pub accepted: u64,
    /// The pushed bytes of what answers now; `None` on the baseline.
    pub bytes: Option<Arc<Vec<u8>>>,
    /// The reason that came with it.
    pub reason: String,
    /// Its lease, with the time that is left.
    pub lease: Option<(Lease, Duration)>,
    /// The kept generations, newest first: version, image digest, reason, expired.
    pub kept: Vec<(u64, Digest, String, bool)>,
}

type Hook = Box<dyn Fn(Changed) + Send + Sync>;

/// Holds the live table of one catalog. `const`, so that it can be a `static` and
/// serves the baseline from the first instruction.
///
/// Beside the generations that it keeps, it keeps the room of one more: what the last
/// push was built in, and what a forgotten generation left, so that the next allocates
/// nothing.
pub struct RouteCell<C: Catalog> {
    baseline: &'static Table<C>,
    limits: Limits,
    swap: Swap<Table<C>>,
    publisher: Mutex<Publisher<C>>,
    /// Room of the push before, for the next.
    workshop: Mutex<Option<Box<Workshop>>>,
    hook: OnceLock<Hook>,
}

impl<C: Catalog> RouteCell<C> {
    /// A cell that serves this baseline.
    pub const fn new(baseline: &'static Table<C>) -> RouteCell<C> {
        RouteCell::with_limits(baseline, Limits::DEFAULT)
    }

    /// A cell with limits of the host's own.
    pub const fn with_limits(baseline: &'static Table<C>, limits: Limits) -> RouteCell<C> {
        RouteCell {
            baseline,
            limits,
            swap: Swap::new(),
            publisher: Mutex::new(Publisher::new()),
            workshop: Mutex::new(None),
            hook: OnceLock::new(),
        }
    }

    /// Calls `hook` after every change, outside all locks. Only the first one given is
    /// kept; returns whether it was this one.
    pub fn on_change(&self, hook: impl Fn(Changed) + Send + Sync + 'static) -> bool {
        self.hook.set(Box::new(hook)).is_ok()
    }

    /// The compiled baseline.
    pub fn baseline(&self) -> &'static Table<C> {
        self.baseline
    }

    /// The limits that it holds pushes to.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The live table, through a cache of this thread: for one event, not for
    /// keeping. Allocates once a thread and generation, and nothing in between.
    #[inline]
    pub fn load(&'static self) -> Loaded<C> {
        reader::load(self)
    }

    /// A handle of one's own, for a task or a hot loop.
    pub fn reader(&self) -> RouteReader<'_, C> {
        RouteReader::new(self)
    }

    #[inline]
    pub(crate) fn generation(&self) -> u64 {
        self.swap.generation()
    }

    /// The live table and its generation.
    pub(crate) fn current(&self) -> (u64, Table<C>) {
        let (generation, table) = self.swap.read();
        (generation, table.unwrap_or_else(|| self.baseline.clone()))
    }

    /// Decodes, checks, builds and serves a pushed `RouteMap`, now.
    ///
    /// # Errors
    /// Everything that is wrong with it; the table in force stays.
    pub fn publish(&self, bytes: &[u8]) -> Result<Accepted<C>, Refused> {
        self.publish_at(bytes, Now::read())
    }

    /// [`publish`](Self::publish) at a moment of the caller's choice.
    pub fn publish_at(&self, bytes: &[u8], now: Now) -> Result<Accepted<C>, Refused> {
        self.expire(now);
        self.decide(bytes, |publisher, kept| {
            let before = publisher.serving_version();
            self.swap.store(Some(kept.table.clone()));
            publisher.accept(kept, now, self.limits.generations_max);
            publisher.sweep();
            before
        })
        .map(|(accepted, before)| {
            self.tell(
                Cause::Publish,
                before,
                accepted.after.version(),
                accepted.unchanged,
            );
            accepted
        })
    }

    /// What [`publish`](Self::publish) would answer; changes nothing. (A lease that has
    /// ended is ended first, as by every call that decides.)
    pub fn dry_run(&self, bytes: &[u8]) -> Result<Accepted<C>, Refused> {
        self.expire(Now::read());
        self.decide(bytes, |publisher, _| publisher.serving_version())
            .map(|(accepted, _)| accepted)
    }

    /// Decides a push; `commit` is called under the lock with what is to be served.
    fn decide(
        &self,
        bytes: &[u8],
        commit: impl FnOnce(&mut Publisher<C>, Kept<C>) -> u64,
    ) -> Result<(Accepted<C>, u64), Refused> {
        let push_digest = Digest::of(bytes);
        let refused = |violations, publisher: &Publisher<C>| Refused {
            violations,
            serving: publisher.serving_version(),
            accepted: publisher.accepted(),
        };
        let push = Push::read(bytes, &self.limits).map_err(|v| refused(v, &self.lock()))?;
        {
            // A stale push is not worth building. The same is asked again below, where
            // it counts.
            let publisher = self.lock();
            if publisher.holds(push.version, push_digest) {
                return Ok((
                    self.unchanged(&publisher, push_digest),
                    publisher.serving_version(),
                ));
            }
            publisher
                .admits(&push, push_digest)
                .map_err(|v| refused(v, &publisher))?;
        }
        let (built, same_names) = self.build(&push).map_err(|v| refused(v, &self.lock()))?;
        let mut publisher = self.lock();
        if publisher.holds(push.version, push_digest) {
            return Ok((
                self.unchanged(&publisher, push_digest),
                publisher.serving_version(),
            ));
        }
        publisher
            .admits(&push, push_digest)
            .map_err(|v| refused(v, &publisher))?;
        let before = publisher
            .serving()
            .map_or(self.baseline, |kept| &kept.table)
            .clone();
        let mut problems = Violations::new();
        let change = Change {
            baseline: self.baseline.raw(),
            served: before.raw(),
            next: built.raw(),
            same_names: same_names && publisher.serving().is_none_or(|kept| kept.same_names),
        };
        change.check(push.allow_removals, &self.limits, &mut problems);
        problems.or(()).map_err(|v| refused(v, &publisher))?;
        let kept = Kept {
            version: push.version,
            table: built.clone(),
            same_names,
            bytes: publisher.copy(bytes),
            push_digest,
            reason: push.reason.to_owned(),
            lease: push
                .lease
                .map(|l| Lease::new(l.owner, l.reason, Duration::from_millis(l.ttl_ms))),
            ends: None,
        };
        let version = commit(&mut publisher, kept);
        let accepted = Accepted {
            before,
            after: built,
            push_digest,
            unchanged: false,
        };
        Ok((accepted, version))
    }

    fn unchanged(&self, publisher: &Publisher<C>, push_digest: Digest) -> Accepted<C> {
        let table = publisher
            .serving()
            .map_or(self.baseline, |kept| &kept.table);
        Accepted {
            before: table.clone(),
            after: table.clone(),
            push_digest,
            unchanged: true,
        }
    }

    /// The table of a push, and whether it has just the baseline's names.
    fn build(&self, push: &Push<'_>) -> Result<(Table<C>, bool), Violations> {
        // Publishers that meet here do not wait: all but one begin with empty hands.
        let mut kept = self.workshop.try_lock().ok();
        let mut shop = kept
            .as_mut()
            .and_then(|kept| kept.take())
            .unwrap_or_default();
        shop.spare = self.lock().spare.take();
        let built = push.build_in(self.baseline.raw(), &self.limits, &mut shop);
        let same_names = shop.same_names;
        if let Some(kept) = &mut kept {
            **kept = Some(shop);
        }
        let table = Table::new(built?, push.version).ok_or_else(|| {
            let message = "the table was built for another catalog";
            Violation::new(Path::of(Subject::Map), Code::SchemaMismatch, message)
        })?;
        Ok((table, same_names))
    }

    /// Serves an earlier generation again. The accepted version stays what it is.
    ///
    /// # Errors
    /// Another version is serving than `expected`, or the target is not kept, or its
    /// lease has ended.
    pub fn rollback(&self, target: Target, expected: Option<u64>) -> Result<Accepted<C>, Refused> {
        self.rollback_at(target, expected, Now::read())
    }

    /// [`rollback`](Self::rollback) at a moment of the caller's choice.
    pub fn rollback_at(
        &self,
        target: Target,
        expected: Option<u64>,
        now: Now,
    ) -> Result<Accepted<C>, Refused> {
        self.expire(now);
        let mut publisher = self.lock();
        let (accepted, to) = self.aim(&publisher, target, expected, now)?;
        if !accepted.unchanged {
            self.swap.store((to != 0).then(|| accepted.after.clone()));
            publisher.serve(to);
            publisher.sweep();
        }
        drop(publisher);
        self.tell(
            Cause::Rollback,
            accepted.before.version(),
            to,
            accepted.unchanged,
        );
        Ok(accepted)
    }

    /// What [`rollback`](Self::rollback) would answer; changes nothing.
    pub fn rollback_dry_run(
        &self,
        target: Target,
        expected: Option<u64>,
    ) -> Result<Accepted<C>, Refused> {
        let now = Now::read();
        self.expire(now);
        self.aim(&self.lock(), target, expected, now)
            .map(|(accepted, _)| accepted)
    }

    fn aim(
        &self,
        publisher: &Publisher<C>,
        target: Target,
        expected: Option<u64>,
        now: Now,
    ) -> Result<(Accepted<C>, u64), Refused> {
        let to = publisher
            .target(target, expected, now)
            .map_err(|violation| Refused {
                violations: violation.into(),
                serving: publisher.serving_version(),
                accepted: publisher.accepted(),
            })?;
        let table = |kept: Option<&Kept<C>>| kept.map_or(self.baseline, |k| &k.table).clone();
        let goal = publisher.kept(to);
        let accepted = Accepted {
            before: table(publisher.serving()),
            after: table(goal),
            push_digest: goal.map_or(Digest::default(), |k| k.push_digest),
            unchanged: to == publisher.serving_version(),
        };
        Ok((accepted, to))
    }

    /// Goes back to the baseline if the lease of what is served has ended. To be
    /// called by the host now and then; returns whether something changed.
    pub fn expire(&self, now: Now) -> bool {
        let mut publisher = self.lock();
        publisher.sweep();
        let Some(before) = publisher.lapsed(now) else {
            return false;
        };
        self.swap.store(None);
        publisher.serve(0);
        publisher.sweep();
        drop(publisher);
        self.tell(Cause::Expiry, before, 0, false);
        true
    }

    /// What is served, who holds it, and what is kept.
    pub fn status(&self) -> Status<C> {
        self.status_at(Now::read())
    }

    /// [`status`](Self::status) at a moment of the caller's choice.
    pub fn status_at(&self, now: Now) -> Status<C> {
        let publisher = self.lock();
        let serving = publisher.serving();
        Status {
            table: serving.map_or(self.baseline, |kept| &kept.table).clone(),
            accepted: publisher.accepted(),
            bytes: serving.map(|kept| kept.bytes.clone()),
            reason: serving.map_or(String::new(), |kept| kept.reason.clone()),
            lease: serving.and_then(|kept| {
                Some((
                    kept.lease.clone()?,
                    kept.ends?.saturating_sub(now.monotonic),
                ))
            }),
            kept: publisher
                .all()
                .rev()
                .map(|k| {
                    (
                        k.version,
                        k.table.raw().digest(),
                        k.reason.clone(),
                        k.expired(now),
                    )
                })
                .collect(),
        }
    }

    fn tell(&self, cause: Cause, before: u64, after: u64, unchanged: bool) {
        if let Some(hook) = self.hook.get().filter(|_| !unchanged) {
            hook(Changed {
                cause,
                before,
                after,
            });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Publisher<C>> {
        // Whoever panicked here had not begun to change anything, or had finished.
        self.publisher
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
