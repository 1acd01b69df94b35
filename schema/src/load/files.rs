//! Which files there are, and their bytes.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Report};

/// Bytes of one file that is read.
pub const FILE_BYTES_MAX: usize = 16 << 20;
/// Bytes of all files together.
pub const TOTAL_BYTES_MAX: usize = 64 << 20;
/// Files of one definition; also the folders that are looked into.
pub const FILES_MAX: usize = 16_384;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Yaml,
    /// YAML that holds tests, and no part of a definition.
    Tests,
    Json,
    Binpb,
    Proto,
}

#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The folder that was named, and that the file is beneath.
    pub root: PathBuf,
    pub path: PathBuf,
    pub format: Format,
}

impl Found {
    /// As messages show it: with `/` on every platform.
    pub fn name(&self) -> String {
        shown(&self.path)
    }
}

pub(super) fn shown(path: &Path) -> String {
    let name = path.display().to_string();
    if std::path::MAIN_SEPARATOR == '\\' {
        name.replace('\\', "/")
    } else {
        name
    }
}

/// All files under these paths, each once, sorted.
pub(super) fn find(paths: &[PathBuf], report: &mut Report) -> Vec<Found> {
    let mut walk = Walk {
        found: Vec::new(),
        root: PathBuf::new(),
        seen: HashSet::new(),
        folders: 0,
        full: false,
        report,
    };
    if paths.is_empty() {
        walk.fault(
            "no_files",
            "no file or folder is given".to_owned(),
            "name the folder with the definitions",
        );
    }
    for path in paths {
        walk.named(path);
    }
    if let Some(test) = walk.found.first().filter(|_| walk.only_tests()) {
        let message = format!(
            "`{}` has tests only, and there is no definition",
            test.name()
        );
        walk.fault(
            "no_files",
            message,
            "name the folder with the definitions as well",
        );
    }
    let mut found = walk.found;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

struct Walk<'r> {
    found: Vec<Found>,
    /// The folder that is looked into, as it was named.
    root: PathBuf,
    /// Files and folders that were met, links resolved: each is read once, and a
    /// link to a folder above ends there.
    seen: HashSet<PathBuf>,
    folders: usize,
    full: bool,
    report: &'r mut Report,
}

impl Walk<'_> {
    fn fault(&mut self, code: &'static str, message: String, hint: &str) {
        self.report
            .push(Diagnostic::global(code, message).hint(hint));
    }

    fn io(&mut self, path: &Path, error: &std::io::Error) {
        self.report.push(Diagnostic::global(
            "io",
            format!("cannot read `{}`: {error}", shown(path)),
        ));
    }

    /// Whether there is nothing that they could be tests of.
    fn only_tests(&self) -> bool {
        let mut formats = self.found.iter().map(|file| file.format);
        self.report.errors() == 0 && formats.all(|format| format == Format::Tests)
    }

    /// A path of the command line.
    fn named(&mut self, path: &Path) {
        let meta = match fs::metadata(path) {
            Ok(meta) => meta,
            Err(error) => return self.io(path, &error),
        };
        if meta.is_dir() {
            self.root = path.to_owned();
            let (files, errors) = (self.found.len(), self.report.errors());
            self.folder(path);
            if self.found.len() == files && self.report.errors() == errors && !self.met_before(path)
            {
                let message = format!("there is no definition under `{}`", shown(path));
                self.fault(
                    "no_files",
                    message,
                    "definitions are `*.yaml`, `*.yml` and `*.proto` files",
                );
            }
            return;
        }
        self.root = path.parent().map(Path::to_owned).unwrap_or_default();
        if self.root.as_os_str().is_empty() {
            self.root.push(".");
        }
        match extension(path) {
            Some(format) => self.file(path, format),
            None => {
                let message = format!("`{}` is no definition by its name", shown(path));
                self.fault(
                    "no_files",
                    message,
                    "definitions are `*.yaml`, `*.yml`, `*.proto`, `*.json` and `*.binpb` files",
                );
            }
        }
    }

    /// Whether every file under it was named by an earlier path.
    fn met_before(&self, path: &Path) -> bool {
        let Ok(path) = fs::canonicalize(path) else {
            return false;
        };
        self.seen
            .iter()
            .any(|seen| seen.starts_with(&path) && *seen != path)
    }

    fn folder(&mut self, path: &Path) {
        if !self.first_time(path) {
            return;
        }
        self.folders += 1;
        let entries = fs::read_dir(path).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
        let mut entries: Vec<PathBuf> = match entries {
            Ok(entries) => entries.into_iter().map(|entry| entry.path()).collect(),
            Err(error) => return self.io(path, &error),
        };
        entries.sort();
        for entry in entries {
            let hidden = entry
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if hidden || self.full {
                continue;
            }
            match (fs::metadata(&entry), extension(&entry)) {
                (Ok(meta), _) if meta.is_dir() => self.folder(&entry),
                (Ok(_), Some(format @ (Format::Yaml | Format::Tests | Format::Proto))) => {
                    self.file(&entry, format);
                }
                (Err(error), Some(Format::Yaml | Format::Tests | Format::Proto)) => {
                    self.io(&entry, &error);
                }
                _ => {}
            }
        }
    }

    fn file(&mut self, path: &Path, format: Format) {
        if self.first_time(path) {
            self.found.push(Found {
                root: self.root.clone(),
                path: path.to_owned(),
                format,
            });
        }
    }

    /// Whether it was not met before, and there is room for it.
    fn first_time(&mut self, path: &Path) -> bool {
        if self.found.len() >= FILES_MAX || self.folders >= FILES_MAX {
            if !self.full {
                self.full = true;
                let message = format!("there are more than {FILES_MAX} files or folders");
                self.fault(
                    "limit",
                    message,
                    "name the folder that holds the definitions only",
                );
            }
            return false;
        }
        match fs::canonicalize(path) {
            Ok(real) => self.seen.insert(real),
            Err(error) => {
                self.io(path, &error);
                false
            }
        }
    }
}

fn extension(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()? {
        "yaml" | "yml" if path.file_stem()?.to_str()?.ends_with(".test") => Some(Format::Tests),
        "yaml" | "yml" => Some(Format::Yaml),
        "json" => Some(Format::Json),
        "binpb" => Some(Format::Binpb),
        "proto" => Some(Format::Proto),
        _ => None,
    }
}

/// The bytes of a file, taken from what is left for all of them.
pub(super) fn read(file: &Found, budget: &mut usize, report: &mut Report) -> Option<Vec<u8>> {
    let limit = FILE_BYTES_MAX.min(*budget);
    let read = || -> std::io::Result<Option<Vec<u8>>> {
        // A pipe would wait for a writer for ever.
        if !fs::metadata(&file.path)?.is_file() {
            return Err(std::io::Error::other("it is no regular file"));
        }
        let mut bytes = Vec::new();
        File::open(&file.path)?
            .take(limit as u64 + 1)
            .read_to_end(&mut bytes)?;
        Ok((bytes.len() <= limit).then_some(bytes))
    };
    match read() {
        Ok(Some(bytes)) => {
            *budget -= bytes.len();
            Some(bytes)
        }
        Ok(None) => {
            let message = match limit {
                FILE_BYTES_MAX => format!(
                    "`{}` is larger than {} MiB",
                    file.name(),
                    FILE_BYTES_MAX >> 20
                ),
                _ => format!(
                    "with `{}` the files are larger than {} MiB together",
                    file.name(),
                    TOTAL_BYTES_MAX >> 20
                ),
            };
            report.push(Diagnostic::global("limit", message));
            None
        }
        Err(error) => {
            report.push(Diagnostic::global(
                "io",
                format!("cannot read `{}`: {error}", file.name()),
            ));
            None
        }
    }
}

/// The bytes as text, without a byte order mark.
pub(super) fn text<'b>(name: &str, bytes: &'b [u8]) -> Result<&'b str, Box<Diagnostic>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let wide = bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
        || bytes.iter().take(64).filter(|b| **b == 0).count() > 8;
    if wide {
        let fault = Diagnostic::global("encoding", format!("`{name}` is UTF-16 or UTF-32"));
        return Err(Box::new(fault.hint("save it as UTF-8")));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let column = before.len()
            - before
                .iter()
                .rposition(|b| *b == b'\n')
                .map_or(0, |at| at + 1)
            + 1;
        let message = format!("`{name}` is not UTF-8 at line {line}, byte {column} of it");
        Box::new(Diagnostic::global("encoding", message).hint("save it as UTF-8"))
    })
}
