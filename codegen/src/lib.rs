//! Definitions to Rust.
//!
//! [`generate`] is pure: a [`Definition`](routewright_schema::model::Definition) in,
//! [`Files`] out. Only [`files`] touches the disk, and the same comparison serves
//! writing and checking. `cargo xtask codegen` checks the output in; a `build.rs` uses
//! [`Config`].
//!
//! | file | what it is |
//! |---|---|
//! | `routes.rs` | enums of events and consumers, typed settings, `TABLE`, tests |
//! | `routes.img` | the image that `TABLE` is |
//! | `routes.src` | rule -> file:line, docs, owners, keyed by the image's digest |
//!
//! The output depends on nothing but the definition: no clock, no path of the machine,
//! no order of iteration.
//!
//! # Names
//!
//! An event, consumer or enum value becomes a variant in camel case:
//! `treasure.item.found` is `TreasureItemFound`, `pull_request.opened` is
//! `PullRequestOpened`. That can lose something, so:
//!
//! * A name that is anything but words of a-z and digits, each beginning with a letter,
//!   joined by single `.`, `_` or `-`, always carries six digits of its hash:
//!   `RS.EMPTY_COUNT` is `RsEmptyCount_a1a2b3`. So do the few that mean something in
//!   Rust (`self`, `a.l.l`, `err`).
//! * Names that differ in their joints alone, such as `rs.empty_count` and
//!   `rs.empty.count`, all carry their hash. Should six digits meet, they carry all.
//!
//! So a spelling depends on its own name, and on nothing else but the names that it
//! would be mixed up with. None of those keeps the plain spelling: when the second one
//! arrives, every use of the first must choose, and the compiler shows them all.
//!
//! A setting, group or column becomes a method of the same name; keywords are raw
//! (`r#type`), and those that cannot be raw get a `_` before them, with which no setting
//! begins.

mod config;
mod emit;
pub mod files;
mod generate;
mod names;
mod provenance;

pub use config::Config;
pub use files::Files;
pub use generate::{Failure, Generated, Options, from_paths, generate};
