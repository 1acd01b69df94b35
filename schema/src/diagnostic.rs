//! What is wrong with a text: where, what, why, and what to do about it.
//!
//! One shape for every stage (reading, resolving, lowering) and every reader of it:
//! a terminal ([`Report::render`]) or a program ([`json`], [`sarif`], [`github`]).

use crate::source::{Sources, Span};

pub mod codes;
mod github;
mod json;
mod lines;
mod machine;
mod mask;
mod render;
mod sarif;
mod suggest;
mod witness;

pub use github::github;
pub use json::json;
pub use machine::Run;
pub(crate) use mask::password;
pub use mask::text as without_passwords;
pub use sarif::sarif;
pub use suggest::{did_you_mean, one_of};
pub use witness::Witness;

/// Diagnostics that a report keeps; the rest is counted.
pub const DIAGNOSTICS_MAX: usize = 256;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be made of these texts.
    Error,
    /// It works, but is probably not meant.
    Warning,
}

impl Severity {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable word; programs match on it, messages may change.
    pub code: &'static str,
    /// What is wrong, in one sentence that stands alone.
    pub message: String,
    /// Where. `None`: of the whole run, not of a place in a text.
    pub primary: Option<Span>,
    /// What to see at that place; may be empty.
    pub label: String,
    /// Further places, such as the rival's, and what to see there.
    pub related: Vec<(Span, String)>,
    /// What to do about it; `None`: what its code says in general.
    pub hint: Option<String>,
    /// What proves it, for programs; people read it in the message and the labels.
    pub witness: Option<Witness>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            primary: Some(span),
            label: String::new(),
            related: Vec::new(),
            hint: None,
            witness: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(code, span, message)
        }
    }

    /// An error of the whole run.
    pub fn global(code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            primary: None,
            ..Diagnostic::error(code, Span::default(), message)
        }
    }

    /// Says what to see at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = label.into();
        self
    }

    /// Shows a further place.
    #[must_use]
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Diagnostic {
        self.related.push((span, label.into()));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = Some(hint.into());
        self
    }

    /// Says what proves it.
    #[must_use]
    pub fn witness(mut self, witness: Witness) -> Diagnostic {
        self.witness = Some(witness);
        self
    }

    /// What to do about it: its own hint, or the general one of its code.
    pub fn help(&self) -> Option<&str> {
        let general = || codes::info(self.code).map(|info| info.help);
        self.hint.as_deref().or_else(general)
    }

    /// Says what to do, if anything is known.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<impl Into<String>>) -> Diagnostic {
        if let Some(hint) = hint {
            self.hint = Some(hint.into());
        }
        self
    }
}

/// Everything that one run found: at most [`DIAGNOSTICS_MAX`] are kept, all counted.
#[derive(Clone, Debug, Default)]
pub struct Report {
    list: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
}

impl Report {
    /// Nothing yet.
    pub fn new() -> Report {
        Report::default()
    }

    /// Adds one. Warnings never push an error out.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let count = match diagnostic.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if self.list.len() < DIAGNOSTICS_MAX {
            self.list.push(diagnostic);
        } else if diagnostic.severity == Severity::Error
            && let Some(last) = self
                .list
                .iter_mut()
                .rfind(|d| d.severity == Severity::Warning)
        {
            *last = diagnostic;
        }
    }

    /// Adds all of another report.
    pub fn extend(&mut self, other: Report) {
        let dropped_errors = other.errors - other.of(Severity::Error).count();
        let dropped_warnings = other.warnings - other.of(Severity::Warning).count();
        for diagnostic in other.list {
            self.push(diagnostic);
        }
        self.errors += dropped_errors;
        self.warnings += dropped_warnings;
    }

    /// Counts problems that are not kept.
    pub(crate) fn count_more_errors(&mut self, more: usize) {
        self.errors += more;
    }

    /// Those that were kept, by file and place; those without a place first.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut list: Vec<&Diagnostic> = self.list.iter().collect();
        // Stable: at one place, in the order in which they were found.
        list.sort_by_key(|d| d.primary);
        list
    }

    fn of(&self, severity: Severity) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter().filter(move |d| d.severity == severity)
    }

    /// Whether another error would still be shown.
    pub fn has_room(&self) -> bool {
        self.list.len() < DIAGNOSTICS_MAX
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> usize {
        self.warnings
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The whole report for people, ending in a line that counts; empty if there is
    /// nothing to say. `color`: with the codes of a terminal.
    pub fn render(&self, sources: &Sources, color: bool) -> String {
        render::report(self, sources, color, None)
    }

    /// As [`Report::render`], for a terminal of that many columns.
    pub fn render_within(&self, sources: &Sources, color: bool, columns: Option<usize>) -> String {
        render::report(self, sources, color, columns)
    }

    /// How many were counted and not kept.
    pub(crate) fn hidden(&self) -> usize {
        self.errors + self.warnings - self.list.len()
    }

    /// The report of one set of definitions for programs; see [`json`].
    pub fn to_json(&self, sources: &Sources) -> serde_json::Value {
        json(&[Run {
            name: "",
            report: self,
            sources,
        }])
    }
}

#[cfg(test)]
mod tests;
