//! What became of every event, by the version that decided it. Nothing may be lost:
//! in = delivered + dropped + unrouted.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::routes::Consumer;

/// How often each.
#[derive(Clone, Debug)]
pub struct Counts<K>(BTreeMap<K, u64>);

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Counts(BTreeMap::new())
    }
}

impl<K: Ord> Counts<K> {
    /// Once more.
    pub fn count(&mut self, key: K) {
        *self.0.entry(key).or_default() += 1;
    }

    fn to_json(&self, name: impl Fn(&K) -> String) -> Value {
        Value::Object(
            self.0
                .iter()
                .map(|(key, count)| (name(key), json!(count)))
                .collect(),
        )
    }
}

/// What one version decided.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Events that came in.
    pub entered: u64,
    /// Events that went to at least one consumer.
    pub delivered: u64,
    /// Events that a route drops.
    pub dropped: u64,
    /// Events that nothing answers for.
    pub unrouted: u64,
    /// Deliveries by consumer; an event may have several.
    pub consumers: Counts<Consumer>,
    /// Copies by mirror, which never count as delivery.
    pub mirrors: Counts<Consumer>,
    /// Chests that were due, by the `spawn.rate` of this version: a move of a player is
    /// a second of play.
    pub chests: f64,
    /// What the opened chests held, by the `loot_table` of this version.
    pub found: Counts<String>,
}

/// Entries by version; 0 is the compiled baseline.
#[derive(Default)]
pub struct Ledger {
    /// Lines that were no events, and are not in any entry.
    pub unreadable: u64,
    versions: BTreeMap<u64, Entry>,
}

impl Ledger {
    /// Counts an event in; the caller counts it out.
    pub fn enter(&mut self, version: u64) -> &mut Entry {
        let entry = self.versions.entry(version).or_default();
        entry.entered += 1;
        entry
    }

    /// One line.
    pub fn to_json(&self) -> Value {
        let row = |e: &Entry| {
            json!({
                "in": e.entered,
                "delivered": e.delivered,
                "dropped": e.dropped,
                "unrouted": e.unrouted,
                "consumers": e.consumers.to_json(|c| c.as_str().to_owned()),
                "mirrors": e.mirrors.to_json(|c| c.as_str().to_owned()),
                "chests": e.chests.round() as u64,
                "found": e.found.to_json(String::clone),
            })
        };
        let versions: Map<String, Value> = self
            .versions
            .iter()
            .map(|(v, e)| (v.to_string(), row(e)))
            .collect();
        json!({ "unreadable": self.unreadable, "versions": versions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_counted_apart() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.to_json(), json!({ "unreadable": 0, "versions": {} }));
        ledger.unreadable += 1;
        for (version, chests) in [(0, 0.2), (7, 0.5), (0, 0.2), (7, 0.5)] {
            let entry = ledger.enter(version);
            entry.chests += chests;
            if version == 0 {
                entry.dropped += 1;
            } else {
                entry.delivered += 1;
                entry.consumers.count(Consumer::Audit);
                entry.mirrors.count(Consumer::Shadow);
                entry.found.count("gem".to_owned());
            }
        }
        let expected = json!({
            "unreadable": 1,
            "versions": {
                "0": {
                    "in": 2, "delivered": 0, "dropped": 2, "unrouted": 0,
                    "consumers": {}, "mirrors": {}, "chests": 0, "found": {},
                },
                "7": {
                    "in": 2, "delivered": 2, "dropped": 0, "unrouted": 0,
                    "consumers": { "audit": 2 }, "mirrors": { "shadow": 2 },
                    "chests": 1, "found": { "gem": 2 },
                },
            },
        });
        assert_eq!(ledger.to_json(), expected);
    }
}
