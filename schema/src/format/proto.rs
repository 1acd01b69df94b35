//! Definitions in `.proto`: options on files, messages and fields.
//!
//! A text is parsed by `protox-parse`; our options are taken out of it and read here,
//! token by token, into the same nodes as messages and JSON ([`message`](super::message));
//! what is left is linked by `prost-reflect`. No protoc.

mod faults;
mod file;
mod lex;
mod limits;
mod names;
mod settings;
mod text;
mod tree;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use prost_reflect::prost_types::FileDescriptorProto;
use prost_reflect::{DescriptorPool, MessageDescriptor};

use self::file::{Element, Extension, ProtoFile, Taken};
use self::tree::Tree;
use super::message::{definition_descriptor, draft, node::Message, node::Node};
use crate::diagnostic::{Diagnostic, Report, one_of};
use crate::draft::{Draft, DraftPayload, DraftRoute};
use crate::source::{FileId, Sources, Span, Text};
use crate::value::shown;

pub use self::tree::{DEFINITION, Import, OPTIONS};

/// What imports call the file of the options.
pub const OPTIONS_NAME: &str = "routewright/v1/options.proto";

/// The messages of the files, linked.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    /// The files that were given, and those that they import, each after its imports;
    /// without our options, and without `routewright/v1/*`.
    pub files: Vec<FileDescriptorProto>,
    /// Full names of the messages that are settings.
    pub settings: BTreeSet<String>,
    /// Event -> full name of the message that is its payload.
    pub payloads: BTreeMap<String, String>,
}

/// What was read.
pub(crate) struct Read {
    /// One for each file that was given.
    pub drafts: Vec<Draft>,
    pub messages: Messages,
    /// Whether all of all files was understood.
    pub complete: bool,
}

/// Reads `.proto` files that are definitions, each with the name that imports call it;
/// `find` gives what they import.
pub(crate) fn read(
    given: &[(String, FileId)],
    find: &mut dyn FnMut(&str) -> Import,
    sources: &mut Sources,
    report: &mut Report,
) -> Read {
    let errors = report.errors();
    let mut tree = Tree::read(given, find, sources, report);
    let (pool, linked) = tree.link(sources, report);
    let mut options = Options::default();
    for file in &tree.files {
        options.read(file, sources.text(file.file), report);
    }
    let files = tree::imported_google(&pool, &linked);
    let files = files.iter().chain(&linked);
    let mut messages = Messages {
        files: files
            .filter_map(|name| pool.get_file_by_name(name))
            .map(|file| file.file_descriptor_proto().clone())
            .collect(),
        ..Messages::default()
    };
    let mut drafts = Vec::new();
    for file in &tree.files[..tree.given] {
        drafts.push(options.draft(file, &tree, &pool, sources, &mut messages, report));
    }
    options.tell_unused(&tree, report);
    Read {
        drafts,
        messages,
        complete: tree.complete && report.errors() == errors,
    }
}

/// Our options of all files, by the element that they stand on.
#[derive(Default)]
pub(super) struct Options {
    definitions: HashMap<FileId, Message>,
    routes: HashMap<String, Message>,
    settings: HashMap<String, Message>,
    /// Messages of settings, and where they say so.
    groups: HashMap<String, Span>,
    /// Elements with an option that was not understood whole: nothing is said of what it
    /// lacks.
    partial: HashSet<String>,
    /// Whether a file has set the version.
    versioned: bool,
}

impl Options {
    fn read(&mut self, file: &ProtoFile, text: &str, report: &mut Report) {
        let imported = file
            .descriptor
            .dependency
            .iter()
            .any(|name| name == OPTIONS_NAME);
        if let Some(first) = file.taken.first().filter(|_| !imported) {
            let message = format!("the file does not import {OPTIONS_NAME:?}");
            report.push(
                Diagnostic::error("import", name_span(first, text), message).hint(format!(
                    "write `import \"{OPTIONS_NAME}\";`; the tool brings it along"
                )),
            );
        }
        for taken in &file.taken {
            self.one(file, taken, text, report);
        }
    }

    fn one(&mut self, file: &ProtoFile, taken: &Taken, text: &str, report: &mut Report) {
        let Some(extension) = misplaced(taken, text, report) else {
            return;
        };
        let mut reader = text::Reader::new(file.file, text, taken.span.start as usize, report);
        let Ok(path) = reader.option_name() else {
            return;
        };
        if extension == Extension::Settings {
            match reader.bool() {
                Ok((true, _)) => {
                    let first = self.groups.insert(taken.on.clone(), taken.span);
                    tell_twice(first, taken.span, extension, report);
                }
                Ok((false, _)) => {}
                // It was meant to say something, and that is hardly `false`.
                Err(_) => drop(self.groups.insert(taken.on.clone(), taken.span)),
            }
            return;
        }
        let name = match extension {
            Extension::Definition => "Definition",
            Extension::Route => "Route",
            _ => "Setting",
        };
        let pool = definition_descriptor().parent_pool().clone();
        let Some(descriptor) = pool.get_message_by_name(&format!("routewright.v1.{name}")) else {
            return;
        };
        let new = || Message::new(descriptor, taken.span);
        let message = match extension {
            Extension::Definition => self.definitions.entry(file.file).or_insert_with(new),
            Extension::Route => self.routes.entry(taken.on.clone()).or_insert_with(new),
            _ => self.settings.entry(taken.on.clone()).or_insert_with(new),
        };
        let whole_twice = path.is_empty() && !message.fields.is_empty();
        let first = whole_twice.then_some(message.span);
        if whole_twice {
            tell_twice(first, taken.span, extension, report);
            return;
        }
        // Why it stopped has been told.
        let stopped = reader.option(&path, message).is_err();
        if stopped || reader.faults() > 0 {
            self.partial.insert(taken.on.clone());
        }
    }

    /// The option of that field, once.
    fn take_setting(&mut self, field: &str) -> Option<Message> {
        self.settings.get_mut(field).map(|message| {
            let taken = message.clone();
            message.span = Span::default();
            taken
        })
    }

    /// One file as a draft.
    fn draft(
        &mut self,
        file: &ProtoFile,
        tree: &Tree,
        pool: &DescriptorPool,
        sources: &Sources,
        messages: &mut Messages,
        report: &mut Report,
    ) -> Draft {
        let root = self.definitions.remove(&file.file);
        let mut draft = match root {
            Some(root) => {
                // A second version is told by itself, without its package.
                let first = root.given("version").is_some()
                    && !std::mem::replace(&mut self.versioned, true);
                definition(root, file, sources.text(file.file), first, report)
            }
            None => Draft {
                file: file.file,
                ..Draft::default()
            },
        };
        let Some(linked) = pool.get_file_by_name(&file.name) else {
            return draft;
        };
        let mut all: Vec<MessageDescriptor> = linked.messages().collect();
        let mut at = 0;
        while at < all.len() {
            let inner: Vec<MessageDescriptor> = all[at].child_messages().collect();
            all.splice(at + 1..at + 1, inner);
            at += 1;
        }
        for message in all {
            self.message(&message, file, tree, &mut draft, messages, report);
        }
        draft
    }

    fn message(
        &mut self,
        message: &MessageDescriptor,
        file: &ProtoFile,
        tree: &Tree,
        draft: &mut Draft,
        messages: &mut Messages,
        report: &mut Report,
    ) {
        let name = message.full_name();
        let route = self.routes.remove(name);
        if let Some(span) = self.groups.remove(name) {
            if let Some(route) = &route {
                let text = "a message is the payload of an event, or settings, not both";
                let fault = Diagnostic::error("wrong_place", route.span, text);
                report.push(fault.also(span, "settings").hint("make two messages of it"));
            }
            messages.settings.insert(name.to_owned());
            let mut reader = settings::Reader {
                tree,
                options: self,
                report,
                drafts: Vec::new(),
                fields: 0,
            };
            reader.message(message, "", &mut Vec::new());
            draft.settings.extend(reader.drafts);
            return;
        }
        let Some(route) = route else { return };
        if route.given("event").is_none() && self.partial.contains(name) {
            return;
        }
        let Some((event, route)) = payload(route, file.comment(name), report) else {
            return;
        };
        // Of two, the second is told when events are resolved, and its route not as well.
        let first = match messages.payloads.entry(event.value.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(name.to_owned());
                true
            }
            Entry::Occupied(_) => false,
        };
        draft.payloads.push(DraftPayload {
            event,
            message: Text {
                value: name.to_owned(),
                span: file.named(name),
            },
        });
        draft.routes.extend(route.filter(|_| first));
    }

    /// Options that mean nothing where they stand: of fields that are no settings, and
    /// of files that are only imported.
    fn tell_unused(&self, tree: &Tree, report: &mut Report) {
        for file in &tree.files[..tree.given] {
            for taken in &file.taken {
                let unused = taken.extension == Some(Extension::Setting)
                    && self
                        .settings
                        .get(&taken.on)
                        .is_some_and(|message| message.span != Span::default());
                if unused && tree.complete {
                    let text = format!(
                        "the field {} is of no message of settings",
                        shown(&taken.on)
                    );
                    let fault = Diagnostic::error("wrong_place", taken.span, text);
                    report.push(fault.hint(
                        "the message around it, or one that holds it as a group, needs \
                         `option (routewright.v1.settings) = true;`",
                    ));
                }
            }
        }
        for file in &tree.files[tree.given..] {
            let first = file.taken.iter().find(|taken| {
                matches!(
                    taken.extension,
                    Some(Extension::Definition | Extension::Route | Extension::Settings)
                )
            });
            if let Some(first) = first {
                let text = format!(
                    "{} is only imported; what its options define is not part of this definition",
                    shown(&file.name)
                );
                report.push(
                    Diagnostic::warning("import", first.span, text)
                        .hint("name the file, or its folder, beside the others"),
                );
            }
        }
    }
}

/// The extension, if it exists and stands where it may; else tells.
fn misplaced(taken: &Taken, text: &str, report: &mut Report) -> Option<Extension> {
    let Some(extension) = taken.extension else {
        let span = name_span(taken, text);
        let name = text
            .get(span.start as usize..span.end as usize)
            .and_then(|name| name.rsplit('.').next())
            .unwrap_or("");
        let known = ["definition", "route", "settings", "setting"];
        let message = format!("there is no option {} of routewright.v1", shown(name));
        let fault = Diagnostic::error("unknown_option", span, message);
        report.push(fault.maybe_hint(one_of(name, "there are", known)));
        return None;
    };
    if extension.element() == taken.element {
        return Some(extension);
    }
    let place = |element| match element {
        Element::File => "a file",
        Element::Message => "a message",
        Element::Field => "a field of a message",
        Element::Other => "another element",
    };
    let message = format!(
        "the option `{}` stands on {}, but belongs to {}",
        extension.as_str(),
        place(taken.element),
        place(extension.element())
    );
    let hint = match extension {
        Extension::Definition => {
            "write it at the top of the file: `option (routewright.v1.definition) = { .. };`"
        }
        Extension::Route => {
            "write it in the message that is the payload; a route without one stands in `definition`"
        }
        Extension::Settings => "write it in the message whose fields are settings",
        Extension::Setting => "write it in `[ ]` after the field that is the setting",
    };
    report.push(Diagnostic::error("wrong_place", name_span(taken, text), message).hint(hint));
    None
}

/// The name of the option, within its parentheses.
fn name_span(taken: &Taken, text: &str) -> Span {
    let range = taken.span.start as usize..taken.span.end as usize;
    let statement = text.get(range).unwrap_or("");
    match (statement.find('('), statement.find(')')) {
        (Some(open), Some(close)) if open < close => Span {
            start: taken.span.start + open as u32 + 1,
            end: taken.span.start + close as u32,
            ..taken.span
        },
        _ => taken.span,
    }
}

fn tell_twice(first: Option<Span>, again: Span, extension: Extension, report: &mut Report) {
    if let Some(first) = first {
        let message = format!("the option `{}` stands twice", extension.as_str());
        report.push(
            Diagnostic::error("duplicate", again, message)
                .label("again here")
                .also(first, "first here"),
        );
    }
}

/// The option of a file as a draft.
fn definition(
    mut root: Message,
    file: &ProtoFile,
    text: &str,
    first: bool,
    report: &mut Report,
) -> Draft {
    let derived = [
        ("package", "`package` is that of the file"),
        ("settings", "settings are fields of a message"),
    ];
    for (field, message) in derived {
        if let Some(span) = root.given(field) {
            let hint = match field {
                "package" => "leave it out",
                _ => "write `message Settings { option (routewright.v1.settings) = true; .. }`",
            };
            report.push(Diagnostic::error("wrong_place", span, message).hint(hint));
            root.field(field);
        }
    }
    if let Some(version) = root.given("version").filter(|_| first) {
        match file.package(text) {
            Some(package) => root.set("package", package.span, vec![Node::Text(package)]),
            None => report.push(
                Diagnostic::error(
                    "missing",
                    version,
                    "the file that sets `version` has no package",
                )
                .hint("write `package treasure;` at its top"),
            ),
        }
    }
    draft::draft(root, file.file, report)
}

/// The event that a message is the payload of, and its route, if it has one.
fn payload(
    mut option: Message,
    comment: Option<&str>,
    report: &mut Report,
) -> Option<(Text, Option<DraftRoute>)> {
    let Some(span) = option.given("event") else {
        let fault = Diagnostic::error("missing", option.span, "the route names no event");
        report.push(fault.hint("write `event: \"treasure.item.found\"`"));
        return None;
    };
    if option.fields.len() == 1 {
        let mut events = option.texts("event");
        return events.pop().map(|event| (event, None));
    }
    if let Some(comment) = comment.filter(|_| option.given("doc").is_none()) {
        let doc = Text {
            value: comment.to_owned(),
            span,
        };
        option.set("doc", span, vec![Node::Text(doc)]);
    }
    let route = draft::route(option, report);
    if routewright::name::is_pattern(&route.name.value) {
        let message = format!(
            "{} is a pattern, and has no payload",
            shown(&route.name.value)
        );
        let fault = Diagnostic::error("wrong_place", route.name.span, message);
        report.push(fault.hint("write its route in `option (routewright.v1.definition)`"));
        return None;
    }
    Some((route.name.clone(), Some(route)))
}
