//! `generate`: what a definition becomes.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use routewright::{Image, Limits, RouteTable, Violations};
use routewright_schema::check::{self, CheckOptions};
use routewright_schema::diagnostic::{Report, Severity};
use routewright_schema::format::proto::Messages;
use routewright_schema::load::{self, Loaded};
use routewright_schema::model::Definition;
use routewright_schema::resolve::Places;
use routewright_schema::source::Sources;
use routewright_schema::value::Date;

use crate::emit;
use crate::files::Files;
use crate::provenance;

/// How to generate.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The limits of the engines that the code is for.
    pub limits: Limits,
    /// Path of the runtime crate in the generated code.
    pub runtime: String,
    /// Folders in which imports of `.proto` files are found, beside those of the
    /// definitions.
    pub includes: Vec<PathBuf>,
    /// Whether messages that are payloads of events become structs, with all that they
    /// refer to. The crate that includes the code then needs `prost`.
    pub payloads: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            limits: Limits::DEFAULT,
            runtime: "::routewright".to_owned(),
            includes: Vec::new(),
            payloads: true,
        }
    }
}

/// Why nothing was generated. `Display` is one line; [`report`](Failure::report) has all.
#[derive(Debug)]
pub enum Failure {
    /// The definitions are wrong.
    Definitions(Box<(Sources, Report)>),
    /// The definition cannot be compiled; only of a definition without a text.
    Violations(Violations),
    /// A fault of the generator, or of its options.
    Code(String),
}

impl Failure {
    /// What is wrong, with places.
    pub fn report(&self) -> Option<(&Sources, &Report)> {
        match self {
            Failure::Definitions(both) => Some((&both.0, &both.1)),
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Definitions(both) => match both.1.errors() {
                1 => f.write_str("1 error"),
                n => write!(f, "{n} errors"),
            },
            Failure::Violations(violations) => violations.fmt(f),
            Failure::Code(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Failure {}

/// What [`from_paths`] gives.
#[derive(Debug)]
pub struct Generated {
    /// The files to write.
    pub files: Files,
    /// What was read.
    pub inputs: Vec<PathBuf>,
    /// What is probably not meant, though nothing is wrong.
    pub warnings: Report,
    /// The texts that the warnings point into.
    pub sources: Sources,
}

/// Generates from a definition. Without a text, `routes.src` has no places.
pub fn generate(definition: &Definition, options: &Options) -> Result<Files, Failure> {
    let table = routewright_schema::lower::lower(definition, &options.limits)
        .map_err(Failure::Violations)?;
    render(definition, &table, &Messages::default(), None, options)
}

/// Reads definitions (files and folders), and generates from them.
pub fn from_paths(paths: &[PathBuf], options: &Options) -> Result<Generated, Failure> {
    let loaded = load::load_including(paths, &options.includes)
        .map_err(|both| Failure::Definitions(Box::new(both)))?;
    let checks = CheckOptions {
        limits: options.limits,
        // What is overdue must not break a build that was good yesterday.
        expired: Severity::Warning,
        unrouted: Severity::Warning,
        ..CheckOptions::strict(Date::of(SystemTime::now()))
    };
    let checked = check::check(&loaded, &checks);
    let Some(table) = checked.table.filter(|_| checked.report.errors() == 0) else {
        return Err(Failure::Definitions(Box::new((
            loaded.sources,
            checked.report,
        ))));
    };
    let Loaded {
        definition,
        places,
        sources,
        files: inputs,
        messages,
        ..
    } = loaded;
    let root = common_folder(&inputs);
    let files = render(
        &definition,
        &table,
        &messages,
        Some((&places, &sources, &root)),
        options,
    )?;
    Ok(Generated {
        files,
        inputs,
        warnings: checked.report,
        sources,
    })
}

/// The deepest folder that holds all inputs: places are told from there, so that they
/// do not depend on where the tool was started.
fn common_folder(inputs: &[PathBuf]) -> PathBuf {
    let folders: BTreeSet<&Path> = inputs.iter().filter_map(|p| p.parent()).collect();
    let mut common = folders.first().copied().unwrap_or(Path::new("")).to_owned();
    while !folders.iter().all(|folder| folder.starts_with(&common)) {
        if !common.pop() {
            break;
        }
    }
    common
}

type Text<'t> = (&'t Places, &'t Sources, &'t Path);

fn render(
    definition: &Definition,
    table: &RouteTable<Image>,
    messages: &Messages,
    text: Option<Text<'_>>,
    options: &Options,
) -> Result<Files, Failure> {
    let code = emit::emit(definition, table, messages, options).map_err(Failure::Code)?;
    let mut files = Files::new();
    files.insert("routes.rs".to_owned(), code.into_bytes());
    files.insert("routes.img".to_owned(), table.as_image().to_vec());
    files.insert(
        "routes.src".to_owned(),
        provenance::write(definition, table, text).into_bytes(),
    );
    Ok(files)
}
