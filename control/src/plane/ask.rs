//! What can be asked of a control plane.

use std::collections::BTreeMap;

use routewright::{Digest, Limits, Now, RouteCell, RouteTable, Saved, Untyped};
use routewright_schema::pb::{
    Decision, GetFleetResponse, GetRouteMapResponse, GetStatusResponse, LatestChange,
    ListVersionsRequest, ListVersionsResponse,
};

use super::{Ledger, LedgerFault, Plane, State};
use crate::answer;

/// Decisions of one answer: unless told otherwise, and at most.
const DECISIONS: usize = 100;
const DECISIONS_MAX: usize = 1_000;
/// Decisions that are looked through for the last that engines were all brought to.
const LATEST_WITHIN: usize = 16;

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
            let in_step = goal.revision == 0 || member.serves(goal.digest());
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
            for decision in &mut decisions {
                decision.route_map = self.bytes_of(decision)?;
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

    /// What engines of one baseline serve: of the one that was asked for, or of that which
    /// most engines have. `None`: there is no such, or no engine was ever seen.
    pub fn route_map(
        &self,
        catalog: Option<u64>,
        with_baseline: bool,
        _: Now,
    ) -> Option<GetRouteMapResponse> {
        let baseline = self.usual_baseline(catalog)?;
        let image = self.baselines.get(&baseline)?;
        let push = self.settled.push.as_ref();
        let table = RouteTable::open(&**image).ok()?;
        let served = match push {
            // The image is built where it is served; this one is for looking at.
            Some(push) => self.built(&baseline, &push.bytes)?,
            None => table.as_image().to_vec(),
        };
        Some(GetRouteMapResponse {
            image: served,
            route_map: push.map(|push| push.bytes.to_vec()).unwrap_or_default(),
            baseline_image: match with_baseline {
                true => image.to_vec(),
                false => Vec::new(),
            },
            serving_version: self.settled.version,
            accepted_version: self.accepted,
        })
    }

    /// The baseline that most engines have, of those that are known; `None`: none was
    /// ever here.
    fn usual_baseline(&self, catalog: Option<u64>) -> Option<[u8; 16]> {
        let mut counts: BTreeMap<[u8; 16], usize> = BTreeMap::new();
        let members = self.members.values();
        for member in members.filter(|m| catalog.is_none_or(|catalog| m.catalog == catalog)) {
            *counts.entry(member.baseline).or_default() += 1;
        }
        let known = counts
            .into_iter()
            .filter(|(digest, _)| self.baselines.contains_key(digest));
        known
            .max_by_key(|(_, count)| *count)
            .map(|(digest, _)| digest)
    }

    /// What is to be served, in words and figures, as an engine of the usual baseline says
    /// it; `None`: no engine was ever here.
    pub fn status(&mut self, now: Now) -> Option<GetStatusResponse> {
        self.lapse(now);
        let baseline = self.usual_baseline(None)?;
        let cell: RouteCell<Untyped> =
            RouteCell::open(self.baselines.get(&baseline)?, Limits::DEFAULT).ok()?;
        if let Some(push) = &self.settled.push {
            let saved = Saved {
                accepted: push.version,
                accepted_digest: Digest::of(&push.bytes),
                serving: Some(&push.bytes[..]),
                published: push.published,
            };
            cell.adopt(&saved, "", now).ok()?;
        }
        let history = self.ledger.decisions(u64::MAX, LATEST_WITHIN);
        Some(GetStatusResponse {
            accepted_version: self.accepted,
            latest: latest(history.unwrap_or_default()),
            ..answer::status(&cell, &cell.status_at(now), now)
        })
    }

    /// The image that a push makes of a baseline.
    fn built(&self, baseline: &[u8; 16], bytes: &[u8]) -> Option<Vec<u8>> {
        let image = self.baselines.get(baseline)?;
        let accepted = super::permit::built(image, Limits::DEFAULT, Some(bytes))?;
        Some(accepted.after.raw().as_image().to_vec())
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
