//! What a store tells: what it found at the start, and how it is.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use routewright::Digest;

use super::file::{Cause, Damage};
use super::folder::Trouble;
use super::probation::Run;

/// Where the answers of a process came from when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The compiled baseline.
    Baseline,
    /// A file of the store.
    Disk {
        /// Its number.
        sequence: u64,
        /// The version in it.
        version: u64,
    },
}

/// How a start went.
#[derive(Clone, Debug)]
pub struct Boot {
    /// What serves.
    pub source: Source,
    /// Everything that was not as usual, for the log.
    pub notes: Vec<Note>,
}

/// Something that was not as usual.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A file could not be used; the next one was tried.
    Damaged {
        /// Its name.
        file: String,
        /// What is wrong with it.
        damage: Damage,
    },
    /// Something with the folder or a file in it failed.
    Failed(String),
    /// What a writer did not finish was removed.
    Unfinished {
        /// How many files.
        files: usize,
    },
    /// A process died during the probation of an override.
    Crashed {
        /// The override.
        version: u64,
        /// Its image, which is now in quarantine.
        image: Digest,
        /// What serves instead; 0 is the baseline.
        serving: u64,
    },
    /// The file `BASELINE` is there.
    Switched {
        /// The override that it puts aside.
        version: u64,
    },
    /// The override was made over another baseline, and fits this one as well.
    Rebuilt {
        /// Its version.
        version: u64,
    },
    /// The override cannot be served; the baseline does.
    Dropped {
        /// Its version.
        version: u64,
        /// What the cell said.
        why: String,
    },
    /// The lease of the override has ended; the baseline serves.
    Expired {
        /// Its version.
        version: u64,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Damaged { file, damage } => write!(f, "{file} is not used: {damage}"),
            Note::Failed(what) => f.write_str(what),
            Note::Unfinished { files } => write!(f, "unfinished files removed: {files}"),
            Note::Crashed {
                version,
                image,
                serving,
            } => write!(
                f,
                "the process ended during the probation of version {version}; its image {image} is in quarantine, and {} serves",
                Named(*serving)
            ),
            Note::Switched { version } => write!(
                f,
                "the file BASELINE is in the folder; version {version} is put aside"
            ),
            Note::Rebuilt { version } => write!(
                f,
                "version {version} was made over another baseline; it was checked again, and is on probation"
            ),
            Note::Dropped { version, why } => {
                write!(
                    f,
                    "version {version} is dropped, the baseline serves: {why}"
                )
            }
            Note::Expired { version } => write!(
                f,
                "the lease of version {version} has ended; the baseline serves"
            ),
        }
    }
}

struct Named(u64);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("the baseline"),
            version => write!(f, "version {version}"),
        }
    }
}

/// Why what serves is not on disk. It serves all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What failed, with the file and the words of the system.
    pub what: String,
    /// How often it was tried in vain.
    pub attempts: u32,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not kept over a restart: {}", self.what)
    }
}

impl std::error::Error for Fault {}

/// How a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What served when the process began.
    pub source: Source,
    /// The version that the newest durable file serves; 0 is the baseline.
    pub version: u64,
    /// Since when it is published, by the wall clock; nothing on the baseline.
    pub since: Option<Duration>,
    /// What is left of its probation; nothing: it is good.
    pub probation: Option<Run>,
    /// What led to it.
    pub cause: Option<Cause>,
    /// The same in words.
    pub reason: String,
    /// Why that file is not what serves.
    pub fault: Option<Fault>,
    /// Images that a process died of, oldest first.
    pub quarantined: Vec<Digest>,
}

/// Why there is no store. The cell serves its baseline.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process writes to this folder.
    Held {
        /// Which.
        folder: PathBuf,
    },
    /// The cell has taken a push already. What is on disk is left as it is.
    NotFresh,
    /// The folder cannot be opened or made, or looked through.
    Folder(String),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Held { folder } => write!(
                f,
                "{}: another process keeps its override here; give each its own folder",
                folder.display()
            ),
            OpenError::NotFresh => {
                f.write_str("the cell has taken a push already; boot the store before the first")
            }
            OpenError::Folder(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for OpenError {}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: {}", self.what, self.file, self.error)
    }
}
