//! The fleet in figures.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use routewright_schema::pb::RolloutState;

use super::shadows::KINDS_MAX;
use super::{
    ABSENT_MAX, BASELINES_MAX, CONTENTS_MAX, ENDED_MAX, ENGINES_MAX, LENT_MAX, Ledger, Plane,
};

/// The engines, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// With an open stream.
    pub connected: usize,
    /// Remembered, and without one.
    pub away: usize,
    /// Connected, and held on the baseline by hand.
    pub held: usize,
    /// Connected and not held, and not serving what they should.
    pub out_of_step: usize,
    /// Connected ones by the version that they serve.
    pub versions: BTreeMap<u64, usize>,
    /// How many different contents those serve that are connected and not held.
    pub contents: usize,
}

/// A rollout that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// How it stood then.
    pub state: RolloutState,
    /// What was rolled out had been served before: a rollback.
    pub decided: bool,
    /// How long it took, a restart in between included.
    pub took: Duration,
}

/// How far the rollout is that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Its decision.
    pub revision: u64,
    /// Its version; 0 is the baseline.
    pub version: u64,
    /// The stage, from 1.
    pub stage: usize,
    /// How many there are.
    pub stages: usize,
}

impl<L: Ledger> Plane<L> {
    /// Counts the engines.
    pub fn census(&self) -> Census {
        let mut census = Census::default();
        let mut contents = BTreeSet::new();
        for (name, member) in &self.members {
            if member.stream.is_none() {
                census.away += 1;
                continue;
            }
            census.connected += 1;
            *census.versions.entry(member.serving.version).or_default() += 1;
            if member.serving.held {
                census.held += 1;
                continue;
            }
            contents.insert(member.serving.push_digest.as_slice());
            if !member.serves(self.goal(name).digest()) {
                census.out_of_step += 1;
            }
        }
        census.contents = contents.len();
        census
    }

    /// Rollouts that have ended since this control plane began, newest first, as many as
    /// are remembered.
    pub fn ended(&self) -> impl Iterator<Item = &Ended> {
        self.ended.iter().rev()
    }

    /// What of all that is remembered is more than it may be; for tests.
    pub fn overfull(&self) -> Option<&'static str> {
        let rooms = [
            ("engines", self.members.len(), ENGINES_MAX + ABSENT_MAX),
            ("streams", self.streams.len(), ENGINES_MAX),
            ("baselines", self.baselines.len(), BASELINES_MAX),
            ("kinds", self.shadows.count(), KINDS_MAX),
            ("contents", self.contents.len(), CONTENTS_MAX),
            ("leases", self.lent.len(), LENT_MAX),
            ("rollouts", self.ended.len(), ENDED_MAX),
        ];
        let over = rooms.into_iter().find(|(_, count, max)| count > max);
        over.map(|(what, ..)| what)
    }

    /// The rollout that goes on.
    pub fn progress(&self) -> Option<Progress> {
        let rollout = self.rollout.as_ref()?;
        Some(Progress {
            revision: rollout.goal.revision,
            version: rollout.goal.version,
            stage: rollout.stage + 1,
            stages: rollout.stages.count(),
        })
    }
}
