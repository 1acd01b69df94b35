//! What a table does not hold and a definition does: kinds and addresses, docs and owners,
//! what is deprecated or switched off.

use super::map::{Change, Map, Source, SourceKind, Way};
use crate::load::Loaded;

impl Map {
    /// Adds what the sources of a table say beside it. What is there already stays, so of
    /// two tables the new one's sources come first.
    pub fn note(&mut self, loaded: &Loaded) {
        let definition = &loaded.definition;
        for consumer in &mut self.consumers {
            if let (None, Some(said)) = (consumer.kind, definition.consumers.get(&consumer.name)) {
                consumer.kind = Some(said.kind);
                consumer.address.clone_from(&said.address);
                consumer.doc.clone_from(&said.doc);
                consumer.owner.clone_from(&said.owner);
            }
        }
        let named = self
            .sources
            .iter_mut()
            .filter(|s| s.kind != SourceKind::Fallback);
        for source in named {
            if let Some(message) = loaded.messages.payloads.get(&source.name) {
                fill(&mut source.payload, message);
            }
            let Some(route) = definition.routes.get(&source.name) else {
                continue;
            };
            fill(&mut source.doc, &route.doc);
            fill(&mut source.owner, &route.owner);
            fill(&mut source.deprecated, &route.deprecated);
            fill(&mut source.expires, &route.expires);
            source.disabled |= !route.enabled && source.way != Way::Own;
        }
    }

    /// Adds the patterns whose routes are switched off: a table has no trace of them.
    pub fn note_disabled(&mut self, loaded: &Loaded) {
        let off = loaded
            .definition
            .routes
            .iter()
            .filter(|(name, route)| !route.enabled && routewright::name::is_pattern(name));
        for (name, route) in off {
            let key = (SourceKind::Pattern, name);
            let place = self
                .sources
                .binary_search_by_key(&key, |s| (s.kind, &s.name));
            let Err(at) = place else { continue };
            let source = Source {
                name: name.clone(),
                kind: SourceKind::Pattern,
                way: Way::Nothing,
                links: Vec::new(),
                answer: "nothing: its route is disabled".to_owned(),
                was: None,
                change: Change::Same,
                doc: route.doc.clone(),
                owner: route.owner.clone(),
                deprecated: route.deprecated.clone(),
                expires: route.expires.clone(),
                disabled: true,
                payload: String::new(),
            };
            self.sources.insert(at, source);
        }
    }
}

fn fill(slot: &mut String, said: &str) {
    if slot.is_empty() {
        said.clone_into(slot);
    }
}
