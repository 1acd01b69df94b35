//! Handshakes that failed: counted by why, told now and then, and the last ones by address.
//!
//! Whoever they fail with is a stranger, and may try a million times a minute. So they are
//! counted by a few words of ours; the log has a line for the first of a kind, and one every
//! so often after it; and who they were is remembered in memory only, in few places: on disk
//! they would push out what is noted of people who are known.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use routewright_schema::pb::Denied;
use rustls::{CertificateError, Error};

use crate::fit::millis;

/// Between two lines of the log about failures of one kind.
const TOLD_EVERY: Duration = Duration::from_secs(10);
/// Addresses and kinds that are remembered.
const RECENT_MAX: usize = 64;

/// Why a handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It does not speak TLS.
    NotTls,
    /// It shows no certificate.
    NoCertificate,
    /// A CA that is not trusted issued it, or it is a forgery.
    UnknownCa,
    /// Its time is over, or has not come.
    Expired,
    /// Its CA has revoked it.
    Revoked,
    /// No revocation list of its CA is here, so it may be revoked.
    RevocationUnknown,
    /// It came to no end in time.
    Timeout,
    /// Something else; the other side hung up, say.
    Other,
}

impl Failure {
    const ALL: [Failure; 8] = [
        Failure::NotTls,
        Failure::NoCertificate,
        Failure::UnknownCa,
        Failure::Expired,
        Failure::Revoked,
        Failure::RevocationUnknown,
        Failure::Timeout,
        Failure::Other,
    ];

    /// The word, as in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Failure::NotTls => "not_tls",
            Failure::NoCertificate => "no_certificate",
            Failure::UnknownCa => "unknown_ca",
            Failure::Expired => "expired",
            Failure::Revoked => "revoked",
            Failure::RevocationUnknown => "revocation_unknown",
            Failure::Timeout => "timeout",
            Failure::Other => "other",
        }
    }

    /// For people.
    const fn why(self) -> &'static str {
        match self {
            Failure::NotTls => "it does not speak TLS",
            Failure::NoCertificate => "it showed no certificate",
            Failure::UnknownCa => "no CA of --client-ca issued its certificate",
            Failure::Expired => "its certificate has expired, or is not valid yet",
            Failure::Revoked => "its certificate is revoked (--client-crl)",
            Failure::RevocationUnknown => {
                "--client-crl has no good list of a CA of its certificate"
            }
            Failure::Timeout => "the handshake came to no end in time",
            Failure::Other => "the handshake failed, or it hung up",
        }
    }

    /// Of an error of a handshake.
    pub fn of(fault: &io::Error) -> Failure {
        let held = fault.get_ref();
        match held.and_then(|held| held.downcast_ref::<Error>()) {
            Some(Error::NoCertificatesPresented) => Failure::NoCertificate,
            Some(Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)) => {
                Failure::NotTls
            }
            Some(Error::InvalidCertificate(fault)) => Failure::of_certificate(fault),
            Some(Error::InvalidCertRevocationList(_)) => Failure::RevocationUnknown,
            _ => Failure::Other,
        }
    }

    fn of_certificate(fault: &CertificateError) -> Failure {
        use CertificateError as Fault;
        match fault {
            Fault::UnknownIssuer | Fault::BadSignature => Failure::UnknownCa,
            Fault::Expired
            | Fault::ExpiredContext { .. }
            | Fault::NotValidYet
            | Fault::NotValidYetContext { .. } => Failure::Expired,
            Fault::Revoked => Failure::Revoked,
            Fault::UnknownRevocationStatus
            | Fault::ExpiredRevocationList
            | Fault::ExpiredRevocationListContext { .. } => Failure::RevocationUnknown,
            _ => Failure::Other,
        }
    }
}

/// Handshakes that failed since the process began.
#[derive(Debug, Default)]
pub struct Handshakes {
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    kinds: [Kind; Failure::ALL.len()],
    /// Newest first.
    recent: VecDeque<Stranger>,
}

#[derive(Debug, Default)]
struct Kind {
    count: u64,
    /// When the log had a line, and how many there were by then.
    told: Option<(Instant, u64)>,
}

#[derive(Debug)]
struct Stranger {
    failure: Failure,
    from: Option<IpAddr>,
    first: Duration,
    last: Duration,
    count: u64,
}

impl Handshakes {
    /// One has failed.
    pub fn failed(&self, failure: Failure, from: Option<IpAddr>) {
        let wall = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        if let Some(count) = self.note(failure, from, Instant::now(), wall) {
            let (reason, why) = (failure.as_str(), failure.why());
            let from = from.map_or("somebody".to_owned(), |from| from.to_string());
            tracing::warn!(reason, why, from, count, "handshakes failed");
        }
    }

    /// How many a line of the log would stand for; `None`: there was one just now.
    fn note(
        &self,
        failure: Failure,
        from: Option<IpAddr>,
        now: Instant,
        wall: Duration,
    ) -> Option<u64> {
        let mut noted = self.lock();
        let alike = |s: &Stranger| s.failure == failure && s.from == from;
        let known = noted.recent.iter().position(alike);
        let mut stranger = known
            .and_then(|at| noted.recent.remove(at))
            .unwrap_or(Stranger {
                failure,
                from,
                first: wall,
                last: wall,
                count: 0,
            });
        stranger.last = wall;
        stranger.count += 1;
        noted.recent.truncate(RECENT_MAX - 1);
        noted.recent.push_front(stranger);

        let kind = noted.kinds.get_mut(failure as usize)?;
        kind.count += 1;
        let before = match kind.told {
            Some((at, _)) if now.saturating_duration_since(at) < TOLD_EVERY => return None,
            Some((_, before)) => before,
            None => 0,
        };
        kind.told = Some((now, kind.count));
        Some(kind.count - before)
    }

    /// How many failed, by why.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        let noted = self.lock();
        let words = Failure::ALL.iter().map(|failure| failure.as_str());
        words.zip(noted.kinds.iter().map(|k| k.count)).collect()
    }

    /// The last ones, as they stand among what was turned away, newest first.
    pub fn recent(&self) -> Vec<Denied> {
        let noted = self.lock();
        let denied = noted.recent.iter().map(|stranger| Denied {
            who: match stranger.from {
                Some(from) => format!("{from}, handshake failed"),
                None => "somebody, handshake failed".to_owned(),
            },
            rpc: "(TLS)".to_owned(),
            why: stranger.failure.why().to_owned(),
            first_ms: millis(stranger.first),
            last_ms: millis(stranger.last),
            count: stranger.count,
        });
        denied.collect()
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_their_places() {
        for (at, failure) in Failure::ALL.into_iter().enumerate() {
            assert_eq!(at, failure as usize);
        }
    }

    #[test]
    fn what_strangers_do_is_bounded() {
        let (handshakes, begin) = (Handshakes::default(), Instant::now());
        let from = |n: u32| Some(IpAddr::from(n.to_be_bytes()));
        let at = |seconds| {
            (
                begin + Duration::from_secs(seconds),
                Duration::from_secs(seconds),
            )
        };
        let mut lines = Vec::new();
        // A minute of a thousand a second, and one of another kind.
        for n in 0..60_000 {
            let (now, wall) = at(u64::from(n) / 1_000);
            lines.extend(handshakes.note(Failure::UnknownCa, from(n), now, wall));
        }
        let (now, wall) = at(60);
        let line = handshakes.note(Failure::Expired, from(1), now, wall);
        assert_eq!(line, Some(1));
        assert_eq!(lines, [1, 10_000, 10_000, 10_000, 10_000, 10_000]);
        let counts = handshakes.counts();
        assert!(counts.contains(&("unknown_ca", 60_000)) && counts.contains(&("expired", 1)));
        let recent = handshakes.recent();
        assert_eq!(recent.len(), RECENT_MAX);
        assert_eq!(recent[0].who, "0.0.0.1, handshake failed");
        // Alike ones share a place.
        for _ in 0..10 {
            handshakes.note(Failure::UnknownCa, from(59_999), now, wall);
        }
        let recent = handshakes.recent();
        assert_eq!((recent[0].count, recent[0].first_ms), (11, 59_000));
        assert_eq!(recent[1].who, "0.0.0.1, handshake failed");
    }
}
