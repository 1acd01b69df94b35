//! What an engine says to its control plane, and makes of what it is told.
//!
//! It decides nothing: the cell does. Like the plane it has no socket and no clock.

use std::time::{Duration, Instant};

use routewright::{
    Accepted, Catalog, Code, Digest, Limits, Now, Refused, RouteCell, Saved, Status,
};
use routewright_schema::pb::watch_route_map_request::Message as Said;
use routewright_schema::pb::watch_route_map_response::Message as Told;
use routewright_schema::pb::{
    Ack, Baseline, EngineLimits, Hello, Label, Nack, Refusal, Report, Serving, Update, Violation,
    WatchRouteMapRequest, WatchRouteMapResponse, update,
};

use crate::{answer, delta};

/// Pushes that guards took back which are told.
pub(crate) const TRIPPED_MAX: usize = 64;

/// The engine's side of a stream, and of the next one.
#[derive(Debug, Default)]
pub struct Agent {
    /// The newest revision that it was told on this stream.
    revision: u64,
    /// What the control plane believes to be served.
    known: Option<Serving>,
}

/// Who an engine is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Unique among the engines: letters, digits and `._:-`.
    pub name: String,
    /// Whatever people tell engines apart by.
    pub labels: Vec<(String, String)>,
}

impl Agent {
    /// The first thing to say.
    pub fn hello<C: Catalog>(
        &mut self,
        identity: &Identity,
        cell: &RouteCell<C>,
        held: bool,
        now: Now,
    ) -> WatchRouteMapRequest {
        let status = cell.status_at(now);
        let serving = serving(&status, held);
        self.known = Some(serving.clone());
        self.revision = 0;
        let labels = identity.labels.iter().map(|(name, value)| Label {
            name: name.clone(),
            value: value.clone(),
        });
        let baseline = cell.baseline().raw();
        said(Said::Hello(Hello {
            name: identity.name.clone(),
            labels: labels.collect(),
            serving: Some(serving),
            accepted_version: status.accepted,
            catalog: baseline.fingerprint(),
            baseline_digest: baseline.digest().0.to_vec(),
            limits: Some(told(cell.limits())),
        }))
    }

    /// Does what it is told; gives what is to be answered.
    pub fn take<C: Catalog>(
        &mut self,
        response: WatchRouteMapResponse,
        cell: &RouteCell<C>,
        held: bool,
        now: Now,
    ) -> Option<WatchRouteMapRequest> {
        let revision = response.revision;
        match response.message? {
            Told::BaselineWanted(_) => Some(said(Said::Baseline(Baseline {
                image: cell.baseline().raw().as_image().to_vec(),
            }))),
            Told::NotModified(_) => {
                self.revision = self.revision.max(revision);
                None
            }
            // One that was overtaken on its way.
            Told::Update(_) if revision < self.revision => None,
            Told::Update(update) => {
                self.revision = revision;
                Some(self.update(revision, &update, cell, held, now))
            }
        }
    }

    fn update<C: Catalog>(
        &mut self,
        revision: u64,
        update: &Update,
        cell: &RouteCell<C>,
        held: bool,
        now: Now,
    ) -> WatchRouteMapRequest {
        let began = Instant::now();
        let span = tracing::info_span!(
            "apply",
            revision,
            version = update.version,
            decided = update.decided,
            delta = matches!(update.content, Some(update::Content::Delta(_))),
        );
        let _entered = span.enter();
        let outcome = match held {
            true => Err(Failure::Held),
            false => apply(update, cell, now),
        };
        let serving = serving(&cell.status_at(now), held);
        self.known = Some(serving.clone());
        let serving = Some(serving);
        let failure = match outcome {
            Ok(()) => {
                let took = began.elapsed();
                tracing::info!(?took, "serving it");
                return said(Said::Ack(Ack {
                    revision,
                    serving,
                    apply_ns: u64::try_from(took.as_nanos()).unwrap_or(u64::MAX),
                }));
            }
            Err(failure) => failure,
        };
        let needs_whole = matches!(failure, Failure::NeedsWhole);
        let refusal = failure.refusal(cell, now);
        match &refusal {
            // In quotes and escaped: names come from outside.
            Some(refusal) => tracing::warn!(why = ?refusal.message, "refused"),
            None => tracing::info!("the delta does not fit; the whole is asked for"),
        }
        said(Said::Nack(Nack {
            revision,
            needs_whole,
            refusal,
            serving,
        }))
    }

    /// What is to be said if the cell, or the hand that holds it, has changed by itself;
    /// `None`: nothing that the control plane does not know.
    pub fn look<C: Catalog>(
        &mut self,
        cell: &RouteCell<C>,
        held: bool,
        now: Now,
    ) -> Option<WatchRouteMapRequest> {
        let status = cell.status_at(now);
        let serving = serving(&status, held);
        if self.known.as_ref() == Some(&serving) {
            return None;
        }
        let before = self.known.replace(serving.clone());
        let latest = status.latest.as_ref();
        Some(said(Said::Report(Report {
            serving: Some(serving),
            before: before.map_or(0, |before| before.version),
            cause: latest.map_or(String::new(), |l| l.change.cause.as_str().to_owned()),
            reason: latest.map_or(String::new(), |l| l.reason.clone()),
            accepted_version: status.accepted,
        })))
    }
}

/// Why an update is not served.
enum Failure {
    NeedsWhole,
    Held,
    /// It was taken once, and is no longer served: its lease ended, a guard or somebody took
    /// it back.
    TakenBack,
    Malformed(&'static str),
    Refused(Box<Refused>),
}

impl Failure {
    fn refusal<C: Catalog>(self, cell: &RouteCell<C>, now: Now) -> Option<Refusal> {
        let (code, message) = match self {
            Failure::NeedsWhole => return None,
            Failure::Refused(refused) => return Some(answer::refusal(&refused)),
            Failure::Held => ("held", "somebody holds this engine on its baseline by hand"),
            Failure::TakenBack => (
                Code::StaleVersion.as_str(),
                "this version was served here before, and was taken back",
            ),
            Failure::Malformed(why) => (Code::Malformed.as_str(), why),
        };
        let status = cell.status_at(now);
        Some(Refusal {
            message: message.to_owned(),
            violations: vec![Violation {
                code: code.to_owned(),
                message: message.to_owned(),
                ..Violation::default()
            }],
            violation_count: 1,
            serving_version: status.table.version(),
            accepted_version: status.accepted,
        })
    }
}

fn apply<C: Catalog>(update: &Update, cell: &RouteCell<C>, now: Now) -> Result<(), Failure> {
    let refused = |refused: Refused| Failure::Refused(Box::new(refused));
    if update.version == 0 {
        let saved = Saved {
            accepted: update.accepted_version,
            accepted_digest: Digest::default(),
            serving: None,
            published: Duration::ZERO,
        };
        return cell
            .adopt(&saved, &update.reason, now)
            .map(drop)
            .map_err(refused);
    }
    let digest: [u8; 16] = update
        .push_digest
        .as_slice()
        .try_into()
        .map_err(|_| Failure::Malformed("push_digest: 16 bytes"))?;
    let kept;
    let bytes: &[u8] = match &update.content {
        None => return Err(Failure::Malformed("content: missing")),
        Some(update::Content::Whole(whole)) => whole,
        Some(update::Content::Delta(delta)) => {
            kept = resolved(delta, &digest, cell, now).ok_or(Failure::NeedsWhole)?;
            &kept
        }
    };
    if Digest::of(bytes).0 != digest {
        return Err(Failure::Malformed(
            "the bytes do not have the digest that they should",
        ));
    }
    let taken: Result<Accepted<C>, Refused> = match update.decided {
        false => cell.publish_at(bytes, now),
        true => {
            let saved = Saved {
                accepted: update.accepted_version.max(update.version),
                accepted_digest: match update.accepted_version > update.version {
                    true => Digest::default(),
                    false => Digest(digest),
                },
                serving: Some(bytes),
                published: now
                    .wall
                    .saturating_sub(Duration::from_millis(update.age_ms)),
            };
            cell.adopt(&saved, &update.reason, now)
        }
    };
    let taken = taken.map_err(refused)?;
    // Nothing was to be done, which is not to say that it is served.
    let serving = || cell.status_at(now).serving().map(|kept| kept.push_digest.0);
    match taken.unchanged && serving() != Some(digest) {
        true => Err(Failure::TakenBack),
        false => Ok(()),
    }
}

/// The bytes that a delta makes of those that are kept.
fn resolved<C: Catalog>(
    delta: &routewright_schema::pb::Delta,
    digest: &[u8],
    cell: &RouteCell<C>,
    now: Now,
) -> Option<Vec<u8>> {
    let status = cell.status_at(now);
    let mut kept = status.kept.iter();
    let base = kept.find(|kept| kept.push_digest.0 == delta.base_digest.as_slice())?;
    delta::apply(&base.bytes, delta, cell.limits().push_bytes_max, digest)
}

fn serving<C: Catalog>(status: &Status<C>, held: bool) -> Serving {
    let digest = status.serving().map(|kept| kept.push_digest.0.to_vec());
    // Newest first, as they are kept.
    let tripped = status.kept.iter().filter(|kept| kept.tripped.is_some());
    let tripped = tripped.take(TRIPPED_MAX);
    Serving {
        version: status.table.version(),
        push_digest: digest.unwrap_or_default(),
        image_digest: status.table.raw().digest().0.to_vec(),
        held,
        quarantined: status.quarantined.iter().map(|d| d.0.to_vec()).collect(),
        tripped: tripped.map(|kept| kept.push_digest.0.to_vec()).collect(),
    }
}

/// Limits, as an engine says them.
pub fn told(limits: &Limits) -> EngineLimits {
    EngineLimits {
        push_bytes_max: limits.push_bytes_max as u64,
        routes_max: limits.routes_max as u64,
        route_consumers_max: limits.route_consumers_max as u64,
        string_bytes_max: limits.string_bytes_max as u64,
        cells_max: limits.cells_max as u64,
        image_bytes_max: limits.image_bytes_max as u64,
        generations_max: limits.generations_max as u64,
        removals_percent_max: limits.removals_percent_max as u64,
        removals_free: limits.removals_free as u64,
    }
}

fn said(message: Said) -> WatchRouteMapRequest {
    WatchRouteMapRequest {
        message: Some(message),
    }
}
