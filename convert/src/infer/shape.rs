//! The shape of a tree: its paths, over all documents of a group, where all items of a
//! list are one place (`.a[]`), and all entries of a dictionary (`.a.*`).
//!
//! Each value is looked at once where it stands, and once by the map that holds it.

use indexmap::IndexMap;

use crate::document::Corpus;
use crate::trace::{NodeId, Origin, Trace};
use crate::value::{Data, Map, Value};

use super::dictionary;
use super::groups::Group;
use super::quote;

/// The number of a place.
pub type PlaceId = usize;

/// How a place is reached from the one that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'c> {
    /// A document.
    Root,
    /// `.key`
    Field(&'c str),
    /// Any key of a dictionary.
    Entry,
    /// Any item of a list.
    Item,
}

/// A value that stands at a place.
#[derive(Clone, Copy, Debug)]
pub struct Found<'c> {
    /// It.
    pub value: &'c Value,
    /// Its key, in a map.
    pub key: Option<(&'c str, Origin)>,
    /// The document that it is in.
    pub document: usize,
}

/// A place, and all that stands there.
#[derive(Debug)]
pub struct Place<'c> {
    /// What holds it.
    pub parent: PlaceId,
    /// How it is reached from there.
    pub step: Step<'c>,
    /// The group of its documents.
    pub group: usize,
    /// The values.
    pub found: Vec<Found<'c>>,
    /// The places in it.
    pub children: Vec<PlaceId>,
}

/// All places; a place stands before those in it.
#[derive(Debug)]
pub struct Shapes<'c> {
    /// The files.
    pub corpus: &'c Corpus,
    /// Kinds of documents.
    pub groups: &'c [Group],
    /// Places.
    pub places: Vec<Place<'c>>,
    trace: Trace,
}

impl<'c> Shapes<'c> {
    /// Of all documents.
    pub fn of(corpus: &'c Corpus, groups: &'c [Group]) -> Shapes<'c> {
        let mut shapes = Shapes {
            corpus,
            groups,
            places: Vec::new(),
            trace: Trace::new(corpus.nodes.len()),
        };
        for (number, group) in groups.iter().enumerate() {
            let found = group.documents.iter().map(|document| Found {
                value: &corpus.documents[*document].root,
                key: None,
                document: *document,
            });
            let root = shapes.places.len();
            let root = Place {
                parent: root,
                step: Step::Root,
                group: number,
                found: found.collect(),
                children: Vec::new(),
            };
            shapes.add(root);
        }
        shapes
    }

    fn add(&mut self, place: Place<'c>) -> PlaceId {
        let number = self.places.len();
        let group = place.group;
        let called = match place.step {
            Step::Field(name) => Some(name),
            _ => None,
        };
        let inner = inner(&place.found, called);
        self.places.push(place);
        for (step, found) in inner {
            let child = self.add(Place {
                parent: number,
                step,
                group,
                found,
                children: Vec::new(),
            });
            self.places[number].children.push(child);
        }
        number
    }

    /// The place in it that a step leads to.
    pub fn child(&self, place: PlaceId, step: Step<'_>) -> Option<PlaceId> {
        let mut children = self.places[place].children.iter().copied();
        children.find(|child| self.places[*child].step == step)
    }

    /// The fields in it.
    pub fn fields(&self, place: PlaceId) -> impl Iterator<Item = (&'c str, PlaceId)> + '_ {
        self.places[place]
            .children
            .iter()
            .filter_map(|child| match self.places[*child].step {
                Step::Field(name) => Some((name, *child)),
                _ => None,
            })
    }

    /// The places that lead to it, from a document on.
    pub fn way(&self, mut place: PlaceId) -> Vec<PlaceId> {
        let mut way = vec![place];
        while self.places[place].step != Step::Root {
            place = self.places[place].parent;
            way.push(place);
        }
        way.reverse();
        way
    }

    /// The texts that stand there.
    pub fn texts(&self, place: PlaceId) -> impl Iterator<Item = (&'c str, usize)> + '_ {
        let found = self.places[place].found.iter();
        found.filter_map(|found| Some((found.value.as_text()?, found.document)))
    }

    /// Its path, for people: `.a[].b.*`.
    pub fn path(&self, place: PlaceId) -> String {
        let mut path = String::new();
        for place in self.way(place) {
            match self.places[place].step {
                Step::Root => {}
                Step::Field(name) => path.push_str(&quote::plain(&quote::field(name))),
                Step::Entry => path.push_str(".*"),
                Step::Item if path.is_empty() => path.push_str(".[]"),
                Step::Item => path.push_str("[]"),
            }
        }
        let kind = self.groups[self.places[place].group].kind.as_deref();
        let kind = kind.map_or(String::new(), |kind| {
            format!(" of kind {}", quote::shown(kind))
        });
        match path.is_empty() {
            true => format!("`.`{kind}"),
            false => format!("`{path}`{kind}"),
        }
    }

    /// `file:line` of the first value there.
    pub fn first(&self, place: PlaceId) -> String {
        self.places[place]
            .found
            .first()
            .map_or_else(String::new, |found| self.line(found))
    }

    /// `file:line` of a value.
    pub fn line(&self, found: &Found<'c>) -> String {
        let key = found.key.map(|(_, origin)| origin);
        let origin = key
            .filter(|origin| *origin != Origin::NOWHERE)
            .or_else(|| begins(found.value));
        let node: Option<NodeId> =
            origin.and_then(|origin| self.trace.nodes([origin]).first().copied());
        let corpus = self.corpus;
        match node {
            Some(node) => {
                let span = corpus.nodes[node as usize].span;
                let (line, _) = corpus.sources.line_column(span);
                format!("{}:{line}", quote::path(corpus.sources.name(span.file)))
            }
            None => format!(
                "{}:1",
                quote::path(corpus.sources.name(corpus.documents[found.document].file))
            ),
        }
    }
}

/// What stands in those values, by the step that leads there.
fn inner<'c>(found: &[Found<'c>], called: Option<&str>) -> Vec<(Step<'c>, Vec<Found<'c>>)> {
    let maps: Vec<&Map> = found
        .iter()
        .filter_map(|found| match &found.value.data {
            Data::Map(map) => Some(&**map),
            _ => None,
        })
        .collect();
    let names = !maps.is_empty() && dictionary::is_dictionary(&maps, called);
    let mut fields: IndexMap<&str, Vec<Found<'c>>> = IndexMap::new();
    let (mut entries, mut items) = (Vec::new(), Vec::new());
    for outer in found {
        let document = outer.document;
        match &outer.value.data {
            Data::Map(map) => {
                for (key, entry) in map.iter() {
                    let found = Found {
                        value: &entry.value,
                        key: Some((key, entry.key)),
                        document,
                    };
                    match names {
                        true => entries.push(found),
                        false => fields.entry(key).or_default().push(found),
                    }
                }
            }
            Data::List(list) => items.extend(list.iter().map(|value| Found {
                value,
                key: None,
                document,
            })),
            _ => {}
        }
    }
    let fields = fields
        .into_iter()
        .map(|(key, found)| (Step::Field(key), found));
    let others = [(Step::Entry, entries), (Step::Item, items)];
    fields
        .chain(others)
        .filter(|(_, found)| !found.is_empty())
        .collect()
}

/// What a value begins with.
fn begins(value: &Value) -> Option<Origin> {
    match &value.data {
        _ if value.from != Origin::NOWHERE => Some(value.from),
        Data::Map(map) => map.values().next().map(|entry| entry.key),
        Data::List(items) => items.first().and_then(begins),
        _ => None,
    }
}
