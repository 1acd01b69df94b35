//! Which names stand together: those that share their first segments.
//!
//! A group of too many names is parted by one more segment, wherever at least [`FEW`] of its
//! names go on alike; a prefix that all of a group share is no parting but a longer title. Names that would be alone stand together as `others`, and patterns that
//! begin with `*` as `any`.

use std::collections::BTreeMap;

use super::map::{Source, SourceKind};

/// A part has at least so many names.
const FEW: usize = 3;

/// Names that stand together.
pub struct Names {
    /// The segments that they share, or a word for why they stand together.
    pub title: Title,
    /// Positions in the map.
    pub sources: Vec<usize>,
}

/// What a group is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Title {
    /// Their names begin with this.
    Prefix(String),
    /// Each begins in its own way.
    Others,
    /// Patterns that may meet a name of any prefix.
    Any,
    /// The fallback.
    Fallback,
}

/// The groups, by prefix; then what has none. A group of more than `many` names is parted.
pub fn groups(sources: &[Source], many: usize) -> Vec<Names> {
    let mut rest: BTreeMap<Title, Vec<usize>> = BTreeMap::new();
    let mut first: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, source) in sources.iter().enumerate() {
        match (source.kind, segment(source, 0)) {
            (SourceKind::Fallback, _) => rest.entry(Title::Fallback).or_default().push(at),
            (_, None) => rest.entry(Title::Any).or_default().push(at),
            (_, Some(segment)) => first.entry(segment).or_default().push(at),
        }
    }
    let alone = first.values().filter(|names| names.len() == 1).count();
    let mut done = Vec::new();
    for (prefix, names) in first {
        match names.as_slice() {
            [one] if alone > 1 => rest.entry(Title::Others).or_default().push(*one),
            _ => part(sources, many, prefix.to_owned(), 1, names, &mut done),
        }
    }
    done.extend(
        rest.into_iter()
            .map(|(title, sources)| Names { title, sources }),
    );
    done.sort_by(|a, b| a.title.cmp(&b.title));
    done
}

/// Parts a group whose names share `depth` segments.
fn part(
    sources: &[Source],
    many: usize,
    mut prefix: String,
    mut depth: usize,
    mut names: Vec<usize>,
    done: &mut Vec<Names>,
) {
    while names.len() > many {
        let mut by_next: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        for at in &names {
            by_next
                .entry(segment(&sources[*at], depth))
                .or_default()
                .push(*at);
        }
        if let (1, Some((Some(next), _))) = (by_next.len(), by_next.first_key_value()) {
            prefix = format!("{prefix}.{next}");
            depth += 1;
            continue;
        }
        let mut left = Vec::new();
        for (next, some) in by_next {
            match next {
                Some(next) if some.len() >= FEW => {
                    let prefix = format!("{prefix}.{next}");
                    part(sources, many, prefix, depth + 1, some, done);
                }
                _ => left.extend(some),
            }
        }
        left.sort_unstable();
        names = left;
        break;
    }
    if !names.is_empty() {
        done.push(Names {
            title: Title::Prefix(prefix),
            sources: names,
        });
    }
}

/// The segment at that depth, if all segments up to it are literal.
fn segment(source: &Source, depth: usize) -> Option<&str> {
    let mut literal = source
        .name
        .split('.')
        .take_while(|s| *s != "*" && *s != "**");
    literal.nth(depth)
}
