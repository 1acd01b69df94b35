//! The control plane: what all engines should serve, and how they are brought there.
//!
//! [`Plane`] decides, and does nothing else: it is given what engines and people say, and
//! what time it is, and it gives back what is to be sent. It has no thread, socket or
//! clock, so a simulation can run a thousand of its lives in a second; [`Ledger`] is the
//! only thing that it waits for. What connects it with the world is `serve`.
//!
//! ```text
//!  people --push, rollback--> Plane <--hello, ack, nack, report-- engines
//!                              | ^
//!                    decisions v | what was decided before a restart
//!                             Ledger
//! ```
//!
//! Every decision has a *revision*. An engine is brought to the newest *settled* decision,
//! or, if a rollout has come to it, to the one that is being rolled out. A rollout goes on
//! when the engines that were told have answered; if one of them refuses, is lost, or
//! takes it back by its guard, a new decision brings them all back.

mod ask;
mod audit;
mod back;
mod census;
mod decide;
mod engines;
pub mod ledger;
mod member;
mod permit;
mod preflight;
mod push;
mod rollout;
mod shadows;
mod stages;
mod unwritten;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use routewright::Now;
use routewright_schema::pb::{self, Decision};

pub use ask::Absent;
pub(crate) use audit::attempts_of;
pub use back::Back;
pub use census::{Census, Ended, Progress};
pub use decide::How;
pub use ledger::{Ledger, LedgerFault, Memory, State};
pub use member::StreamId;
pub use permit::{Caller, May};
pub use push::version_of;
pub use stages::{Stage, Stages};

use member::Member;
use rollout::Rollout;
use shadows::{Pushed, Shadows};

use crate::fit::millis;

/// Engines that are remembered while they are away.
const ABSENT_MAX: usize = 4_096;
/// Engines that may be connected.
pub const ENGINES_MAX: usize = 16_384;
/// Rollouts that are remembered after their end.
const ENDED_MAX: usize = 64;
/// Bases of deltas that are remembered.
const CONTENTS_MAX: usize = 256;
/// Versions with a lease whose begin is remembered.
const LENT_MAX: usize = 1_024;
/// Baselines of engines that are remembered.
const BASELINES_MAX: usize = 64;

/// How a control plane goes about it, unless a push says otherwise.
#[derive(Clone, Debug)]
pub struct Config {
    /// Of a push.
    pub stages: Stages,
    /// How long a stage of a push must do well before the next.
    pub bake: Duration,
    /// How long an engine may take to answer.
    pub answer_within: Duration,
    /// How long an engine may be away before it counts as lost.
    pub lost_after: Duration,
    /// How long after a start engines may take to come back, before a rollout that was
    /// interrupted goes on.
    pub regroup: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            stages: Stages::one_first(),
            bake: Duration::from_secs(10),
            answer_within: Duration::from_secs(10),
            lost_after: Duration::from_secs(5),
            regroup: Duration::from_secs(5),
        }
    }
}

/// Something to be done for the plane.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Say this to an engine. A later one to the same stream takes the place of one that
    /// was not yet sent.
    Tell(StreamId, Arc<pb::WatchRouteMapResponse>),
    /// Ask an engine for the image it was compiled with.
    AskBaseline(StreamId),
    /// End a stream, for this reason.
    Close(StreamId, String),
}

/// What engines are to serve.
#[derive(Clone, Debug)]
struct Goal {
    revision: u64,
    /// 0 is the baseline.
    version: u64,
    /// The version before it: where a rollback of it leads.
    before: u64,
    /// `None`: the baseline.
    push: Option<Pushed>,
    /// Nothing was ever settled: engines keep what they were given by others.
    unset: bool,
    /// When its lease ends, on the monotonic clock.
    ends: Option<Duration>,
    reason: String,
}

impl Goal {
    fn of(decision: &Decision, push: Option<Pushed>, now: Now) -> Goal {
        Goal {
            revision: decision.revision,
            version: decision.version,
            before: decision.before_version,
            ends: push.as_ref().and_then(|push| push::ends(push, now)),
            push,
            unset: decision.unset,
            reason: decision.reason.clone(),
        }
    }

    fn digest(&self) -> &[u8] {
        self.push.as_ref().map_or(&[], |push| &push.digest)
    }
}

/// The state of a control plane; see the module.
pub struct Plane<L> {
    ledger: L,
    config: Config,
    /// Of the newest decision.
    revision: u64,
    /// The highest version of any decision. What engines say does not raise it: one that is
    /// wrong about it would take all others along.
    accepted: u64,
    settled: Goal,
    rollout: Option<Rollout>,
    /// When versions with a lease were pushed, as far as this process did it, on the
    /// monotonic clock.
    lent: BTreeMap<u64, Duration>,
    /// By name.
    members: BTreeMap<String, Member>,
    streams: HashMap<StreamId, String>,
    baselines: HashMap<[u8; 16], Arc<[u8]>>,
    shadows: Shadows,
    /// How the newest goal is told, by the digest of what an engine has; none: whole. Copies
    /// of these share their bytes.
    contents: HashMap<Vec<u8>, pb::update::Content>,
    /// The digest of that goal.
    contents_of: Vec<u8>,
    ended: VecDeque<Ended>,
    audit: audit::Audit,
    unwritten: unwritten::Unwritten,
    effects: Vec<Effect>,
}

impl<L: Ledger> Plane<L> {
    /// Takes up what a ledger holds. A rollout that was interrupted goes on, once engines
    /// had time to come back.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn open(ledger: L, config: Config, now: Now) -> Result<Plane<L>, LedgerFault> {
        let mut plane = Plane {
            config,
            revision: 0,
            // Also over what was taken or rolled back since: a number is used once.
            accepted: ledger.highest()?,
            settled: Goal {
                revision: 0,
                version: 0,
                before: 0,
                push: None,
                unset: true,
                ends: None,
                reason: String::new(),
            },
            rollout: None,
            lent: BTreeMap::new(),
            members: BTreeMap::new(),
            streams: HashMap::new(),
            // Engines are asked again for what is left out.
            baselines: ledger
                .baselines()?
                .into_iter()
                .take(BASELINES_MAX)
                .collect(),
            shadows: Shadows::default(),
            contents: HashMap::new(),
            contents_of: Vec::new(),
            ended: VecDeque::new(),
            audit: audit::Audit::default(),
            unwritten: unwritten::Unwritten::default(),
            effects: Vec::new(),
            ledger,
        };
        plane.resume(now)?;
        Ok(plane)
    }

    fn resume(&mut self, now: Now) -> Result<(), LedgerFault> {
        // Newest first, until one that engines were all brought to.
        let mut before = u64::MAX;
        let mut unfinished: Option<Decision> = None;
        loop {
            let page = self.ledger.decisions(before, 64)?;
            for decision in &page {
                self.revision = self.revision.max(decision.revision);
                if decision.state == State::Done.as_str() {
                    self.settled = self.goal_of(decision, now)?;
                    self.stopped(decision.revision.saturating_sub(1))?;
                    return self.go_on(unfinished, now);
                }
                if decision.state == State::RollingOut.as_str() && unfinished.is_none() {
                    self.stopped(decision.revision.saturating_sub(1))?;
                    unfinished = Some(decision.clone());
                }
            }
            match page.last() {
                Some(oldest) => before = oldest.revision,
                None => return self.go_on(unfinished, now),
            }
        }
    }

    /// A process that was killed just after it had written down what replaces a rollout has
    /// not written down that this ended.
    fn stopped(&mut self, revision: u64) -> Result<(), LedgerFault> {
        let newest = self.ledger.decisions(revision.saturating_add(1), 1)?;
        let rolling = |decision: &&Decision| decision.state == State::RollingOut.as_str();
        if let Some(decision) = newest.iter().find(rolling) {
            let outcome = "replaced by the decision after it";
            // It is tried again.
            let _told_by_metrics = self.note_end(decision.revision, State::Reverted, outcome);
        }
        Ok(())
    }

    fn go_on(&mut self, unfinished: Option<Decision>, now: Now) -> Result<(), LedgerFault> {
        let Some(decision) = unfinished else {
            // Revisions rise, also over one that was taken back.
            self.settled.revision = self.revision;
            return Ok(());
        };
        let goal = self.goal_of(&decision, now)?;
        let mut rollout = Rollout::resumed(goal, &decision, &self.config, now);
        rollout.not_before = now.monotonic.saturating_add(self.config.regroup);
        self.rollout = Some(rollout);
        Ok(())
    }

    /// What engines are to serve by a decision.
    fn goal_of(&self, decision: &Decision, now: Now) -> Result<Goal, LedgerFault> {
        let lost = || {
            LedgerFault(format!(
                "revision {}: the bytes of version {} are not in the ledger",
                decision.revision, decision.version
            ))
        };
        let push = match decision.version {
            0 => None,
            _ => {
                let bytes = self.ledger.push(&decision.push_digest)?.ok_or_else(lost)?;
                Some(Pushed::found(decision, bytes, now))
            }
        };
        Ok(Goal::of(decision, push, now))
    }

    /// The highest version that engines may take for accepted: not one that they are still
    /// to be asked about.
    fn mark(&self) -> u64 {
        match &self.rollout {
            Some(rollout) if !rollout.decided => rollout.mark,
            _ => self.accepted,
        }
    }

    /// What is to be done since this was asked last, in order.
    pub fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The ledger; for what only reads.
    pub fn ledger(&self) -> &L {
        &self.ledger
    }

    /// The same, to be closed or broken by a test.
    pub fn ledger_mut(&mut self) -> &mut L {
        &mut self.ledger
    }

    /// What an engine should serve now.
    fn goal(&self, name: &str) -> &Goal {
        match &self.rollout {
            Some(rollout) if rollout.told.contains_key(name) => &rollout.goal,
            _ => &self.settled,
        }
    }

    /// Whether an engine is asked for this, and may say no.
    fn asks(&self, goal: &Goal, name: &str) -> bool {
        let rollout = self.rollout.as_ref();
        let rollout = rollout.filter(|r| !r.decided && r.goal.revision == goal.revision);
        let stays = |r: &Rollout| {
            let member = self.members.get(name);
            member.is_some_and(|m| self.may_vote(m) || m.serves(r.goal.digest()))
        };
        rollout.is_some_and(|rollout| rollout.voters.contains(name) && stays(rollout))
    }

    /// Whether an engine serves what has settled. One that does not is brought along by what
    /// comes next, and is not asked about it: how far that is from what it happens to serve is
    /// nobody's measure, unless there is no other (`all_vote`).
    fn in_step(&self, member: &Member) -> bool {
        match self.settled.unset {
            true => !self.was_pushed_here(&member.serving),
            false => member.serves(self.settled.digest()),
        }
    }

    /// Whether an engine may say no to what is rolled out.
    fn may_vote(&self, member: &Member) -> bool {
        self.in_step(member) || self.rollout.as_ref().is_some_and(|r| r.all_vote)
    }

    /// Whether an engine is to be left as it is.
    fn rests(&self, goal: &Goal, member: &Member) -> bool {
        match goal.unset {
            true => member.is_at_rest() && !self.was_pushed_here(&member.serving),
            false => member.rests_on(goal.digest()),
        }
    }

    fn was_pushed_here(&self, serving: &pb::Serving) -> bool {
        let known = || self.ledger.version(serving.version).ok().flatten();
        serving.version != 0 && known().is_some_and(|d| d.push_digest == serving.push_digest)
    }

    /// Brings an engine to what it should serve, unless it was told already. One that has
    /// just come is told in any case.
    fn sync(&mut self, name: &str, greeting: bool, now: Now) {
        let goal = self.goal(name).clone();
        let Some(rests) = self.members.get(name).map(|m| self.rests(&goal, m)) else {
            return;
        };
        let Some(member) = self.members.get_mut(name) else {
            return;
        };
        let Some(stream) = member.stream.filter(|_| member.reachable()) else {
            return;
        };
        if member.told >= goal.revision && !greeting {
            return;
        }
        member.told = goal.revision;
        let message = if rests {
            member.answered = goal.revision;
            // One that refused does not know whether that still stands.
            if !greeting && member.refused.is_empty() {
                return;
            }
            if !member.refused.is_empty() {
                member.note = std::mem::take(&mut member.refused);
            }
            pb::watch_route_map_response::Message::NotModified(pb::NotModified {})
        } else {
            let base = member.serving.push_digest.clone();
            let fresh = self.asks(&goal, name);
            let content = self.content(&goal, &base);
            pb::watch_route_map_response::Message::Update(self.update(&goal, content, !fresh, now))
        };
        self.tell(stream, goal.revision, message);
    }

    fn tell(
        &mut self,
        stream: StreamId,
        revision: u64,
        message: pb::watch_route_map_response::Message,
    ) {
        let response = pb::WatchRouteMapResponse {
            revision,
            message: Some(message),
        };
        self.effects.push(Effect::Tell(stream, Arc::new(response)));
    }

    /// The bytes of a goal, as a delta if the engine has what makes it short.
    fn content(&mut self, goal: &Goal, base: &[u8]) -> Option<pb::update::Content> {
        let push = goal.push.as_ref()?;
        // Room for this one, and for the whole that it may come down to.
        if self.contents_of != push.digest || self.contents.len() + 2 > CONTENTS_MAX {
            self.contents.clear();
            self.contents_of.clone_from(&push.digest);
        }
        if let Some(content) = self.contents.get(base) {
            return Some(content.clone());
        }
        let known = match base.is_empty() {
            true => None,
            false => self.ledger.push(base).ok().flatten(),
        };
        let content = match known.and_then(|known| crate::delta::between(&known, &push.bytes)) {
            Some(delta) => pb::update::Content::Delta(delta),
            None if base.is_empty() => pb::update::Content::Whole(push.bytes.to_vec().into()),
            None => self.content(goal, &[])?,
        };
        self.contents.insert(base.to_vec(), content.clone());
        Some(content)
    }

    fn update(
        &self,
        goal: &Goal,
        content: Option<pb::update::Content>,
        decided: bool,
        now: Now,
    ) -> pb::Update {
        pb::Update {
            version: goal.version,
            accepted_version: self.mark(),
            push_digest: goal.digest().to_vec(),
            content,
            decided,
            age_ms: goal.push.as_ref().map_or(0, |push| millis(push.age(now))),
            reason: goal.reason.clone(),
        }
    }

    /// The bytes that a member serves, if this control plane knows them.
    fn pushed(&self, digest: &[u8], version: u64, now: Now) -> Option<Pushed> {
        let known = |goal: &Goal| goal.push.clone().filter(|push| push.digest == digest);
        let rollout = self.rollout.as_ref().and_then(|r| known(&r.goal));
        if let Some(pushed) = known(&self.settled).or(rollout) {
            return Some(pushed);
        }
        let decision = self.ledger.version(version).ok()??;
        let bytes = self.ledger.push(digest).ok()??;
        (decision.push_digest == digest).then(|| Pushed::found(&decision, bytes, now))
    }
}
