//! What `.proto` files are called by imports, and where imports are looked for.

use std::path::{Component, Path, PathBuf};

use super::files::{self, Found};
use crate::diagnostic::Report;
use crate::format::proto::Import;

/// Folders beneath which imports are found.
pub(super) struct Roots {
    /// As given, and as it really is, links resolved.
    roots: Vec<(PathBuf, PathBuf)>,
    /// How many of them were named as such; the others are folders of definitions.
    includes: usize,
}

impl Roots {
    /// Folders that were named for imports come first, then those of the definitions.
    pub fn new(includes: &[PathBuf], found: &[Found]) -> Roots {
        let mut roots: Vec<(PathBuf, PathBuf)> = Vec::new();
        let folders = found.iter().map(|f| &f.root);
        for folder in includes.iter().chain(folders) {
            // One that is not there holds nothing.
            let Ok(real) = std::fs::canonicalize(folder) else {
                continue;
            };
            if !roots.iter().any(|(_, known)| *known == real) {
                roots.push((folder.clone(), real));
            }
        }
        let includes = includes
            .iter()
            .filter_map(|folder| std::fs::canonicalize(folder).ok())
            .filter_map(|real| roots.iter().position(|(_, known)| *known == real))
            .max()
            .map_or(0, |last| last + 1);
        Roots { roots, includes }
    }

    /// What imports call a file: its path from the root that it is beneath, a folder for
    /// imports before any other. `None`: its name is not UTF-8.
    pub fn name(&self, file: &Found) -> Option<String> {
        let real = std::fs::canonicalize(&file.path).ok();
        let named = self.roots[..self.includes].iter();
        let below = named
            .filter_map(|(_, root)| real.as_ref()?.strip_prefix(root).ok())
            .min_by_key(|path| path.components().count());
        let path = below
            .or_else(|| file.path.strip_prefix(&file.root).ok())
            .unwrap_or(&file.path);
        let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
        parts.map(|parts| parts.join("/"))
    }

    /// Looks for an import beneath the roots, and nowhere else.
    pub fn find(&self, name: &str, budget: &mut Budget) -> Import {
        let path = Path::new(name);
        let plain = path.components().all(|c| matches!(c, Component::Normal(_)))
            && !name.contains(['\\', '\0'])
            && !name.is_empty();
        if !plain {
            let why = "an import is a path from a root, without `.`, `..` and `\\`";
            return Import::Refused(why.to_owned());
        }
        for (shown, real) in &self.roots {
            let Ok(found) = std::fs::canonicalize(real.join(path)) else {
                continue;
            };
            if !found.starts_with(real) {
                let why = format!("it is a link that leads out of `{}`", files::shown(shown));
                return Import::Refused(why);
            }
            return budget.read(shown.join(path));
        }
        let roots: Vec<String> = self
            .roots
            .iter()
            .map(|(shown, _)| format!("`{}`", files::shown(shown)))
            .collect();
        let likely = self.roots.iter().any(|(_, real)| {
            let parts: Vec<_> = path.iter().collect();
            // `--include proto` is missing for `proto/shop`, which imports "shop/a.proto".
            (1..parts.len()).any(|from| {
                real.join(parts[from..].iter().collect::<PathBuf>())
                    .is_file()
            })
        });
        let hint = match likely {
            true => "imports are paths from a root: name the folder above with `--include`",
            false => "name the folder that it is beneath with `--include`",
        };
        Import::Missing(match roots.is_empty() {
            true => hint.to_owned(),
            false => format!("looked beneath {}; {hint}", roots.join(", ")),
        })
    }
}

/// What may still be read.
pub(super) struct Budget {
    pub bytes: usize,
    pub files: usize,
    /// What was read.
    pub read: Vec<PathBuf>,
}

impl Budget {
    fn read(&mut self, path: PathBuf) -> Import {
        if self.files == 0 {
            return Import::Refused(format!("there are more than {} files", files::FILES_MAX));
        }
        self.files -= 1;
        let found = Found {
            root: PathBuf::new(),
            path,
            format: files::Format::Proto,
        };
        let name = found.name();
        let mut report = Report::new();
        let Some(bytes) = files::read(&found, &mut self.bytes, &mut report) else {
            let why = report.sorted().first().map(|d| d.message.clone());
            return Import::Refused(why.unwrap_or_default());
        };
        match files::text(&name, &bytes) {
            Ok(text) => {
                let text = text.to_owned();
                self.read.push(found.path);
                Import::Text(name, text)
            }
            Err(fault) => Import::Refused(fault.message),
        }
    }
}
