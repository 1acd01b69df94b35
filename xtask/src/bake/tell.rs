//! What was edited, for people and for programs.

use std::time::Duration;

use routewright_schema::diagnostic::Report;
use routewright_schema::edit::{Change, Edited};
use routewright_schema::load::Loaded;
use serde_json::json;
use similar::TextDiff;

use super::served::Served;
use crate::cli::Format;
use crate::report::{count, note, say, say_file, say_json};

/// Time for the diff of a file, after which it shows more than it must. Reached where
/// thousands of lines are different.
const DIFF_TIME_MAX: Duration = Duration::from_secs(1);

/// An edit that was made, or would be.
pub struct Baked<'a> {
    pub before: &'a Loaded,
    pub edited: &'a Edited,
    pub served: &'a Served,
    /// Tests that fail: where, and why.
    pub failing: Vec<(String, String)>,
    pub dry_run: bool,
}

/// There is nothing to edit.
pub fn nothing(format: Format, served: &Served, why: &str) {
    match format {
        Format::Json => say_json(
            &json!({ "baked": { "served": served.what, "files": [], "changes": [], "notes": served.notes } }),
        ),
        Format::Text => {
            notes(served);
            say(format_args!(
                "{}: {why}; there is nothing to bake",
                served.what
            ));
        }
    }
}

/// On standard error, so that a diff can be piped on.
pub fn notes(served: &Served) {
    for note in &served.notes {
        note!("note: {note}");
    }
    for name in &served.conflicts {
        note!(
            "warning: {name} was changed in the definitions as well; the override's value is written"
        );
    }
}

impl Baked<'_> {
    pub fn text(&self) {
        notes(self.served);
        if self.dry_run {
            for file in &self.edited.files {
                say_file(self.diff(*file).trim_end_matches('\n'));
            }
        } else {
            self.summary();
        }
        self.warn();
        if !self.dry_run {
            self.next();
        }
    }

    fn next(&self) {
        let tests = match self.failing.len() {
            0 => "",
            1 => "bring the test up to date, ",
            _ => "bring the tests up to date, ",
        };
        say(format_args!(
            "next: {tests}run `cargo xtask codegen`, review, commit and deploy"
        ));
        if let Some(rollback) = &self.served.rollback {
            say(format_args!(
                "once that serves, the override can end: `{rollback}`"
            ));
        }
    }

    fn summary(&self) {
        let (old, new) = (&self.before.definition, &self.edited.loaded.definition);
        for file in &self.edited.files {
            say(format_args!("edited {}", self.before.sources.name(*file)));
            let mut changes: Vec<&Change> = self
                .edited
                .changes
                .iter()
                .filter(|change| change.file == *file)
                .collect();
            changes.sort_by_key(|change| change.line);
            for change in changes {
                say(format_args!("  {}", words(change)));
            }
        }
        say(format_args!(
            "version of the definitions: {} -> {}",
            old.version, new.version
        ));
    }

    /// What was lost, and what no longer holds; on standard error.
    fn warn(&self) {
        let lost = &self.edited.lost;
        if !lost.is_empty() {
            note!(
                "{} went with what they were about:",
                count(lost.len(), "comment")
            );
        }
        for lost in lost {
            let file = self.before.sources.name(lost.file);
            note!("  {file}:{}: {}", lost.line, lost.text);
        }
        match self.failing.len() {
            0 => {}
            1 => note!("warning: a test of the definitions does not hold any more:"),
            n => note!("warning: {n} tests of the definitions do not hold any more:"),
        }
        for (place, why) in &self.failing {
            note!("  {place}: {why}");
        }
    }

    fn diff(&self, file: u32) -> String {
        let (old, new) = (&self.before.sources, &self.edited.loaded.sources);
        let name = old.name(file);
        TextDiff::configure()
            .timeout(DIFF_TIME_MAX)
            .diff_lines(old.text(file), new.text(file))
            .unified_diff()
            .header(&format!("a/{name}"), &format!("b/{name}"))
            .to_string()
    }

    pub fn json(&self, complaints: &Report) {
        let (old, new) = (&self.before, &self.edited.loaded);
        let name = |file: u32| old.sources.name(file);
        let files = self.edited.files.iter();
        let files = files.map(|file| json!({ "path": name(*file), "diff": self.diff(*file) }));
        let changes = self.edited.changes.iter().map(|change| {
            json!({
                "kind": change.kind,
                "name": change.name,
                "before": change.before,
                "after": change.after,
                "path": name(change.file),
                "line": change.line,
            })
        });
        let lost = self.edited.lost.iter();
        let lost = lost
            .map(|lost| json!({ "path": name(lost.file), "line": lost.line, "text": lost.text }));
        let failing = self.failing.iter();
        let failing = failing.map(|(place, why)| json!({ "place": place, "why": why }));
        say_json(&json!({ "baked": {
            "served": self.served.what,
            "dry_run": self.dry_run,
            "version": { "before": old.definition.version, "after": new.definition.version },
            "files": files.collect::<Vec<_>>(),
            "changes": changes.collect::<Vec<_>>(),
            "lost_comments": lost.collect::<Vec<_>>(),
            "failing_tests": failing.collect::<Vec<_>>(),
            "conflicts": self.served.conflicts,
            "notes": self.served.notes,
            "check": complaints.to_json(&new.sources),
        } }));
    }
}

fn words(change: &Change) -> String {
    let or = |text: &str| {
        if text.is_empty() {
            "(nothing)".to_owned()
        } else {
            text.to_owned()
        }
    };
    let name = if change.name.is_empty() {
        String::new()
    } else {
        format!(" {}", change.name)
    };
    format!(
        "{}{name}: {} -> {}",
        change.kind,
        or(&change.before),
        or(&change.after)
    )
}
