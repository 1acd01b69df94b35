//! Files replaced: all of them, or none as far as a disk lets us.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use routewright_schema::edit::Edited;
use routewright_schema::load::Loaded;
use routewright_schema::source::FileId;

/// A file, what it held when it was read, and what it is to hold.
pub struct Replacement {
    pub path: PathBuf,
    pub before: String,
    pub after: String,
}

impl Replacement {
    /// Of a text of definitions that were edited.
    pub fn of(before: &Loaded, edited: &Edited, file: FileId) -> Replacement {
        Replacement {
            // Files come first among the sources, in the order in which they were read.
            path: before.files[file as usize].clone(),
            before: before.sources.text(file).to_owned(),
            after: edited.loaded.sources.text(file).to_owned(),
        }
    }

    /// The way back.
    pub fn back(self) -> Replacement {
        Replacement {
            path: self.path,
            before: self.after,
            after: self.before,
        }
    }
}

/// Replaces all of them. Each is there with its old content or its new one at any time.
///
/// # Errors
/// One was changed since it was read, or cannot be written; then all are as before,
/// unless that is what the message says.
pub fn replace(files: &[Replacement]) -> Result<(), String> {
    let mut ready = Vec::new();
    for file in files {
        match Ready::new(file) {
            Ok(file) => ready.push(file),
            Err(error) => {
                ready.iter().for_each(Ready::forget);
                return Err(format!("{}: {error}", file.path.display()));
            }
        }
    }
    swap(&ready)
}

/// Puts new contents in the place of old ones; if one cannot be, puts all back.
fn swap(ready: &[Ready]) -> Result<(), String> {
    for (at, file) in ready.iter().enumerate() {
        if let Err(error) = fs::rename(&file.temporary, &file.path) {
            let mut message = format!("{}: {error}", file.path.display());
            ready[at..].iter().for_each(Ready::forget);
            for done in &ready[..at] {
                if let Err(error) = done.restore() {
                    message.push_str(&format!(
                        "; and {} has its new content already, which cannot be undone: {error}",
                        done.path.display()
                    ));
                }
            }
            return Err(message);
        }
    }
    Ok(())
}

/// A new content on the disk, beside the old one.
struct Ready {
    /// Behind links: a link stays one.
    path: PathBuf,
    temporary: PathBuf,
    old: Vec<u8>,
}

impl Ready {
    fn new(file: &Replacement) -> io::Result<Ready> {
        let path = fs::canonicalize(&file.path)?;
        let old = fs::read(&path)?;
        let bare = old.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&old);
        if bare != file.before.as_bytes() {
            return Err(io::Error::other("it was changed meanwhile; run this again"));
        }
        let mark = &old[..old.len() - bare.len()];
        let new = [mark, file.after.as_bytes()].concat();
        let temporary = beside(&path, &new)?;
        Ok(Ready {
            path,
            temporary,
            old,
        })
    }

    fn forget(&self) {
        // Nobody can do more about it; what matters is told.
        let _ = fs::remove_file(&self.temporary);
    }

    fn restore(&self) -> io::Result<()> {
        fs::rename(beside(&self.path, &self.old)?, &self.path)
    }
}

/// Writes bytes into the folder of a file, as readable as the file is.
fn beside(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let mut temporary = path.to_owned();
    temporary
        .as_mut_os_string()
        .push(format!(".{}.tmp", std::process::id()));
    let write = || {
        let mut file = fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.set_permissions(fs::metadata(path)?.permissions())?;
        file.sync_all()
    };
    match write() {
        Ok(()) => Ok(temporary),
        Err(error) => {
            let _ = fs::remove_file(&temporary);
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two files that hold "one", to hold "two".
    fn folder(name: &str) -> (PathBuf, [Replacement; 2]) {
        let folder = std::env::temp_dir().join(format!("bake-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let files = ["a.yaml", "b.yaml"].map(|name| {
            fs::write(folder.join(name), "one").unwrap();
            Replacement {
                path: folder.join(name),
                before: "one".to_owned(),
                after: "two".to_owned(),
            }
        });
        (folder, files)
    }

    /// What the folder holds, and that is all.
    fn holds(folder: &Path) -> Vec<(String, String)> {
        let mut all: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let text = fs::read_to_string(entry.path()).unwrap_or_default();
                (entry.file_name().into_string().unwrap(), text)
            })
            .collect();
        all.sort();
        fs::remove_dir_all(folder).unwrap();
        all
    }

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, text): &(&str, &str)| (name.to_string(), text.to_string());
        all.iter().map(owned).collect()
    }

    #[test]
    fn all_are_replaced_and_keep_their_mark() {
        let (folder, files) = folder("all");
        fs::write(&files[1].path, "\u{feff}one").unwrap();
        replace(&files).unwrap();
        let wanted = pairs(&[("a.yaml", "two"), ("b.yaml", "\u{feff}two")]);
        assert_eq!(holds(&folder), wanted);
    }

    #[test]
    fn none_is_if_one_was_changed_meanwhile() {
        let (folder, files) = folder("changed");
        fs::write(&files[1].path, "other").unwrap();
        let error = replace(&files).unwrap_err();
        assert!(
            error.contains("b.yaml: it was changed meanwhile"),
            "{error}"
        );
        let wanted = pairs(&[("a.yaml", "one"), ("b.yaml", "other")]);
        assert_eq!(holds(&folder), wanted);
    }

    #[test]
    fn what_was_replaced_already_is_put_back() {
        let (folder, files) = folder("back");
        let ready: Vec<Ready> = files.iter().map(|file| Ready::new(file).unwrap()).collect();
        // What was made ready for the second one is lost.
        ready[1].forget();
        let error = swap(&ready).unwrap_err();
        assert!(
            error.contains("b.yaml: ") && !error.contains("cannot be undone"),
            "{error}"
        );
        let wanted = pairs(&[("a.yaml", "one"), ("b.yaml", "one")]);
        assert_eq!(holds(&folder), wanted);
    }
}
