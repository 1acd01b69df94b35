//! Elements of lists and entries of maps: replaced, taken out, put in; in brackets and
//! by lines.

use std::collections::{BTreeMap, BTreeSet};

use super::page::Page;
use super::tree::{Item, Node, Shape, Style, trivia_end};

/// What is to become of the items of one list or map.
#[derive(Debug, Default)]
pub(super) struct Ops {
    /// These go, with the comments that are theirs.
    pub drop: BTreeSet<usize>,
    /// These go, and the comments above them stay.
    pub lift: BTreeSet<usize>,
    /// These are written anew, key and all.
    pub replace: BTreeMap<usize, String>,
    /// These values are written anew: the value, the byte after the `:` before it.
    pub values: Vec<(Node, usize, String)>,
    /// These are put in: after that item, or before the first.
    pub insert: Vec<(Option<usize>, String)>,
}

impl Ops {
    fn goes(&self, at: usize) -> bool {
        self.drop.contains(&at) || self.lift.contains(&at)
    }
}

impl Page<'_> {
    /// Changes a list or a map. `parent`: the byte after the `:` before it.
    ///
    /// What is put in may have several lines, which are indented as its neighbours.
    pub fn change(&mut self, node: &Node, parent: usize, ops: Ops) {
        let items = node.items();
        let stays = (0..items.len()).any(|at| !ops.goes(at));
        match (stays, node.is_flow()) {
            (false, true) => return self.rewrite_flow(node, &ops),
            (false, false) => return self.rewrite_block(node, parent, ops),
            (true, _) => {}
        }
        for (value, colon, text) in &ops.values {
            self.replace_value(value, *colon, text);
        }
        match node.is_flow() {
            true => self.change_flow(node, &ops),
            false => self.change_block(items, &ops),
        }
    }

    /// Changes a section of a file. One that is empty, `routes: {}`, gets lines.
    pub fn change_section(&mut self, root: &Node, section: &Item, ops: Ops) {
        let node = &section.value;
        if root.is_flow() || !node.is_flow() || !node.items().is_empty() {
            return self.change(node, section.colon, ops);
        }
        let dash = if matches!(node.shape, Shape::List { .. }) {
            "- "
        } else {
            ""
        };
        let lines = ops
            .insert
            .iter()
            .map(|(_, text)| format!("  {dash}{}\n", text.replace('\n', "\n  ")));
        let lines: String = lines.collect();
        self.patch(section.colon, node.end, "");
        self.add_lines(self.line_end(node.end), &lines);
    }

    /// Another value in the place of one. `parent`: the byte after the `:` before it.
    pub fn replace_value(&mut self, node: &Node, parent: usize, text: &str) {
        if let Shape::Scalar {
            style: Style::Block(body),
            ..
        } = node.shape
        {
            // The comment behind the `|` stays.
            let mark = self.text[node.start..body].find([' ', '\t', '\r']);
            self.patch(
                node.start,
                mark.map_or(body, |mark| node.start + mark),
                text,
            );
            return self.patch(body, node.end, "");
        }
        if !node.is_block() {
            return self.patch(node.start, node.end, text);
        }
        // Of lines, the last one's comment goes as well.
        self.patch(parent, parent, format!(" {text}"));
        let (from, to) = (self.line_end(parent), self.line_end(node.end));
        match node.start < from {
            true => self.patch(parent, node.end, ""),
            false => self.patch(from.min(to), to, ""),
        }
    }

    /// All items go, and others come in their place.
    fn rewrite_flow(&mut self, node: &Node, ops: &Ops) {
        let map = matches!(node.shape, Shape::Map { .. });
        let texts: Vec<&str> = ops.insert.iter().map(|(_, text)| text.as_str()).collect();
        let text = match (map, texts.is_empty()) {
            (true, true) => "{}".to_owned(),
            (true, false) => format!("{{ {} }}", texts.join(", ")),
            (false, _) => format!("[{}]", texts.join(", ")),
        };
        self.patch(node.start, node.end, text);
    }

    /// All items go, line by line, so that other comments stay between them.
    fn rewrite_block(&mut self, node: &Node, parent: usize, mut ops: Ops) {
        let items = node.items();
        let (first, come) = (self.above(items, 0), std::mem::take(&mut ops.insert));
        for (_, text) in &come {
            let lines = self.lines(&items[0], text);
            self.patch(first, first, lines);
        }
        if come.is_empty() {
            let nothing = if items[0].key.is_empty() { "[]" } else { "{}" };
            match parent {
                0 => self.patch(0, 0, format!("{nothing}\n")),
                _ => self.patch(parent, parent, format!(" {nothing}")),
            }
        }
        self.change_block(items, &ops);
    }

    /// Lines of an item, indented as another.
    fn lines(&self, like: &Item, text: &str) -> String {
        let indent = self.indent(like.start);
        let dash = if like.key.is_empty() && self.text[like.start..].starts_with('-') {
            "- "
        } else {
            ""
        };
        let mut out = String::new();
        for (at, line) in text.lines().enumerate() {
            let dash = if at == 0 { dash } else { "" };
            out.push_str(&format!("{indent}{dash}{line}\n"));
        }
        out
    }

    fn change_block(&mut self, items: &[Item], ops: &Ops) {
        for (at, text) in &ops.replace {
            let item = &items[*at];
            // Behind a `-` the value alone is written anew.
            let start = if item.key.is_empty() {
                item.value.start
            } else {
                item.start
            };
            self.patch(start, item.value.end, text.clone());
        }
        for at in ops.drop.iter().chain(&ops.lift) {
            let line = self.line_start(items[*at].start);
            let start = match ops.drop.contains(at) {
                true => self.above(items, *at),
                false => line,
            };
            self.patch(start, self.below(items, *at), "");
        }
        for (after, text) in &ops.insert {
            let (place, like) = match after {
                Some(at) => (self.below(items, *at), &items[*at]),
                None => (self.above(items, 0), &items[0]),
            };
            let lines = self.lines(like, text);
            self.add_lines(place, &lines);
        }
    }

    /// Where an item begins, with the comments directly above it.
    fn above(&self, items: &[Item], at: usize) -> usize {
        let line = self.line_start(items[at].start);
        let floor = match at.checked_sub(1) {
            Some(before) => self.below(items, before),
            None => 0,
        };
        self.comments_above(line, floor.min(line))
    }

    /// Where the line after an item begins, and after the comments that are in it.
    fn below(&self, items: &[Item], at: usize) -> usize {
        let item = &items[at];
        let line = self.line_end(item.value.end);
        match item.value.is_block() {
            true => self.comments_below(line, self.column(item.start)),
            false => line,
        }
    }

    fn change_flow(&mut self, node: &Node, ops: &Ops) {
        let items = node.items();
        for (at, text) in &ops.replace {
            self.patch(items[*at].start, items[*at].value.end, text.clone());
        }
        let mut at = 0;
        while at < items.len() {
            if !ops.goes(at) {
                at += 1;
                continue;
            }
            let first = at;
            while at < items.len() && ops.goes(at) {
                at += 1;
            }
            self.drop_flow(items, first, at - 1);
        }
        let mut inserts: BTreeMap<Option<usize>, Vec<&str>> = BTreeMap::new();
        for (after, text) in &ops.insert {
            inserts.entry(*after).or_default().push(text);
        }
        for (after, texts) in inserts {
            match after {
                Some(at) => self.insert_flow(items, at, &texts),
                None => {
                    let text = format!("{}, ", texts.join(", "));
                    self.patch(items[0].start, items[0].start, text);
                }
            }
        }
    }

    /// The byte after the comma that follows an item, if there is one.
    fn comma(&self, item: &Item) -> Option<usize> {
        let at = trivia_end(self.text, item.value.end);
        (self.text.as_bytes().get(at) == Some(&b',')).then_some(at + 1)
    }

    /// Takes a run of items out of brackets in which some stay.
    fn drop_flow(&mut self, items: &[Item], first: usize, last: usize) {
        let end = self.comma(&items[last]).unwrap_or(items[last].value.end);
        if self.begins_line(items[first].start) && self.ends_line(end) {
            let line = self.line_start(items[first].start);
            let floor = match first.checked_sub(1).and_then(|at| items.get(at)) {
                Some(before) => self.line_end(self.comma(before).unwrap_or(before.value.end)),
                None => line,
            };
            let start = self.comments_above(line, floor.min(line));
            return self.patch(start, self.line_end(end), "");
        }
        match first.checked_sub(1).and_then(|at| items.get(at)) {
            // From the comma before it, so that the blanks before a bracket stay.
            Some(before) => {
                let comma = self
                    .comma(before)
                    .map_or(before.value.end, |after| after - 1);
                self.patch(comma, items[last].value.end, "");
            }
            None => {
                let next = items.get(last + 1).map_or(end, |next| next.start);
                self.patch(items[first].start, next, "");
            }
        }
    }

    fn insert_flow(&mut self, items: &[Item], at: usize, texts: &[&str]) {
        let item = &items[at];
        let comma = self.comma(item);
        let end = comma.unwrap_or(item.value.end);
        if !(self.begins_line(item.start) && self.ends_line(end)) {
            let text = format!(", {}", texts.join(", "));
            return self.patch(item.value.end, item.value.end, text);
        }
        // An item a line.
        let indent = self.indent(item.start);
        let last = if comma.is_some() { "," } else { "" };
        if comma.is_none() {
            self.patch(item.value.end, item.value.end, ",");
        }
        let text = texts.join(&format!(",\n{indent}"));
        self.add_lines(self.line_end(end), &format!("{indent}{text}{last}\n"));
    }
}
