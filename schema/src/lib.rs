//! Routewright definitions: read, resolve, lower, write.

pub mod draft;
pub mod model;
pub mod source;
