//! What is to be said to one engine, and how it gets there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use routewright_schema::pb::watch_route_map_response::Message;
use routewright_schema::pb::{BaselineWanted, WatchRouteMapResponse};
use tokio::sync::{Notify, mpsc};
use tonic::Status;

/// The room for what an engine was not yet told: one update, the newest.
#[derive(Default)]
pub struct Outbox {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Default)]
struct Waiting {
    newest: Option<Arc<WatchRouteMapResponse>>,
    baseline_wanted: bool,
    closed: Option<Status>,
}

impl Outbox {
    /// Says this, in place of what was not yet said.
    pub fn tell(&self, response: Arc<WatchRouteMapResponse>) {
        self.lock().newest = Some(response);
        self.changed.notify_one();
    }

    /// Asks for the image that the engine was compiled with.
    pub fn ask_baseline(&self) {
        self.lock().baseline_wanted = true;
        self.changed.notify_one();
    }

    /// Ends the stream; the first reason counts.
    pub fn close(&self, status: Status) {
        self.lock().closed.get_or_insert(status);
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be said next; an error ends the stream.
    async fn next(&self) -> Result<WatchRouteMapResponse, Status> {
        loop {
            {
                let mut waiting = self.lock();
                if let Some(status) = waiting.closed.take() {
                    return Err(status);
                }
                if std::mem::take(&mut waiting.baseline_wanted) {
                    return Ok(WatchRouteMapResponse {
                        revision: 0,
                        message: Some(Message::BaselineWanted(BaselineWanted {})),
                    });
                }
                if let Some(newest) = waiting.newest.take() {
                    drop(waiting);
                    return Ok(Arc::unwrap_or_clone(newest));
                }
            }
            self.changed.notified().await;
        }
    }

    /// Carries what is to be said into a stream, for as long as somebody reads it.
    pub async fn drain(self: Arc<Self>, to: mpsc::Sender<Result<WatchRouteMapResponse, Status>>) {
        loop {
            // Room first: what is taken out of the box before can no longer be replaced.
            let Ok(room) = to.reserve().await else {
                return;
            };
            let next = tokio::select! {
                next = self.next() => next,
                () = to.closed() => return,
            };
            let ends = next.is_err();
            room.send(next);
            if ends {
                return;
            }
        }
    }
}
