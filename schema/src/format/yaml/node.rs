//! YAML as a tree in which everything has a place.
//!
//! Refused: anchors, aliases, tags, merge keys, duplicate keys, more than one document,
//! and more depth or nodes than a definition can need. After a fault of the syntax the
//! tree holds what stood before it.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput};

use super::words;
use crate::diagnostic::{Diagnostic, Report};
use crate::source::{FileId, Offsets, Span};
use crate::value::shown;

/// Lists and maps within each other.
const DEPTH_MAX: usize = 32;
/// Keys, scalars, lists and maps of one file.
const NODES_MAX: usize = 4_000_000;
/// Unquoted patterns that are found in one run. Each costs reading the text again.
const UNQUOTED_MAX: usize = 8;

#[derive(Debug)]
pub(crate) struct Node {
    pub span: Span,
    pub value: Value,
}

#[derive(Debug)]
pub(crate) enum Value {
    /// `plain`: without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    Seq(Vec<Node>),
    Map(Vec<(Node, Node)>),
    /// Something that was refused, and told.
    Refused,
}

pub(super) struct Tree {
    /// `None`: the text has no content.
    pub root: Option<Node>,
    /// Whether all of the text was read.
    pub complete: bool,
}

/// Reads a text.
pub(super) fn read(file: FileId, text: &str, report: &mut Report) -> Tree {
    let offsets = Offsets::new(text);
    let mut text = Cow::Borrowed(text);
    let mut unquoted = 0;
    loop {
        let mut found = Report::new();
        let mut reader = Reader {
            text: &text,
            parser: Parser::new_from_str(&text),
            file,
            offsets: &offsets,
            report: &mut found,
            nodes: 0,
            open: Vec::new(),
            fault: None,
        };
        let root = reader.document();
        let fault = reader.fault.take();
        // A pattern without quotes is an alias to YAML. It ends the parse, so that the
        // text is read again with another character in its place.
        if let Some(Fault::Alias(at)) = fault {
            report.push(words::unquoted_pattern(file, &text, at));
            unquoted += 1;
            let patched = unquoted < UNQUOTED_MAX && text.as_bytes().get(at) == Some(&b'*');
            if patched {
                text.to_mut().replace_range(at..=at, "_");
                continue;
            }
        }
        report.extend(found);
        return Tree {
            root,
            complete: fault.is_none() && unquoted == 0,
        };
    }
}

/// Why reading stopped.
enum Fault {
    /// A problem that is told.
    Told,
    /// An alias of nothing, at that byte.
    Alias(usize),
}

struct Reader<'t, 'r> {
    text: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    file: FileId,
    offsets: &'r Offsets<'r>,
    report: &'r mut Report,
    nodes: usize,
    /// Where the lists and maps begin that are not yet at their end.
    open: Vec<Span>,
    fault: Option<Fault>,
}

impl<'t> Reader<'t, '_> {
    fn document(&mut self) -> Option<Node> {
        let mut root = None;
        let mut documents = 0;
        while let Some((event, span)) = self.next() {
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let span = Span {
                            end: span.start + 3,
                            ..span
                        };
                        let fault = Diagnostic::error(
                            "documents",
                            span,
                            "a second YAML document begins here",
                        );
                        self.stop(fault.hint("put it into a file of its own; files are merged"));
                    }
                }
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::StreamEnd => break,
                // Nothing but comments: the parser makes an empty scalar of it.
                Event::Scalar(ref text, ScalarStyle::Plain, 0, None) if text.is_empty() => {}
                event => root = Some(self.node(event, span, 0)),
            }
        }
        root
    }

    fn next(&mut self) -> Option<(Event<'t>, Span)> {
        if self.fault.is_some() {
            return None;
        }
        match self.parser.next_event()? {
            Ok((event, span)) => {
                let span = Span {
                    file: self.file,
                    start: self.offsets.byte(span.start.index()),
                    end: self.offsets.byte(span.end.index()),
                };
                Some((event, span))
            }
            Err(error) => {
                self.syntax(&error);
                None
            }
        }
    }

    fn stop(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
        self.fault = Some(Fault::Told);
    }

    fn syntax(&mut self, error: &ScanError) {
        let at = self.offsets.byte(error.marker().index());
        if let Some(star) = words::star(self.text, at as usize, error.info()) {
            self.fault = Some(Fault::Alias(star));
            return;
        }
        let span = Span {
            file: self.file,
            start: at,
            end: at,
        };
        let (message, hint) = words::in_words(error.info());
        let mut diagnostic = Diagnostic::error("syntax", span, message).maybe_hint(hint);
        // In brackets, the end that is missing is seldom where the parser misses it.
        if let Some(open) = self.open.iter().rfind(|open| self.is_bracket(open)) {
            let end = open.start + 1;
            diagnostic = diagnostic.also(Span { end, ..*open }, "opened here");
            if let Some(comment) = words::comment(self.text, open.start as usize) {
                diagnostic.message = "a bracket is not closed: a comment hides its end".to_owned();
                diagnostic = diagnostic
                    .also(
                        Span {
                            file: self.file,
                            ..comment
                        },
                        "begins a comment",
                    )
                    .hint("put a text that holds ` #` in quotes, or close the bracket before it");
            } else if words::is_second_colon(self.text, open.start as usize, at as usize) {
                diagnostic = diagnostic
                    .hint("put a `,` before the next key; a text that holds `: ` goes in quotes");
            }
        } else if error.info().contains("expected key") && words::is_element(self.text, at as usize)
        {
            diagnostic = diagnostic
                .hint("delete the `- ` if this is an entry of a map, such as of `routes`");
        }
        self.stop(diagnostic);
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Node {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let message = format!("the file has more than {NODES_MAX} keys and values");
            self.stop(
                Diagnostic::error("limit", span, message).hint("split it into several files"),
            );
        }
        let (Event::Scalar(_, _, anchor, ref tag)
        | Event::SequenceStart(anchor, ref tag)
        | Event::MappingStart(anchor, ref tag)) = event
        else {
            // An alias; its anchor stands before it, and was told.
            return Node {
                span,
                value: Value::Refused,
            };
        };
        if anchor != 0 {
            let fault = Diagnostic::error(
                "anchor",
                span,
                "this has a YAML anchor (`&name`); a definition has none",
            );
            self.report.push(fault.hint(
                "write the value out where it is used; `defaults` serves for what routes share",
            ));
        }
        let tagged = tag.is_some();
        if tagged {
            let fault = Diagnostic::error(
                "tag",
                span,
                "this has a YAML tag (`!name`); a definition has none",
            );
            self.report
                .push(fault.hint("delete the tag; types are declared with `type`"));
        }
        if !matches!(event, Event::Scalar(..)) && depth >= DEPTH_MAX {
            let message = format!("lists and maps are nested more than {DEPTH_MAX} deep");
            self.stop(Diagnostic::error("depth", span, message));
            return Node {
                span,
                value: Value::Refused,
            };
        }
        self.open.push(span);
        let node = match event {
            // Nothing stands between an anchor or tag and the end: told already.
            Event::Scalar(text, ScalarStyle::Plain, ..)
                if text.is_empty() && (anchor != 0 || tagged) =>
            {
                Node {
                    span,
                    value: Value::Refused,
                }
            }
            Event::Scalar(text, style, ..) => {
                let plain = style == ScalarStyle::Plain;
                Node {
                    span,
                    value: Value::Scalar {
                        text: text.into_owned(),
                        plain,
                    },
                }
            }
            Event::SequenceStart(..) => self.seq(span, depth),
            _ => self.map(span, depth),
        };
        self.open.pop();
        node
    }

    fn seq(&mut self, mut span: Span, depth: usize) -> Node {
        let mut items = Vec::new();
        while let Some((event, at)) = self.next() {
            if event == Event::SequenceEnd {
                span.end = span.end.max(at.end);
                break;
            }
            items.push(self.node(event, at, depth + 1));
        }
        Node {
            span,
            value: Value::Seq(items),
        }
    }

    fn map(&mut self, mut span: Span, depth: usize) -> Node {
        let mut entries: Vec<(Node, Node)> = Vec::new();
        while let Some((event, at)) = self.next() {
            if event == Event::MappingEnd {
                span.end = span.end.max(at.end);
                break;
            }
            self.check_indent(at);
            let key = self.node(event, at, depth + 1);
            let Some((event, at)) = self.next() else {
                break;
            };
            let value = self.node(event, at, depth + 1);
            entries.push((key, value));
        }
        // What stands right before a fault is seldom what was meant.
        if self.fault.is_some()
            && entries
                .last()
                .is_some_and(|(_, value)| matches!(value.value, Value::Scalar { .. }))
        {
            entries.pop();
        }
        self.check_keys(&mut entries);
        Node {
            span,
            value: Value::Map(entries),
        }
    }

    /// A tab before a key is no indentation, and of different width to each reader. (The
    /// parser takes one after a space. In brackets, where nothing is indented, it is good.)
    fn check_indent(&mut self, key: Span) {
        let before = self.text.get(..key.start as usize).unwrap_or("");
        // Blanks only: a line may be long, and hold many keys.
        let line = before.trim_end_matches([' ', '\t']);
        let Some(tab) = before[line.len()..].find('\t') else {
            return;
        };
        let first = line.is_empty() || line.ends_with(['\n', '\r']);
        if first && !self.open.iter().any(|open| self.is_bracket(open)) {
            let start = (line.len() + tab) as u32;
            let span = Span {
                start,
                end: start + 1,
                ..key
            };
            let (message, hint) = words::in_words("found a tab");
            self.stop(Diagnostic::error("syntax", span, message).maybe_hint(hint));
        }
    }

    fn is_bracket(&self, open: &Span) -> bool {
        matches!(
            self.text.as_bytes().get(open.start as usize),
            Some(b'[' | b'{')
        )
    }

    /// Tells merge keys and keys that stand twice, and takes them out.
    fn check_keys(&mut self, entries: &mut Vec<(Node, Node)>) {
        let mut first: HashMap<&str, Span> = HashMap::with_capacity(entries.len());
        let mut bad = Vec::new();
        for (at, (key, _)) in entries.iter().enumerate() {
            let Value::Scalar { text, plain } = &key.value else {
                continue;
            };
            if *plain && text == "<<" {
                let fault = Diagnostic::error(
                    "merge_key",
                    key.span,
                    "YAML merge keys (`<<`) are not part of the language",
                );
                self.report.push(
                    fault.hint("write the keys out; `defaults` serves for what routes share"),
                );
                bad.push(at);
            } else if let Some(rival) = first.get(text.as_str()) {
                let fault = Diagnostic::error(
                    "duplicate",
                    key.span,
                    format!("the key {} stands twice", shown(text)),
                );
                self.report
                    .push(fault.label("again here").also(*rival, "first here"));
                bad.push(at);
            } else {
                first.insert(text, key.span);
            }
        }
        drop(first);
        let (mut at, mut bad) = (0, bad.into_iter().peekable());
        entries.retain(|_| {
            at += 1;
            bad.next_if_eq(&(at - 1)).is_none()
        });
    }
}
