//! What engines would decide, decided before anything is sent.
//!
//! Engines that were compiled with the same image, have the same limits and serve the
//! same bytes are of one *kind*, and decide alike. For each kind there is a cell of the
//! runtime, the engine's own code, over the engine's own baseline; it goes along with
//! what its engines take, so that it knows of their cooldowns.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use routewright::{Accepted, Digest, Now, Refused, RouteCell, Saved, Untyped};
use routewright_schema::pb::{Decision, EngineLimits};

use super::member::Member;

/// Kinds that are remembered.
pub const KINDS_MAX: usize = 64;

/// What engines must have in common to decide alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    pub baseline: [u8; 16],
    limits: EngineLimits,
    accepted: u64,
    serving: Vec<u8>,
    quarantined: Vec<Vec<u8>>,
}

impl Kind {
    pub fn of(member: &Member) -> Kind {
        Kind {
            baseline: member.baseline,
            limits: crate::follow::told(&member.limits),
            accepted: member.accepted,
            serving: member.serving.push_digest.clone(),
            quarantined: member.serving.quarantined.clone(),
        }
    }

    /// The same for engines that are brought along, whatever they serve now.
    pub fn whatever_it_serves(member: &Member) -> Kind {
        Kind {
            accepted: 0,
            serving: Vec::new(),
            ..Kind::of(member)
        }
    }
}

/// Bytes that were pushed, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    pub version: u64,
    pub digest: Vec<u8>,
    pub bytes: Arc<[u8]>,
    /// On the wall clock.
    pub published: Duration,
    /// On the monotonic clock. The wall clock is asked once, when bytes are found in a
    /// ledger; whoever sets it later changes nothing.
    since: Duration,
}

impl Pushed {
    /// A push of now.
    pub fn new(version: u64, digest: Vec<u8>, bytes: Arc<[u8]>, now: Now) -> Pushed {
        Pushed {
            version,
            digest,
            bytes,
            published: now.wall,
            since: now.monotonic,
        }
    }

    /// What a decision pushed before. If the clock was set back since, it is one of now.
    pub fn found(decision: &Decision, bytes: Arc<[u8]>, now: Now) -> Pushed {
        let published = Duration::from_millis(decision.published_ms);
        let age = now.wall.saturating_sub(published);
        Pushed {
            version: decision.version,
            digest: decision.push_digest.clone(),
            bytes,
            published,
            since: now.monotonic.saturating_sub(age),
        }
    }

    /// The same, if it is known when that was.
    #[must_use]
    pub fn since(self, since: Option<Duration>) -> Pushed {
        let since = since.unwrap_or(self.since);
        Pushed { since, ..self }
    }

    /// How long ago that was.
    pub fn age(&self, now: Now) -> Duration {
        now.monotonic.saturating_sub(self.since)
    }
}

/// The state of a cell that serves this (`None`: its baseline), and has accepted so much.
pub fn saved(serving: Option<&Pushed>, accepted: u64) -> Saved<&[u8]> {
    let newest = serving.filter(|pushed| pushed.version >= accepted);
    Saved {
        accepted: newest.map_or(accepted, |pushed| pushed.version),
        accepted_digest: newest
            .map(|pushed| Digest::of(&pushed.bytes))
            .unwrap_or_default(),
        serving: serving.map(|pushed| &*pushed.bytes),
        published: serving.map_or(Duration::ZERO, |pushed| pushed.published),
    }
}

/// The cells, by kind.
#[derive(Default)]
pub struct Shadows {
    cells: HashMap<Kind, Shadow>,
    uses: u64,
}

struct Shadow {
    cell: RouteCell<Untyped>,
    used: u64,
}

impl Shadows {
    /// What an engine of this kind would answer to a push.
    ///
    /// # Errors
    /// In words: the engines' image cannot be used.
    pub fn ask(
        &mut self,
        member: &Member,
        image: &[u8],
        serving: Option<&Pushed>,
        bytes: &[u8],
        now: Now,
    ) -> Result<Result<Accepted<Untyped>, Refused>, String> {
        let kind = Kind::of(member);
        self.uses += 1;
        if !self.cells.contains_key(&kind) {
            let cell = shadow(member, image, serving, now)?;
            self.make_room();
            let used = self.uses;
            self.cells.insert(kind.clone(), Shadow { cell, used });
        }
        let Some(shadow) = self.cells.get_mut(&kind) else {
            return Err("it was just put there".to_owned());
        };
        shadow.used = self.uses;
        Ok(shadow.cell.dry_run_at(bytes, now))
    }

    /// Engines of `from` have become `to`, by what they were sent. The first one takes the
    /// shadow along; should others stay behind, theirs is made anew when it is asked.
    pub fn moved(
        &mut self,
        from: &Kind,
        to: Kind,
        serving: Option<&Pushed>,
        decided: bool,
        now: Now,
    ) {
        if *from == to || self.cells.contains_key(&to) {
            return;
        }
        let Some(shadow) = self.cells.remove(from) else {
            return;
        };
        let took = match serving {
            Some(pushed) if !decided => shadow.cell.publish_at(&pushed.bytes, now).is_ok(),
            _ => {
                let saved = saved(serving, to.accepted);
                shadow.cell.adopt(&saved, "", now).is_ok()
            }
        };
        // One that decides otherwise than its engines is worth nothing.
        if took {
            self.cells.insert(to, shadow);
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.cells.len()
    }

    fn make_room(&mut self) {
        while self.cells.len() >= KINDS_MAX {
            let oldest = self.cells.iter().min_by_key(|(_, shadow)| shadow.used);
            let Some(kind) = oldest.map(|(kind, _)| kind.clone()) else {
                return;
            };
            self.cells.remove(&kind);
        }
    }
}

/// What an engine would answer to an update that is decided, wherever it comes from.
///
/// # Errors
/// In words: the engine's image cannot be used.
pub fn brought_along(
    member: &Member,
    image: &[u8],
    pushed: &Pushed,
    now: Now,
) -> Result<Result<Accepted<Untyped>, Refused>, String> {
    let cell = RouteCell::open(image, member.limits).map_err(|fault| fault.to_string())?;
    quarantine(&cell, member);
    Ok(cell.adopt(&saved(Some(pushed), pushed.version), "", now))
}

/// A cell in the state of an engine, as far as that is known.
fn shadow(
    member: &Member,
    image: &[u8],
    serving: Option<&Pushed>,
    now: Now,
) -> Result<RouteCell<Untyped>, String> {
    let cell = RouteCell::open(image, member.limits).map_err(|fault| fault.to_string())?;
    // Cooldowns run from the publish.
    let then = |pushed: &Pushed| Now {
        monotonic: now.monotonic.saturating_sub(pushed.age(now)),
        wall: pushed.published,
    };
    let saved = saved(serving, member.accepted);
    let at = serving.map_or(now, then);
    cell.adopt(&saved, "", at)
        .map_err(|refused| format!("what it serves is not what its image takes: {refused}"))?;
    quarantine(&cell, member);
    Ok(cell)
}

fn quarantine(cell: &RouteCell<Untyped>, member: &Member) {
    for digest in &member.serving.quarantined {
        if let Ok(digest) = digest.as_slice().try_into() {
            cell.quarantine(Digest(digest));
        }
    }
}
