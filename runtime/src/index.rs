//! The perfect hash: every key has one slot, found by one look at its bucket.
//!
//! Hash and displace (Belazzougui, Botelho and Dietzfelbinger 2009), with one byte
//! of displacement, two keys a bucket and nine slots in ten taken:
//! 1. the high bits of a key's hash choose its bucket;
//! 2. the bucket's *pilot*, spread over the hash, and the seed choose the slot;
//! 3. buckets are served largest first; each takes the least pilot that puts all of
//!    its keys on free slots.
//!
//! A bucket that finds no pilot fails the attempt, and the next seed is tried.

/// Tries before [`place`] gives up. Each fails less than once in a thousand.
pub(crate) const ATTEMPTS: u64 = 64;

/// Slots for so many keys.
pub(crate) fn slots_for(keys: usize) -> usize {
    keys + keys / 9 + 1
}

/// Buckets for so many keys.
pub(crate) fn buckets_for(keys: usize) -> usize {
    keys / 2 + 1
}

/// The seed of the `attempt`th try: odd, so that multiplying by it loses nothing.
pub(crate) const fn seed(attempt: u64) -> u64 {
    0xD6E8_FEB8_6659_FD93_u64.wrapping_add(attempt.wrapping_mul(0x9E37_79B9_7F4A_7C16))
}

/// The bucket of a hash.
#[inline]
pub(crate) fn bucket(hash: u64, buckets: usize) -> usize {
    scaled(hash, buckets)
}

/// The slot of a hash in a bucket with this pilot.
#[inline]
pub(crate) fn slot(hash: u64, seed: u64, pilot: u8, slots: usize) -> usize {
    // Anything simpler leaves keys of a bucket that no pilot tells apart.
    let pilot = u64::from(pilot).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    scaled((hash ^ pilot).wrapping_mul(seed), slots)
}

/// `value` as a fraction of 2^64, of so many.
#[inline]
fn scaled(value: u64, count: usize) -> usize {
    ((u128::from(value) * count as u128) >> 64) as usize
}

/// Where everything went.
#[derive(Default)]
pub(crate) struct Placement {
    /// One for each bucket.
    pub pilots: Vec<u8>,
    /// The slot of each key, in the order of the hashes.
    pub slots: Vec<u32>,
}

/// Places keys with these hashes, or says that this seed does not do.
pub(crate) fn place(hashes: &[u64], seed: u64) -> Option<Placement> {
    let buckets = buckets_for(hashes.len());
    let slots = slots_for(hashes.len());

    // Keys by bucket: a counting sort.
    let mut starts = vec![0u32; buckets + 1];
    for hash in hashes {
        starts[bucket(*hash, buckets) + 1] += 1;
    }
    for i in 0..buckets {
        starts[i + 1] += starts[i];
    }
    let mut fill = starts.clone();
    let mut keys = vec![0u32; hashes.len()];
    for (key, hash) in hashes.iter().enumerate() {
        let next = &mut fill[bucket(*hash, buckets)];
        keys[*next as usize] = key as u32;
        *next += 1;
    }
    drop(fill);

    let size = |b: usize| (starts[b + 1] - starts[b]) as usize;
    let largest = (0..buckets).map(size).max().unwrap_or(0);
    let mut by_size: Vec<Vec<u32>> = vec![Vec::new(); largest + 1];
    for b in 0..buckets {
        by_size[size(b)].push(b as u32);
    }

    let mut placement = Placement {
        pilots: vec![0; buckets],
        slots: vec![0; hashes.len()],
    };
    let mut taken = vec![false; slots];
    let mut tried: Vec<usize> = Vec::with_capacity(largest);
    for b in by_size.iter().skip(1).rev().flatten() {
        let b = *b as usize;
        let members = &keys[starts[b] as usize..starts[b + 1] as usize];
        let pilot = (0..=u8::MAX).find(|pilot| {
            tried.clear();
            members.iter().all(|key| {
                let at = slot(hashes[*key as usize], seed, *pilot, slots);
                let free = !taken[at] && !tried.contains(&at);
                tried.push(at);
                free
            })
        })?;
        placement.pilots[b] = pilot;
        for (key, at) in members.iter().zip(&tried) {
            taken[*at] = true;
            placement.slots[*key as usize] = *at as u32;
        }
    }
    Some(placement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash;

    fn hashes(count: usize, salt: u64) -> Vec<u64> {
        let name = |i| format!("domain{salt}.entity.{i}");
        (0..count).map(|i| hash::key(name(i).as_bytes())).collect()
    }

    #[test]
    fn every_key_gets_a_slot_of_its_own() {
        for count in [0, 1, 2, 3, 10, 100, 1_000, 20_000, 131_072] {
            let hashes = hashes(count, 0);
            let (seed, placement) = (0..ATTEMPTS)
                .find_map(|attempt| Some((seed(attempt), place(&hashes, seed(attempt))?)))
                .unwrap();
            let mut seen = vec![false; slots_for(count)];
            for (hash, at) in hashes.iter().zip(&placement.slots) {
                let pilot = placement.pilots[bucket(*hash, placement.pilots.len())];
                assert_eq!(slot(*hash, seed, pilot, seen.len()), *at as usize);
                assert!(!std::mem::replace(&mut seen[*at as usize], true));
            }
        }
    }

    /// What [`ATTEMPTS`] is reckoned with.
    #[test]
    fn attempts_seldom_fail() {
        for (count, sets) in [(3, 2_000), (30, 2_000), (1_000, 200), (20_000, 50)] {
            let failed = (0..sets)
                .filter(|salt| place(&hashes(count, *salt), seed(0)).is_none())
                .count();
            assert!(failed <= 1, "{failed} of {sets} sets of {count} names");
        }
    }
}
