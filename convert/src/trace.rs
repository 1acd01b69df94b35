//! Where a value came from: sets of nodes, as handles that cost nothing to copy.
//!
//! A mapping joins such sets at each step, a hundred times more often than anybody looks
//! at one. So a join is a pair in an arena, and is only taken apart in the end.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};

/// The number of a node: a key or a leaf of one of the files.
pub type NodeId = u32;

/// A set of nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin(u32);

impl Origin {
    /// No node: a literal of the mapping.
    pub const NOWHERE: Origin = Origin(0);

    /// Just that node.
    pub fn node(node: NodeId) -> Origin {
        Origin(node + 1)
    }
}

/// The sets of one run.
#[derive(Debug)]
pub struct Trace {
    /// Which run: values remember sets of theirs.
    id: u32,
    nodes: u32,
    /// The set `nodes + 1 + n` is the union of the two at `n`.
    joins: RefCell<Vec<(Origin, Origin)>>,
}

impl Trace {
    /// For values of that many nodes.
    pub fn new(nodes: usize) -> Trace {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        Trace {
            id: RUNS.fetch_add(1, Ordering::Relaxed),
            nodes: nodes as u32,
            joins: RefCell::default(),
        }
    }

    /// How many nodes there are.
    pub fn size(&self) -> usize {
        self.nodes as usize
    }

    /// Not the same for any two.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The union.
    pub fn join(&self, a: Origin, b: Origin) -> Origin {
        if a == b || b == Origin::NOWHERE {
            return a;
        }
        if a == Origin::NOWHERE {
            return b;
        }
        let mut joins = self.joins.borrow_mut();
        // `(x + a) + a`, which loops make all the time.
        if let Some((left, right)) = a.0.checked_sub(self.nodes + 1).map(|n| joins[n as usize])
            && (left == b || right == b)
        {
            return a;
        }
        joins.push((a, b));
        Origin(self.nodes + joins.len() as u32)
    }

    /// The nodes of several sets, each once, in the order of the files.
    pub fn nodes(&self, sets: impl IntoIterator<Item = Origin>) -> Vec<NodeId> {
        let joins = self.joins.borrow();
        let mut seen = std::collections::HashSet::new();
        let mut nodes = Vec::new();
        let mut open: Vec<Origin> = sets.into_iter().collect();
        while let Some(set) = open.pop() {
            if set == Origin::NOWHERE || !seen.insert(set.0) {
                continue;
            }
            match set.0.checked_sub(self.nodes + 1) {
                Some(join) => {
                    let (a, b) = joins[join as usize];
                    open.extend([a, b]);
                }
                None => nodes.push(set.0 - 1),
            }
        }
        nodes.sort_unstable();
        nodes
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, Trace};

    #[test]
    fn unions_are_sets() {
        let trace = Trace::new(5);
        let [a, b, c] = [4, 0, 2].map(Origin::node);
        let ab = trace.join(a, b);
        assert_eq!(trace.join(ab, a), ab);
        assert_eq!(trace.join(ab, Origin::NOWHERE), ab);
        assert_eq!(trace.join(Origin::NOWHERE, c), c);
        let all = trace.join(trace.join(ab, c), ab);
        assert_eq!(trace.nodes([all]), [0, 2, 4]);
        assert!(trace.nodes([]).is_empty());
    }

    /// A long loop neither overflows the stack nor costs its square.
    #[test]
    fn a_long_chain() {
        let trace = Trace::new(200_000);
        let all = (0..200_000).fold(Origin::NOWHERE, |all, node| {
            trace.join(all, Origin::node(node))
        });
        assert_eq!(trace.nodes([all]).len(), 200_000);
    }
}
