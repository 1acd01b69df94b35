//! Routewright's runtime.
#![allow(dead_code, reason = "under construction")]

mod assemble;
mod builder;
mod catalog;
mod cell_bytes;
mod decode;
mod error;
mod hash;
mod image;
mod index;
mod layout;
pub mod limits;
pub mod name;
mod pattern;
mod pick;
mod route;
mod rules;
mod scalar;
mod setting;
mod settle;
mod table;
mod values;
mod verify;
mod wire;

pub use builder::{Builder, RouteSpec};
pub use catalog::{CatalogSpec, CatalogView, RuleSpec, SettingView};
pub use decode::Mode;
pub use error::{Code, Fact, Path, Subject, Violation, Violations};
pub use hash::Digest;
pub use image::{Aligned, Image};
pub use layout::{ALIGN, FORMAT, MAGIC};
pub use limits::Limits;
pub use route::{Origin, Outcome, Policy, Priority, RawRoute};
pub use rules::{Instr, Op, RuleType, result_type};
pub use scalar::{Form, Kind, Scalar};
pub use setting::{SettingSpec, Step};
pub use table::{Entry, OpenError, RouteTable};
pub use values::{List, Timestamp, Values};
