//! The same YAML in another hand: block or flow, other quotes, blank lines, and comments
//! everywhere. Each comment says where it stands: `# 7 above routes a.b to`.

use std::fmt::Write as _;

use saphyr_parser::{Event, Parser, ScalarStyle};

enum Tree {
    Leaf { text: String, plain: bool },
    List(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
}

/// Writes a text anew; `choices` decide how, over and over.
pub fn restyled(yaml: &str, choices: &[u8]) -> String {
    let mut events = Vec::new();
    for event in Parser::new_from_str(yaml) {
        let (event, _) = event.unwrap();
        if !matches!(
            event,
            Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd
        ) {
            events.push(event);
        }
    }
    let tree = tree(&mut events.into_iter());
    let mut pen = Pen {
        out: String::new(),
        choices,
        at: 0,
        comments: 0,
        path: Vec::new(),
    };
    pen.block(&tree, 0);
    if pen.choose(4) == 0 {
        pen.out.push_str("\n# at the end\n");
    }
    if pen.choose(4) == 0 {
        pen.out.pop();
    }
    if pen.choose(4) == 0 {
        pen.out = pen.out.replace('\n', "\r\n");
    }
    pen.out
}

fn tree<'e>(events: &mut impl Iterator<Item = Event<'e>>) -> Tree {
    let event = events.next().unwrap();
    node(event, events)
}

fn node<'e>(event: Event<'e>, events: &mut impl Iterator<Item = Event<'e>>) -> Tree {
    match event {
        Event::Scalar(text, style, ..) => Tree::Leaf {
            text: text.into_owned(),
            plain: style == ScalarStyle::Plain,
        },
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match events.next().unwrap() {
                    Event::SequenceEnd => return Tree::List(items),
                    event => items.push(node(event, events)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut entries = Vec::new();
            loop {
                match events.next().unwrap() {
                    Event::MappingEnd => return Tree::Map(entries),
                    event => {
                        let key = node(event, events);
                        entries.push((key, tree(events)));
                    }
                }
            }
        }
        other => panic!("{other:?}"),
    }
}

struct Pen<'c> {
    out: String,
    choices: &'c [u8],
    at: usize,
    comments: usize,
    path: Vec<String>,
}

impl Pen<'_> {
    /// One of `n`.
    fn choose(&mut self, n: u8) -> u8 {
        self.at += 1;
        // Not the same again each time round.
        let turn = self.at / self.choices.len().max(1);
        let choice = self.choices.get(self.at % self.choices.len().max(1));
        choice.map_or(0, |choice| {
            choice.wrapping_add((turn as u8).wrapping_mul(7)) % n
        })
    }

    fn comment(&mut self, place: &str) -> String {
        self.comments += 1;
        format!("# {} {place} {}", self.comments, self.path.join(" "))
    }

    fn leaf(&mut self, text: &str, plain: bool) -> String {
        let single = text
            .chars()
            .all(|c| routewright::name::printable(c) && c != '\n');
        match self.choose(4) {
            0 if single => format!("'{}'", text.replace('\'', "''")),
            1 | 2 if plain => text.to_owned(),
            _ => {
                let mut out = String::from("\"");
                for c in text.chars() {
                    match c {
                        '"' | '\\' => out.extend(['\\', c]),
                        c if routewright::name::printable(c) => out.push(c),
                        c => {
                            let _ = write!(out, "\\U{:08X}", u32::from(c));
                        }
                    }
                }
                out + "\""
            }
        }
    }

    /// What stands on lines of its own.
    fn block(&mut self, tree: &Tree, indent: usize) {
        let blanks = " ".repeat(indent);
        match tree {
            Tree::Leaf { .. } => unreachable!("leaves stand in their line"),
            Tree::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.path.push(at.to_string());
                    self.above(&blanks);
                    let _ = write!(self.out, "{blanks}-");
                    self.value(item, indent, false);
                    self.path.pop();
                }
            }
            Tree::Map(entries) => {
                for (key, value) in entries {
                    let Tree::Leaf { text, plain } = key else {
                        unreachable!("keys are leaves")
                    };
                    self.path.push(text.replace(' ', "_"));
                    self.above(&blanks);
                    let key = self.leaf(text, *plain);
                    let _ = write!(self.out, "{blanks}{key}:");
                    self.value(value, indent, true);
                    self.path.pop();
                }
            }
        }
    }

    fn above(&mut self, blanks: &str) {
        if self.choose(6) == 0 && !self.out.is_empty() {
            self.out.push('\n');
        }
        for _ in 0..self.choose(8).saturating_sub(5) {
            let comment = self.comment("above");
            let _ = writeln!(self.out, "{blanks}{comment}");
        }
    }

    /// What stands behind `key:` or `-`, to the end of its lines.
    fn value(&mut self, tree: &Tree, indent: usize, in_map: bool) {
        let empty = match tree {
            Tree::Leaf { .. } => true,
            Tree::List(items) => items.is_empty(),
            Tree::Map(entries) => entries.is_empty(),
        };
        if let Tree::Leaf { text, .. } = tree
            && self.choose(6) == 0
            && self.block_text(text, indent)
        {
            return;
        }
        if empty || self.choose(3) > 0 && self.path.len() > 1 {
            let lines = self.choose(4) == 0;
            let text = self.flow(tree, indent + 2, lines);
            let gap = 1 + usize::from(self.choose(2));
            let _ = write!(self.out, "{:gap$}{text}", "");
            self.tail();
        } else {
            self.tail();
            // A list may stand as far left as its key.
            let least = usize::from(!(in_map && matches!(tree, Tree::List(_))));
            let deeper = least + usize::from(self.choose(4));
            self.block(tree, indent + deeper);
        }
    }

    /// A text on lines of its own, if it can stand there.
    fn block_text(&mut self, text: &str, indent: usize) -> bool {
        let bare = text.trim_matches(' ') == text && !text.is_empty();
        let good = bare && text.chars().all(routewright::name::printable);
        if good {
            let mark = ["|-", ">-", "|2-"][usize::from(self.choose(3))];
            let _ = write!(self.out, " {mark}");
            self.tail();
            let _ = writeln!(self.out, "{:1$}{text}", "", indent + 2);
        }
        good
    }

    fn tail(&mut self) {
        if self.choose(4) == 0 {
            let comment = self.comment("beside");
            let _ = write!(self.out, "  {comment}");
        }
        self.out.push('\n');
    }

    /// In brackets: on one line, or an item a line.
    fn flow(&mut self, tree: &Tree, indent: usize, lines: bool) -> String {
        let mut items = Vec::new();
        let (open, close) = match tree {
            Tree::Leaf { text, plain } => return self.leaf(text, *plain),
            Tree::List(list) => {
                for (at, item) in list.iter().enumerate() {
                    self.path.push(at.to_string());
                    items.push((self.flow(item, indent, false), self.path.pop()));
                }
                ('[', ']')
            }
            Tree::Map(entries) => {
                for (key, value) in entries {
                    let Tree::Leaf { text, plain } = key else {
                        unreachable!("keys are leaves")
                    };
                    self.path.push(text.replace(' ', "_"));
                    let key = self.leaf(text, *plain);
                    let value = self.flow(value, indent, false);
                    items.push((format!("{key}: {value}"), self.path.pop()));
                }
                ('{', '}')
            }
        };
        let (blanks, last) = (" ".repeat(indent), items.len().saturating_sub(1));
        let mut out = String::from(open);
        let pad = ["", " "][usize::from(self.choose(2))];
        for (at, (item, name)) in items.into_iter().enumerate() {
            if !lines {
                let after = if at < last {
                    [",", ", ", " , "][usize::from(self.choose(3))]
                } else {
                    pad
                };
                let _ = write!(out, "{}{item}{after}", if at == 0 { pad } else { "" });
                continue;
            }
            self.path.extend(name);
            if self.choose(5) == 0 {
                let comment = self.comment("above");
                let _ = write!(out, "\n{blanks}{comment}");
            }
            let comma = if at < last || self.choose(2) == 0 {
                ","
            } else {
                ""
            };
            let _ = write!(out, "\n{blanks}{item}{comma}");
            if self.choose(4) == 0 {
                let comment = self.comment("beside");
                let _ = write!(out, "  {comment}");
            }
            self.path.pop();
        }
        if lines {
            let _ = write!(out, "\n{blanks}");
        }
        out.push(close);
        out
    }
}
