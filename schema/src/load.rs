//! Files and folders -> definition, with every problem of all of them.

use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, Report};
use crate::draft::Draft;
use crate::format::{message, yaml};
use crate::model::Definition;
use crate::resolve::{self, Places};
use crate::source::Sources;

mod files;

pub use files::{FILE_BYTES_MAX, FILES_MAX, TOTAL_BYTES_MAX};

use files::{Format, Found};

/// A definition, and what is known of its texts.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What all texts say together.
    pub definition: Definition,
    /// Where everything stands.
    pub places: Places,
    /// The texts.
    pub sources: Sources,
    /// What is probably not meant.
    pub warnings: Report,
    /// The files that were read, in the order in which they were merged.
    pub files: Vec<PathBuf>,
}

/// Loads files, and the `*.yaml` and `*.yml` of folders and the folders in them.
/// `*.binpb` and `*.json` are read when they are named. Files are merged in the order
/// of their names, so that the order of `paths` has no meaning.
///
/// # Errors
/// Everything that is wrong with any of the files, and the texts to show it in.
pub fn load(paths: &[PathBuf]) -> Result<Loaded, (Sources, Report)> {
    let mut report = Report::new();
    let found = files::find(paths, &mut report);
    let mut loading = Loading {
        report,
        complete: true,
        ..Loading::default()
    };
    // A path that could not be read may hold anything.
    loading.complete = loading.report.errors() == 0;
    let mut budget = TOTAL_BYTES_MAX;
    for file in &found {
        let Some(bytes) = files::read(file, &mut budget, &mut loading.report) else {
            loading.complete = false;
            continue;
        };
        loading.bytes(file, &bytes);
    }
    loading.finish(found.into_iter().map(|f| f.path).collect())
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

#[derive(Default)]
struct Loading {
    sources: Sources,
    report: Report,
    drafts: Vec<Draft>,
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

    fn finish(mut self, files: Vec<PathBuf>) -> Result<Loaded, (Sources, Report)> {
        match resolve::resolve(self.drafts, self.complete, &self.sources, &mut self.report) {
            Some((definition, places)) => Ok(Loaded {
                definition,
                places,
                sources: self.sources,
                warnings: self.report,
                files,
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
