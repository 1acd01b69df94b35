//! Points, each with its reason. A candidate is as good as the sum.

use std::collections::HashSet;

use super::quote;
use super::refer::{Names, Reference};
use super::shape::{PlaceId, Shapes, Step};
use super::slot::Slot;
use super::words;

/// From so many on, a candidate is active in the proposal.
pub const SURE: u32 = 5;
/// From so many on, it is shown.
pub const WORTH_A_LOOK: u32 = 3;

/// Why something is believed, and how much.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The sum.
    pub points: u32,
    /// Points, and why; 0 for what is only to be known.
    pub lines: Vec<(u32, String)>,
    /// Why it is only shown, however many points it has.
    pub doubts: Vec<String>,
}

impl Evidence {
    /// Adds points, if there are any.
    pub fn add(&mut self, points: u32, why: impl FnOnce() -> String) {
        if points > 0 {
            self.points += points;
            self.lines.push((points, why()));
        }
    }

    /// Adds what is no reason, but good to know.
    pub fn note(&mut self, what: String) {
        self.lines.push((0, what));
    }

    /// Adds a reason against it.
    pub fn doubt(&mut self, why: String) {
        self.doubts.push(why);
    }

    /// Whether it is good enough to be active.
    pub fn is_sure(&self) -> bool {
        self.points >= SURE && self.doubts.is_empty()
    }

    /// What holds the records is called as what holds such things.
    pub fn container(
        &mut self,
        shapes: &Shapes<'_>,
        record: PlaceId,
        points: u32,
        holds: fn(&str) -> bool,
        what: &str,
    ) {
        let called = container(shapes, record);
        if let Some(called) = called.filter(|called| holds(called)) {
            self.add(points, || {
                format!("{} sounds like a place for {what}", quote::shown(called))
            });
        }
    }

    /// The field of a slot is called as its role.
    pub fn field(&mut self, slot: &Slot<'_>, points: u32, what: &str) {
        let path: Vec<&str> = slot.path.iter().chain(&slot.of_items).copied().collect();
        let sounds = if points > 1 { "sounds like" } else { "may be" };
        self.add(points, || {
            format!("{} {sounds} {what}", quote::shown(&path.join(".")))
        });
    }

    /// At least half of the names are built as those of events are; one more point if three
    /// or more are, and all of them.
    pub fn eventlike<'t>(&mut self, points: u32, names: impl Iterator<Item = &'t str>, what: &str) {
        let names: HashSet<&str> = names.collect();
        let like = names
            .iter()
            .filter(|name| words::is_eventlike(name))
            .count();
        if like * 2 >= names.len() && like > 0 {
            // The least of them, so that a run tells what the last one told.
            let example = names.iter().filter(|name| words::is_eventlike(name)).min();
            let example = example.map_or(String::new(), |name| quote::shown(name));
            let all = points > 1 && like >= 3 && like == names.len();
            self.add(points + u32::from(all), || {
                format!(
                    "{like} of {} {what} have the form of an event, as {example}",
                    names.len()
                )
            });
        }
    }

    /// Lists, where one name could stand.
    pub fn lists(&mut self, slot: &Slot<'_>, so: &str) {
        if slot.forms.many {
            self.add(1, || format!("there are lists: some {so}"));
        }
    }

    /// Several records say the same.
    pub fn repeated<'t>(&mut self, texts: impl Iterator<Item = &'t str>, what: &str) {
        let all: Vec<&str> = texts.collect();
        let distinct: HashSet<&str> = all.iter().copied().collect();
        if all.len() >= 3 && distinct.len() * 3 <= all.len() * 2 {
            self.add(1, || {
                format!(
                    "there are {} {what}, and only {} distinct ones",
                    all.len(),
                    distinct.len()
                )
            });
        }
    }

    /// Values are names that are declared elsewhere.
    pub fn reference(
        &mut self,
        shapes: &Shapes<'_>,
        names: &Names<'_>,
        slot: &Slot<'_>,
        reference: Reference,
    ) {
        let declared = &names.sets[reference.set];
        let points = if reference.distinct > 1 { 2 } else { 1 };
        let path = shapes.path(slot.place());
        let first = shapes.first(declared.record);
        self.add(points, || {
            let (hits, texts) = (reference.hits, reference.texts);
            match declared.by {
                None => {
                    let map = shapes.path(shapes.places[declared.record].parent);
                    format!("{hits} of {texts} values of {path} are keys of {map} ({first})")
                }
                Some(by) => {
                    let by = quote::shown(by);
                    let list = shapes.path(declared.record);
                    format!("{hits} of {texts} values of {path} are a {by} of {list} ({first})")
                }
            }
        });
        if reference.local < reference.hits {
            let other = reference.hits - reference.local;
            self.note(format!(
                "{other} of these {} stand in other documents",
                reference.hits
            ));
        }
    }

    /// A field that not all records have. Of one that is called as what it is, half of them
    /// need not.
    pub fn present(
        &mut self,
        shapes: &Shapes<'_>,
        record: PlaceId,
        slot: &Slot<'_>,
        telling: bool,
    ) {
        let all = shapes.places[record].found.len();
        let path = shapes.path(slot.place());
        let some = slot.present;
        if some * 2 < all && !telling {
            self.doubt(format!("only {some} of {all} have {path}"));
        } else if some < all {
            self.note(format!(
                "{some} of {all} have {path}; the others stay unexplained"
            ));
        }
    }
}

/// Whether at least half of the names are built as those of events are.
pub fn are_eventlike<'t>(names: impl Iterator<Item = &'t str>) -> bool {
    let names: HashSet<&str> = names.collect();
    let like = names
        .iter()
        .filter(|name| words::is_eventlike(name))
        .count();
    like > 0 && like * 2 >= names.len()
}

/// What the list or dictionary is called in which records stand, or their kind.
pub fn container<'s>(shapes: &'s Shapes<'_>, record: PlaceId) -> Option<&'s str> {
    let mut below = false;
    for place in shapes.way(record).into_iter().rev() {
        match shapes.places[place].step {
            Step::Field(name) => return Some(name),
            // The items of a list in which each record stands say nothing of what it is.
            Step::Item if below => return None,
            Step::Root => return shapes.groups[shapes.places[place].group].kind.as_deref(),
            Step::Item | Step::Entry => below = true,
        }
    }
    None
}

/// The keys of the entries at a place.
pub fn keys<'s, 'c>(shapes: &'s Shapes<'c>, record: PlaceId) -> impl Iterator<Item = &'c str> + 's {
    let place = &shapes.places[record];
    let entries = if place.step == Step::Entry {
        &place.found[..]
    } else {
        &[]
    };
    entries.iter().filter_map(|found| Some(found.key?.0))
}
