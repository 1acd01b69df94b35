//! Generated event names; also compiled into the build script, which links their images.

use std::collections::BTreeSet;

/// How many names there are in each of the images that the build script links.
#[allow(dead_code, reason = "the bench finds them by name")]
pub const SIZES: [usize; 4] = [30, 1_000, 10_000, 100_000];

/// The consumers of the generated routes.
pub const CONSUMERS: [&str; 8] = [
    "audit",
    "billing",
    "cold-store",
    "fraud",
    "ledger",
    "search",
    "shadow",
    "webhooks",
];

/// SplitMix64: small, and the same numbers in every run and release.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Numbers of that seed.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Brings these into a random order.
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            all.swap(at, self.below(at + 1));
        }
    }

    /// One of these.
    pub fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

const DOMAINS: [&str; 24] = [
    "account",
    "audit",
    "billing",
    "cart",
    "catalog",
    "chat",
    "checkout",
    "device",
    "game",
    "identity",
    "inventory",
    "invoice",
    "match",
    "order",
    "payment",
    "player",
    "pricing",
    "profile",
    "search",
    "session",
    "shipment",
    "store",
    "treasure",
    "wallet",
];

const ENTITIES: [&str; 24] = [
    "address", "balance", "batch", "card", "coupon", "entry", "export", "group", "image", "item",
    "key", "label", "limit", "message", "method", "note", "offer", "plan", "quota", "refund",
    "report", "stock", "tier", "token",
];

const ACTIONS: [&str; 20] = [
    "added",
    "approved",
    "archived",
    "cancelled",
    "changed",
    "created",
    "deleted",
    "expired",
    "failed",
    "found",
    "locked",
    "merged",
    "moved",
    "opened",
    "read",
    "rejected",
    "sent",
    "sold",
    "started",
    "updated",
];

/// A name as services have them: `domain.entity.action`, and now and then a version or a
/// longer entity; 12 to 40 bytes.
pub fn name(random: &mut Random, crowd: usize) -> String {
    loop {
        let mut name = format!("{}.{}", random.of(&DOMAINS), random.of(&ENTITIES));
        // 24 x 24 x 20 words make 11,520 names; a crowd needs a second entity.
        if crowd > 2_000 && random.below(3) > 0 || random.below(8) == 0 {
            name += ["_", "."][random.below(2)];
            name += random.of(&ENTITIES);
        }
        name += ".";
        name += random.of(&ACTIONS);
        if random.below(5) == 0 {
            name += &format!(".v{}", 1 + random.below(9));
        }
        if (12..=40).contains(&name.len()) {
            return name;
        }
    }
}

/// So many distinct names, sorted, and as many others that are not among them.
pub fn names(count: usize) -> (Vec<String>, Vec<String>) {
    let mut random = Random::new(count as u64);
    let mut known = BTreeSet::new();
    while known.len() < count {
        known.insert(name(&mut random, count));
    }
    let mut unknown = BTreeSet::new();
    while unknown.len() < count.min(10_000) {
        let name = name(&mut random, count);
        if !known.contains(&name) {
            unknown.insert(name);
        }
    }
    (known.into_iter().collect(), unknown.into_iter().collect())
}

/// So many patterns with a rank each: whatever is of an entity, then each action of a domain,
/// which meets the former and gives way to it.
#[allow(dead_code, reason = "the build script has none")]
pub fn patterns(count: usize) -> Vec<(String, i32)> {
    let entities = ENTITIES.iter().flat_map(|entity| {
        let of = move |domain: &&str| (format!("{domain}.{entity}.*"), 1);
        DOMAINS.iter().map(of)
    });
    let actions = ACTIONS.iter().flat_map(|action| {
        let of = move |domain: &&str| (format!("{domain}.*.{action}"), 0);
        DOMAINS.iter().map(of)
    });
    let patterns: Vec<(String, i32)> = entities.chain(actions).take(count).collect();
    assert_eq!(patterns.len(), count, "there are no more words");
    patterns
}
