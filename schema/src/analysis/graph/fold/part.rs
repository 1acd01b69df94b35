//! Groups of names, and the bundles in them: how many lines and edges they have, and how they
//! become fewer.

use std::collections::HashSet;

use super::super::group::Title;
use super::super::map::{Change, Map};
use super::super::view::Index;

/// A group of which fewer lines would stay becomes one.
const FEW: usize = 4;

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
    pub changed: bool,
}

impl Bundle {
    pub fn new(map: &Map, members: Vec<usize>, folded: bool) -> Bundle {
        Bundle {
            changed: members
                .iter()
                .any(|at| map.sources[*at].change != Change::Same),
            members,
            folded,
        }
    }

    /// One line for all of these.
    pub fn together(map: &Map, bundles: Vec<Bundle>) -> Bundle {
        let members = bundles.into_iter().flat_map(|b| b.members).collect();
        Bundle::new(map, members, true)
    }

    /// How many edges begin here.
    pub fn edges(&self, map: &Map, nodes: &Index) -> usize {
        ends(map, nodes, &self.members)
    }

    pub fn rows(&self) -> usize {
        match self.folded {
            true => 1,
            false => self.members.len(),
        }
    }
}

impl Part {
    pub fn rows(&self) -> usize {
        match self.folded {
            true => 1,
            false => 1 + self.bundles.iter().map(Bundle::rows).sum::<usize>(),
        }
    }

    pub fn names(&self) -> usize {
        self.bundles.iter().map(|b| b.members.len()).sum()
    }

    pub fn changed(&self) -> bool {
        self.bundles.iter().any(|b| b.changed)
    }

    /// Makes it one line, which stands for all of its names.
    pub fn fold(&mut self, map: &Map) {
        self.bundles = vec![Bundle::together(map, std::mem::take(&mut self.bundles))];
        self.settle();
    }

    /// Leaves at least so many lines fewer than there are, and those boxes that have the most
    /// names.
    pub fn shrink(&mut self, map: &Map, fewer: usize) {
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

    pub fn edges(&self, map: &Map, nodes: &Index) -> usize {
        self.bundles.iter().map(|b| b.edges(map, nodes)).sum()
    }

    /// How many edges it would have as one line.
    pub fn edges_folded(&self, map: &Map, nodes: &Index) -> usize {
        let members = self.bundles.iter().flat_map(|b| &b.members);
        ends(map, nodes, members)
    }

    /// A group of one line needs no heading.
    pub fn settle(&mut self) {
        self.folded = matches!(self.bundles.as_slice(), [one] if one.folded);
    }
}

/// How many edges these sources have, if they share a box.
fn ends<'m>(map: &'m Map, nodes: &Index, members: impl IntoIterator<Item = &'m usize>) -> usize {
    let links = members.into_iter().flat_map(|at| &map.sources[*at].links);
    let ends: HashSet<_> = links.filter_map(|link| nodes.edge(link)).collect();
    ends.len()
}
