//! Our own JSON: everything that a diagnostic knows, and nothing to look up elsewhere.

use serde_json::{Map, Value, json};

use super::machine::{Finding, Place, Run};
use super::witness::Witness;

/// The version of this format; a key may be added to it, none changes its meaning.
const FORMAT: u32 = 1;

/// All runs as one value.
pub fn json(runs: &[Run<'_>]) -> Value {
    let sum = |of: fn(&Run<'_>) -> usize| runs.iter().map(of).sum::<usize>();
    let diagnostics = runs.iter().flat_map(|run| {
        run.findings()
            .into_iter()
            .map(|found| entry(run.name, &found))
    });
    json!({
        "format": FORMAT,
        "errors": sum(|run| run.report.errors()),
        "warnings": sum(|run| run.report.warnings()),
        "diagnostics": diagnostics.collect::<Vec<_>>(),
    })
}

fn entry(project: &str, found: &Finding<'_>) -> Value {
    let mut entry = found.primary.as_ref().map_or(Map::new(), place);
    let related = found.related.iter().map(|at| {
        let mut related = place(at);
        related.insert("message".into(), at.label.as_str().into());
        Value::from(related)
    });
    let label = found.primary.as_ref().map_or("", |at| at.label.as_str());
    entry.extend([
        ("project".to_owned(), project.into()),
        (
            "severity".to_owned(),
            found.diagnostic.severity.as_str().into(),
        ),
        ("code".to_owned(), found.diagnostic.code.into()),
        ("message".to_owned(), found.message.as_str().into()),
        ("label".to_owned(), label.into()),
        ("hint".to_owned(), found.hint.as_deref().into()),
        ("related".to_owned(), related.collect()),
        (
            "witness".to_owned(),
            found.diagnostic.witness.as_ref().map(Witness::json).into(),
        ),
    ]);
    entry.into()
}

fn place(at: &Place<'_>) -> Map<String, Value> {
    Map::from_iter([
        ("file".to_owned(), at.file.into()),
        ("line".to_owned(), at.line.into()),
        ("column".to_owned(), at.column.into()),
        (
            "end".to_owned(),
            json!({ "line": at.end_line, "column": at.end_column }),
        ),
    ])
}
