//! One text with the patches that are to be made to it.

use std::rc::Rc;

use super::tree::{self, Node, Odd, trivia_end};
use crate::format::yaml;
use crate::source::{FileId, Sources};

/// Bytes that are replaced.
#[derive(Clone, Debug)]
struct Patch {
    start: usize,
    end: usize,
    text: String,
}

pub(super) struct Page<'t> {
    pub text: &'t str,
    pub root: Rc<Node>,
    newline: &'static str,
    patches: Vec<Patch>,
}

impl<'t> Page<'t> {
    /// A text that was read without a fault.
    pub fn open(file: FileId, sources: &'t Sources) -> Result<Page<'t>, Odd> {
        let text = sources.text(file);
        let root = yaml::tree(file, text).ok_or(Odd(0))?;
        let root = tree::exact(text, &root)?;
        let first = text.find('\n').unwrap_or(0);
        Ok(Page {
            text,
            root: Rc::new(root),
            newline: match text[..first].ends_with('\r') {
                true => "\r\n",
                false => "\n",
            },
            patches: Vec::new(),
        })
    }

    /// Replaces bytes. Lines are given with `\n`, and end as those of the text do.
    pub fn patch(&mut self, start: usize, end: usize, text: impl Into<String>) {
        let mut text = text.into();
        if self.newline != "\n" {
            text = text.replace('\n', self.newline);
        }
        if start < end || !text.is_empty() {
            self.patches.push(Patch { start, end, text });
        }
    }

    /// Adds lines at the beginning of a line (or at the end of the text).
    pub fn add_lines(&mut self, at: usize, lines: &str) {
        let open = at == self.text.len() && !self.text.is_empty() && !self.text.ends_with('\n');
        match open {
            true => self.patch(at, at, format!("\n{}", lines.trim_end_matches('\n'))),
            false => self.patch(at, at, lines),
        }
    }

    /// The text with all patches. Of those that begin at one place, what is put in
    /// comes first, in the order in which it was asked for.
    pub fn patched(mut self) -> String {
        self.patches.sort_by_key(|patch| (patch.start, patch.end));
        let mut out = String::with_capacity(self.text.len() + 256);
        let mut at = 0;
        for patch in &self.patches {
            // What two patches delete is deleted once.
            out.push_str(&self.text[at..patch.start.max(at)]);
            out.push_str(&patch.text);
            at = at.max(patch.end);
        }
        out.push_str(&self.text[at..]);
        out
    }

    /// Whether anything is to be changed.
    pub fn is_patched(&self) -> bool {
        !self.patches.is_empty()
    }

    /// The first byte of the line.
    pub fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |end| end + 1)
    }

    /// The first byte of the next line, or the end of the text.
    pub fn line_end(&self, at: usize) -> usize {
        self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |end| at + end + 1)
    }

    /// Whether only blanks stand before it in its line.
    pub fn begins_line(&self, at: usize) -> bool {
        self.text[self.line_start(at)..at]
            .trim_matches([' ', '\t'])
            .is_empty()
    }

    /// Whether only blanks and a comment follow in its line.
    pub fn ends_line(&self, at: usize) -> bool {
        trivia_end(self.text, at) >= self.line_end(at)
    }

    /// The column of a byte, in characters from 0.
    pub fn column(&self, at: usize) -> usize {
        self.text[self.line_start(at)..at].chars().count()
    }

    /// The blanks that its line begins with.
    pub fn indent(&self, at: usize) -> &'t str {
        let line = &self.text[self.line_start(at)..at];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// Whether its sections have blank lines between them.
    pub fn is_airy(&self) -> bool {
        let lines = self.root.items().iter().skip(1).map(|item| {
            let line = self.line_start(item.start);
            self.comments_above(line, 0)
        });
        let blank = |line: usize| self.text[..line].trim_end_matches([' ', '\t', '\r', '\n']);
        let mut between =
            lines.map(|line| self.text[blank(line).len()..line].matches('\n').count());
        self.root.is_block() && between.any(|breaks| breaks > 1)
    }

    /// Where the comment lines begin that stand directly above a line, but not before
    /// `floor`.
    pub fn comments_above(&self, line: usize, floor: usize) -> usize {
        let mut start = line;
        while start > floor {
            let above = self.line_start(start - 1);
            if above < floor || !self.text[above..start].trim_start().starts_with('#') {
                break;
            }
            start = above;
        }
        start
    }

    /// Where the comment lines end that follow a line and are indented deeper than
    /// `indent` columns.
    pub fn comments_below(&self, line: usize, indent: usize) -> usize {
        let mut end = line;
        while end < self.text.len() {
            let next = self.line_end(end);
            let bare = self.text[end..next].trim_start_matches([' ', '\t']);
            let column = next - end - bare.len();
            if !bare.starts_with('#') || column <= indent {
                break;
            }
            end = next;
        }
        end
    }
}

/// The comments of a text: where each begins, and what it says.
pub(super) fn comments<'t>(text: &'t str, root: &Node) -> Vec<(usize, &'t str)> {
    let mut texts = Vec::new();
    root.each_text(&mut |start, end| texts.push((start, end)));
    let mut out = Vec::new();
    let mut at = 0;
    for (start, end) in texts.into_iter().chain([(text.len(), text.len())]) {
        while at < start {
            let Some(found) = text[at..start].find('#').map(|found| at + found) else {
                break;
            };
            at = found + text[found..].find('\n').unwrap_or(text.len() - found);
            out.push((found, text[found..at].trim_end()));
        }
        at = at.max(end);
    }
    out
}
