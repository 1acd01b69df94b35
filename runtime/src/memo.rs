//! What a few bytes of a push stand for, remembered for the next time that they come.
//!
//! Most lists of consumers and most policies of a push were seen a moment ago. Each
//! place remembers only what came last, so nothing has to be looked for, and whoever
//! makes all of them collide gains no more than the work without a memo.

/// Remembers a number for up to [`BYTES_MAX`] bytes.
#[derive(Default)]
pub(crate) struct Memo {
    places: Vec<Place>,
    /// What was remembered in another round means nothing.
    round: u32,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Place {
    key: Key,
    round: u32,
    number: u32,
}

/// The first and the last eight bytes, which may overlap, and how many there are.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Key(u64, u64, u32);

/// As many places as names, within these; a power of two.
const PLACES_MIN: usize = 64;
const PLACES_MAX: usize = 4_096;
const BYTES_MAX: usize = 16;

impl Memo {
    /// Begins a round for a push to a table with so many names.
    pub fn forget(&mut self, names: usize) {
        let places = names.next_power_of_two().clamp(PLACES_MIN, PLACES_MAX);
        self.round = self.round.wrapping_add(1);
        if self.places.len() != places || self.round == 0 {
            self.places.clear();
            self.places.resize(places, Place::default());
            self.round = 1;
        }
    }

    /// The number that was given for these bytes, else what `find` says of them.
    #[inline]
    pub fn get(&mut self, bytes: &[u8], find: impl FnOnce() -> Option<u32>) -> Option<u32> {
        let Some(key) = Key::of(bytes) else {
            return find();
        };
        let mixed = (key.0 ^ key.1.rotate_left(23)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let at = (mixed >> 48) as usize & (self.places.len() - 1);
        let place = self.places.get_mut(at)?;
        if place.key != key || place.round != self.round {
            *place = Place {
                key,
                round: self.round,
                number: find()?,
            };
        }
        Some(place.number)
    }
}

impl Key {
    #[inline]
    fn of(bytes: &[u8]) -> Option<Key> {
        let length = bytes.len() as u32;
        if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let long = bytes.len() > BYTES_MAX;
            let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
            return (!long).then_some(Key(first, last, length));
        }
        if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            return Some(Key(first.into(), last.into(), length));
        }
        let word = bytes.iter().fold(0, |word, b| word << 8 | u64::from(*b));
        Some(Key(word, 0, length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_what_it_was_told() {
        let mut memo = Memo::default();
        for round in 0..6 {
            memo.forget(100 << round);
            for length in 0..40_u32 {
                for first in 0..200 {
                    let mut bytes = vec![7; length as usize];
                    bytes.iter_mut().take(1).for_each(|b| *b = first);
                    let number = round * 1_000_000 + length * 1_000 + u32::from(first);
                    let number = if length == 0 { round } else { number };
                    assert_eq!(memo.get(&bytes, || Some(number)), Some(number));
                    assert_eq!(memo.get(&bytes, || Some(number)), Some(number));
                }
            }
        }
        let mut found = 0;
        for byte in 0..100 {
            for _ in 0..2 {
                memo.get(&[byte; 3], || {
                    found += 1;
                    Some(0)
                });
            }
        }
        assert!(found < 200, "{found}");
        // What is not found is not remembered.
        assert_eq!(memo.get(b"new", || None), None);
        assert_eq!(memo.get(b"new", || Some(5)), Some(5));
    }
}
