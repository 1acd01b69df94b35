//! JSON as nodes: protobuf's JSON mapping, with the place of every value.

use std::fmt;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::node::{Field, Message, Node};
use super::{MESSAGE_BYTES_MAX, MESSAGE_NODES_MAX};
use crate::diagnostic::{Diagnostic, Report, one_of};
use crate::source::{FileId, Span, Text};

/// Reads a message. Bad JSON ends it; bad fields are reported and left out.
pub(super) fn read(
    text: &str,
    descriptor: MessageDescriptor,
    file: FileId,
    report: &mut Report,
) -> Message {
    let mut reader = Reader {
        text,
        file,
        nodes: 0,
        report,
    };
    let whole = Span {
        file,
        start: 0,
        end: 0,
    };
    if text.len() > MESSAGE_BYTES_MAX {
        let message = format!(
            "the definition has {} bytes; at most {MESSAGE_BYTES_MAX} are read",
            text.len()
        );
        reader
            .report
            .push(Diagnostic::error("limit", whole, message));
        return Message::default();
    }
    match serde_json::from_str::<&RawValue>(text) {
        Ok(raw) => reader.message(raw.get(), &descriptor).unwrap_or_default(),
        Err(fault) => {
            let at = reader.place(fault.line(), fault.column());
            reader.report.push(Diagnostic::error(
                "syntax",
                at,
                format!("not JSON: {}", reason(&fault)),
            ));
            Message {
                span: whole,
                ..Message::default()
            }
        }
    }
}

/// What is wrong, without serde's own line and column.
fn reason(fault: &serde_json::Error) -> String {
    let text = fault.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

struct Reader<'t, 'r> {
    text: &'t str,
    file: FileId,
    nodes: usize,
    report: &'r mut Report,
}

impl<'t> Reader<'t, '_> {
    /// Where a piece of the text stands in it.
    fn span(&self, piece: &str) -> Span {
        let start = (piece.as_ptr() as usize)
            .saturating_sub(self.text.as_ptr() as usize)
            .min(self.text.len());
        let end = (start + piece.len()).min(self.text.len());
        Span {
            file: self.file,
            start: start as u32,
            end: end as u32,
        }
    }

    /// A line and column (in bytes), both from 1, as a span of one byte.
    fn place(&self, line: usize, column: usize) -> Span {
        let before: usize = self
            .text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let end = (before + column).min(self.text.len());
        Span {
            file: self.file,
            start: end.saturating_sub(1) as u32,
            end: end as u32,
        }
    }

    fn problem(&mut self, code: &'static str, piece: &str, message: String, hint: Option<String>) {
        let problem = Diagnostic::error(code, self.span(piece), message).maybe_hint(hint);
        self.report.push(problem);
    }

    fn message(&mut self, raw: &'t str, descriptor: &MessageDescriptor) -> Option<Message> {
        let entries = self.parts::<Entries<'t>>(raw, "an object { }")?;
        let mut message = Message::new(descriptor.clone(), self.span(raw));
        for (key, value) in entries.0 {
            let (key, value) = (key.get(), value.get());
            let Some(name) = self.string(key) else {
                continue;
            };
            let field = descriptor
                .get_field_by_json_name(&name)
                .or_else(|| descriptor.get_field_by_name(&name));
            let Some(field) = field else {
                let names: Vec<String> = descriptor
                    .fields()
                    .map(|f| f.json_name().to_owned())
                    .collect();
                let hint = one_of(&name, "allowed here", names.iter().map(String::as_str));
                self.problem(
                    "unknown_field",
                    key,
                    format!("there is no field `{name}` here"),
                    hint,
                );
                continue;
            };
            let span = self.inner(key);
            if let Some(first) = message.fields.iter().find(|f| f.descriptor == field) {
                let twice = Diagnostic::error("duplicate", span, format!("`{name}` stands twice"));
                self.report.push(twice.also(first.span, "first here"));
                continue;
            }
            // Null is absence, spelled out.
            let values = if value == "null" {
                Vec::new()
            } else {
                self.values(value, &field)
            };
            message.fields.push(Field {
                descriptor: field,
                span,
                values,
            });
        }
        Some(message)
    }

    fn values(&mut self, raw: &'t str, field: &FieldDescriptor) -> Vec<Node> {
        if !field.is_list() {
            return self.value(raw, field).into_iter().collect();
        }
        let elements = self
            .parts::<Elements<'t>>(raw, "a list [ ]")
            .map(|list| list.0)
            .unwrap_or_default();
        elements
            .into_iter()
            .filter_map(|element| self.value(element.get(), field))
            .collect()
    }

    fn value(&mut self, raw: &'t str, field: &FieldDescriptor) -> Option<Node> {
        self.nodes += 1;
        if self.nodes > MESSAGE_NODES_MAX {
            if self.nodes == MESSAGE_NODES_MAX + 1 {
                let message = format!("the definition has more than {MESSAGE_NODES_MAX} values");
                self.problem("limit", raw, message, None);
            }
            return None;
        }
        let text = |value: String, span| Some(Node::Text(Text { value, span }));
        let quoted = raw.starts_with('"');
        let wanted = match field.kind() {
            Kind::Message(inner) => return self.message(raw, &inner).map(Node::Message),
            Kind::String if quoted => {
                let value = self.string(raw)?;
                return text(value, self.inner(raw));
            }
            Kind::String => "a text in quotes",
            Kind::Bool if matches!(raw, "true" | "false") => {
                return text(raw.to_owned(), self.span(raw));
            }
            Kind::Bool => "true or false",
            kind => {
                let number = if quoted {
                    self.string(raw)?
                } else {
                    raw.to_owned()
                };
                let fits = match kind {
                    Kind::Uint64 => number.parse::<u64>().is_ok(),
                    Kind::Uint32 => number.parse::<u32>().is_ok(),
                    _ => number.parse::<i32>().is_ok(),
                };
                if fits {
                    return text(
                        number,
                        if quoted {
                            self.inner(raw)
                        } else {
                            self.span(raw)
                        },
                    );
                }
                match kind {
                    Kind::Uint64 => "a whole number from 0",
                    Kind::Uint32 => "a whole number from 0 to 4294967295",
                    _ => "a whole number of 32 bits",
                }
            }
        };
        let hint = (matches!(field.kind(), Kind::String)
            && !raw.starts_with(['{', '['])
            && raw.len() < 64)
            .then(|| format!("write \"{raw}\""));
        self.problem(
            "wrong_type",
            raw,
            format!("`{}` needs {wanted}", field.json_name()),
            hint,
        );
        None
    }

    /// The text of a JSON string.
    fn string(&mut self, raw: &'t str) -> Option<String> {
        match serde_json::from_str(raw) {
            Ok(text) => Some(text),
            Err(fault) => {
                self.problem(
                    "syntax",
                    raw,
                    format!("not a JSON text: {}", reason(&fault)),
                    None,
                );
                None
            }
        }
    }

    /// The span of a JSON string without its quotes.
    fn inner(&self, raw: &str) -> Span {
        let span = self.span(raw);
        Span {
            start: span.start + 1,
            end: span.end.saturating_sub(1).max(span.start + 1),
            ..span
        }
    }

    /// Cuts an object or list into its parts.
    fn parts<T: Deserialize<'t>>(&mut self, raw: &'t str, wanted: &str) -> Option<T> {
        match serde_json::from_str(raw) {
            Ok(parts) => Some(parts),
            Err(fault) if fault.is_data() && !raw.starts_with(['{', '[']) => {
                self.problem("wrong_type", raw, format!("expected {wanted}"), None);
                None
            }
            Err(fault) => {
                self.problem(
                    "wrong_type",
                    raw,
                    format!("expected {wanted}: {}", reason(&fault)),
                    None,
                );
                None
            }
        }
    }
}

/// The entries of an object in the order of the text, duplicates included.
struct Entries<'t>(Vec<(&'t RawValue, &'t RawValue)>);

/// The elements of a list.
struct Elements<'t>(Vec<&'t RawValue>);

impl<'t> Deserialize<'t> for Entries<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'t> Visitor<'t> for Collect {
            type Value = Entries<'t>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Entries<'t>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    // A little room for the report of what is unknown or stands twice.
                    if entries.len() < 64 {
                        entries.push(entry);
                    }
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

impl<'t> Deserialize<'t> for Elements<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'t> Visitor<'t> for Collect {
            type Value = Elements<'t>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<Elements<'t>, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = list.next_element()? {
                    // One more than is read, so that the reader sees that there are more.
                    if elements.len() <= MESSAGE_NODES_MAX {
                        elements.push(element);
                    }
                }
                Ok(Elements(elements))
            }
        }
        deserializer.deserialize_seq(Collect)
    }
}
