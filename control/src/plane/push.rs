//! A push for all engines.

use std::time::Duration;

use prost::Message;
use routewright::limits::VERSION_JUMP_MAX;
use routewright::{Code, Digest, Now};
use routewright_schema::pb::{Applied, Force, Lease, Refusal};

use super::decide::{Draft, How};
use super::permit::Caller;
use super::shadows::Pushed;
use super::{Ledger, Plane};

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
    #[prost(message, optional, tag = "6")]
    force: Option<Force>,
    #[prost(uint64, optional, tag = "8")]
    expected_serving: Option<u64>,
}

/// The version that a push says it has; `None`: it is no `RouteMap`.
pub fn version_of(push: &[u8]) -> Option<u64> {
    Head::of(push).ok().map(|head| head.version)
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
        let map = Head::of(bytes).map_err(|fault| {
            self.no(
                "",
                Code::Malformed.as_str(),
                format!("it is no RouteMap: {fault}"),
            )
        })?;
        let digest = Digest::of(bytes).0.to_vec();
        if let Some(rollout) = &self.rollout {
            // Sent again, because no answer came.
            if rollout.goal.version == map.version && rollout.goal.digest() == digest {
                return Ok(Applied {
                    serving_version: map.version,
                    push_digest: digest,
                    dry_run,
                    revision: rollout.goal.revision,
                    engines: self.reachable(),
                    ..Applied::default()
                });
            }
            let message = format!(
                "revision {} (version {}) is being rolled out; wait for its end, or roll it back",
                rollout.goal.revision, rollout.goal.version
            );
            return Err(self.no("", "rollout_in_progress", message));
        }
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
        let pushed = Pushed::new(map.version, digest.clone(), bytes.into(), now);
        let mut electors = self.members.values().filter(|m| m.reachable());
        let all_vote = !electors.any(|member| self.in_step(member));
        let mut applied = self.preflight(&pushed, all_vote, now)?;
        let forced = map.force.is_some();
        self.permit(Some(bytes), caller, "UpdateRouteMap", forced, now)?;
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
            push: Some(pushed),
            new: true,
            stages: how.stages.unwrap_or_else(|| self.config.stages.clone()),
            bake: how.bake.unwrap_or(self.config.bake),
            all_vote,
            unset: false,
        };
        applied.revision = self.decide(draft, now)?;
        Ok(applied)
    }
}

impl Head {
    /// Of these bytes.
    ///
    /// # Errors
    /// They are no `RouteMap`.
    pub fn of(bytes: &[u8]) -> Result<Head, prost::DecodeError> {
        Head::decode(bytes)
    }
}

/// When the lease of a push ends, on the monotonic clock; `None`: it has none.
pub(super) fn ends(push: &Pushed, now: Now) -> Option<Duration> {
    let lease = Head::of(&push.bytes).ok()?.lease?;
    let left = Duration::from_millis(lease.ttl_ms).saturating_sub(push.age(now));
    Some(now.monotonic.saturating_add(left))
}
