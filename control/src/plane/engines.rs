//! What engines say.

use std::collections::HashSet;
use std::sync::Arc;

use routewright::{Now, RouteTable};
use routewright_schema::pb::{self, Ack, Hello, Nack, Report};

use super::member::{self, Member, StreamId};
use super::rollout::Answer;
use super::shadows::Kind;
use super::{ABSENT_MAX, BASELINES_MAX, ENGINES_MAX, Effect, Ledger, Plane};
use crate::fit::clipped;

/// Bytes of somebody's words that are kept.
pub(super) const WORDS_BYTES_MAX: usize = 1_024;

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
        if let Some(before) = before {
            member.note.clone_from(&before.note);
            member.lagging = before.lagging;
            if let Some(old) = before.stream {
                self.streams.remove(&old);
                let why = format!("another stream has come as {name}");
                self.effects.push(Effect::Close(old, why));
            }
        }
        member.stream = Some(stream);
        member.since = now.monotonic;
        member.heard = now.wall;
        if !self.baselines.contains_key(&member.baseline) {
            self.effects.push(Effect::AskBaseline(stream));
        }
        self.streams.insert(stream, name.clone());
        let serves = member.serving.push_digest.clone();
        self.members.insert(name.clone(), member);
        if let Some(rollout) = &mut self.rollout {
            // It took it before its stream or this process ended.
            if rollout.goal.push.is_some() && rollout.goal.digest() == serves {
                rollout.told.insert(name.clone(), Answer::Took);
            } else if let Some(answer) = rollout.told.get_mut(name) {
                *answer = Answer::Waiting {
                    since: now.monotonic,
                };
            }
        }
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
            member.since = now.monotonic;
        }
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
        let (asks, mark) = (self.asks(&goal), self.mark());
        let Some(member) = self.members.get_mut(&name) else {
            return Ok(());
        };
        let fresh = asks && member.votes;
        let right = ack.revision == goal.revision && serving.push_digest == goal.digest();
        member.serving = serving;
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
            self.answered(&name, goal.revision, Answer::Took, String::new(), now);
        }
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
        member.serving = serving;
        if nack.revision != goal.revision {
            // It is about something that is no longer wanted.
            return Ok(());
        }
        // A second time would be one time too many.
        if nack.needs_whole && member.whole < goal.revision {
            member.whole = goal.revision;
            if goal.push.is_some() {
                let fresh = member.votes && self.asks(&goal);
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
        let why = nack
            .refusal
            .map_or("it gave no reason".to_owned(), |refusal| refusal.message);
        let why = clipped(&why, WORDS_BYTES_MAX);
        member.refused = format!("refused revision {}: {why}", goal.revision);
        self.answered(&name, goal.revision, Answer::Refused, why, now);
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
        let goal = self.goal(&name).clone();
        let Some(member) = self.members.get_mut(&name) else {
            return Ok(());
        };
        let let_go = member.serving.held && !serving.held;
        member.serving = serving;
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
        if report.cause == "guard" && goal.version != 0 && report.before == goal.version {
            self.tripped(&name, &goal, &why, now);
        }
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
        match RouteTable::open(image.as_slice()) {
            Ok(table) if table.digest().0 == digest => {
                let known = self.baselines.contains_key(&digest);
                if !known && !self.has_room_for_a_baseline() {
                    if let Some(member) = self.members.get_mut(&name) {
                        member.note =
                            format!("its baseline: {BASELINES_MAX} builds are connected already");
                    }
                    return;
                }
                let image: Arc<[u8]> = image.into();
                self.ledger.baseline(digest, &image);
                self.baselines.insert(digest, image);
            }
            Ok(_) => member.note = "its baseline is not the one of its Hello".to_owned(),
            Err(fault) => member.note = format!("its baseline: {fault}"),
        }
    }

    /// Makes room, if it must: builds of engines that are away go before those of engines
    /// that are here.
    fn has_room_for_a_baseline(&mut self) -> bool {
        for away in [true, false] {
            if self.baselines.len() < BASELINES_MAX {
                break;
            }
            let counts = |member: &&Member| away || member.stream.is_some();
            let needed: HashSet<[u8; 16]> = self
                .members
                .values()
                .filter(counts)
                .map(|member| member.baseline)
                .collect();
            self.baselines.retain(|digest, _| needed.contains(digest));
        }
        self.baselines.len() < BASELINES_MAX
    }

    /// An engine that is held by hand is no sign of anything: nobody waits for it.
    fn set_aside(&mut self, name: &str) {
        if let Some(answer) = self.rollout.as_mut().and_then(|r| r.told.get_mut(name)) {
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
