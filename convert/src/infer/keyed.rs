//! Dictionaries, where the key is one side of a route: the event, or who is told.

use super::candidate::{Candidate, Kind, Part};
use super::evidence::{self, Evidence, keys};
use super::reading::{Seen, best, texts};
use super::slot::Slot;
use super::words::{self, Role};

impl<'c> Seen<'_, 'c> {
    /// `order.placed: [billing, audit]`
    pub(super) fn forward(&self, own: &Slot<'c>, fields: &[Slot<'c>]) -> Candidate<'c> {
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
    pub(super) fn backward(&self, own: &Slot<'c>) -> Candidate<'c> {
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
    pub(super) fn keyed(&self, fields: &[Slot<'c>]) -> Option<Candidate<'c>> {
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
}
