//! Who may do what: asked by every call, in this one place.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use routewright_schema::access::{Rights, Role, Rules};
use tokio::sync::watch;
use tonic::Status;

use super::identity;

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

/// The rules of a control plane.
#[derive(Debug)]
pub struct Access {
    /// `None`: whoever reaches it may do everything.
    rules: RwLock<Option<Arc<Rules>>>,
    changes: watch::Sender<u64>,
}

/// Somebody who was let in.
#[derive(Clone, Debug)]
pub struct Pass {
    /// By certificate, or where from.
    pub who: String,
    /// Whether that is the name in a certificate.
    known: bool,
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
    /// Nobody knows who it is.
    pub unknown: bool,
}

impl Access {
    /// By rules; `None`: whoever reaches it may do everything.
    pub fn new(rules: Option<Rules>) -> Access {
        Access {
            rules: RwLock::new(rules.map(Arc::new)),
            changes: watch::Sender::new(0),
        }
    }

    /// Takes other rules, also for those who are in.
    pub fn replace(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(rules));
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// Changes when the rules do.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// What somebody who was let in may do by now.
    pub(super) fn rights(&self, pass: &Pass) -> Rights {
        match &*self.rules.read().unwrap_or_else(PoisonError::into_inner) {
            None => Rights::all(),
            Some(rules) if pass.known => rules.of(&pass.who),
            Some(_) => Rights::default(),
        }
    }

    /// Whether whoever shows this certificate may make this call.
    pub(super) fn admit(
        &self,
        path: &str,
        certificate: Option<&[u8]>,
        from: Option<SocketAddr>,
    ) -> Result<Pass, Denial> {
        let from = from.map_or("somebody".to_owned(), |from| from.ip().to_string());
        let role = ROLES.iter().find(|(known, _)| *known == path);
        let (who, known, fault) = match certificate.map(identity::of) {
            None => (format!("{from}, no certificate"), false, None),
            Some(Ok(name)) => (name, true, None),
            Some(Err(fault)) => (format!("{from}, bad certificate"), false, Some(fault)),
        };
        let mut pass = Pass {
            who,
            known,
            rights: Rights::default(),
        };
        pass.rights = self.rights(&pass);
        let (why, unknown) = match role {
            None => ("there is no rule for this call".to_owned(), false),
            Some((_, role)) if pass.rights.has(*role) => return Ok(pass),
            Some((_, role)) => match (known, fault) {
                (true, _) => {
                    let (who, role) = (&pass.who, role.as_str());
                    let why = format!(
                        "{who} may not {role}; a rule of the control plane (--allow) must say so"
                    );
                    (why, false)
                }
                (false, Some(fault)) => (fault, true),
                (false, None) => (
                    "this control plane asks who you are; show a certificate (--tls-cert, --tls-key)"
                        .to_owned(),
                    true,
                ),
            },
        };
        Err(Denial {
            who: pass.who,
            why,
            unknown,
        })
    }
}

impl From<&Denial> for Status {
    fn from(denial: &Denial) -> Status {
        match denial.unknown {
            true => Status::unauthenticated(&*denial.why),
            false => Status::permission_denied(&*denial.why),
        }
    }
}
