//! Candidates: records that may be routes, and which part of each is what.

use std::cmp::Reverse;

use super::evidence::{Evidence, keys};
use super::extra::{self, Extras};
use super::join::Join;
use super::reading::Seen;
use super::refer::Names;
use super::shape::{PlaceId, Shapes, Step};
use super::slot::Slot;
use super::words;

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
