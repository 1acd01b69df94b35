//! What all formats for programs have in common: runs, and places in numbers.

use super::lines::LineIndex;
use super::mask;
use super::{Diagnostic, Report};
use crate::source::{Sources, Span};

/// What was found in one set of definitions, to be written for programs.
#[derive(Clone, Copy, Debug)]
pub struct Run<'r> {
    /// What the set is called, such as its package.
    pub name: &'r str,
    /// What was found.
    pub report: &'r Report,
    /// The texts that it speaks of.
    pub sources: &'r Sources,
}

/// Lines and columns begin at 1; columns count characters, and the end is the place
/// after the last one.
pub(super) struct Place<'s> {
    pub file: &'s str,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
    pub label: String,
}

/// One diagnostic, with its places in numbers and no secret in its words.
pub(super) struct Finding<'s> {
    pub diagnostic: &'s Diagnostic,
    pub message: String,
    pub hint: Option<String>,
    pub primary: Option<Place<'s>>,
    pub related: Vec<Place<'s>>,
}

impl<'r> Run<'r> {
    /// All that the report kept, in its order.
    pub(super) fn findings(&self) -> Vec<Finding<'r>> {
        let mut lines = LineIndex::new(self.sources);
        let mut place = |span: Span, label: &str| {
            let ((line, column), (end_line, end_column)) = lines.ends(span);
            Place {
                file: self.sources.name(span.file),
                line,
                column,
                end_line,
                end_column,
                label: mask::text(label).into_owned(),
            }
        };
        let mut finding = |diagnostic: &'r Diagnostic| Finding {
            diagnostic,
            message: mask::text(&diagnostic.message).into_owned(),
            hint: diagnostic.help().map(|hint| mask::text(hint).into_owned()),
            primary: diagnostic
                .primary
                .map(|span| place(span, &diagnostic.label)),
            related: diagnostic
                .related
                .iter()
                .map(|(span, label)| place(*span, label))
                .collect(),
        };
        self.report.sorted().into_iter().map(&mut finding).collect()
    }
}

#[cfg(test)]
mod tests;
