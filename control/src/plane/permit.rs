//! Whether a caller may change what a push or rollback changes.
//!
//! Seen by what engines are to serve, not by what each happens to serve: one that lags must
//! neither hide a change nor add one. And by all builds that are known, also of engines that
//! are away: they come back, and serve it.

use routewright::{Accepted, Limits, Now, RouteCell, Saved, Untyped};
use routewright_schema::pb::Refusal;

use super::push::Head;
use super::{Ledger, Plane};
use crate::changes;

/// Who asks, and what they may do.
pub struct Caller<'a> {
    /// By certificate, or as the control plane knows them.
    pub who: &'a str,
    /// Whether they may change the thing of that kind and name, as in `Change`. `None`: they
    /// may change everything, and force it.
    pub may: Option<May<'a>>,
}

/// Whether the thing of that kind and name may be changed; `true`: by a push that is forced.
pub type May<'a> = &'a dyn Fn(&str, &str, bool) -> bool;

impl<L: Ledger> Plane<L> {
    /// Refuses what leads from what is served, or on its way, to `after` (`None`: the
    /// baseline), if any change on that road is not the caller's to make.
    ///
    /// A push that is `forced` passes `max_step`, `cooldown` and quarantine; a rollback never is.
    ///
    /// What is lent becomes the baseline again. So a push with a lease also changes what is
    /// served into the baseline, and a push after one changes the baseline.
    pub(super) fn permit(
        &mut self,
        after: Option<&[u8]>,
        caller: &Caller<'_>,
        rpc: &str,
        forced: bool,
        now: Now,
    ) -> Result<(), Refusal> {
        let Some(may) = caller.may else {
            return Ok(());
        };
        let may_or_not = |kind: &str, name: &str| may(kind, name, forced);
        let why = match self.first_forbidden(after, &may_or_not) {
            Ok(None) => return Ok(()),
            Ok(Some((kind, name))) => {
                let path = match kind.as_str() {
                    "route" => format!("routes.{name:?}"),
                    "setting" => format!("settings.{name}"),
                    other => other.to_owned(),
                };
                let thing = match name.as_str() {
                    "" => format!("the {kind}"),
                    name => format!("the {kind} `{name}`"),
                };
                let message = match may(&kind, &name, false) {
                    true => format!(
                        "{} may change {thing}, but not by force; a rule (--allow) must say `force: true`",
                        caller.who
                    ),
                    false => format!("{} may not change {thing}", caller.who),
                };
                self.no(&path, "forbidden", message)
            }
            Err(message) => self.no("", "forbidden", message),
        };
        self.denied(caller.who, rpc, &why.message, now);
        Err(why)
    }

    /// The first change that is not allowed, as kind and name.
    ///
    /// # Errors
    /// In words: it cannot be said what would change.
    fn first_forbidden(
        &self,
        after: Option<&[u8]>,
        may: &dyn Fn(&str, &str) -> bool,
    ) -> Result<Option<(String, String)>, String> {
        let rolling = self.rollout.as_ref().map(|rollout| &rollout.goal);
        let goals = std::iter::once(&self.settled).chain(rolling);
        let served = goals.map(|goal| goal.push.as_ref().map(|push| &*push.bytes));
        let (from, to) = (with_ends(served), with_ends([after]));
        let mut compared = false;
        for (digest, image) in &self.baselines {
            let limits = self.widest(digest);
            let build = |bytes: &Option<&[u8]>| built(image, limits, *bytes);
            // A build that cannot take it never serves it.
            let (from, to): (Vec<_>, Vec<_>) = (
                from.iter().filter_map(build).collect(),
                to.iter().filter_map(build).collect(),
            );
            for (before, after) in from.iter().flat_map(|f| to.iter().map(move |t| (f, t))) {
                compared = true;
                let mut forbidden = None;
                changes::each(before.after.raw(), after.after.raw(), &mut |kind, name| {
                    if forbidden.is_none() && !may(kind, name) {
                        forbidden = Some((kind.to_owned(), name.to_owned()));
                    }
                });
                if forbidden.is_some() {
                    return Ok(forbidden);
                }
            }
        }
        match compared {
            true => Ok(None),
            false => Err("no engine that could take it was ever here, so it cannot be said what this changes; whoever may push everything can push it".to_owned()),
        }
    }

    /// What engines of this build take at most, so that none of them takes what was not
    /// looked at.
    fn widest(&self, baseline: &[u8; 16]) -> Limits {
        let mut widest = Limits::DEFAULT;
        for member in self.members.values().filter(|m| m.baseline == *baseline) {
            let Limits {
                push_bytes_max,
                routes_max,
                route_consumers_max,
                string_bytes_max,
                cells_max,
                image_bytes_max,
                ..
            } = member.limits;
            widest.push_bytes_max = widest.push_bytes_max.max(push_bytes_max);
            widest.routes_max = widest.routes_max.max(routes_max);
            widest.route_consumers_max = widest.route_consumers_max.max(route_consumers_max);
            widest.string_bytes_max = widest.string_bytes_max.max(string_bytes_max);
            widest.cells_max = widest.cells_max.max(cells_max);
            widest.image_bytes_max = widest.image_bytes_max.max(image_bytes_max);
        }
        widest
    }
}

/// Different ones of these, and the baseline if one of them is lent.
fn with_ends<'b>(pushes: impl IntoIterator<Item = Option<&'b [u8]>>) -> Vec<Option<&'b [u8]>> {
    let mut all: Vec<Option<&[u8]>> = pushes.into_iter().collect();
    let lent = |bytes: &[u8]| Head::of(bytes).is_ok_and(|head| head.lease.is_some());
    if all.iter().flatten().any(|bytes| lent(bytes)) {
        all.push(None);
    }
    all.dedup();
    all
}

/// The table that some bytes make of a baseline; `None`: none.
pub(super) fn built(
    image: &[u8],
    limits: Limits,
    bytes: Option<&[u8]>,
) -> Option<Accepted<Untyped>> {
    let cell: RouteCell<Untyped> = RouteCell::open(image, limits).ok()?;
    let version = match bytes {
        Some(bytes) => Head::of(bytes).ok()?.version,
        None => 0,
    };
    let saved = Saved {
        accepted: version,
        accepted_digest: bytes.map(routewright::Digest::of).unwrap_or_default(),
        serving: bytes,
        published: std::time::Duration::ZERO,
    };
    let begin = Now {
        monotonic: std::time::Duration::ZERO,
        wall: std::time::Duration::ZERO,
    };
    cell.adopt(&saved, "", begin).ok()
}
