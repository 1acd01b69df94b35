//! One file of the store, byte by byte. Little-endian; strict both ways: what is read
//! and written again is the same bytes.
//!
//! ```text
//! offset size
//!      0    8  magic, "rw-store"
//!      8    4  format, 1
//!     12    4  bytes of this header, 176
//!     16    8  bytes of the whole file
//!     24    8  sequence number, as in the file's name
//!     32    8  accepted version, likewise
//!     40   16  digest of the push that set it; 0 if that is not known (any more)
//!     56   16  digest of the baseline it was made over
//!     72    8  fingerprint of the catalog
//!     80    8  version that serves; 0 is the baseline, and then the next two are 0
//!     88   16  digest of its image
//!    104    8  wall time of its publish, nanoseconds since 1970
//!    112    8  trial: nanoseconds that it ran in processes that were closed
//!    120    8  trial: lookups in them
//!    128    1  standing: 1 trial, 2 trial in a process that was closed, 3 good
//!    129    1  cause, see `Cause`
//!    130    2  0
//!    132    4  bytes of the reason
//!    136    4  number of quarantined images
//!    140    4  0
//!    144    8  bytes of the push
//!    152   24  0
//!    176       reason (UTF-8), quarantined digests (16 each), the pushed bytes
//!  end-16  16  XXH3-128 of all bytes before
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use routewright::Digest;
use routewright::limits::{QUARANTINED_MAX, REASON_BYTES_MAX};

use super::folder::Name;

/// The first bytes of a file.
pub const MAGIC: [u8; 8] = *b"rw-store";
/// The layout that is written, and the only one that is read.
pub const FORMAT: u32 = 1;
/// Bytes of a push that can be kept: eight times what an engine takes by default.
pub const PUSH_BYTES_MAX: usize = 64 << 20;

const HEADER: usize = 176;
const DIGEST: usize = 16;
/// Bytes of a file.
pub const FILE_BYTES_MAX: usize =
    HEADER + REASON_BYTES_MAX + QUARANTINED_MAX * DIGEST + PUSH_BYTES_MAX + DIGEST;

/// What one file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Files are numbered as they are written; the number is also the file's name.
    pub sequence: u64,
    /// The high-water mark of versions.
    pub accepted: u64,
    /// Digest of the push that set it.
    pub accepted_digest: Digest,
    /// The baseline that the process was compiled with.
    pub baseline: Digest,
    /// Its catalog.
    pub fingerprint: u64,
    /// What serves; `None` is the baseline.
    pub serving: Option<Serving>,
    /// What is known of it.
    pub standing: Standing,
    /// What led here.
    pub cause: Cause,
    /// The same in words, for people: the reason of the push, or why it was given up.
    pub reason: String,
    /// Images that a process died of, oldest first.
    pub quarantined: Vec<Digest>,
}

/// An override that serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    /// Its version, never 0.
    pub version: u64,
    /// Digest of its image.
    pub image: Digest,
    /// When it was published, since 1970.
    pub published: Duration,
    /// What was pushed.
    pub push: Arc<Vec<u8>>,
}

/// Whether what serves has earned trust. The baseline is always good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// On probation.
    Trial(Trial),
    /// It passed, or needs none.
    Good,
}

/// A probation that runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// The process closed its store: that it is gone says nothing against the override.
    pub closed: bool,
    /// How long the override served before the process that runs, nanoseconds.
    pub nanos: u64,
    /// Lookups in that time.
    pub lookups: u64,
}

/// What led to a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Cause {
    /// A push.
    Publish = 1,
    /// A rollback.
    Rollback = 2,
    /// The end of a lease.
    Expiry = 3,
    /// A guard of the cell.
    Guard = 4,
    /// A process died during the probation of another override.
    Crash = 5,
    /// The file `BASELINE`.
    KillSwitch = 6,
    /// The override could not be served by the process that started.
    Dropped = 7,
    /// A start that changed what serves into something new: the same push over another
    /// baseline.
    Rebuilt = 8,
    /// Something that this release has no word for.
    Other = 9,
}

impl Cause {
    const ALL: [Cause; 9] = [
        Cause::Publish,
        Cause::Rollback,
        Cause::Expiry,
        Cause::Guard,
        Cause::Crash,
        Cause::KillSwitch,
        Cause::Dropped,
        Cause::Rebuilt,
        Cause::Other,
    ];
}

/// Why bytes are no file of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Shorter than the shortest file.
    Short {
        /// Bytes that there are.
        found: usize,
    },
    /// Longer than the longest file.
    Long {
        /// Bytes that there are.
        found: u64,
    },
    /// The first bytes are others.
    Magic,
    /// Written by another release.
    Format {
        /// Its format.
        found: u32,
    },
    /// It was cut, or something was added.
    Length {
        /// Bytes that its header tells of.
        expected: u64,
        /// Bytes that there are.
        found: usize,
    },
    /// The digest at its end is another than that of its bytes.
    Digest,
    /// A field has a value that is never written.
    Field(&'static str),
    /// Its name is that of another file.
    Name,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Damage::Short { found } => {
                write!(f, "{found} bytes, fewer than any file of a store")
            }
            Damage::Long { found } => write!(f, "{found} bytes, more than {FILE_BYTES_MAX}"),
            Damage::Magic => f.write_str("not a file of a store"),
            Damage::Format { found } => write!(f, "of format {found}, not {FORMAT}"),
            Damage::Length { expected, found } => write!(f, "{found} bytes, not {expected}"),
            Damage::Digest => f.write_str("its bytes do not have its digest"),
            Damage::Field(field) => write!(f, "`{field}` is never written so"),
            Damage::Name => f.write_str("its name is that of another file"),
        }
    }
}

impl std::error::Error for Damage {}

impl State {
    pub(super) fn name(&self) -> Name {
        Name {
            sequence: self.sequence,
            accepted: self.accepted,
        }
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// What it holds is more than a file can have.
    pub fn encode(&self) -> Result<Vec<u8>, Damage> {
        let push = self.serving.as_ref().map_or(&[][..], |s| &s.push);
        let length = HEADER
            .saturating_add(self.reason.len())
            .saturating_add(self.quarantined.len().saturating_mul(DIGEST))
            .saturating_add(push.len())
            .saturating_add(DIGEST);
        let (standing, trial) = match self.standing {
            Standing::Trial(trial) if trial.closed => (2, trial),
            Standing::Trial(trial) => (1, trial),
            Standing::Good => (3, Trial::default()),
        };
        let (version, image, published) = match &self.serving {
            Some(s) => (s.version, s.image, nanos(s.published)),
            None => (0, Digest::default(), 0),
        };
        let mut out = Vec::with_capacity(length);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&FORMAT.to_le_bytes());
        out.extend_from_slice(&(HEADER as u32).to_le_bytes());
        out.extend_from_slice(&(length as u64).to_le_bytes());
        out.extend_from_slice(&self.sequence.to_le_bytes());
        out.extend_from_slice(&self.accepted.to_le_bytes());
        out.extend_from_slice(&self.accepted_digest.0);
        out.extend_from_slice(&self.baseline.0);
        out.extend_from_slice(&self.fingerprint.to_le_bytes());
        out.extend_from_slice(&version.to_le_bytes());
        out.extend_from_slice(&image.0);
        out.extend_from_slice(&published.to_le_bytes());
        out.extend_from_slice(&trial.nanos.to_le_bytes());
        out.extend_from_slice(&trial.lookups.to_le_bytes());
        out.extend_from_slice(&[standing, self.cause as u8, 0, 0]);
        out.extend_from_slice(&(self.reason.len() as u32).to_le_bytes());
        out.extend_from_slice(&(self.quarantined.len() as u32).to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&(push.len() as u64).to_le_bytes());
        out.extend_from_slice(&[0; 24]);
        out.extend_from_slice(self.reason.as_bytes());
        for image in &self.quarantined {
            out.extend_from_slice(&image.0);
        }
        out.extend_from_slice(push);
        let digest = Digest::of(&out);
        out.extend_from_slice(&digest.0);
        // What could not be read again is not worth a file, and takes no room from one
        // that can.
        Fields::of(&out)?.check()?;
        Ok(out)
    }

    /// Reads a file, from the private copy of its bytes.
    ///
    /// # Errors
    /// That it is not one, is cut or damaged, or says what no store writes.
    pub fn decode(bytes: &[u8]) -> Result<State, Damage> {
        let fields = Fields::of(bytes)?;
        fields.check()?;
        let serving = (fields.version != 0).then(|| Serving {
            version: fields.version,
            image: fields.image,
            published: Duration::from_nanos(fields.published),
            push: Arc::new(fields.push.to_vec()),
        });
        let trial = |closed| Trial {
            closed,
            nanos: fields.trial_nanos,
            lookups: fields.trial_lookups,
        };
        Ok(State {
            sequence: fields.sequence,
            accepted: fields.accepted,
            accepted_digest: fields.accepted_digest,
            baseline: fields.baseline,
            fingerprint: fields.fingerprint,
            serving,
            standing: match fields.standing {
                1 => Standing::Trial(trial(false)),
                2 => Standing::Trial(trial(true)),
                _ => Standing::Good,
            },
            cause: fields.cause()?,
            reason: fields.reason()?.to_owned(),
            quarantined: fields
                .quarantined
                .as_chunks::<DIGEST>()
                .0
                .iter()
                .map(|digest| Digest(*digest))
                .collect(),
        })
    }
}

/// So long after 1970 that it does not matter (2554) is the last moment.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A file, cut into fields that nobody has looked at.
struct Fields<'a> {
    sequence: u64,
    accepted: u64,
    accepted_digest: Digest,
    baseline: Digest,
    fingerprint: u64,
    version: u64,
    image: Digest,
    published: u64,
    trial_nanos: u64,
    trial_lookups: u64,
    standing: u8,
    cause: u8,
    zeros: [&'a [u8]; 3],
    reason: &'a [u8],
    quarantined: &'a [u8],
    push: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Checks what tells a whole file from other bytes: magic, format, length, digest.
    fn of(file: &'a [u8]) -> Result<Fields<'a>, Damage> {
        let short = Damage::Short { found: file.len() };
        if file.len() > FILE_BYTES_MAX {
            let found = file.len() as u64;
            return Err(Damage::Long { found });
        }
        let (bytes, digest) = file.split_last_chunk::<DIGEST>().ok_or(short)?;
        let mut rest = bytes;
        let (magic, format) = (array::<8>(&mut rest), int::<4>(&mut rest));
        let (header, length) = (int::<4>(&mut rest), int::<8>(&mut rest));
        // A file of another release is none of ours however short it is.
        match (magic, format) {
            (Some(magic), _) if magic != MAGIC => return Err(Damage::Magic),
            (_, Some(found)) if found != u64::from(FORMAT) => {
                let found = found as u32;
                return Err(Damage::Format { found });
            }
            _ => {}
        }
        let (Some(header), Some(length)) = (header, length) else {
            return Err(short);
        };
        if length != file.len() as u64 {
            let (expected, found) = (length, file.len());
            return Err(Damage::Length { expected, found });
        }
        if Digest::of(bytes).0 != *digest {
            return Err(Damage::Digest);
        }
        if header != HEADER as u64 {
            return Err(Damage::Field("header"));
        }
        Self::cut(rest).ok_or(short)?
    }

    /// Cuts what follows the length. `None`: the header is not all there.
    fn cut(mut rest: &'a [u8]) -> Option<Result<Fields<'a>, Damage>> {
        let rest = &mut rest;
        let sequence = int::<8>(rest)?;
        let accepted = int::<8>(rest)?;
        let accepted_digest = Digest(array(rest)?);
        let baseline = Digest(array(rest)?);
        let fingerprint = int::<8>(rest)?;
        let version = int::<8>(rest)?;
        let image = Digest(array(rest)?);
        let published = int::<8>(rest)?;
        let trial_nanos = int::<8>(rest)?;
        let trial_lookups = int::<8>(rest)?;
        let [standing, cause] = array(rest)?;
        let zeros_a = take(rest, 2)?;
        let reason = int::<4>(rest)?;
        let quarantined = int::<4>(rest)?;
        let zeros_b = take(rest, 4)?;
        let push = int::<8>(rest)?;
        let zeros_c = take(rest, 24)?;
        let mut part = |name, count: u64, each: u64| {
            count
                .checked_mul(each)
                .and_then(|bytes| take(rest, usize::try_from(bytes).ok()?))
                .ok_or(Damage::Field(name))
        };
        let parts = part("reason", reason, 1).and_then(|reason| {
            let quarantined = part("quarantined", quarantined, DIGEST as u64)?;
            Ok((reason, quarantined, part("push", push, 1)?))
        });
        Some(parts.and_then(|(reason, quarantined, push)| {
            if !rest.is_empty() {
                return Err(Damage::Field("push"));
            }
            Ok(Fields {
                sequence,
                accepted,
                accepted_digest,
                baseline,
                fingerprint,
                version,
                image,
                published,
                trial_nanos,
                trial_lookups,
                standing,
                cause,
                zeros: [zeros_a, zeros_b, zeros_c],
                reason,
                quarantined,
                push,
            })
        }))
    }

    /// Checks that a store may have written this.
    fn check(&self) -> Result<(), Damage> {
        let on_baseline = self.version == 0;
        let rules = [
            (
                "zeros",
                self.zeros.iter().all(|z| z.iter().all(|b| *b == 0)),
            ),
            ("accepted", self.version <= self.accepted),
            (
                "accepted_digest",
                self.accepted != 0 || self.accepted_digest == Digest::default(),
            ),
            ("image", on_baseline == (self.image == Digest::default())),
            ("published", !on_baseline || self.published == 0),
            ("push", on_baseline == self.push.is_empty()),
            ("push", self.push.len() <= PUSH_BYTES_MAX),
            ("standing", (1..=3).contains(&self.standing)),
            ("standing", !on_baseline || self.standing == 3),
            (
                "trial",
                self.standing != 3 || (self.trial_nanos, self.trial_lookups) == (0, 0),
            ),
            ("reason", self.reason.len() <= REASON_BYTES_MAX),
            (
                "quarantined",
                self.quarantined.len() <= QUARANTINED_MAX * DIGEST,
            ),
        ];
        if let Some((field, _)) = rules.iter().find(|(_, holds)| !holds) {
            return Err(Damage::Field(field));
        }
        self.cause()?;
        self.reason()?;
        Ok(())
    }

    fn cause(&self) -> Result<Cause, Damage> {
        Cause::ALL
            .into_iter()
            .find(|cause| *cause as u8 == self.cause)
            .ok_or(Damage::Field("cause"))
    }

    fn reason(&self) -> Result<&'a str, Damage> {
        std::str::from_utf8(self.reason).map_err(|_| Damage::Field("reason"))
    }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    bytes.split_off(..count)
}

fn array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = bytes.split_first_chunk::<N>()?;
    *bytes = tail;
    Some(*head)
}

/// A number of that many bytes, at most 8.
fn int<const N: usize>(bytes: &mut &[u8]) -> Option<u64> {
    let bytes: [u8; N] = array(bytes)?;
    Some(bytes.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)))
}

#[cfg(test)]
pub(super) mod tests;
