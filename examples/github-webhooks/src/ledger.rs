//! The consumer in this process: what came in, by event.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value, json};

use crate::routes::Event;

/// A counter for each event of the catalogue, at its position, and one for the rest:
/// names from outside never make it grow.
pub struct Ledger {
    events: Vec<AtomicU64>,
    strangers: AtomicU64,
}

impl Default for Ledger {
    fn default() -> Ledger {
        Ledger {
            events: Event::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
            strangers: AtomicU64::new(0),
        }
    }
}

impl Ledger {
    /// Counts one; `None` is an event that the catalogue does not have.
    pub fn enter(&self, event: Option<Event>) {
        let counter = event.and_then(|event| self.events.get(event as usize));
        counter
            .unwrap_or(&self.strangers)
            .fetch_add(1, Ordering::Relaxed);
    }

    /// Those that came at all.
    pub fn to_json(&self) -> Value {
        let counts = Event::ALL.iter().zip(&self.events);
        let events: Map<String, Value> = counts
            .map(|(event, count)| (event.as_str(), count.load(Ordering::Relaxed)))
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| (name.to_owned(), count.into()))
            .collect();
        json!({ "events": events, "strangers": self.strangers.load(Ordering::Relaxed) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_and_strangers_are_counted_apart() {
        let ledger = Ledger::default();
        for event in [
            Some(Event::Push),
            None,
            Some(Event::StarCreated),
            Some(Event::Push),
        ] {
            ledger.enter(event);
        }
        let expected = json!({ "events": { "push": 2, "star.created": 1 }, "strangers": 1 });
        assert_eq!(ledger.to_json(), expected);
    }
}
