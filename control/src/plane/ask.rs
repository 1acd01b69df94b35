//! What can be asked of a control plane.

use routewright::{Limits, Now, RouteTable};
use routewright_schema::pb::{
    Decision, GetFleetResponse, GetRouteMapResponse, ListVersionsRequest, ListVersionsResponse,
};

use super::{Ledger, LedgerFault, Plane};

/// Decisions of one answer: unless told otherwise, and at most.
const DECISIONS: usize = 100;
const DECISIONS_MAX: usize = 1_000;

impl<L: Ledger> Plane<L> {
    /// The version that all engines should serve, and the digest of its bytes.
    pub fn settled(&self) -> (u64, &[u8]) {
        (self.settled.version, self.settled.digest())
    }

    /// The newest revision.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The highest version of any decision or engine.
    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    /// All engines, and what is rolled out.
    pub fn fleet(&self, now: Now) -> GetFleetResponse {
        let engines = self.members.iter().map(|(name, member)| {
            let in_step = member.serves(self.goal(name).digest());
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
        let mut counts: std::collections::BTreeMap<[u8; 16], usize> = Default::default();
        let members = self.members.values();
        for member in members.filter(|m| catalog.is_none_or(|catalog| m.catalog == catalog)) {
            *counts.entry(member.baseline).or_default() += 1;
        }
        let known = counts
            .into_iter()
            .filter(|(digest, _)| self.baselines.contains_key(digest));
        let (baseline, _) = known.max_by_key(|(_, count)| *count)?;
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

    /// The image that a push makes of a baseline.
    fn built(&self, baseline: &[u8; 16], bytes: &[u8]) -> Option<Vec<u8>> {
        let image = self.baselines.get(baseline)?;
        let accepted = super::permit::built(image, Limits::DEFAULT, Some(bytes))?;
        Some(accepted.after.raw().as_image().to_vec())
    }
}
