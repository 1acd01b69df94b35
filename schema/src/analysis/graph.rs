//! The map of a table: which events go to which consumers, as a picture.
//!
//! ```text
//! table --Map::of--> Map --note--> Map --View::new--> View --> svg, mermaid, dot
//! old, new --Map::between--> Map with changes                 (json writes the Map itself)
//! ```
//!
//! [`Map`] is what the table answers for each name it knows, nothing left out. [`View`] is
//! what fits a picture: names with the same answer share a box, and what would make the
//! picture too long is folded into one line. The writers only draw a view.

mod between;
mod dot;
mod fold;
mod group;
mod json;
mod layout;
mod map;
mod mermaid;
mod note;
mod svg;
pub(super) mod text;
mod view;

pub use dot::dot;
pub use json::json;
pub use map::{Change, Consumer, How, Link, Map, Source, SourceKind, Target, Way};
pub use mermaid::mermaid;
pub use svg::svg;
pub(super) use text::visible;
pub use view::{Room, View};

#[cfg(test)]
mod tests;
