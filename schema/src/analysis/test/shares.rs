//! Shares, measured: so many keys from a seed, and who gets each.

use std::collections::{BTreeMap, BTreeSet};

use routewright::RawRoute;

use super::Mismatch;
use crate::format::text;
use crate::model::Measured;

/// A key that is drawn: 16 hexadecimal digits of SplitMix64 (Steele, Lea and Flood 2014),
/// so that each draw, here or in a generated test, on any machine, is the same.
pub fn key(seed: u64, draw: u32) -> String {
    const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut x = seed.wrapping_add(GAMMA.wrapping_mul(u64::from(draw) + 1));
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    format!("{:016x}", x ^ (x >> 31))
}

/// What of the shares is further off than it may be.
pub(super) fn measure(
    measured: &Measured,
    seed: u64,
    route: Option<RawRoute<'_>>,
) -> Vec<Mismatch> {
    let (mut picked, mut copied) = (BTreeMap::new(), BTreeMap::new());
    if let Some(route) = route {
        for draw in 0..measured.keys {
            let key = key(seed, draw);
            if let Some(id) = route.pick(key.as_bytes()) {
                *picked.entry(id).or_insert(0) += 1;
            }
            for id in route.mirrors(key.as_bytes()) {
                *copied.entry(id).or_insert(0) += 1;
            }
        }
    }
    let named = |counts: BTreeMap<u16, u32>| -> BTreeMap<String, u32> {
        let name = |id| route.map_or("?".to_owned(), |route| super::name(&route, id));
        counts.into_iter().map(|(id, n)| (name(id), n)).collect()
    };
    let how = format!("{} keys, seed {seed}", measured.keys);
    let mut out = Vec::new();
    for (what, wanted, counts) in [
        ("share", &measured.shares, named(picked)),
        ("mirror share", &measured.mirror_shares, named(copied)),
    ] {
        if !wanted.is_empty() {
            out.extend(differences(what, wanted, &counts, measured, &how));
        }
    }
    out
}

fn differences(
    what: &str,
    wanted: &BTreeMap<String, u32>,
    counts: &BTreeMap<String, u32>,
    measured: &Measured,
    how: &str,
) -> Vec<Mismatch> {
    let all: BTreeSet<&String> = wanted.keys().chain(counts.keys()).collect();
    let keys = u64::from(measured.keys);
    let mut out = Vec::new();
    for name in all {
        let count = u64::from(counts.get(name).copied().unwrap_or(0));
        let expected = match wanted.get(name) {
            Some(ppm) => {
                // In parts per million of all keys, without dividing.
                let off = (count * 1_000_000).abs_diff(u64::from(*ppm) * keys);
                if off <= u64::from(measured.within_ppm) * keys {
                    continue;
                }
                format!(
                    "{} within {}",
                    text::percent(*ppm),
                    text::percent(measured.within_ppm)
                )
            }
            None => "none".to_owned(),
        };
        let ppm = (count * 1_000_000 + keys / 2) / keys;
        out.push(Mismatch {
            what: format!("{what} of {name}"),
            expected,
            actual: format!("{} ({how})", text::percent(ppm as u32)),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers that SplitMix64 gives for the seed 1234567, as other
    /// implementations of it have them.
    #[test]
    fn keys_are_those_of_splitmix64() {
        let numbers: [u64; 3] = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        for (draw, number) in (0..).zip(numbers) {
            assert_eq!(key(1_234_567, draw), format!("{number:016x}"));
        }
    }

    #[test]
    fn a_share_may_be_off_by_so_much_and_no_more() {
        let wanted = BTreeMap::from([("a".to_owned(), 950_000), ("b".to_owned(), 50_000)]);
        let measured = Measured {
            shares: wanted.clone(),
            keys: 1_000,
            ..Measured::default()
        };
        let off = |a: u32, b: u32, c: u32| -> Vec<String> {
            let counts = [("a", a), ("b", b), ("c", c)];
            let counts = counts.into_iter().filter(|(_, n)| *n > 0);
            let counts = counts.map(|(name, n)| (name.to_owned(), n)).collect();
            let out = differences("share", &wanted, &counts, &measured, "how");
            out.iter().map(Mismatch::to_string).collect()
        };
        assert_eq!(off(940, 60, 0), [""; 0]);
        assert_eq!(off(960, 40, 0), [""; 0]);
        assert_eq!(
            off(939, 61, 0),
            [
                "share of a: expected 95% within 1%, got 93.9% (how)",
                "share of b: expected 5% within 1%, got 6.1% (how)"
            ]
        );
        assert_eq!(
            off(950, 49, 1),
            ["share of c: expected none, got 0.1% (how)"]
        );
        assert_eq!(
            off(0, 0, 0)[0],
            "share of a: expected 95% within 1%, got 0% (how)"
        );
    }
}
