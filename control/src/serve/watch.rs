//! The one who looks over the shoulder of the plane's thread: counts what engines say and
//! how rollouts end, and holds the span of the one that goes on.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use routewright_schema::pb::watch_route_map_request::Message;
use tracing::Span;

use super::actor::Request;
use super::book::Book;
use super::meters::{Closed, Meters};
use crate::plane::{Plane, Progress};

/// Between two looks at the whole fleet.
const CENSUS_EVERY: Duration = Duration::from_secs(1);

pub struct Watch {
    meters: Arc<Meters>,
    /// The newest rollout whose end was seen.
    seen: u64,
    rolling: Option<(Progress, Span)>,
    counted: Option<Instant>,
}

impl Watch {
    pub fn new(meters: Arc<Meters>) -> Watch {
        Watch {
            meters,
            seen: 0,
            rolling: None,
            counted: None,
        }
    }

    /// Somebody asks something of the plane.
    pub fn hear(&self, request: &Request) {
        match request {
            Request::Said(_, message, _) => self.said(message),
            Request::Open(stream, hello, ..) => {
                tracing::debug!(stream = stream.0, engine = ?hello.name, "a stream comes");
            }
            Request::Gone(stream) => tracing::debug!(stream = stream.0, "a stream has ended"),
            Request::Do(_) | Request::Tick | Request::Stop(_) => {}
        }
    }

    /// A stream makes room for another of its name.
    pub fn displaced(&self) {
        self.meters.closed(Closed::Displaced);
    }

    fn said(&self, message: &Message) {
        match message {
            Message::Ack(_) => drop(self.meters.acks.fetch_add(1, Ordering::Relaxed)),
            Message::Nack(nack) if nack.needs_whole => {
                self.meters.wholes.fetch_add(1, Ordering::Relaxed);
            }
            Message::Nack(nack) => {
                let refusal = nack.refusal.as_ref();
                let first = refusal.and_then(|refusal| refusal.violations.first());
                self.meters
                    .nacks
                    .add(first.map_or("unknown", |first| first.code.as_str()));
            }
            Message::Hello(_) | Message::Report(_) | Message::Baseline(_) => {}
        }
    }

    /// Something was done with the plane.
    pub fn look(&mut self, plane: &Plane<Book>) {
        self.ends(plane);
        self.goes_on(plane);
        if self
            .counted
            .is_none_or(|counted| counted.elapsed() >= CENSUS_EVERY)
        {
            self.counted = Some(Instant::now());
            self.meters.look(&plane.census());
        }
    }

    fn ends(&mut self, plane: &Plane<Book>) {
        let seen = self.seen;
        let new = plane.ended().take_while(|e| e.state.revision > seen);
        let mut new: Vec<_> = new.collect();
        new.reverse();
        for ended in new {
            let state = &ended.state;
            self.seen = state.revision;
            self.meters.ended(ended);
            // One that had nobody to ask began and ended within one turn.
            let span = match self.rolling.take() {
                Some((progress, span)) if progress.revision == state.revision => span,
                _ => span(state.revision, state.version),
            };
            let _entered = span.enter();
            // In quotes and escaped: engines have a word in it.
            let (why, took) = (&state.outcome, ended.took);
            match state.state.as_str() {
                "done" => tracing::info!(?took, ?why, "done"),
                _ => tracing::warn!(?took, ?why, "reverted"),
            }
        }
    }

    fn goes_on(&mut self, plane: &Plane<Book>) {
        let Some(progress) = plane.progress() else {
            return;
        };
        let span = match self.rolling.take() {
            Some((before, span)) if before == progress => {
                self.rolling = Some((before, span));
                return;
            }
            Some((before, span)) if before.revision == progress.revision => span,
            _ => span(progress.revision, progress.version),
        };
        let (stage, stages) = (progress.stage, progress.stages);
        span.in_scope(|| tracing::info!(stage, stages, "a stage begins"));
        self.rolling = Some((progress, span));
    }
}

fn span(revision: u64, version: u64) -> Span {
    // Whoever pushed is told long before it ends.
    tracing::info_span!(parent: None, "rollout", revision, version)
}
