//! Files and what they import, linked.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

use super::faults;
use super::file::ProtoFile;
use super::names;
use crate::diagnostic::{Diagnostic, Report, did_you_mean};
use crate::format::message::POOL;
use crate::source::{FileId, Sources};
use crate::value::shown;

/// The text of the options, as users import them.
pub const OPTIONS: &str = include_str!("../../../proto/routewright/v1/options.proto");
/// The text that [`OPTIONS`] imports.
pub const DEFINITION: &str = include_str!("../../../proto/routewright/v1/definition.proto");

/// What every file can import without a copy: `google/protobuf/*` and
/// `routewright/v1/*`.
static BUNDLED: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let mut pool = DescriptorPool::global();
    let options = protox_parse::parse("routewright/v1/options.proto", OPTIONS)
        .expect("the bundled options are well formed");
    let files = POOL.file_descriptor_protos().cloned();
    pool.add_file_descriptor_protos(files.chain([options]))
        .expect("the bundled files fit together");
    pool
});

/// Files of a round of imports that a message names; one of thousands would name all
/// of them each time that it closes.
const ROUND_SHOWN: usize = 8;

/// What there is under the name of an import.
#[derive(Debug)]
pub enum Import {
    /// A file: its name for messages, and its text.
    Text(String, String),
    /// No file; what to do about it.
    Missing(String),
    /// A file that is not read, and why.
    Refused(String),
}

/// Whether the file under that name comes with the tool.
pub(super) fn bundled(name: &str) -> bool {
    BUNDLED.get_file_by_name(name).is_some()
}

/// The files of `google/protobuf/*` that these import, each after its imports.
pub(super) fn imported_google(pool: &DescriptorPool, files: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<String> = files.to_vec();
    let mut seen = HashSet::new();
    while let Some(name) = open.pop() {
        let Some(file) = pool
            .get_file_by_name(&name)
            .filter(|_| seen.insert(name.clone()))
        else {
            continue;
        };
        open.extend(file.dependencies().map(|f| f.name().to_owned()));
        if name.starts_with("google/protobuf/") && bundled(&name) {
            found.push(name);
        }
    }
    found.sort();
    found
}

/// All files, given and imported.
#[derive(Default)]
pub(super) struct Tree {
    pub files: Vec<ProtoFile>,
    /// How many of them, from the first, were given.
    pub given: usize,
    /// Whether all of all files was understood.
    pub complete: bool,
    by_name: HashMap<String, usize>,
}

impl Tree {
    /// Parses the given files, and what they import.
    pub fn read(
        given: &[(String, FileId)],
        find: &mut dyn FnMut(&str) -> Import,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Tree {
        let mut tree = Tree {
            complete: true,
            ..Tree::default()
        };
        for (name, file) in given {
            tree.parse(name, *file, sources, report);
        }
        tree.given = tree.files.len();
        let mut at = 0;
        while at < tree.files.len() {
            let imports = tree.files[at].descriptor.dependency.clone();
            for (nth, name) in imports.iter().enumerate() {
                if bundled(name) || tree.by_name.contains_key(name) {
                    continue;
                }
                let span = tree.files[at].import(nth);
                let (message, hint) = match find(name) {
                    Import::Text(shown, text) => {
                        let file = sources.add(shown, text);
                        tree.parse(name, file, sources, report);
                        continue;
                    }
                    Import::Missing(hint) => {
                        let bundled: Vec<String> =
                            BUNDLED.files().map(|f| f.name().to_owned()).collect();
                        let close = did_you_mean(name, bundled.iter().map(String::as_str));
                        let hint = close.map_or(hint, |close| format!("did you mean {close:?}?"));
                        (format!("there is no file {} to import", shown(name)), hint)
                    }
                    Import::Refused(why) => (
                        format!("{} cannot be imported: {why}", shown(name)),
                        String::new(),
                    ),
                };
                tree.complete = false;
                let fault = Diagnostic::error("import", span, message);
                report.push(fault.maybe_hint((!hint.is_empty()).then_some(hint)));
            }
            at += 1;
        }
        tree
    }

    fn parse(&mut self, name: &str, file: FileId, sources: &Sources, report: &mut Report) {
        let parsed = ProtoFile::parse(name, file, sources.text(file), report);
        self.complete &= parsed.is_some();
        // Known also when it has a fault, so that nobody looks for it again.
        self.by_name.insert(name.to_owned(), usize::MAX);
        // A copy of what the tool brings along, for other tools to find, says nothing new.
        let copied = |file: &ProtoFile| {
            ["routewright.v1", "google.protobuf"].contains(&file.descriptor.package())
        };
        if let Some(parsed) = parsed.filter(|file| !copied(file)) {
            self.by_name.insert(name.to_owned(), self.files.len());
            self.files.push(parsed);
        }
    }

    pub fn get(&self, name: &str) -> Option<&ProtoFile> {
        self.files.get(*self.by_name.get(name)?)
    }

    /// Links all files, each after those that it imports. What is wrong goes to
    /// `report`; a file with a fault, and those that import it, are left out.
    /// Gives the names of the files that are in, in that order.
    pub fn link(
        &mut self,
        sources: &Sources,
        report: &mut Report,
    ) -> (DescriptorPool, Vec<String>) {
        let mut pool = BUNDLED.clone();
        let mut linked = Vec::new();
        for at in self.order(report) {
            let file = &self.files[at];
            let dependencies = &file.descriptor.dependency;
            if !dependencies
                .iter()
                .all(|name| pool.get_file_by_name(name).is_some())
            {
                self.complete = false;
                continue;
            }
            let added = pool
                .add_file_descriptor_proto(file.descriptor.clone())
                .or_else(|fault| {
                    // Packages of files that this one does not import can hide what it
                    // means; with names made absolute they do not.
                    let absolute = names::absolute(&file.descriptor, &pool);
                    pool.add_file_descriptor_proto(absolute).map_err(|_| fault)
                });
            match added {
                Ok(()) => linked.push(file.name.clone()),
                Err(fault) => {
                    let fault = fault.with_source_code(sources.text(file.file));
                    faults::link(&fault, file.file, report);
                    self.complete = false;
                }
            }
        }
        (pool, linked)
    }

    /// Each file after its imports. A round of imports is told once.
    fn order(&mut self, report: &mut Report) -> Vec<usize> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let mut marks = vec![Mark::New; self.files.len()];
        let mut order = Vec::with_capacity(self.files.len());
        for start in 0..self.files.len() {
            // File, and how many of its imports were followed.
            let mut open: Vec<(usize, usize)> = Vec::new();
            if marks[start] == Mark::New {
                marks[start] = Mark::Open;
                open.push((start, 0));
            }
            while let Some((at, nth)) = open.last_mut() {
                let (at, import) = (*at, *nth);
                *nth += 1;
                let Some(name) = self.files[at].descriptor.dependency.get(import) else {
                    marks[at] = Mark::Done;
                    order.push(at);
                    open.pop();
                    continue;
                };
                let Some(next) = self.by_name.get(name).filter(|n| **n < marks.len()) else {
                    continue;
                };
                match marks[*next] {
                    Mark::Done => {}
                    Mark::New => {
                        marks[*next] = Mark::Open;
                        open.push((*next, 0));
                    }
                    Mark::Open => {
                        let from = open.iter().position(|(file, _)| file == next).unwrap_or(0);
                        let round = &open[from..];
                        let mut names: Vec<&str> = round
                            .iter()
                            .take(ROUND_SHOWN)
                            .map(|(file, _)| self.files[*file].name.as_str())
                            .collect();
                        if round.len() > ROUND_SHOWN {
                            names.push("..");
                        }
                        names.push(name.as_str());
                        let message = format!("imports go round: {}", names.join(" -> "));
                        let span = self.files[at].import(import);
                        report.push(
                            Diagnostic::error("import", span, message)
                                .hint("move what both need to a file of its own"),
                        );
                        self.complete = false;
                    }
                }
            }
        }
        order
    }
}
