//! Keeps what a cell serves over a restart of its process.
//!
//! ```text
//! let (store, boot) = Store::boot("/var/lib/engine/routes", Probation::default(), &ROUTES, Now::read())?;
//! boot.notes.iter().for_each(|note| log(note));
//! loop { store.tick(Now::read(), lookups()); ... }      // about once a second
//! store.close();                                        // on the way out, also on SIGTERM
//! ```
//!
//! From the start on, every change of the cell is on disk before the call that made it
//! returns. A file is written beside its place, synced, renamed, and never touched
//! again, so a process may end at any instruction: the next one serves the last change
//! that was acknowledged, and never less than the baseline. A disk that fails takes
//! nothing away: memory serves on, [`Store::status`] tells the [`Fault`], and
//! [`Store::tick`] tries again.
//!
//! An override is trusted only when it has served for a while ([`Probation`]). If the
//! process ends before that, without [`Store::close`], then the next one serves the
//! last good override in its place, and the cell refuses the image that was on
//! probation, unless it is pushed with force.
//!
//! A file `BASELINE` in the folder takes everything back to the baseline, at the next
//! tick or start, whatever else is dead.
//!
//! `docs/persistence.md` has the layout of a file, the order of a start, and what is
//! not promised.

mod book;
mod cell;
pub mod file;
mod folder;
pub mod hold;
mod probation;
mod report;
mod slots;
mod start;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use routewright::{Catalog, Now, RouteCell};

pub use file::{Cause, Damage, State};
pub use folder::SWITCH;
pub use probation::{Probation, Run};
pub use report::{Boot, Fault, Note, OpenError, Source, Status};

use book::Book;
use cell::{Cell, Unfit};
use file::{Serving, Standing};

/// Keeps the override of one cell in one folder. A handle; clones are the same store.
///
/// To be held as long as the process serves: when the last handle is dropped, nothing
/// is kept any more, and what was on probation counts as if the process had died.
#[derive(Clone)]
#[must_use = "without it, nothing is kept"]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    cell: Box<dyn Cell>,
    /// Taken before any lock of the cell; held while a file is written.
    book: Mutex<Book>,
    /// When the host ticked last, on the monotonic clock.
    ticked: Mutex<Option<Duration>>,
}

/// A host that has not ticked for so long does not.
const HOST_TICKS_WITHIN: Duration = Duration::from_secs(5);

impl Store {
    /// Restores into a fresh cell what was served when the process before ended, and
    /// keeps every change from now on. The folder is made if only itself is missing.
    ///
    /// # Errors
    /// Another process writes there, or there is no such folder. Files that cannot be
    /// read, and a folder that cannot be written to, are no error: see [`Boot::notes`]
    /// and [`Status::fault`].
    pub fn boot<C: Catalog>(
        folder: impl AsRef<Path>,
        probation: Probation,
        cell: &'static RouteCell<C>,
        now: Now,
    ) -> Result<(Store, Boot), OpenError> {
        Store::start(folder.as_ref(), probation, Box::new(cell), now)
    }

    fn start(
        folder: &Path,
        probation: Probation,
        cell: Box<dyn Cell>,
        now: Now,
    ) -> Result<(Store, Boot), OpenError> {
        if cell.look().accepted != 0 {
            return Err(OpenError::NotFresh);
        }
        let baseline = cell.baseline();
        let (mut book, found, mut notes) =
            Book::open(folder, probation, (baseline, cell.fingerprint()))?;
        let switched = book.switched().unwrap_or_else(|note| {
            notes.push(note);
            false
        });
        let mut why = (Cause::Other, String::new());
        if let Some(choice) = start::choose(&found, book.mark(), baseline, switched) {
            notes.extend(choice.notes);
            why = restore(&*cell, &mut book, choice.state, now, &mut notes);
        } else {
            cell.remember(book.mark());
        }
        drop(found);

        let shared = Arc::new(Shared {
            cell,
            book: Mutex::new(book),
            ticked: Mutex::new(Some(now.monotonic)),
        });
        let weak = Arc::downgrade(&shared);
        shared.cell.on_change(Box::new(move || {
            if let Some(shared) = weak.upgrade() {
                shared.changed();
            }
        }));
        // From here on nothing is missed; what came before is in this look.
        let mut book = shared.book();
        book.begin(shared.cell.look(), why);
        let source = book.source;
        drop(book);
        Ok((Store { shared }, Boot { source, notes }))
    }

    /// To be called now and then, about once a second, with the number of lookups of
    /// the process so far: ends probations, tries again what failed, and looks for the
    /// file `BASELINE`. Of a host that does not count (`None`), no probation asks for
    /// lookups from then on.
    pub fn tick(&self, now: Now, lookups: Option<u64>) {
        *self.ticked() = Some(now.monotonic);
        self.shared.tick(now, lookups);
    }

    /// Ticks if the host has not for some seconds, without lookups: what an engine that
    /// follows does, so that the file `BASELINE` is obeyed also where nobody else ticks.
    pub fn tick_for_host(&self, now: Now) {
        let ticked = *self.ticked();
        let by_host = |at: Duration| now.monotonic.saturating_sub(at) < HOST_TICKS_WITHIN;
        if !ticked.is_some_and(by_host) {
            *self.ticked() = None;
            self.shared.tick(now, None);
        }
    }

    fn ticked(&self) -> MutexGuard<'_, Option<Duration>> {
        let ticked = self.shared.ticked.lock();
        ticked.unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that the process ends in order, so that a probation goes on in the next
    /// one. Later changes of the cell are not kept, and another process may open the
    /// folder. Closing twice is closing once.
    ///
    /// # Errors
    /// Why what serves was not on disk when it was closed.
    pub fn close(&self) -> Result<(), Fault> {
        let mut book = self.shared.book();
        if std::mem::replace(&mut book.closed, true) {
            return Ok(());
        }
        book.save(self.shared.cell.look());
        book.release();
        book.fault().map_or(Ok(()), Err)
    }

    /// Whether the file `BASELINE` is there: somebody holds the cell on its baseline by
    /// hand. If that cannot be told, nobody does.
    pub fn held(&self) -> bool {
        self.shared.book().switched().unwrap_or(false)
    }

    /// How it is.
    pub fn status(&self) -> Status {
        self.shared.book().status()
    }
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        // What is left by a panic is at worst a file that is not counted; numbers of
        // files are used up before they are.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes that come at once may be told in any order: what counts is how the cell
    /// stands. Whoever comes first saves it, also for the others.
    fn changed(&self) {
        let mut book = self.book();
        match book.closed {
            true => book.missed(),
            false => book.changed(self.cell.look()),
        }
    }

    fn tick(&self, now: Now, lookups: Option<u64>) {
        let mut book = self.book();
        if book.closed {
            return;
        }
        let version = self.cell.version();
        if version != 0 && book.switched().unwrap_or(false) {
            book.switching = true;
            // The hook wants the book.
            drop(book);
            let reason = Note::Switched { version }.to_string();
            self.cell.retreat(&reason, now);
            book = self.book();
            book.switching = false;
        }
        let process = Run {
            time: now.monotonic,
            lookups: lookups.unwrap_or_default(),
        };
        if lookups.is_none() {
            book.probation.lookups = 0;
        }
        if book.tick(process) {
            book.save(self.cell.look());
        }
    }
}

/// Puts what was chosen into the cell. Returns what to write about it.
fn restore(
    cell: &dyn Cell,
    book: &mut Book,
    state: State,
    now: Now,
    notes: &mut Vec<Note>,
) -> (Cause, String) {
    for image in &state.quarantined {
        cell.quarantine(*image);
    }
    book.quarantined.clone_from(&state.quarantined);
    let restored = cell.restore(&state, now);
    let Some(Serving { version, image, .. }) = state.serving else {
        return (state.cause, state.reason);
    };
    let sequence = state.sequence;
    let from_disk = Source::Disk { sequence, version };
    let (cause, note) = match restored {
        Ok(()) => match cell.look().serving {
            Some(same) if same.image == image => {
                book.source = from_disk;
                if let Standing::Trial(trial) = state.standing {
                    book.resume(image, trial);
                }
                return (state.cause, state.reason);
            }
            _ => {
                book.source = from_disk;
                (Cause::Rebuilt, Note::Rebuilt { version })
            }
        },
        Err(Unfit::Expired) => (Cause::Expiry, Note::Expired { version }),
        Err(Unfit::Refused(why)) => (Cause::Dropped, Note::Dropped { version, why }),
    };
    let reason = note.to_string();
    notes.push(note);
    (cause, reason)
}
