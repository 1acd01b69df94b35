//! Generated files and the disk: written only when different, compared in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

/// Name within the folder -> content.
pub type Files = BTreeMap<String, Vec<u8>>;

/// How a generated file differs from what would be generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It is not there.
    Missing(String),
    /// It has another content.
    Changed(String),
    /// It is there, and nothing generates it any more.
    Vanished(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Missing(name) => write!(f, "{name} is missing"),
            Difference::Changed(name) => write!(f, "{name} is not what the definitions give"),
            Difference::Vanished(name) => write!(f, "{name} is no longer generated"),
        }
    }
}

/// Files that only this generator writes; others in the folder are not its business.
const OWN: &[&str] = &["rs", "img", "src"];

/// How the folder differs from these files. Changes nothing.
///
/// # Errors
/// The folder cannot be read, or there is nothing to compare.
pub fn check(files: &Files, folder: &Path) -> io::Result<Vec<Difference>> {
    if files.is_empty() {
        return Err(io::Error::other("there is nothing to compare"));
    }
    let found = own_files(folder)?;
    let names: BTreeSet<&String> = files.keys().chain(&found).collect();
    let mut differences = Vec::new();
    for name in names {
        match (files.get(name), found.contains(name)) {
            (Some(content), true) if fs::read(folder.join(name))? == *content => {}
            (Some(_), true) => differences.push(Difference::Changed(name.clone())),
            (Some(_), false) => differences.push(Difference::Missing(name.clone())),
            (None, _) => differences.push(Difference::Vanished(name.clone())),
        }
    }
    Ok(differences)
}

/// Brings the folder to these files: writes what differs, removes what nothing
/// generates any more. Returns the names that were touched.
///
/// # Errors
/// Something cannot be read or written. What was there before is then still whole.
pub fn write(files: &Files, folder: &Path) -> io::Result<Vec<String>> {
    fs::create_dir_all(folder)?;
    let mut touched = Vec::new();
    for difference in check(files, folder)? {
        let name = match difference {
            Difference::Missing(name) | Difference::Changed(name) => {
                replace(
                    &folder.join(&name),
                    files.get(&name).map_or(&[][..], Vec::as_slice),
                )?;
                name
            }
            Difference::Vanished(name) => {
                fs::remove_file(folder.join(&name))?;
                name
            }
        };
        touched.push(name);
    }
    Ok(touched)
}

/// Names in the folder that carry this generator's mark, or are its images.
fn own_files(folder: &Path) -> io::Result<BTreeSet<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(error),
    };
    let mut names = BTreeSet::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = Path::new(&name)
            .extension()
            .is_some_and(|e| OWN.iter().any(|own| e == *own));
        if ours && entry.file_type()?.is_file() && is_marked(&entry.path())? {
            names.insert(name);
        }
    }
    Ok(names)
}

fn is_marked(path: &Path) -> io::Result<bool> {
    let content = fs::read(path)?;
    let head = &content[..content.len().min(64)];
    Ok(head.starts_with(&routewright::MAGIC) || head.windows(10).any(|w| w == b"@generated"))
}

/// A file is there with its old content or its new one, never with half.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut temporary = PathBuf::from(path);
    temporary.as_mut_os_string().push(".tmp");
    fs::write(&temporary, content)?;
    fs::rename(&temporary, path)
}
