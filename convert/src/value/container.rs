//! Lists and maps. Each knows how deep it is, and remembers what all of it depends on:
//! the same document is asked for that by every result that quotes it.

use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;

use indexmap::IndexMap;

use super::Value;
use crate::trace::{Origin, Trace};

/// A list.
#[derive(Clone, Debug, Default)]
pub struct List {
    items: Vec<Value>,
    about: About,
}

/// A map in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: IndexMap<Rc<str>, Entry>,
    about: About,
}

/// What stands behind a key.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The value.
    pub value: Value,
    /// The node of the key.
    pub key: Origin,
}

#[derive(Clone, Debug, Default)]
struct About {
    /// At least the true depth: it does not shrink when something is taken out.
    depth: u16,
    /// The trace that was asked, and its answer.
    deep: Cell<Option<(u32, Origin)>>,
}

impl About {
    /// Something else is in it now.
    fn changed(&mut self, holds: &Value) {
        self.depth = self.depth.max(holds.data.depth().saturating_add(1));
        self.deep.set(None);
    }

    fn deep(&self, trace: &Trace, join: impl FnOnce() -> Origin) -> Origin {
        match self.deep.get().filter(|(id, _)| *id == trace.id()) {
            Some((_, known)) => known,
            None => {
                let all = join();
                self.deep.set(Some((trace.id(), all)));
                all
            }
        }
    }
}

impl List {
    /// How many lists and maps are within each other, with this one.
    pub fn depth(&self) -> u16 {
        self.about.depth.max(1)
    }

    /// What its elements depend on.
    pub fn deep(&self, trace: &Trace) -> Origin {
        self.about.deep(trace, || {
            let parts = self.items.iter().map(|value| value.deep(trace));
            parts.fold(Origin::NOWHERE, |all, part| trace.join(all, part))
        })
    }

    /// Adds an element.
    pub fn push(&mut self, value: Value) {
        self.about.changed(&value);
        self.items.push(value);
    }

    /// Puts a value where another stood.
    pub fn set(&mut self, at: usize, value: Value) {
        self.about.changed(&value);
        self.items[at] = value;
    }

    /// Takes a value out, to be put back changed.
    pub fn take(&mut self, at: usize) -> Value {
        self.about.deep.set(None);
        std::mem::replace(&mut self.items[at], super::Data::Null.into())
    }

    /// Keeps those elements of which the position is told to stay.
    pub fn retain(&mut self, mut stays: impl FnMut(usize) -> bool) {
        self.about.deep.set(None);
        let mut at = 0;
        self.items.retain(|_| {
            at += 1;
            stays(at - 1)
        });
    }

    /// The elements.
    pub fn into_vec(self) -> Vec<Value> {
        self.items
    }
}

impl From<Vec<Value>> for List {
    fn from(items: Vec<Value>) -> List {
        let depth = items.iter().map(|value| value.data.depth()).max();
        let about = About {
            depth: depth.unwrap_or(0).saturating_add(1),
            deep: Cell::new(None),
        };
        List { items, about }
    }
}

impl Extend<Value> for List {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

impl Map {
    /// Without entries.
    pub fn new() -> Map {
        Map::default()
    }

    /// How many lists and maps are within each other, with this one.
    pub fn depth(&self) -> u16 {
        self.about.depth.max(1)
    }

    /// What its keys and values depend on.
    pub fn deep(&self, trace: &Trace) -> Origin {
        self.about.deep(trace, || {
            let parts = self.entries.values();
            parts.fold(Origin::NOWHERE, |all, entry| {
                trace.join(trace.join(all, entry.key), entry.value.deep(trace))
            })
        })
    }

    /// Puts an entry where it stood, or at the end. What was there.
    pub fn insert(&mut self, key: Rc<str>, entry: Entry) -> Option<Entry> {
        self.about.changed(&entry.value);
        self.entries.insert(key, entry)
    }

    /// Takes a value out, to be put back changed.
    pub fn take(&mut self, key: &str) -> Option<Entry> {
        self.about.deep.set(None);
        let entry = self.entries.get_mut(key)?;
        let value = std::mem::replace(&mut entry.value, super::Data::Null.into());
        Some(Entry {
            value,
            key: entry.key,
        })
    }

    /// Keeps those entries of which the position is told to stay.
    pub fn retain(&mut self, mut stays: impl FnMut(usize) -> bool) {
        self.about.deep.set(None);
        let mut at = 0;
        self.entries.retain(|_, _| {
            at += 1;
            stays(at - 1)
        });
    }

    /// Gives back memory that was set aside for more entries.
    pub fn shrink(&mut self) {
        self.entries.shrink_to_fit();
    }
}

impl Deref for Map {
    type Target = IndexMap<Rc<str>, Entry>;

    fn deref(&self) -> &IndexMap<Rc<str>, Entry> {
        &self.entries
    }
}

impl FromIterator<(Rc<str>, Entry)> for Map {
    fn from_iter<I: IntoIterator<Item = (Rc<str>, Entry)>>(entries: I) -> Map {
        let mut map = Map::new();
        entries.into_iter().for_each(|(key, entry)| {
            map.insert(key, entry);
        });
        map
    }
}
