//! Which arm of a split, and which mirrors: decided by the event's key, the same on
//! every engine and in every release.
//!
//! Splits use weighted rendezvous hashing (Thaler and Ravishankar 1998; weights by
//! Schindelhauer and Schomaker 2005). Each arm draws a number `u` in 0..2^64 from
//! the key, the event's name and its own consumer's name, and the arm with the
//! least `-log2(u / 2^64) / weight` wins. A key therefore keeps its arm until that
//! arm's weight shrinks or another one's grows, and a growing weight moves keys only
//! towards it. All of it is integers, so that no platform rounds differently.

use xxhash_rust::xxh3;

/// What the key and the event give; the arms mix their names into it.
#[derive(Clone, Copy)]
pub(crate) struct Draw(u64);

impl Draw {
    /// For the arms of a split.
    pub fn split(event: &str, key: &[u8]) -> Draw {
        Draw(xxh3::xxh3_64_with_seed(
            key,
            xxh3::xxh3_64(event.as_bytes()),
        ))
    }

    /// For mirrors; another number, so that a mirror is not tied to an arm.
    pub fn mirror(event: &str, key: &[u8]) -> Draw {
        Draw(xxh3::xxh3_64_with_seed(
            key,
            !xxh3::xxh3_64(event.as_bytes()),
        ))
    }

    /// The number that this consumer draws. The finaliser is MurmurHash3's.
    fn number(self, consumer: &str) -> u64 {
        let mut x = self.0 ^ xxh3::xxh3_64(consumer.as_bytes());
        x = (x ^ (x >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
        x = (x ^ (x >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
        x ^ (x >> 33)
    }

    /// How far the consumer is from winning, before its weight: `-log2(u / 2^64)`
    /// with 32 binary places, at least 1.
    pub fn distance(self, consumer: &str) -> u64 {
        (64 << 32) + 1 - log2(self.number(consumer).max(1))
    }

    /// Whether a mirror with this share takes the event.
    pub fn takes(self, consumer: &str, share_ppm: u32) -> bool {
        let number = u128::from(self.number(consumer));
        ((number * 1_000_000) >> 64) < u128::from(share_ppm)
    }
}

/// log2 with 32 binary places, by a table of 256 chords (at most 0.000003 off).
fn log2(x: u64) -> u64 {
    let zeros = x.leading_zeros();
    let mantissa = x << zeros;
    let at = (mantissa >> 55) as usize & 0xFF;
    let rest = (mantissa >> 23) & 0xFFFF_FFFF;
    let chord = LOG2[at] + (((LOG2[at + 1] - LOG2[at]) * rest) >> 32);
    (u64::from(63 - zeros) << 32) + chord
}

/// `LOG2[i]` is log2(1 + i / 256) with 32 binary places.
static LOG2: [u64; 257] = {
    let mut table = [0; 257];
    let mut i = 0;
    while i < 256 {
        // 1 + i / 256 with 63 binary places, squared again and again: each square
        // that reaches 2 gives a binary digit of the logarithm.
        let mut x = (256 + i as u64) << 55;
        let mut digits = 0;
        let mut place = 0;
        while place < 32 {
            let square = (x as u128 * x as u128) >> 63;
            digits <<= 1;
            x = if square >> 64 != 0 {
                digits |= 1;
                (square >> 1) as u64
            } else {
                square as u64
            };
            place += 1;
        }
        table[i] = digits;
        i += 1;
    }
    table[256] = 1 << 32;
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log2_is_close() {
        for x in [1u64, 2, 3, 5, 1000, 1 << 40, u64::MAX / 3, u64::MAX] {
            let got = log2(x) as f64 / 2f64.powi(32);
            assert!((got - (x as f64).log2()).abs() < 4e-6, "{x}: {got}");
        }
    }
}
