//! What outlives the process: what to save, and how it is taken up again.

use super::{Built, RouteCell, map, refused};
use std::sync::Arc;

use crate::clock::Now;
use crate::decode::Push;
use crate::error::Code;
use crate::guard::{Guard, Watch};
use crate::hash::Digest;
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
        let no = |violations| refused(violations, &self.lock());
        let Some(bytes) = saved.serving else {
            return Ok(self.unchanged(&self.lock(), saved.accepted_digest));
        };
        let push = Push::read(bytes, &self.limits).map_err(no)?;
        if push.version > saved.accepted {
            let message = format!(
                "version {} is above {}, which was the highest to be accepted",
                push.version, saved.accepted
            );
            return Err(no(map("version", Code::VersionJump, message).into()));
        }
        let ends = |ttl| Ends::resumed(ttl, saved.published, now);
        if let Some(lease) = &push.lease
            && ends(lease.ttl()).is_none()
        {
            let message = format!("the lease of {} ended meanwhile", lease.owner);
            return Err(no(map("lease", Code::LeaseEnded, message).into()));
        }
        let (table, same_names) = self.build(&push).map_err(no)?;
        let mut publisher = self.lock();
        publisher
            .trusts(table.raw().digest())
            .map_err(|violation| refused(violation.into(), &publisher))?;
        if publisher.accepted() != saved.accepted || publisher.serving_version() != 0 {
            let message = "a push came in between; restore before the first";
            let violation = map("", Code::NotFresh, message);
            return Err(refused(violation.into(), &publisher));
        }
        let push_digest = Digest::of(bytes);
        let accepted = Accepted {
            before: self.baseline.clone(),
            after: table.clone(),
            push_digest,
            unchanged: false,
        };
        let version = push.version;
        // What is left of its window; a clock that was set back does not make it longer.
        let mut guard = push.guard.unwrap_or(Guard::NONE).and(self.limits.guard);
        let passed = now.wall.saturating_sub(saved.published);
        guard.bake = guard.bake.saturating_sub(passed);
        let built = Built {
            bytes,
            push,
            push_digest,
            table,
            same_names,
        };
        let kept = self.kept(&mut publisher, built, saved.published, ends);
        publisher.keep(kept, now, self.limits.generations_max);
        let reason = "it was served before the restart".to_owned();
        let tables = (&accepted.before, &accepted.after);
        let changed = self.go(&mut publisher, version, Cause::Restore, reason, tables, now);
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
