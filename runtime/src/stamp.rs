//! Stamps: which route of which table decided, in 64 bits.
//!
//! A host writes the stamp of a route beside what it did with an event: into a log line,
//! a trace, a header of the message. Later it says what decided, even if three pushes and
//! a deployment lie between: `cargo xtask why STAMP`.

use std::fmt;
use std::str::FromStr;

use crate::hash::Digest;
use crate::route::{Origin, RawRoute};
use crate::table::RouteTable;

/// Bits of the index of a route. Tables have fewer routes than that by far.
const INDEX_BITS: u32 = 24;
const INDEX_MASK: u64 = (1 << INDEX_BITS) - 1;
/// Indices of what is no route.
const FALLBACK: u64 = INDEX_MASK;
const NOTHING: u64 = INDEX_MASK - 1;

/// The first 40 bits of the digest of a table's image, then 24 bits that say which of
/// its routes decided. As text: 16 hex digits, of which the first ten are those that
/// the digest begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp(u64);

/// What a stamp points at in its table.
#[derive(Clone, Copy, Debug)]
pub enum Stamped<'a> {
    /// The route of an event, or of a pattern.
    Route(RawRoute<'a>),
    /// The fallback.
    Fallback,
    /// Nothing decided: the event was unrouted.
    Nothing,
}

impl Stamp {
    /// The 64 bits.
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// The stamp of these bits; any are one.
    pub const fn from_bits(bits: u64) -> Stamp {
        Stamp(bits)
    }

    /// Whether a table with this digest gave it: certain if not, next to certain if so.
    pub fn is_of(self, digest: Digest) -> bool {
        self.0 >> INDEX_BITS == head(digest)
    }
}

fn head(digest: Digest) -> u64 {
    let [a, b, c, d, e, ..] = digest.0;
    u64::from_be_bytes([0, 0, 0, a, b, c, d, e])
}

impl RawRoute<'_> {
    /// Which route of which table this answer comes from. Allocates nothing.
    #[inline]
    pub fn stamp(&self) -> Stamp {
        let index = match self.origin() {
            Origin::Own | Origin::Pattern => self.decided_by().into(),
            Origin::Fallback => FALLBACK,
            Origin::Nothing => NOTHING,
        };
        Stamp(head(self.header.digest) << INDEX_BITS | index & INDEX_MASK)
    }
}

impl<D: AsRef<[u8]>> RouteTable<D> {
    /// What a stamp points at, if this table gave it.
    pub fn stamped(&self, stamp: Stamp) -> Option<Stamped<'_>> {
        if !stamp.is_of(self.digest()) {
            return None;
        }
        match stamp.0 & INDEX_MASK {
            FALLBACK => self.fallback().map(|_| Stamped::Fallback),
            NOTHING => Some(Stamped::Nothing),
            index => {
                let route = self.view().by_ordinal(u32::try_from(index).ok()?)?;
                route.is_own().then_some(Stamped::Route(route))
            }
        }
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A text that is no stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAStamp;

impl fmt::Display for NotAStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a stamp has 16 hex digits")
    }
}

impl std::error::Error for NotAStamp {}

impl FromStr for Stamp {
    type Err = NotAStamp;

    fn from_str(text: &str) -> Result<Stamp, NotAStamp> {
        let hex = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
        match u64::from_str_radix(text, 16) {
            Ok(bits) if hex => Ok(Stamp(bits)),
            _ => Err(NotAStamp),
        }
    }
}
