//! Names that cross-refer: values that are keys, or names in a list, elsewhere.

use std::collections::{HashMap, HashSet};

use super::shape::{PlaceId, Shapes, Step};
use super::slot::Slot;
use super::words;

/// Sets that one name may be in; it is a common word if it is in more.
const SETS_MAX: usize = 8;
/// Of the texts of a slot, how many must be names of the set.
const HITS_MIN: f64 = 0.9;
/// Fields that name the record they stand in.
pub const NAMES: &[&str] = &["name", "id", "key", "alias", "slug"];

/// Where names are declared.
#[derive(Debug)]
pub struct Declared<'c> {
    /// The entries of a dictionary, or the maps of a list.
    pub record: PlaceId,
    /// The field that names it; `None`: the key does.
    pub by: Option<&'c str>,
    /// How many names.
    pub names: usize,
    /// How many of them are declared more than once.
    pub twice: usize,
}

impl Declared<'_> {
    /// Whether the slot is where the names are declared.
    fn is_by(&self, shapes: &Shapes<'_>, slot: &Slot<'_>) -> bool {
        let field = self
            .by
            .and_then(|by| shapes.child(self.record, Step::Field(by)));
        field.is_some_and(|field| slot.leaves.contains(&field))
    }
}

/// Texts that are names of a set.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    /// The set, by its number.
    pub set: usize,
    /// Texts that are names of it.
    pub hits: usize,
    /// Of those, how many of the same document.
    pub local: usize,
    /// How many distinct names they are.
    pub distinct: usize,
    /// All texts.
    pub texts: usize,
}

/// All declared names.
#[derive(Debug, Default)]
pub struct Names<'c> {
    /// Where.
    pub sets: Vec<Declared<'c>>,
    /// Set, and the documents that declare it there, sorted.
    of: HashMap<&'c str, Vec<(usize, Vec<usize>)>>,
}

impl<'c> Names<'c> {
    /// Of that tree.
    pub fn of(shapes: &Shapes<'c>) -> Names<'c> {
        let mut names = Names::default();
        for (place, held) in shapes.places.iter().enumerate() {
            match held.step {
                Step::Entry => {
                    let keys = held
                        .found
                        .iter()
                        .filter_map(|found| Some((found.key?.0, found.document)));
                    names.add(place, None, keys);
                }
                Step::Item => {
                    for (by, field) in shapes.fields(place) {
                        let unique = shapes.places[field].found.len() == held.found.len();
                        if NAMES.contains(&by) && unique {
                            names.add(place, Some(by), shapes.texts(field));
                        }
                    }
                }
                Step::Root | Step::Field(_) => {}
            }
        }
        names
    }

    fn add(
        &mut self,
        record: PlaceId,
        by: Option<&'c str>,
        all: impl Iterator<Item = (&'c str, usize)>,
    ) {
        let set = self.sets.len();
        let (mut names, mut twice) = (0, 0);
        for (name, document) in all.filter(|(name, _)| words::is_name(name)) {
            let sets = self.of.entry(name).or_default();
            if let Some((_, documents)) = sets.last_mut().filter(|(last, _)| *last == set) {
                twice += 1;
                documents.push(document);
            } else if sets.len() < SETS_MAX {
                names += 1;
                sets.push((set, vec![document]));
            }
        }
        self.sets.push(Declared {
            record,
            by,
            names,
            twice,
        });
    }

    /// The set that nearly all texts of a slot are names of; of several, the one with the
    /// most hits, then the smallest. A record does not refer to itself.
    pub fn referred(
        &self,
        shapes: &Shapes<'c>,
        slot: &Slot<'c>,
        from: PlaceId,
    ) -> Option<Reference> {
        let mut hits: HashMap<usize, (usize, usize, HashSet<&str>)> = HashMap::new();
        let mut texts = 0;
        for (text, document) in slot.texts(shapes) {
            texts += 1;
            for (set, documents) in self.of.get(text).into_iter().flatten() {
                let (all, local, distinct) = hits.entry(*set).or_default();
                *all += 1;
                *local += usize::from(documents.binary_search(&document).is_ok());
                distinct.insert(text);
            }
        }
        let references = hits
            .into_iter()
            .map(|(set, (hits, local, distinct))| Reference {
                set,
                hits,
                local,
                distinct: distinct.len(),
                texts,
            });
        let enough = references.filter(|reference| {
            reference.hits as f64 >= texts as f64 * HITS_MIN
                && self.sets[reference.set].record != from
                && !self.sets[reference.set].is_by(shapes, slot)
        });
        enough.max_by_key(|reference| {
            let names = self.sets[reference.set].names;
            (
                reference.hits,
                reference.local,
                std::cmp::Reverse(names),
                std::cmp::Reverse(reference.set),
            )
        })
    }
}
