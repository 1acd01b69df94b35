//! Which files are read: those that are named, and the YAML of folders.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::Corpus;
use super::bounds::{FILE_BYTES_MAX, FILES_MAX, FOLDERS_MAX, RUN_BYTES_MAX};

/// A path that could not be read.
#[derive(Debug)]
pub struct Unreadable {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub fault: io::Error,
}

/// Reads files, and `*.yaml` and `*.yml` of folders and the folders in them, in the order
/// of their names. `tell` is asked before each file, with its number and their count.
///
/// # Errors
/// The first path that cannot be read. A file that is read but is no YAML is no error
/// here; the corpus says so.
pub fn collect(
    paths: &[PathBuf],
    tell: &mut dyn FnMut(usize, usize),
) -> Result<Corpus, Unreadable> {
    let mut files = Vec::new();
    for path in paths {
        walk(path, 0, &mut files)?;
    }
    files.sort();
    files.dedup();
    let mut corpus = Corpus::default();
    let mut total = 0;
    for (at, path) in files.iter().enumerate() {
        tell(at + 1, files.len());
        let bytes = read(path).map_err(|fault| Unreadable {
            path: path.clone(),
            fault,
        })?;
        total += bytes.len() as u64;
        if total > RUN_BYTES_MAX {
            let why = format!("the files have more than {RUN_BYTES_MAX} bytes together");
            return Err(Unreadable {
                path: path.clone(),
                fault: io::Error::other(why),
            });
        }
        corpus.take(&path.display().to_string(), bytes);
    }
    Ok(corpus)
}

/// Reads a file, or one byte more than it may have: then the corpus refuses it, and the
/// others are converted all the same.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn walk(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Unreadable> {
    let unreadable = |fault| Unreadable {
        path: path.to_owned(),
        fault,
    };
    let kind = fs::metadata(path).map_err(unreadable)?;
    if kind.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    if !kind.is_dir() {
        // A pipe would be waited for.
        return Err(unreadable(io::Error::other("it is no file and no folder")));
    }
    if depth > FOLDERS_MAX {
        return Err(unreadable(io::Error::other("folders are nested too deep")));
    }
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        let path = entry.path();
        let yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        // A link may lead back up; a folder that is meant can be named.
        if kind.is_dir() {
            walk(&path, depth + 1, files)?;
        } else if yaml && kind.is_file() {
            files.push(path);
        }
        if files.len() > FILES_MAX {
            let why = format!("there are more than {FILES_MAX} files");
            return Err(unreadable(io::Error::other(why)));
        }
    }
    Ok(())
}
