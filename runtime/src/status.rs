//! What a cell answers: what was taken, what was not, and how it stands.

use std::sync::Arc;
use std::time::Duration;

use crate::error::Violations;
use crate::guard::Guard;
use crate::hash::Digest;
use crate::lease::Lease;
use crate::typed::Table;

/// What changed a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// A push.
    Publish,
    /// A rollback.
    Rollback,
    /// The end of a lease.
    Expiry,
    /// A guard that tripped.
    Guard,
    /// An override from before a restart.
    Restore,
    /// What a control plane had decided before.
    Adopt,
}

impl Cause {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Cause::Publish => "publish",
            Cause::Rollback => "rollback",
            Cause::Expiry => "expiry",
            Cause::Guard => "guard",
            Cause::Restore => "restore",
            Cause::Adopt => "adopt",
        }
    }
}

/// Told to the hooks of a cell after each change. Changes that come at once may be told
/// in another order than they happened in: [`RouteCell::status`](crate::RouteCell::status)
/// knows how things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Why.
    pub cause: Cause,
    /// The version that answered before; 0 is the baseline.
    pub before: u64,
    /// The version that answers now.
    pub after: u64,
}

/// A push or rollback that was taken.
#[derive(Clone, Debug)]
pub struct Accepted<C> {
    /// What was served before.
    pub before: Table<C>,
    /// What is served now (in a dry run: would be).
    pub after: Table<C>,
    /// Digest of the pushed bytes; of a rollback, of those of the generation it went to.
    pub push_digest: Digest,
    /// It was taken before, or is served already: nothing was done.
    pub unchanged: bool,
}

/// A push or rollback that was not taken. It changed nothing. (Whatever decides looks
/// at the clock first, so a lease that had run out has ended.)
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Why.
    pub violations: Violations,
    /// The version that goes on serving.
    pub serving: u64,
    /// The highest version ever accepted.
    pub accepted: u64,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.serving {
            0 => write!(
                f,
                "refused, the baseline goes on serving: {}",
                self.violations
            ),
            version => write!(
                f,
                "refused, version {version} goes on serving: {}",
                self.violations
            ),
        }
    }
}

impl std::error::Error for Refused {}

/// What people said with a push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Why.
    pub reason: String,
    /// Who holds it, and for how long.
    pub lease: Option<Lease>,
    /// Why it may pass steps and cooldowns.
    pub force: Option<String>,
    /// The walk that it is a step of.
    pub ramp: Option<Ramp>,
}

/// A step of a walk towards a value that is too far for one push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ramp {
    /// Names the walk.
    pub id: String,
    /// Which step this is, from 1.
    pub step: u32,
    /// How many there are.
    pub steps: u32,
}

/// A generation that is kept.
#[derive(Clone, Debug)]
pub struct Generation<C> {
    /// What it answers.
    pub table: Table<C>,
    /// The pushed bytes.
    pub bytes: Arc<Vec<u8>>,
    /// Their digest.
    pub push_digest: Digest,
    /// Wall time of its publish, since the Unix epoch.
    pub published: Duration,
    /// What people said with it.
    pub terms: Terms,
    /// What is left of its lease, if it has one. Zero: no rollback reaches it.
    pub left: Option<Duration>,
    /// Why a guard took it back.
    pub tripped: Option<String>,
}

/// The last change of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latest {
    /// What changed it.
    pub change: Changed,
    /// Why: of a publish or rollback, as it was given; else in words.
    pub reason: String,
    /// Wall time, since the Unix epoch.
    pub at: Duration,
}

/// What a cell serves, who holds it, and what is kept.
#[derive(Clone, Debug)]
pub struct Status<C> {
    /// What answers now.
    pub table: Table<C>,
    /// The highest version ever accepted.
    pub accepted: u64,
    /// The digest of its bytes.
    pub accepted_digest: Digest,
    /// The generations that are kept, newest first.
    pub kept: Vec<Generation<C>>,
    /// What is watched after the last publish, and for how much longer.
    pub watch: Option<(Guard, Duration)>,
    /// The last change, if there was one.
    pub latest: Option<Latest>,
    /// Images that are refused unless forced.
    pub quarantined: Vec<Digest>,
}

impl<C> Status<C> {
    /// The generation that answers; `None`: the baseline.
    pub fn serving(&self) -> Option<&Generation<C>> {
        let version = self.table.version;
        self.kept.iter().find(|kept| kept.table.version == version)
    }
}

/// What outlives a restart, if the host keeps it; see
/// [`RouteCell::restore`](crate::RouteCell::restore).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved<B> {
    /// The highest version ever accepted.
    pub accepted: u64,
    /// The digest of its bytes.
    pub accepted_digest: Digest,
    /// The bytes of what is served; `None`: the baseline.
    pub serving: Option<B>,
    /// Wall time of its publish, since the Unix epoch; its lease runs from there.
    pub published: Duration,
}
