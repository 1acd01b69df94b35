//! What gets a line of its own, and what is folded so that a picture stays a picture.
//!
//! The room is a number of lines, headings included. While there are more, in this order,
//! and always the largest first:
//!
//! 1. names with the same answer become one line;
//! 2. a group becomes one line, `prefix.* (37 events)`, with one edge to each consumer;
//! 3. the groups with the fewest names become one line together.
//!
//! In a comparison, what does not change is one line in each group from the start, and what
//! changes is folded last.

use std::collections::BTreeMap;

use super::group::{self, Names, Title};
use super::map::{Change, Link, Map, Source, SourceKind, Way};

/// A group of names.
pub struct Part {
    /// What they have in common.
    pub title: Title,
    /// Whether it is one line; then there is one bundle.
    pub folded: bool,
    /// Names with the same answer.
    pub bundles: Vec<Bundle>,
}

/// Names that share an answer, or a line.
pub struct Bundle {
    /// Positions in the map, in the order of their lines.
    pub members: Vec<usize>,
    /// Whether they are one line.
    pub folded: bool,
    /// Whether the new table changes any of them.
    changed: bool,
}

impl Bundle {
    fn new(map: &Map, members: Vec<usize>, folded: bool) -> Bundle {
        Bundle {
            changed: members.iter().any(|at| map.sources[*at].change != Change::Same),
            members,
            folded,
        }
    }

    fn rows(&self) -> usize {
        match self.folded {
            true => 1,
            false => self.members.len(),
        }
    }
}

impl Part {
    fn rows(&self) -> usize {
        match self.folded {
            true => 1,
            false => 1 + self.bundles.iter().map(Bundle::rows).sum::<usize>(),
        }
    }

    fn names(&self) -> usize {
        self.bundles.iter().map(|b| b.members.len()).sum()
    }

    fn changed(&self) -> bool {
        self.bundles.iter().any(|b| b.changed)
    }

    /// Makes it one line, which stands for all of its names.
    fn fold(&mut self, map: &Map) {
        let members = self.bundles.drain(..).flat_map(|b| b.members).collect();
        self.bundles = vec![Bundle::new(map, members, true)];
        self.folded = true;
    }
}

/// The left side of a picture with so many lines.
pub fn parts(map: &Map, room: usize) -> Vec<Part> {
    let mut parts: Vec<Part> = group::groups(&map.sources)
        .into_iter()
        .map(|names| part(map, names))
        .collect();
    fold_bundles(&mut parts, room);
    fold_parts(map, &mut parts, room);
    join_parts(map, parts, room)
}

/// What makes names share a box.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'m> {
    unchanged: bool,
    class: Class,
    change: Change,
    links: &'m [Link],
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Own,
    Pattern,
    Fallback,
    Off,
}

fn part(map: &Map, names: Names) -> Part {
    let mut bundles: BTreeMap<Key<'_>, Vec<usize>> = BTreeMap::new();
    for at in names.sources {
        bundles.entry(key(map, &map.sources[at])).or_default().push(at);
    }
    let mut bundles: Vec<(Key<'_>, Vec<usize>)> = bundles.into_iter().collect();
    for (_, members) in &mut bundles {
        members.sort_by_key(|at| beneath(&map.sources[*at]));
    }
    // What changes comes first, then by name; a box of patterns after events.
    bundles.sort_by(|(a, a_members), (b, b_members)| {
        (a.unchanged, &a.class, a_members[0]).cmp(&(b.unchanged, &b.class, b_members[0]))
    });
    let quiet = |key: &Key<'_>, members: &[usize]| key.unchanged && members.len() > 1;
    Part {
        title: names.title,
        folded: false,
        bundles: bundles
            .into_iter()
            .map(|(key, members)| {
                let folded = quiet(&key, &members);
                Bundle::new(map, members, folded)
            })
            .collect(),
    }
}

fn key<'m>(map: &Map, source: &'m Source) -> Key<'m> {
    if map.compared && source.change == Change::Same {
        return Key {
            unchanged: true,
            class: Class::Own,
            change: Change::Same,
            links: &[],
        };
    }
    Key {
        unchanged: false,
        class: match (source.kind, &source.way) {
            (SourceKind::Pattern, Way::Nothing) => Class::Off,
            (SourceKind::Pattern, _) | (_, Way::Pattern(_)) => Class::Pattern,
            (_, Way::Own) => Class::Own,
            (_, Way::Fallback | Way::Nothing) => Class::Fallback,
        },
        change: source.change,
        links: &source.links,
    }
}

/// Puts a pattern before the events that it answers for.
fn beneath(source: &Source) -> (&str, bool, &str) {
    match &source.way {
        Way::Pattern(pattern) => (pattern, true, &source.name),
        _ => (&source.name, false, ""),
    }
}

fn rows(parts: &[Part]) -> usize {
    parts.iter().map(Part::rows).sum()
}

fn fold_bundles(parts: &mut [Part], room: usize) {
    let mut rows = rows(parts);
    let mut bundles: Vec<&mut Bundle> = parts.iter_mut().flat_map(|p| &mut p.bundles).collect();
    bundles.sort_by_key(|bundle| (bundle.changed, usize::MAX - bundle.rows()));
    for bundle in bundles {
        if rows <= room {
            return;
        }
        rows -= bundle.rows() - 1;
        bundle.folded = bundle.members.len() > 1;
    }
}

fn fold_parts(map: &Map, parts: &mut [Part], room: usize) {
    let mut rows = rows(parts);
    let mut by_size: Vec<&mut Part> = parts.iter_mut().collect();
    by_size.sort_by_key(|part| (part.changed(), usize::MAX - part.rows()));
    for part in by_size {
        if rows <= room {
            return;
        }
        rows -= part.rows() - 1;
        part.fold(map);
    }
}

fn join_parts(map: &Map, mut parts: Vec<Part>, room: usize) -> Vec<Part> {
    let room = room.max(1);
    if parts.len() <= room {
        return parts;
    }
    // The order in which they were found is kept among those that stay.
    let mut by_names: Vec<usize> = (0..parts.len()).collect();
    by_names.sort_by_key(|at| (!parts[*at].changed(), usize::MAX - parts[*at].names()));
    let mut stays = vec![false; parts.len()];
    for at in by_names.into_iter().take(room - 1) {
        stays[at] = true;
    }
    let mut rest = Part {
        title: Title::Others,
        folded: false,
        bundles: Vec::new(),
    };
    let mut stays = stays.into_iter();
    parts.retain_mut(|part| {
        let stays = stays.next().unwrap_or(true);
        if !stays {
            rest.bundles.append(&mut part.bundles);
        }
        stays
    });
    rest.fold(map);
    parts.push(rest);
    parts
}
