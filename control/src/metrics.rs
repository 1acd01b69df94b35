//! Figures for Prometheus: what counts, and how it is written.
//!
//! The text is the classic exposition format 0.0.4, written here. It takes a hundred lines,
//! and most figures are read from what is there anyway (a plane, a cell, a link) at the
//! moment they are asked for, so there is no registry to keep in step with it. Crates that
//! have one also write OpenMetrics, in which `HELP` names a counter without its `_total`;
//! `promtool check metrics` takes that for a counter without help.

mod codes;
mod histogram;
mod pairs;
mod text;
mod updates;

pub use codes::Codes;
pub use histogram::Histogram;
pub use pairs::Pairs;
pub use text::{Family, Kind, Page};
pub use updates::{Rejected, Updates};

/// What a page of figures is called on HTTP.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
