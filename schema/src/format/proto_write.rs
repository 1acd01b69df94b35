//! Definitions as `.proto`: one option on the file, and messages for the settings.
//!
//! The option is the definition's message in protobuf's text format, so that no key of
//! the language is spelled a second time here. The same definition gives the same text.

mod layout;
mod settings;

use prost_reflect::{DynamicMessage, Value};

use self::layout::{Entry, quoted};
use super::message::{definition_descriptor, to_message};
use super::proto::OPTIONS_NAME;
use crate::model::Definition;

/// Writes a definition as one `.proto` file.
pub fn write(definition: &Definition) -> String {
    let mut message = to_message(definition);
    let package = std::mem::take(&mut message.package);
    let declared = std::mem::take(&mut message.settings);
    let mut root = DynamicMessage::new(definition_descriptor());
    root.transcode_from(&message)
        .expect("the descriptors are those of the messages");
    let scope = settings::Scope::new(&package, &declared);
    let settings = scope.write(&declared);
    let mut out = format!("syntax = \"{}\";\n\npackage {package};\n\n", scope.syntax());
    // Sorted, as `buf format` sorts.
    for (used, import) in [
        (
            settings.contains("google.protobuf.Duration"),
            "google/protobuf/duration.proto",
        ),
        (
            settings.contains("google.protobuf.Timestamp"),
            "google/protobuf/timestamp.proto",
        ),
        (true, OPTIONS_NAME),
    ] {
        if used {
            out.push_str(&format!("import \"{import}\";\n"));
        }
    }
    out.push_str(&format!("\noption ({}) = {{\n", scope.ours("definition")));
    layout::block(&mut out, &entries(&root), 1);
    out.push_str("};\n");
    out.push_str(&settings);
    out
}

/// The fields of a message that are given, in the order of their numbers.
fn entries(message: &DynamicMessage) -> Vec<Entry> {
    let mut out = Vec::new();
    for (field, value) in message.fields() {
        let name = field.name().to_owned();
        match value {
            Value::List(values) if values.iter().any(|v| matches!(v, Value::Message(_))) => {
                out.extend(values.iter().map(|v| entry(name.clone(), v)));
            }
            Value::List(values) if values.len() == 1 => {
                out.extend(values.iter().map(|v| entry(name.clone(), v)));
            }
            value => out.push(entry(name, value)),
        }
    }
    out
}

fn entry(name: String, value: &Value) -> Entry {
    match value {
        Value::Message(message) => Entry::Message(name, entries(message)),
        Value::List(values) => Entry::List(name, values.iter().map(scalar).collect()),
        value => Entry::Scalar(name, scalar(value)),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Bool(value) => value.to_string(),
        Value::U32(value) => value.to_string(),
        Value::I32(value) => value.to_string(),
        Value::U64(value) => value.to_string(),
        // The messages of `proto/` have fields of no other kinds; a test reads them all.
        other => unreachable!("no field of a definition is {other:?}"),
    }
}
