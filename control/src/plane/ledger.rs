//! What a control plane remembers: every decision, what was pushed, what engines made of it.
//!
//! Nothing is sent or acknowledged before it stands here.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use routewright_schema::pb::{Decision, Denied, EngineOutcome};

/// Why something could not be written or read, in words for whoever pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerFault(pub String);

impl std::fmt::Display for LedgerFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LedgerFault {}

/// Images that engines were compiled with, by digest.
pub type Baselines = Vec<([u8; 16], Arc<[u8]>)>;

/// Where a decision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Engines are being told.
    RollingOut,
    /// All were told.
    Done,
    /// It was taken back.
    Reverted,
}

impl State {
    /// The word, as in `Decision.state`.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::RollingOut => "rolling out",
            State::Done => "done",
            State::Reverted => "reverted",
        }
    }
}

/// Append-only, but for the state and the outcomes of a decision. Calls that return have
/// reached the disk, except [`outcome`](Self::outcome) and [`baseline`](Self::baseline).
pub trait Ledger {
    /// Notes a decision, and the bytes that it pushes if they are new.
    ///
    /// # Errors
    /// It is not on disk; the decision must not be carried out.
    fn decide(&mut self, decision: &Decision, push: Option<&[u8]>) -> Result<(), LedgerFault>;

    /// Notes how a decision ended.
    ///
    /// # Errors
    /// It is not on disk.
    fn settle(&mut self, revision: u64, state: State, outcome: &str) -> Result<(), LedgerFault>;

    /// Notes what an engine made of a decision: on disk with whatever is written next,
    /// or when the ledger is closed.
    fn outcome(&mut self, revision: u64, outcome: EngineOutcome);

    /// Keeps the image that engines were compiled with.
    fn baseline(&mut self, digest: [u8; 16], image: &Arc<[u8]>);

    /// The images that were kept, by digest.
    ///
    /// # Errors
    /// They cannot be read.
    fn baselines(&self) -> Result<Baselines, LedgerFault>;

    /// At most `limit` decisions below `before`, newest first, with their outcomes and
    /// without bytes.
    ///
    /// # Errors
    /// They cannot be read.
    fn decisions(&self, before: u64, limit: usize) -> Result<Vec<Decision>, LedgerFault>;

    /// The highest version that was ever pushed; 0: none was.
    ///
    /// # Errors
    /// It cannot be read.
    fn highest(&self) -> Result<u64, LedgerFault>;

    /// The newest decision that pushed this version, without outcomes.
    ///
    /// # Errors
    /// It cannot be read.
    fn version(&self, version: u64) -> Result<Option<Decision>, LedgerFault>;

    /// The bytes of that digest, if they were ever pushed.
    ///
    /// # Errors
    /// They cannot be read.
    fn push(&self, digest: &[u8]) -> Result<Option<Arc<[u8]>>, LedgerFault>;

    /// Notes attempts that were turned away; keeps the last [`DENIED_MAX`].
    ///
    /// # Errors
    /// They are not on disk.
    fn denied(&mut self, attempts: &[Denied]) -> Result<(), LedgerFault>;

    /// At most `limit` attempts that were turned away, newest first.
    ///
    /// # Errors
    /// They cannot be read.
    fn attempts(&self, limit: usize) -> Result<Vec<Denied>, LedgerFault>;
}

/// Attempts that were turned away which a ledger keeps; older ones make room.
pub const DENIED_MAX: u64 = 10_000;

/// A ledger that ends with the process; for tests.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    decisions: BTreeMap<u64, Decision>,
    pushes: BTreeMap<Vec<u8>, Arc<[u8]>>,
    baselines: BTreeMap<[u8; 16], Arc<[u8]>>,
    denied: VecDeque<Denied>,
    /// While set, nothing can be written, for this reason.
    pub broken: Option<String>,
}

impl Memory {
    fn writable(&self) -> Result<(), LedgerFault> {
        match &self.broken {
            Some(why) => Err(LedgerFault(why.clone())),
            None => Ok(()),
        }
    }
}

impl Ledger for Memory {
    fn decide(&mut self, decision: &Decision, push: Option<&[u8]>) -> Result<(), LedgerFault> {
        self.writable()?;
        if let Some(bytes) = push {
            let digest = decision.push_digest.clone();
            self.pushes.insert(digest, bytes.into());
        }
        self.decisions.insert(decision.revision, decision.clone());
        Ok(())
    }

    fn settle(&mut self, revision: u64, state: State, outcome: &str) -> Result<(), LedgerFault> {
        self.writable()?;
        if let Some(decision) = self.decisions.get_mut(&revision) {
            decision.state = state.as_str().to_owned();
            decision.outcome = outcome.to_owned();
        }
        Ok(())
    }

    fn outcome(&mut self, revision: u64, outcome: EngineOutcome) {
        if let Some(decision) = self.decisions.get_mut(&revision) {
            decision.engines.retain(|other| other.name != outcome.name);
            decision.engines.push(outcome);
        }
    }

    fn baseline(&mut self, digest: [u8; 16], image: &Arc<[u8]>) {
        self.baselines.insert(digest, image.clone());
    }

    fn baselines(&self) -> Result<Baselines, LedgerFault> {
        let all = self.baselines.iter();
        Ok(all
            .map(|(digest, image)| (*digest, image.clone()))
            .collect())
    }

    fn decisions(&self, before: u64, limit: usize) -> Result<Vec<Decision>, LedgerFault> {
        let below = self.decisions.range(..before).rev();
        Ok(below.take(limit).map(|(_, d)| d.clone()).collect())
    }

    fn highest(&self) -> Result<u64, LedgerFault> {
        let versions = self.decisions.values().map(|decision| decision.version);
        Ok(versions.max().unwrap_or_default())
    }

    fn version(&self, version: u64) -> Result<Option<Decision>, LedgerFault> {
        let newest = self.decisions.values().rev();
        let mut of = newest.filter(|d| d.kind == "push" && d.version == version);
        Ok(of.next().cloned())
    }

    fn push(&self, digest: &[u8]) -> Result<Option<Arc<[u8]>>, LedgerFault> {
        Ok(self.pushes.get(digest).cloned())
    }

    fn denied(&mut self, attempts: &[Denied]) -> Result<(), LedgerFault> {
        self.writable()?;
        self.denied.extend(attempts.iter().cloned());
        let over = self.denied.len().saturating_sub(DENIED_MAX as usize);
        self.denied.drain(..over);
        Ok(())
    }

    fn attempts(&self, limit: usize) -> Result<Vec<Denied>, LedgerFault> {
        Ok(self.denied.iter().rev().take(limit).cloned().collect())
    }
}
