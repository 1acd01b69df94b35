//! What a message says before anything is made of it: fields with spans, whatever
//! they were read from.

use prost_reflect::{FieldDescriptor, MessageDescriptor};

use crate::diagnostic::{Diagnostic, Report};
use crate::source::{Span, Text};

/// A message: the fields that are given, each once.
#[derive(Clone, Debug, Default)]
pub(in crate::format) struct Message {
    /// Its type; absent only of one that could not be read at all.
    pub descriptor: Option<MessageDescriptor>,
    /// Where it stands.
    pub span: Span,
    pub fields: Vec<Field>,
}

/// A field and its values.
#[derive(Clone, Debug)]
pub(in crate::format) struct Field {
    pub descriptor: FieldDescriptor,
    /// Where its name stands.
    pub span: Span,
    /// One; of a repeated field, any number.
    pub values: Vec<Node>,
}

/// A value.
#[derive(Clone, Debug)]
pub(in crate::format) enum Node {
    /// Of a scalar field, as text.
    Text(Text),
    Message(Message),
}

impl Message {
    /// A message without fields.
    pub fn new(descriptor: MessageDescriptor, span: Span) -> Message {
        Message {
            descriptor: Some(descriptor),
            span,
            fields: Vec::new(),
        }
    }

    /// Where the name of that field stands, if it is given.
    pub fn given(&self, name: &str) -> Option<Span> {
        let field = self.fields.iter().find(|f| f.descriptor.name() == name)?;
        Some(field.span)
    }

    /// Gives a field values from elsewhere, in place of those that it has.
    pub fn set(&mut self, name: &str, span: Span, values: Vec<Node>) {
        let descriptor = self
            .descriptor
            .as_ref()
            .and_then(|d| d.get_field_by_name(name));
        if let Some(descriptor) = descriptor {
            self.fields.retain(|f| f.descriptor != descriptor);
            self.fields.push(Field {
                descriptor,
                span,
                values,
            });
        }
    }

    /// Takes a field out: where its name stands, and its values.
    pub fn field(&mut self, name: &str) -> Option<(Span, Vec<Node>)> {
        let at = self
            .fields
            .iter()
            .position(|f| f.descriptor.name() == name)?;
        let field = self.fields.swap_remove(at);
        Some((field.span, field.values))
    }

    /// Takes a repeated scalar field out.
    pub fn texts(&mut self, name: &str) -> Vec<Text> {
        let values = self
            .field(name)
            .map(|(_, values)| values)
            .unwrap_or_default();
        values.into_iter().filter_map(Node::text).collect()
    }

    /// Takes a scalar field out. One that may be absent on the wire and is empty is
    /// as good as absent.
    pub fn text(&mut self, name: &str) -> Option<Text> {
        let at = self
            .fields
            .iter()
            .position(|f| f.descriptor.name() == name)?;
        let presence = self.fields[at].descriptor.supports_presence();
        let text = self
            .fields
            .swap_remove(at)
            .values
            .into_iter()
            .find_map(Node::text)?;
        (presence || !text.value.is_empty()).then_some(text)
    }

    /// Takes a repeated message field out.
    pub fn messages(&mut self, name: &str) -> Vec<Message> {
        let values = self
            .field(name)
            .map(|(_, values)| values)
            .unwrap_or_default();
        values.into_iter().filter_map(Node::message).collect()
    }

    /// Takes a message field out.
    pub fn message(&mut self, name: &str) -> Option<Message> {
        self.messages(name).into_iter().next()
    }

    /// Reports what nobody took: fields of the message that drafts do not have.
    pub fn end(self, report: &mut Report) {
        for field in self.fields {
            let name = field.descriptor.name();
            let message = format!("`{name}` is not part of this release; leave it out");
            report.push(Diagnostic::error("not_supported", field.span, message));
        }
    }
}

impl Node {
    pub fn text(self) -> Option<Text> {
        match self {
            Node::Text(text) => Some(text),
            Node::Message(_) => None,
        }
    }

    pub fn message(self) -> Option<Message> {
        match self {
            Node::Message(message) => Some(message),
            Node::Text(_) => None,
        }
    }
}
