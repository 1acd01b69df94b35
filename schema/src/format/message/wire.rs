//! Protobuf bytes as nodes, and a listing for messages to point into.

use prost::encoding::{WireType, decode_key, decode_varint};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::node::{Field, Message, Node};
use super::{MESSAGE_BYTES_MAX, MESSAGE_NODES_MAX};
use crate::diagnostic::{Diagnostic, Report};
use crate::source::{FileId, Span, Text};

/// Reads a message strictly: no unknown field, no singular field twice, all of the
/// bytes. Returns what it says and the listing that the spans point into.
pub(super) fn read(
    bytes: &[u8],
    descriptor: MessageDescriptor,
    file: FileId,
    report: &mut Report,
) -> (Message, String) {
    let mut reader = Reader {
        file,
        listing: String::new(),
        path: String::new(),
        nodes: 0,
        problems: Report::new(),
    };
    let root = if bytes.len() > MESSAGE_BYTES_MAX {
        let message = format!(
            "the definition has {} bytes; at most {MESSAGE_BYTES_MAX} are read",
            bytes.len()
        );
        Err(reader.stop("limit", message))
    } else {
        reader.message(bytes, &descriptor)
    };
    let root = root.unwrap_or_else(|Stop| Message::default());
    report.extend(reader.problems);
    (
        Message {
            span: Span {
                file,
                start: 0,
                end: 0,
            },
            ..root
        },
        reader.listing,
    )
}

/// The rest makes no sense; why is already told.
struct Stop;

struct Reader {
    file: FileId,
    listing: String,
    /// Of the message that is being read: "routes[0]".
    path: String,
    nodes: usize,
    problems: Report,
}

impl Reader {
    fn message(
        &mut self,
        mut bytes: &[u8],
        descriptor: &MessageDescriptor,
    ) -> Result<Message, Stop> {
        let mut message = Message::new(descriptor.clone(), self.heading());
        while !bytes.is_empty() {
            let (number, wire) =
                decode_key(&mut bytes).map_err(|fault| self.malformed(&fault.to_string()))?;
            self.nodes += 1;
            if self.nodes > MESSAGE_NODES_MAX {
                return Err(self.stop(
                    "limit",
                    format!("the definition has more than {MESSAGE_NODES_MAX} values"),
                ));
            }
            let Some(field) = descriptor.get_field(number) else {
                let what = format!("field {number} is not known{}", self.within());
                let unknown = self.fault("unknown_field", what);
                self.problems.push(
                    unknown.hint("it may be from a newer release; write it again with this one"),
                );
                self.skip(wire, &mut bytes)?;
                continue;
            };
            let at = message.fields.iter().position(|f| f.descriptor == field);
            let index = at.map_or(0, |at| message.fields[at].values.len());
            let above = self.path.len();
            self.enter(&field, index);
            if index > 0 && !field.is_list() {
                let twice = format!("`{}` stands twice", self.path);
                let twice = self.fault("duplicate", twice);
                self.problems.push(twice);
            }
            let (span, node) = self.value(&field, wire, &mut bytes)?;
            self.path.truncate(above);
            match at {
                Some(at) => message.fields[at].values.push(node),
                None => message.fields.push(Field {
                    descriptor: field,
                    span,
                    values: vec![node],
                }),
            }
        }
        Ok(message)
    }

    /// A value, and where the name of its field stands.
    fn value(
        &mut self,
        field: &FieldDescriptor,
        wire: WireType,
        bytes: &mut &[u8],
    ) -> Result<(Span, Node), Stop> {
        match (field.kind(), wire) {
            (Kind::Message(inner), WireType::LengthDelimited) => {
                let content = self.delimited(bytes)?;
                let message = self.message(content, &inner)?;
                Ok((message.span, Node::Message(message)))
            }
            (Kind::String, WireType::LengthDelimited) => {
                let content = self.delimited(bytes)?;
                let text =
                    str::from_utf8(content).map_err(|_| self.malformed("a text is not UTF-8"))?;
                Ok(self.leaf(text))
            }
            (Kind::Bool, WireType::Varint) => match self.varint(bytes)? {
                0 => Ok(self.leaf("false")),
                1 => Ok(self.leaf("true")),
                _ => Err(self.malformed("a bool is neither 0 nor 1")),
            },
            (Kind::Uint64, WireType::Varint) => {
                let number = self.varint(bytes)?;
                Ok(self.leaf(&number.to_string()))
            }
            (Kind::Uint32, WireType::Varint) => {
                let number = self.number32(bytes)?;
                Ok(self.leaf(&number.to_string()))
            }
            (Kind::Sint32, WireType::Varint) => {
                let zigzag = self.number32(bytes)?;
                let number = (zigzag >> 1) as i32 ^ -((zigzag & 1) as i32);
                Ok(self.leaf(&number.to_string()))
            }
            _ => Err(self.malformed("a field has another wire type than its number")),
        }
    }

    fn varint(&mut self, bytes: &mut &[u8]) -> Result<u64, Stop> {
        decode_varint(bytes).map_err(|fault| self.malformed(&fault.to_string()))
    }

    fn number32(&mut self, bytes: &mut &[u8]) -> Result<u32, Stop> {
        let number = self.varint(bytes)?;
        u32::try_from(number).map_err(|_| self.malformed("a 32-bit number is larger than that"))
    }

    fn delimited<'b>(&mut self, bytes: &mut &'b [u8]) -> Result<&'b [u8], Stop> {
        let length = usize::try_from(self.varint(bytes)?).ok();
        let (content, rest) = length
            .and_then(|length| bytes.split_at_checked(length))
            .ok_or_else(|| self.malformed("a length reaches beyond the end"))?;
        *bytes = rest;
        Ok(content)
    }

    fn skip(&mut self, wire: WireType, bytes: &mut &[u8]) -> Result<(), Stop> {
        let fixed = match wire {
            WireType::Varint => return self.varint(bytes).map(|_| ()),
            WireType::LengthDelimited => return self.delimited(bytes).map(|_| ()),
            WireType::SixtyFourBit => 8,
            WireType::ThirtyTwoBit => 4,
            WireType::StartGroup | WireType::EndGroup => return Err(self.malformed("a group")),
        };
        *bytes = bytes
            .get(fixed..)
            .ok_or_else(|| self.malformed("the bytes end within a field"))?;
        Ok(())
    }

    fn enter(&mut self, field: &FieldDescriptor, index: usize) {
        use std::fmt::Write as _;
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(field.name());
        if field.is_list() {
            // Writing to a string does not fail.
            let _ = write!(self.path, "[{index}]");
        }
    }

    /// Lists the message that begins here.
    fn heading(&mut self) -> Span {
        let start = self.listing.len();
        if !self.path.is_empty() {
            self.listing.push_str(&self.path);
            self.listing.push_str(":\n");
        }
        self.span(start, start + self.path.len())
    }

    /// Lists a scalar.
    fn leaf(&mut self, text: &str) -> (Span, Node) {
        let key = self.listing.len();
        self.listing.push_str(&self.path);
        let colon = self.listing.len();
        self.listing.push_str(": ");
        let start = self.listing.len();
        for c in text.chars() {
            match routewright::name::printable(c) {
                true => self.listing.push(c),
                false => self.listing.extend(c.escape_unicode()),
            }
        }
        let end = self.listing.len();
        self.listing.push('\n');
        let text = Text {
            value: text.to_owned(),
            span: self.span(start, end),
        };
        (self.span(key, colon), Node::Text(text))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span {
            file: self.file,
            start: start as u32,
            end: end as u32,
        }
    }

    fn within(&self) -> String {
        match self.path.as_str() {
            "" => String::new(),
            path => format!(" in `{path}`"),
        }
    }

    fn malformed(&mut self, what: &str) -> Stop {
        self.stop(
            "malformed",
            format!("not an encoded Definition: {what}{}", self.within()),
        )
    }

    fn stop(&mut self, code: &'static str, message: String) -> Stop {
        let fault = self.fault(code, message);
        self.problems.push(fault);
        Stop
    }

    /// A fault at the end of what is listed so far.
    fn fault(&self, code: &'static str, message: String) -> Diagnostic {
        let last = self.listing.trim_end_matches('\n');
        let start = last.rfind('\n').map_or(0, |at| at + 1);
        Diagnostic::error(code, self.span(start, last.len()), message)
    }
}
