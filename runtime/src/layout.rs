//! The image, byte by byte. One layout, whether it is linked, pushed or mapped.
//!
//! All numbers are little-endian and may stand at any address; nothing is read by
//! casting. Offsets and lengths are in bytes and 32 bits wide. Bytes that no line
//! below names are zero. Equal content gives equal bytes.
//!
//! ```text
//! HEADER                                                     192 bytes
//!    0  8   magic "RTWRIGHT"
//!    8  4   format, 1
//!   12  4   bytes of the whole image
//!   16  8   fingerprint of the catalog: XXH3-64 over each event's name (length
//!           as u32, then the bytes) in order, then over the CATALOG section
//!   24  8   seed of the index
//!   32  4   events    the catalog's; their ordinals are 0..events
//!   36  4   names     exact names, the events first; ordinals 0..names
//!   40  4   patterns  ordinals names..names + patterns
//!   44  4   slots
//!   48  4   buckets
//!   52  4   shapes
//!   56  4   policies
//!   60  4   routes    names and patterns with a route of their own
//!   64  36  offsets of the nine sections below, in this order; each ends where
//!           the next begins, the last at the end of the image
//!  128  64  the fallback, as a slot without a key
//! SLOTS     64 bytes each, from byte 192 (so each is one cache line)
//!    0  1   bytes of the key; 0: nobody lives here
//!    1  1   flags: bits 0-1 outcome (0 unrouted, 1 deliver, 2 drop), bits 2-3
//!           source (0 none, 1 own, 2 pattern, 3 fallback), bit 4 the key is a
//!           pattern
//!    2  2   policy
//!    4  4   ordinal
//!    8  4   record in LISTS (of the consumers, or of the reason of a drop)
//!   12  4   a pattern: its rank (signed); source is pattern: that ordinal
//!   16  48  the key; if longer than 48 bytes: its first 44, then the offset in
//!           TEXT of the whole
//! PILOTS    1 byte a bucket: the displacement of its keys (index.rs)
//! ORDER     4 bytes an ordinal: its slot
//! SHAPES    8 bytes each, most specific first (pattern.rs)
//!    0  2   mask of the segments that are literal
//!    2  1   segments before `**`, or all
//!    3  1   1: `**` follows
//!    4  1   literal segments
//! POLICIES  24 bytes each; the first is "none given"
//!    0  8   timeout in nanoseconds, 0: none
//!    8  8   retry delay in nanoseconds, 0: none
//!   16  1   retries
//!   17  1   priority: 1 low, 2 normal, 3 high
//! LISTS     records, each distinct one once
//!    deliver: u16 to, u16 arms, u16 mirrors, u16 0; then `to` x u16 consumer;
//!             arms x (u16 consumer, u16 weight); mirrors x (u16 consumer, u16 0,
//!             u32 share in parts per million)
//!    drop:    u16 bytes, the reason
//! VALUES    16 bytes a cell; the first cells are the catalog's settings in order
//!    bool u8, int i64, float and percent f64, duration u64 ns, size u64 bytes,
//!    timestamp i64 s + u32 ns, string u32 offset in TEXT + u32 bytes, enum u32
//!    position; list and table: u32 first cell + u32 elements or rows
//! TEXT      keys over 48 bytes, and string values
//! CATALOG   what no push may change; offsets count from its own start
//!    0  28  consumers, settings, rules, columns, words, instructions, text: six
//!           counts and the offset of the text at the end
//!   32      consumers x (u32 offset in the text, u32 bytes)
//!           settings x 80: name (offset, bytes), kind u8, form u8, flags u8 (1
//!             has min, 2 has max, 4 step is a factor, 8 step is a difference),
//!             0, first column or word u32, number of them u32, 0 u32; min cell,
//!             max cell, step cell; cooldown in ns u64
//!           rules x (text offset, bytes, first instruction, instructions)
//!           columns x (name offset, bytes, kind u8, 0, 0, 0)
//!           words of enums x (offset, bytes)
//!           instructions x (op u8, kind u8, setting u16, cell of a literal)
//!           text
//! ```

use crate::hash::Digest;

/// First bytes of an image.
pub const MAGIC: [u8; 8] = *b"RTWRIGHT";
/// The layout described here.
pub const FORMAT: u32 = 1;
/// An image begins at an address that this divides, so that a slot is one cache
/// line. (Anything else works, 5 to 7 % slower.)
pub const ALIGN: usize = 64;

pub(crate) const HEADER_BYTES: usize = 192;
pub(crate) const FALLBACK: usize = 128;
pub(crate) const SLOT_BYTES: usize = 64;
pub(crate) const KEY: usize = 16;
pub(crate) const KEY_INLINE_BYTES: usize = 48;
pub(crate) const KEY_SPILLED_BYTES: usize = 44;
pub(crate) const SHAPE_BYTES: usize = 8;
pub(crate) const POLICY_BYTES: usize = 24;
pub(crate) const LIST_HEAD_BYTES: usize = 8;
pub(crate) const CELL_BYTES: usize = 16;

pub(crate) const CATALOG_HEAD_BYTES: usize = 32;
pub(crate) const CONSUMER_BYTES: usize = 8;
pub(crate) const SETTING_BYTES: usize = 80;
pub(crate) const RULE_BYTES: usize = 16;
pub(crate) const COLUMN_BYTES: usize = 12;
pub(crate) const WORD_BYTES: usize = 8;
pub(crate) const INSTR_BYTES: usize = 20;

/// Flags of a slot.
pub(crate) mod flag {
    pub const OUTCOME: u8 = 0b11;
    pub const UNROUTED: u8 = 0;
    pub const DELIVER: u8 = 1;
    pub const DROP: u8 = 2;
    pub const SOURCE: u8 = 0b1100;
    pub const OWN: u8 = 1 << 2;
    pub const PATTERN: u8 = 2 << 2;
    pub const FALLBACK: u8 = 3 << 2;
    pub const IS_PATTERN: u8 = 1 << 4;
}

/// Sections of an image, in order.
pub(crate) mod section {
    pub const SLOTS: usize = 0;
    pub const PILOTS: usize = 1;
    pub const ORDER: usize = 2;
    pub const SHAPES: usize = 3;
    pub const POLICIES: usize = 4;
    pub const LISTS: usize = 5;
    pub const VALUES: usize = 6;
    pub const TEXT: usize = 7;
    pub const CATALOG: usize = 8;
    pub const COUNT: usize = 9;
}

/// The header, parsed. Bounds of all sections are checked; their content is not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub fingerprint: u64,
    pub seed: u64,
    pub events: u32,
    pub names: u32,
    pub patterns: u32,
    pub slots: u32,
    pub buckets: u32,
    pub shapes: u32,
    pub policies: u32,
    pub routes: u32,
    /// Whether anything answers for names that have no slot: a pattern, the fallback.
    pub catches: bool,
    /// Digest of the whole image. Not read from it: whoever makes a table knows it.
    pub digest: Digest,
    /// Where each section begins, and where the last one ends.
    pub at: [u32; section::COUNT + 1],
}

impl Header {
    /// Reads and checks the header. `const`, so that a linked image that was cut
    /// off or that is of another format fails to compile.
    pub const fn parse(image: &[u8]) -> Result<Header, &'static str> {
        if image.len() < HEADER_BYTES {
            return Err("the image is shorter than its header");
        }
        let mut i = 0;
        while i < MAGIC.len() {
            if image[i] != MAGIC[i] {
                return Err("the bytes do not begin like an image");
            }
            i += 1;
        }
        if u32_at(image, 8) != FORMAT {
            return Err("the image has a format that this release does not read");
        }
        Header::of(image, image.len())
    }

    /// Reads the header of an image with that many bytes.
    pub const fn of(image: &[u8], bytes: usize) -> Result<Header, &'static str> {
        if u32_at(image, 12) as usize != bytes {
            return Err("the image is not as long as its header says");
        }
        let mut at = [0; section::COUNT + 1];
        let mut i = 0;
        while i < section::COUNT {
            at[i] = u32_at(image, 64 + 4 * i);
            i += 1;
        }
        at[section::COUNT] = bytes as u32;
        let header = Header {
            fingerprint: u64_at(image, 16),
            seed: u64_at(image, 24),
            events: u32_at(image, 32),
            names: u32_at(image, 36),
            patterns: u32_at(image, 40),
            slots: u32_at(image, 44),
            buckets: u32_at(image, 48),
            shapes: u32_at(image, 52),
            policies: u32_at(image, 56),
            routes: u32_at(image, 60),
            catches: u32_at(image, 52) != 0 || image[FALLBACK + 1] & flag::OUTCOME != 0,
            digest: Digest([0; 16]),
            at,
        };
        if header.sections_fit() {
            Ok(header)
        } else {
            Err("the sections of the image do not fit together")
        }
    }

    const fn sections_fit(&self) -> bool {
        if self.at[section::SLOTS] as usize != HEADER_BYTES || self.events > self.names {
            return false;
        }
        let mut i = 0;
        while i < section::COUNT {
            if self.at[i] > self.at[i + 1] {
                return false;
            }
            i += 1;
        }
        self.slots >= 1
            && self.buckets >= 1
            && self.policies >= 1
            && self.holds(section::SLOTS, self.slots, SLOT_BYTES)
            && self.holds(section::PILOTS, self.buckets, 1)
            && self.names as u64 + (self.patterns as u64) <= u32::MAX as u64
            && self.holds(section::ORDER, self.names + self.patterns, 4)
            && self.holds(section::SHAPES, self.shapes, SHAPE_BYTES)
            && self.holds(section::POLICIES, self.policies, POLICY_BYTES)
            && self.at[section::CATALOG + 1] - self.at[section::CATALOG]
                >= CATALOG_HEAD_BYTES as u32
    }

    const fn holds(&self, section: usize, count: u32, each: usize) -> bool {
        (self.at[section + 1] - self.at[section]) as u64 == count as u64 * each as u64
    }

    /// The bytes of a section.
    #[inline]
    pub fn section<'a>(&self, image: &'a [u8], section: usize) -> &'a [u8] {
        image
            .get(self.at[section] as usize..self.at[section + 1] as usize)
            .unwrap_or(&[])
    }
}

pub(crate) const fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

pub(crate) const fn u64_at(bytes: &[u8], at: usize) -> u64 {
    (u32_at(bytes, at) as u64) | (u32_at(bytes, at + 4) as u64) << 32
}
