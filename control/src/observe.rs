//! An engine to be watched: `/metrics`, `/healthz`, `/readyz` and `/status`.
//!
//! ```text
//! let engine = Engine::new(&ROUTES).store(store).counters(counters);
//! let follower = Follower::new(&ROUTES, ["http://control:4700"]);
//! let pages = Observer::new(engine).link(follower.link()).router();
//! tokio::spawn(follower.run());
//! tokio::spawn(http::serve(TcpListener::bind("127.0.0.1:4702").await?, pages));
//! ```
//!
//! An engine is alive when it answers, and ready from its first moment on, for it always has
//! a table to serve, if only its baseline. How old that is changes neither: an orchestrator
//! that restarts engines because a control plane is away would do what Routewright is there
//! to prevent. What all the figures mean is in `docs/observability.md`.

mod figures;
mod rate;
mod standing;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use routewright::{Catalog, Now};

use crate::engine::Engine;
use crate::follow::Link;
use crate::http::{self, Pages};
use rate::Rate;
#[cfg(feature = "serve")]
pub(crate) use standing::rejected;

/// What can be seen of an engine. Clones see the same.
pub struct Observer<C: Catalog> {
    engine: Engine<C>,
    link: Option<Link>,
    rate: Arc<Mutex<Rate>>,
}

impl<C: Catalog> Clone for Observer<C> {
    fn clone(&self) -> Self {
        Observer {
            engine: self.engine.clone(),
            link: self.link.clone(),
            rate: self.rate.clone(),
        }
    }
}

impl<C: Catalog> Observer<C> {
    /// Of this engine. Pushes that come by its [`Engine::service`] are counted, if that is
    /// of a clone of the same.
    pub fn new(engine: Engine<C>) -> Observer<C> {
        Observer {
            engine,
            link: None,
            rate: Arc::default(),
        }
    }

    /// With how it stands with its control plane.
    #[must_use]
    pub fn link(mut self, link: Link) -> Observer<C> {
        self.link = Some(link);
        self
    }

    /// The pages: for [`http::serve`], or to be merged into a router of the host's, which
    /// then sets the bounds for strangers.
    pub fn router(self) -> Router {
        http::router(self)
    }

    /// The figures of this moment, as Prometheus reads them. Waits for whoever writes to
    /// the disk.
    pub fn metrics(&self) -> String {
        let rate = self.engine.counted().and_then(|counters| {
            let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
            let bytes = counters.config_bytes;
            Some((bytes, rate.sample(bytes, Instant::now())?))
        });
        figures::page(&self.engine, self.link.as_ref(), rate, Now::read())
    }

    /// How it stands, as in `/status`. Waits for whoever writes to the disk.
    pub fn status(&self) -> serde_json::Value {
        standing::standing(&self.engine, self.link.as_ref(), Now::read())
    }

    /// Off the task's thread: a disk may be slow. `None`: a panic in the host's counters.
    async fn aside<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Observer<C>) -> T + Send + 'static,
    ) -> Option<T> {
        let own = self.clone();
        tokio::task::spawn_blocking(move || ask(&own)).await.ok()
    }
}

impl<C: Catalog> Pages for Observer<C> {
    async fn metrics(&self) -> Option<String> {
        self.aside(Observer::metrics).await
    }

    async fn status(&self) -> Option<serde_json::Value> {
        self.aside(Observer::status).await
    }

    fn alive(&self) -> bool {
        true
    }

    async fn ready(&self) -> bool {
        true
    }
}
