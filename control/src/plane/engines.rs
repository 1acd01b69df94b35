//! What engines say.

use std::sync::Arc;
use std::time::Duration;

use routewright::{Now, RouteTable};
use routewright_schema::pb::{self, Ack, EngineOutcome, Hello, Nack, Refusal, Report};

use super::member::{self, Member, StreamId};
use super::rollout::{Answer, DROPS_MAX};
use super::shadows::Kind;
use super::{ABSENT_MAX, BASELINES_MAX, ENGINES_MAX, Effect, Goal, Ledger, Plane};
use crate::fit::clipped;

/// Bytes of somebody's words that are kept.
pub(super) const WORDS_BYTES_MAX: usize = 1_024;
/// Why a guard took something back, where its engine did not say: something else was said first.
const JUST_BEFORE: &str = "just before it answered";
/// Violations of a refusal that are kept, and facts of one.
const VIOLATIONS_MAX: usize = 8;
const FACTS_MAX: usize = 8;
/// An engine that was connected for so long lives with what it serves.
const LIVES_AFTER: Duration = Duration::from_secs(60);

impl<L: Ledger> Plane<L> {
    /// An engine has opened a stream. It takes the place of an older one of that name.
    ///
    /// # Errors
    /// In words: what is wrong with the Hello. The stream is to be closed then.
    pub fn hello(&mut self, stream: StreamId, hello: &Hello, now: Now) -> Result<(), String> {
        let mut member = Member::greet(hello)?;
        let name = &hello.name;
        let before = self.members.get(name);
        if self.streams.len() >= ENGINES_MAX && before.is_none_or(|b| b.stream.is_none()) {
            return Err(format!("{ENGINES_MAX} engines are connected already"));
        }
        let mut served = Vec::new();
        let mut replaces = false;
        if let Some(before) = before {
            member.note.clone_from(&before.note);
            member.lagging = before.lagging;
            served.clone_from(&before.serving.push_digest);
            if let Some(old) = before.stream {
                replaces = true;
                self.streams.remove(&old);
                let why = format!("another stream has come as {name}");
                self.effects.push(Effect::Close(old, why));
            }
        }
        member.stream = Some(stream);
        member.since = now.monotonic;
        member.heard = now.wall;
        if !self.baselines.contains_key(&member.baseline) {
            member.asked = true;
            self.effects.push(Effect::AskBaseline(stream));
        }
        self.streams.insert(stream, name.clone());
        let serving = member.serving.clone();
        self.members.insert(name.clone(), member);
        if replaces {
            self.dropped(name, now);
        }
        if let Some(rollout) = &mut self.rollout {
            // Nobody waits a second time for one that comes and goes.
            let again = rollout
                .drops
                .get(name)
                .is_some_and(|drops| *drops > DROPS_MAX);
            // It took it before its stream or this process ended. One on the baseline may have
            // had it all along; then it was not told.
            let known = rollout.goal.push.is_some() || rollout.told.contains_key(name);
            if known && rollout.goal.digest() == serving.push_digest {
                if rollout.told.insert(name.clone(), Answer::Took).is_none() {
                    rollout.voters.insert(name.clone());
                }
            } else if let Some(answer) = rollout.told.get_mut(name)
                && !matches!(answer, Answer::Waiting { .. })
                && !again
            {
                *answer = Answer::Waiting {
                    since: now.monotonic,
                };
            }
        }
        if serving.held {
            self.set_aside(name);
        }
        // A guard may have tripped while nobody listened.
        self.look_at_guards(name, &served, "while no control plane listened", now);
        self.sync(&name.clone(), true, now);
        self.advance(now);
        Ok(())
    }

    /// A stream has ended.
    pub fn gone(&mut self, stream: StreamId, now: Now) {
        let Some(name) = self.streams.remove(&stream) else {
            return;
        };
        if let Some(member) = self.members.get_mut(&name) {
            member.stream = None;
            let lived = now.monotonic.saturating_sub(member.since);
            member.since = now.monotonic;
            // Two breaks of a network that are far apart are no crash loop.
            if lived > LIVES_AFTER
                && let Some(rollout) = &mut self.rollout
            {
                rollout.drops.remove(&name);
            }
        }
        self.dropped(&name, now);
        let absent = self.members.len().saturating_sub(self.streams.len());
        if absent > ABSENT_MAX {
            let oldest = self.members.iter().filter(|(_, m)| m.stream.is_none());
            let oldest = oldest.min_by_key(|(_, m)| m.since).map(|(n, _)| n.clone());
            oldest.and_then(|name| self.members.remove(&name));
        }
        self.advance(now);
    }

    /// An engine serves what it was told to.
    ///
    /// # Errors
    /// In words: what makes no sense. The stream is to be closed then; likewise below.
    pub fn ack(&mut self, stream: StreamId, ack: Ack, now: Now) -> Result<(), String> {
        let serving = member::serving(ack.serving)?;
        let Some((name, from)) = self.heard(stream, now) else {
            return Ok(());
        };
        let goal = self.goal(&name).clone();
        let (fresh, mark) = (self.asks(&goal, &name), self.mark());
        let Some(member) = self.members.get_mut(&name) else {
            return Ok(());
        };
        let right = ack.revision == goal.revision && serving.push_digest == goal.digest();
        let served = std::mem::replace(&mut member.serving, serving).push_digest;
        member.answered = member.answered.max(ack.revision);
        if right {
            member.accepted = match fresh {
                true => member.accepted.max(goal.version),
                false => member.accepted.max(mark),
            };
            member.lagging = false;
            member.note.clear();
            member.refused.clear();
            let to = Kind::of(member);
            self.shadows
                .moved(&from, to, goal.push.as_ref(), !fresh, now);
            self.answered(&name, goal.revision, Answer::Took, String::new(), None, now);
        }
        self.look_at_guards(&name, &served, JUST_BEFORE, now);
        self.advance(now);
        Ok(())
    }

    /// An engine does not serve what it was told to.
    ///
    /// # Errors
    /// As above.
    pub fn nack(&mut self, stream: StreamId, nack: Nack, now: Now) -> Result<(), String> {
        let serving = member::serving(nack.serving)?;
        let Some((name, _)) = self.heard(stream, now) else {
            return Ok(());
        };
        let goal = self.goal(&name).clone();
        let Some(member) = self.members.get_mut(&name) else {
            return Ok(());
        };
        let served = std::mem::replace(&mut member.serving, serving).push_digest;
        if self.look_at_guards(&name, &served, JUST_BEFORE, now) {
            self.advance(now);
            return Ok(());
        }
        let Some(member) = self.members.get_mut(&name) else {
            return Ok(());
        };
        if nack.revision != goal.revision {
            // It is about something that is no longer wanted.
            return Ok(());
        }
        // A second time would be one time too many.
        if nack.needs_whole && member.whole < goal.revision {
            member.whole = goal.revision;
            if goal.push.is_some() {
                let fresh = self.asks(&goal, &name);
                let whole = self.content(&goal, &[]);
                let update = self.update(&goal, whole, !fresh, now);
                let message = pb::watch_route_map_response::Message::Update(update);
                self.tell(stream, goal.revision, message);
                return Ok(());
            }
        }
        member.answered = goal.revision;
        if member.serving.held {
            self.set_aside(&name);
            self.advance(now);
            return Ok(());
        }
        let refusal = nack.refusal.map(|refusal| kept(&name, refusal));
        let why = refusal
            .as_ref()
            .map_or("it gave no reason", |refusal| &refusal.message);
        let why = why.to_owned();
        member.refused = format!("refused revision {}: {why}", goal.revision);
        self.answered(&name, goal.revision, Answer::Refused, why, refusal, now);
        self.advance(now);
        Ok(())
    }

    /// An engine serves something else, by itself.
    ///
    /// # Errors
    /// As above.
    pub fn report(&mut self, stream: StreamId, report: Report, now: Now) -> Result<(), String> {
        let serving = member::serving(report.serving)?;
        let Some((name, _)) = self.heard(stream, now) else {
            return Ok(());
        };
        let Some(member) = self.members.get_mut(&name) else {
            return Ok(());
        };
        let let_go = member.serving.held && !serving.held;
        let served = std::mem::replace(&mut member.serving, serving).push_digest;
        member.accepted = member.accepted.max(report.accepted_version);
        let [cause, why] =
            [&report.cause, &report.reason].map(|words| clipped(words, WORDS_BYTES_MAX));
        member.note = format!("{cause} by itself: {why}");
        if let_go {
            (member.told, member.answered) = (0, 0);
            member.note.clear();
        }
        if self.members.get(&name).is_some_and(|m| m.serving.held) {
            self.set_aside(&name);
        }
        let why = match report.cause == "guard" {
            true => &why,
            false => JUST_BEFORE,
        };
        self.look_at_guards(&name, &served, why, now);
        self.sync(&name, false, now);
        self.advance(now);
        Ok(())
    }

    /// The image that an engine was compiled with.
    pub fn baseline(&mut self, stream: StreamId, image: Vec<u8>, now: Now) {
        let Some((name, _)) = self.heard(stream, now) else {
            return;
        };
        let Some(member) = self.members.get_mut(&name) else {
            return;
        };
        let digest = member.baseline;
        // Reading it takes time, and keeping it a disk: only what is asked for, once.
        if !std::mem::take(&mut member.asked) || self.baselines.contains_key(&digest) {
            return;
        }
        let note = match RouteTable::open(image.as_slice()) {
            Ok(table) if table.digest().0 == digest => match self.room_for_a_baseline() {
                true => {
                    let image: Arc<[u8]> = image.into();
                    self.ledger.baseline(digest, &image);
                    self.baselines.insert(digest, image);
                    return;
                }
                false => format!("its baseline: {BASELINES_MAX} others are in use"),
            },
            Ok(_) => "its baseline is not the one of its Hello".to_owned(),
            Err(fault) => format!("its baseline: {fault}"),
        };
        if let Some(member) = self.members.get_mut(&name) {
            member.note = note;
        }
    }

    /// Forgets a baseline that nobody needs, if there are as many as may be: rather that of
    /// engines that are gone than that of engines that are away.
    fn room_for_a_baseline(&mut self) -> bool {
        if self.baselines.len() < BASELINES_MAX {
            return true;
        }
        let use_of = |digest: &[u8; 16]| {
            let members = self.members.values().filter(|m| m.baseline == *digest);
            members
                .map(|m| 1 + u8::from(m.stream.is_some()))
                .max()
                .unwrap_or(0)
        };
        let least = self.baselines.keys().min_by_key(|digest| use_of(digest));
        match least.copied().filter(|digest| use_of(digest) < 2) {
            Some(digest) => {
                self.baselines.remove(&digest);
                self.ledger.forget_baseline(&digest);
                true
            }
            None => false,
        }
    }

    /// Takes back what a guard of an engine took back, if that was its content by our word:
    /// it served it as far as we know, or has acknowledged it. Also what has settled, when
    /// the engine is told something newer by now: a rollout that fails leads back there.
    /// Returns whether something was.
    fn look_at_guards(&mut self, name: &str, served: &[u8], why: &str, now: Now) -> bool {
        let Some(member) = self.members.get(name) else {
            return false;
        };
        if member.serving.tripped.is_empty() {
            return false;
        }
        let rolling = self.rollout.as_ref().map(|rollout| &rollout.goal);
        let goals = std::iter::once(&self.settled).chain(rolling);
        let tripped = |goal: &&Goal| {
            let digest = goal.digest();
            goal.push.is_some()
                && member.serving.tripped.iter().any(|t| t == digest)
                && (served == digest || self.took(name, goal))
        };
        let goals: Vec<Goal> = goals.filter(tripped).cloned().collect();
        for goal in &goals {
            self.tripped(name, goal, why, now);
        }
        !goals.is_empty()
    }

    /// Whether an engine has acknowledged that decision, or the push that it serves again.
    fn took(&self, name: &str, goal: &Goal) -> bool {
        let pushed = self.ledger.version(goal.version).ok().flatten();
        let pushed = pushed.map(|decision| decision.revision);
        let took = |outcome: &EngineOutcome| outcome.name == name && outcome.outcome == "ack";
        pushed.into_iter().chain([goal.revision]).any(|revision| {
            let newest = self.ledger.decisions(revision.saturating_add(1), 1);
            let decision = newest.ok().and_then(|mut newest| newest.pop());
            let decision = decision.filter(|d| d.revision == revision);
            decision.is_some_and(|decision| decision.engines.iter().any(took))
        })
    }

    /// An engine that is held by hand is no sign of anything: nobody waits for it.
    fn set_aside(&mut self, name: &str) {
        let Some(rollout) = &mut self.rollout else {
            return;
        };
        if !rollout.in_last_stage() {
            // Another one has to try it.
            rollout.told.remove(name);
        } else if let Some(answer) = rollout.told.get_mut(name) {
            *answer = Answer::Late;
        }
    }

    /// Whose stream it is, and of what kind it was.
    fn heard(&mut self, stream: StreamId, now: Now) -> Option<(String, Kind)> {
        let name = self.streams.get(&stream)?.clone();
        let member = self.members.get_mut(&name)?;
        member.heard = now.wall;
        Some((name, Kind::of(member)))
    }
}

/// As much of a refusal as is kept, by whom.
fn kept(name: &str, mut refusal: Refusal) -> Refusal {
    let words = |text: &mut String| *text = clipped(text, WORDS_BYTES_MAX);
    words(&mut refusal.message);
    refusal.violations.truncate(VIOLATIONS_MAX);
    for violation in &mut refusal.violations {
        words(&mut violation.path);
        words(&mut violation.code);
        words(&mut violation.message);
        violation.facts.truncate(FACTS_MAX);
        for fact in &mut violation.facts {
            words(&mut fact.name);
            words(&mut fact.text);
        }
        name.clone_into(&mut violation.engine);
    }
    refusal
}
