//! Pieces of bytes, each distinct one once.

use std::hash::{BuildHasher, RandomState};

/// Records, and an index of them by content.
#[derive(Default)]
pub(crate) struct Records {
    bytes: Vec<u8>,
    found: Vec<Found>,
    /// 1 + the position in `found`, or 0; linear probing, at most half of it taken.
    index: Vec<u32>,
    /// Of this process, so that nobody outside can choose records that collide. It
    /// decides nothing that is written.
    seed: u64,
}

#[derive(Clone, Copy)]
struct Found {
    hash: u32,
    start: u32,
    length: u32,
}

const INDEX_MIN: usize = 64;

impl Records {
    /// Forgets all records; keeps the room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.found.clear();
        self.index.fill(0);
        if self.index.is_empty() {
            self.index.resize(INDEX_MIN, 0);
            self.seed = RandomState::new().hash_one(0);
        }
    }

    /// The number of this record, perhaps from now on. They were cleared before.
    #[inline]
    pub fn put(&mut self, record: &[u8]) -> u32 {
        let hash = hash(record, self.seed);
        let mask = self.index.len() - 1;
        let mut at = hash as usize & mask;
        while let Some(found) = (self.index[at] as usize)
            .checked_sub(1)
            .and_then(|i| self.found.get(i))
        {
            if found.hash == hash && found.length as usize == record.len() {
                let start = found.start as usize;
                if equal(&self.bytes[start..start + record.len()], record) {
                    return self.index[at] - 1;
                }
            }
            at = (at + 1) & mask;
        }
        self.add(at, hash, record)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// The record of a number.
    #[inline]
    pub fn get(&self, number: u32) -> &[u8] {
        let found = self.found.get(number as usize);
        let range = found.map_or(0..0, |f| f.start as usize..(f.start + f.length) as usize);
        &self.bytes[range]
    }

    #[inline(never)]
    fn add(&mut self, at: usize, hash: u32, record: &[u8]) -> u32 {
        let number = self.found.len() as u32;
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(record);
        self.found.push(Found {
            hash,
            start,
            length: record.len() as u32,
        });
        self.index[at] = number + 1;
        if self.found.len() * 2 > self.index.len() {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        let size = 4 * self.index.len();
        self.index.clear();
        self.index.resize(size, 0);
        for (i, found) in self.found.iter().enumerate() {
            let mut at = found.hash as usize & (size - 1);
            while self.index[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            self.index[at] = i as u32 + 1;
        }
    }

    /// The bytes of all together.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// Multiplies and folds, word by word, from a secret start.
#[inline]
fn hash(record: &[u8], seed: u64) -> u32 {
    let fold = |hash: u64, word: u64| {
        let product = u128::from(hash ^ word) * 0x9E37_79B9_7F4A_7C15;
        product as u64 ^ (product >> 64) as u64
    };
    let (words, tail) = record.as_chunks();
    let start = seed ^ record.len() as u64;
    let hash = words
        .iter()
        .fold(start, |hash, word| fold(hash, u64::from_le_bytes(*word)));
    let tail = tail
        .iter()
        .fold(0, |word, byte| word << 8 | u64::from(*byte));
    let hash = fold(hash, tail);
    (hash ^ hash >> 32) as u32
}

/// Whether both are the same. They are short, which a call would not pay for.
#[inline]
fn equal(a: &[u8], b: &[u8]) -> bool {
    let ((a, a_tail), (b, b_tail)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    a.len() == b.len()
        && std::iter::zip(a, b).all(|(a, b)| a == b)
        && std::iter::zip(a_tail, b_tail).all(|(a, b)| a == b)
        && a_tail.len() == b_tail.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_once() {
        let mut records = Records::default();
        for _ in 0..2 {
            records.clear();
            let at: Vec<u32> = [&b"ab"[..], b"a", b"", b"ab", b"b", b"a", b""]
                .iter()
                .map(|r| records.put(r))
                .collect();
            assert_eq!(at, [0, 1, 2, 0, 3, 1, 2]);
            assert_eq!(
                [0, 1, 2, 3].map(|n| records.get(n)),
                [&b"ab"[..], b"a", b"", b"b"]
            );
        }
        let many: Vec<u32> = (0..10_000_u32)
            .map(|i| records.put(&i.to_le_bytes()))
            .collect();
        assert!((0..10_000_u32).all(|i| records.put(&i.to_le_bytes()) == many[i as usize]));
        assert_eq!((records.len(), records.bytes()), (10_004, 4 + 4 * 10_000));
        assert_eq!(records.get(many[77]), 77_u32.to_le_bytes());
    }
}
