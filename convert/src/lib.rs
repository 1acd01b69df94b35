//! Brings existing YAML over, and proves that nothing was lost.
//!
//! ```text
//! files --document--> values with places --evaluate (a mapping, in jq)--> items
//! items --merge--> Definition --write, load, lower--> table
//! places --account--> converted, ignored for a reason, unexplained
//! items, table --prove--> the same answers, or the names that differ
//! ```
//!
//! A mapping is a jq program; `docs/convert-design.md` says why. Every value remembers
//! which nodes of which file it came from, through every step of the program, so that
//! accounting needs no word from the author of the mapping.

pub mod account;
pub mod admit;
pub mod document;
pub mod evaluate;
pub mod glob;
pub mod infer;
pub mod item;
pub mod mapping;
pub mod mappings;
pub mod merge;
pub mod names;
pub mod observe;
pub mod prove;
pub mod report;
pub mod rules;
pub mod run;
pub mod trace;
pub mod union;
pub mod value;
