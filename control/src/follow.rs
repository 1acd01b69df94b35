//! An engine that follows a control plane.
//!
//! ```text
//! tokio::spawn(follow(&ROUTES, ["http://control:4700"]));
//! ```
//!
//! Nothing that is served waits for it, and nothing ends with it: while no control plane
//! answers, the engine goes on with what it has, ends its leases itself, and comes back
//! when it can.

mod agent;
mod backoff;
mod link;

use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::{Duration, Instant};

use routewright::{Catalog, Now, RouteCell};
use routewright_schema::pb::WatchRouteMapRequest;
use tokio::sync::{Notify, mpsc};
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

pub use agent::{Agent, Identity};
#[cfg(feature = "serve")]
pub(crate) use agent::{TRIPPED_MAX, told};
use backoff::Backoff;
pub use link::{Link, LinkStatus, Offer};

use crate::client::with_causes;
use crate::rpc::fleet_service_client::FleetServiceClient;
#[cfg(unix)]
use crate::store::Store;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long nothing may come before the other side is asked whether it lives, and how
/// long it may take to say so. A connection that is closed is known to be at once; one that
/// falls silent, within their sum. A question and its answer are two packets each way: every 2
/// seconds they would be 10 MB a day for each engine.
const ALIVE_EVERY: Duration = Duration::from_secs(10);
const ALIVE_WITHIN: Duration = Duration::from_secs(3);
/// How long a control plane may take to answer Hello.
const OPEN_WITHIN: Duration = Duration::from_secs(10);
/// A stream that was open for so long was a good one.
const LIVES_AFTER: Duration = Duration::from_secs(5);
/// Between two looks at what no one tells: leases, the file `BASELINE`.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Bytes of an update.
const UPDATE_BYTES_SLACK: usize = 1 << 20;

/// Follows a control plane for ever, under the name of this host and process. With more
/// to say, use [`Follower`].
pub fn follow<C: Catalog>(
    cell: &'static RouteCell<C>,
    endpoints: impl IntoIterator<Item = impl Into<String>>,
) -> impl Future<Output = ()> + Send {
    Follower::new(cell, endpoints).run()
}

/// An engine that follows a control plane.
pub struct Follower<C: Catalog> {
    cell: &'static RouteCell<C>,
    endpoints: Vec<String>,
    #[cfg(feature = "tls")]
    tls: crate::tls::Tls,
    identity: Identity,
    link: Link,
    #[cfg(unix)]
    store: Option<Store>,
    /// Held while the store ticks.
    #[cfg(unix)]
    ticking: Arc<tokio::sync::Semaphore>,
}

impl<C: Catalog> Follower<C> {
    /// One that asks these endpoints in turn, `http://host:port`.
    pub fn new(
        cell: &'static RouteCell<C>,
        endpoints: impl IntoIterator<Item = impl Into<String>>,
    ) -> Follower<C> {
        Follower {
            cell,
            endpoints: endpoints.into_iter().map(Into::into).collect(),
            #[cfg(feature = "tls")]
            tls: crate::tls::Tls::new(),
            identity: Identity {
                name: default_name(),
                labels: Vec::new(),
            },
            link: Link::default(),
            #[cfg(unix)]
            store: None,
            #[cfg(unix)]
            ticking: Arc::new(tokio::sync::Semaphore::new(1)),
        }
    }

    /// By TLS, to endpoints `https://host:port`: whom it trusts, and who it is.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: crate::tls::Tls) -> Follower<C> {
        self.tls = tls;
        self
    }

    /// Under this name, unique among the engines: letters, digits and `._:-`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Follower<C> {
        self.identity.name = name.into();
        self
    }

    /// With a label that people tell engines apart by.
    #[must_use]
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Follower<C> {
        self.identity.labels.push((name.into(), value.into()));
        self
    }

    /// With the store that the cell was booted from. While somebody holds the engine on its
    /// baseline by the store's file `BASELINE`, it says so, and takes nothing.
    #[cfg(unix)]
    #[must_use]
    pub fn store(mut self, store: Store) -> Follower<C> {
        self.store = Some(store);
        self
    }

    /// How it stands with the control plane, from now on.
    pub fn link(&self) -> Link {
        self.link.clone()
    }

    /// Follows for ever. To be spawned.
    pub async fn run(self) {
        // Side by side: neither a control plane that does not answer nor a disk that hangs
        // keeps leases from ending.
        tokio::join!(self.follow(), self.keep());
    }

    async fn follow(&self) {
        let changed = Arc::new(Notify::new());
        let hook = changed.clone();
        self.cell.on_change(move |_| hook.notify_one());
        let mut backoff = Backoff::default();
        for endpoint in self.endpoints.iter().cycle() {
            let mut agent = Agent::default();
            let began = Instant::now();
            let ended = self.once(endpoint, &mut agent, &changed).await;
            // One that is sent away at once comes back no sooner each time.
            if self.link.lost(&ended) && began.elapsed() > LIVES_AFTER {
                backoff = Backoff::default();
            }
            // Engines that were cut off together do not come back together.
            let chance = RandomState::new().hash_one(0u8);
            tokio::time::sleep(backoff.next(chance)).await;
        }
    }

    /// One stream, from its begin to its end; why it ended.
    async fn once(&self, url: &str, agent: &mut Agent, changed: &Notify) -> String {
        // Anew each time: certificates are renewed meanwhile.
        let endpoint = match self.endpoint(url) {
            Ok(endpoint) => endpoint,
            Err(why) => return why,
        };
        let endpoint = endpoint
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(ALIVE_EVERY)
            .keep_alive_timeout(ALIVE_WITHIN)
            .keep_alive_while_idle(true)
            .tcp_nodelay(true);
        let channel = match endpoint.connect().await {
            Ok(channel) => channel,
            Err(fault) => return with_hint(url, with_causes(&fault), &fault),
        };
        match self.stream(channel, agent, changed).await {
            Ok(()) => "the control plane ended the stream".to_owned(),
            Err(status) => {
                let words = format!("{:?}: {}", status.code(), status.message());
                with_hint(url, words, &status)
            }
        }
    }

    #[cfg(feature = "tls")]
    fn endpoint(&self, url: &str) -> Result<Endpoint, String> {
        self.tls.endpoint(url)
    }

    #[cfg(not(feature = "tls"))]
    fn endpoint(&self, url: &str) -> Result<Endpoint, String> {
        let wrong = |_| format!("`{url}` is no URL");
        Endpoint::from_shared(url.to_owned()).map_err(wrong)
    }

    async fn stream(
        &self,
        channel: Channel,
        agent: &mut Agent,
        changed: &Notify,
    ) -> Result<(), Status> {
        let max = self
            .cell
            .limits()
            .push_bytes_max
            .saturating_add(UPDATE_BYTES_SLACK);
        let mut client = FleetServiceClient::new(channel).max_decoding_message_size(max);
        let (say, said) = mpsc::channel::<WatchRouteMapRequest>(4);
        let mut held = self.held().await;
        let hello = agent.hello(&self.identity, self.cell, held, Now::read());
        // There is room for the first four.
        let _sent = say.send(hello).await;
        let requests = tokio_stream::wrappers::ReceiverStream::new(said);
        let opened = tokio::time::timeout(OPEN_WITHIN, client.watch_route_map(requests));
        let silent = |_| Status::deadline_exceeded("it took the stream, and says nothing");
        let mut told = opened.await.map_err(silent)??.into_inner();
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            let answer = tokio::select! {
                response = told.message() => {
                    let Some(response) = response? else {
                        return Ok(());
                    };
                    self.link.heard(&response);
                    let (cell, mut own) = (self.cell, std::mem::take(agent));
                    // It builds a table, and a store writes it to disk.
                    let took = tokio::task::spawn_blocking(move || {
                        let answer = own.take(response, cell, held, Now::read());
                        (own, answer)
                    });
                    let (own, answer) = took.await.map_err(|fault| {
                        Status::internal(format!("the engine failed in an update: {fault}"))
                    })?;
                    *agent = own;
                    self.link.answered(answer.as_ref());
                    answer
                }
                () = changed.notified() => agent.look(self.cell, held, Now::read()),
                _ = look.tick() => {
                    held = self.held().await;
                    agent.look(self.cell, held, Now::read())
                }
            };
            if let Some(answer) = answer
                && say.send(answer).await.is_err()
            {
                // Why, is said by the other direction.
                continue;
            }
        }
    }

    /// Does what time brings: ends leases, and lets the store look for the file `BASELINE`.
    async fn keep(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let cell = self.cell;
            // Apart: a disk that hangs keeps no lease from ending. An error is a panic in a
            // hook of the host, which is no reason to keep other leases alive.
            let expired = tokio::task::spawn_blocking(move || cell.expire(Now::read()));
            #[cfg(unix)]
            if let Some(store) = self.store.clone() {
                // One that still hangs is not joined by another.
                let free = self.ticking.clone().try_acquire_owned();
                if let Ok(turn) = free {
                    tokio::task::spawn_blocking(move || {
                        store.tick_for_host(Now::read());
                        drop(turn);
                    });
                }
            }
            let _ended = expired.await;
        }
    }

    /// Whether somebody holds the engine on its baseline by hand.
    async fn held(&self) -> bool {
        #[cfg(unix)]
        if let Some(store) = self.store.clone() {
            let asked = tokio::task::spawn_blocking(move || store.held());
            return asked.await.unwrap_or(false);
        }
        false
    }
}

/// The name of the host and the number of the process.
fn default_name() -> String {
    #[cfg(unix)]
    let host = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    #[cfg(not(unix))]
    let host = std::env::var("COMPUTERNAME").unwrap_or_default();
    let ok = |c: &char| c.is_ascii_alphanumeric() || "._-".contains(*c);
    let host: String = host.chars().filter(ok).take(96).collect();
    let host = host.trim_start_matches(['.', '_', '-']);
    let pid = std::process::id();
    match host {
        "" => format!("engine-{pid}"),
        host => format!("{host}-{pid}"),
    }
}

/// With what to do about it, if that is known.
fn with_hint(url: &str, words: String, fault: &(dyn std::error::Error + 'static)) -> String {
    #[cfg(feature = "tls")]
    if let Some(hint) = crate::tls::hint(url, fault) {
        return format!("{words} ({hint})");
    }
    #[cfg(not(feature = "tls"))]
    let _known_by_tls_alone = (url, fault);
    words
}
