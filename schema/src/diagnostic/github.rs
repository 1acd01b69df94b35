//! Workflow commands: what GitHub Actions shows beside the lines of a change.
//!
//! Each diagnostic is one line of output, `::error file=F,line=1,col=2::MESSAGE`. What
//! comes from a definition must not end that line and begin a command of its own.

use std::fmt::Write as _;

use super::machine::{Finding, Run};

/// All runs, a line for each diagnostic; empty if there is nothing to say.
pub fn github(runs: &[Run<'_>]) -> String {
    let mut out = String::new();
    for run in runs {
        for found in run.findings() {
            command(&mut out, &found);
        }
        let (hidden, shown) = (run.report.hidden(), run.report.sorted().len());
        if hidden > 0 {
            let text = format!(
                "{}: {hidden} more problems; these are the first {shown}",
                run.name
            );
            let _ = writeln!(out, "::notice::{}", data(&text));
        }
    }
    out
}

fn command(out: &mut String, found: &Finding<'_>) {
    let mut properties = Vec::new();
    if let Some(at) = &found.primary {
        properties.push(("file", property(at.file)));
        properties.push(("line", at.line.to_string()));
        properties.push(("endLine", at.end_line.to_string()));
        // Of a place that spans lines the runner takes no columns.
        if at.line == at.end_line {
            properties.push(("col", at.column.to_string()));
            properties.push(("endColumn", at.end_column.to_string()));
        }
    }
    properties.push(("title", property(found.diagnostic.code)));
    let properties: Vec<String> = properties
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let _ = writeln!(
        out,
        "::{} {}::{}",
        found.diagnostic.severity.as_str(),
        properties.join(","),
        data(&words(found)),
    );
}

/// An annotation has one place and one text, so that the further places go into it.
fn words(found: &Finding<'_>) -> String {
    let mut words = found.message.clone();
    if let Some(at) = found.primary.as_ref().filter(|at| !at.label.is_empty()) {
        let _ = write!(words, " ({})", at.label);
    }
    for at in &found.related {
        let _ = write!(
            words,
            "\n{}:{}:{}: {}",
            at.file, at.line, at.column, at.label
        );
    }
    if let Some(hint) = &found.hint {
        let _ = write!(words, "\nhelp: {hint}");
    }
    words
}

/// Text after the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
