//! Who may do what: asked by every call, in this one place.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use routewright_schema::access::{Rights, Role, Rules};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::{CertificateError, Error};
use tokio::sync::watch;
use tonic::Status;

use super::identity;
use super::tls::Tls;

/// What every call needs. One that does not stand here is refused; a test compares this with
/// the protocol.
#[rustfmt::skip]
pub const ROLES: &[(&str, Role)] = &[
    ("/routewright.v1.RouteService/UpdateRouteMap", Role::Push),
    ("/routewright.v1.RouteService/RollbackRouteMap", Role::Push),
    ("/routewright.v1.RouteService/GetRouteMap", Role::Read),
    ("/routewright.v1.RouteService/GetStatus", Role::Read),
    ("/routewright.v1.FleetService/WatchRouteMap", Role::Watch),
    ("/routewright.v1.FleetService/ListVersions", Role::Read),
    ("/routewright.v1.FleetService/GetFleet", Role::Read),
    ("/routewright.v1.FleetService/WatchRollout", Role::Read),
    ("/routewright.v1.FleetService/ListDenied", Role::Read),
];

/// What somebody is told whose certificate is revoked.
pub(super) const REVOKED: &str = "your certificate is revoked; get another of that CA";

/// The rules of a control plane.
#[derive(Debug)]
pub struct Access {
    /// `None`: whoever reaches it may do everything.
    rules: RwLock<Option<Arc<Rules>>>,
    /// What knows which certificates are revoked; `None`: nobody asks.
    revocations: RwLock<Option<Arc<dyn ClientCertVerifier>>>,
    changes: watch::Sender<u64>,
}

/// What somebody showed in a handshake, their own certificate first.
pub type Chain = Arc<Vec<CertificateDer<'static>>>;

/// Somebody who was let in.
#[derive(Clone, Debug)]
pub struct Pass {
    /// By certificate, or where from.
    pub who: String,
    /// Whether that is the name in a certificate.
    known: bool,
    /// Their certificate, and those between it and its CA.
    chain: Option<Chain>,
    /// What they may do.
    pub rights: Rights,
}

/// Somebody who was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// By certificate, or where from.
    pub who: String,
    /// Why not.
    pub why: String,
    /// The same, as a word for metrics.
    pub reason: Reason,
}

/// Why a call was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// They showed no certificate.
    NoCertificate,
    /// It does not say who they are.
    BadCertificate,
    /// It is revoked.
    Revoked,
    /// No rule lets them make such calls.
    Role,
    /// No rule lets them be the engine of that name.
    EngineName,
    /// No rule lets them change that.
    Change,
    /// There is no such call.
    UnknownCall,
}

impl Reason {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::NoCertificate => "no_certificate",
            Reason::BadCertificate => "bad_certificate",
            Reason::Revoked => "revoked",
            Reason::Role => "role",
            Reason::EngineName => "engine_name",
            Reason::Change => "change",
            Reason::UnknownCall => "unknown_call",
        }
    }
}

/// The name of a call, for metrics: one of ours, whatever was asked for.
pub fn word_of(path: &str) -> &'static str {
    let known = ROLES.iter().find(|(known, _)| *known == path);
    let name = known.and_then(|(path, _)| path.rsplit('/').next());
    name.unwrap_or("other")
}

impl Access {
    /// By rules; `None`: whoever reaches it may do everything.
    pub fn new(rules: Option<Rules>) -> Access {
        Access {
            rules: RwLock::new(rules.map(Arc::new)),
            revocations: RwLock::default(),
            changes: watch::Sender::new(0),
        }
    }

    /// Takes other rules, also for those who are in.
    pub fn replace(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(rules));
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// Asks these certificates' CAs what they have revoked, also of those who are in.
    pub fn revoke_by(&self, tls: &Tls) {
        let current = self.revocations.write();
        *current.unwrap_or_else(PoisonError::into_inner) = tls.revocations();
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// Whether the certificate of somebody who was let in is revoked by now.
    pub(super) fn revoked(&self, pass: &Pass) -> bool {
        let revocations = self.revocations.read();
        let verifier = revocations.unwrap_or_else(PoisonError::into_inner).clone();
        let (Some(verifier), Some(chain)) = (verifier, &pass.chain) else {
            return false;
        };
        let now = UnixTime::now().as_secs();
        // Of one that has expired since the handshake, it would be told that alone.
        let then = identity::good_until(chain).map_or(now, |until| until.as_secs().min(now));
        let then = UnixTime::since_unix_epoch(Duration::from_secs(then));
        let checked = chain.split_first().map(|(first, rest)| {
            let checked = verifier.verify_client_cert(first, rest, then);
            checked.map(|_| ())
        });
        let revoked = Error::InvalidCertificate(CertificateError::Revoked);
        checked == Some(Err(revoked))
    }

    /// Changes when the rules do, or what is revoked.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// What somebody who was let in may do by now.
    pub(super) fn rights(&self, pass: &Pass) -> Rights {
        match &*self.rules.read().unwrap_or_else(PoisonError::into_inner) {
            None => Rights::all(),
            Some(_) if self.revoked(pass) => Rights::default(),
            Some(rules) if pass.known => rules.of(&pass.who),
            Some(_) => Rights::default(),
        }
    }

    /// Whether whoever shows this certificate may make this call.
    pub(super) fn admit(
        &self,
        path: &str,
        chain: Option<Chain>,
        from: Option<SocketAddr>,
    ) -> Result<Pass, Denial> {
        let from = from.map_or("somebody".to_owned(), |from| from.ip().to_string());
        let role = ROLES.iter().find(|(known, _)| *known == path);
        let certificate = chain.as_ref().and_then(|chain| chain.first());
        let (who, known, fault) = match certificate.map(|der| identity::of(der)) {
            None => (format!("{from}, no certificate"), false, None),
            Some(Ok(name)) => (name, true, None),
            Some(Err(fault)) => (format!("{from}, bad certificate"), false, Some(fault)),
        };
        let mut pass = Pass {
            who,
            known,
            chain,
            rights: Rights::default(),
        };
        pass.rights = self.rights(&pass);
        let (why, reason) = match (role, fault) {
            (None, _) => (
                "there is no rule for this call".to_owned(),
                Reason::UnknownCall,
            ),
            (Some((_, role)), _) if pass.rights.has(*role) => return Ok(pass),
            _ if self.revoked(&pass) => (REVOKED.to_owned(), Reason::Revoked),
            (_, Some(fault)) => (fault, Reason::BadCertificate),
            (Some((_, role)), None) if known => {
                let (who, role) = (&pass.who, role.as_str());
                let why = format!(
                    "{who} may not {role}; a rule of the control plane (--allow) must say so"
                );
                (why, Reason::Role)
            }
            _ => (
                "this control plane asks who you are; show a certificate (--tls-cert, --tls-key)"
                    .to_owned(),
                Reason::NoCertificate,
            ),
        };
        Err(Denial {
            who: pass.who,
            why,
            reason,
        })
    }
}

impl From<&Denial> for Status {
    fn from(denial: &Denial) -> Status {
        match denial.reason {
            // Nobody knows who it is.
            Reason::NoCertificate | Reason::BadCertificate | Reason::Revoked => {
                Status::unauthenticated(&*denial.why)
            }
            _ => Status::permission_denied(&*denial.why),
        }
    }
}
