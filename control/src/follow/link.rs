//! How an engine stands with its control plane.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use routewright_schema::pb::watch_route_map_request::Message as Said;
use routewright_schema::pb::watch_route_map_response::Message as Told;
use routewright_schema::pb::{WatchRouteMapRequest, WatchRouteMapResponse};

/// How an engine stands with its control plane. Clones see the same.
#[derive(Clone, Debug)]
pub struct Link {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    connected: bool,
    /// Since when it is not known whether what is served is what should be.
    stale_since: Option<Instant>,
    updated: Option<Duration>,
    revision: u64,
    accepted: u64,
    refused: u64,
    trouble: String,
    last_refusal: String,
}

/// How it stood when it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkStatus {
    /// Whether a stream is open on which the control plane has spoken.
    pub connected: bool,
    /// For how long the engine has not known whether it serves what it should; zero: it
    /// does know.
    pub staleness: Duration,
    /// When the control plane last had something new, since the Unix epoch.
    pub updated: Option<Duration>,
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
            updated: None,
            revision: 0,
            accepted: 0,
            refused: 0,
            trouble: "not yet connected".to_owned(),
            last_refusal: String::new(),
        };
        Link {
            state: Arc::new(Mutex::new(state)),
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
            updated: state.updated,
            revision: state.revision,
            accepted: state.accepted,
            refused: state.refused,
            trouble: state.trouble.clone(),
            last_refusal: state.last_refusal.clone(),
        }
    }

    pub(super) fn heard(&self, response: &WatchRouteMapResponse) {
        let mut state = self.lock();
        state.connected = true;
        state.trouble.clear();
        state.revision = state.revision.max(response.revision);
        match response.message {
            Some(Told::NotModified(_)) => state.stale_since = None,
            Some(Told::Update(_)) => {
                state.updated = SystemTime::UNIX_EPOCH.elapsed().ok();
            }
            Some(Told::BaselineWanted(_)) | None => {}
        }
    }

    pub(super) fn answered(&self, answer: Option<&WatchRouteMapRequest>) {
        let mut state = self.lock();
        match answer.and_then(|answer| answer.message.as_ref()) {
            Some(Said::Ack(_)) => {
                state.accepted += 1;
                state.stale_since = None;
                state.last_refusal.clear();
            }
            Some(Said::Nack(nack)) if !nack.needs_whole => {
                state.refused += 1;
                let refusal = nack.refusal.as_ref();
                state.last_refusal = refusal.map_or(String::new(), |r| r.message.clone());
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
