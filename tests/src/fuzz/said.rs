//! Messages of an engine and of a control plane, out of bytes: as they come, or mostly right,
//! with values that matter to whoever reads them.

use prost::Message;
use routewright::Digest;
use routewright::limits::VERSION_JUMP_MAX;
use routewright_control::delta;
use routewright_schema::pb::update::Content;
use routewright_schema::pb::watch_route_map_request::Message as Said;
use routewright_schema::pb::watch_route_map_response::Message as Told;
use routewright_schema::pb::{
    Ack, Baseline, BaselineWanted, EngineLimits, Hello, Label, Nack, NotModified, Refusal, Report,
    Serving, Update, WatchRouteMapRequest, WatchRouteMapResponse,
};

use super::open::images;
use super::recipe;
use super::tape::Tape;

/// What a liar needs to know to be believed.
pub(super) struct Known {
    /// Every push that was taken: its version and its bytes.
    pub pushes: Vec<(u64, Vec<u8>)>,
    /// What was told last on this stream.
    pub told: Option<(u64, u64, Vec<u8>)>,
    /// What all are to serve.
    pub settled: (u64, Vec<u8>),
}

/// Names of engines: two that others have as well, and what is no name.
const NAMES: [&str; 6] = ["liar", "other-liar", "honest-0", "honest-1", "", "a\x1b[2J"];

/// The bytes of a message, as they come.
pub(super) fn raw(tape: &mut Tape<'_>) -> Option<Said> {
    let length = tape.below(64);
    WatchRouteMapRequest::decode(tape.take(length))
        .ok()?
        .message
}

pub(super) fn hello(tape: &mut Tape<'_>, known: &Known) -> Hello {
    let name = tape.pick(&NAMES).to_owned();
    let image = tape.below(images().len());
    let baseline = match tape.below(8) {
        7 => tape.take(16).to_vec(),
        _ => Digest::of(&images()[image]).0.to_vec(),
    };
    let labels = match tape.seldom(8) {
        true => tape.below(40),
        false => 0,
    };
    let label = Label {
        name: "zone".to_owned(),
        value: "x".repeat(labels * 4),
    };
    Hello {
        name,
        labels: vec![label; labels],
        serving: serving(tape, known),
        accepted_version: version(tape, known),
        catalog: tape.number_of(1),
        baseline_digest: baseline,
        limits: limits(tape),
    }
}

/// What it says once it is known.
pub(super) fn later(tape: &mut Tape<'_>, known: &Known) -> Said {
    match tape.below(4) {
        0 => Said::Ack(Ack {
            revision: revision(tape, known),
            serving: serving(tape, known),
            apply_ns: tape.number_of(1),
        }),
        1 => Said::Nack(Nack {
            revision: revision(tape, known),
            refusal: (tape.below(2) == 0).then(|| Refusal {
                message: words(tape),
                ..Refusal::default()
            }),
            needs_whole: tape.below(2) == 0,
            serving: serving(tape, known),
        }),
        2 => Said::Report(Report {
            serving: serving(tape, known),
            before: version(tape, known),
            cause: tape.pick(&["guard", "expiry", "rollback", ""]).to_owned(),
            reason: words(tape),
            accepted_version: version(tape, known),
        }),
        _ => {
            let image = tape.below(images().len() + 1);
            let image = images().get(image);
            let length = tape.below(256);
            let bytes = || tape.take(length).to_vec();
            Said::Baseline(Baseline {
                image: image.cloned().unwrap_or_else(bytes),
            })
        }
    }
}

fn revision(tape: &mut Tape<'_>, known: &Known) -> u64 {
    let told = known.told.as_ref().map_or(0, |told| told.0);
    match tape.below(8) {
        5 => 0,
        6 => u64::MAX,
        7 => told.saturating_add(tape.number_of(1)),
        _ => told,
    }
}

pub(super) fn version(tape: &mut Tape<'_>, known: &Known) -> u64 {
    let newest = known.pushes.last().map_or(0, |push| push.0);
    match tape.below(8) {
        0 => 0,
        1 => u64::MAX,
        2 => newest.saturating_add(VERSION_JUMP_MAX),
        3 => tape.number_of(1),
        4 => known.settled.0,
        _ => newest,
    }
}

fn serving(tape: &mut Tape<'_>, known: &Known) -> Option<Serving> {
    let at = usize::from(tape.byte());
    let (version, push_digest) = match at % 8 {
        0 => return None,
        1 => (0, Vec::new()),
        2 | 3 => known.settled.clone(),
        4 | 5 => {
            let told = known.told.as_ref();
            told.map_or((0, Vec::new()), |told| (told.1, told.2.clone()))
        }
        6 => match known.pushes.get(at / 8) {
            Some((version, bytes)) => (*version, Digest::of(bytes).0.to_vec()),
            None => (1, vec![7; 16]),
        },
        _ => (version(tape, known), tape.take(16).to_vec()),
    };
    let how = tape.byte();
    let quarantined = if how % 16 == 15 { tape.below(80) } else { 0 };
    Some(Serving {
        version,
        push_digest,
        image_digest: vec![how; if how % 32 == 31 { 15 } else { 16 }],
        held: how % 8 == 7,
        quarantined: vec![vec![how; 16]; quarantined],
        tripped: match (how % 32, &known.told) {
            (5, Some(told)) => vec![told.2.clone()],
            (6, _) => vec![known.settled.1.clone()],
            (7, _) => vec![vec![how; 16]; tape.below(80)],
            _ => Vec::new(),
        },
    })
}

fn limits(tape: &mut Tape<'_>) -> Option<EngineLimits> {
    if tape.below(4) != 3 {
        return None;
    }
    let mut one = || match tape.below(4) {
        0 => 0,
        1 => 1,
        2 => u64::MAX,
        _ => tape.number_of(2),
    };
    Some(EngineLimits {
        push_bytes_max: one(),
        routes_max: one(),
        route_consumers_max: one(),
        string_bytes_max: one(),
        cells_max: one(),
        image_bytes_max: one(),
        generations_max: one(),
        removals_percent_max: one(),
        removals_free: one(),
    })
}

/// Now and then more of them than anybody keeps.
fn words(tape: &mut Tape<'_>) -> String {
    let words = tape.pick(&["", "because", "\x1b[2J", "\u{e9}\u{1F600}"]);
    words.repeat(1 << tape.below(12))
}

/// What a control plane may say, of pushes that it has; as bytes, if they are no message
/// `None`.
pub(super) fn told(
    tape: &mut Tape<'_>,
    known: &Known,
    revision: u64,
) -> Option<WatchRouteMapResponse> {
    let revision = match tape.below(8) {
        6 => tape.number_of(1),
        7 => u64::MAX,
        _ => revision,
    };
    let message = match tape.below(8) {
        0 => {
            let length = tape.below(128);
            return WatchRouteMapResponse::decode(tape.take(length)).ok();
        }
        1 => Told::NotModified(NotModified {}),
        2 => Told::BaselineWanted(BaselineWanted {}),
        _ => Told::Update(update(tape, known)),
    };
    Some(WatchRouteMapResponse {
        revision,
        message: Some(message),
    })
}

fn update(tape: &mut Tape<'_>, known: &Known) -> Update {
    let newest = known.pushes.last().map_or(0, |push| push.0);
    let version = match tape.below(8) {
        0 => 0,
        1 => version(tape, known),
        step => newest.saturating_add(step as u64 / 4),
    };
    let old = known.pushes.get(tape.below(8));
    let whole = match (tape.below(4), old) {
        (3, Some((_, old))) => old.clone(),
        _ => recipe::push(tape, version),
    };
    let digest = match tape.below(8) {
        7 => tape.take(17).to_vec(),
        _ => Digest::of(&whole).0.to_vec(),
    };
    let base = known.pushes.get(tape.below(8)).or(known.pushes.last());
    let delta = base.and_then(|(_, base)| delta::between(base, &whole));
    let content = match (tape.below(8), delta) {
        (7, _) => None,
        (6, Some(mut delta)) => {
            // One piece from elsewhere.
            if let Some(piece) = delta.pieces.first_mut() {
                piece.at = piece.at.wrapping_add(tape.number_of(4) as u32);
                piece.length = piece.length.wrapping_add(tape.number_of(1) as u32);
            }
            Some(Content::Delta(delta))
        }
        (3..6, Some(delta)) => Some(Content::Delta(delta)),
        _ => Some(Content::Whole(whole.into())),
    };
    Update {
        version,
        accepted_version: self::version(tape, known),
        push_digest: digest,
        content,
        decided: tape.below(2) == 0,
        age_ms: tape.pick(&[0, 1, 60_000, u64::MAX]),
        reason: words(tape),
    }
}
