//! Which files are read: those that are named, and the YAML of folders.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Corpus;

/// Bytes of one file.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Files of one run.
const FILES_MAX: usize = 100_000;
/// Folders within each other.
const DEPTH_MAX: usize = 64;

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
    for (at, path) in files.iter().enumerate() {
        tell(at + 1, files.len());
        let bytes = read(path).map_err(|fault| Unreadable {
            path: path.clone(),
            fault,
        })?;
        corpus.add(&path.display().to_string(), &bytes);
    }
    Ok(corpus)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > FILE_BYTES_MAX {
        let why = format!("the file is larger than {FILE_BYTES_MAX} bytes");
        return Err(io::Error::other(why));
    }
    fs::read(path)
}

fn walk(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Unreadable> {
    let unreadable = |fault| Unreadable {
        path: path.to_owned(),
        fault,
    };
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    if depth > DEPTH_MAX {
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
