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
//! no order of iteration, no revision. That one is read from the environment when the code
//! is compiled (`ROUTEWRIGHT_REVISION`), and stands behind the linked image.
//!
//! # Names
//!
//! An event, consumer or enum value becomes a variant in camel case:
//! `treasure.item.found` is `TreasureItemFound`, `pull_request.opened` is
//! `PullRequestOpened`. That can lose something, so:
//!
//! * Names that would be spelled alike, such as `RS.EMPTY_COUNT` and `RS_EMPTY.COUNT`, all
//!   carry six digits of their own hash: `RsEmptyCount_a1a2b3`. Should six digits meet,
//!   they carry all.
//! * A name that is anything but words of ASCII letters and digits, joined by single `.`,
//!   `_`, `-`, `/`, `:` or blanks and beginning with a letter, always carries its hash. So
//!   do the few that mean something in Rust (`self`, `a.l.l`, `err`).
//!
//! So a spelling depends on its own name, and on nothing else but the names that it
//! would be mixed up with. None of those keeps the plain spelling, because code that was
//! written for one would then mean the other without a word: when the second arrives,
//! every use of the first must choose. The plain spelling stays as a constant that does
//! not compile where it is used, and says what to write instead; `explain EVENT` says
//! so too.
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
mod revision;

pub use config::Config;
pub use files::Files;
pub use generate::{Failure, Generated, Options, from_paths, generate};
pub use names::spelling;
