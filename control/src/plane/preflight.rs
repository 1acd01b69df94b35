//! Pre-flight: what engines would refuse is refused before it is sent, by their own code.

use std::collections::HashMap;

use routewright::{Accepted, Code, Now, Refused, Untyped};
use routewright_schema::pb::{Applied, Refusal};

use super::member::Member;
use super::shadows::{self, Kind, Pushed};
use super::{Effect, Ledger, Plane};
use crate::answer;

/// Names of engines that a refusal lists for one kind.
const NAMES_MAX: usize = 4;

/// Engines that would answer alike.
struct Alike {
    /// One of them.
    member: Member,
    /// Some of their names.
    names: String,
    /// Whether they are asked for their vote, or just brought along.
    votes: bool,
}

impl<L: Ledger> Plane<L> {
    /// Asks a cell of each kind of engine that can be reached. Those that are in step, or
    /// all (`all_vote`), are asked as by a push; the others as by an update that is decided:
    /// limits and rules hold for them as well.
    pub(super) fn preflight(
        &mut self,
        pushed: &Pushed,
        all_vote: bool,
        now: Now,
    ) -> Result<Applied, Refusal> {
        let mut refusal: Option<Refusal> = None;
        let mut applied: Option<Applied> = None;
        for alike in self.kinds(all_vote) {
            let names = &alike.names;
            let asked = match self.would_take(&alike, pushed, now) {
                Some(asked) => asked.map_err(|why| {
                    let message = format!("{names} cannot be asked: {why}");
                    self.no("", Code::Malformed.as_str(), message)
                })?,
                None if !alike.votes => continue,
                None => {
                    let message = format!(
                        "the baseline of {names} is not known yet; it was asked for, try again"
                    );
                    return Err(self.no("", "not_ready", message));
                }
            };
            match asked {
                Ok(accepted) => {
                    applied.get_or_insert_with(|| answer::applied(&accepted, true, 0));
                }
                Err(refused) => {
                    let mut told = answer::refusal(&refused);
                    for violation in &mut told.violations {
                        violation.engine.clone_from(names);
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

    /// What a cell of that kind answers; `None`: its baseline is not known yet.
    #[allow(clippy::type_complexity, reason = "an answer, or why there is none")]
    fn would_take(
        &mut self,
        alike: &Alike,
        pushed: &Pushed,
        now: Now,
    ) -> Option<Result<Result<Accepted<Untyped>, Refused>, String>> {
        let member = &alike.member;
        let Some(image) = self.baselines.get(&member.baseline).cloned() else {
            self.ask_baseline(member.baseline);
            return None;
        };
        if !alike.votes {
            return Some(shadows::brought_along(member, &image, pushed, now));
        }
        let digest = member.serving.push_digest.clone();
        let serving = self.pushed(&digest, member.serving.version, now);
        let asked = self
            .shadows
            .ask(member, &image, serving.as_ref(), &pushed.bytes, now);
        Some(asked)
    }

    /// Asks engines once more what they were compiled with.
    fn ask_baseline(&mut self, digest: [u8; 16]) {
        let of = self.members.values_mut().filter(|m| m.baseline == digest);
        for member in of {
            if let Some(stream) = member.stream {
                member.asked = true;
                self.effects.push(Effect::AskBaseline(stream));
            }
        }
    }

    /// Engines that can be reached, by how they would answer.
    fn kinds(&self, all_vote: bool) -> Vec<Alike> {
        let mut kinds: HashMap<(bool, Kind), (&Member, Vec<&str>, usize)> = HashMap::new();
        for (name, member) in self.members.iter().filter(|(_, m)| m.reachable()) {
            let votes = all_vote || self.in_step(member);
            let kind = match votes {
                true => Kind::of(member),
                false => Kind::whatever_it_serves(member),
            };
            let kind = kinds.entry((votes, kind));
            let (_, names, count) = kind.or_insert_with(|| (member, Vec::new(), 0));
            *count += 1;
            if names.len() < NAMES_MAX {
                names.push(name);
            }
        }
        let alike =
            |((votes, _), (member, names, count)): ((bool, Kind), (&Member, Vec<&str>, usize))| {
                let shown = names.join(", ");
                Alike {
                    member: member.clone(),
                    names: match count - names.len() {
                        0 => shown,
                        more => format!("{shown} and {more} more"),
                    },
                    votes,
                }
            };
        let mut kinds: Vec<Alike> = kinds.into_iter().map(alike).collect();
        kinds.sort_by(|a, b| a.names.cmp(&b.names));
        kinds
    }
}
