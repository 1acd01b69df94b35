//! What became of deliveries, by consumer.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};

use crate::routes::Consumer;

/// What a webhook was sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It counts.
    Delivery,
    /// A copy.
    Mirror,
}

#[derive(Default)]
struct Counts {
    delivered: u64,
    failed: u64,
    attempts: u64,
}

/// Counters; small, for consumers are few.
#[derive(Default)]
pub struct Tally(Mutex<BTreeMap<(Kind, Consumer), Counts>>);

impl Tally {
    /// Counts one that has ended.
    pub fn count(&self, to: Consumer, kind: Kind, attempts: u32, delivered: bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = all.entry((kind, to)).or_default();
        counts.attempts += u64::from(attempts);
        match delivered {
            true => counts.delivered += 1,
            false => counts.failed += 1,
        }
    }

    /// Of one kind.
    pub fn to_json(&self, kind: Kind) -> Value {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_kind = all.iter().filter(|((k, _), _)| *k == kind);
        let rows: Map<String, Value> = of_kind
            .map(|((_, to), c)| {
                let row =
                    json!({ "delivered": c.delivered, "failed": c.failed, "attempts": c.attempts });
                (to.as_str().to_owned(), row)
            })
            .collect();
        rows.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_never_count_as_deliveries() {
        let tally = Tally::default();
        tally.count(Consumer::Ci, Kind::Delivery, 3, true);
        tally.count(Consumer::Ci, Kind::Delivery, 1, false);
        tally.count(Consumer::Ci, Kind::Mirror, 1, true);
        assert_eq!(
            tally.to_json(Kind::Delivery),
            json!({ "ci": { "delivered": 1, "failed": 1, "attempts": 4 } })
        );
        assert_eq!(
            tally.to_json(Kind::Mirror),
            json!({ "ci": { "delivered": 1, "failed": 0, "attempts": 1 } })
        );
    }
}
