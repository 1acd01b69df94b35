//! The folder of a store: names, the lock, and files that appear whole or not at all.
//!
//! Everything goes through one descriptor of the folder, by names inside it, so nothing
//! that happens to its path leads a writer elsewhere.

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{self, AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::file::FILE_BYTES_MAX;

/// The file that sends a store to the baseline.
pub const SWITCH: &str = "BASELINE";
/// The file whose lock makes a process the one that writes. It stays empty.
pub const LOCK: &str = "lock";
/// Entries of a folder; a store leaves a handful.
pub const ENTRIES_MAX: usize = 4_096;
/// Numbers of files; there is no coming near it.
pub const SEQUENCE_MAX: u64 = 1 << 62;

const STATE: &str = ".state";
const TEMP: &str = ".temp";

/// Nothing in the folder is for others, and none of its files is followed elsewhere,
/// waited for, or inherited.
const SAFE: OFlags = OFlags::NOFOLLOW
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);
const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

/// What a failure happened in.
#[derive(Debug)]
pub struct Trouble {
    /// What was to be done.
    pub what: &'static str,
    /// With which file of the folder.
    pub file: String,
    /// What came of it.
    pub error: io::Error,
}

fn in_step<E: Into<io::Error>>(what: &'static str, file: &str) -> impl FnOnce(E) -> Trouble {
    move |error| Trouble {
        what,
        file: file.to_owned(),
        error: error.into(),
    }
}

/// Why this process is not the one that writes.
#[derive(Debug)]
pub enum NotLocked {
    /// Another one is.
    Held,
    /// It cannot be told.
    Trouble(Trouble),
}

/// The name of a file of a state. It says what must be known even of a file that cannot
/// be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// Files are numbered as they are written.
    pub sequence: u64,
    /// The high-water mark of versions.
    pub accepted: u64,
}

impl fmt::Display for Name {
    /// Of one length, so that `ls` shows files in their order.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:019}-{:020}{STATE}", self.sequence, self.accepted)
    }
}

/// What is in the folder.
#[derive(Debug, Default)]
pub struct Listing {
    /// The files of states, newest first.
    pub states: Vec<Name>,
    /// Names of files that were not finished.
    pub temps: Vec<String>,
}

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    folder: OwnedFd,
    lock: Option<File>,
}

impl Folder {
    /// Opens it; makes it first if only itself is missing.
    pub fn open(path: &Path) -> Result<Folder, Trouble> {
        let name = path.display().to_string();
        let open = |path: &Path| {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            retry_on_intr(|| fs::open(path, flags, Mode::empty()))
        };
        let folder = match open(path) {
            Err(Errno::NOENT) => {
                retry_on_intr(|| fs::mkdir(path, Mode::RWXU))
                    .or_else(|e| if e == Errno::EXIST { Ok(()) } else { Err(e) })
                    .map_err(in_step("make", &name))?;
                // So that it is there after a loss of power, like the files in it.
                let parent = match path.parent() {
                    Some(parent) if parent != Path::new("") => parent,
                    _ => Path::new("."),
                };
                open(parent)
                    .and_then(|parent| retry_on_intr(|| fs::fsync(&parent)))
                    .map_err(in_step("sync the parent of", &name))?;
                open(path)
            }
            opened => opened,
        };
        Ok(Folder {
            path: path.to_owned(),
            folder: folder.map_err(in_step("open", &name))?,
            lock: None,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Becomes the one process that writes, until [`unlock`](Self::unlock) or its end.
    pub fn lock(&mut self) -> Result<(), NotLocked> {
        if self.lock.is_some() {
            return Ok(());
        }
        let trouble = |error| NotLocked::Trouble(in_step("lock", LOCK)(error));
        let file = self
            .at(LOCK, OFlags::RDWR | OFlags::CREATE | SAFE, PRIVATE)
            // A lock needs no right to write, nor a disk that has room.
            .or_else(|e| {
                self.at(LOCK, OFlags::RDONLY | SAFE, Mode::empty())
                    .map_err(|_| e)
            })
            .map_err(trouble)?;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => return Err(NotLocked::Held),
                Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(TryLockError::Error(e)) => return Err(trouble(e)),
            }
        }
        self.lock = Some(file);
        Ok(())
    }

    /// Whether this process is the one that writes.
    pub fn locked(&self) -> bool {
        self.lock.is_some()
    }

    /// Lets another process write.
    pub fn unlock(&mut self) {
        if let Some(lock) = self.lock.take() {
            // Closing it is not enough: a child that is about to begin another program
            // has it open too.
            let _closed_anyway = lock.unlock();
        }
    }

    /// What is in it.
    pub fn list(&self) -> Result<Listing, Trouble> {
        let trouble = |e: Errno| in_step("list", ".")(e);
        let mut listing = Listing::default();
        let mut entries = retry_on_intr(|| Dir::read_from(&self.folder)).map_err(trouble)?;
        for _ in 0..ENTRIES_MAX {
            let Some(entry) = entries.read() else {
                listing.states.sort_unstable_by(|a, b| b.cmp(a));
                return Ok(listing);
            };
            let entry = entry.map_err(trouble)?;
            let Ok(text) = entry.file_name().to_str() else {
                continue;
            };
            listing.states.extend(parse_state(text));
            listing.temps.extend(parse_temp(text).map(temp));
        }
        // A number that was not seen could be given twice.
        let error = format!("it has more than {ENTRIES_MAX} entries; give the store its own");
        Err(in_step("list", ".")(io::Error::other(error)))
    }

    /// A private copy of a file's bytes, at most one more than a file has.
    pub fn read(&self, name: Name) -> Result<Vec<u8>, Trouble> {
        let name = name.to_string();
        let read = || -> io::Result<Vec<u8>> {
            let file = self.at(&name, OFlags::RDONLY | SAFE, Mode::empty())?;
            let stat = retry_on_intr(|| fs::fstat(&file))?;
            if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
                return Err(io::Error::other("it is not a regular file"));
            }
            let size = usize::try_from(stat.st_size).unwrap_or(usize::MAX);
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(size.min(FILE_BYTES_MAX))?;
            file.take(FILE_BYTES_MAX as u64 + 1)
                .read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(in_step("read", &name))
    }

    /// Writes a new file. When this returns, it is there whole, also after a loss of
    /// power if the disk keeps its word; on an error it is not there.
    ///
    /// No number is ever tried twice: after a failed sync, the kernel may take pages
    /// for written that are not.
    pub fn write(&self, name: Name, bytes: &[u8]) -> Result<(), Trouble> {
        let (temp, name) = (temp(name.sequence), name.to_string());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | SAFE;
        let mut file = self
            .at(&temp, flags, PRIVATE)
            .map_err(in_step("create", &temp))?;
        let written = file
            .write_all(bytes)
            .map_err(in_step("write", &temp))
            .and_then(|()| file.sync_all().map_err(in_step("sync", &temp)))
            .and_then(|()| {
                let renamed =
                    retry_on_intr(|| fs::renameat(&self.folder, &temp, &self.folder, &name));
                renamed.map_err(in_step("rename", &temp))
            });
        drop(file);
        if let Err(trouble) = written {
            let _left_for_the_next_start = self.unlink(&temp);
            return Err(trouble);
        }
        self.sync().inspect_err(|_| {
            // It is whole, but who knows for how long: the caller holds to the one before.
            let _harmless_if_it_stays = self.unlink(&name);
        })
    }

    /// Makes the names in it last.
    pub fn sync(&self) -> Result<(), Trouble> {
        retry_on_intr(|| fs::fsync(&self.folder)).map_err(in_step("sync", "."))
    }

    /// Removes a file of a state, if it is there.
    pub fn remove(&self, name: Name) -> Result<(), Trouble> {
        let name = name.to_string();
        self.unlink(&name).map_err(in_step("remove", &name))
    }

    /// Removes what a writer did not finish.
    pub fn remove_temp(&self, name: &str) -> Result<(), Trouble> {
        self.unlink(name).map_err(in_step("remove", name))
    }

    /// Whether the file that sends a store to the baseline is there, of whatever kind.
    pub fn switched(&self) -> Result<bool, Trouble> {
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        match retry_on_intr(|| fs::statat(&self.folder, SWITCH, flags)) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(e) => Err(in_step("look for", SWITCH)(e)),
        }
    }

    /// Puts the file there that sends a store to the baseline, with why.
    pub fn switch(&self, reason: &str) -> Result<(), Trouble> {
        // Of another name than the temporary files of the store, which may be at work.
        let temp = format!("{SWITCH}-{}{TEMP}", std::process::id());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | SAFE;
        let for_all = PRIVATE | Mode::RGRP | Mode::ROTH;
        let mut file = self
            .at(&temp, flags, for_all)
            .map_err(in_step("create", &temp))?;
        let written = file
            .write_all(reason.as_bytes())
            .map_err(in_step("write", &temp))
            .and_then(|()| file.sync_all().map_err(in_step("sync", &temp)))
            .and_then(|()| {
                let renamed =
                    retry_on_intr(|| fs::renameat(&self.folder, &temp, &self.folder, SWITCH));
                renamed.map_err(in_step("rename", &temp))
            });
        if let Err(trouble) = written {
            let _who_knows = self.unlink(&temp);
            return Err(trouble);
        }
        self.sync()
    }

    /// Takes that file away.
    pub fn unswitch(&self) -> Result<(), Trouble> {
        self.unlink(SWITCH).map_err(in_step("remove", SWITCH))?;
        self.sync()
    }

    /// What is in that file, as far as it is text, and when it was put there; at most that
    /// many bytes.
    pub fn switch_text(&self, bytes_max: u64) -> Result<(String, SystemTime), Trouble> {
        let read = || -> io::Result<_> {
            let file = self.at(SWITCH, OFlags::RDONLY | SAFE, Mode::empty())?;
            let meta = file.metadata()?;
            let mut bytes = Vec::new();
            if meta.is_file() {
                file.take(bytes_max).read_to_end(&mut bytes)?;
            }
            Ok((
                String::from_utf8_lossy(&bytes).into_owned(),
                meta.modified()?,
            ))
        };
        read().map_err(in_step("read", SWITCH))
    }

    /// Whether a store was ever here: its lock stays.
    pub fn has_lock(&self) -> bool {
        retry_on_intr(|| fs::statat(&self.folder, LOCK, AtFlags::SYMLINK_NOFOLLOW)).is_ok()
    }

    fn at(&self, name: &str, flags: OFlags, mode: Mode) -> io::Result<File> {
        Ok(retry_on_intr(|| fs::openat(&self.folder, name, flags, mode)).map(File::from)?)
    }

    fn unlink(&self, name: &str) -> Result<(), Errno> {
        match retry_on_intr(|| fs::unlinkat(&self.folder, name, AtFlags::empty())) {
            Err(Errno::NOENT) => Ok(()),
            done => done,
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.unlock();
    }
}

/// The name of a file that is being written.
fn temp(sequence: u64) -> String {
    format!("{sequence:019}{TEMP}")
}

/// Reads such a name. Every number has one.
fn parse_temp(text: &str) -> Option<u64> {
    let sequence = text.strip_suffix(TEMP)?.parse().ok()?;
    (temp(sequence) == text).then_some(sequence)
}

fn parse_state(text: &str) -> Option<Name> {
    let (sequence, accepted) = text.strip_suffix(STATE)?.split_once('-')?;
    let name = Name {
        sequence: sequence.parse().ok()?,
        accepted: accepted.parse().ok()?,
    };
    (name.sequence <= SEQUENCE_MAX && name.to_string() == text).then_some(name)
}
