//! Accounting: what became of each leaf.

use std::collections::BTreeMap;

use crate::document::{Corpus, NodeKind};
use crate::trace::{NodeId, Origin, Trace};

/// What became of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// No result depends on it.
    #[default]
    Unexplained,
    /// A rule says why it has no meaning here.
    Ignored,
    /// A rule says why it cannot be expressed.
    Cannot,
    /// A route, a consumer or a setting depends on it.
    Converted,
}

/// What became of all of them.
#[derive(Debug)]
pub struct Account {
    classes: Vec<Class>,
    /// Leaves by the reason for which they are ignored.
    reasons: BTreeMap<String, Vec<NodeId>>,
}

impl Account {
    /// Nothing is explained yet.
    pub fn new(nodes: usize) -> Account {
        Account {
            classes: vec![Class::Unexplained; nodes],
            reasons: BTreeMap::new(),
        }
    }

    /// Gives all those nodes a class, unless they have a better one.
    pub fn put(&mut self, trace: &Trace, sets: &[Origin], class: Class) {
        for node in trace.nodes(sets.iter().copied()) {
            let old = &mut self.classes[node as usize];
            *old = class.max(*old);
        }
    }

    /// Ignores those nodes for a reason.
    pub fn ignore(&mut self, nodes: impl IntoIterator<Item = NodeId>, why: &str) {
        for node in nodes {
            let class = &mut self.classes[node as usize];
            if *class == Class::Unexplained {
                *class = Class::Ignored;
                self.reasons.entry(why.to_owned()).or_default().push(node);
            }
        }
    }

    /// What became of that node.
    pub fn class(&self, node: NodeId) -> Class {
        self.classes[node as usize]
    }

    /// The leaves of a class, in the order of the files.
    pub fn leaves(&self, corpus: &Corpus, class: Class) -> Vec<NodeId> {
        let nodes = corpus.nodes.iter().zip(&self.classes).enumerate();
        nodes
            .filter(|(_, (node, is))| node.kind == NodeKind::Leaf && **is == class)
            .map(|(at, _)| at as NodeId)
            .collect()
    }

    /// Keys whose names are lost: something below was converted, and no result depends on
    /// the key.
    pub fn lost_keys(&self, corpus: &Corpus) -> Vec<NodeId> {
        let mut lost = Vec::new();
        for (at, node) in corpus.nodes.iter().enumerate() {
            let below = at + 1..node.end as usize;
            let named = node.kind != NodeKind::Key || self.classes[at] != Class::Unexplained;
            if !named && self.classes[below].contains(&Class::Converted) {
                lost.push(at as NodeId);
            }
        }
        lost
    }

    /// How many leaves each reason explains that nothing else does.
    pub fn reasons(&self, corpus: &Corpus) -> BTreeMap<&str, usize> {
        let left = |nodes: &[NodeId]| {
            let leaf = |node: NodeId| corpus.nodes[node as usize].kind == NodeKind::Leaf;
            let still = |node: NodeId| self.class(node) == Class::Ignored;
            nodes
                .iter()
                .filter(|node| leaf(**node) && still(**node))
                .count()
        };
        let reasons = self
            .reasons
            .iter()
            .map(|(why, nodes)| (why.as_str(), left(nodes)));
        reasons.filter(|(_, leaves)| *leaves > 0).collect()
    }
}
