//! Pieces of bytes, each distinct one once, one behind the other in the order of
//! first use.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Where a record stands, and its length.
type Place = (u32, u32);

/// Records, and an index of them by content.
#[derive(Default)]
pub(crate) struct Records {
    bytes: Vec<u8>,
    index: HashTable<Place>,
    /// Of this process, so that nobody outside can choose records that collide. It
    /// decides nothing that is written.
    seed: u64,
}

impl Records {
    /// Forgets all records; keeps the room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.index.clear();
        if self.seed == 0 {
            self.seed = RandomState::new().hash_one(0u8) | 1;
        }
    }

    /// Where this record stands, perhaps from now on.
    #[inline]
    pub fn put(&mut self, record: &[u8]) -> u32 {
        let Records { bytes, index, seed } = self;
        let at = |(at, length): Place| at as usize..(at + length) as usize;
        let hash = |record: &[u8]| xxh3_64_with_seed(record, *seed);
        let same = |place: &Place| place.1 as usize == record.len() && bytes[at(*place)] == *record;
        match index.entry(hash(record), same, |place| hash(&bytes[at(*place)])) {
            Entry::Occupied(entry) => entry.get().0,
            Entry::Vacant(entry) => {
                let start = bytes.len() as u32;
                entry.insert((start, record.len() as u32));
                bytes.extend_from_slice(record);
                start
            }
        }
    }

    /// All records.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_once_in_the_order_of_first_use() {
        let mut records = Records::default();
        for _ in 0..2 {
            records.clear();
            let at: Vec<u32> = [&b"ab"[..], b"a", b"", b"ab", b"b", b"a", b""]
                .iter()
                .map(|r| records.put(r))
                .collect();
            assert_eq!(at, [0, 2, 3, 0, 3, 2, 3]);
            assert_eq!(records.bytes(), b"abab");
        }
        let many: Vec<u32> = (0..10_000_u32)
            .map(|i| records.put(&i.to_le_bytes()))
            .collect();
        assert!((0..10_000_u32).all(|i| records.put(&i.to_le_bytes()) == many[i as usize]));
    }
}
