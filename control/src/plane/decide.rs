//! Decisions: a push, a rollback, and the ones that nobody asked for.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use prost::Message;
use routewright::limits::VERSION_JUMP_MAX;
use routewright::{Code, Now, Target};
use routewright_schema::pb::{Applied, Decision, Lease, Refusal, Violation};

use super::engines::clipped;
use super::ledger::State;
use super::member::{Member, millis};
use super::rollout::Rollout;
use super::shadows::{Kind, Pushed};
use super::{Goal, LENT_MAX, Ledger, Plane, Stages};
use crate::answer;

/// Names of engines that a refusal lists for one kind.
const NAMES_MAX: usize = 4;

/// The fields of a `RouteMap` that a control plane looks at itself. The rest is skipped:
/// it is for the cells, which read it within their limits.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Head {
    #[prost(uint64, tag = "2")]
    pub version: u64,
    #[prost(string, tag = "4")]
    reason: String,
    #[prost(message, optional, tag = "5")]
    pub lease: Option<Lease>,
    #[prost(uint64, optional, tag = "8")]
    expected_serving: Option<u64>,
}

/// The version that a push says it has; `None`: it is no `RouteMap`.
pub fn version_of(push: &[u8]) -> Option<u64> {
    Head::decode(push).ok().map(|head| head.version)
}

/// Who asks, and what they may do.
pub struct Caller<'a> {
    /// By certificate, or as the control plane knows them.
    pub who: &'a str,
    /// Whether they may change the thing of that kind and name, as in `Change`. `None`: they
    /// may change everything.
    pub may: Option<May<'a>>,
}

/// Whether the thing of that kind and name may be changed.
pub type May<'a> = &'a dyn Fn(&str, &str) -> bool;

/// Where a rollback leads.
pub struct Back<'a> {
    /// As for one engine.
    pub target: Target,
    /// The rollback is refused unless this version is to be served by all.
    pub expected: Option<u64>,
    /// Why, for people.
    pub reason: &'a str,
}

/// How something is to be rolled out, in place of what the configuration says.
#[derive(Clone, Debug, Default)]
pub struct How {
    /// How many engines at once.
    pub stages: Option<Stages>,
    /// How long a stage must do well.
    pub bake: Option<Duration>,
}

/// What is decided, before it has a revision.
struct Draft<'a> {
    kind: &'a str,
    who: &'a str,
    reason: String,
    version: u64,
    before: u64,
    push: Option<Pushed>,
    /// Whether those bytes are new to the ledger.
    new: bool,
    stages: Stages,
    bake: Duration,
}

impl<L: Ledger> Plane<L> {
    /// A push for all engines: refused if one of those that are connected would refuse
    /// it; else written down, and begun to be rolled out.
    ///
    /// # Errors
    /// Why not. Nothing was changed.
    pub fn push(
        &mut self,
        bytes: &[u8],
        dry_run: bool,
        how: How,
        caller: &Caller<'_>,
        now: Now,
    ) -> Result<Applied, Refusal> {
        self.lapse(now);
        let map = head(bytes).map_err(|fault| {
            self.no(
                "",
                Code::Malformed.as_str(),
                format!("it is no RouteMap: {fault}"),
            )
        })?;
        if let Some(rollout) = &self.rollout {
            let message = format!(
                "revision {} (version {}) is being rolled out; wait for its end, or roll it back",
                rollout.goal.revision, rollout.goal.version
            );
            return Err(self.no("", "rollout_in_progress", message));
        }
        let digest = routewright::Digest::of(bytes).0.to_vec();
        if map.version == self.settled.version && digest == self.settled.digest() {
            return Ok(Applied {
                serving_version: self.settled.version,
                push_digest: digest,
                unchanged: true,
                dry_run,
                revision: self.settled.revision,
                ..Applied::default()
            });
        }
        if map.version <= self.accepted {
            let above = self.accepted.saturating_add(1);
            let message = format!(
                "version {} is not above {}, which was accepted before; use {above} or above",
                map.version, self.accepted
            );
            return Err(self.no("version", Code::StaleVersion.as_str(), message));
        }
        // Also where no engine is there to say it: after it, no version would be left.
        if map.version - self.accepted > VERSION_JUMP_MAX {
            let message = format!(
                "version {} is more than {VERSION_JUMP_MAX} above the accepted {}",
                map.version, self.accepted
            );
            return Err(self.no("version", Code::VersionJump.as_str(), message));
        }
        let serving = self.settled.version;
        if let Some(expected) = map.expected_serving.filter(|e| *e != serving) {
            let message = format!(
                "version {serving} is serving, not {expected} as expected; look again, then push"
            );
            return Err(self.no("expected_serving", Code::ServingMismatch.as_str(), message));
        }
        let mut applied = self.preflight(bytes, now)?;
        self.permit(Some(bytes), caller, "UpdateRouteMap", now)?;
        applied.serving_version = map.version;
        applied.push_digest.clone_from(&digest);
        applied.dry_run = dry_run;
        if dry_run {
            return Ok(applied);
        }
        let draft = Draft {
            kind: "push",
            who: caller.who,
            reason: map.reason,
            version: map.version,
            before: self.settled.version,
            push: Some(Pushed::new(map.version, digest, bytes.into(), now)),
            new: true,
            stages: how.stages.unwrap_or_else(|| self.config.stages.clone()),
            bake: how.bake.unwrap_or(self.config.bake),
        };
        applied.revision = self.decide(draft, now)?;
        Ok(applied)
    }

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
        if stops || version != serving {
            let bytes = push.as_ref().map(|push| &*push.bytes);
            self.permit(bytes, caller, "RollbackRouteMap", now)?;
        }
        let applied = Applied {
            serving_version: version,
            push_digest: push.as_ref().map(|p| p.digest.clone()).unwrap_or_default(),
            unchanged: !stops && version == serving,
            dry_run,
            revision: self.settled.revision,
            engines: self.reachable(),
            ..Applied::default()
        };
        if dry_run || applied.unchanged {
            return Ok(applied);
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
        };
        if stops {
            let why = format!("rolled back by {}: {reason}", caller.who);
            if version == serving {
                let revision = self.revert(&why, now);
                return Ok(Applied {
                    revision,
                    ..applied
                });
            }
            if let Some(rollout) = self.rollout.take() {
                self.end(&rollout, State::Reverted, &why, now);
            }
        }
        let revision = self.decide(draft, now)?;
        Ok(Applied {
            revision,
            ..applied
        })
    }

    /// Writes a decision down and begins to carry it out.
    fn decide(&mut self, draft: Draft<'_>, now: Now) -> Result<u64, Refusal> {
        let decision = self.decision(&draft, State::RollingOut, now);
        let new = draft
            .push
            .as_ref()
            .filter(|_| draft.new)
            .map(|push| &*push.bytes);
        self.ledger.decide(&decision, new).map_err(|fault| {
            let message = format!("it could not be written down, so nothing was done: {fault}");
            self.no("", "not_recorded", message)
        })?;
        self.revision = decision.revision;
        let mark = self.accepted;
        self.accepted = self.accepted.max(draft.version);
        let goal = goal(&decision, draft.push, now);
        if draft.new && goal.ends.is_some() {
            self.lent.insert(goal.version, now.monotonic);
            if self.lent.len() > LENT_MAX {
                self.lent.pop_first();
            }
        }
        let rollout = Rollout {
            decided: draft.kind != "push",
            stages: draft.stages,
            bake: draft.bake,
            goal,
            stage: 0,
            told: BTreeMap::new(),
            well_since: None,
            mark,
            not_before: Duration::ZERO,
            begun: now.monotonic,
        };
        self.rollout = Some(rollout);
        self.advance(now);
        Ok(decision.revision)
    }

    fn decision(&self, draft: &Draft<'_>, state: State, now: Now) -> Decision {
        Decision {
            revision: self.revision.saturating_add(1),
            kind: draft.kind.to_owned(),
            version: draft.version,
            before_version: draft.before,
            push_digest: draft
                .push
                .as_ref()
                .map(|p| p.digest.clone())
                .unwrap_or_default(),
            published_ms: draft.push.as_ref().map_or(0, |p| millis(p.published)),
            who: draft.who.to_owned(),
            reason: clipped(draft.reason.clone()),
            at_ms: millis(now.wall),
            state: state.as_str().to_owned(),
            stages: draft.stages.texts(),
            bake_ms: millis(draft.bake),
            ..Decision::default()
        }
    }

    /// Ends the rollout that goes on, and brings whoever was told back.
    pub(super) fn revert(&mut self, why: &str, now: Now) -> u64 {
        let Some(rollout) = self.rollout.take() else {
            return self.revision;
        };
        self.end(&rollout, State::Reverted, why, now);
        let settled = self.settled.clone();
        self.settle_at(
            settled.version,
            settled.before,
            settled.push,
            "revert",
            why,
            now,
        )
    }

    /// Leaves what had settled, for what was there before it.
    pub(super) fn retreat(&mut self, why: &str, now: Now) {
        if let Some(rollout) = self.rollout.take() {
            self.end(&rollout, State::Reverted, why, now);
        }
        let version = self.before_settled(now);
        let (push, before) = self.again(version, now).unwrap_or((None, 0));
        let version = push.as_ref().map_or(0, |push| push.version);
        self.settle_at(version, before, push, "revert", why, now);
    }

    /// Ends what is lent, when its time has come.
    pub(super) fn lapse(&mut self, now: Now) {
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
            self.settle_at(0, 0, None, "expiry", "its lease ended", now);
        }
    }

    /// A decision that all engines are brought to at once, without asking.
    fn settle_at(
        &mut self,
        version: u64,
        before: u64,
        push: Option<Pushed>,
        kind: &str,
        reason: &str,
        now: Now,
    ) -> u64 {
        let draft = Draft {
            kind,
            who: "control plane",
            reason: reason.to_owned(),
            version,
            before,
            push,
            new: false,
            stages: Stages::off(),
            bake: Duration::ZERO,
        };
        let decision = self.decision(&draft, State::Done, now);
        // Going back must not depend on a disk. If this is lost with the process, what was
        // reverted is on disk as not done, and a lease is over by its own time.
        let _told_by_metrics = self.ledger.decide(&decision, None);
        self.revision = decision.revision;
        self.settled = goal(&decision, draft.push, now);
        let names: Vec<String> = self.members.keys().cloned().collect();
        for name in names {
            self.sync(&name, false, now);
        }
        self.revision
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
        let fault = |fault: super::LedgerFault| self.no("", "not_recorded", fault.to_string());
        let decision = self.ledger.version(version).map_err(fault)?;
        let decision = decision.ok_or_else(|| {
            unknown(format!(
                "version {version} was never pushed here (see `log`; 0 is the baseline)"
            ))
        })?;
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

    /// Asks a cell of each kind of engine.
    fn preflight(&mut self, bytes: &[u8], now: Now) -> Result<Applied, Refusal> {
        let mut refusal: Option<Refusal> = None;
        let mut applied: Option<Applied> = None;
        for (member, names) in self.kinds() {
            let Some(image) = self.baselines.get(&member.baseline).cloned() else {
                let message = format!(
                    "the baseline of {names} is not known yet; it was asked for, try again"
                );
                return Err(self.no("", "not_ready", message));
            };
            let digest = member.serving.push_digest.clone();
            let serving = self.pushed(&digest, member.serving.version, now);
            let asked = self
                .shadows
                .ask(&member, &image, serving.as_ref(), bytes, now);
            let asked = asked.map_err(|why| {
                self.no(
                    "",
                    Code::Malformed.as_str(),
                    format!("{names} cannot be asked: {why}"),
                )
            })?;
            match asked {
                Ok(accepted) => {
                    applied.get_or_insert_with(|| answer::applied(&accepted, true, 0));
                }
                Err(refused) => {
                    let mut told = answer::refusal(&refused);
                    for violation in &mut told.violations {
                        violation.engine.clone_from(&names);
                    }
                    told.message = format!("{names}: {}", told.message);
                    match &mut refusal {
                        None => refusal = Some(told),
                        Some(refusal) => {
                            refusal.violations.extend(told.violations);
                            refusal.violation_count += told.violation_count;
                        }
                    }
                }
            }
        }
        if let Some(mut refusal) = refusal {
            refusal.serving_version = self.settled.version;
            // Its engines may be ahead, if they were pushed to by somebody else.
            refusal.accepted_version = refusal.accepted_version.max(self.accepted);
            return Err(refusal);
        }
        let mut applied = applied.unwrap_or_default();
        applied.engines = self.reachable();
        applied.unchanged = false;
        Ok(applied)
    }

    /// One engine of each kind that can be reached and is in step, and the names of its likes.
    fn kinds(&self) -> Vec<(Member, String)> {
        let mut kinds: HashMap<Kind, (Member, Vec<&str>, usize)> = HashMap::new();
        let asked = |member: &Member| member.reachable() && self.in_step(member);
        for (name, member) in self.members.iter().filter(|(_, m)| asked(m)) {
            let kind = kinds.entry(Kind::of(member));
            let (_, names, count) = kind.or_insert_with(|| (member.clone(), Vec::new(), 0));
            *count += 1;
            if names.len() < NAMES_MAX {
                names.push(name);
            }
        }
        let mut kinds: Vec<(Member, String)> = kinds
            .into_values()
            .map(|(member, names, count)| {
                let shown = names.join(", ");
                match count - names.len() {
                    0 => (member, shown),
                    more => (member, format!("{shown} and {more} more")),
                }
            })
            .collect();
        kinds.sort_by(|a, b| a.1.cmp(&b.1));
        kinds
    }

    fn reachable(&self) -> u32 {
        let reachable = self.members.values().filter(|m| m.reachable()).count();
        u32::try_from(reachable).unwrap_or(u32::MAX)
    }

    /// A refusal for one reason of the control plane's own.
    pub(super) fn no(&self, path: &str, code: &str, message: String) -> Refusal {
        Refusal {
            message: message.clone(),
            violations: vec![Violation {
                path: path.to_owned(),
                code: code.to_owned(),
                message,
                ..Violation::default()
            }],
            violation_count: 1,
            serving_version: self.settled.version,
            accepted_version: self.accepted,
        }
    }
}

fn goal(decision: &Decision, push: Option<Pushed>, now: Now) -> Goal {
    Goal {
        revision: decision.revision,
        version: decision.version,
        before: decision.before_version,
        ends: push.as_ref().and_then(|push| ends(push, now)),
        push,
        reason: decision.reason.clone(),
    }
}

/// What a control plane reads of a push.
pub(super) fn head(bytes: &[u8]) -> Result<Head, prost::DecodeError> {
    Head::decode(bytes)
}

/// When the lease of a push ends, on the monotonic clock; `None`: it has none.
pub(super) fn ends(push: &Pushed, now: Now) -> Option<Duration> {
    let lease = head(&push.bytes).ok()?.lease?;
    let left = Duration::from_millis(lease.ttl_ms).saturating_sub(push.age(now));
    Some(now.monotonic.saturating_add(left))
}
