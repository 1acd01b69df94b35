//! Candidates: records that may be routes, and which part of each is what.

use crate::value::Data;

use super::evidence::{Evidence, WORTH_A_LOOK, keys};
use super::extra::{self, Extras};
use super::join::{self, Join};
use super::refer::Names;
use super::shape::{PlaceId, Shapes, Step};
use super::slot::Slot;
use super::words::{self, Role};

/// Slots of one record that are tried in one role.
const TRIED_MAX: usize = 8;

/// Where a part of a route stands.
#[derive(Clone, Debug)]
pub enum Part<'c> {
    /// It is the key of the record.
    Key,
    /// It is in the record.
    Slot(Slot<'c>),
}

/// Which of its two sides a record is named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Event -> consumers.
    Keyed,
    /// Consumer -> events.
    Inverted,
    /// Both are fields.
    Pair,
}

/// Records that may be routes.
#[derive(Clone, Debug)]
pub struct Candidate<'c> {
    /// Where they stand.
    pub record: PlaceId,
    /// Which way they read.
    pub kind: Kind,
    /// The events.
    pub event: Part<'c>,
    /// What else is a part of their names.
    pub scope: Option<Slot<'c>>,
    /// The consumers.
    pub to: Part<'c>,
    /// The consumers of entries that are maps, where others are names.
    pub else_to: Option<Slot<'c>>,
    /// What the consumers are, elsewhere.
    pub join: Option<Join<'c>>,
    /// Whether the keys of outer dictionaries are a part of the name.
    pub groups_in_name: bool,
    /// What else a route says.
    pub extras: Extras<'c>,
    /// Why.
    pub evidence: Evidence,
}

impl<'c> Candidate<'c> {
    /// The names of its events, as far as they stand in one place.
    pub fn events<'s>(&'s self, shapes: &'s Shapes<'c>) -> Box<dyn Iterator<Item = &'c str> + 's> {
        match &self.event {
            Part::Key => Box::new(keys(shapes, self.record)),
            Part::Slot(slot) => Box::new(slot.texts(shapes).map(|(text, _)| text)),
        }
    }
}

/// All that are worth a look, the best first.
pub fn candidates<'c>(shapes: &Shapes<'c>, names: &Names<'c>) -> Vec<Candidate<'c>> {
    let mut all: Vec<Candidate<'c>> = Vec::new();
    for record in 0..shapes.places.len() {
        if holds_records(shapes, record) {
            let seen = Seen {
                shapes,
                names,
                record,
            };
            all.extend(seen.candidates());
        }
    }
    for candidate in &mut all {
        extra::complete(shapes, candidate);
    }
    all.sort_by_key(|candidate| {
        let sure = candidate.evidence.is_sure();
        (
            !sure,
            std::cmp::Reverse(candidate.evidence.points),
            candidate.record,
        )
    });
    all
}

/// Entries of dictionaries, maps in lists, and documents of which there are several.
fn holds_records(shapes: &Shapes<'_>, place: PlaceId) -> bool {
    let group = &shapes.groups[shapes.places[place].group];
    match shapes.places[place].step {
        Step::Entry | Step::Item => true,
        Step::Root => group.kind.is_some() || group.documents.len() > 1,
        Step::Field(_) => false,
    }
}

struct Seen<'s, 'c> {
    shapes: &'s Shapes<'c>,
    names: &'s Names<'c>,
    record: PlaceId,
}

impl<'c> Seen<'_, 'c> {
    fn candidates(&self) -> Vec<Candidate<'c>> {
        let slots = Slot::all(self.shapes, self.record);
        let slots: Vec<Slot<'c>> = slots
            .into_iter()
            .filter(|slot| slot.is_of_names(self.shapes))
            .collect();
        let entry = self.shapes.places[self.record].step == Step::Entry;
        let (own, fields): (Vec<_>, Vec<_>) = slots
            .into_iter()
            .partition(|slot| slot.path.is_empty() && slot.of_items.is_empty());
        let mut found = Vec::new();
        if let (true, Some(own)) = (entry, own.first()) {
            found.push(self.forward(own, &fields));
            found.push(self.backward(own));
        }
        if self.is_of_maps() {
            found.extend(self.pairs(&fields));
            found.extend(self.inverted(&fields));
            if entry && own.is_empty() {
                found.extend(self.keyed(&fields));
            }
        }
        found.retain(|candidate| candidate.evidence.points >= WORTH_A_LOOK);
        found.sort_by_key(|candidate| {
            (
                !candidate.evidence.is_sure(),
                std::cmp::Reverse(candidate.evidence.points),
            )
        });
        // What reads the same records in another way, and not as well.
        for other in found.iter_mut().skip(1) {
            other
                .evidence
                .doubt("the same records are read better above".to_owned());
        }
        found.truncate(2);
        found
    }

    fn is_of_maps(&self) -> bool {
        let mut found = self.shapes.places[self.record].found.iter();
        found.any(|found| matches!(&found.value.data, Data::Map(map) if !map.is_empty()))
    }

    fn candidate(
        &self,
        kind: Kind,
        event: Part<'c>,
        to: Part<'c>,
        evidence: Evidence,
    ) -> Candidate<'c> {
        Candidate {
            record: self.record,
            kind,
            event,
            scope: None,
            to,
            else_to: None,
            join: None,
            groups_in_name: false,
            extras: Extras::default(),
            evidence,
        }
    }

    /// `order.placed: [billing, audit]`
    fn forward(&self, own: &Slot<'c>, fields: &[Slot<'c>]) -> Candidate<'c> {
        let mut why = Evidence::default();
        why.container(self.shapes, self.record, 3, words::holds_routes, "routes");
        why.eventlike(2, keys(self.shapes, self.record), "keys");
        let join = self.referred(own, &mut why);
        why.repeated(own.texts(self.shapes).map(|(text, _)| text), "values");
        let mut candidate = self.candidate(Kind::Keyed, Part::Key, Part::Slot(own.clone()), why);
        candidate.join = join;
        candidate.else_to = best(fields, Role::Destination, 2).cloned();
        candidate
    }

    /// `billing: [order.placed, order.paid]`
    fn backward(&self, own: &Slot<'c>) -> Candidate<'c> {
        let mut why = Evidence::default();
        why.container(
            self.shapes,
            self.record,
            2,
            words::holds_consumers,
            "consumers",
        );
        why.eventlike(2, own.texts(self.shapes).map(|(text, _)| text), "values");
        why.repeated(own.texts(self.shapes).map(|(text, _)| text), "values");
        self.candidate(Kind::Inverted, Part::Slot(own.clone()), Part::Key, why)
    }

    /// `order.placed: {notify: [billing, audit]}`
    fn keyed(&self, fields: &[Slot<'c>]) -> Option<Candidate<'c>> {
        if best(fields, Role::Event, 2).is_some() {
            return None;
        }
        let to = best(fields, Role::Destination, 2)?;
        let mut why = Evidence::default();
        why.container(self.shapes, self.record, 2, words::holds_routes, "routes");
        why.eventlike(2, keys(self.shapes, self.record), "keys");
        // A field that is called so says much, but not that the keys are events.
        if why.points > 0 {
            why.field(to, 2, "where it goes");
        }
        let join = self.referred(to, &mut why);
        why.repeated(to.texts(self.shapes).map(|(text, _)| text), "values");
        why.present(self.shapes, self.record, to);
        let mut candidate = self.candidate(Kind::Keyed, Part::Key, Part::Slot(to.clone()), why);
        candidate.join = join;
        Some(candidate)
    }

    /// `{on: order.placed, notify: [billing, audit]}`
    fn pairs(&self, fields: &[Slot<'c>]) -> Option<Candidate<'c>> {
        let events: Vec<&Slot<'c>> = tried(fields, Role::Event);
        let mut best: Option<Candidate<'c>> = None;
        for event in events {
            for to in fields
                .iter()
                .filter(|to| !to.meets(event) || to.path != event.path && to.path.len() > 1)
            {
                let weight = to.weight(Role::Destination);
                let referred = self.names.referred(self.shapes, to, self.record);
                if weight == 0
                    && (referred.is_none()
                        || to.weight(Role::Event) > 0
                        || to.field() == Some("name"))
                {
                    continue;
                }
                let mut why = Evidence::default();
                why.field(event, event.weight(Role::Event), "what happens");
                why.field(to, weight, "where it goes");
                why.container(self.shapes, self.record, 1, words::holds_routes, "routes");
                why.eventlike(1, event.texts(self.shapes).map(|(text, _)| text), "events");
                let join = self.referred(to, &mut why);
                why.repeated(to.texts(self.shapes).map(|(text, _)| text), "consumers");
                why.present(self.shapes, self.record, event);
                why.present(self.shapes, self.record, to);
                if best
                    .as_ref()
                    .is_none_or(|best| better(&why, &best.evidence))
                {
                    let (event, to) = (Part::Slot(event.clone()), Part::Slot(to.clone()));
                    let mut candidate = self.candidate(Kind::Pair, event, to, why);
                    candidate.join = join;
                    best = Some(candidate);
                }
            }
        }
        best
    }

    /// `billing: {events: [order.placed, order.paid]}`, also in a list, with a name
    fn inverted(&self, fields: &[Slot<'c>]) -> Option<Candidate<'c>> {
        let mut events = tried(fields, Role::Event);
        events.retain(|slot| slot.weight(Role::Event) == 2);
        let event = events
            .into_iter()
            .max_by_key(|slot| (slot.forms.many, slot.present))?;
        let entry = self.shapes.places[self.record].step == Step::Entry;
        let named = |name: &str| fields.iter().find(|slot| slot.field() == Some(name));
        let by = ["consumer", "service", "subscriber", "handler", "name", "id"]
            .into_iter()
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
        if event.forms.many && self.shapes.places[self.record].found.len() > 1 {
            why.add(1, || {
                format!("each lists several events: {from} is who is told")
            });
        }
        why.eventlike(1, event.texts(self.shapes).map(|(text, _)| text), "events");
        why.repeated(event.texts(self.shapes).map(|(text, _)| text), "events");
        why.present(self.shapes, self.record, event);
        let mut candidate = self.candidate(Kind::Inverted, Part::Slot(event.clone()), to, why);
        candidate.scope = self.scope(fields, &mut candidate.evidence);
        Some(candidate)
    }

    /// A list in every record that an event is one of.
    fn scope(&self, fields: &[Slot<'c>], why: &mut Evidence) -> Option<Slot<'c>> {
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

    /// Who the consumers are, if that is said elsewhere.
    fn referred(&self, slot: &Slot<'c>, why: &mut Evidence) -> Option<Join<'c>> {
        let reference = self.names.referred(self.shapes, slot, self.record)?;
        why.reference(self.shapes, self.names, slot, reference);
        join::of(self.shapes, self.names, reference, why)
    }
}

fn better(a: &Evidence, b: &Evidence) -> bool {
    (a.doubts.is_empty(), a.points) > (b.doubts.is_empty(), b.points)
}

fn tried<'a, 'c>(slots: &'a [Slot<'c>], role: Role) -> Vec<&'a Slot<'c>> {
    let mut slots: Vec<&Slot<'c>> = slots.iter().filter(|slot| slot.weight(role) > 0).collect();
    slots.sort_by_key(|slot| {
        (
            std::cmp::Reverse((slot.weight(role), slot.present)),
            slot.path.len(),
        )
    });
    slots.truncate(TRIED_MAX);
    slots
}

fn best<'a, 'c>(slots: &'a [Slot<'c>], role: Role, weight: u32) -> Option<&'a Slot<'c>> {
    let best = tried(slots, role).into_iter().next()?;
    (best.weight(role) >= weight).then_some(best)
}
