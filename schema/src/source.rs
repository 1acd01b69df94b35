//! The texts that were read, and places in them.

mod offsets;

pub use offsets::Offsets;

/// Position of a text in its [`Sources`].
pub type FileId = u32;

/// A range of bytes of one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Which text.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// A piece of text and where it stands.
pub type Text = Spanned<String>;

/// All texts of one run, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: String,
    /// The bytes at which lines begin: places of thousands of routes are asked for.
    lines: Vec<u32>,
}

impl Source {
    fn new(name: String, text: String) -> Source {
        let ends = text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n');
        Source {
            name,
            lines: std::iter::once(0)
                .chain(ends.map(|(_, next)| next))
                .collect(),
            text,
        }
    }
}

impl Sources {
    /// Adds a text under the name that messages will show.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push(Source::new(name.into(), text.into()));
        self.files.len() as FileId - 1
    }

    /// Gives a text that was added another content.
    pub(crate) fn replace(&mut self, file: FileId, text: String) {
        if let Some(source) = self.files.get_mut(file as usize) {
            *source = Source::new(std::mem::take(&mut source.name), text);
        }
    }

    /// Shows texts beneath this folder by their names in it: those that were read from a
    /// copy are called as what they are a copy of.
    pub fn within(&mut self, folder: &str) {
        for source in &mut self.files {
            let inner = source.name.strip_prefix(folder);
            if let Some(inner) = inner.and_then(|inner| inner.strip_prefix('/')) {
                source.name = inner.to_owned();
            }
        }
    }

    /// The name of a text.
    pub fn name(&self, file: FileId) -> &str {
        self.files.get(file as usize).map_or("", |f| &f.name)
    }

    /// A text.
    pub fn text(&self, file: FileId) -> &str {
        self.files.get(file as usize).map_or("", |f| &f.text)
    }

    /// All texts.
    pub fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        0..self.files.len() as FileId
    }

    /// Line and column of the first byte, both from 1; columns count characters.
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let text = self.text(span.file);
        let mut start = (span.start as usize).min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let lines = self.files.get(span.file as usize).map(|f| &f.lines[..]);
        let lines = lines.unwrap_or(&[0]);
        let line = lines.partition_point(|begin| *begin as usize <= start);
        let line_start = lines[line.saturating_sub(1)] as usize;
        (line, text[line_start..start].chars().count() + 1)
    }

    /// A place as messages show it: `routes.yaml:7:3`.
    pub fn place(&self, span: Span) -> String {
        let (line, column) = self.line_column(span);
        format!("{}:{line}:{column}", self.name(span.file))
    }
}
