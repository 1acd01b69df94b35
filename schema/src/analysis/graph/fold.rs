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

use std::collections::{BTreeMap, HashSet};

use super::group::{self, Names, Title};
use super::map::{Change, Link, Map, Source, SourceKind, Way};
use super::view::{Index, Room};

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
            changed: members
                .iter()
                .any(|at| map.sources[*at].change != Change::Same),
            members,
            folded,
        }
    }

    /// One line for all of these.
    fn together(map: &Map, bundles: Vec<Bundle>) -> Bundle {
        let members = bundles.into_iter().flat_map(|b| b.members).collect();
        Bundle::new(map, members, true)
    }

    /// How many edges begin here.
    fn edges(&self, map: &Map, nodes: &Index) -> usize {
        ends(map, nodes, &self.members)
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
        self.bundles = vec![Bundle::together(map, std::mem::take(&mut self.bundles))];
        self.settle();
    }

    /// Leaves at least so many lines fewer than there are, and those boxes that have the most
    /// names.
    fn shrink(&mut self, map: &Map, fewer: usize) {
        let stay = (self.rows() - 1).saturating_sub(fewer + 1);
        if stay < FEW {
            return self.fold(map);
        }
        let mut by_size: Vec<usize> = (0..self.bundles.len()).collect();
        by_size.sort_by_key(|at| {
            let bundle = &self.bundles[*at];
            (!bundle.changed, usize::MAX - bundle.members.len())
        });
        let mut stays = vec![false; self.bundles.len()];
        let mut rows = 0;
        for at in by_size {
            // Everything was folded before, if it could be: a box is one line.
            rows += self.bundles[at].rows();
            stays[at] = rows <= stay;
        }
        let bundles = std::mem::take(&mut self.bundles).into_iter().zip(stays);
        let (stay, rest): (Vec<_>, Vec<_>) = bundles.partition(|(_, stays)| *stays);
        self.bundles = stay.into_iter().map(|(bundle, _)| bundle).collect();
        let rest: Vec<Bundle> = rest.into_iter().map(|(bundle, _)| bundle).collect();
        if !rest.is_empty() {
            self.bundles.push(Bundle::together(map, rest));
        }
    }

    fn edges(&self, map: &Map, nodes: &Index) -> usize {
        self.bundles.iter().map(|b| b.edges(map, nodes)).sum()
    }

    /// How many edges it would have as one line.
    fn edges_folded(&self, map: &Map, nodes: &Index) -> usize {
        let members = self.bundles.iter().flat_map(|b| &b.members);
        ends(map, nodes, members)
    }

    /// A group of one line needs no heading.
    fn settle(&mut self) {
        self.folded = matches!(self.bundles.as_slice(), [one] if one.folded);
    }
}

/// A group with more names is parted, while there is room.
const MANY: usize = 24;
/// A group of which fewer lines would stay becomes one.
const FEW: usize = 4;

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

/// How many edges these sources have, if they share a box.
fn ends<'m>(map: &'m Map, nodes: &Index, members: impl IntoIterator<Item = &'m usize>) -> usize {
    let links = members.into_iter().flat_map(|at| &map.sources[*at].links);
    let ends: HashSet<_> = links.filter_map(|link| nodes.edge(link)).collect();
    ends.len()
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
