//! A rollout: who was told, who answered, and what follows from that.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use routewright::{Digest, Now};
use routewright_schema::pb::{Decision, EngineOutcome, Refusal, RolloutState};

use super::ledger::State;
use super::member::Member;
use super::{Config, ENDED_MAX, Ended, Goal, Ledger, Plane, Stages};
use crate::fit::{count, millis};

/// Names that are listed where engines are waited for.
const NAMES_MAX: usize = 16;
/// How often an engine that was told may leave during a rollout.
pub const DROPS_MAX: u32 = 1;

/// Something that engines are being brought to.
#[derive(Clone, Debug)]
pub struct Rollout {
    pub goal: Goal,
    pub stages: Stages,
    pub bake: Duration,
    /// The content was served before: nobody is asked whether it is too far a step, and a
    /// refusal does not take it back.
    pub decided: bool,
    /// Which stage it is in, from 0.
    pub stage: usize,
    pub told: BTreeMap<String, Answer>,
    /// Those of them that may say no.
    pub voters: BTreeSet<String>,
    /// How often engines that were told have left.
    pub drops: BTreeMap<String, u32>,
    /// What the first one said that refused it.
    pub refusal: Option<Refusal>,
    /// Nobody was in step when it was decided, so all are asked.
    pub all_vote: bool,
    /// All were told in the last stage, and nobody is waited for.
    pub complete: bool,
    /// Since when this stage does well.
    pub well_since: Option<Duration>,
    /// The highest version that was decided before this one.
    pub mark: u64,
    /// Nothing is done before.
    pub not_before: Duration,
    /// When it was decided.
    pub begun: Duration,
}

/// What an engine that was told has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    Waiting {
        /// On the monotonic clock.
        since: Duration,
    },
    /// It serves it.
    Took,
    /// It does not, and goes on as before.
    Refused,
    /// Nothing, for too long; it will be brought along when it comes back.
    Late,
}

impl Rollout {
    /// What was interrupted by a restart.
    pub fn resumed(goal: Goal, decision: &Decision, config: &Config, now: Now) -> Rollout {
        let at = Duration::from_millis(decision.at_ms);
        Rollout {
            stages: Stages::parse(&decision.stages).unwrap_or_else(|_| config.stages.clone()),
            bake: Duration::from_millis(decision.bake_ms),
            decided: decision.kind != "push",
            goal,
            stage: 0,
            told: BTreeMap::new(),
            voters: BTreeSet::new(),
            drops: BTreeMap::new(),
            refusal: None,
            all_vote: decision.all_vote,
            complete: false,
            well_since: None,
            // Perhaps less than it was: it only says what engines need not be asked about.
            mark: decision.before_version,
            not_before: Duration::ZERO,
            begun: now.monotonic.saturating_sub(now.wall.saturating_sub(at)),
        }
    }

    fn waiting(&self) -> impl Iterator<Item = &str> {
        let waiting = |answer: &Answer| matches!(answer, Answer::Waiting { .. });
        self.told
            .iter()
            .filter(move |(_, a)| waiting(a))
            .map(|(n, _)| n.as_str())
    }

    fn count(&self, answer: Answer) -> usize {
        self.told.values().filter(|other| **other == answer).count()
    }

    pub fn in_last_stage(&self) -> bool {
        self.stage + 1 >= self.stages.count()
    }

    fn state(&self, engines: u32, now: Now) -> RolloutState {
        let bake = self.well_since.filter(|_| !self.in_last_stage());
        let left = bake.map(|since| {
            since
                .saturating_add(self.bake)
                .saturating_sub(now.monotonic)
        });
        RolloutState {
            revision: self.goal.revision,
            version: self.goal.version,
            stage: count(self.stage + 1),
            stages: count(self.stages.count()),
            told: count(self.told.len()),
            acknowledged: count(self.count(Answer::Took)),
            engines,
            waiting_for: self.waiting().take(NAMES_MAX).map(str::to_owned).collect(),
            state: match left {
                Some(_) => "baking".to_owned(),
                None => State::RollingOut.as_str().to_owned(),
            },
            outcome: String::new(),
            bake_ms: left.map_or(0, millis),
            refusal: self.refusal.clone(),
        }
    }
}

impl<L: Ledger> Plane<L> {
    /// How a rollout stands: the one that goes on, or one that has ended.
    pub fn rollout(&self, revision: u64, now: Now) -> Option<RolloutState> {
        match &self.rollout {
            Some(rollout) if rollout.goal.revision == revision => {
                Some(rollout.state(self.reachable(), now))
            }
            _ => self
                .ended
                .iter()
                .map(|ended| &ended.state)
                .find(|ended| ended.revision == revision)
                .cloned(),
        }
    }

    /// What is being rolled out.
    pub fn rolling_out(&self, now: Now) -> Option<RolloutState> {
        let revision = self.rollout.as_ref()?.goal.revision;
        self.rollout(revision, now)
    }

    /// The same, or what was rolled out last.
    pub fn newest_rollout(&self, now: Now) -> Option<RolloutState> {
        let last = || self.ended.back().map(|ended| ended.state.clone());
        self.rolling_out(now).or_else(last)
    }

    /// How many engines a rollout may come to.
    pub(super) fn reachable(&self) -> u32 {
        count(self.members.values().filter(|m| m.reachable()).count())
    }

    /// Goes as far as the answers allow.
    pub(super) fn advance(&mut self, now: Now) {
        if let Some(rollout) = &mut self.rollout {
            rollout.complete = false;
        }
        loop {
            let Some(rollout) = &self.rollout else {
                return;
            };
            if now.monotonic < rollout.not_before {
                return;
            }
            let (revision, told) = (rollout.goal.revision, &rollout.told);
            let free = |(name, member): &(&String, &Member)| {
                member.reachable() && !told.contains_key(*name)
            };
            let last = rollout.in_last_stage();
            // Whoever owes an answer, or is out of step, is no engine to try something on.
            let mut next: Vec<&String> = self
                .members
                .iter()
                .filter(free)
                .filter(|(_, member)| last || (!member.lagging && self.may_vote(member)))
                .map(|(name, _)| name)
                .collect();
            let all = told.len() + next.len();
            let wanted = rollout
                .stages
                .told(rollout.stage, all)
                .saturating_sub(told.len());
            if wanted > 0 {
                // Other engines go first each time, and the same after a restart.
                next.sort_by_key(|name| Digest::of(format!("{revision} {name}").as_bytes()).0);
                next.truncate(wanted);
                let names: Vec<String> = next.into_iter().cloned().collect();
                self.begin(names, now);
                continue;
            }
            let Some(rollout) = &mut self.rollout else {
                return;
            };
            if rollout.waiting().next().is_some() {
                rollout.well_since = None;
                return;
            }
            if last {
                rollout.complete = true;
                return;
            }
            // While one of those is away, nobody knows how it does.
            let away = |name: &String| self.members.get(name).is_none_or(|m| m.stream.is_none());
            let mut took = rollout.told.iter().filter(|(_, a)| **a == Answer::Took);
            if took.any(|(name, _)| away(name)) {
                return;
            }
            let since = *rollout.well_since.get_or_insert(now.monotonic);
            if now.monotonic.saturating_sub(since) < rollout.bake {
                return;
            }
            rollout.stage += 1;
            rollout.well_since = None;
        }
    }

    fn begin(&mut self, names: Vec<String>, now: Now) {
        for name in names {
            let Some(member) = self.members.get(&name) else {
                continue;
            };
            let (votes, late) = (self.may_vote(member), member.lagging);
            let Some(rollout) = &mut self.rollout else {
                return;
            };
            let answer = match (member.rests_on(rollout.goal.digest()), late) {
                (true, _) => Answer::Took,
                // It is told as well, but nobody waits for it.
                (false, true) => Answer::Late,
                (false, false) => Answer::Waiting {
                    since: now.monotonic,
                },
            };
            rollout.told.insert(name.clone(), answer);
            if votes {
                rollout.voters.insert(name.clone());
            }
            self.sync(&name, false, now);
        }
    }

    /// Notes what an engine made of a revision.
    pub(super) fn answered(
        &mut self,
        name: &str,
        revision: u64,
        answer: Answer,
        reason: String,
        refusal: Option<Refusal>,
        now: Now,
    ) {
        let outcome = match answer {
            Answer::Took => "ack",
            Answer::Refused => "nack",
            Answer::Late => "lost",
            Answer::Waiting { .. } => return,
        };
        let outcome = EngineOutcome {
            name: name.to_owned(),
            outcome: outcome.to_owned(),
            reason: reason.clone(),
            at_ms: millis(now.wall),
            refusal: refusal.clone(),
        };
        self.ledger.outcome(revision, outcome);
        let Some(rollout) = &mut self.rollout else {
            return;
        };
        if rollout.goal.revision != revision {
            return;
        }
        if rollout.refusal.is_none() {
            rollout.refusal = refusal;
        }
        rollout.told.insert(name.to_owned(), answer);
        let votes = rollout.voters.contains(name);
        if answer == Answer::Refused && votes && !rollout.decided {
            self.revert(&format!("{name} refused: {reason}"), now);
        }
    }

    /// A guard took back what an engine served.
    pub(super) fn tripped(&mut self, name: &str, goal: &Goal, why: &str, now: Now) {
        let outcome = EngineOutcome {
            name: name.to_owned(),
            outcome: "tripped".to_owned(),
            reason: why.to_owned(),
            at_ms: millis(now.wall),
            refusal: None,
        };
        self.ledger.outcome(goal.revision, outcome);
        let why = format!("a guard tripped at {name}: {why}");
        self.condemn(goal, &why);
        match &self.rollout {
            Some(rollout) if rollout.goal.revision == goal.revision => {
                self.revert(&why, now);
            }
            // It had done well by then; what was there before it is what is known to be good.
            _ if self.settled.revision == goal.revision => self.retreat(&why, now),
            _ => {}
        }
    }

    /// Marks what a guard took back, so that no rollback leads there again.
    fn condemn(&mut self, goal: &Goal, why: &str) {
        let pushed = self.ledger.version(goal.version).ok().flatten();
        let revisions = [Some(goal.revision), pushed.map(|pushed| pushed.revision)];
        for revision in revisions.into_iter().flatten().collect::<BTreeSet<u64>>() {
            // It is tried again.
            let _told_by_metrics = self.note_end(revision, State::Reverted, why);
        }
    }

    /// An engine that was told has left. Once may be its network; twice is one that does not
    /// live with what it was told.
    pub(super) fn dropped(&mut self, name: &str, now: Now) {
        let Some(rollout) = &mut self.rollout else {
            return;
        };
        let counts = |answer: &Answer| matches!(answer, Answer::Took | Answer::Waiting { .. });
        if !rollout.told.get(name).is_some_and(counts) {
            return;
        }
        let drops = rollout.drops.entry(name.to_owned()).or_default();
        *drops += 1;
        if *drops > DROPS_MAX {
            self.late(name, true, "it was lost again and again", now);
        }
    }

    /// What time brings: leases that end, engines that are lost or late, stages that have
    /// done well for long enough. To be called some ten times a second.
    pub fn tick(&mut self, now: Now) {
        self.lapse(now);
        self.write_denied(now);
        self.write_again(now);
        let (answer_within, lost_after) = (self.config.answer_within, self.config.lost_after);
        let passed = |since: Duration, limit| now.monotonic.saturating_sub(since) > limit;
        let mut lost: Vec<(String, bool)> = Vec::new();
        if let Some(rollout) = self
            .rollout
            .as_ref()
            .filter(|r| now.monotonic >= r.not_before)
        {
            for (name, answer) in &rollout.told {
                let member = self.members.get(name);
                let away = member.filter(|m| m.stream.is_none());
                let is_away = member.is_none() || away.is_some_and(|m| passed(m.since, lost_after));
                let silent = match answer {
                    Answer::Waiting { since } => passed(*since, answer_within),
                    Answer::Took | Answer::Refused | Answer::Late => false,
                };
                let counts = !matches!(answer, Answer::Late | Answer::Refused);
                if counts && (is_away || silent) {
                    lost.push((name.clone(), is_away));
                }
            }
        }
        for (name, is_away) in lost {
            let why = match is_away {
                true => format!("it was lost for more than {lost_after:?}"),
                false => format!("it did not answer within {answer_within:?}"),
            };
            self.late(&name, is_away, &why, now);
        }
        self.advance(now);
    }

    fn late(&mut self, name: &str, is_away: bool, why: &str, now: Now) {
        let Some(rollout) = &self.rollout else {
            return;
        };
        let (revision, decided, last) = (
            rollout.goal.revision,
            rollout.decided,
            rollout.in_last_stage(),
        );
        if let Some(member) = self.members.get_mut(name) {
            member.lagging = !is_away;
            member.note = format!("revision {revision}: {why}");
        }
        let votes = rollout.voters.contains(name);
        self.answered(name, revision, Answer::Late, why.to_owned(), None, now);
        // Where all are told, one that is slow is no sign that the push is bad; one that is
        // gone may be.
        if votes && !decided && (is_away || !last) {
            self.revert(&format!("{name}: {why}"), now);
        }
    }

    /// Writes down the end of a rollout that is complete. Not at once with the answer that
    /// completes it, so that whoever waits for that answer need not wait for the disk; but
    /// before anything else is decided, and with every [`tick`](Self::tick).
    pub fn conclude(&mut self, now: Now) {
        let Some(rollout) = self.rollout.take_if(|rollout| rollout.complete) else {
            return;
        };
        let (took, refused) = (rollout.count(Answer::Took), rollout.count(Answer::Refused));
        let late: Vec<&String> = rollout
            .told
            .iter()
            .filter(|(_, answer)| **answer == Answer::Late)
            .map(|(name, _)| name)
            .collect();
        let mut outcome = match took {
            1 => "1 engine serves it".to_owned(),
            n => format!("{n} engines serve it"),
        };
        if refused > 0 {
            outcome.push_str(&format!(", {refused} refused"));
        }
        if !late.is_empty() {
            let named: Vec<&str> = late.iter().take(NAMES_MAX).map(|n| n.as_str()).collect();
            outcome.push_str(&format!(", {} late: {}", late.len(), named.join(", ")));
        }
        self.end(&rollout, State::Done, &outcome, now);
        self.settled = rollout.goal;
        self.sync_all(now);
    }

    /// Writes down how a rollout ended, and remembers it for those who watch.
    pub(super) fn end(&mut self, rollout: &Rollout, state: State, outcome: &str, now: Now) {
        // A disk that fails now does not change what engines serve; it is tried again.
        let written = self.note_end(rollout.goal.revision, state, outcome);
        let mut ended = rollout.state(self.reachable(), now);
        ended.state = state.as_str().to_owned();
        ended.outcome = match written {
            Ok(()) => outcome.to_owned(),
            Err(fault) => format!("{outcome} (not on disk yet: {fault})"),
        };
        ended.bake_ms = 0;
        ended.stage = 0;
        if self.ended.len() >= ENDED_MAX {
            self.ended.pop_front();
        }
        self.ended.push_back(Ended {
            state: ended,
            decided: rollout.decided,
            took: now.monotonic.saturating_sub(rollout.begun),
        });
    }
}
