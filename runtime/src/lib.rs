//! Routewright's runtime.
#![allow(dead_code, reason = "under construction")]

mod error;
mod layout;
pub mod limits;
pub mod name;
mod route;
mod rules;
mod scalar;
mod setting;

pub use error::{Code, Fact, Path, Subject, Violation, Violations};
pub use layout::{ALIGN, FORMAT, MAGIC};
pub use limits::Limits;
pub use route::Priority;
pub use rules::{Instr, Op, RuleType, result_type};
pub use scalar::{Form, Kind, Scalar};
pub use setting::{SettingSpec, Step};
