//! What can be asked for: each group is a module, and answers with a section.

mod lookup;
mod rustc;
mod tool;

use crate::harness::Options;
use crate::report::Section;

/// A group: measures, and tells.
pub type Group = fn(Options) -> Section;

/// All groups, in the order in which they run and stand in `README.md`.
pub const ALL: &[(&str, Group)] = &[
    ("lookup", lookup::run),
    ("rustc", rustc::run),
    ("tool", tool::run),
];
