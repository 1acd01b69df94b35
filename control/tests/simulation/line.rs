//! The way to one engine, as `serve/stream.rs` has it: a box for one update, the newest, and
//! a stream that takes little at once.

use std::collections::VecDeque;
use std::time::Duration;

use routewright_schema::pb::watch_route_map_response::Message as Told;
use routewright_schema::pb::{BaselineWanted, WatchRouteMapResponse};

/// Messages on their way at once: the room of a channel, and what a socket has taken.
const ON_WAY_MAX: usize = 2;

#[derive(Default)]
pub struct Line {
    newest: Option<WatchRouteMapResponse>,
    baseline_wanted: bool,
    /// With the time when they are there, in order.
    on_way: VecDeque<(Duration, WatchRouteMapResponse)>,
}

impl Line {
    /// Says this in place of what is still in the box; returns whether something was.
    pub fn tell(&mut self, response: WatchRouteMapResponse) -> bool {
        self.newest.replace(response).is_some()
    }

    pub fn ask_baseline(&mut self) {
        self.baseline_wanted = true;
    }

    /// What has come by now. What is sent meanwhile is there at `next`.
    pub fn arrived(&mut self, now: Duration, next: Duration) -> Vec<WatchRouteMapResponse> {
        let mut arrived = Vec::new();
        while self.on_way.front().is_some_and(|(there, _)| *there <= now) {
            arrived.extend(self.on_way.pop_front().map(|(_, response)| response));
        }
        while self.on_way.len() < ON_WAY_MAX {
            let Some(response) = self.next() else {
                break;
            };
            let last = self.on_way.back().map_or(next, |(last, _)| next.max(*last));
            self.on_way.push_back((last, response));
        }
        arrived
    }

    fn next(&mut self) -> Option<WatchRouteMapResponse> {
        if std::mem::take(&mut self.baseline_wanted) {
            return Some(WatchRouteMapResponse {
                revision: 0,
                message: Some(Told::BaselineWanted(BaselineWanted {})),
            });
        }
        self.newest.take()
    }
}
