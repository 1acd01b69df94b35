//! Questions asked of a compiled table. The reader is the engine's own, so an answer
//! given here is the answer given live.

pub mod contents;
pub mod coverage;
pub mod declared;
pub mod diff;
pub mod docs;
pub mod explain;
pub mod graph;
pub mod json_schema;
pub mod test;
pub mod version;
pub mod words;
