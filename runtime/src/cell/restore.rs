//! What was decided elsewhere: before a restart, or by a control plane.

use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use super::back::clip;
use super::{Built, RouteCell, map, refused};
use crate::clock::Now;
use crate::decode::Push;
use crate::error::Code;
use crate::guard::{Guard, Watch};
use crate::hash::Digest;
use crate::history::Publisher;
use crate::lease::Ends;
use crate::status::{Accepted, Cause, Refused, Saved};
use crate::typed::Catalog;

impl<C: Catalog> RouteCell<C> {
    /// Takes up what was kept over a restart; to be called at boot, before anything
    /// else is published. The override is built and checked as a push is, upon whatever
    /// baseline this is; only how far it moves, and what it removes, is not asked again:
    /// that was decided when it was pushed. For cooldowns it counts as a move.
    ///
    /// # Errors
    /// Something was published already; or the override does not fit (any more), has
    /// ended by its lease, or is quarantined. The baseline serves then, but versions go
    /// on where they were.
    pub fn restore(&self, saved: &Saved<&[u8]>, now: Now) -> Result<Accepted<C>, Refused> {
        {
            let mut publisher = self.lock();
            if !publisher.is_fresh() {
                let message = "something was published or restored before; restore once, before the first push";
                let violation = map("", Code::NotFresh, message);
                return Err(refused(violation.into(), &publisher));
            }
            publisher.remember(saved.accepted, saved.accepted_digest);
        }
        let Some(bytes) = saved.serving else {
            return Ok(self.unchanged(&self.lock(), saved.accepted_digest));
        };
        let built = self.rebuild(bytes, saved, now)?;
        let publisher = self.lock();
        if publisher.accepted() != saved.accepted || publisher.serving_version() != 0 {
            let message = "a push came in between; restore before the first";
            let violation = map("", Code::NotFresh, message);
            return Err(refused(violation.into(), &publisher));
        }
        let reason = "it was served before the restart".to_owned();
        self.resume(
            publisher,
            built,
            saved.published,
            Cause::Restore,
            reason,
            now,
        )
    }

    /// Serves what was decided elsewhere, at any time: what a control plane sends to an
    /// engine that was away, or back to an earlier version. Versions may go down; the mark
    /// of accepted ones only rises. As with [`restore`](Self::restore), how far it moves is
    /// not asked again.
    ///
    /// # Errors
    /// As there, except that it may come at any time; also if that version is known with
    /// other bytes, or a guard of this cell took it back: who decided it may not know of that.
    /// Nothing is changed then.
    pub fn adopt(
        &self,
        saved: &Saved<&[u8]>,
        reason: &str,
        now: Now,
    ) -> Result<Accepted<C>, Refused> {
        self.expire(now);
        let Some(bytes) = saved.serving else {
            let mut publisher = self.lock();
            publisher.raise(saved.accepted, saved.accepted_digest);
            return self.step_to(publisher, 0, reason, now);
        };
        let mut publisher = self.lock();
        if let Some(kept) = publisher.kept_as(Digest::of(bytes), now) {
            let version = kept.version;
            if let Some(why) = &kept.tripped {
                let message = format!(
                    "a guard took version {version} back here ({why}); push it again under a new version"
                );
                let violation = map("", Code::Guard, message);
                return Err(refused(violation.into(), &publisher));
            }
            publisher.raise(saved.accepted, saved.accepted_digest);
            return self.step_to(publisher, version, reason, now);
        }
        drop(publisher);
        let built = self.rebuild(bytes, saved, now)?;
        let mut publisher = self.lock();
        publisher
            .agrees(built.push.version, built.push_digest)
            .map_err(|violation| refused(violation.into(), &publisher))?;
        publisher.raise(saved.accepted, saved.accepted_digest);
        let reason = clip(reason);
        self.resume(publisher, built, saved.published, Cause::Adopt, reason, now)
    }

    /// Serves what is kept, or the baseline.
    fn step_to(
        &self,
        mut publisher: MutexGuard<'_, Publisher<C>>,
        to: u64,
        reason: &str,
        now: Now,
    ) -> Result<Accepted<C>, Refused> {
        let accepted = self.toward(&publisher, to);
        if accepted.unchanged {
            return Ok(accepted);
        }
        let tables = (&accepted.before, &accepted.after);
        let changed = self.go(&mut publisher, to, Cause::Adopt, clip(reason), tables, now);
        drop(publisher);
        self.tell(changed);
        Ok(accepted)
    }

    /// Builds what was decided before, if it may still be served.
    fn rebuild<'b>(
        &self,
        bytes: &'b [u8],
        saved: &Saved<&[u8]>,
        now: Now,
    ) -> Result<Built<'b, C>, Refused> {
        let no = |violations| refused(violations, &self.lock());
        let push = Push::read(bytes, &self.limits).map_err(no)?;
        if push.version > saved.accepted {
            let message = format!(
                "version {} is above {}, which was the highest to be accepted",
                push.version, saved.accepted
            );
            return Err(no(map("version", Code::VersionJump, message).into()));
        }
        if let Some(lease) = &push.lease
            && Ends::resumed(lease.ttl(), saved.published, now).is_none()
        {
            let message = format!("the lease of {} ended meanwhile", lease.owner);
            return Err(no(map("lease", Code::LeaseEnded, message).into()));
        }
        let (table, same_names) = self.build(&push).map_err(no)?;
        let trusted = self.lock().trusts(table.raw().digest());
        trusted.map_err(|violation| no(violation.into()))?;
        Ok(Built {
            bytes,
            push,
            push_digest: Digest::of(bytes),
            table,
            same_names,
        })
    }

    /// Keeps and serves what was rebuilt.
    fn resume(
        &self,
        mut publisher: MutexGuard<'_, Publisher<C>>,
        built: Built<'_, C>,
        published: Duration,
        cause: Cause,
        reason: String,
        now: Now,
    ) -> Result<Accepted<C>, Refused> {
        let accepted = Accepted {
            before: self.served(&publisher).clone(),
            after: built.table.clone(),
            push_digest: built.push_digest,
            unchanged: false,
        };
        let version = built.push.version;
        // What is left of its window; a clock that was set back does not make it longer.
        let mut guard = built
            .push
            .guard
            .unwrap_or(Guard::NONE)
            .and(self.limits.guard);
        let passed = now.wall.saturating_sub(published);
        guard.bake = guard.bake.saturating_sub(passed);
        let mut kept = self.kept(&mut publisher, built, published, |ttl| {
            Ends::resumed(ttl, published, now)
        });
        // It may be older than what was served before it.
        kept.before = publisher.below(version);
        publisher.keep(kept, now, self.limits.generations_max);
        let tables = (&accepted.before, &accepted.after);
        let changed = self.go(&mut publisher, version, cause, reason, tables, now);
        publisher.watch(Watch::begin(guard, now));
        drop(publisher);
        self.tell(changed);
        Ok(accepted)
    }

    /// What should outlive the process, in one look.
    pub fn saved(&self) -> Saved<Arc<Vec<u8>>> {
        self.lock().saved()
    }

    /// Refuses pushes that make this image from now on, unless they are forced: what a
    /// host calls at boot if the process ended while that image was new. The oldest of
    /// more than 64 is forgotten.
    pub fn quarantine(&self, image: Digest) {
        self.lock().quarantine(image);
    }
}
