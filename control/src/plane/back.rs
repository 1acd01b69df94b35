//! What leads back: a rollback, a revert, a lease that ends.

use routewright::{Code, Now, Target};
use routewright_schema::pb::{Applied, Refusal};

use super::decide::{Draft, How};
use super::ledger::State;
use super::permit::Caller;
use super::push::ends;
use super::shadows::Pushed;
use super::{Goal, Ledger, LedgerFault, Plane, Stages};

/// Where a rollback leads.
pub struct Back<'a> {
    /// As for one engine.
    pub target: Target,
    /// The rollback is refused unless this version is to be served by all.
    pub expected: Option<u64>,
    /// Why, for people.
    pub reason: &'a str,
}

impl<L: Ledger> Plane<L> {
    /// A rollback of all engines, by the same road.
    ///
    /// # Errors
    /// Why not. Nothing was changed.
    pub fn roll_back(
        &mut self,
        back: &Back<'_>,
        dry_run: bool,
        how: How,
        caller: &Caller<'_>,
        now: Now,
    ) -> Result<Applied, Refusal> {
        self.lapse(now);
        let &Back {
            target,
            expected,
            reason,
        } = back;
        let serving = self.settled.version;
        if let Some(expected) = expected.filter(|expected| *expected != serving) {
            let message =
                format!("version {serving} is serving, not {expected} as expected; look again");
            return Err(self.no("expected_serving", Code::ServingMismatch.as_str(), message));
        }
        let (stops, version) = match (target, &self.rollout) {
            // What is on its way is what is rolled back.
            (Target::Previous, Some(_)) => (true, serving),
            (Target::Previous, None) => (false, self.before_settled(now)),
            (Target::Version(version), rollout) => (rollout.is_some(), version),
        };
        let (push, before) = self.again(version, now)?;
        // Then the baseline is not what engines serve, but what they are to.
        let unset = self.settled.unset && target == Target::Version(0);
        if stops || unset || version != serving {
            let bytes = push.as_ref().map(|push| &*push.bytes);
            self.permit(bytes, caller, "RollbackRouteMap", false, now)?;
        }
        let applied = Applied {
            serving_version: version,
            push_digest: push.as_ref().map(|p| p.digest.clone()).unwrap_or_default(),
            unchanged: !stops && !unset && version == serving,
            dry_run,
            revision: self.settled.revision,
            engines: self.reachable(),
            ..Applied::default()
        };
        if dry_run {
            return Ok(applied);
        }
        if applied.unchanged {
            self.bring_along(now);
            return Ok(applied);
        }
        let why = match reason {
            "" => format!("rolled back by {}", caller.who),
            reason => format!("rolled back by {}: {reason}", caller.who),
        };
        if stops && version == serving && !unset {
            let revision = self.revert(&why, now);
            let not_kept = self.write_down().map_err(|fault| fault.to_string());
            return Ok(Applied {
                revision,
                not_kept: not_kept.err().unwrap_or_default(),
                ..applied
            });
        }
        let draft = Draft {
            kind: "rollback",
            who: caller.who,
            reason: reason.to_owned(),
            version,
            before,
            push,
            new: false,
            stages: how.stages.unwrap_or_else(Stages::one_first),
            bake: how.bake.unwrap_or_default(),
            all_vote: false,
            unset: false,
        };
        let stopped = self.rollout.take();
        let revision = match self.decide(draft, now) {
            Ok(revision) => revision,
            Err(refusal) => {
                self.rollout = stopped;
                return Err(refusal);
            }
        };
        if let Some(rollout) = stopped {
            self.end(&rollout, State::Reverted, &why, now);
        }
        Ok(Applied {
            revision,
            ..applied
        })
    }

    /// Tells engines that do not serve what has settled once more to do so.
    fn bring_along(&mut self, now: Now) {
        let settled = self.settled.digest();
        for member in self.members.values_mut().filter(|m| !m.serves(settled)) {
            member.told = 0;
        }
        self.sync_all(now);
    }

    /// Ends the rollout that goes on, and brings whoever was told back.
    pub(super) fn revert(&mut self, why: &str, now: Now) -> u64 {
        let Some(rollout) = self.rollout.take() else {
            return self.revision;
        };
        self.end(&rollout, State::Reverted, why, now);
        self.settle_at(self.settled.clone(), "revert", why, now)
    }

    /// Leaves what had settled, for what was there before it.
    pub(super) fn retreat(&mut self, why: &str, now: Now) {
        if let Some(rollout) = self.rollout.take() {
            self.end(&rollout, State::Reverted, why, now);
        }
        let version = self.before_settled(now);
        let (push, before) = self.again(version, now).unwrap_or((None, 0));
        let version = push.as_ref().map_or(0, |push| push.version);
        let goal = Goal {
            version,
            before,
            push,
            ..self.settled.clone()
        };
        self.settle_at(goal, "revert", why, now);
    }

    /// Ends what is lent, when its time has come.
    pub(super) fn lapse(&mut self, now: Now) {
        // It may be about what is settled by this.
        self.conclude(now);
        let over = |goal: &Goal| goal.ends.is_some_and(|ends| now.monotonic >= ends);
        if self
            .rollout
            .as_ref()
            .is_some_and(|rollout| over(&rollout.goal))
        {
            self.revert("its lease ended", now);
        }
        if !over(&self.settled) {
            return;
        }
        // Engines end it by themselves; this is for those that come later.
        if self.rollout.is_some() {
            // A decision of its own would be newer than what is being rolled out.
            let settled = &mut self.settled;
            (settled.version, settled.before, settled.ends) = (0, 0, None);
            settled.push = None;
        } else {
            let goal = Goal {
                version: 0,
                before: 0,
                push: None,
                ..self.settled.clone()
            };
            self.settle_at(goal, "expiry", "its lease ended", now);
        }
    }

    /// The version that was to be served before the settled one, if it still may.
    fn before_settled(&self, now: Now) -> u64 {
        let mut version = self.settled.before;
        // Each was decided before the one that names it.
        while version != 0 {
            match self.again(version, now) {
                Ok(_) => return version,
                Err(_) => {
                    let decision = self.ledger.version(version).ok().flatten();
                    version = decision.map_or(0, |d| d.before_version.min(version - 1));
                }
            }
        }
        0
    }

    /// The bytes of a version that was pushed before, and what was before it.
    fn again(&self, version: u64, now: Now) -> Result<(Option<Pushed>, u64), Refusal> {
        if version == 0 {
            return Ok((None, 0));
        }
        // What is served is still lent, whatever the clock says by now.
        if version == self.settled.version {
            return Ok((self.settled.push.clone(), self.settled.before));
        }
        let unknown =
            |message: String| self.no("version", Code::UnknownGeneration.as_str(), message);
        let fault = |fault: LedgerFault| self.no("", "not_recorded", fault.to_string());
        let decision = self.ledger.version(version).map_err(fault)?;
        let decision = decision.ok_or_else(|| {
            unknown(format!(
                "version {version} was never pushed here (see `log`; 0 is the baseline)"
            ))
        })?;
        let reverted = decision.state == State::Reverted.as_str();
        if reverted || self.unwritten.reverted(decision.revision) {
            return Err(unknown(format!(
                "version {version} was taken back ({}); push it again under a new version",
                decision.outcome
            )));
        }
        let bytes = self.ledger.push(&decision.push_digest).map_err(fault)?;
        let bytes = bytes.ok_or_else(|| {
            unknown(format!(
                "the bytes of version {version} are not in the ledger"
            ))
        })?;
        let since = self.lent.get(&version).copied();
        let push = Pushed::found(&decision, bytes, now).since(since);
        if ends(&push, now).is_some_and(|ends| now.monotonic >= ends) {
            return Err(unknown(format!(
                "the lease of version {version} has ended; push it again under a new version"
            )));
        }
        Ok((Some(push), decision.before_version))
    }
}
