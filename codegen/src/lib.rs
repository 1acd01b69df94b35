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

mod config;
mod emit;
pub mod files;
mod generate;
mod names;
mod provenance;

pub use config::Config;
pub use files::Files;
pub use generate::{Failure, Generated, Options, from_paths, generate};
