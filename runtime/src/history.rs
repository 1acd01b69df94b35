//! Versions and generations: what was accepted, what is served, what is kept.

use std::sync::Arc;
use std::time::Duration;

use crate::cell::{Now, Target};
use crate::decode::Push;
use crate::error::{Code, Path, Subject, Violation, Violations};
use crate::hash::Digest;
use crate::image::{self, Image};
use crate::limits::VERSION_JUMP_MAX;
use crate::typed::{Catalog, Table};

/// Who holds an override, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who.
    pub owner: String,
    /// What for.
    pub reason: String,
    /// From the publish on.
    pub ttl: Duration,
}

impl Lease {
    pub(crate) fn new(owner: &str, reason: &str, ttl: Duration) -> Lease {
        Lease {
            owner: owner.to_owned(),
            reason: reason.to_owned(),
            ttl,
        }
    }
}

/// Generations that there is room for from the first push on.
const ROOM: usize = 16;

/// A generation that a rollback can reach.
pub(crate) struct Kept<C> {
    pub version: u64,
    pub table: Table<C>,
    /// Whether it has just the names of the baseline.
    pub same_names: bool,
    pub bytes: Arc<Vec<u8>>,
    pub push_digest: Digest,
    pub reason: String,
    pub lease: Option<Lease>,
    /// When the lease ends, on the clock of [`Now`].
    pub ends: Option<Duration>,
}

impl<C> Kept<C> {
    pub fn expired(&self, now: Now) -> bool {
        self.ends.is_some_and(|ends| now.monotonic >= ends)
    }
}

/// What only publishers see.
pub(crate) struct Publisher<C> {
    /// The high-water mark, and the bytes that set it. It never falls.
    accepted: u64,
    accepted_digest: Digest,
    /// The version that answers; 0 is the baseline.
    serving: u64,
    /// By version, oldest first.
    kept: Vec<Kept<C>>,
    /// Tables that are no longer kept, but that a reader may still hold. They are freed
    /// here, so that no reader ever pays for it.
    retired: Vec<Kept<C>>,
    /// What was freed last, whose room the next push takes.
    pub spare: Option<Image>,
    spare_bytes: Option<Arc<Vec<u8>>>,
}

impl<C: Catalog> Publisher<C> {
    pub const fn new() -> Publisher<C> {
        Publisher {
            accepted: 0,
            accepted_digest: Digest([0; 16]),
            serving: 0,
            kept: Vec::new(),
            retired: Vec::new(),
            spare: None,
            spare_bytes: None,
        }
    }

    /// A copy of pushed bytes, in spare room if there is any.
    pub fn copy(&mut self, bytes: &[u8]) -> Arc<Vec<u8>> {
        let mut copy = self.spare_bytes.take().unwrap_or_default();
        match Arc::get_mut(&mut copy) {
            Some(room) if image::fits(room.capacity(), bytes.len()) => {
                room.clear();
                room.extend_from_slice(bytes);
                copy
            }
            _ => Arc::new(bytes.to_vec()),
        }
    }

    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    pub fn serving_version(&self) -> u64 {
        self.serving
    }

    pub fn serving(&self) -> Option<&Kept<C>> {
        self.kept(self.serving)
    }

    pub fn kept(&self, version: u64) -> Option<&Kept<C>> {
        self.kept.iter().find(|kept| kept.version == version)
    }

    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Kept<C>> {
        self.kept.iter()
    }

    /// Whether exactly this push was the last to be accepted.
    pub fn holds(&self, version: u64, digest: Digest) -> bool {
        version == self.accepted && digest == self.accepted_digest && version != 0
    }

    /// Whether a push of this version may be taken now.
    pub fn admits(&self, push: &Push<'_>, digest: Digest) -> Result<(), Violations> {
        let (version, accepted) = (push.version, self.accepted);
        let numbers = |part, code, message: String| {
            Violation::new(Path::part(Subject::Map, part), code, message)
                .count("version", version as usize)
                .count("accepted", accepted as usize)
        };
        if version == accepted && digest != self.accepted_digest {
            let message = format!(
                "version {version} was accepted before with other bytes; use {} or above",
                accepted + 1
            );
            return Err(numbers("version", Code::VersionConflict, message).into());
        }
        if version <= accepted {
            let message = format!(
                "version {version} is not above {accepted}, which was accepted before; use {} or above",
                accepted + 1
            );
            return Err(numbers("version", Code::StaleVersion, message).into());
        }
        if version - accepted > VERSION_JUMP_MAX {
            let message = format!(
                "version {version} is more than {VERSION_JUMP_MAX} above the accepted {accepted}"
            );
            return Err(numbers("version", Code::VersionJump, message).into());
        }
        self.expect(push.expected_serving).map_err(Violations::from)
    }

    fn expect(&self, expected: Option<u64>) -> Result<(), Violation> {
        match expected.filter(|expected| *expected != self.serving) {
            None => Ok(()),
            Some(expected) => {
                let serving = self.serving;
                let message = format!(
                    "version {serving} is serving, not {expected} as expected; look again, then push"
                );
                Err(Violation::new(
                    Path::part(Subject::Map, "expected_serving"),
                    Code::ServingMismatch,
                    message,
                )
                .count("expected", expected as usize)
                .count("serving", serving as usize))
            }
        }
    }

    /// Keeps what is now served, and forgets the oldest beyond `max`.
    pub fn accept(&mut self, mut kept: Kept<C>, now: Now, max: usize) {
        kept.ends = kept
            .lease
            .as_ref()
            .map(|lease| now.monotonic.saturating_add(lease.ttl));
        self.accepted = kept.version;
        self.accepted_digest = kept.push_digest;
        self.serving = kept.version;
        let max = max.max(1);
        if self.kept.is_empty() {
            self.kept.reserve(max.saturating_add(1).min(ROOM));
            self.retired.reserve(max.min(ROOM));
        }
        self.kept.push(kept);
        let excess = self.kept.len().saturating_sub(max);
        self.retired.extend(self.kept.drain(..excess));
    }

    pub fn serve(&mut self, version: u64) {
        self.serving = version;
    }

    /// Frees what nobody else holds any more. A generation is only ever taken from
    /// the swap, so one that is out of it gains no new holders but rollbacks, which
    /// take it from `kept`.
    pub fn sweep(&mut self) {
        let Publisher {
            spare, spare_bytes, ..
        } = self;
        self.retired.retain(|kept| {
            if kept.table.holders() > 1 {
                return true;
            }
            *spare = Some(kept.table.raw().data().clone());
            *spare_bytes = Some(kept.bytes.clone());
            false
        });
    }

    /// The version that answers, if its lease has ended.
    pub fn lapsed(&self, now: Now) -> Option<u64> {
        self.serving()
            .filter(|kept| kept.expired(now))
            .map(|kept| kept.version)
    }

    /// The version that a rollback goes to.
    pub fn target(
        &self,
        target: Target,
        expected: Option<u64>,
        now: Now,
    ) -> Result<u64, Violation> {
        self.expect(expected)?;
        let version = match target {
            Target::Version(version) => version,
            Target::Previous => {
                let before = self
                    .kept
                    .iter()
                    .rev()
                    .find(|k| k.version < self.serving && !k.expired(now));
                return Ok(before.map_or(0, |k| k.version));
            }
        };
        let fault = match self.kept(version) {
            _ if version == 0 => return Ok(0),
            Some(kept) if !kept.expired(now) => return Ok(version),
            Some(_) => format!(
                "the lease of version {version} has ended; push it again under a new version"
            ),
            None => {
                let kept: Vec<String> = self.kept.iter().map(|k| k.version.to_string()).collect();
                let kept = if kept.is_empty() {
                    "none".to_owned()
                } else {
                    kept.join(", ")
                };
                format!("version {version} is not kept (kept: {kept}; 0 is the baseline)")
            }
        };
        let path = Path::part(Subject::Map, "version");
        Err(Violation::new(path, Code::UnknownGeneration, fault).count("version", version as usize))
    }
}
