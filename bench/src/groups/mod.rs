//! What can be asked for: each group is a module, and answers with a section.

mod lookup;

use crate::harness::Options;
use crate::report::Section;

/// A group: measures, and tells.
pub type Group = fn(Options) -> Section;

/// All groups, in the order in which they run and stand in `README.md`.
pub const ALL: &[(&str, Group)] = &[("lookup", lookup::run)];
