//! Lines of texts, found once for a whole report.

use std::collections::HashMap;
use std::ops::Range;

use crate::source::{FileId, Sources, Span};

/// Where the lines of each text begin.
pub(super) struct LineIndex<'s> {
    sources: &'s Sources,
    starts: HashMap<FileId, Vec<usize>>,
}

impl<'s> LineIndex<'s> {
    pub(super) fn new(sources: &'s Sources) -> LineIndex<'s> {
        LineIndex {
            sources,
            starts: HashMap::new(),
        }
    }

    /// Line of a byte, from 0, and the bytes of that line without its end.
    pub(super) fn line(&mut self, file: FileId, byte: usize) -> (usize, Range<usize>) {
        let text = self.sources.text(file);
        let starts = self.starts.entry(file).or_insert_with(|| {
            let ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect()
        });
        let line = starts
            .partition_point(|start| *start <= byte)
            .saturating_sub(1);
        let start = starts[line];
        let end = starts.get(line + 1).map_or(text.len(), |next| next - 1);
        let end = end - usize::from(text[start..end].ends_with('\r'));
        (line, start..end)
    }

    /// The span's bytes, within its text and on borders of characters.
    pub(super) fn clip(&self, span: Span) -> Range<usize> {
        let text = self.sources.text(span.file);
        let start = text.floor_char_boundary((span.start as usize).min(text.len()));
        let end = text.ceil_char_boundary((span.end as usize).min(text.len()));
        start..end.max(start)
    }

    /// Line and column of both ends, from 1.
    pub(super) fn ends(&mut self, span: Span) -> ((usize, usize), (usize, usize)) {
        let range = self.clip(span);
        let text = self.sources.text(span.file);
        let mut at = |byte: usize| {
            let (line, bytes) = self.line(span.file, byte);
            (line + 1, text[bytes.start..byte].chars().count() + 1)
        };
        (at(range.start), at(range.end))
    }
}
