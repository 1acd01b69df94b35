//! Routewright definitions: read, resolve, lower, write.

pub mod access;
pub mod analysis;
#[cfg(any(test, feature = "arbitrary"))]
pub mod arbitrary;
pub mod check;
pub mod diagnostic;
pub mod draft;
pub mod edit;
pub mod format;
pub mod load;
pub mod lower;
pub mod model;
pub mod pattern;
pub mod resolve;
pub mod route_map;
pub mod rule;
pub mod source;
pub mod value;

/// The messages of `proto/routewright/v1`.
#[allow(missing_docs, clippy::all, reason = "generated")]
#[rustfmt::skip]
#[path = "generated/routewright.v1.rs"]
pub mod pb;
