//! Candidates: records that may be routes, and which part of each is what.

use std::cmp::Reverse;

use crate::value::Data;

use super::evidence::{self, Evidence, WORTH_A_LOOK, keys};
use super::extra::{self, Extras};
use super::join::{self, Join};
use super::quote;
use super::refer::{self, Names, Reference};
use super::shape::{Found, PlaceId, Shapes, Step};
use super::slot::Slot;
use super::words::{self, Role};

/// Slots of one record that are tried in one role.
const TRIED_MAX: usize = 8;
/// A slot that one of so many records has, or fewer, is none of them all.
const RARE: usize = 5;
/// Fields that name a consumer, and not only the record.
const CONSUMERS: &[&str] = &["consumer", "subscriber", "service", "handler", "listener"];

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
    /// How much each consumer gets: the field beside its name.
    pub weights: Option<&'c str>,
    /// Where everything else goes, in a field beside what holds the routes, and whether that
    /// is one of their consumers.
    pub fallback: Option<(PlaceId, bool)>,
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

    /// What the wildcards in them mean, if they are none of a regular expression.
    pub fn wild(&self, shapes: &Shapes<'c>) -> Wild {
        let odd = |name: &&str| words::is_regex(name) || words::is_of_a_broker(name);
        let names = || self.events(shapes).filter(|name| !odd(name));
        match () {
            () if names().any(|name| name.contains("**")) => Wild::Ours,
            // Where others are of a broker, `*` is one word.
            () if self.events(shapes).any(words::is_of_a_broker) && names().any(words::is_wild) => {
                Wild::Ours
            }
            () if names().any(words::is_wild) => Wild::Shell,
            () => Wild::None,
        }
    }
}

/// How the names of events meet events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wild {
    /// They are events.
    None,
    /// `*` also stands for dots.
    Shell,
    /// `**` does.
    Ours,
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
        (!sure, Reverse(candidate.evidence.points), candidate.record)
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
            .filter(|slot| self.is_near(slot) && slot.is_of_names(self.shapes))
            .collect();
        let entry = self.shapes.places[self.record].step == Step::Entry;
        let container = evidence::container(self.shapes, self.record);
        let neither = container.is_some_and(words::holds_neither);
        let (own, fields): (Vec<_>, Vec<_>) = slots
            .into_iter()
            .partition(|slot| slot.path.is_empty() && slot.of_items.is_empty());
        let mut found = Vec::new();
        if let (true, Some(own)) = (entry && !neither, own.first()) {
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
                Reverse(candidate.evidence.points),
            )
        });
        // What reads the same records in another way is shown if it is nearly as good.
        let best = found.first().map_or(0, |best| best.evidence.points);
        found.retain(|other| other.evidence.points + 1 >= best);
        for other in found.iter_mut().skip(1) {
            other
                .evidence
                .doubt("the same records read better in another way".to_owned());
        }
        found.truncate(2);
        found
    }

    /// Whether a slot stands where a part of a route may: not deep in documents that say
    /// nothing of themselves, and not in a few of the records only.
    fn is_near(&self, slot: &Slot<'c>) -> bool {
        let place = &self.shapes.places[self.record];
        let kind = self.shapes.groups[place.group].kind.is_some();
        let deep = place.step == Step::Root && !kind && slot.path.len() > 2;
        let few = slot.present * RARE < place.found.len();
        let listed = place.step == Step::Root && !slot.of_items.is_empty();
        !deep && !few && !listed && (slot.of_items.is_empty() || slot.path.len() == 1)
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
            weights: None,
            fallback: None,
            extras: Extras::default(),
            evidence,
        }
    }

    /// `order.placed: [billing, audit]`
    fn forward(&self, own: &Slot<'c>, fields: &[Slot<'c>]) -> Candidate<'c> {
        let mut why = Evidence::default();
        let routing = evidence::container(self.shapes, self.record).is_some_and(words::is_routing);
        let points = if routing { 4 } else { 3 };
        why.container(
            self.shapes,
            self.record,
            points,
            words::holds_routes,
            "routes",
        );
        let named = why.points > 0;
        why.eventlike(2, keys(self.shapes, self.record), "keys");
        // `listeners: {order.placed: [billing]}`, which are by event.
        if !named && why.points > 0 && !evidence::are_eventlike(texts(self.shapes, own)) {
            let holds = words::holds_consumers;
            why.container(self.shapes, self.record, 2, holds, "consumers");
        }
        why.lists(own, "go to several");
        if own.forms.many && self.shapes.way(self.record).len() == 2 {
            why.add(1, || "nothing else stands beside them".to_owned());
        }
        let join = self.referred(own, &mut why);
        why.repeated(texts(self.shapes, own), "values");
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
        why.eventlike(2, texts(self.shapes, own), "values");
        if evidence::are_eventlike(texts(self.shapes, own))
            && !evidence::are_eventlike(keys(self.shapes, self.record))
        {
            why.add(1, || "the keys do not have it".to_owned());
        }
        why.lists(own, "want several");
        why.repeated(texts(self.shapes, own), "values");
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
        why.repeated(texts(self.shapes, to), "values");
        why.present(self.shapes, self.record, to, false);
        let mut candidate = self.candidate(Kind::Keyed, Part::Key, Part::Slot(to.clone()), why);
        candidate.join = join;
        Some(candidate)
    }

    /// `{on: order.placed, notify: [billing, audit]}`
    fn pairs(&self, fields: &[Slot<'c>]) -> Option<Candidate<'c>> {
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
    fn events<'a>(&self, fields: &'a [Slot<'c>]) -> Vec<&'a Slot<'c>> {
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
    fn event_weight(&self, slot: &Slot<'c>) -> u32 {
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
    fn destinations<'a>(&self, fields: &'a [Slot<'c>]) -> Vec<(&'a Slot<'c>, Option<Reference>)> {
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
    fn are_apart(&self, event: &Slot<'c>, to: &Slot<'c>) -> bool {
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
    fn is_among_routes(&self) -> bool {
        evidence::container(self.shapes, self.record).is_some_and(words::holds_routes)
    }

    fn pair(&self, event: &Slot<'c>, to: &Slot<'c>, reference: Option<Reference>) -> Candidate<'c> {
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
    fn inverted(&self, fields: &[Slot<'c>]) -> Option<Candidate<'c>> {
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
        self.joined(slot, reference, why)
    }

    fn joined(
        &self,
        slot: &Slot<'c>,
        reference: Reference,
        why: &mut Evidence,
    ) -> Option<Join<'c>> {
        why.reference(self.shapes, self.names, slot, reference);
        join::of(self.shapes, self.names, reference, why)
    }
}

fn texts<'s, 'c>(shapes: &'s Shapes<'c>, slot: &'s Slot<'c>) -> impl Iterator<Item = &'c str> + 's {
    slot.texts(shapes).map(|(text, _)| text)
}

fn better(a: &Evidence, b: &Evidence) -> bool {
    (a.doubts.is_empty(), a.points) > (b.doubts.is_empty(), b.points)
}

fn tried<'a, 'c>(slots: &'a [Slot<'c>], role: Role) -> Vec<&'a Slot<'c>> {
    let mut slots: Vec<&Slot<'c>> = slots.iter().filter(|slot| slot.weight(role) > 0).collect();
    slots.sort_by_key(|slot| (Reverse((slot.weight(role), slot.present)), slot.path.len()));
    slots.truncate(TRIED_MAX);
    slots
}

fn best<'a, 'c>(slots: &'a [Slot<'c>], role: Role, weight: u32) -> Option<&'a Slot<'c>> {
    let best = tried(slots, role).into_iter().next()?;
    (best.weight(role) >= weight).then_some(best)
}
