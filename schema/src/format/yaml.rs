//! Definitions in YAML.
//!
//! Read in two steps: events to a tree of nodes (`node`), which knows YAML and no
//! definition, and the tree to a draft (`bind`), which knows the keys of a definition.
//! Scalars stay the text that stands there; nothing is guessed.

pub(crate) mod access;
mod bind;
pub mod keys;
pub(crate) mod node;
mod settings;
mod shape;
mod words;

use crate::diagnostic::{Diagnostic, Report};
use crate::draft::Draft;
use crate::source::{FileId, Sources, Span};

/// What was read of a file.
#[derive(Debug)]
pub struct Read {
    /// What it says.
    pub draft: Draft,
    /// Whether all of it was understood; false: names may be missing that the text
    /// declares, so that nothing can be said of what is absent.
    pub complete: bool,
}

/// Reads a text of `sources`. All problems go to `report`.
pub fn read(file: FileId, sources: &Sources, report: &mut Report) -> Read {
    read_as(false, file, sources, report)
}

/// Reads a test file (`*.test.yaml`), which has `tests`, and perhaps the `package` that
/// they are about, and declares nothing.
pub fn read_tests(file: FileId, sources: &Sources, report: &mut Report) -> Read {
    read_as(true, file, sources, report)
}

fn read_as(only_tests: bool, file: FileId, sources: &Sources, report: &mut Report) -> Read {
    let tree = node::read(file, sources.text(file), report);
    let Some(root) = tree.root else {
        if tree.complete {
            let span = Span {
                file,
                ..Span::default()
            };
            let empty = Diagnostic::error("empty", span, "the file says nothing");
            report.push(empty.hint(match only_tests {
                true => "delete it, or begin with `tests`",
                false => "delete it, or begin with `package` and `version`",
            }));
        }
        return Read {
            draft: Draft {
                file,
                only_tests,
                ..Draft::default()
            },
            // Whatever it might say, it would declare no name.
            complete: only_tests,
        };
    };
    if only_tests {
        return Read {
            draft: bind::bind_tests(file, root, report),
            complete: true,
        };
    }
    let (draft, understood) = bind::bind(file, root, report);
    Read {
        draft,
        complete: tree.complete && understood,
    }
}

/// A text that can be read, as a tree with places, for those who edit it.
pub(crate) fn tree(file: FileId, text: &str) -> Option<node::Node> {
    node::read(file, text, &mut Report::new()).root
}

#[cfg(test)]
mod suite;
#[cfg(test)]
mod tests;
