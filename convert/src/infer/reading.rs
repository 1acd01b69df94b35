//! Records as routes, in each way that they may be read; the best comes first.

use std::cmp::Reverse;

use crate::value::Data;

use super::candidate::{Candidate, Kind, Part};
use super::evidence::{self, Evidence, WORTH_A_LOOK};
use super::extra::Extras;
use super::join::{self, Join};
use super::refer::{Names, Reference};
use super::shape::{PlaceId, Shapes, Step};
use super::slot::Slot;
use super::words::{self, Role};

/// Slots of one record that are tried in one role.
pub(super) const TRIED_MAX: usize = 8;
/// A slot that one of so many records has, or fewer, is none of them all.
const RARE: usize = 5;

/// Records that stand at one place.
pub(super) struct Seen<'s, 'c> {
    pub(super) shapes: &'s Shapes<'c>,
    pub(super) names: &'s Names<'c>,
    pub(super) record: PlaceId,
}

impl<'c> Seen<'_, 'c> {
    pub(super) fn candidates(&self) -> Vec<Candidate<'c>> {
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
    pub(super) fn is_near(&self, slot: &Slot<'c>) -> bool {
        let place = &self.shapes.places[self.record];
        let kind = self.shapes.groups[place.group].kind.is_some();
        let deep = place.step == Step::Root && !kind && slot.path.len() > 2;
        let few = slot.present * RARE < place.found.len();
        let listed = place.step == Step::Root && !slot.of_items.is_empty();
        !deep && !few && !listed && (slot.of_items.is_empty() || slot.path.len() == 1)
    }

    pub(super) fn is_of_maps(&self) -> bool {
        let mut found = self.shapes.places[self.record].found.iter();
        found.any(|found| matches!(&found.value.data, Data::Map(map) if !map.is_empty()))
    }

    pub(super) fn candidate(
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

    /// Who the consumers are, if that is said elsewhere.
    pub(super) fn referred(&self, slot: &Slot<'c>, why: &mut Evidence) -> Option<Join<'c>> {
        let reference = self.names.referred(self.shapes, slot, self.record)?;
        self.joined(slot, reference, why)
    }

    pub(super) fn joined(
        &self,
        slot: &Slot<'c>,
        reference: Reference,
        why: &mut Evidence,
    ) -> Option<Join<'c>> {
        why.reference(self.shapes, self.names, slot, reference);
        join::of(self.shapes, self.names, reference, why)
    }
}

pub(super) fn texts<'s, 'c>(
    shapes: &'s Shapes<'c>,
    slot: &'s Slot<'c>,
) -> impl Iterator<Item = &'c str> + 's {
    slot.texts(shapes).map(|(text, _)| text)
}

pub(super) fn better(a: &Evidence, b: &Evidence) -> bool {
    (a.doubts.is_empty(), a.points) > (b.doubts.is_empty(), b.points)
}

pub(super) fn tried<'a, 'c>(slots: &'a [Slot<'c>], role: Role) -> Vec<&'a Slot<'c>> {
    let mut slots: Vec<&Slot<'c>> = slots.iter().filter(|slot| slot.weight(role) > 0).collect();
    slots.sort_by_key(|slot| (Reverse((slot.weight(role), slot.present)), slot.path.len()));
    slots.truncate(TRIED_MAX);
    slots
}

pub(super) fn best<'a, 'c>(slots: &'a [Slot<'c>], role: Role, weight: u32) -> Option<&'a Slot<'c>> {
    let best = tried(slots, role).into_iter().next()?;
    (best.weight(role) >= weight).then_some(best)
}
