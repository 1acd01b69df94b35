//! The value of an option, as protobuf's text format writes it, to nodes with places.

use std::ops::Range;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::lex::{Lexer, Token};
use crate::diagnostic::{Diagnostic, Report, one_of};
use crate::format::message::MESSAGE_NODES_MAX;
use crate::format::message::node::{Field, Message, Node};
use crate::source::{FileId, Span, Text};
use crate::value::shown;

/// Messages within messages; a definition needs five.
const DEPTH_MAX: usize = 16;

/// Reads the values of options of one file.
pub(super) struct Reader<'t, 'r> {
    file: FileId,
    text: &'t str,
    lexer: Lexer<'t>,
    next: Option<(Token, Range<usize>)>,
    depth: usize,
    nodes: usize,
    /// Errors before it began.
    before: usize,
    report: &'r mut Report,
}

/// The rest of an option cannot be read; why has been told.
pub(super) struct Stop;

impl<'t, 'r> Reader<'t, 'r> {
    /// Reads `text` from the byte `at`.
    pub fn new(file: FileId, text: &'t str, at: usize, report: &'r mut Report) -> Self {
        let mut lexer = Lexer::new(text, at);
        let next = lexer.next();
        Reader {
            file,
            text,
            lexer,
            next,
            depth: 0,
            nodes: 0,
            before: report.errors(),
            report,
        }
    }

    /// What it has told so far.
    pub fn faults(&self) -> usize {
        self.report.errors() - self.before
    }

    fn span(&self, range: &Range<usize>) -> Span {
        Span {
            file: self.file,
            start: range.start as u32,
            end: range.end as u32,
        }
    }

    /// Where the next token stands; at the end, nowhere wide.
    fn here(&self) -> Range<usize> {
        match &self.next {
            Some((_, range)) => range.clone(),
            None => self.text.len()..self.text.len(),
        }
    }

    fn bump(&mut self) -> Option<(Token, Range<usize>)> {
        let next = self.lexer.next();
        std::mem::replace(&mut self.next, next)
    }

    fn peek(&self, punct: u8) -> bool {
        matches!(&self.next, Some((Token::Punct(p), _)) if *p == punct)
    }

    /// Takes that character, if it is next.
    fn take(&mut self, punct: u8) -> Option<Range<usize>> {
        self.peek(punct).then(|| self.bump().map(|(_, at)| at))?
    }

    fn problem(&mut self, code: &'static str, span: Span, message: String, hint: Option<String>) {
        self.report
            .push(Diagnostic::error(code, span, message).maybe_hint(hint));
    }

    fn unexpected(&mut self, expected: &str) -> Stop {
        let at = self.here();
        let found = match &self.next {
            Some((_, range)) => shown(&self.text[range.clone()]),
            None => "the end of the file".to_owned(),
        };
        let span = self.span(&at);
        let message = format!("expected {expected}, found {found}");
        self.problem("syntax", span, message, None);
        Stop
    }

    /// Skips `option`, `(name)`, the names after it and the `=`; gives those names.
    pub fn option_name(&mut self) -> Result<Vec<Text>, Stop> {
        if matches!(self.next, Some((Token::Ident, _))) {
            self.bump();
        }
        if self.take(b'(').is_some() {
            while self.take(b')').is_none() {
                if self.bump().is_none() {
                    return Err(self.unexpected("`)`"));
                }
            }
        }
        let mut path = Vec::new();
        while self.take(b'.').is_some() {
            match self.bump() {
                Some((Token::Ident, range)) => path.push(self.text_at(&range)),
                _ => return Err(self.unexpected("the name of a field")),
            }
        }
        match self.take(b'=') {
            Some(_) => Ok(path),
            None => Err(self.unexpected("`=`")),
        }
    }

    fn text_at(&self, range: &Range<usize>) -> Text {
        Text {
            value: self.text[range.clone()].to_owned(),
            span: self.span(range),
        }
    }

    /// Reads the value of an option that is a message, or of a field within it.
    pub fn option(&mut self, path: &[Text], into: &mut Message) -> Result<(), Stop> {
        let descriptor = into.descriptor.clone().ok_or(Stop)?;
        match path.split_first() {
            None => {
                let open = self.open("a message in `{ }`")?;
                let span = self.fields(&descriptor, open, into)?;
                into.span = span;
                Ok(())
            }
            Some((name, rest)) => {
                let Some(field) = self.field(&descriptor, name) else {
                    return Err(Stop);
                };
                let Kind::Message(inner) = field.kind() else {
                    if let Some(below) = rest.first() {
                        let message = format!("`{}` has no fields", name.value);
                        self.problem("unknown_field", below.span, message, None);
                        return Err(Stop);
                    }
                    return self.values(&field, name.span, into);
                };
                if rest.is_empty() {
                    return self.values(&field, name.span, into);
                }
                let at = into.fields.iter().position(|f| f.descriptor == field);
                if field.is_list() || at.is_some_and(|at| into.fields[at].values.len() != 1) {
                    let message = format!("`{}` is repeated; give it as a whole", name.value);
                    self.problem("wrong_type", name.span, message, None);
                    return Err(Stop);
                }
                let at = at.unwrap_or_else(|| {
                    into.fields.push(Field {
                        descriptor: field,
                        span: name.span,
                        values: vec![Node::Message(Message::new(inner, name.span))],
                    });
                    into.fields.len() - 1
                });
                match into.fields[at].values.first_mut() {
                    Some(Node::Message(inner)) => self.option(rest, inner),
                    _ => Err(Stop),
                }
            }
        }
    }

    /// Reads the value of an option that is a bool.
    pub fn bool(&mut self) -> Result<(bool, Span), Stop> {
        let at = self.here();
        match self.text.get(at.clone()) {
            Some("true") => Ok((true, self.span(&at))),
            Some("false") => Ok((false, self.span(&at))),
            _ => Err(self.unexpected("`true` or `false`")),
        }
    }

    /// Takes `{` or `<`; gives its place and what closes it.
    fn open(&mut self, expected: &str) -> Result<(Range<usize>, u8), Stop> {
        for (open, close) in [(b'{', b'}'), (b'<', b'>')] {
            if let Some(range) = self.take(open) {
                return Ok((range, close));
            }
        }
        Err(self.unexpected(expected))
    }

    /// The fields of a message that is open, and what closes it. Gives its place.
    fn fields(
        &mut self,
        descriptor: &MessageDescriptor,
        (open, close): (Range<usize>, u8),
        into: &mut Message,
    ) -> Result<Span, Stop> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let message = format!("messages are nested more than {DEPTH_MAX} deep");
            let span = self.span(&open);
            self.problem("limit", span, message, None);
            return Err(Stop);
        }
        let end = loop {
            if let Some(end) = self.take(close) {
                break end;
            }
            let name = match self.bump() {
                Some((Token::Ident, range)) => self.text_at(&range),
                other => {
                    self.next = other;
                    return Err(self.unexpected("the name of a field, or the end of the message"));
                }
            };
            let colon = self.take(b':').is_some();
            match self.field(descriptor, &name) {
                Some(field) => {
                    if !colon && !matches!(field.kind(), Kind::Message(_)) {
                        return Err(self.unexpected("`:` before a value"));
                    }
                    self.values(&field, name.span, into)?;
                }
                None => self.skip()?,
            }
            if self.take(b',').is_none() {
                self.take(b';');
            }
        };
        self.depth -= 1;
        Ok(Span {
            file: self.file,
            start: open.start as u32,
            end: end.end as u32,
        })
    }

    /// The field of that name; else tells that there is none.
    fn field(&mut self, descriptor: &MessageDescriptor, name: &Text) -> Option<FieldDescriptor> {
        let field = descriptor.get_field_by_name(&name.value);
        if field.is_none() {
            let names: Vec<String> = descriptor.fields().map(|f| f.name().to_owned()).collect();
            let hint = one_of(
                &name.value,
                "allowed here",
                names.iter().map(String::as_str),
            );
            let message = format!("there is no field {} here", shown(&name.value));
            self.problem("unknown_field", name.span, message, hint);
        }
        field
    }

    /// The value, or the values in `[ ]`, of a field.
    fn values(
        &mut self,
        field: &FieldDescriptor,
        span: Span,
        into: &mut Message,
    ) -> Result<(), Stop> {
        let mut values = Vec::new();
        if field.is_list() && self.take(b'[').is_some() {
            while self.take(b']').is_none() {
                values.extend(self.value(field)?);
                if self.take(b',').is_none() && !self.peek(b']') {
                    return Err(self.unexpected("`,` or `]`"));
                }
            }
        } else {
            values.extend(self.value(field)?);
        }
        let Some(first) = into.fields.iter_mut().find(|f| f.descriptor == *field) else {
            into.fields.push(Field {
                descriptor: field.clone(),
                span,
                values,
            });
            return Ok(());
        };
        if field.is_list() {
            first.values.extend(values);
        } else {
            let first = first.span;
            let message = format!("`{}` stands twice", field.name());
            self.report.push(
                Diagnostic::error("duplicate", span, message)
                    .label("again here")
                    .also(first, "first here"),
            );
        }
        Ok(())
    }

    /// One value. One of the wrong type is told and left out.
    fn value(&mut self, field: &FieldDescriptor) -> Result<Option<Node>, Stop> {
        self.nodes += 1;
        if self.nodes > MESSAGE_NODES_MAX {
            let span = self.span(&self.here());
            let message = format!("the option has more than {MESSAGE_NODES_MAX} values");
            self.problem("limit", span, message, None);
            return Err(Stop);
        }
        if let Kind::Message(descriptor) = field.kind() {
            let open = self.open(&format!("a message in `{{ }}` for `{}`", field.name()))?;
            let mut message = Message::new(descriptor.clone(), self.span(&open.0));
            message.span = self.fields(&descriptor, open, &mut message)?;
            return Ok(Some(Node::Message(message)));
        }
        let text = self.scalar(field)?;
        Ok(text.map(Node::Text))
    }

    fn scalar(&mut self, field: &FieldDescriptor) -> Result<Option<Text>, Stop> {
        if matches!(self.next, Some((Token::Text(_) | Token::BadText(_), _))) {
            let (text, whole) = self.texts()?;
            if matches!(field.kind(), Kind::String) {
                return Ok(Some(text));
            }
            let message = format!("`{}` needs {}, not a text", field.name(), wanted(field));
            let hint = format!("write {} without quotes", text.value);
            self.problem("wrong_type", whole, message, Some(hint));
            return Ok(None);
        }
        let sign = self.take(b'-');
        let (token, range) = match self.bump() {
            Some((token @ (Token::Ident | Token::Number), range)) => (token, range),
            other => {
                self.next = other;
                return Err(self.unexpected(wanted(field)));
            }
        };
        let start = sign.map_or(range.start, |sign| sign.start);
        let text = self.text_at(&(start..range.end));
        let good = match field.kind() {
            Kind::Bool => matches!(text.value.as_str(), "true" | "false"),
            Kind::String => false,
            _ => token == Token::Number,
        };
        if good {
            return Ok(Some(text));
        }
        let message = format!(
            "`{}` needs {}, not {}",
            field.name(),
            wanted(field),
            shown(&text.value)
        );
        let hint = (matches!(field.kind(), Kind::String) && text.value.len() < 64)
            .then(|| format!("write \"{}\"", text.value));
        self.problem("wrong_type", text.span, message, hint);
        Ok(None)
    }

    /// One text or several, which are one; its place without quotes, and with them.
    fn texts(&mut self) -> Result<(Text, Span), Stop> {
        let whole = self.here();
        let (mut value, mut end, mut pieces) = (String::new(), whole.end, 0);
        loop {
            match self.next.take() {
                Some((Token::Text(text), range)) => {
                    value.push_str(&text);
                    end = range.end;
                    pieces += 1;
                }
                Some((Token::BadText(fault), range)) => {
                    let span = self.span(&range);
                    self.problem("syntax", span, fault.to_owned(), None);
                    return Err(Stop);
                }
                other => {
                    self.next = other;
                    break;
                }
            }
            self.next = self.lexer.next();
        }
        let whole = whole.start..end;
        let inner = match pieces {
            1 => whole.start + 1..end.saturating_sub(1).max(whole.start + 1),
            _ => whole.clone(),
        };
        let text = Text {
            value,
            span: self.span(&inner),
        };
        Ok((text, self.span(&whole)))
    }

    /// Past a value of an unknown field.
    fn skip(&mut self) -> Result<(), Stop> {
        let mut open = 0_usize;
        loop {
            match &self.next {
                Some((Token::Punct(b'{' | b'<' | b'['), _)) => open += 1,
                Some((Token::Punct(b'}' | b'>' | b']'), _)) => {
                    // Of the message around it, if a value is missing.
                    let Some(less) = open.checked_sub(1) else {
                        return Err(self.unexpected("a value"));
                    };
                    open = less;
                }
                Some((Token::Punct(b'-'), _)) => {
                    self.bump();
                    continue;
                }
                Some((Token::Text(_) | Token::BadText(_), _)) if open == 0 => {
                    self.texts()?;
                    return Ok(());
                }
                Some(_) => {}
                None => return Err(self.unexpected("a value")),
            }
            self.bump();
            if open == 0 {
                return Ok(());
            }
        }
    }
}

fn wanted(field: &FieldDescriptor) -> &'static str {
    match field.kind() {
        Kind::String => "a text in quotes",
        Kind::Bool => "true or false",
        Kind::Uint32 | Kind::Uint64 => "a whole number from 0",
        _ => "a whole number",
    }
}
