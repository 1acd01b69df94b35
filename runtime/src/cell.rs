//! The cell: which table answers now, and everything that may change it.
//!
//! Readers meet only the swap. Publishers, rollbacks, expiries and guards go through one
//! lock that no reader ever takes; a push is decoded and built before it, and decided
//! and stored under it.

mod back;
mod over;
mod restore;

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::change::Change;
use crate::clock::Now;
use crate::decode::Push;
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::guard::{Guard, Watch};
use crate::hash::Digest;
use crate::history::{Kept, Publisher};
use crate::lease::Ends;
use crate::limits::Limits;
use crate::reader::{self, Loaded, RouteReader};
use crate::status::{Accepted, Cause, Changed, Refused, Status};
use crate::swap::Swap;
use crate::typed::{Catalog, Table};
use crate::workshop::Workshop;

type Hook = Arc<dyn Fn(Changed) + Send + Sync>;

/// What was compiled in; or, in a tool, what somebody else has compiled in.
enum Baseline<C: Catalog> {
    Linked(&'static Table<C>),
    Owned(Table<C>),
}

impl<C: Catalog> std::ops::Deref for Baseline<C> {
    type Target = Table<C>;

    fn deref(&self) -> &Table<C> {
        match self {
            Baseline::Linked(table) => table,
            Baseline::Owned(table) => table,
        }
    }
}

/// Holds the live table of one catalog. `const`, so that it can be a `static` and
/// serves the baseline from the first instruction.
///
/// Beside the generations that it keeps, it keeps the room of one more: what the last
/// push was built in, and what a forgotten generation left, so that the next allocates
/// nothing.
pub struct RouteCell<C: Catalog> {
    baseline: Baseline<C>,
    limits: Limits,
    swap: Swap<Table<C>>,
    publisher: Mutex<Publisher<C>>,
    /// Room of the push before, for the next.
    workshop: Mutex<Option<Box<Workshop>>>,
    hooks: Mutex<Option<Arc<Vec<Hook>>>>,
}

/// A push that was decoded and built, but not yet decided.
struct Built<'b, C> {
    bytes: &'b [u8],
    push: Push<'b>,
    push_digest: Digest,
    table: Table<C>,
    /// Whether it has just the names of the baseline.
    same_names: bool,
}

impl<C: Catalog> RouteCell<C> {
    /// A cell that serves this baseline.
    pub const fn new(baseline: &'static Table<C>) -> RouteCell<C> {
        RouteCell::with_limits(baseline, Limits::DEFAULT)
    }

    /// A cell with limits of the host's own.
    ///
    /// # Panics
    /// If the baseline has a version: 0 is what a baseline is known by. (A linked one
    /// has none, so this never happens to a static.)
    pub const fn with_limits(baseline: &'static Table<C>, limits: Limits) -> RouteCell<C> {
        assert!(baseline.version == 0, "the version of a baseline is 0");
        RouteCell::of(Baseline::Linked(baseline), limits)
    }

    const fn of(baseline: Baseline<C>, limits: Limits) -> RouteCell<C> {
        RouteCell {
            baseline,
            limits,
            swap: Swap::new(),
            publisher: Mutex::new(Publisher::new()),
            workshop: Mutex::new(None),
            hooks: Mutex::new(None),
        }
    }

    /// Calls `hook` after every change from now on, outside all locks, in the thread
    /// that made the change and before its call returns; several are called in the order
    /// in which they were given. One that panics does not keep it from the others; the
    /// panic goes on when all have been told.
    pub fn on_change(&self, hook: impl Fn(Changed) + Send + Sync + 'static) {
        let mut hooks = self.hooks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list = hooks.as_deref().cloned().unwrap_or_default();
        list.push(Arc::new(hook));
        *hooks = Some(Arc::new(list));
    }

    /// The compiled baseline.
    pub fn baseline(&self) -> &Table<C> {
        &self.baseline
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
        self.decide(bytes, now, false)
    }

    /// What [`publish`](Self::publish) would answer; changes nothing. (A lease that has
    /// ended is ended first, as by every call that decides.)
    pub fn dry_run(&self, bytes: &[u8]) -> Result<Accepted<C>, Refused> {
        self.dry_run_at(bytes, Now::read())
    }

    /// [`dry_run`](Self::dry_run) at a moment of the caller's choice.
    pub fn dry_run_at(&self, bytes: &[u8], now: Now) -> Result<Accepted<C>, Refused> {
        self.decide(bytes, now, true)
    }

    fn decide(&self, bytes: &[u8], now: Now, dry_run: bool) -> Result<Accepted<C>, Refused> {
        self.expire(now);
        let Some(built) = self.prepare(bytes)? else {
            return Ok(self.unchanged(&self.lock(), Digest::of(bytes)));
        };
        let push = &built.push;
        let mut publisher = self.lock();
        if publisher.holds(push.version, built.push_digest) {
            return Ok(self.unchanged(&publisher, built.push_digest));
        }
        let before = self.served(&publisher).clone();
        let same = publisher.serving().is_none_or(|kept| kept.same_names);
        let change = Change {
            baseline: self.baseline.raw(),
            served: before.raw(),
            next: built.table.raw(),
            same_names: built.same_names && same,
        };
        publisher
            .admits(push, built.push_digest)
            .map_err(Violations::from)
            .and_then(|()| publisher.check(&change, push, &self.limits, now))
            .map_err(|violations| refused(violations, &publisher))?;
        let accepted = Accepted {
            before,
            after: built.table.clone(),
            push_digest: built.push_digest,
            unchanged: false,
        };
        if dry_run {
            return Ok(accepted);
        }
        self.swap.store(Some(built.table.clone()));
        let (version, reason) = (push.version, push.reason.to_owned());
        let guard = push.guard.unwrap_or(Guard::NONE).and(self.limits.guard);
        let watch = Watch::begin(guard, now);
        publisher.remember(version, built.push_digest);
        if built.push.force.is_some() {
            publisher.pardon(built.table.raw().digest());
        }
        let kept = self.kept(&mut publisher, built, now.wall, |ttl| {
            Some(Ends::after(ttl, now))
        });
        publisher.keep(kept, now, self.limits.generations_max);
        let tables = (&accepted.before, &accepted.after);
        let changed = publisher.serve(version, Cause::Publish, reason, tables, now);
        publisher.watch(watch);
        publisher.sweep();
        drop(publisher);
        self.tell(changed);
        Ok(accepted)
    }

    /// Reads and builds a push; `None`: just this one was the last to be accepted. What
    /// is not worth building is refused at once; the same is asked again where it counts,
    /// under the lock that the store is made under.
    fn prepare<'b>(&self, bytes: &'b [u8]) -> Result<Option<Built<'b, C>>, Refused> {
        let no = |violations| refused(violations, &self.lock());
        let push_digest = Digest::of(bytes);
        let push = Push::read(bytes, &self.limits).map_err(no)?;
        {
            let publisher = self.lock();
            if publisher.holds(push.version, push_digest) {
                return Ok(None);
            }
            publisher
                .admits(&push, push_digest)
                .map_err(|violation| refused(violation.into(), &publisher))?;
        }
        let (table, same_names) = self.build(&push).map_err(no)?;
        Ok(Some(Built {
            bytes,
            push,
            push_digest,
            table,
            same_names,
        }))
    }

    fn kept(
        &self,
        publisher: &mut Publisher<C>,
        built: Built<'_, C>,
        published: Duration,
        ends: impl FnOnce(Duration) -> Option<Ends>,
    ) -> Kept<C> {
        let terms = built.push.terms();
        Kept {
            version: built.push.version,
            before: publisher.serving_version(),
            table: built.table,
            same_names: built.same_names,
            bytes: publisher.copy(built.bytes),
            push_digest: built.push_digest,
            published,
            ends: terms.lease.as_ref().and_then(|lease| ends(lease.ttl)),
            terms,
            tripped: None,
            unproven: false,
        }
    }

    fn served<'a>(&'a self, publisher: &'a Publisher<C>) -> &'a Table<C> {
        publisher
            .serving()
            .map_or(&*self.baseline, |kept| &kept.table)
    }

    fn unchanged(&self, publisher: &Publisher<C>, push_digest: Digest) -> Accepted<C> {
        let table = self.served(publisher);
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

    /// What is served, who holds it, and what is kept.
    pub fn status(&self) -> Status<C> {
        self.status_at(Now::read())
    }

    /// [`status`](Self::status) at a moment of the caller's choice.
    pub fn status_at(&self, now: Now) -> Status<C> {
        self.lock().status(&self.baseline, now)
    }

    /// Serves what is kept under that version, or the baseline.
    fn go(
        &self,
        publisher: &mut Publisher<C>,
        to: u64,
        cause: Cause,
        reason: String,
        tables: (&Table<C>, &Table<C>),
        now: Now,
    ) -> Changed {
        self.swap.store((to != 0).then(|| tables.1.clone()));
        let changed = publisher.serve(to, cause, reason, tables, now);
        publisher.sweep();
        changed
    }

    fn tell(&self, changed: Changed) {
        // A hook may add another one, or change the cell again.
        let hooks = self
            .hooks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut fault = None;
        for hook in hooks.iter().flat_map(|list| list.iter()) {
            // The next one may be the one that keeps the change.
            let told = panic::catch_unwind(AssertUnwindSafe(|| hook(changed)));
            fault = fault.or(told.err());
        }
        if let Some(fault) = fault {
            panic::resume_unwind(fault);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Publisher<C>> {
        // Whoever panicked here had not begun to change anything, or had finished.
        self.publisher
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn map(part: &'static str, code: Code, message: impl Into<String>) -> Violation {
    Violation::new(Path::part(Subject::Map, part), code, message)
}

fn refused<C: Catalog>(violations: Violations, publisher: &Publisher<C>) -> Refused {
    Refused {
        violations,
        serving: publisher.serving_version(),
        accepted: publisher.accepted(),
    }
}
