//! A control plane as a process: a [`Plane`](crate::plane::Plane) over a ledger on disk,
//! behind gRPC.
//!
//! One thread owns the plane, and does all that it is asked in turn ([`actor`]); a task
//! per stream carries what engines say to it, and what it says to them ([`stream`]). What
//! an engine has not yet read is replaced by what is newer, so a slow one costs the room
//! of one update.
//!
//! What each call needs is asked before it reaches a service ([`Access`]), and what is
//! refused for that is remembered.

mod access;
mod actor;
mod book;
mod files;
mod fleet;
mod gate;
mod handshakes;
mod http;
mod identity;
mod meters;
mod renewal;
mod revoked;
mod routes;
mod stream;
mod tls;
mod watch;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tonic::service::Routes;

pub use access::{Access, ROLES};
pub use actor::{Handle, now};
pub use book::Book;
pub use files::Allow;
pub use identity::of as name_in;
pub use renewal::Renewal;
pub use tls::{Files, Tls};

use crate::plane::{Config, LedgerFault};
use crate::rpc::fleet_service_server::FleetServiceServer;
use crate::rpc::route_service_server::RouteServiceServer;

/// Bytes of a message: an image as large as engines take, and a little.
pub(crate) const MESSAGE_BYTES_MAX: usize = (64 << 20) + (1 << 20);

/// A running control plane. Clones share it.
#[derive(Clone)]
pub struct Control {
    handle: Handle,
    access: Arc<Access>,
}

impl Control {
    /// Opens the ledger, and begins to decide.
    ///
    /// # Errors
    /// The ledger is in use, or cannot be read or written.
    pub fn start(ledger: &Path, config: Config) -> Result<Control, LedgerFault> {
        let handle = actor::start(Book::open(ledger)?, config)?;
        Ok(Control {
            handle,
            access: Arc::new(Access::new(None)),
        })
    }

    /// By these rules. Without, whoever reaches it may do everything.
    #[must_use]
    pub fn access(mut self, access: Arc<Access>) -> Control {
        self.access = access;
        self
    }

    /// RouteService and FleetService, for a server of the host's.
    pub fn routes(&self) -> Routes {
        let fleet = fleet::Fleet::new(self.handle.clone(), self.access.clone());
        let fleet = FleetServiceServer::new(fleet)
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(usize::MAX);
        let routes = RouteServiceServer::new(routes::Routes::new(self.handle.clone()))
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(usize::MAX);
        let mut all = Routes::builder();
        all.add_service(self.behind_gate(fleet))
            .add_service(self.behind_gate(routes));
        all.routes()
    }

    /// `/metrics`, `/healthz`, `/readyz` and `/status`, for [`crate::http::serve`].
    pub fn pages(&self) -> axum::Router {
        crate::http::router(http::Watched::new(self.handle.clone()))
    }

    fn behind_gate<S>(&self, service: S) -> gate::Gate<S> {
        gate::Gate::new(service, self.access.clone(), self.handle.clone())
    }

    /// What asks the plane.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns if the plane has failed, by a fault of its own, and never otherwise. Nothing is
    /// lost that was acknowledged, but this control plane answers nobody any more: end the
    /// process, or start another over the same ledger.
    pub async fn failed(&self) {
        self.handle.failed().await;
    }

    /// Whether it has.
    pub fn has_failed(&self) -> bool {
        self.handle.has_failed()
    }

    /// Ends all streams and brings everything to disk; waits for at most so long.
    pub async fn stop(self, patience: Duration) {
        self.handle.stop(patience).await;
    }
}
