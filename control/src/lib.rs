//! Routewright over gRPC: `RouteService` in front of a cell, for any tonic server.
//!
//! ```text
//! let engine = Engine::new(&ROUTES);
//! tokio::spawn(engine.clone().tick(Duration::from_secs(1)));
//! Server::builder().add_routes(engine.routes()).serve(address).await?;
//! ```
//!
//! [`Engine::routes`] brings health (`grpc.health.v1`) and reflection (v1 and v1alpha) along; a
//! host that has its own adds the bare [`Engine::service`]. Whoever reaches the service may
//! push: put what decides about that (TLS, an interceptor, the network) before it.
//! gRPC knows a service by its name, so one server serves one cell.
//!
//! Nothing that is served waits for these calls: all of them run on tokio's blocking
//! threads, and readers of the cell share no lock with them.
//!
//! [`client`] is the other side. [`follow`] lets an engine follow a control plane, and
//! [`observe`] lets people and Prometheus watch it.
//!
//! [`store`] keeps an override over a restart of its process. It needs nothing of the
//! above: `default-features = false` leaves it alone.

#[cfg(feature = "grpc")]
mod answer;
#[cfg(feature = "grpc")]
mod changes;
#[cfg(feature = "grpc")]
pub mod client;
#[cfg(feature = "grpc")]
pub mod delta;
#[cfg(feature = "grpc")]
mod engine;
#[cfg(feature = "grpc")]
mod fit;
#[cfg(feature = "grpc")]
pub mod follow;
#[cfg(feature = "grpc")]
pub mod http;
#[cfg(all(feature = "grpc", unix))]
pub mod local;
#[cfg(feature = "grpc")]
pub mod metrics;
#[cfg(feature = "grpc")]
pub mod observe;
#[cfg(feature = "serve")]
pub mod plane;
/// The service and its client as generated, for a host's own tower layers.
#[allow(missing_docs, clippy::all, reason = "generated")]
#[rustfmt::skip]
#[cfg(feature = "grpc")]
#[path = "generated/routewright.v1.service.rs"]
pub mod rpc;
#[cfg(feature = "serve")]
pub mod serve;
#[cfg(feature = "grpc")]
mod service;
#[cfg(unix)]
pub mod store;
#[cfg(feature = "tls")]
pub mod tls;

#[cfg(feature = "grpc")]
pub use engine::Engine;
#[cfg(feature = "grpc")]
pub use service::{NAME, Service};
