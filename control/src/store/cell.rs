//! A cell, as a store sees it: without the types of its catalog.

use std::sync::Arc;
use std::time::Duration;

use routewright::{Catalog, Code, Digest, Now, RouteCell, Saved, Target};

use super::file::{Serving, State};

/// One consistent look at a cell.
#[derive(Clone, Debug)]
pub struct Look {
    pub accepted: u64,
    pub accepted_digest: Digest,
    pub serving: Option<Serving>,
    /// That of the push that serves.
    pub reason: String,
}

/// Why an override does not serve in a new process.
pub enum Unfit {
    /// Its lease has ended.
    Expired,
    /// In the cell's words.
    Refused(String),
}

pub trait Cell: Send + Sync {
    fn baseline(&self) -> Digest;
    fn fingerprint(&self) -> u64;
    /// The version that answers.
    fn version(&self) -> u64;
    fn look(&self) -> Look;
    fn restore(&self, state: &State, now: Now) -> Result<(), Unfit>;
    fn quarantine(&self, image: Digest);
    /// Serves the baseline.
    fn retreat(&self, now: Now);
}

impl<C: Catalog> Cell for &'static RouteCell<C> {
    fn baseline(&self) -> Digest {
        RouteCell::baseline(self).raw().digest()
    }

    fn fingerprint(&self) -> u64 {
        C::FINGERPRINT
    }

    fn version(&self) -> u64 {
        self.reader().load().version()
    }

    fn look(&self) -> Look {
        loop {
            let Saved {
                accepted,
                accepted_digest,
                serving: push,
                published,
            } = self.saved();
            let status = self.status();
            // Two looks, of which nothing may have come in between.
            let same = match (&push, &status.bytes) {
                (Some(push), Some(bytes)) => Arc::ptr_eq(push, bytes),
                (None, None) => true,
                _ => false,
            };
            if !same || accepted != status.accepted {
                continue;
            }
            return Look {
                accepted,
                accepted_digest,
                serving: push.map(|push| Serving {
                    version: status.table.version(),
                    image: status.table.raw().digest(),
                    published,
                    push,
                }),
                reason: status.reason,
            };
        }
    }

    fn restore(&self, state: &State, now: Now) -> Result<(), Unfit> {
        let serving = state.serving.as_ref();
        let saved = Saved {
            accepted: state.accepted,
            accepted_digest: state.accepted_digest,
            serving: serving.map(|s| s.push.as_slice()),
            published: serving.map_or(Duration::ZERO, |s| s.published),
        };
        match RouteCell::restore(self, &saved, now) {
            Ok(_) => Ok(()),
            Err(refused) => {
                let ended = |v: &routewright::Violation| v.code == Code::LeaseEnded;
                match refused.violations.list().iter().any(ended) {
                    true => Err(Unfit::Expired),
                    false => Err(Unfit::Refused(refused.violations.to_string())),
                }
            }
        }
    }

    fn quarantine(&self, image: Digest) {
        RouteCell::quarantine(self, image);
    }

    fn retreat(&self, now: Now) {
        // Refused is only what expects something, or goes where nothing is kept.
        let _ = self.rollback_at(Target::Version(0), None, now);
    }
}
