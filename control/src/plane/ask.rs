//! What can be asked of a control plane.

use std::collections::BTreeMap;
use std::sync::Arc;

use routewright::{Limits, Now, RouteCell, Untyped};
use routewright_schema::pb::{
    Decision, GetFleetResponse, GetRouteMapResponse, GetStatusResponse, LatestChange,
    ListVersionsRequest, ListVersionsResponse,
};

use super::shadows::saved;
use super::{Ledger, LedgerFault, Plane, State, permit};
use crate::answer;

/// Decisions of one answer: unless told otherwise, and at most.
const DECISIONS: usize = 100;
const DECISIONS_MAX: usize = 1_000;
/// Pushed bytes of one answer; a page ends before.
const ANSWER_BYTES_MAX: usize = 16 << 20;
/// Decisions that are looked through for the last that engines were all brought to.
const LATEST_WITHIN: usize = 16;

/// Why a route map cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// No engine was ever here, so no baseline is known.
    NoEngineYet,
    /// That version was never pushed here.
    Unknown(u64),
    /// The usual baseline does not take that version.
    Unfit(u64),
    /// The ledger cannot be read.
    Fault(String),
}

impl<L: Ledger> Plane<L> {
    /// The version that all engines should serve, and the digest of its bytes.
    pub fn settled(&self) -> (u64, &[u8]) {
        (self.settled.version, self.settled.digest())
    }

    /// The newest revision.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The highest version that was ever pushed here.
    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    /// All engines, and what is rolled out.
    pub fn fleet(&self, now: Now) -> GetFleetResponse {
        let engines = self.members.iter().map(|(name, member)| {
            let goal = self.goal(name);
            let in_step = match goal.unset {
                true => self.in_step(member),
                false => member.serves(goal.digest()),
            };
            member.state(name, in_step)
        });
        GetFleetResponse {
            revision: self.revision,
            version: self.settled.version,
            push_digest: self.settled.digest().to_vec(),
            engines: engines.collect(),
            rollout: self.rolling_out(now),
        }
    }

    /// What was decided, newest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn versions(
        &self,
        request: &ListVersionsRequest,
    ) -> Result<ListVersionsResponse, LedgerFault> {
        let before = match request.before {
            0 => u64::MAX,
            before => before,
        };
        let limit = match request.limit {
            0 => DECISIONS,
            limit => (limit as usize).min(DECISIONS_MAX),
        };
        let mut decisions = self.ledger.decisions(before, limit + 1)?;
        let more = decisions.len() > limit;
        decisions.truncate(limit);
        if request.with_bytes {
            let mut room = ANSWER_BYTES_MAX;
            for at in 0..decisions.len() {
                let bytes = self.bytes_of(&decisions[at])?;
                // At least one, so that whoever asks for the rest comes to its end.
                if at > 0 && bytes.len() > room {
                    decisions.truncate(at);
                    return Ok(ListVersionsResponse {
                        decisions,
                        more: true,
                    });
                }
                room = room.saturating_sub(bytes.len());
                decisions[at].route_map = bytes;
            }
        }
        Ok(ListVersionsResponse { decisions, more })
    }

    fn bytes_of(&self, decision: &Decision) -> Result<Vec<u8>, LedgerFault> {
        let bytes = match decision.push_digest.is_empty() {
            true => None,
            false => self.ledger.push(&decision.push_digest)?,
        };
        Ok(bytes.map(|bytes| bytes.to_vec()).unwrap_or_default())
    }

    /// What engines of the usual baseline serve, or would at that version; 0 is the baseline.
    ///
    /// # Errors
    /// Why there is no such.
    pub fn route_map(
        &self,
        version: Option<u64>,
        with_baseline: bool,
    ) -> Result<GetRouteMapResponse, Absent> {
        let image = self.usual_baseline().ok_or(Absent::NoEngineYet)?;
        let bytes = match version.unwrap_or(self.settled.version) {
            0 => None,
            version if version == self.settled.version => {
                self.settled.push.as_ref().map(|push| push.bytes.clone())
            }
            version => Some(self.pushed_as(version)?),
        };
        let served = match &bytes {
            // Engines build their own; this one is for looking at.
            Some(bytes) => {
                let built = permit::built(image, Limits::DEFAULT, Some(bytes));
                let built = built.ok_or_else(|| Absent::Unfit(version.unwrap_or_default()))?;
                built.after.raw().as_image().to_vec()
            }
            None => image.to_vec(),
        };
        Ok(GetRouteMapResponse {
            image: served,
            route_map: bytes.map(|bytes| bytes.to_vec()).unwrap_or_default(),
            baseline_image: match with_baseline {
                true => image.to_vec(),
                false => Vec::new(),
            },
            serving_version: self.settled.version,
            accepted_version: self.accepted,
        })
    }

    fn pushed_as(&self, version: u64) -> Result<Arc<[u8]>, Absent> {
        let fault = |fault: LedgerFault| Absent::Fault(fault.to_string());
        let decision = self.ledger.version(version).map_err(fault)?;
        let decision = decision.ok_or(Absent::Unknown(version))?;
        let bytes = self.ledger.push(&decision.push_digest).map_err(fault)?;
        bytes.ok_or(Absent::Unknown(version))
    }

    /// The baseline that most engines have, of those that are known; `None`: none was
    /// ever here.
    fn usual_baseline(&self) -> Option<&Arc<[u8]>> {
        let mut counts: BTreeMap<[u8; 16], usize> = BTreeMap::new();
        for member in self.members.values() {
            *counts.entry(member.baseline).or_default() += 1;
        }
        let known = |(digest, count)| Some((count, self.baselines.get(&digest)?));
        let known = counts.into_iter().filter_map(known);
        known
            .max_by_key(|(count, _)| *count)
            .map(|(_, image)| image)
    }

    /// What is to be served, in words and figures, as an engine of the usual baseline says
    /// it; `None`: no engine was ever here.
    pub fn status(&mut self, now: Now) -> Option<GetStatusResponse> {
        self.lapse(now);
        let image = self.usual_baseline()?;
        let cell: RouteCell<Untyped> = RouteCell::open(image, Limits::DEFAULT).ok()?;
        if self.settled.push.is_some() {
            let saved = saved(self.settled.push.as_ref(), self.settled.version);
            cell.adopt(&saved, "", now).ok()?;
        }
        let history = self.ledger.decisions(u64::MAX, LATEST_WITHIN);
        Some(GetStatusResponse {
            accepted_version: self.accepted,
            latest: latest(history.unwrap_or_default()),
            ..answer::status(&cell, &cell.status_at(now), now)
        })
    }
}

/// What changed last, in the words of an engine; from the newest decisions.
fn latest(history: Vec<Decision>) -> Option<LatestChange> {
    let done = |decision: &Decision| decision.state == State::Done.as_str();
    let mut settled = history.into_iter().filter(done);
    let newest = settled.next()?;
    Some(LatestChange {
        cause: match newest.kind.as_str() {
            "push" => "publish".to_owned(),
            "revert" => "rollback".to_owned(),
            _ => newest.kind,
        },
        before: settled.next().map_or(0, |before| before.version),
        after: newest.version,
        reason: newest.reason,
        at_ms: newest.at_ms,
    })
}
