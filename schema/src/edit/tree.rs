//! A YAML text as a tree whose places are exact.
//!
//! The reader's places say where a value is to be shown. The end of a bracket or a
//! quoted text may be off by what follows it, a block list may begin behind its first
//! `-`. So the ends are found here again, from the text, along the tree that is known.

use crate::format::yaml::node::{Node as Read, Value};

/// A value.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Its first byte: of a block list, the first `-`; of a block text, the `|` or `>`.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    pub shape: Shape,
}

#[derive(Clone, Debug)]
pub(super) enum Shape {
    Scalar { text: String, style: Style },
    List { items: Vec<Item>, flow: bool },
    Map { items: Vec<Item>, flow: bool },
}

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// `|` or `>`; the text begins at that byte, behind what may be a comment.
    Block(usize),
}

/// An element of a list, or an entry of a map.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The first byte of its key; in a block list, its `-`.
    pub start: usize,
    /// The key; empty in a list.
    pub key: String,
    /// The byte after the `:` or the `-`.
    pub colon: usize,
    pub value: Node,
}

/// A place that is written as no one writes definitions: `? key`, `[a: b]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Odd(pub usize);

/// Finds the exact places of what was read of `text`.
pub(super) fn exact(text: &str, root: &Read) -> Result<Node, Odd> {
    Finder { text }.node(root, root.span.start as usize)
}

impl Node {
    /// The elements or entries; none of a scalar.
    pub fn items(&self) -> &[Item] {
        match &self.shape {
            Shape::Scalar { .. } => &[],
            Shape::List { items, .. } | Shape::Map { items, .. } => items,
        }
    }

    /// Whether it is a list or a map in brackets.
    pub fn is_flow(&self) -> bool {
        matches!(
            self.shape,
            Shape::List { flow: true, .. } | Shape::Map { flow: true, .. }
        )
    }

    /// Whether it is a list or a map that is laid out by lines.
    pub fn is_block(&self) -> bool {
        !self.is_flow() && !matches!(self.shape, Shape::Scalar { .. })
    }

    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Item> {
        self.position(key).and_then(|at| self.items().get(at))
    }

    /// The position of the entry of a key.
    pub fn position(&self, key: &str) -> Option<usize> {
        match &self.shape {
            Shape::Map { items, .. } => items.iter().position(|item| item.key == key),
            _ => None,
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.shape {
            Shape::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Calls `with` for each scalar and key: from where to where it stands.
    pub fn each_text(&self, with: &mut impl FnMut(usize, usize)) {
        match self.shape {
            Shape::Scalar {
                style: Style::Block(body),
                ..
            } => with(body, self.end),
            Shape::Scalar { .. } => with(self.start, self.end),
            Shape::List { .. } | Shape::Map { .. } => {}
        }
        let map = matches!(self.shape, Shape::Map { .. });
        for item in self.items() {
            if map {
                with(item.start, item.colon);
            }
            item.value.each_text(with);
        }
    }
}

struct Finder<'t> {
    text: &'t str,
}

impl Finder<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The next byte that is neither blank nor comment.
    fn next(&self, from: usize) -> usize {
        trivia_end(self.text, from)
    }

    /// The value that begins after `from`.
    fn node(&self, read: &Read, from: usize) -> Result<Node, Odd> {
        let start = self.next(from);
        match (&read.value, self.byte(start)) {
            (Value::Scalar { text, plain }, first) => {
                let nothing = *plain && text.is_empty();
                let start = if nothing { from } else { start };
                let (end, style) = match first {
                    _ if nothing => (from, Style::Plain),
                    _ if *plain => (read.span.end as usize, Style::Plain),
                    Some(b'"') => (self.double_end(start)?, Style::Double),
                    Some(b'\'') => (self.single_end(start)?, Style::Single),
                    Some(b'|' | b'>') => {
                        let end = self.block_text_end(start, read);
                        let line = self.text[start..end].find('\n');
                        (end, Style::Block(line.map_or(end, |line| start + line)))
                    }
                    _ => return Err(Odd(start)),
                };
                let text = text.clone();
                let shape = Shape::Scalar { text, style };
                Ok(Node { start, end, shape })
            }
            (Value::Seq(read), Some(b'[')) => {
                let (items, end) = self.brackets(start, b']', read, |read, at| {
                    let value = self.node(read, at)?;
                    let start = value.start;
                    let key = String::new();
                    Ok(Item {
                        start,
                        key,
                        colon: start,
                        value,
                    })
                })?;
                let shape = Shape::List { items, flow: true };
                Ok(Node { start, end, shape })
            }
            (Value::Map(read), Some(b'{')) => {
                let (items, end) = self.brackets(start, b'}', read, |(key, value), at| {
                    self.entry(key, value, at)
                })?;
                let shape = Shape::Map { items, flow: true };
                Ok(Node { start, end, shape })
            }
            (Value::Seq(read), _) => {
                let (mut items, mut at) = (Vec::with_capacity(read.len()), from);
                for read in read {
                    let dash = self.next(at);
                    if self.byte(dash) != Some(b'-') {
                        return Err(Odd(dash));
                    }
                    let value = self.node(read, dash + 1)?;
                    at = value.end;
                    items.push(Item {
                        start: dash,
                        key: String::new(),
                        colon: dash + 1,
                        value,
                    });
                }
                let shape = Shape::List { items, flow: false };
                Ok(Node {
                    start,
                    end: at,
                    shape,
                })
            }
            (Value::Map(read), _) => {
                let (mut items, mut at) = (Vec::with_capacity(read.len()), from);
                for (key, value) in read {
                    let entry = self.entry(key, value, at)?;
                    at = entry.value.end;
                    items.push(entry);
                }
                let shape = Shape::Map { items, flow: false };
                Ok(Node {
                    start,
                    end: at,
                    shape,
                })
            }
            (Value::Refused, _) => Err(Odd(start)),
        }
    }

    fn entry(&self, key: &Read, value: &Read, from: usize) -> Result<Item, Odd> {
        let key = self.node(key, from)?;
        let colon = self.next(key.end);
        let (Shape::Scalar { text, .. }, Some(b':')) = (key.shape, self.byte(colon)) else {
            return Err(Odd(key.start));
        };
        let value = self.node(value, colon + 1)?;
        Ok(Item {
            start: key.start,
            key: text,
            colon: colon + 1,
            value,
        })
    }

    /// What stands in brackets, and the byte after the closing one.
    fn brackets<R>(
        &self,
        open: usize,
        close: u8,
        read: &[R],
        item: impl Fn(&R, usize) -> Result<Item, Odd>,
    ) -> Result<(Vec<Item>, usize), Odd> {
        let (mut items, mut at) = (Vec::with_capacity(read.len()), open + 1);
        for read in read {
            let item = item(read, at)?;
            at = self.next(item.value.end);
            if self.byte(at) == Some(b',') {
                at += 1;
            }
            items.push(item);
        }
        let end = self.next(at);
        match self.byte(end) {
            Some(found) if found == close => Ok((items, end + 1)),
            _ => Err(Odd(end)),
        }
    }

    fn double_end(&self, start: usize) -> Result<usize, Odd> {
        let mut at = start + 1;
        loop {
            match self.byte(at) {
                Some(b'"') => return Ok(at + 1),
                Some(b'\\') => at += 2,
                Some(_) => at += 1,
                None => return Err(Odd(start)),
            }
        }
    }

    fn single_end(&self, start: usize) -> Result<usize, Odd> {
        let mut at = start + 1;
        loop {
            match (self.byte(at), self.byte(at + 1)) {
                (Some(b'\''), Some(b'\'')) => at += 2,
                (Some(b'\''), _) => return Ok(at + 1),
                (Some(_), _) => at += 1,
                (None, _) => return Err(Odd(start)),
            }
        }
    }

    /// The end of a text after `|` or `>`, without the blank lines that follow it.
    fn block_text_end(&self, start: usize, read: &Read) -> usize {
        let end = (read.span.end as usize).max(start + 1);
        start + self.text[start..end].trim_end().len()
    }
}

/// The first byte from there on that is neither blank nor comment.
pub(super) fn trivia_end(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        let blank_before = at == 0 || bytes[at - 1].is_ascii_whitespace();
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' if blank_before => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
            }
            _ => break,
        }
    }
    at
}
