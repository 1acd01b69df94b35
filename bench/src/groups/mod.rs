//! What can be asked for: each group is a module, and answers with a section.

mod apply;
mod authoring;
mod control;
mod end_to_end;
mod guard;
mod lookup;
mod reads;
mod rustc;
mod size;
mod tool;

use crate::harness::Options;
use crate::report::Section;

/// A group: measures, and tells.
pub type Group = fn(Options) -> Section;

/// All groups, in the order in which they run and stand in `README.md`.
pub const ALL: &[(&str, Group)] = &[
    ("lookup", lookup::run),
    ("reads", reads::run),
    ("guard", guard::run),
    ("end-to-end", end_to_end::run),
    ("apply", apply::run),
    ("size", size::run),
    ("rustc", rustc::run),
    ("tool", tool::run),
    ("authoring", authoring::run),
    ("control", control::run),
];
