//! Slots: what a record says, by the fields that lead to it.

use crate::value::{Data, Value};

use super::shape::{PlaceId, Shapes, Step};
use super::words::{self, Role};

/// Fields within each other that are one slot.
const DEPTH_MAX: usize = 4;
/// Of the texts of a slot, how many must be names.
const NAMES_MIN: f64 = 0.9;

/// What stands at the end of the fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forms {
    /// A text.
    pub one: bool,
    /// A list of texts.
    pub many: bool,
}

/// A text, or a list of texts, of each record. Without fields: the record itself.
#[derive(Clone, Debug)]
pub struct Slot<'c> {
    /// The fields that lead there.
    pub path: Vec<&'c str>,
    /// Of a list of maps: the fields in each that lead to a text.
    pub of_items: Vec<&'c str>,
    /// Which of them there are.
    pub forms: Forms,
    /// Where the texts stand.
    pub leaves: Vec<PlaceId>,
    /// How many records have it.
    pub present: usize,
}

impl<'c> Slot<'c> {
    /// The slots of the records at a place, its own texts first.
    pub fn all(shapes: &Shapes<'c>, record: PlaceId) -> Vec<Slot<'c>> {
        let mut slots = Vec::new();
        let mut path = Vec::new();
        look(shapes, record, &mut path, &mut slots);
        slots
    }

    /// The texts, with their documents.
    pub fn texts<'s>(
        &'s self,
        shapes: &'s Shapes<'c>,
    ) -> impl Iterator<Item = (&'c str, usize)> + 's {
        self.leaves.iter().flat_map(|leaf| shapes.texts(*leaf))
    }

    /// Whether it holds names, and no prose; of a list, names only.
    pub fn is_of_names(&self, shapes: &Shapes<'c>) -> bool {
        let is_name = |text: &str| usize::from(words::is_name(text));
        let names: usize = self.texts(shapes).map(|(text, _)| is_name(text)).sum();
        let all: usize = self
            .leaves
            .iter()
            .map(|leaf| match shapes.places[*leaf].step {
                Step::Item => shapes.places[*leaf].found.len(),
                _ => shapes.texts(*leaf).count(),
            })
            .sum();
        all > 0 && names as f64 >= all as f64 * NAMES_MIN
    }

    /// How much its name says that it has that role.
    pub fn weight(&self, role: Role) -> u32 {
        words::weight(self.path.iter().chain(&self.of_items).copied(), role)
    }

    /// The name of its one field.
    pub fn field(&self) -> Option<&'c str> {
        match (&self.path[..], &self.of_items[..]) {
            ([name], []) => Some(name),
            _ => None,
        }
    }

    /// Whether it stands in, or is, the same field of the record.
    pub fn meets(&self, other: &Slot<'c>) -> bool {
        self.path.first() == other.path.first()
    }

    /// Where it stands first.
    pub fn place(&self) -> PlaceId {
        self.leaves[0]
    }
}

fn look<'c>(
    shapes: &Shapes<'c>,
    place: PlaceId,
    path: &mut Vec<&'c str>,
    slots: &mut Vec<Slot<'c>>,
) {
    let item = shapes.child(place, Step::Item);
    let texts = |place: &PlaceId| shapes.texts(*place).next().is_some();
    let one = Some(place).filter(texts);
    let many = item.filter(texts);
    if one.is_some() || many.is_some() {
        let found = shapes.places[place].found.iter();
        slots.push(Slot {
            path: path.clone(),
            of_items: Vec::new(),
            forms: Forms {
                one: one.is_some(),
                many: many.is_some(),
            },
            leaves: one.into_iter().chain(many).collect(),
            present: found.filter(|found| !is_nothing(found.value)).count(),
        });
    }
    if path.len() == DEPTH_MAX {
        return;
    }
    for (name, field) in shapes.fields(place) {
        path.push(name);
        look(shapes, field, path, slots);
        path.pop();
    }
    if let Some(item) = item.filter(|_| !path.is_empty()) {
        of_items(shapes, place, item, path, slots);
    }
}

/// `destinations: [{name: a}, {name: b}]`
fn of_items<'c>(
    shapes: &Shapes<'c>,
    list: PlaceId,
    item: PlaceId,
    path: &[&'c str],
    slots: &mut Vec<Slot<'c>>,
) {
    let mut inner = Vec::new();
    for (name, field) in shapes.fields(item) {
        look(shapes, field, &mut vec![name], &mut inner);
    }
    let lists = &shapes.places[list].found;
    for slot in inner {
        let one = slot.forms
            == (Forms {
                one: true,
                many: false,
            });
        if slot.of_items.is_empty() && slot.path.len() == 1 && one {
            let name = slot.path[0];
            slots.push(Slot {
                path: path.to_vec(),
                of_items: slot.path,
                forms: Forms {
                    one: false,
                    many: true,
                },
                leaves: slot.leaves,
                present: lists.iter().filter(|found| says(found.value, name)).count(),
            });
        }
    }
}

/// Whether a map in the list has that field.
fn says(list: &Value, name: &str) -> bool {
    let has = |value: &Value| matches!(&value.data, Data::Map(map) if map.contains_key(name));
    matches!(&list.data, Data::List(items) if items.iter().any(has))
}

/// null, or an empty list or map.
fn is_nothing(value: &Value) -> bool {
    match &value.data {
        Data::Null => true,
        Data::List(list) => list.is_empty(),
        Data::Map(map) => map.is_empty(),
        _ => false,
    }
}
