//! The book of a store: what is on disk, what should be, and the probation between.

use std::path::Path;
use std::time::Duration;

use routewright::Digest;
use routewright::limits::REASON_BYTES_MAX;

use super::cell::Look;
use super::file::{Cause, Damage, Standing, State, Trial};
use super::folder::{Folder, Name, NotLocked, SEQUENCE_MAX};
use super::probation::{Clock, Probation, Run};
use super::report::{Fault, Note, OpenError, Source, Status};
use super::slots::Slots;
use super::start;

/// Files of states that a start looks into. A store leaves three, and one more for
/// every time that it ended between two calls.
const FILES_TRIED_MAX: usize = 64;
/// Between two attempts to write, at most.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that is known of a folder by the process that writes to it.
pub struct Book {
    folder: Folder,
    slots: Slots,
    /// Number of the file that was last begun.
    sequence: u64,
    baseline: Digest,
    fingerprint: u64,
    pub probation: Probation,
    pub source: Source,
    /// The newest durable file, without its bytes.
    newest: Option<State>,
    /// What led to what serves, and the same in words.
    why: (Cause, String),
    /// Set while a tick goes to the baseline because of the file `BASELINE`.
    pub switching: bool,
    pub quarantined: Vec<Digest>,
    clock: Option<Clock>,
    fault: Option<Fault>,
    /// When to try again, by the monotonic clock of the ticks.
    retry: Duration,
    /// Set when the host has closed the store: nothing is written any more.
    pub closed: bool,
}

impl Book {
    /// Opens a folder, and reads what is in it: newest first.
    pub fn open(
        path: &Path,
        probation: Probation,
        (baseline, fingerprint): (Digest, u64),
    ) -> Result<(Book, Vec<State>, Vec<Note>), OpenError> {
        let told = |trouble: &dyn std::fmt::Display| format!("{}: {trouble}", path.display());
        let mut folder = Folder::open(path).map_err(|t| OpenError::Folder(told(&t)))?;
        let mut notes = Vec::new();
        match folder.lock() {
            Ok(()) => {}
            Err(NotLocked::Held) => {
                let folder = path.to_owned();
                return Err(OpenError::Held { folder });
            }
            // A folder that cannot be written to can be read.
            Err(NotLocked::Trouble(trouble)) => notes.push(Note::Failed(told(&trouble))),
        }
        let listing = folder.list().map_err(|t| OpenError::Folder(told(&t)))?;
        let mut files = 0;
        for temp in listing.temps.iter().filter(|_| folder.locked()) {
            match folder.remove_temp(temp) {
                Ok(()) => files += 1,
                Err(trouble) => notes.push(Note::Failed(told(&trouble))),
            }
        }
        if files > 0 {
            notes.push(Note::Unfinished { files });
        }
        let mut slots = Slots::default();
        let mut found = Vec::new();
        for &name in listing.states.iter().take(FILES_TRIED_MAX) {
            match folder.read(name).map(|bytes| decode(&bytes, name)) {
                Ok(Ok(state)) => {
                    slots.add(&state);
                    found.push(state);
                }
                Ok(Err(damage)) => {
                    slots.add_damaged(name);
                    let file = name.to_string();
                    notes.push(Note::Damaged { file, damage });
                }
                Err(trouble) => {
                    slots.add_unread(name);
                    notes.push(Note::Failed(told(&trouble)));
                }
            }
        }
        for &name in listing.states.iter().skip(FILES_TRIED_MAX) {
            slots.add_damaged(name);
        }
        // What the process before had no time for. Its newest file may not have reached
        // the disk by name.
        let superseded = slots.supersede();
        if !superseded.is_empty() && folder.locked() {
            match folder.sync() {
                Ok(()) => remove(&folder, superseded),
                Err(trouble) => notes.push(Note::Failed(told(&trouble))),
            }
        }
        // The newest may be one that could not be read; it did not accept less.
        let newest = found.first().map(|state| {
            let mut newest = without_push(state);
            start::raise(&mut newest, slots.mark());
            newest
        });
        let book = Book {
            sequence: slots.newest(),
            baseline,
            fingerprint,
            probation,
            source: Source::Baseline,
            newest,
            why: (Cause::Other, String::new()),
            switching: false,
            quarantined: Vec::new(),
            clock: None,
            fault: None,
            retry: Duration::ZERO,
            closed: false,
            folder,
            slots,
        };
        Ok((book, found, notes))
    }

    /// The highest mark of versions that a name tells of.
    pub fn mark(&self) -> u64 {
        self.slots.mark()
    }

    /// Goes on with the probation of what was restored.
    pub fn resume(&mut self, image: Digest, trial: Trial) {
        self.clock = Some(Clock::new(image, trial));
    }

    /// Whether this image, over the baseline of this process, has passed.
    fn proven(&self, image: Digest) -> bool {
        self.slots.proven(image, self.baseline)
    }

    /// Brings to disk what a cell began with, which had its cause in another process.
    pub fn begin(&mut self, look: Look, why: (Cause, String)) {
        self.why = why;
        self.save(look);
    }

    /// Brings to disk what a cell came to serve.
    pub fn changed(&mut self, mut look: Look) {
        if let Some((cause, reason)) = look.latest.take() {
            let cause = match cause {
                routewright::Cause::Publish => Cause::Publish,
                routewright::Cause::Rollback if self.switching => Cause::KillSwitch,
                routewright::Cause::Rollback => Cause::Rollback,
                routewright::Cause::Expiry => Cause::Expiry,
                routewright::Cause::Guard => Cause::Guard,
                _ => Cause::Other,
            };
            self.why = (cause, reason);
        }
        self.save(look);
    }

    /// Notes that something changed after the host had closed the store.
    pub fn missed(&mut self) {
        let folder = self.folder.path().display();
        self.fault = Some(Fault {
            what: format!("{folder}: the store was closed before"),
            attempts: 0,
        });
    }

    /// Brings to disk what a cell serves, unless it is there.
    pub fn save(&mut self, look: Look) {
        let standing = self.judge(&look);
        let (cause, reason) = self.why.clone();
        let mut state = State {
            sequence: 0,
            accepted: look.accepted,
            accepted_digest: look.accepted_digest,
            baseline: self.baseline,
            fingerprint: self.fingerprint,
            serving: look.serving,
            standing,
            cause,
            reason: shortened(reason),
            quarantined: self.quarantined.clone(),
        };
        let known = match &self.newest {
            Some(newest) => same(newest, &state),
            // An empty folder says this as well, and one of unreadable files must not be
            // made to.
            None => state.accepted == self.slots.mark() && state.serving.is_none(),
        };
        if known {
            self.fault = None;
            return;
        }
        match self.write(&mut state) {
            Ok(()) => {
                self.newest = Some(without_push(&state));
                self.fault = None;
            }
            Err(what) => {
                let attempts = self.fault.as_ref().map_or(0, |f| f.attempts);
                self.fault = Some(Fault {
                    what: format!("{}: {what}", self.folder.path().display()),
                    attempts: attempts.saturating_add(1),
                });
            }
        }
    }

    /// What is known of what a cell serves. Begins the probation of what is new.
    fn judge(&mut self, look: &Look) -> Standing {
        let image = look.serving.as_ref().map(|s| s.image);
        // Whoever pushed it nevertheless, with force, wants to see it tried again.
        self.quarantined.retain(|other| Some(*other) != image);
        let needs_none = self.probation.is_none();
        let Some(image) = image.filter(|image| !needs_none && !self.proven(*image)) else {
            self.clock = None;
            return Standing::Good;
        };
        let clock = match self.clock {
            Some(clock) if clock.image == image => clock,
            _ => Clock::new(image, Trial::default()),
        };
        self.clock = Some(clock);
        if self.probation.left(clock.run()).is_none() {
            return Standing::Good;
        }
        Standing::Trial(match self.closed {
            true => clock.close(),
            false => clock.open(),
        })
    }

    fn write(&mut self, state: &mut State) -> Result<(), String> {
        if !self.folder.locked() {
            self.folder.lock().map_err(|not| match not {
                NotLocked::Held => "another process keeps its override here".to_owned(),
                NotLocked::Trouble(trouble) => trouble.to_string(),
            })?;
            // Another process may have had the lock meanwhile.
            let listing = self.folder.list().map_err(|trouble| trouble.to_string())?;
            let newest = listing.states.first().copied().unwrap_or_default();
            self.sequence = self.sequence.max(newest.sequence);
        }
        if self.sequence >= SEQUENCE_MAX {
            return Err("there are no more numbers for files".to_owned());
        }
        self.sequence += 1;
        state.sequence = self.sequence;
        let bytes = state.encode().map_err(|damage| damage.to_string())?;
        let written = self.folder.write(state.name(), &bytes);
        written.map_err(|trouble| trouble.to_string())?;
        self.slots.add(state);
        remove(&self.folder, self.slots.supersede());
        Ok(())
    }

    /// Lets the time of a probation pass. Returns whether something is to be saved.
    pub fn tick(&mut self, process: Run) -> bool {
        if let Some(clock) = &mut self.clock {
            clock.tick(process);
        }
        let passed = |clock: Clock| self.probation.left(clock.run()).is_none();
        match &self.fault {
            // Twice as long each time; a change in between does not wait for it.
            Some(fault) => {
                let due = process.time >= self.retry;
                if due {
                    let pause = Duration::from_secs(1 << fault.attempts.min(6)).min(PATIENCE);
                    self.retry = process.time.saturating_add(pause);
                }
                due
            }
            None => self.clock.is_some_and(passed),
        }
    }

    /// Whether the file `BASELINE` is there. If that cannot be told, it is not.
    pub fn switched(&self) -> Result<bool, Note> {
        self.folder.switched().map_err(|trouble| {
            let folder = self.folder.path().display();
            Note::Failed(format!("{folder}: {trouble}"))
        })
    }

    /// Lets another process write.
    pub fn release(&mut self) {
        self.folder.unlock();
    }

    pub fn fault(&self) -> Option<Fault> {
        self.fault.clone()
    }

    pub fn status(&self) -> Status {
        let newest = self.newest.as_ref();
        let serving = newest.and_then(|state| state.serving.as_ref());
        let on_trial = newest.is_some_and(|state| state.standing != Standing::Good);
        let run = self.clock.map(|clock| clock.run()).unwrap_or_default();
        Status {
            source: self.source,
            version: serving.map_or(0, |s| s.version),
            since: serving.map(|s| s.published),
            probation: on_trial.then(|| self.probation.left(run).unwrap_or_default()),
            cause: newest.map(|state| state.cause),
            reason: newest.map_or(String::new(), |state| state.reason.clone()),
            fault: self.fault.clone(),
            quarantined: self.quarantined.clone(),
        }
    }
}

fn remove(folder: &Folder, superseded: Vec<Name>) {
    for name in superseded {
        // If it stays, the next start tries again; it is older than what is kept.
        let _harmless = folder.remove(name);
    }
}

fn decode(bytes: &[u8], name: Name) -> Result<State, Damage> {
    let state = State::decode(bytes)?;
    match state.name() == name {
        true => Ok(state),
        false => Err(Damage::Name),
    }
}

/// Whether one file may stand for the other. The digest of the image stands for the
/// bytes of the push.
fn same(a: &State, b: &State) -> bool {
    let served = |state: &State| {
        let serving = state.serving.as_ref();
        serving.map(|s| (s.version, s.image, s.published))
    };
    (a.accepted, a.accepted_digest, a.baseline, a.standing)
        == (b.accepted, b.accepted_digest, b.baseline, b.standing)
        && served(a) == served(b)
        && a.quarantined == b.quarantined
}

fn without_push(state: &State) -> State {
    let mut state = state.clone();
    if let Some(serving) = &mut state.serving {
        serving.push = Default::default();
    }
    state
}

/// Words that a file has room for.
fn shortened(mut words: String) -> String {
    let end = words.floor_char_boundary(REASON_BYTES_MAX);
    words.truncate(end);
    words
}
