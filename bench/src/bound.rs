//! The bound: what any lookup by name must do, and nothing else. Hash the name, read one
//! cache line, compare. Where the line is, an oracle says.

use std::marker::PhantomData;

use crate::keys::Keys;
use crate::names::Random;
use crate::rivals::quick_hash;

/// Bytes of a name that stand in its line; the image has as many.
const INLINE: usize = 48;

#[derive(Clone)]
#[repr(align(64))]
struct Line {
    bytes: u8,
    event: u32,
    /// Where the name stands in `long`, if it does not fit here.
    long: u32,
    inline: [u8; INLINE],
}

/// Which hash a bound computes.
pub trait KeyHash {
    /// The hash of a name.
    fn hash(name: &[u8]) -> u64;
}

/// XXH3, as in an image.
pub struct ImageHash;

impl KeyHash for ImageHash {
    #[inline]
    fn hash(name: &[u8]) -> u64 {
        xxhash_rust::xxh3::xxh3_64(name)
    }
}

/// foldhash.
pub struct QuickHash;

impl KeyHash for QuickHash {
    #[inline]
    fn hash(name: &[u8]) -> u64 {
        quick_hash(name)
    }
}

/// A table that knows of each lookup in a series which line it needs.
pub struct Bound<H> {
    lines: Vec<Line>,
    long: Vec<&'static str>,
    /// By place in the series: the line, less the hash. So the line is not known before
    /// the hash is, as in a real table.
    oracle: Vec<u32>,
    hash: PhantomData<H>,
}

impl<H: KeyHash> Bound<H> {
    /// For this series. A lookup in vain is given any line.
    pub fn new(keys: Keys) -> Bound<H> {
        let mut random = Random::new(7);
        // Lines in random order, as hashes leave them.
        let mut place: Vec<usize> = (0..keys.names.len()).collect();
        random.shuffle(&mut place);
        let empty = Line {
            bytes: 0,
            event: 0,
            long: 0,
            inline: [0; INLINE],
        };
        let mut lines = vec![empty; keys.names.len()];
        let mut long = Vec::new();
        for (event, name) in keys.names.iter().enumerate() {
            let line = &mut lines[place[event]];
            (line.bytes, line.event) = (name.len() as u8, event as u32);
            match line.inline.get_mut(..name.len()) {
                Some(inline) => inline.copy_from_slice(name.as_bytes()),
                None => {
                    line.long = long.len() as u32;
                    long.push(*name);
                }
            }
        }
        let series = keys.queries.iter().zip(keys.answers);
        let oracle = series.map(|(name, answer)| {
            let line = match answer {
                Some(event) => place[*event as usize],
                None => random.below(lines.len()),
            };
            (line as u32).wrapping_sub(H::hash(name.as_bytes()) as u32)
        });
        let oracle = oracle.collect();
        Bound {
            lines,
            long,
            oracle,
            hash: PhantomData,
        }
    }

    /// The event of that name, which is the one at that place of the series.
    #[inline]
    pub fn find(&self, name: &str, place: usize) -> Option<usize> {
        let hash = H::hash(name.as_bytes());
        let line = self.oracle.get(place)?.wrapping_add(hash as u32);
        let line = self.lines.get(line as usize)?;
        if usize::from(line.bytes) != name.len() {
            return None;
        }
        let same = match line.inline.get(..name.len()) {
            Some(inline) => inline == name.as_bytes(),
            None => *self.long.get(line.long as usize)? == name,
        };
        same.then_some(line.event as usize)
    }
}
