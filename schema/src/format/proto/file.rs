//! One `.proto` text: its descriptor, its places, and our options taken out of it.
//!
//! Ours are taken out before the file is linked: a fault in one of them is then told
//! by the reader that knows the language, at the token, and never a second time.

use std::collections::HashMap;
use std::ops::Range;

use prost_reflect::prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, UninterpretedOption,
};

use super::faults;
use super::limits::{self, Beyond, Counts};
use crate::diagnostic::{Diagnostic, Report};
use crate::source::{FileId, Span, Text};

/// Numbers of fields in `descriptor.proto`, of which places are made.
mod tag {
    pub const FILE_PACKAGE: i32 = 2;
    pub const FILE_IMPORT: i32 = 3;
    pub const FILE_MESSAGE: i32 = 4;
    pub const FILE_ENUM: i32 = 5;
    pub const FILE_SERVICE: i32 = 6;
    pub const FILE_EXTENSION: i32 = 7;
    pub const FILE_OPTIONS: i32 = 8;
    pub const NAME: i32 = 1;
    pub const MESSAGE_FIELD: i32 = 2;
    pub const MESSAGE_NESTED: i32 = 3;
    pub const MESSAGE_ENUM: i32 = 4;
    pub const MESSAGE_RANGE: i32 = 5;
    pub const MESSAGE_EXTENSION: i32 = 6;
    pub const MESSAGE_OPTIONS: i32 = 7;
    pub const MESSAGE_ONEOF: i32 = 8;
    pub const FIELD_OPTIONS: i32 = 8;
    pub const ONEOF_OPTIONS: i32 = 2;
    pub const RANGE_OPTIONS: i32 = 3;
    pub const ENUM_VALUE: i32 = 2;
    pub const ENUM_OPTIONS: i32 = 3;
    pub const VALUE_OPTIONS: i32 = 3;
    pub const SERVICE_METHOD: i32 = 2;
    pub const SERVICE_OPTIONS: i32 = 3;
    pub const METHOD_OPTIONS: i32 = 4;
    pub const UNINTERPRETED: i32 = 999;
}

/// What full names of our options begin with.
const OURS: &str = "routewright.v1.";

/// What an option can stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    File,
    Message,
    Field,
    Other,
}

/// The extensions of `options.proto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extension {
    Definition,
    Route,
    Settings,
    Setting,
}

impl Extension {
    const ALL: [Extension; 4] = [
        Extension::Definition,
        Extension::Route,
        Extension::Settings,
        Extension::Setting,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Extension::Definition => "definition",
            Extension::Route => "route",
            Extension::Settings => "settings",
            Extension::Setting => "setting",
        }
    }

    /// What it stands on.
    pub fn element(self) -> Element {
        match self {
            Extension::Definition => Element::File,
            Extension::Route | Extension::Settings => Element::Message,
            Extension::Setting => Element::Field,
        }
    }
}

/// One of our options, as it stands.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    /// `None`: a name of our package that it does not have.
    pub extension: Option<Extension>,
    pub element: Element,
    /// Full name of the message or field that it stands on.
    pub on: String,
    /// The statement, or the entry in `[ ]`.
    pub span: Span,
}

/// A file that was parsed.
#[derive(Clone, Debug)]
pub(super) struct ProtoFile {
    pub file: FileId,
    /// As imports call it.
    pub name: String,
    /// Without our options.
    pub descriptor: FileDescriptorProto,
    /// Our options, in the order of the text.
    pub taken: Vec<Taken>,
    places: HashMap<Vec<i32>, Span>,
    /// Full name -> path in the descriptor, of messages and fields.
    paths: HashMap<String, Vec<i32>>,
    comments: HashMap<Vec<i32>, String>,
}

impl ProtoFile {
    /// Parses a text. What is wrong with its syntax goes to `report`.
    pub fn parse(name: &str, file: FileId, text: &str, report: &mut Report) -> Option<ProtoFile> {
        if let Err((beyond, at)) = limits::text(text) {
            tell_limit(beyond, in_file(file, at), report);
            return None;
        }
        let mut descriptor = match protox_parse::parse(name, text) {
            Ok(descriptor) => descriptor,
            Err(fault) => {
                faults::syntax(&fault, file, text, report);
                return None;
            }
        };
        let lines: Vec<usize> = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        let mut places = HashMap::new();
        let mut comments = HashMap::new();
        let info = descriptor.source_code_info.get_or_insert_default();
        for location in &info.location {
            if let Some(range) = bytes(&lines, &location.span, text.len()) {
                places
                    .entry(location.path.clone())
                    .or_insert(in_file(file, range));
            }
            if let Some(comment) = location.leading_comments.as_deref().and_then(doc) {
                comments.insert(location.path.clone(), comment);
            }
        }
        let mut taking = Taking {
            package: descriptor.package().to_owned(),
            places: &places,
            whole: in_file(file, 0..0),
            taken: Vec::new(),
            removed: HashMap::new(),
            paths: HashMap::new(),
            counts: Counts::default(),
            beyond: None,
        };
        taking.file(&mut descriptor);
        let Taking {
            mut taken,
            removed,
            paths,
            beyond,
            ..
        } = taking;
        if let Some((beyond, span)) = beyond {
            tell_limit(beyond, span, report);
            return None;
        }
        taken.sort_by_key(|t| t.span);
        renumber(&mut descriptor, &removed);
        Some(ProtoFile {
            file,
            name: name.to_owned(),
            descriptor,
            taken,
            places,
            paths,
            comments,
        })
    }

    /// Where the import at that position stands.
    pub fn import(&self, at: usize) -> Span {
        self.place(&[tag::FILE_IMPORT, at as i32])
    }

    /// The `package` statement's name.
    pub fn package(&self, text: &str) -> Option<Text> {
        let value = self.descriptor.package.clone()?;
        let span = self.place(&[tag::FILE_PACKAGE]);
        let statement = text.get(span.start as usize..span.end as usize)?;
        // Blanks within a name are legal, and then the statement is its place.
        let span = match statement.find(&value) {
            Some(at) => Span {
                start: span.start + at as u32,
                end: span.start + (at + value.len()) as u32,
                ..span
            },
            None => span,
        };
        Some(Text { value, span })
    }

    /// Where a message or field is named; else where the file begins.
    pub fn named(&self, full_name: &str) -> Span {
        let Some(path) = self.paths.get(full_name) else {
            return in_file(self.file, 0..0);
        };
        let mut path = path.clone();
        path.push(tag::NAME);
        self.place(&path)
    }

    /// The comment before a message or field.
    pub fn comment(&self, full_name: &str) -> Option<&str> {
        let path = self.paths.get(full_name)?;
        self.comments.get(path).map(String::as_str)
    }

    /// The place of the nearest element around a path.
    fn place(&self, path: &[i32]) -> Span {
        (0..=path.len())
            .rev()
            .find_map(|length| self.places.get(&path[..length]).copied())
            .unwrap_or(in_file(self.file, 0..0))
    }
}

pub(super) fn in_file(file: FileId, range: Range<usize>) -> Span {
    Span {
        file,
        start: range.start as u32,
        end: range.end as u32,
    }
}

/// A line and column pair or two, in bytes and from 0, as a range.
fn bytes(lines: &[usize], span: &[i32], length: usize) -> Option<Range<usize>> {
    let at = |line: i32, column: i32| {
        let line = lines.get(usize::try_from(line).ok()?)?;
        Some((line + usize::try_from(column).ok()?).min(length))
    };
    match *span {
        [line, start, end] => Some(at(line, start)?..at(line, end)?),
        [first, start, last, end] => Some(at(first, start)?..at(last, end)?),
        _ => None,
    }
}

/// A comment as documentation: one blank less at the start of lines, none at the ends,
/// and no directives to linters. `None`: nothing is left.
fn doc(comment: &str) -> Option<String> {
    let lines: Vec<&str> = comment
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .filter(|line| !line.trim_start().starts_with("buf:lint:"))
        .collect();
    let doc = lines.join("\n");
    let doc = doc.trim();
    (!doc.is_empty()).then(|| doc.to_owned())
}

fn tell_limit(beyond: Beyond, span: Span, report: &mut Report) {
    report.push(Diagnostic::error("limit", span, beyond.message).hint(beyond.hint));
}

/// Takes our options out of a descriptor.
struct Taking<'p> {
    package: String,
    places: &'p HashMap<Vec<i32>, Span>,
    whole: Span,
    taken: Vec<Taken>,
    /// Path of options -> positions that were taken out.
    removed: HashMap<Vec<i32>, Vec<usize>>,
    paths: HashMap<String, Vec<i32>>,
    counts: Counts,
    /// The first limit that is passed; nothing more is taken.
    beyond: Option<(Beyond, Span)>,
}

/// `path` with more at its end.
fn join(path: &[i32], more: &[i32]) -> Vec<i32> {
    [path, more].concat()
}

impl Taking<'_> {
    fn file(&mut self, file: &mut FileDescriptorProto) {
        let package = file.package().to_owned();
        self.options(
            &package,
            Element::File,
            &[tag::FILE_OPTIONS],
            file.options.as_mut().map(|o| &mut o.uninterpreted_option),
        );
        for (at, message) in file.message_type.iter_mut().enumerate() {
            self.message(&package, &[tag::FILE_MESSAGE, at as i32], message);
        }
        for (at, inner) in file.enum_type.iter_mut().enumerate() {
            self.enumeration(&package, &[tag::FILE_ENUM, at as i32], inner);
        }
        for (at, field) in file.extension.iter_mut().enumerate() {
            self.field(
                &package,
                &[tag::FILE_EXTENSION, at as i32],
                field,
                Element::Other,
            );
        }
        for (at, service) in file.service.iter_mut().enumerate() {
            let path = [tag::FILE_SERVICE, at as i32];
            let scope = full_name(&package, service.name());
            let options = service.options.as_mut();
            let list = options.map(|o| &mut o.uninterpreted_option);
            self.options(
                "",
                Element::Other,
                &join(&path, &[tag::SERVICE_OPTIONS]),
                list,
            );
            for (at, method) in service.method.iter_mut().enumerate() {
                if !self.declare(&scope, method.name(), &path) {
                    return;
                }
                let path = join(
                    &path,
                    &[tag::SERVICE_METHOD, at as i32, tag::METHOD_OPTIONS],
                );
                let options = method.options.as_mut();
                let list = options.map(|o| &mut o.uninterpreted_option);
                self.options("", Element::Other, &path, list);
            }
        }
    }

    /// Counts a name that is declared at that path. Whether there is room for it.
    fn declare(&mut self, scope: &str, name: &str, path: &[i32]) -> bool {
        if self.beyond.is_none()
            && let Err(beyond) = self.counts.name(scope, name)
        {
            let span = self.places.get(path).copied().unwrap_or(self.whole);
            self.beyond = Some((beyond, span));
        }
        self.beyond.is_none()
    }

    fn message(&mut self, scope: &str, path: &[i32], message: &mut DescriptorProto) {
        if !self.declare(scope, message.name(), path) {
            return;
        }
        let name = full_name(scope, message.name());
        self.paths.insert(name.clone(), path.to_vec());
        let options = message.options.as_mut();
        let list = options.map(|o| &mut o.uninterpreted_option);
        self.options(
            &name,
            Element::Message,
            &join(path, &[tag::MESSAGE_OPTIONS]),
            list,
        );
        for (at, field) in message.field.iter_mut().enumerate() {
            let path = join(path, &[tag::MESSAGE_FIELD, at as i32]);
            self.field(&name, &path, field, Element::Field);
        }
        for (at, field) in message.extension.iter_mut().enumerate() {
            let path = join(path, &[tag::MESSAGE_EXTENSION, at as i32]);
            self.field(&name, &path, field, Element::Other);
        }
        for (at, nested) in message.nested_type.iter_mut().enumerate() {
            self.message(
                &name,
                &join(path, &[tag::MESSAGE_NESTED, at as i32]),
                nested,
            );
        }
        for (at, inner) in message.enum_type.iter_mut().enumerate() {
            self.enumeration(&name, &join(path, &[tag::MESSAGE_ENUM, at as i32]), inner);
        }
        for (at, oneof) in message.oneof_decl.iter_mut().enumerate() {
            if !self.declare(&name, oneof.name(), path) {
                return;
            }
            let path = join(path, &[tag::MESSAGE_ONEOF, at as i32, tag::ONEOF_OPTIONS]);
            let list = oneof.options.as_mut().map(|o| &mut o.uninterpreted_option);
            self.options("", Element::Other, &path, list);
        }
        for (at, range) in message.extension_range.iter_mut().enumerate() {
            let path = join(path, &[tag::MESSAGE_RANGE, at as i32, tag::RANGE_OPTIONS]);
            let list = range.options.as_mut().map(|o| &mut o.uninterpreted_option);
            self.options("", Element::Other, &path, list);
        }
    }

    fn field(
        &mut self,
        scope: &str,
        path: &[i32],
        field: &mut FieldDescriptorProto,
        element: Element,
    ) {
        if !self.declare(scope, field.name(), path) {
            return;
        }
        let name = full_name(scope, field.name());
        self.paths.insert(name.clone(), path.to_vec());
        let list = field.options.as_mut().map(|o| &mut o.uninterpreted_option);
        self.options(&name, element, &join(path, &[tag::FIELD_OPTIONS]), list);
    }

    fn enumeration(
        &mut self,
        scope: &str,
        path: &[i32],
        inner: &mut prost_reflect::prost_types::EnumDescriptorProto,
    ) {
        let list = inner.options.as_mut().map(|o| &mut o.uninterpreted_option);
        self.options("", Element::Other, &join(path, &[tag::ENUM_OPTIONS]), list);
        for (at, value) in inner.value.iter_mut().enumerate() {
            if !self.declare(scope, value.name(), path) {
                return;
            }
            let path = join(path, &[tag::ENUM_VALUE, at as i32, tag::VALUE_OPTIONS]);
            let list = value.options.as_mut().map(|o| &mut o.uninterpreted_option);
            self.options("", Element::Other, &path, list);
        }
    }

    fn options(
        &mut self,
        on: &str,
        element: Element,
        path: &[i32],
        options: Option<&mut Vec<UninterpretedOption>>,
    ) {
        let Some(options) = options else { return };
        let mut at = 0;
        let mut removed = Vec::new();
        options.retain(|option| {
            let ours = self.ours(option);
            if let Some(extension) = ours {
                let place = join(path, &[tag::UNINTERPRETED, at as i32]);
                self.taken.push(Taken {
                    extension,
                    element,
                    on: on.to_owned(),
                    span: self.places.get(&place).copied().unwrap_or(self.whole),
                });
                removed.push(at);
            } else if self.beyond.is_none()
                && let Err(beyond) = self.counts.foreign(option)
            {
                let place = join(path, &[tag::UNINTERPRETED, at as i32]);
                let span = self.places.get(&place).copied().unwrap_or(self.whole);
                self.beyond = Some((beyond, span));
            }
            at += 1;
            ours.is_none()
        });
        if !removed.is_empty() {
            self.removed.insert(path.to_vec(), removed);
        }
    }

    /// Whether the option is one of our package: its extension, or `Some(None)` if the
    /// package has none of that name.
    #[allow(clippy::option_option, reason = "not ours, ours but unknown, ours")]
    fn ours(&self, option: &UninterpretedOption) -> Option<Option<Extension>> {
        let first = option.name.first().filter(|part| part.is_extension)?;
        let name = match first.name_part.strip_prefix('.') {
            Some(absolute) => absolute.to_owned(),
            // As a name is looked up: in the package, then in those around it.
            None => self
                .scopes()
                .map(|scope| full_name(scope, &first.name_part))
                .find(|name| name.starts_with(OURS))?,
        };
        let name = name.strip_prefix(OURS)?;
        Some(Extension::ALL.into_iter().find(|e| e.as_str() == name))
    }

    /// The package, the ones around it, and none.
    fn scopes(&self) -> impl Iterator<Item = &str> {
        let dots = self.package.rmatch_indices('.').map(|(at, _)| at);
        std::iter::once(self.package.len())
            .chain(dots)
            .chain([0])
            .map(|end| &self.package[..end])
    }
}

fn full_name(scope: &str, name: &str) -> String {
    match scope {
        "" => name.to_owned(),
        _ => format!("{scope}.{name}"),
    }
}

/// Gives the places of options that are left the positions that they have now.
fn renumber(file: &mut FileDescriptorProto, removed: &HashMap<Vec<i32>, Vec<usize>>) {
    if removed.is_empty() {
        return;
    }
    let Some(info) = &mut file.source_code_info else {
        return;
    };
    info.location.retain_mut(|location| {
        let Some(at) = location.path.iter().rposition(|n| *n == tag::UNINTERPRETED) else {
            return true;
        };
        let Some(gone) = removed.get(&location.path[..at]) else {
            return true;
        };
        let Some(position) = location.path.get_mut(at + 1) else {
            return true;
        };
        let now = *position as usize;
        // They are in order.
        let found = gone.binary_search(&now);
        *position -= found.unwrap_or_else(|before| before) as i32;
        found.is_err()
    });
}
