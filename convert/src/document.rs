//! The files that are brought over: values in which every key and leaf has a number and
//! a place.
//!
//! A *leaf* is a scalar, or a list or map without elements: a piece of content that must
//! be converted, ignored for a reason, or told.

pub mod bounds;
mod comment;
mod encoding;
mod files;
mod flow;
mod quirk;
mod read;
mod scalar;
mod shared;

use std::ops::Range;

use routewright_schema::source::{FileId, Sources, Span};

pub use files::{Unreadable, collect};
pub use quirk::{Quirk, QuirkKind};

use crate::trace::NodeId;
use crate::value::Value;

/// All files of one run.
#[derive(Debug, Default)]
pub struct Corpus {
    /// Their texts.
    pub sources: Sources,
    /// What is numbered.
    pub nodes: Vec<Node>,
    /// Their documents, in the order of the files.
    pub documents: Vec<Document>,
    /// What not every reader of YAML takes for the same.
    pub quirks: Vec<Quirk>,
    /// Files that could not be read to the end. What stood before the fault is not used.
    pub faults: Vec<Fault>,
    /// How many files were read.
    pub files: usize,
}

/// A key or a leaf.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// Which of the two.
    pub kind: NodeKind,
    /// The node after the last of the key's value; of a leaf, the next one.
    pub end: NodeId,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// The key of a map. It matters if its value does.
    Key,
    /// A key whose value has an anchor that is used: a place to write it once.
    Holder,
    /// Content.
    Leaf,
}

/// One YAML document.
#[derive(Debug)]
pub struct Document {
    /// The file that it is in.
    pub file: FileId,
    /// What it says.
    pub root: Value,
    /// Its nodes.
    pub nodes: Range<NodeId>,
}

/// Why a file could not be read.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// Why.
    pub message: String,
}

impl Corpus {
    /// Adds a file. Its documents are read; a fault is kept for the report.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        self.take(name, bytes.to_vec());
    }

    /// The same, of bytes that nobody else needs.
    pub(crate) fn take(&mut self, name: &str, bytes: Vec<u8>) {
        self.files += 1;
        match encoding::decode(bytes).and_then(bounds::check) {
            Ok(text) => {
                let file = self.sources.add(name, text);
                let (nodes, documents, quirks) =
                    (self.nodes.len(), self.documents.len(), self.quirks.len());
                if let Err(fault) = read::read(self, file) {
                    self.nodes.truncate(nodes);
                    self.documents.truncate(documents);
                    self.quirks.truncate(quirks);
                    self.faults.push(fault);
                }
            }
            Err(message) => {
                let file = self.sources.add(name, "");
                let span = Span {
                    file,
                    ..Span::default()
                };
                self.faults.push(Fault { span, message });
            }
        }
    }

    /// How many leaves there are.
    pub fn leaves(&self) -> usize {
        let leaves = self.nodes.iter();
        leaves.filter(|node| node.kind == NodeKind::Leaf).count()
    }

    /// `file:line:column`, as editors take it.
    pub fn place(&self, span: Span) -> String {
        let (line, column) = self.sources.line_column(span);
        format!("{}:{line}:{column}", self.sources.name(span.file))
    }

    /// What stands there, on one line and not too long.
    pub fn shown(&self, span: Span) -> String {
        const CHARS_MAX: usize = 60;
        let text = self.sources.text(span.file);
        let text = text.get(span.start as usize..span.end as usize);
        let words: Vec<&str> = text.unwrap_or("").split_whitespace().collect();
        let line = words.join(" ");
        match line.char_indices().nth(CHARS_MAX) {
            Some((end, _)) => format!("{}...", &line[..end]),
            None => line,
        }
    }

    /// What stands there, without quotes.
    pub fn scalar(&self, node: NodeId) -> &str {
        let span = self.nodes[node as usize].span;
        let text = self.sources.text(span.file);
        let text = text.get(span.start as usize..span.end as usize);
        text.unwrap_or("").trim().trim_matches(['"', '\''])
    }

    /// The comment that belongs to a node: the lines right above it, and what follows it
    /// on its own line.
    pub fn comment(&self, node: NodeId) -> Option<String> {
        let span = self.nodes.get(node as usize)?.span;
        comment::of(self.sources.text(span.file), span)
    }
}

#[cfg(test)]
mod tests;
