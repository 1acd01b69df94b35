//! A cell, as a store sees it: without the types of its catalog.

use std::time::Duration;

use routewright::{Catalog, Cause, Code, Digest, Now, Refused, RouteCell, Saved, Target};

use super::file::{Serving, State};

/// One consistent look at a cell.
#[derive(Clone, Debug)]
pub struct Look {
    pub accepted: u64,
    pub accepted_digest: Digest,
    pub serving: Option<Serving>,
    /// What led to it, if anything changed in this process, and why.
    pub latest: Option<(Cause, String)>,
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
    /// Takes no version up to this one.
    fn remember(&self, accepted: u64);
    fn restore(&self, state: &State, now: Now) -> Result<(), Unfit>;
    fn quarantine(&self, image: Digest);
    /// Calls the hook after every change, before the call that made it returns.
    fn on_change(&self, hook: Box<dyn Fn() + Send + Sync>);
    /// Serves the baseline.
    fn retreat(&self, reason: &str, now: Now);
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
        let status = self.status();
        Look {
            accepted: status.accepted,
            accepted_digest: status.accepted_digest,
            serving: status.serving().map(|kept| Serving {
                version: kept.table.version(),
                image: kept.table.raw().digest(),
                published: kept.published,
                push: kept.bytes.clone(),
            }),
            latest: status
                .latest
                .map(|latest| (latest.change.cause, latest.reason)),
        }
    }

    fn remember(&self, accepted: u64) {
        let saved: Saved<&[u8]> = Saved {
            accepted,
            accepted_digest: Digest::default(),
            serving: None,
            published: Duration::ZERO,
        };
        // Refused only if a push came first; that one has set a mark of its own.
        let _ = RouteCell::restore(self, &saved, Now::read());
    }

    fn restore(&self, state: &State, now: Now) -> Result<(), Unfit> {
        let serving = state.serving.as_ref();
        let saved = Saved {
            accepted: state.accepted,
            accepted_digest: state.accepted_digest,
            serving: serving.map(|s| s.push.as_slice()),
            published: serving.map_or(Duration::ZERO, |s| s.published),
        };
        RouteCell::restore(self, &saved, now)
            .map(drop)
            .map_err(|Refused { violations, .. }| {
                let ended = violations.list().iter().any(|v| v.code == Code::LeaseEnded);
                match ended {
                    true => Unfit::Expired,
                    false => Unfit::Refused(violations.to_string()),
                }
            })
    }

    fn quarantine(&self, image: Digest) {
        RouteCell::quarantine(self, image);
    }

    fn on_change(&self, hook: Box<dyn Fn() + Send + Sync>) {
        RouteCell::on_change(self, move |_| hook());
    }

    fn retreat(&self, reason: &str, now: Now) {
        // Refused is only what expects something, or goes where nothing is kept.
        let _ = self.rollback_at(Target::Version(0), None, reason, now);
    }
}
