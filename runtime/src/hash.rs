//! The hashes that are part of the format: XXH3, seeded and frozen.

use std::fmt;

use xxhash_rust::xxh3;

/// Seed of the key hash, at the `attempt`th try to place the keys.
pub(crate) const fn seed(attempt: u64) -> u64 {
    0x5254_5752_4947_4854_u64.wrapping_add(attempt.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Hash of a key of the index.
#[inline]
pub(crate) fn key(bytes: &[u8], seed: u64) -> u64 {
    xxh3::xxh3_64_with_seed(bytes, seed)
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
