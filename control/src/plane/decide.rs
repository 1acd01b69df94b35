//! Decisions: how they are written down and begun, whoever made them.

use std::collections::BTreeMap;
use std::time::Duration;

use routewright::Now;
use routewright_schema::pb::{Decision, Refusal, Violation};

use super::engines::WORDS_BYTES_MAX;
use super::ledger::State;
use super::rollout::Rollout;
use super::shadows::Pushed;
use super::{Goal, LENT_MAX, Ledger, Plane, Stages};
use crate::fit::{clipped, millis};

/// How something is to be rolled out, in place of what the configuration says.
#[derive(Clone, Debug, Default)]
pub struct How {
    /// How many engines at once.
    pub stages: Option<Stages>,
    /// How long a stage must do well.
    pub bake: Option<Duration>,
}

/// What is decided, before it has a revision.
pub(super) struct Draft<'a> {
    pub kind: &'a str,
    pub who: &'a str,
    pub reason: String,
    pub version: u64,
    pub before: u64,
    pub push: Option<Pushed>,
    /// Whether those bytes are new to the ledger.
    pub new: bool,
    pub stages: Stages,
    pub bake: Duration,
}

impl<L: Ledger> Plane<L> {
    /// Writes a decision down and begins to carry it out.
    pub(super) fn decide(&mut self, draft: Draft<'_>, now: Now) -> Result<u64, Refusal> {
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
        let goal = Goal::of(&decision, draft.push, now);
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
            complete: false,
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
            reason: clipped(&draft.reason, WORDS_BYTES_MAX),
            at_ms: millis(now.wall),
            state: state.as_str().to_owned(),
            stages: draft.stages.texts(),
            bake_ms: millis(draft.bake),
            ..Decision::default()
        }
    }

    /// A decision that all engines are brought to at once, without asking.
    pub(super) fn settle_at(
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
        self.settled = Goal::of(&decision, draft.push, now);
        let names: Vec<String> = self.members.keys().cloned().collect();
        for name in names {
            self.sync(&name, false, now);
        }
        self.revision
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
