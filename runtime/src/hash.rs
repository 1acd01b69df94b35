//! The hashes that are part of the format: XXH3, frozen.

use std::fmt;

use xxhash_rust::xxh3;

/// Hash of a key of the index. Without a seed, all that is secret in it stands in the
/// instructions.
#[inline]
pub(crate) fn key(bytes: &[u8]) -> u64 {
    xxh3::xxh3_64(bytes)
}

/// Fingerprint of a catalog; see `layout`.
pub(crate) fn fingerprint<'a>(events: impl Iterator<Item = &'a str>, catalog: &[u8]) -> u64 {
    let mut hasher = xxh3::Xxh3::new();
    for event in events {
        hasher.update(&(event.len() as u32).to_le_bytes());
        hasher.update(event.as_bytes());
    }
    hasher.update(catalog);
    hasher.digest()
}

/// Identity of some bytes: XXH3-128, most significant byte first. It finds mistakes,
/// not attackers: who may push is decided before, by the transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 16]);

impl Digest {
    /// The digest of these 16 bytes as one number.
    pub const fn from_u128(number: u128) -> Digest {
        Digest(number.to_be_bytes())
    }

    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(xxh3::xxh3_128(bytes).to_be_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
