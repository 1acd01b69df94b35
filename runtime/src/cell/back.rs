//! The ways back: rollbacks, leases that end, guards that trip.

use super::{RouteCell, refused};
use crate::clock::Now;
use crate::guard::Counters;
use crate::hash::Digest;
use crate::history::{Publisher, Target};
use crate::limits::REASON_BYTES_MAX;
use crate::name;
use crate::status::{Accepted, Cause, Changed, Refused};
use crate::typed::Catalog;

impl<C: Catalog> RouteCell<C> {
    /// Serves an earlier generation again. The accepted version stays what it is. The
    /// reason is for people, and kept with the change.
    ///
    /// # Errors
    /// Another version is serving than `expected`, or the target is not kept, or its
    /// lease has ended.
    pub fn rollback(
        &self,
        target: Target,
        expected: Option<u64>,
        reason: &str,
    ) -> Result<Accepted<C>, Refused> {
        self.rollback_at(target, expected, reason, Now::read())
    }

    /// [`rollback`](Self::rollback) at a moment of the caller's choice.
    pub fn rollback_at(
        &self,
        target: Target,
        expected: Option<u64>,
        reason: &str,
        now: Now,
    ) -> Result<Accepted<C>, Refused> {
        self.expire(now);
        let mut publisher = self.lock();
        let (accepted, to) = self.aim(&publisher, target, expected, now)?;
        if accepted.unchanged {
            return Ok(accepted);
        }
        let tables = (&accepted.before, &accepted.after);
        let changed = self.go(
            &mut publisher,
            to,
            Cause::Rollback,
            clip(reason),
            tables,
            now,
        );
        drop(publisher);
        self.tell(changed);
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
            .map_err(|violation| refused(violation.into(), publisher))?;
        Ok((self.toward(publisher, to), to))
    }

    /// What is kept under that version, or the baseline, as something to be served.
    pub(super) fn toward(&self, publisher: &Publisher<C>, to: u64) -> Accepted<C> {
        let goal = publisher.kept(to);
        Accepted {
            before: self.served(publisher).clone(),
            after: goal.map_or(&*self.baseline, |kept| &kept.table).clone(),
            push_digest: goal.map_or(Digest::default(), |kept| kept.push_digest),
            unchanged: to == publisher.serving_version(),
        }
    }

    /// Goes back to the baseline if the lease of what is served has ended. To be
    /// called by the host now and then; returns whether something changed.
    pub fn expire(&self, now: Now) -> bool {
        self.turn(None, now).is_some()
    }

    /// Does what time brings: ends a lease that has run out, and holds what the host has
    /// counted against the limits of the last publish; if it is beyond one of them, what
    /// was served before that publish is served again. To be called by the host about
    /// once a second; returns what changed.
    pub fn tick(&self, counters: &Counters, now: Now) -> Option<Changed> {
        self.turn(Some(counters), now)
    }

    fn turn(&self, counters: Option<&Counters>, now: Now) -> Option<Changed> {
        let mut publisher = self.lock();
        publisher.sweep();
        let (to, cause, reason) = if let Some(kept) = publisher.lapsed(now) {
            let owner = kept.terms.lease.as_ref().map_or("", |lease| &lease.owner);
            (0, Cause::Expiry, format!("the lease of {owner} ended"))
        } else {
            let (to, reason) = publisher.report(counters?, now)?;
            (to, Cause::Guard, reason)
        };
        let before = self.served(&publisher).clone();
        let goal = publisher.kept(to);
        let after = goal.map_or(&*self.baseline, |kept| &kept.table).clone();
        let changed = self.go(&mut publisher, to, cause, reason, (&before, &after), now);
        drop(publisher);
        self.tell(changed);
        Some(changed)
    }
}

/// A reason for going back is never a reason not to: what is too long, or cannot be
/// shown, is left out.
pub(super) fn clip(reason: &str) -> String {
    let end = reason.floor_char_boundary(REASON_BYTES_MAX);
    reason[..end]
        .chars()
        .filter(|c| name::printable(*c))
        .collect()
}
