//! An engine that follows a control plane.

mod agent;

#[cfg(feature = "serve")]
pub(crate) use agent::told;
pub use agent::{Agent, Identity};
