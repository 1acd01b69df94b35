//! SARIF 2.1.0, which code scanning and editors read.
//!
//! A run for each set of definitions, told apart by `automationDetails.id`: GitHub
//! refuses two runs of one tool in a file without it.

use serde_json::{Value, json};

use super::codes;
use super::machine::{Finding, Place, Run};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What relative paths are relative to: where the tool was run, which the reader knows.
const ROOT: &str = "%SRCROOT%";

/// All runs as one log.
pub fn sarif(runs: &[Run<'_>]) -> Value {
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": runs.iter().map(run).collect::<Vec<_>>(),
    })
}

fn run(run: &Run<'_>) -> Value {
    let findings = run.findings();
    let mut rules: Vec<&str> = findings.iter().map(|found| found.diagnostic.code).collect();
    rules.sort_unstable();
    rules.dedup();
    let results: Vec<Value> = findings.iter().map(|found| result(found, &rules)).collect();
    let mut invocation = json!({ "executionSuccessful": true });
    let hidden = run.report.hidden();
    if hidden > 0 {
        let text = format!(
            "{hidden} more problems; these are the first {}",
            findings.len()
        );
        invocation["toolExecutionNotifications"] =
            json!([{ "level": "note", "message": { "text": text } }]);
    }
    json!({
        "tool": { "driver": {
            "name": "Routewright",
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules.iter().map(|code| rule(code)).collect::<Vec<_>>(),
        } },
        "automationDetails": { "id": format!("routewright/{}/", encoded(run.name)) },
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": results,
    })
}

fn rule(code: &str) -> Value {
    let mut rule = json!({ "id": code });
    if let Some(info) = codes::info(code) {
        rule["shortDescription"] = json!({ "text": info.summary });
        rule["help"] = json!({ "text": info.help });
    }
    rule
}

fn result(found: &Finding<'_>, rules: &[&str]) -> Value {
    let code = found.diagnostic.code;
    let text = match &found.hint {
        Some(hint) => format!("{}\nhelp: {hint}", found.message),
        None => found.message.clone(),
    };
    let mut result = json!({
        "ruleId": code,
        "ruleIndex": rules.partition_point(|rule| *rule < code),
        "level": found.diagnostic.severity.as_str(),
        "message": { "text": text },
        "locations": found.primary.iter().map(location).collect::<Vec<_>>(),
    });
    if !found.related.is_empty() {
        let numbered = found.related.iter().enumerate().map(|(id, at)| {
            let mut location = location(at);
            location["id"] = id.into();
            location
        });
        result["relatedLocations"] = numbered.collect();
    }
    if let Some(witness) = &found.diagnostic.witness {
        result["properties"] = json!({ "witness": witness.json() });
    }
    result
}

fn location(at: &Place<'_>) -> Value {
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": artifact(at.file),
            "region": {
                "startLine": at.line,
                "startColumn": at.column,
                "endLine": at.end_line,
                "endColumn": at.end_column,
            },
        },
    });
    if !at.label.is_empty() {
        location["message"] = json!({ "text": at.label });
    }
    location
}

/// A file by its path: relative to the root, or by a URI of its own.
fn artifact(path: &str) -> Value {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    match (
        path.starts_with('/'),
        drive && path.as_bytes().get(2) == Some(&b'/'),
    ) {
        (true, _) => json!({ "uri": format!("file://{}", encoded(path)) }),
        (_, true) => json!({ "uri": format!("file:///{}:{}", &path[..1], encoded(&path[2..])) }),
        _ => {
            let path = path.strip_prefix("./").unwrap_or(path);
            json!({ "uri": encoded(path), "uriBaseId": ROOT })
        }
    }
}

/// A path in the letters of a URI. A `:` too is encoded: the first part of a relative
/// path would be taken for a scheme.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
