//! The thread that owns the plane.
//!
//! Should it panic, what the plane holds in memory is worth nothing any more, and what is in
//! the ledger is all that counts: all streams end, and whoever runs this is told to end the
//! process, or to start anew. Engines go on with what they have meanwhile.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use routewright::Now;
use routewright_schema::pb::watch_route_map_request::Message;
use routewright_schema::pb::{Hello, RolloutState};
use tokio::sync::{mpsc, oneshot, watch};
use tonic::Status;

use super::book::Book;
use super::meters::Meters;
use super::stream::Outbox;
use super::watch::Watch;
use crate::plane::{Config, Effect, LedgerFault, Plane, StreamId};

/// Requests that wait for the plane; whoever comes then waits to be let in.
const WAITING_MAX: usize = 1_024;
/// Requests that are done before what follows from them is sent.
const TURN_MAX: usize = 256;
/// How often time is looked at.
const TICK: Duration = Duration::from_millis(50);
/// Added to the monotonic clock, so that what began before this process has a place on it.
const PAST: Duration = Duration::from_secs(20 * 365 * 24 * 3600);

type Outboxes = HashMap<StreamId, Arc<Outbox>>;
type Job = Box<dyn FnOnce(&mut Plane<Book>, Now) + Send>;

pub(super) enum Request {
    Open(
        StreamId,
        Box<Hello>,
        Arc<Outbox>,
        oneshot::Sender<Result<(), String>>,
    ),
    Said(StreamId, Box<Message>, oneshot::Sender<()>),
    Gone(StreamId),
    Do(Job),
    Tick,
    Stop(oneshot::Sender<()>),
}

/// Asks the plane. Clones ask the same.
#[derive(Clone)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
    /// How what is being rolled out stands, or what was rolled out last.
    progress: watch::Receiver<Option<RolloutState>>,
    /// Whether the thread has panicked.
    failed: watch::Receiver<bool>,
    streams: Arc<std::sync::atomic::AtomicU64>,
    meters: Arc<Meters>,
}

/// The moment, by the clocks of a plane.
pub fn now() -> Now {
    let now = Now::read();
    Now {
        monotonic: now.monotonic.saturating_add(PAST),
        wall: now.wall,
    }
}

/// Takes up a ledger, and starts the thread.
pub fn start(book: Book, config: Config) -> Result<Handle, LedgerFault> {
    let meters = Arc::new(Meters::new(book.writes()));
    let plane = Plane::open(book, config, now())?;
    let (requests, receiver) = mpsc::channel(WAITING_MAX);
    let (told, progress) = watch::channel(None);
    let (fail, failed) = watch::channel(false);
    let watched = meters.clone();
    let spawned = std::thread::Builder::new()
        .name("routewright-plane".to_owned())
        .spawn(move || {
            let mut outboxes = Outboxes::new();
            let watch = Watch::new(watched);
            let life = || run(plane, receiver, &told, watch, &mut outboxes);
            // Nothing that it held is used again, but for the ends of the streams.
            if catch_unwind(AssertUnwindSafe(life)).is_err() {
                for outbox in outboxes.values() {
                    outbox.close(Status::unavailable("the control plane has failed"));
                }
                fail.send_replace(true);
            }
        });
    spawned.map_err(|fault| LedgerFault(format!("could not start a thread: {fault}")))?;
    let ticks = requests.clone();
    tokio::spawn(async move {
        let mut interval = tokio::time::interval(TICK);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            // One that is busy looks at the time after every turn.
            if let Err(mpsc::error::TrySendError::Closed(_)) = ticks.try_send(Request::Tick) {
                return;
            }
        }
    });
    Ok(Handle {
        requests,
        progress,
        failed,
        streams: Arc::default(),
        meters,
    })
}

fn run(
    mut plane: Plane<Book>,
    mut requests: mpsc::Receiver<Request>,
    told: &watch::Sender<Option<RolloutState>>,
    mut watch: Watch,
    outboxes: &mut Outboxes,
) {
    let mut waiting = Vec::with_capacity(TURN_MAX);
    let mut ticked = Instant::now();
    loop {
        waiting.clear();
        if requests.blocking_recv_many(&mut waiting, TURN_MAX) == 0 {
            break;
        }
        let mut stop = None;
        for request in waiting.drain(..) {
            if let Request::Stop(done) = request {
                stop = Some(done);
                continue;
            }
            watch.hear(&request);
            one(request, &mut plane, outboxes);
            watch.look(&plane);
            carry_out(&mut plane, outboxes, &watch);
        }
        // Half, as timers are not exact.
        if ticked.elapsed() >= TICK / 2 {
            plane.tick(now());
            ticked = Instant::now();
        }
        // Whoever waits for engines hears of them before the end is on disk, and of the end
        // after.
        tell(&plane, told);
        plane.conclude(now());
        watch.look(&plane);
        carry_out(&mut plane, outboxes, &watch);
        tell(&plane, told);
        if let Some(done) = stop {
            for outbox in outboxes.values() {
                outbox.close(Status::unavailable("the control plane ends"));
            }
            plane.flush_denied();
            // What is not on disk now was said again by whoever it matters to.
            let _closed = plane.ledger_mut().close();
            let _asked = done.send(());
            return;
        }
    }
}

fn tell(plane: &Plane<Book>, told: &watch::Sender<Option<RolloutState>>) {
    let progress = plane.newest_rollout(now());
    told.send_if_modified(|known| {
        let changed = *known != progress;
        *known = progress;
        changed
    });
}

fn one(request: Request, plane: &mut Plane<Book>, outboxes: &mut Outboxes) {
    let now = now();
    match request {
        Request::Open(stream, hello, outbox, reply) => {
            outboxes.insert(stream, outbox);
            let opened = plane.hello(stream, &hello, now);
            if opened.is_err() {
                outboxes.remove(&stream);
            }
            let _whoever_asked_has_gone = reply.send(opened);
        }
        Request::Said(stream, message, done) => {
            let heard = match *message {
                Message::Hello(_) => Err("Hello comes once".to_owned()),
                Message::Ack(ack) => plane.ack(stream, ack, now),
                Message::Nack(nack) => plane.nack(stream, nack, now),
                Message::Report(report) => plane.report(stream, report, now),
                Message::Baseline(baseline) => {
                    plane.baseline(stream, baseline.image, now);
                    Ok(())
                }
            };
            if let Err(why) = heard {
                if let Some(outbox) = outboxes.remove(&stream) {
                    outbox.close(Status::invalid_argument(why));
                }
                plane.gone(stream, now);
            }
            let _whoever_said_it_has_gone = done.send(());
        }
        Request::Gone(stream) => {
            outboxes.remove(&stream);
            plane.gone(stream, now);
        }
        Request::Do(job) => job(plane, now),
        // Time is looked at after every turn.
        Request::Tick | Request::Stop(_) => {}
    }
}

fn carry_out(plane: &mut Plane<Book>, outboxes: &mut Outboxes, watch: &Watch) {
    for effect in plane.effects() {
        match effect {
            Effect::Tell(stream, response) => {
                if let Some(outbox) = outboxes.get(&stream) {
                    outbox.tell(response);
                }
            }
            Effect::AskBaseline(stream) => {
                if let Some(outbox) = outboxes.get(&stream) {
                    outbox.ask_baseline();
                }
            }
            Effect::Close(stream, why) => {
                watch.displaced();
                if let Some(outbox) = outboxes.remove(&stream) {
                    outbox.close(Status::aborted(why));
                }
            }
        }
    }
}

impl Handle {
    /// A stream of an engine; what is to be told comes by the outbox.
    pub(super) async fn open(&self, hello: Hello, outbox: Arc<Outbox>) -> Result<StreamId, Status> {
        let stream = StreamId(
            self.streams
                .fetch_add(1, std::sync::atomic::Ordering::Relaxed)
                + 1,
        );
        let (reply, answer) = oneshot::channel();
        let mut opening = Opening {
            handle: self,
            stream: Some(stream),
        };
        self.send(Request::Open(stream, Box::new(hello), outbox, reply))
            .await?;
        let opened = answer.await.map_err(|_| ended())?;
        opening.stream = None;
        opened.map_err(Status::invalid_argument)?;
        Ok(stream)
    }

    /// What an engine says. Returns when it was heard: a stream has one message on its way.
    pub(super) async fn said(&self, stream: StreamId, message: Message) -> Result<(), Status> {
        let (reply, done) = oneshot::channel();
        let said = Request::Said(stream, Box::new(message), reply);
        self.send(said).await?;
        done.await.map_err(|_| ended())
    }

    pub(super) async fn gone(&self, stream: StreamId) {
        // A plane that has ended knows of no streams.
        let _ended = self.send(Request::Gone(stream)).await;
    }

    /// Does something with the plane, in its turn.
    ///
    /// # Errors
    /// UNAVAILABLE: it has ended.
    pub async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Plane<Book>, Now) -> T + Send + 'static,
    ) -> Result<T, Status> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |plane, now| {
            let _whoever_asked_has_gone = reply.send(job(plane, now));
        });
        self.send(Request::Do(job)).await?;
        answer.await.map_err(|_| ended())
    }

    /// How a rollout stands; `None`: no such revision is remembered.
    ///
    /// # Errors
    /// UNAVAILABLE: the plane has ended.
    pub async fn rollout(&self, revision: u64) -> Result<Option<RolloutState>, Status> {
        self.ask(move |plane, now| plane.rollout(revision, now))
            .await
    }

    /// Somebody tried what they may not do.
    pub(super) async fn denied(&self, who: String, rpc: String, why: String) {
        let noted = self.ask(move |plane, now| plane.denied(&who, &rpc, &why, now));
        // A plane that has ended notes nothing.
        let _ended = noted.await;
    }

    /// How what is being rolled out stands, or what was rolled out last, as it changes.
    pub(super) fn progress(&self) -> watch::Receiver<Option<RolloutState>> {
        self.progress.clone()
    }

    /// Returns when the plane has failed, and never otherwise.
    pub(super) async fn failed(&self) {
        let mut failed = self.failed.clone();
        if failed.wait_for(|failed| *failed).await.is_err() {
            // It was stopped in order.
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        *self.failed.borrow()
    }

    /// What is counted.
    pub(super) fn meters(&self) -> &Arc<Meters> {
        &self.meters
    }

    pub(super) async fn stop(&self, patience: Duration) {
        let (reply, answer) = oneshot::channel();
        if self.send(Request::Stop(reply)).await.is_ok() {
            let _in_time_or_not = tokio::time::timeout(patience, answer).await;
        }
    }

    async fn send(&self, request: Request) -> Result<(), Status> {
        self.requests.send(request).await.map_err(|_| ended())
    }
}

/// A stream that is being opened. Whoever opens it may go meanwhile, and then nobody is left
/// to say that it has ended.
struct Opening<'h> {
    handle: &'h Handle,
    stream: Option<StreamId>,
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if let Some(stream) = self.stream {
            let handle = self.handle.clone();
            tokio::spawn(async move { handle.gone(stream).await });
        }
    }
}

fn ended() -> Status {
    Status::unavailable("the control plane has ended")
}
