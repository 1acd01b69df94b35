//! Records that have both sides of a route, or the events and a name, in their fields.

use std::cmp::Reverse;

use crate::value::Data;

use super::candidate::{Candidate, Kind, Part};
use super::evidence::{self, Evidence};
use super::join;
use super::quote;
use super::reading::{Seen, TRIED_MAX, better, texts, tried};
use super::refer::{self, Reference};
use super::shape::{Found, Step};
use super::slot::Slot;
use super::words::{self, Role};

/// Fields that name a consumer, and not only the record.
const CONSUMERS: &[&str] = &["consumer", "subscriber", "service", "handler", "listener"];

impl<'c> Seen<'_, 'c> {
    /// `{on: order.placed, notify: [billing, audit]}`
    pub(super) fn pairs(&self, fields: &[Slot<'c>]) -> Option<Candidate<'c>> {
        let events = self.events(fields);
        let destinations = match events.is_empty() {
            true => Vec::new(),
            false => self.destinations(fields),
        };
        let mut best: Option<Candidate<'c>> = None;
        for event in events {
            for (to, reference) in destinations
                .iter()
                .filter(|(to, _)| self.are_apart(event, to))
            {
                let weight = self.event_weight(event).max(to.weight(Role::Destination));
                if weight < 2 && !self.is_among_routes() {
                    continue;
                }
                let candidate = self.pair(event, to, *reference);
                let better = |best: &Candidate<'c>| better(&candidate.evidence, &best.evidence);
                if best.as_ref().is_none_or(better) {
                    best = Some(candidate);
                }
            }
        }
        best
    }

    /// Slots that may say what happens.
    pub(super) fn events<'a>(&self, fields: &'a [Slot<'c>]) -> Vec<&'a Slot<'c>> {
        let mut slots: Vec<&Slot<'c>> = fields
            .iter()
            .filter(|slot| self.event_weight(slot) > 0)
            .collect();
        slots.sort_by_key(|slot| {
            (
                Reverse((self.event_weight(slot), slot.present)),
                slot.path.len(),
            )
        });
        slots.truncate(TRIED_MAX);
        slots
    }

    /// `events: [{name: order.placed, ..}]` says what happens by a name.
    pub(super) fn event_weight(&self, slot: &Slot<'c>) -> u32 {
        let container = evidence::container(self.shapes, self.record);
        let names = slot
            .field()
            .is_some_and(|name| refer::NAMES.contains(&name));
        match names && container.is_some_and(words::holds_events) {
            true => 2,
            false => slot.weight(Role::Event),
        }
    }

    /// Slots that may say where something goes: by their name, or since they refer to names.
    pub(super) fn destinations<'a>(
        &self,
        fields: &'a [Slot<'c>],
    ) -> Vec<(&'a Slot<'c>, Option<Reference>)> {
        let weight = |slot: &Slot<'c>| slot.weight(Role::Destination);
        let referred =
            |slot: &'a Slot<'c>| (slot, self.names.referred(self.shapes, slot, self.record));
        let mut found: Vec<_> = fields.iter().map(referred).collect();
        found.retain(|(slot, reference)| {
            let named = slot
                .field()
                .is_some_and(|name| refer::NAMES.contains(&name));
            let refers = reference.is_some() && slot.weight(Role::Event) == 0 && !named;
            weight(slot) > 0 || refers
        });
        found.sort_by_key(|(slot, reference)| {
            Reverse((
                weight(slot) + 2 * u32::from(reference.is_some()),
                slot.present,
            ))
        });
        found.truncate(TRIED_MAX);
        found
    }

    /// Whether two slots are two sides of a record, and not parts of one side.
    pub(super) fn are_apart(&self, event: &Slot<'c>, to: &Slot<'c>) -> bool {
        if event.path != to.path {
            return !event.meets(to) || (event.path.len() > 1 && to.path.len() > 1);
        }
        // `steps: [{intent: greet}, {action: wave}]`; items that have both are records.
        let (Some(first), Some(second)) = (event.of_items.first(), to.of_items.first()) else {
            return false;
        };
        let items = &self.shapes.places[self.shapes.places[event.place()].parent].found;
        let has_both = |found: &Found<'c>| match &found.value.data {
            Data::Map(map) => map.contains_key(*first) && map.contains_key(*second),
            _ => false,
        };
        first != second && !items.iter().any(has_both)
    }

    /// Whether what holds the records is called as what holds routes.
    pub(super) fn is_among_routes(&self) -> bool {
        evidence::container(self.shapes, self.record).is_some_and(words::holds_routes)
    }

    pub(super) fn pair(
        &self,
        event: &Slot<'c>,
        to: &Slot<'c>,
        reference: Option<Reference>,
    ) -> Candidate<'c> {
        let weights = (self.event_weight(event), to.weight(Role::Destination));
        let mut why = Evidence::default();
        why.field(event, weights.0, "what happens");
        why.field(to, weights.1, "where it goes");
        why.container(self.shapes, self.record, 1, words::holds_routes, "routes");
        why.eventlike(1, texts(self.shapes, event), "events");
        let join = reference.and_then(|reference| self.joined(to, reference, &mut why));
        why.repeated(texts(self.shapes, to), "consumers");
        let telling = weights == (2, 2);
        why.present(self.shapes, self.record, event, telling);
        why.present(self.shapes, self.record, to, telling);
        if weights.1 == 0 && !self.is_among_routes() {
            why.doubt("only a reference says where it goes".to_owned());
        }
        let (event, to) = (Part::Slot(event.clone()), Part::Slot(to.clone()));
        Candidate {
            join,
            ..self.candidate(Kind::Pair, event, to, why)
        }
    }

    /// `billing: {events: [order.placed, order.paid]}`, also in a list, with a name
    pub(super) fn inverted(&self, fields: &[Slot<'c>]) -> Option<Candidate<'c>> {
        let mut events = tried(fields, Role::Event);
        events.retain(|slot| slot.weight(Role::Event) == 2);
        let event = events
            .into_iter()
            .max_by_key(|slot| (slot.forms.many, slot.present))?;
        let entry = self.shapes.places[self.record].step == Step::Entry;
        let named = |name: &str| fields.iter().find(|slot| slot.field() == Some(name));
        let by = CONSUMERS
            .iter()
            .chain(refer::NAMES)
            .copied()
            .find_map(named);
        let (to, from) = match (entry, by) {
            (true, _) => (Part::Key, "the key"),
            (false, Some(by)) => (Part::Slot(by.clone()), "the name"),
            (false, None) => return None,
        };
        let mut why = Evidence::default();
        why.field(event, 2, "what happens");
        why.container(
            self.shapes,
            self.record,
            2,
            words::holds_consumers,
            "consumers",
        );
        let verb = event.field().filter(|name| words::is_of_a_consumer(name));
        if let Some(verb) = verb {
            why.add(1, || {
                format!("{} is what a consumer does", quote::shown(verb))
            });
        }
        if event.forms.many && self.shapes.places[self.record].found.len() > 1 {
            why.add(1, || {
                format!("each lists several events: {from} is who is told")
            });
        }
        why.eventlike(1, texts(self.shapes, event), "events");
        why.repeated(texts(self.shapes, event), "events");
        why.present(self.shapes, self.record, event, false);
        let mut candidate = self.candidate(Kind::Inverted, Part::Slot(event.clone()), to, why);
        candidate.scope = self.scope(fields, &mut candidate.evidence);
        candidate.join = join::to_itself(self.shapes, self.record, &candidate.to);
        let container = evidence::container(self.shapes, self.record);
        if let Part::Slot(by) = &candidate.to
            && by.field().is_some_and(|by| refer::NAMES.contains(&by))
            && !container.is_some_and(words::holds_consumers)
            && verb.is_none()
        {
            candidate
                .evidence
                .doubt("nothing says that the name is who is told".to_owned());
        }
        Some(candidate)
    }

    /// A list in every record that an event is one of.
    pub(super) fn scope(&self, fields: &[Slot<'c>], why: &mut Evidence) -> Option<Slot<'c>> {
        let all = self.shapes.places[self.record].found.len();
        let scope = fields.iter().find(|slot| {
            slot.forms.many && slot.present == all && slot.field().is_some_and(words::is_scope)
        })?;
        let path = self.shapes.path(scope.place());
        why.note(format!(
            "each of {all} has {path} too: an event is one of both, and its name has both"
        ));
        Some(scope.clone())
    }
}
