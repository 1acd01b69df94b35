//! What a mapping makes of the tree: the same account as of a conversion, without writing
//! the result and proving it.

use crate::account::{Account, Class};
use crate::document::{Corpus, Document, NodeKind};
use crate::evaluate::{Evaluator, Input};
use crate::item::Item;
use crate::mapping::Mapping;
use crate::trace::{NodeId, Trace};

/// What came of it.
#[derive(Debug)]
pub struct Trial {
    /// Results that are routes or fallbacks.
    pub routes: usize,
    /// Results that are settings.
    pub settings: Vec<Item>,
    /// Why it failed, as often as it did.
    pub failures: Vec<String>,
    account: Account,
}

/// Leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaves {
    /// All of them.
    pub all: usize,
    /// Those that became something.
    pub converted: usize,
    /// Those that a rule says cannot.
    pub cannot: usize,
    /// Those that a rule says mean nothing.
    pub ignored: usize,
}

impl Leaves {
    /// Those of which nothing is said.
    pub fn unexplained(self) -> usize {
        self.all - self.converted - self.cannot - self.ignored
    }
}

impl Trial {
    /// Tries it.
    ///
    /// # Errors
    /// Why it is no mapping.
    pub fn of(corpus: &Corpus, name: &str, text: &str) -> Result<Trial, String> {
        let mapping = Mapping::parse(name, text).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            faults.join("; ")
        })?;
        let trace = Trace::new(corpus.nodes.len());
        let inputs = corpus.documents.iter().map(|document| Input {
            file: corpus.sources.name(document.file).into(),
            value: document.root.clone(),
        });
        let mut trial = Trial {
            routes: 0,
            settings: Vec::new(),
            failures: Vec::new(),
            account: Account::new(corpus.nodes.len()),
        };
        let (mut converted, mut cannot, mut ignored) = (Vec::new(), Vec::new(), Vec::new());
        Evaluator::new(&mapping, &trace, inputs).run(&mut |result| match result {
            Ok(value) => match Item::read(&value, &trace) {
                Ok(item) => {
                    let from = value.deep(&trace);
                    match &item {
                        Item::Ignore(_) => ignored.push(from),
                        Item::Cannot(..) => cannot.push(from),
                        _ => converted.push(from),
                    }
                    match item {
                        Item::Route(_) | Item::Fallback(..) => trial.routes += 1,
                        Item::Setting(_) => trial.settings.push(item),
                        _ => {}
                    }
                }
                Err(fault) => trial.failures.push(fault.message),
            },
            Err(failed) => trial.failures.push(failed.message),
        });
        trial.account.put(&trace, &converted, Class::Converted);
        trial.account.put(&trace, &cannot, Class::Cannot);
        trial.account.ignore(trace.nodes(ignored), "");
        Ok(trial)
    }

    /// What became of the leaves of those nodes.
    pub fn leaves(&self, corpus: &Corpus, nodes: impl IntoIterator<Item = NodeId>) -> Leaves {
        let mut leaves = Leaves::default();
        for node in nodes {
            if corpus.nodes[node as usize].kind == NodeKind::Leaf {
                leaves.all += 1;
                match self.account.class(node) {
                    Class::Converted => leaves.converted += 1,
                    Class::Cannot => leaves.cannot += 1,
                    Class::Ignored => leaves.ignored += 1,
                    Class::Unexplained => {}
                }
            }
        }
        leaves
    }

    /// Whether nothing is said of a leaf.
    pub fn is_unexplained(&self, node: NodeId) -> bool {
        self.account.class(node) == Class::Unexplained
    }

    /// Documents of which something became something.
    pub fn touched<'c>(&self, corpus: &'c Corpus) -> Vec<&'c Document> {
        let touched = |document: &&Document| {
            let mut nodes = document.nodes.clone();
            nodes.any(|node| matches!(self.account.class(node), Class::Converted | Class::Cannot))
        };
        corpus.documents.iter().filter(touched).collect()
    }
}
