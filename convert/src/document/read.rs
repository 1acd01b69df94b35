//! Events of the YAML parser to values.
//!
//! An alias is the value of its anchor, not a copy: content is counted once, where it
//! stands, and nested aliases cost no memory. What a program could walk through is
//! bounded all the same.

use std::collections::HashMap;
use std::rc::Rc;

use routewright_schema::source::{FileId, Offsets, Span};
use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

use super::bounds::{
    DEPTH_MAX, FILE_MEMORY_MAX, FLOW_SIGN_BYTES, LINE_BYTES, QUIRKS_MAX, SCALAR_BYTES_MAX,
    VALUES_MAX,
};
use super::flow;
use super::quirk::{Quirk, QuirkKind};
use super::scalar;
use super::shared::Shared;
use super::{Corpus, Document, Fault, Node, NodeKind};
use crate::trace::{NodeId, Origin};
use crate::value::{Data, Entry, Map, Value};

/// What a value in a list takes, half as much again for a list that grows.
const ITEM_BYTES: usize = size_of::<Value>() * 3 / 2;
/// What a key and its value take in a map: both, their hash and their place.
const ENTRY_BYTES: usize = (size_of::<(usize, Rc<str>, Entry)>() + 2 * size_of::<usize>()) * 5 / 4;
/// What a list or map takes itself.
const HOLDER_BYTES: usize = 2 * size_of::<Map>();
/// What a key or leaf takes in the list of nodes.
const NODE_BYTES: usize = size_of::<Node>() * 3 / 2;
/// What a text takes beside its bytes: two counts, and what the allocator adds.
const TEXT_BYTES: usize = 4 * size_of::<usize>();

/// Reads the documents of a file into `corpus`.
pub(super) fn read(corpus: &mut Corpus, file: FileId) -> Result<(), Fault> {
    let text = corpus.sources.text(file);
    let lines = text.bytes().filter(|byte| *byte == b'\n').count();
    let (signs, begin) = flow::largest(text);
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        offsets: Offsets::new(text),
        text,
        file,
        nodes: &mut corpus.nodes,
        documents: &mut corpus.documents,
        first_quirk: corpus.quirks.len(),
        quirks: &mut corpus.quirks,
        anchors: HashMap::new(),
        holders: HashMap::new(),
        shared: Shared::default(),
        values: 0,
        memory: text.len() + lines * LINE_BYTES,
    };
    let begin = Span {
        file,
        start: begin as u32,
        end: begin as u32 + 1,
    };
    reader.takes(begin, signs * FLOW_SIGN_BYTES)?;
    reader.stream()
}

/// A value, and how many it is with all that it holds.
#[derive(Clone)]
struct Read {
    value: Value,
    values: u64,
}

struct Reader<'t, 'c> {
    parser: Parser<'t, StrInput<'t>>,
    offsets: Offsets<'t>,
    text: &'t str,
    file: FileId,
    nodes: &'c mut Vec<Node>,
    documents: &'c mut Vec<Document>,
    quirks: &'c mut Vec<Quirk>,
    anchors: HashMap<usize, Read>,
    /// Keys by the anchors of their values.
    holders: HashMap<usize, NodeId>,
    shared: Shared,
    /// Where those of the file begin.
    first_quirk: usize,
    /// Of the document so far.
    values: u64,
    /// Bytes of the file so far.
    memory: usize,
}

impl<'t> Reader<'t, '_> {
    fn stream(&mut self) -> Result<(), Fault> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentStart(_), _) => self.document()?,
                _ => {}
            }
        }
    }

    fn document(&mut self) -> Result<(), Fault> {
        let first = self.nodes.len() as NodeId;
        self.values = 0;
        self.anchors.clear();
        self.holders.clear();
        let (event, span) = self.next()?;
        let nothing =
            matches!(&event, Event::Scalar(text, ScalarStyle::Plain, 0, None) if text.is_empty());
        let root = self.node(event, span, 0)?.value;
        // Nothing but comments: the parser makes an empty scalar of it.
        if nothing {
            self.nodes.truncate(first as usize);
            return Ok(());
        }
        self.takes(span, 2 * size_of::<Document>())?;
        let nodes = first..self.nodes.len() as NodeId;
        self.documents.push(Document {
            file: self.file,
            root,
            nodes,
        });
        Ok(())
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Fault> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, self.span(span.start.index(), span.end.index()))),
            Some(Err(error)) => {
                let at = error.marker().index();
                // `- *.sent` is an alias to YAML.
                let hint = match error.info().contains("anchor") {
                    true => "; a text that begins with `*` or `&` needs quotes",
                    false => "",
                };
                Err(self.fault(self.span(at, at), format!("{}{hint}", error.info())))
            }
            None => Ok((Event::StreamEnd, self.span(0, 0))),
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span {
            file: self.file,
            start: self.offsets.byte(start),
            end: self.offsets.byte(end),
        }
    }

    fn fault(&self, span: Span, message: impl Into<String>) -> Fault {
        Fault {
            span,
            message: message.into(),
        }
    }

    fn count(&mut self, span: Span, values: u64) -> Result<(), Fault> {
        self.values = self.values.saturating_add(values);
        match self.values > VALUES_MAX {
            true => Err(self.fault(
                span,
                format!(
                    "the document has more than {VALUES_MAX} values, with its aliases written out"
                ),
            )),
            false => Ok(()),
        }
    }

    /// Reckons what is about to be kept.
    fn takes(&mut self, span: Span, bytes: usize) -> Result<(), Fault> {
        self.memory += bytes;
        match self.memory > FILE_MEMORY_MAX {
            true => {
                let most = FILE_MEMORY_MAX / 1024 / 1024;
                let message = format!(
                    "the values of the file take more than {most} MiB from here on; split the file"
                );
                Err(self.fault(span, message))
            }
            false => Ok(()),
        }
    }

    /// A text that is kept.
    fn text(&mut self, span: Span, text: &str) -> Result<Rc<str>, Fault> {
        if text.len() > SCALAR_BYTES_MAX {
            let message = format!("a text has more than {SCALAR_BYTES_MAX} bytes");
            return Err(self.fault(span, message));
        }
        if let Some(known) = self.shared.text(text) {
            return Ok(known);
        }
        self.takes(span, TEXT_BYTES + text.len())?;
        Ok(self.shared.keep_text(text))
    }

    fn add(&mut self, span: Span, kind: NodeKind) -> Origin {
        let end = self.nodes.len() as NodeId + 1;
        self.nodes.push(Node { span, kind, end });
        Origin::node(end - 1)
    }

    fn quirk(&mut self, span: Span, kind: QuirkKind) {
        if self.quirks.len() - self.first_quirk >= QUIRKS_MAX {
            return;
        }
        self.quirks.push(Quirk { span, kind });
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Read, Fault> {
        let (anchor, tag) = match &event {
            Event::Alias(anchor) => {
                let unknown = "an alias of what holds it, or of nothing";
                let known = self.anchors.get(anchor).cloned();
                let read = known.ok_or_else(|| self.fault(span, unknown))?;
                if let Some(key) = self.holders.get(anchor) {
                    self.nodes[*key as usize].kind = NodeKind::Holder;
                }
                self.count(span, read.values)?;
                return Ok(read);
            }
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(anchor, tag)
            | Event::MappingStart(anchor, tag) => (*anchor, tag.clone()),
            other => return Err(self.fault(span, format!("a value is missing here: {other:?}"))),
        };
        self.count(span, 1)?;
        if depth >= DEPTH_MAX {
            let message = format!("lists and maps are nested more than {DEPTH_MAX} deep");
            return Err(self.fault(span, message));
        }
        let foreign = tag
            .as_deref()
            .is_some_and(|tag| !tag.is_yaml_core_schema() && tag.suffix != "!");
        if foreign {
            self.quirk(span, QuirkKind::Tag);
        }
        let mut read = match event {
            Event::Scalar(text, style, ..) => {
                let tag = tag.as_deref();
                let plain = style == ScalarStyle::Plain && !is_text(tag) || is_typed(tag);
                let value = self.scalar(self.clipped(&text, style, span), plain, span)?;
                Read { value, values: 1 }
            }
            Event::SequenceStart(..) => self.list(span, depth)?,
            _ => self.map(span, depth)?,
        };
        if let Some(tag) = tag.filter(|_| foreign) {
            read = self.tagged(span, &tag, read)?;
        }
        if anchor != 0 {
            self.takes(span, 6 * size_of::<Read>())?;
            self.anchors.insert(anchor, read.clone());
        }
        Ok(read)
    }

    /// `!Ref x` is `{"!Ref": x}`, so that a mapping can see it, and none takes it for `x`.
    fn tagged(&mut self, span: Span, tag: &Tag, read: Read) -> Result<Read, Fault> {
        self.takes(span, HOLDER_BYTES + ENTRY_BYTES)?;
        let text = self.text(span, &format!("{}{}", tag.handle, tag.suffix))?;
        let mut map = Map::new();
        let key = Origin::NOWHERE;
        let value = read.value;
        map.insert(text, Entry { key, value });
        Ok(Read {
            value: Data::from(map).of(Origin::NOWHERE),
            values: read.values + 1,
        })
    }

    /// A block without `+` keeps the last line break, if there is one: the parser makes one
    /// up where the file ends without.
    fn clipped<'s>(&self, text: &'s str, style: ScalarStyle, span: Span) -> &'s str {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let ends = span.end as usize == self.text.len() && !self.text.ends_with('\n');
        match text.strip_suffix('\n') {
            Some(clipped) if block && ends => clipped,
            _ => text,
        }
    }

    fn scalar(&mut self, text: &str, plain: bool, span: Span) -> Result<Value, Fault> {
        if plain && let Some(kind) = QuirkKind::of(text) {
            self.quirk(span, kind);
        }
        self.takes(span, NODE_BYTES)?;
        let data = match plain.then(|| self.shared.number(text)).flatten() {
            Some(known) => known,
            None => match scalar::resolve(text, plain) {
                Data::Text(_) => Data::Text(self.text(span, text)?),
                number @ Data::Number(_) => {
                    self.takes(span, 2 * TEXT_BYTES + text.len())?;
                    self.shared.keep_number(text, number)
                }
                other => other,
            },
        };
        Ok(data.of(self.add(span, NodeKind::Leaf)))
    }

    fn list(&mut self, span: Span, depth: usize) -> Result<Read, Fault> {
        self.takes(span, HOLDER_BYTES)?;
        let mut list = Vec::new();
        let mut values = 1;
        loop {
            let (event, at) = self.next()?;
            if event == Event::SequenceEnd {
                let from = match list.is_empty() {
                    true => self.add(until(span, at), NodeKind::Leaf),
                    false => Origin::NOWHERE,
                };
                list.shrink_to_fit();
                let data = list.into();
                let value = Value { data, from };
                return Ok(Read { value, values });
            }
            let read = self.node(event, at, depth + 1)?;
            values += read.values;
            self.takes(at, ITEM_BYTES)?;
            list.push(read.value);
        }
    }

    fn map(&mut self, span: Span, depth: usize) -> Result<Read, Fault> {
        self.takes(span, HOLDER_BYTES)?;
        let mut map = Map::new();
        let mut merges: Vec<(Span, Value)> = Vec::new();
        let mut values = 1;
        let end = loop {
            let (event, at) = self.next()?;
            if event == Event::MappingEnd {
                break at;
            }
            let (text, plain) = self.key(event, at)?;
            self.takes(at, ENTRY_BYTES + NODE_BYTES)?;
            let merge = plain && &*text == "<<";
            let place = self.nodes.len();
            let key = match merge {
                true => Origin::NOWHERE,
                false => self.add(at, NodeKind::Key),
            };
            let (event, value_at) = self.next()?;
            if let Event::Scalar(_, _, anchor @ 1.., _)
            | Event::SequenceStart(anchor @ 1.., _)
            | Event::MappingStart(anchor @ 1.., _) = &event
            {
                self.holders.insert(*anchor, place as NodeId);
            }
            let read = self.node(event, value_at, depth + 1)?;
            values += read.values;
            if merge {
                merges.push((at, read.value));
                continue;
            }
            self.nodes[place].end = self.nodes.len() as NodeId;
            if plain && QuirkKind::of(&text) == Some(QuirkKind::Boolean) {
                self.quirk(at, QuirkKind::Boolean);
            }
            let value = read.value;
            if map.insert(text, Entry { key, value }).is_some() {
                self.quirk(at, QuirkKind::DuplicateKey);
            }
        };
        for (at, value) in merges {
            self.quirk(at, QuirkKind::MergeKey);
            self.merge(&mut map, at, &value)?;
        }
        let from = match map.is_empty() {
            true => self.add(until(span, end), NodeKind::Leaf),
            false => Origin::NOWHERE,
        };
        map.shrink();
        let data = map.into();
        let value = Value { data, from };
        Ok(Read { value, values })
    }

    /// The text of a key, and whether it is without quotes.
    fn key(&mut self, event: Event<'t>, span: Span) -> Result<(Rc<str>, bool), Fault> {
        match event {
            Event::Scalar(text, style, ..) => {
                let text = self.text(span, &text)?;
                Ok((text, style == ScalarStyle::Plain))
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor).map(|read| &read.value.data) {
                Some(Data::Text(text)) => Ok((text.clone(), false)),
                _ => Err(self.fault(span, "a key that is an alias of something other than text")),
            },
            _ => Err(self.fault(span, "a key that is a list or a map")),
        }
    }

    /// Own keys win, then the merge that is named first.
    fn merge(&mut self, map: &mut Map, at: Span, value: &Value) -> Result<(), Fault> {
        match &value.data {
            Data::Map(merged) => {
                for (key, entry) in merged.iter() {
                    if map.contains_key(key) {
                        self.quirk(at, QuirkKind::MergeOrder);
                    } else {
                        self.takes(at, ENTRY_BYTES)?;
                        map.insert(key.clone(), entry.clone());
                    }
                }
                Ok(())
            }
            Data::List(list) => list.iter().try_for_each(|value| self.merge(map, at, value)),
            _ => Err(self.fault(at, "`<<` merges a map, or a list of maps")),
        }
    }
}

/// From the beginning of one to the end of the other.
fn until(begin: Span, end: Span) -> Span {
    Span {
        end: end.end.max(begin.end),
        ..begin
    }
}

/// `!!str`, or the tag `!` that says the same.
fn is_text(tag: Option<&Tag>) -> bool {
    tag.is_some_and(|tag| !tag.is_yaml_core_schema() || tag.suffix == "str")
}

/// `!!int` and the like, which hold also for text in quotes.
fn is_typed(tag: Option<&Tag>) -> bool {
    let typed = ["bool", "int", "float", "null"];
    tag.is_some_and(|tag| tag.is_yaml_core_schema() && typed.contains(&&*tag.suffix))
}
