//! The file `BASELINE` of a store, by hand: whatever the network and the control plane do,
//! an engine whose store holds it serves its baseline.
//!
//! Nothing here takes the lock of the store, or writes what the engine writes: it works
//! beside an engine that runs, hangs, or is not there.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use super::file::State;
use super::folder::{Folder, Trouble};

/// Bytes of a reason that are kept.
const REASON_BYTES_MAX: usize = 1_024;
/// Between two looks at what an engine has written.
const LOOK: Duration = Duration::from_millis(20);

/// What a folder says, to whoever looks from outside.
#[derive(Clone, Debug)]
pub struct Look {
    /// Somebody holds the engine on its baseline.
    pub held: Option<Held>,
    /// What the engine wrote last; nothing: it never changed anything.
    pub newest: Option<State>,
    /// What there is to say of files that cannot be read.
    pub damaged: Vec<String>,
}

/// Somebody's word that an engine is to serve its baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Why; empty if it was not said, as by `touch`.
    pub reason: String,
    /// Since when, by the clock of the disk.
    pub since: SystemTime,
}

impl Look {
    /// The version that the engine serves, as far as its folder knows; 0 is the baseline.
    pub fn version(&self) -> u64 {
        let serving = self.newest.as_ref().and_then(|s| s.serving.as_ref());
        serving.map_or(0, |serving| serving.version)
    }
}

/// Holds the engine that keeps its override in this folder on its baseline, until
/// [`release`]: it goes there when it looks next, and takes no push meanwhile; one that
/// starts begins with it. On disk when this returns.
///
/// # Errors
/// There is no store in the folder, or it cannot be written to.
pub fn hold(folder: &Path, reason: &str) -> io::Result<()> {
    let store = open(folder)?;
    let end = reason.floor_char_boundary(REASON_BYTES_MAX);
    told(folder, store.switch(&reason[..end]))
}

/// Lets the engine go; whether it was held. It brings nothing back by itself: somebody
/// pushes again, or the control plane that the engine follows does.
///
/// # Errors
/// As [`hold`].
pub fn release(folder: &Path) -> io::Result<bool> {
    let store = open(folder)?;
    let was = told(folder, store.switched())?;
    told(folder, store.unswitch())?;
    Ok(was)
}

/// Looks at a folder.
///
/// # Errors
/// There is no store in it, or it cannot be read.
pub fn look(folder: &Path) -> io::Result<Look> {
    let store = open(folder)?;
    let held = match told(folder, store.switched())? {
        false => None,
        true => {
            let text = store.switch_text(REASON_BYTES_MAX as u64);
            // Somebody else's may be unreadable; it counts all the same.
            let (text, since) = text.unwrap_or((String::new(), SystemTime::UNIX_EPOCH));
            Some(Held {
                reason: text.trim().to_owned(),
                since,
            })
        }
    };
    let mut look = Look {
        held,
        newest: None,
        damaged: Vec::new(),
    };
    for name in told(folder, store.list())?.states {
        let bytes = match store.read(name) {
            Ok(bytes) => bytes,
            // The engine is at work: it was replaced by a newer one.
            Err(trouble) if trouble.error.kind() == io::ErrorKind::NotFound => continue,
            Err(trouble) => {
                look.damaged.push(trouble.to_string());
                continue;
            }
        };
        match State::decode(&bytes) {
            Ok(state) => {
                look.newest = Some(state);
                break;
            }
            Err(damage) => look.damaged.push(format!("{name}: {damage}")),
        }
    }
    Ok(look)
}

/// Waits until an engine has written that it serves its baseline; how long that took.
/// `None`: it has not in this time. Without an engine there, nobody ever does.
///
/// # Errors
/// As [`look`].
pub fn obeyed(folder: &Path, within: Duration) -> io::Result<Option<Duration>> {
    let began = Instant::now();
    loop {
        if look(folder)?.version() == 0 {
            return Ok(Some(began.elapsed()));
        }
        if began.elapsed() >= within {
            return Ok(None);
        }
        std::thread::sleep(LOOK);
    }
}

/// A folder that is one of a store: in a wrong one, a file `BASELINE` does nothing, and
/// whoever put it there would wait for ever.
fn open(folder: &Path) -> io::Result<Folder> {
    if !folder.is_dir() {
        let what = format!("{}: there is no such folder", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, what));
    }
    let store = told(folder, Folder::open(folder))?;
    match store.has_lock() {
        true => Ok(store),
        false => {
            let what = format!(
                "{}: no engine ever kept its override here (there is no file `lock`)",
                folder.display()
            );
            Err(io::Error::new(io::ErrorKind::InvalidInput, what))
        }
    }
}

fn told<T>(folder: &Path, done: Result<T, Trouble>) -> io::Result<T> {
    done.map_err(|trouble| {
        let what = format!("{}: {trouble}", folder.display());
        io::Error::new(trouble.error.kind(), what)
    })
}
