//! For `build.rs`, in the habits of prost-build.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::files;
use crate::generate::{Failure, Options, from_paths};
use crate::revision;

/// Generates at build time:
///
/// ```no_run
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     routewright_codegen::Config::new().compile(&["routes"])?;
///     Ok(())
/// }
/// ```
///
/// and in the crate: `include!(concat!(env!("OUT_DIR"), "/routes.rs"));`
#[derive(Clone, Debug, Default)]
pub struct Config {
    out_dir: Option<PathBuf>,
    options: Options,
    record_revision: bool,
}

impl Config {
    /// Writes to `OUT_DIR`, with the default limits.
    pub fn new() -> Config {
        Config::default()
    }

    /// Writes to this folder instead of `OUT_DIR`.
    pub fn out_dir(&mut self, folder: impl Into<PathBuf>) -> &mut Config {
        self.out_dir = Some(folder.into());
        self
    }

    /// Uses these options.
    pub fn options(&mut self, options: Options) -> &mut Config {
        self.options = options;
        self
    }

    /// Finds imports of `.proto` files in this folder as well.
    pub fn include(&mut self, folder: impl Into<PathBuf>) -> &mut Config {
        self.options.includes.push(folder.into());
        self
    }

    /// Whether messages that are payloads become structs; they need `prost`. The default
    /// is yes.
    pub fn payloads(&mut self, payloads: bool) -> &mut Config {
        self.options.payloads = payloads;
        self
    }

    /// Whether the git revision is put behind the linked image, where `inspect` finds it; the
    /// default is no. Git is asked when definitions, `src` or the checked out commit have
    /// changed, so edits in other packages of a workspace may go unnoticed. For what is
    /// shipped, set `ROUTEWRIGHT_REVISION` instead: it takes precedence.
    pub fn record_revision(&mut self, record: bool) -> &mut Config {
        self.record_revision = record;
        self
    }

    /// Generates from these files and folders, and tells cargo when to run again.
    ///
    /// # Errors
    /// What is wrong with the definitions, rendered for people; or that `OUT_DIR` is
    /// not set, or a file cannot be written.
    pub fn compile(&self, paths: &[impl AsRef<Path>]) -> Result<(), Box<dyn std::error::Error>> {
        let paths: Vec<PathBuf> = paths.iter().map(|p| p.as_ref().to_owned()).collect();
        // First, so that a build that fails runs again once the file is mended.
        for path in &paths {
            rerun_if_changed(path);
        }
        let out = match &self.out_dir {
            Some(folder) => folder.clone(),
            None => std::env::var_os("OUT_DIR")
                .map(PathBuf::from)
                .ok_or("OUT_DIR is not set; call this from build.rs")?,
        };
        let generated = from_paths(&paths, &self.options).map_err(rendered)?;
        for input in &generated.inputs {
            rerun_if_changed(input);
        }
        for line in generated.warnings.render(&generated.sources, false).lines() {
            println!("cargo::warning={line}");
        }
        files::write(&generated.files, &out)?;
        if self.record_revision {
            revision::record();
        }
        Ok(())
    }
}

fn rendered(failure: Failure) -> Box<dyn std::error::Error> {
    match failure.report() {
        Some((sources, report)) => Box::new(Rendered(report.render(sources, false))),
        None => failure.into(),
    }
}

/// Diagnostics as people read them, also where `main` returns them: that shows `Debug`.
struct Rendered(String);

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the definitions are wrong\n\n{}", self.0)
    }
}

impl fmt::Display for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Rendered {}

/// A path with a newline would be a line of its own, which cargo obeys.
fn rerun_if_changed(path: &Path) {
    let text = path.display().to_string();
    if !text.contains(['\n', '\r']) {
        println!("cargo::rerun-if-changed={text}");
    }
}
