//! Static routing tables and typed settings, overridden at run time by one atomic swap.
//!
//! This crate is what a service links: the reader of compiled tables, the cell that
//! holds the live one, and the decoder of pushed overrides. The tables themselves, and
//! the types around them, are generated (`cargo xtask codegen`, or from `build.rs`):
//!
//! ```text
//! mod routes { include!("generated/routes.rs"); }
//! use routes::{Consumer, Event};
//!
//! static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);
//!
//! let table = ROUTES.load();                    // one whole generation, for this event
//! if let Some(route) = table.find(name) {       // by a name from outside
//!     match route.outcome() {
//!         Outcome::Deliver => route.consumers().for_each(deliver),
//!         Outcome::Drop(reason) => count_drop(reason),
//!         Outcome::Unrouted => count_unrouted(),
//!     }
//! }
//! let route = table.get(Event::TreasureItemFound);          // always answers
//! let arm: Option<Consumer> = route.pick(player.as_bytes()); // the arm of a split
//! let rate: f64 = routes::settings(&table).spawn_rate();
//!
//! ROUTES.publish(bytes)?;    // decode, check, build, one store; on an error nothing changed
//! ```
//!
//! # Which handle
//!
//! * [`RouteCell::load`] for one event: it goes through a cache of the thread, and what
//!   it returns cannot leave the thread or be held across an `.await` of a spawned task.
//! * [`RouteCell::reader`] for a task or a hot loop of its own: [`RouteReader::load`]
//!   compares one number.
//!
//! Neither takes a lock or makes a system call between two publishes. The first load
//! after one clones a handle under a lock that is held for nothing else.
//!
//! # What a push must say
//!
//! The bytes are a `routewright.v1.RouteMap`. A complete map replaces all routes and
//! settings; an overlay lies over the compiled baseline, never over another override.
//! Its version must be above every one that was accepted. What may be pushed is decided
//! by the same code that checks definitions at build time, and a refusal
//! ([`Refused`]) names path, code and numbers. [`RouteCell::rollback`] and
//! [`RouteCell::expire`] go back without a push.
//!
//! # Limits
//!
//! They are constants in [`limits`], and [`Limits`] for those that a host may set. No
//! input makes this crate panic, loop, or allocate beyond 8 x (push + baseline image) +
//! 512 bytes x routes + 64 KiB.
//!
//! What it does not do: match on anything but the event's name, deliver anything, or
//! read a file. It has no thread and no clock of its own: the host calls
//! [`RouteCell::tick`].

mod assemble;
mod builder;
mod catalog;
mod cell;
mod cell_bytes;
mod change;
mod clock;
mod cooldown;
mod decode;
mod error;
mod guard;
mod hash;
mod history;
mod image;
mod index;
mod layout;
mod lease;
pub mod limits;
mod memo;
pub mod name;
mod note;
mod pattern;
mod pick;
mod reader;
mod records;
mod route;
mod rules;
mod scalar;
mod setting;
mod settle;
mod stamp;
mod status;
mod swap;
mod table;
mod typed;
mod values;
mod verify;
mod wire;
mod workshop;

pub use builder::{Builder, RouteSpec};
pub use catalog::{CatalogSpec, CatalogView, RuleSpec, SettingView};
pub use cell::RouteCell;
pub use clock::Now;
pub use decode::Mode;
pub use error::{Code, Fact, Path, Subject, Violation, Violations};
pub use guard::{Counters, Guard};
pub use hash::Digest;
pub use history::Target;
pub use image::{Aligned, Image};
pub use layout::{ALIGN, FORMAT, MAGIC};
pub use lease::Lease;
pub use limits::Limits;
pub use note::{NOTE_BYTES, Note, Noted, REVISION_BYTES_MAX};
pub use reader::{Loaded, RouteReader};
pub use route::{Origin, Outcome, Policy, Priority, RawRoute};
pub use rules::{Instr, Op, RuleType, result_type};
pub use scalar::{Form, Kind, Scalar};
pub use setting::{SettingSpec, Step};
pub use stamp::{NotAStamp, Stamp, Stamped};
pub use status::{
    Accepted, Cause, Changed, Generation, Latest, Ramp, Refused, Saved, Status, Terms,
};
pub use table::{Entry, OpenError, RouteTable};
pub use typed::{Catalog, Route, Table, UnknownName};
pub use values::{List, Timestamp, Values};
