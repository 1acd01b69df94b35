//! Files and folders -> definition, with every problem of all of them.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, Report};
use crate::draft::Draft;
use crate::format::proto::{Import, Messages};
use crate::format::{message, proto, yaml};
use crate::model::{Definition, Test};
use crate::resolve::{self, Places};
use crate::source::{FileId, Sources};

mod files;
mod imports;

pub use files::{FILE_BYTES_MAX, FILES_MAX, TOTAL_BYTES_MAX};

use files::{Format, Found};
use imports::{Budget, Roots};

/// A definition, and what is known of its texts.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What all texts say together.
    pub definition: Definition,
    /// The tests of test files, if they were asked for: they are no part of the definition.
    pub tests: Vec<Test>,
    /// Where everything stands.
    pub places: Places,
    /// The texts.
    pub sources: Sources,
    /// What is probably not meant.
    pub warnings: Report,
    /// The files that were read, in the order in which they were merged, then test files,
    /// and then those that are imported.
    pub files: Vec<PathBuf>,
    /// The messages of `.proto` files, and which of them are payloads of events.
    pub messages: Messages,
}

impl Loaded {
    /// All tests: those of the definition, and then those of test files; each at the
    /// position by which [`Places::test`] knows it.
    pub fn tests(&self) -> impl Iterator<Item = &Test> {
        self.definition.tests.iter().chain(&self.tests)
    }
}

/// Loads files, and the `*.yaml`, `*.yml` and `*.proto` of folders and the folders in
/// them. `*.binpb` and `*.json` are read when they are named. Files are merged in the
/// order of their names, so that the order of `paths` has no meaning.
///
/// `*.test.yaml` and `*.test.yml` are tests, and no part of a definition: they are passed
/// over here, and read by [`load_tested`].
///
/// What `.proto` files import is found beneath the folders of `paths`; a file that is
/// named is in its own folder. `google/protobuf/*` and `routewright/v1/*` come with the
/// tool.
///
/// # Errors
/// Everything that is wrong with any of the files, and the texts to show it in.
pub fn load(paths: &[PathBuf]) -> Result<Loaded, (Sources, Report)> {
    load_including(paths, &[])
}

/// As [`load`]; imports of `.proto` files are found beneath `includes` first.
///
/// # Errors
/// Everything that is wrong with any of the files, and the texts to show it in.
pub fn load_including(
    paths: &[PathBuf],
    includes: &[PathBuf],
) -> Result<Loaded, (Sources, Report)> {
    load_some(paths, includes, false)
}

/// As [`load_including`], and the test files with it.
///
/// # Errors
/// Everything that is wrong with any of the files, and the texts to show it in.
pub fn load_tested(paths: &[PathBuf], includes: &[PathBuf]) -> Result<Loaded, (Sources, Report)> {
    load_some(paths, includes, true)
}

fn load_some(
    paths: &[PathBuf],
    includes: &[PathBuf],
    tested: bool,
) -> Result<Loaded, (Sources, Report)> {
    let mut report = Report::new();
    let found = files::find(paths, &mut report);
    let (tests, found): (Vec<Found>, Vec<Found>) = found
        .into_iter()
        .partition(|file| file.format == Format::Tests);
    let tests = if tested { tests } else { Vec::new() };
    let mut loading = Loading {
        report,
        complete: true,
        ..Loading::default()
    };
    // A path that could not be read may hold anything.
    loading.complete = loading.report.errors() == 0;
    let mut budget = TOTAL_BYTES_MAX;
    for file in found.iter().chain(&tests) {
        let Some(bytes) = files::read(file, &mut budget, &mut loading.report) else {
            loading.complete = false;
            continue;
        };
        loading.bytes(file, &bytes);
    }
    let roots = Roots::new(includes, &found);
    let mut budget = Budget {
        bytes: budget,
        files: FILES_MAX.saturating_sub(found.len() + tests.len()),
        read: Vec::new(),
    };
    loading.protos(&roots, &mut budget);
    let files = found.into_iter().chain(tests).map(|f| f.path);
    let files = files.chain(budget.read).collect();
    loading.finish(files)
}

/// The files that [`load`] would read for these paths, sorted; what cannot be read is left
/// out, but for paths to files that are named.
pub fn found(paths: &[PathBuf]) -> Vec<PathBuf> {
    let found = files::find(paths, &mut Report::new());
    let mut found: Vec<PathBuf> = found.into_iter().map(|f| f.path).collect();
    found.extend(paths.iter().filter(|path| !path.exists()).cloned());
    found.sort();
    found
}

/// Loads one YAML text, under the name that messages will show.
///
/// # Errors
/// Everything that is wrong with it, and the text to show it in.
pub fn load_text(name: &str, text: &str) -> Result<Loaded, (Sources, Report)> {
    let mut loading = Loading {
        complete: true,
        ..Loading::default()
    };
    loading.yaml(name, text.strip_prefix('\u{feff}').unwrap_or(text));
    loading.finish(Vec::new())
}

/// Loads one `.proto` text, under the name that messages will show. It can import what
/// comes with the tool.
///
/// # Errors
/// Everything that is wrong with it, and the text to show it in.
pub fn load_proto_text(name: &str, text: &str) -> Result<Loaded, (Sources, Report)> {
    let mut loading = Loading {
        complete: true,
        ..Loading::default()
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file = loading.sources.add(name, text);
    let mut nothing = |_: &str| Import::Missing("it stands alone".to_owned());
    loading.linked(&[(name.to_owned(), file)], &mut nothing);
    loading.finish(Vec::new())
}

#[derive(Default)]
struct Loading {
    sources: Sources,
    report: Report,
    drafts: Vec<Draft>,
    /// `.proto` files, which are read together.
    protos: Vec<(Found, FileId)>,
    messages: Messages,
    complete: bool,
}

impl Loading {
    fn bytes(&mut self, file: &Found, bytes: &[u8]) {
        let name = file.name();
        let errors = self.report.errors();
        let draft = match (file.format, files::text(&name, bytes)) {
            (Format::Binpb, _) => {
                message::read_binpb(&name, bytes, &mut self.sources, &mut self.report)
            }
            (Format::Yaml, Ok(text)) => return self.yaml(&name, text),
            (Format::Tests, Ok(text)) => return self.tests(&name, text),
            (Format::Proto, Ok(text)) => {
                let id = self.sources.add(name, text);
                return self.protos.push((file.clone(), id));
            }
            (Format::Json, Ok(text)) => {
                message::read_json(&name, text, &mut self.sources, &mut self.report)
            }
            (_, Err(diagnostic)) => {
                self.report.push(*diagnostic);
                self.complete = false;
                return;
            }
        };
        self.drafts.push(draft);
        self.complete &= self.report.errors() == errors;
    }

    fn yaml(&mut self, name: &str, text: &str) {
        let file = self.sources.add(name, text);
        let read = yaml::read(file, &self.sources, &mut self.report);
        self.drafts.push(read.draft);
        self.complete &= read.complete;
    }

    fn tests(&mut self, name: &str, text: &str) {
        let file = self.sources.add(name, text);
        let read = yaml::read_tests(file, &self.sources, &mut self.report);
        self.drafts.push(read.draft);
    }

    fn protos(&mut self, roots: &Roots, budget: &mut Budget) {
        let mut given: Vec<(String, FileId)> = Vec::new();
        let mut names: HashMap<String, String> = HashMap::new();
        for (found, id) in std::mem::take(&mut self.protos) {
            let shown = found.name();
            let Some(name) = roots.name(&found) else {
                let fault = format!("the name of `{shown}` is not UTF-8");
                self.report.push(Diagnostic::global("io", fault));
                self.complete = false;
                continue;
            };
            if let Some(rival) = names.insert(name.clone(), shown.clone()) {
                let fault = format!("`{rival}` and `{shown}` are both imported as {name:?}");
                let hint = "name the folder above both, or one for imports with `--include`";
                self.report
                    .push(Diagnostic::global("import", fault).hint(hint));
                self.complete = false;
                continue;
            }
            given.push((name, id));
        }
        if given.is_empty() {
            return;
        }
        self.linked(&given, &mut |name: &str| roots.find(name, budget));
    }

    /// Reads `.proto` texts together.
    fn linked(&mut self, given: &[(String, FileId)], find: &mut dyn FnMut(&str) -> Import) {
        let read = proto::read(given, find, &mut self.sources, &mut self.report);
        self.drafts.extend(read.drafts);
        self.messages = read.messages;
        self.complete &= read.complete;
    }

    fn finish(mut self, files: Vec<PathBuf>) -> Result<Loaded, (Sources, Report)> {
        match resolve::resolve(self.drafts, self.complete, &self.sources, &mut self.report) {
            Some(resolved) => Ok(Loaded {
                definition: resolved.definition,
                tests: resolved.tests,
                places: resolved.places,
                sources: self.sources,
                warnings: self.report,
                files,
                messages: self.messages,
            }),
            None => {
                if self.report.errors() == 0 {
                    self.report.push(Diagnostic::global(
                        "incomplete",
                        "not all of the texts could be read",
                    ));
                }
                Err((self.sources, self.report))
            }
        }
    }
}

#[cfg(test)]
mod tests;
