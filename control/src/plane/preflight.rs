//! Pre-flight: what engines would refuse is refused before it is sent, by their own code.

use std::collections::HashMap;

use routewright::{Code, Now};
use routewright_schema::pb::{Applied, Refusal};

use super::member::Member;
use super::shadows::Kind;
use super::{Ledger, Plane};
use crate::answer;

/// Names of engines that a refusal lists for one kind.
const NAMES_MAX: usize = 4;

impl<L: Ledger> Plane<L> {
    /// Asks a cell of each kind of engine.
    pub(super) fn preflight(&mut self, bytes: &[u8], now: Now) -> Result<Applied, Refusal> {
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
}
