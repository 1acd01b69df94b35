//! The ledger on disk: one redb file.
//!
//! What a decision is stands under its revision, the bytes under their digest; a
//! transaction holds both, so neither is there without the other. A second process is
//! kept out by the lock of the file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use prost::Message;
use redb::{Builder, Database, ReadableDatabase, ReadableTable, TableDefinition};
use routewright_schema::pb::{Decision, Denied, EngineOutcome};

use crate::metrics::Histogram;
use crate::plane::ledger::{Baselines, DENIED_MAX};
use crate::plane::{Ledger, LedgerFault, State};

/// Revision -> `Decision`, without outcomes of engines and without bytes.
const DECISIONS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("decisions");
/// Revision and name of an engine -> `EngineOutcome`.
const OUTCOMES: TableDefinition<'_, (u64, &str), &[u8]> = TableDefinition::new("outcomes");
/// Digest -> the bytes that were pushed.
const PUSHES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("pushes");
/// Version -> the revision of its push.
const VERSIONS: TableDefinition<'_, u64, u64> = TableDefinition::new("versions");
/// Digest -> an image that engines were compiled with.
const BASELINES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("baselines");

/// Number -> `Denied`; numbers rise.
const DENIED: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("denied");

/// Memory for pages of the file. A history is seldom read, and then from its end.
const CACHE_BYTES: usize = 1 << 20;
/// Outcomes that wait for the next write, at most.
const PENDING_MAX: usize = 4_096;

/// A ledger in a file.
pub struct Book {
    path: PathBuf,
    /// `None` after a write that failed, if the file could not be opened anew: the next
    /// write tries it again.
    database: Option<Database>,
    pending: Vec<(u64, EngineOutcome)>,
    writes: Arc<Writes>,
}

/// How long writes took, and how many failed.
pub struct Writes {
    /// Those that reached the disk.
    pub took: Histogram,
    /// Those that did not.
    pub failed: AtomicU64,
}

impl Book {
    /// Opens a ledger, or begins one.
    ///
    /// # Errors
    /// Another process has it open; or it cannot be made, read or repaired.
    pub fn open(path: &Path) -> Result<Book, LedgerFault> {
        let mut book = Book {
            path: path.to_owned(),
            database: None,
            pending: Vec::new(),
            writes: Arc::new(Writes {
                took: Histogram::new(Histogram::WORK),
                failed: AtomicU64::new(0),
            }),
        };
        // Apart from the first write: who finds it in use has not failed to write.
        book.database = Some(open(path).map_err(|fault| book.fault(fault))?);
        book.write(|_| Ok(()))?;
        Ok(book)
    }

    /// How its writes go, from now on.
    pub fn writes(&self) -> Arc<Writes> {
        self.writes.clone()
    }

    /// Brings everything to disk.
    ///
    /// # Errors
    /// Why not.
    pub fn close(&mut self) -> Result<(), LedgerFault> {
        self.write(|_| Ok(()))?;
        self.database = None;
        Ok(())
    }

    fn fault(&self, fault: impl Into<redb::Error>) -> LedgerFault {
        let path = self.path.display();
        LedgerFault(match fault.into() {
            redb::Error::DatabaseAlreadyOpen => {
                format!("{path}: another control plane keeps its ledger here")
            }
            fault => format!("{path}: {fault}"),
        })
    }

    /// One transaction, on disk when this returns. Outcomes that wait go along.
    fn write(
        &mut self,
        job: impl FnOnce(&redb::WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), LedgerFault> {
        let began = Instant::now();
        let written = self.try_write(job);
        match written {
            Ok(()) => {
                self.writes.took.observe(began.elapsed());
                self.pending.clear();
                Ok(())
            }
            Err(fault) => {
                let fault = self.fault(fault);
                // Opened anew, it is as the last commit left it, and can be read meanwhile.
                self.database = None;
                self.writes.failed.fetch_add(1, Ordering::Relaxed);
                tracing::error!(why = ?fault.0, "the ledger could not be written");
                self.database = open(&self.path).ok();
                Err(fault)
            }
        }
    }

    fn try_write(
        &mut self,
        job: impl FnOnce(&redb::WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), redb::Error> {
        let database = match self.database.take() {
            Some(database) => database,
            None => open(&self.path)?,
        };
        let database = self.database.insert(database);
        let transaction = database.begin_write()?;
        {
            // All of them, so that whoever reads finds them.
            let mut outcomes = transaction.open_table(OUTCOMES)?;
            for (revision, outcome) in &self.pending {
                let key = (*revision, outcome.name.as_str());
                outcomes.insert(key, outcome.encode_to_vec().as_slice())?;
            }
            transaction.open_table(DECISIONS)?;
            transaction.open_table(PUSHES)?;
            transaction.open_table(VERSIONS)?;
            transaction.open_table(BASELINES)?;
            transaction.open_table(DENIED)?;
        }
        job(&transaction)?;
        transaction.commit()?;
        Ok(())
    }

    fn read<T>(
        &self,
        job: impl FnOnce(&redb::ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, LedgerFault> {
        let Some(database) = &self.database else {
            let path = self.path.display();
            return Err(LedgerFault(format!("{path}: closed since a write failed")));
        };
        let begun = database.begin_read().map_err(|fault| self.fault(fault))?;
        job(&begun).map_err(|fault| self.fault(fault))
    }

    fn decoded(&self, bytes: &[u8]) -> Result<Decision, LedgerFault> {
        Decision::decode(bytes).map_err(|fault| {
            let path = self.path.display();
            LedgerFault(format!("{path}: a decision cannot be read: {fault}"))
        })
    }
}

fn open(path: &Path) -> Result<Database, redb::DatabaseError> {
    Builder::new().set_cache_size(CACHE_BYTES).create(path)
}

impl Ledger for Book {
    fn decide(&mut self, decision: &Decision, push: Option<&[u8]>) -> Result<(), LedgerFault> {
        self.write(|transaction| {
            if let Some(bytes) = push {
                let mut pushes = transaction.open_table(PUSHES)?;
                pushes.insert(decision.push_digest.as_slice(), bytes)?;
                let mut versions = transaction.open_table(VERSIONS)?;
                versions.insert(decision.version, decision.revision)?;
            }
            let mut decisions = transaction.open_table(DECISIONS)?;
            decisions.insert(decision.revision, decision.encode_to_vec().as_slice())?;
            Ok(())
        })
    }

    fn settle(&mut self, revision: u64, state: State, outcome: &str) -> Result<(), LedgerFault> {
        let known = self.read(|transaction| {
            let decisions = transaction.open_table(DECISIONS)?;
            Ok(decisions.get(revision)?.map(|found| found.value().to_vec()))
        })?;
        let Some(bytes) = known else {
            return Ok(());
        };
        let mut decision = self.decoded(&bytes)?;
        decision.state = state.as_str().to_owned();
        decision.outcome = outcome.to_owned();
        self.write(|transaction| {
            let mut decisions = transaction.open_table(DECISIONS)?;
            decisions.insert(revision, decision.encode_to_vec().as_slice())?;
            Ok(())
        })
    }

    fn outcome(&mut self, revision: u64, outcome: EngineOutcome) {
        self.pending.push((revision, outcome));
        if self.pending.len() >= PENDING_MAX {
            // A disk that fails loses what engines said, never what was decided.
            let _told_with_the_next_decision = self.write(|_| Ok(()));
            self.pending.clear();
        }
    }

    fn baseline(&mut self, digest: [u8; 16], image: &Arc<[u8]>) {
        // If it is not kept, it is asked for again.
        let _asked_again = self.write(|transaction| {
            let mut baselines = transaction.open_table(BASELINES)?;
            baselines.insert(digest.as_slice(), &**image)?;
            Ok(())
        });
    }

    fn forget_baseline(&mut self, digest: &[u8; 16]) {
        // If it stays, it is one too many until the next is forgotten.
        let _stays = self.write(|transaction| {
            let mut baselines = transaction.open_table(BASELINES)?;
            baselines.remove(digest.as_slice())?;
            Ok(())
        });
    }

    fn baselines(&self) -> Result<Baselines, LedgerFault> {
        self.read(|transaction| {
            let baselines = transaction.open_table(BASELINES)?;
            let mut all = Vec::new();
            for entry in baselines.iter()? {
                let (digest, image) = entry?;
                if let Ok(digest) = digest.value().try_into() {
                    all.push((digest, image.value().into()));
                }
            }
            Ok(all)
        })
    }

    fn decisions(&self, before: u64, limit: usize) -> Result<Vec<Decision>, LedgerFault> {
        let found = self.read(|transaction| {
            let decisions = transaction.open_table(DECISIONS)?;
            let outcomes = transaction.open_table(OUTCOMES)?;
            let mut found = Vec::new();
            for entry in decisions.range(..before)?.rev().take(limit) {
                let (revision, bytes) = entry?;
                let revision = revision.value();
                let mut engines = Vec::new();
                for outcome in outcomes.range((revision, "")..(revision + 1, ""))? {
                    engines.push(outcome?.1.value().to_vec());
                }
                found.push((bytes.value().to_vec(), engines));
            }
            Ok(found)
        })?;
        let decision = |(bytes, outcomes): (Vec<u8>, Vec<Vec<u8>>)| {
            let mut decision = self.decoded(&bytes)?;
            let outcomes = outcomes
                .iter()
                .filter_map(|o| EngineOutcome::decode(&**o).ok());
            decision.engines = outcomes.collect();
            for (revision, outcome) in &self.pending {
                if *revision == decision.revision {
                    decision.engines.retain(|other| other.name != outcome.name);
                    decision.engines.push(outcome.clone());
                }
            }
            Ok(decision)
        };
        found.into_iter().map(decision).collect()
    }

    fn highest(&self) -> Result<u64, LedgerFault> {
        self.read(|transaction| {
            let versions = transaction.open_table(VERSIONS)?;
            Ok(versions.last()?.map_or(0, |(version, _)| version.value()))
        })
    }

    fn version(&self, version: u64) -> Result<Option<Decision>, LedgerFault> {
        let bytes = self.read(|transaction| {
            let versions = transaction.open_table(VERSIONS)?;
            let Some(revision) = versions.get(version)?.map(|found| found.value()) else {
                return Ok(None);
            };
            let decisions = transaction.open_table(DECISIONS)?;
            Ok(decisions.get(revision)?.map(|found| found.value().to_vec()))
        })?;
        bytes.map(|bytes| self.decoded(&bytes)).transpose()
    }

    fn push(&self, digest: &[u8]) -> Result<Option<Arc<[u8]>>, LedgerFault> {
        self.read(|transaction| {
            let pushes = transaction.open_table(PUSHES)?;
            Ok(pushes.get(digest)?.map(|found| found.value().into()))
        })
    }

    fn denied(&mut self, attempts: &[Denied]) -> Result<(), LedgerFault> {
        self.write(|transaction| {
            let mut denied = transaction.open_table(DENIED)?;
            let mut next = denied.last()?.map_or(0, |(number, _)| number.value() + 1);
            for attempt in attempts {
                denied.insert(next, attempt.encode_to_vec().as_slice())?;
                next += 1;
            }
            // A range, so that the cost is of what goes, not of what stays.
            denied.retain_in(..next.saturating_sub(DENIED_MAX), |_, _| false)?;
            Ok(())
        })
    }

    fn attempts(&self, limit: usize) -> Result<Vec<Denied>, LedgerFault> {
        self.read(|transaction| {
            let denied = transaction.open_table(DENIED)?;
            let mut found = Vec::new();
            for entry in denied.iter()?.rev().take(limit) {
                found.extend(Denied::decode(entry?.1.value()).ok());
            }
            Ok(found)
        })
    }
}
