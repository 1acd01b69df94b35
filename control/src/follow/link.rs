//! How an engine stands with its control plane.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use routewright_schema::pb::watch_route_map_request::Message as Said;
use routewright_schema::pb::watch_route_map_response::Message as Told;
use routewright_schema::pb::{Refusal, WatchRouteMapRequest, WatchRouteMapResponse};

use crate::metrics::Updates;

/// How an engine stands with its control plane. Clones see the same.
#[derive(Clone, Debug)]
pub struct Link {
    state: Arc<Mutex<State>>,
    updates: Arc<Updates>,
}

#[derive(Debug)]
struct State {
    connected: bool,
    /// Since when it is not known whether what is served is what should be.
    stale_since: Option<Instant>,
    offered: Option<Offer>,
    revision: u64,
    trouble: String,
    last_refusal: String,
}

/// Something that a control plane wanted served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which decision.
    pub revision: u64,
    /// The version; 0 is the baseline.
    pub version: u64,
    /// When it came, since the Unix epoch.
    pub at: Duration,
}

/// How it stood when it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkStatus {
    /// Whether a stream is open on which the control plane has spoken.
    pub connected: bool,
    /// For how long the engine has not known whether it serves what it should; zero: it
    /// does know.
    pub staleness: Duration,
    /// What the control plane last had that was new; `None`: nothing yet.
    pub offered: Option<Offer>,
    /// The newest revision that it was told.
    pub revision: u64,
    /// Updates that were taken.
    pub accepted: u64,
    /// Updates that were not.
    pub refused: u64,
    /// Why there is no stream; empty: there is one.
    pub trouble: String,
    /// Why the last update that was not taken was not.
    pub last_refusal: String,
}

impl Default for Link {
    fn default() -> Link {
        let state = State {
            connected: false,
            stale_since: Some(Instant::now()),
            offered: None,
            revision: 0,
            trouble: "not yet connected".to_owned(),
            last_refusal: String::new(),
        };
        Link {
            state: Arc::new(Mutex::new(state)),
            updates: Arc::default(),
        }
    }
}

impl Link {
    /// How it stands now.
    pub fn status(&self) -> LinkStatus {
        let state = self.lock();
        LinkStatus {
            connected: state.connected,
            staleness: state
                .stale_since
                .map_or(Duration::ZERO, |since| since.elapsed()),
            offered: state.offered,
            revision: state.revision,
            accepted: self.updates.accepted(),
            refused: self.updates.refused().sum(),
            trouble: state.trouble.clone(),
            last_refusal: state.last_refusal.clone(),
        }
    }

    /// What became of what the control plane wanted served.
    pub fn updates(&self) -> &Updates {
        &self.updates
    }

    pub(super) fn heard(&self, response: &WatchRouteMapResponse) {
        let mut state = self.lock();
        state.connected = true;
        state.trouble.clear();
        state.revision = state.revision.max(response.revision);
        match &response.message {
            Some(Told::NotModified(_)) => state.stale_since = None,
            Some(Told::Update(update)) => {
                state.offered = Some(Offer {
                    revision: response.revision,
                    version: update.version,
                    at: SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
                });
            }
            Some(Told::BaselineWanted(_)) | None => {}
        }
    }

    pub(super) fn answered(&self, answer: Option<&WatchRouteMapRequest>) {
        let mut state = self.lock();
        match answer.and_then(|answer| answer.message.as_ref()) {
            Some(Said::Ack(ack)) => {
                self.updates.accept(Duration::from_nanos(ack.apply_ns));
                state.stale_since = None;
                state.last_refusal.clear();
            }
            Some(Said::Nack(nack)) if !nack.needs_whole => {
                let offered = state.offered.filter(|o| o.revision == nack.revision);
                let refusal = nack.refusal.clone().unwrap_or_default();
                self.updates.refuse(offered.map(|o| o.version), &refusal);
                let Refusal { message, .. } = refusal;
                state.last_refusal = message;
                state.stale_since.get_or_insert_with(Instant::now);
            }
            _ => {}
        }
    }

    /// The stream has ended; whether there was one.
    pub(super) fn lost(&self, why: &str) -> bool {
        let mut state = self.lock();
        state.stale_since.get_or_insert_with(Instant::now);
        state.trouble = why.to_owned();
        std::mem::replace(&mut state.connected, false)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
