//! What gets a line of its own, and what is folded so that a picture stays a picture.
//!
//! There is room for so many lines, headings included, and for so many edges. While there
//! are more, in this order, and always the largest first:
//!
//! 1. names with the same answer become one line;
//! 2. groups are made larger (a group is parted only if it has an eighth of all names), and
//!    each becomes one line, `prefix.* (37 events)`, with one edge to each consumer; if that
//!    is more than there is need, its largest boxes stay and the rest of it is one line;
//! 3. the groups with the fewest names become one line together.
//!
//! In a comparison, what does not change is one line in each group from the start, and what
//! changes is folded last.

mod part;

use std::collections::BTreeMap;

use super::group::{self, Names, Title};
use super::map::{Change, Link, Map, Source, SourceKind, Way};
use super::view::{Index, Room};

pub use part::{Bundle, Part};

/// A group with more names is parted, while there is room.
const MANY: usize = 24;

/// The left side of a picture with so much room, and with these nodes on the right.
pub fn parts(map: &Map, nodes: &Index, room: Room) -> Vec<Part> {
    let fine = grouped(map, MANY, room.sources);
    if rows(&fine) <= room.sources && edges(map, nodes, &fine) <= room.edges {
        return fine;
    }
    let mut parts = grouped(map, MANY.max(map.sources.len() / 8), room.sources);
    fold_parts(map, nodes, &mut parts, room);
    join_parts(map, parts, room.sources)
}

/// Groups, and bundles folded as far as there is need.
fn grouped(map: &Map, many: usize, room: usize) -> Vec<Part> {
    let mut parts: Vec<Part> = group::groups(&map.sources, many)
        .into_iter()
        .map(|names| part(map, names))
        .collect();
    fold_bundles(&mut parts, room);
    parts
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
        bundles
            .entry(key(map, &map.sources[at]))
            .or_default()
            .push(at);
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
    let bundles = bundles
        .into_iter()
        .map(|(key, members)| {
            let folded = quiet(&key, &members);
            Bundle::new(map, members, folded)
        })
        .collect();
    let mut part = Part {
        title: names.title,
        folded: false,
        bundles,
    };
    part.settle();
    part
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

fn edges(map: &Map, nodes: &Index, parts: &[Part]) -> usize {
    parts.iter().map(|part| part.edges(map, nodes)).sum()
}

fn fold_bundles(parts: &mut [Part], room: usize) {
    let mut rows = rows(parts);
    let bundles = |(at, part): (usize, &Part)| {
        (0..part.bundles.len())
            .map(move |b| (at, b))
            .collect::<Vec<_>>()
    };
    let mut all: Vec<(usize, usize)> = parts.iter().enumerate().flat_map(bundles).collect();
    all.sort_by_key(|(part, bundle)| {
        let bundle = &parts[*part].bundles[*bundle];
        (bundle.changed, usize::MAX - bundle.rows())
    });
    for (part, bundle) in all {
        if rows <= room {
            return;
        }
        let part = &mut parts[part];
        let before = part.rows();
        part.bundles[bundle].folded = part.bundles[bundle].members.len() > 1;
        part.settle();
        rows -= before - part.rows();
    }
}

fn fold_parts(map: &Map, nodes: &Index, parts: &mut [Part], room: Room) {
    let (mut rows, mut all) = (rows(parts), edges(map, nodes, parts));
    let foldable = parts.iter_mut().filter(|part| part.names() > 1);
    let mut by_size: Vec<(usize, &mut Part)> = foldable
        .map(|part| (part.edges(map, nodes), part))
        .collect();
    by_size.sort_by_key(|(edges, part)| (part.changed(), usize::MAX - edges - part.rows()));
    for (edges, part) in by_size {
        if rows <= room.sources && all <= room.edges {
            return;
        }
        // If each of its names goes elsewhere, there is nothing to win.
        if rows <= room.sources && part.edges_folded(map, nodes) == edges {
            continue;
        }
        // To lose an edge, about as much of the part has to go.
        let much = all.saturating_sub(room.edges) * part.rows() / edges.max(1);
        let before = part.rows();
        part.shrink(map, much.max(rows.saturating_sub(room.sources)));
        rows -= before - part.rows();
        all = all + part.edges(map, nodes) - edges;
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
