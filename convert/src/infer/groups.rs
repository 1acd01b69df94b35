//! Kinds of documents: those that say one (`kind:`), and those that share a key.

use std::collections::{BTreeSet, HashMap};

use crate::document::Corpus;
use crate::value::{Data, Value};

use super::dictionary;

/// Documents that are read alike.
#[derive(Debug, Default)]
pub struct Group {
    /// What they say of themselves.
    pub kind: Option<String>,
    /// Their `apiVersion`s.
    pub versions: BTreeSet<String>,
    /// Which.
    pub documents: Vec<usize>,
}

/// Each document is in one group.
pub fn groups(corpus: &Corpus) -> Vec<Group> {
    let mut sets = Sets::default();
    let mut first: HashMap<Token<'_>, usize> = HashMap::new();
    for (at, document) in corpus.documents.iter().enumerate() {
        sets.parents.push(at);
        for token in tokens(&document.root) {
            let other = *first.entry(token).or_insert(at);
            sets.join(other, at);
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut of: HashMap<usize, usize> = HashMap::new();
    for (at, document) in corpus.documents.iter().enumerate() {
        let number = *of.entry(sets.find(at)).or_insert_with(|| {
            groups.push(Group {
                kind: text(&document.root, "kind").map(str::to_owned),
                ..Group::default()
            });
            groups.len() - 1
        });
        let group = &mut groups[number];
        group.documents.push(at);
        group
            .versions
            .extend(text(&document.root, "apiVersion").map(str::to_owned));
    }
    groups
}

/// What documents share that are of one group.
#[derive(PartialEq, Eq, Hash)]
enum Token<'v> {
    Kind(&'v str),
    Key(&'v str),
    /// Of the items of a list.
    Item(&'v str),
    /// Of the values of a map whose own keys are names.
    Entry(&'v str),
    Other,
}

fn tokens(root: &Value) -> Vec<Token<'_>> {
    if let Some(kind) = text(root, "kind") {
        return vec![Token::Kind(kind)];
    }
    match &root.data {
        Data::Map(map) if dictionary::is_dictionary(&[map], None) => {
            let inner = map.values().filter_map(|entry| match &entry.value.data {
                Data::Map(map) => Some(map),
                _ => None,
            });
            let tokens: Vec<_> = inner
                .flat_map(|map| map.keys())
                .map(|key| Token::Entry(key))
                .collect();
            match tokens.is_empty() {
                true => vec![Token::Entry("")],
                false => tokens,
            }
        }
        Data::Map(map) => {
            let keys = map.keys().map(|key| Token::Key(key));
            // `billing: {routes: ..}` in one file, `mails: {routes: ..}` in the next
            let only = map.values().next().filter(|_| map.len() == 1);
            let inner = only.and_then(|entry| match &entry.value.data {
                Data::Map(map) => Some(map.keys()),
                _ => None,
            });
            keys.chain(inner.into_iter().flatten().map(|key| Token::Entry(key)))
                .collect()
        }
        Data::List(items) => {
            let maps = items.iter().filter_map(|item| match &item.data {
                Data::Map(map) => Some(map),
                _ => None,
            });
            maps.flat_map(|map| map.keys())
                .map(|key| Token::Item(key))
                .collect()
        }
        _ => vec![Token::Other],
    }
}

fn text<'v>(root: &'v Value, key: &str) -> Option<&'v str> {
    match &root.data {
        Data::Map(map) => map.get(key)?.value.as_text(),
        _ => None,
    }
}

/// Disjoint sets.
#[derive(Default)]
struct Sets {
    parents: Vec<usize>,
}

impl Sets {
    fn find(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.parents[a.max(b)] = a.min(b);
    }
}
