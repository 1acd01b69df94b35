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
    /// What the opened chests held.
    pub found: Counts<String>,
}

/// Entries by version; 0 is the compiled baseline.
#[derive(Default)]
pub struct Ledger {
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
                "found": e.found.to_json(String::clone),
            })
        };
        let versions: Map<String, Value> = self
            .versions
            .iter()
            .map(|(v, e)| (v.to_string(), row(e)))
            .collect();
        json!({ "versions": versions })
    }
}
