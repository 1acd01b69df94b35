//! An engine, as its control plane knows it.

use std::time::Duration;

use routewright::Limits;
use routewright_schema::pb::{EngineLimits, EngineState, Hello, Label, Serving};

use crate::fit::millis;
use crate::follow::TRIPPED_MAX;

/// A stream of an engine; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u64);

/// Bytes of an engine's name.
const NAME_BYTES_MAX: usize = 128;
/// Labels of an engine, and bytes of each half of one.
const LABELS_MAX: usize = 32;
const LABEL_BYTES_MAX: usize = 128;
/// Limits of an engine, by the usual ones.
const LIMIT_FACTOR_MAX: usize = 64;
/// Quarantined images that are listened to.
const QUARANTINED_MAX: usize = 64;

/// What an engine said, and what it was told.
#[derive(Clone, Debug)]
pub struct Member {
    pub labels: Vec<Label>,
    pub limits: Limits,
    pub catalog: u64,
    pub baseline: [u8; 16],
    pub serving: Serving,
    pub accepted: u64,
    /// It was asked for its baseline, and has not sent it.
    pub asked: bool,
    /// Its open stream.
    pub stream: Option<StreamId>,
    /// When that was opened or closed, on the monotonic clock.
    pub since: Duration,
    /// The revision that it was last told on this stream.
    pub told: u64,
    /// The revision that it was told whole, because it could not use a delta.
    pub whole: u64,
    /// The revision that it answered last, or that somebody at hand overruled.
    pub answered: u64,
    /// It owed an answer for too long, and still does.
    pub lagging: bool,
    /// Why it does not serve what it was told; empty: it does, or it was not told.
    pub refused: String,
    /// The last thing worth knowing, in words.
    pub note: String,
    /// When it was last heard, on the wall clock.
    pub heard: Duration,
}

impl Member {
    /// A new member; or why its Hello makes no sense.
    pub fn greet(hello: &Hello) -> Result<Member, String> {
        name(&hello.name)?;
        let fits = |text: &str| text.len() <= LABEL_BYTES_MAX;
        let labels = &hello.labels;
        if labels.len() > LABELS_MAX || !labels.iter().all(|l| fits(&l.name) && fits(&l.value)) {
            return Err(format!(
                "labels: at most {LABELS_MAX} of {LABEL_BYTES_MAX} bytes each"
            ));
        }
        let baseline = hello.baseline_digest.as_slice();
        let baseline = baseline.try_into();
        Ok(Member {
            labels: labels.clone(),
            limits: limits(hello.limits.unwrap_or_default()),
            catalog: hello.catalog,
            baseline: baseline.map_err(|_| "baseline_digest: 16 bytes".to_owned())?,
            serving: serving(hello.serving.clone())?,
            accepted: hello.accepted_version,
            asked: false,
            stream: None,
            since: Duration::ZERO,
            told: 0,
            whole: 0,
            answered: 0,
            lagging: false,
            refused: String::new(),
            note: String::new(),
            heard: Duration::ZERO,
        })
    }

    /// Whether it can be told anything now.
    pub fn reachable(&self) -> bool {
        self.stream.is_some() && !self.serving.held
    }

    /// Whether it serves these bytes; none: the baseline.
    pub fn serves(&self, push_digest: &[u8]) -> bool {
        self.serving.push_digest == push_digest
    }

    /// Whether it does, and nothing is on its way to it that would change that.
    pub fn rests_on(&self, push_digest: &[u8]) -> bool {
        self.is_at_rest() && self.serves(push_digest)
    }

    /// Whether it has answered all that it was told.
    pub fn is_at_rest(&self) -> bool {
        self.told <= self.answered
    }

    pub fn state(&self, name: &str, in_step: bool) -> EngineState {
        EngineState {
            name: name.to_owned(),
            labels: self.labels.clone(),
            connected: self.stream.is_some(),
            serving: Some(self.serving.clone()),
            accepted_version: self.accepted,
            catalog: self.catalog,
            baseline_digest: self.baseline.to_vec(),
            revision: self.answered,
            in_step,
            note: match (self.refused.as_str(), self.note.as_str()) {
                (refused, "") => refused.to_owned(),
                ("", note) => note.to_owned(),
                (refused, note) => format!("{refused}; {note}"),
            },
            heard_ms: millis(self.heard),
        }
    }
}

/// What an engine says that it serves, if that makes sense.
pub fn serving(said: Option<Serving>) -> Result<Serving, String> {
    let said = said.ok_or("serving: missing")?;
    let digest = |bytes: &[u8]| bytes.len() == 16;
    match said.version {
        0 if !said.push_digest.is_empty() => Err("serving: the baseline was never pushed")?,
        0 => {}
        _ if !digest(&said.push_digest) => Err("serving.push_digest: 16 bytes")?,
        _ => {}
    }
    let mut others = said.quarantined.iter().chain(&said.tripped);
    if !digest(&said.image_digest) || !others.all(|other| digest(other)) {
        return Err("serving: digests are 16 bytes".to_owned());
    }
    if said.quarantined.len() > QUARANTINED_MAX {
        return Err(format!(
            "serving.quarantined: at most {QUARANTINED_MAX} digests"
        ));
    }
    if said.tripped.len() > TRIPPED_MAX {
        return Err(format!("serving.tripped: at most {TRIPPED_MAX} digests"));
    }
    Ok(said)
}

fn name(name: &str) -> Result<(), String> {
    let ok = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    let starts = name
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphanumeric());
    match starts && name.len() <= NAME_BYTES_MAX && name.bytes().all(ok) {
        true => Ok(()),
        false => Err(format!(
            "name: letters, digits and `._:-`, a letter or digit first, at most {NAME_BYTES_MAX} bytes"
        )),
    }
}

/// Limits as the runtime has them. One that an engine does not name is ours.
fn limits(said: EngineLimits) -> Limits {
    let mut limits = Limits::DEFAULT;
    // What nobody can mean is not believed: cells are made with these.
    let set = |limit: &mut usize, said: u64| {
        if said > 0 {
            let most = limit.saturating_mul(LIMIT_FACTOR_MAX);
            *limit = usize::try_from(said).map_or(most, |said| said.min(most));
        }
    };
    set(&mut limits.push_bytes_max, said.push_bytes_max);
    set(&mut limits.routes_max, said.routes_max);
    set(&mut limits.route_consumers_max, said.route_consumers_max);
    set(&mut limits.string_bytes_max, said.string_bytes_max);
    set(&mut limits.cells_max, said.cells_max);
    set(&mut limits.image_bytes_max, said.image_bytes_max);
    set(&mut limits.generations_max, said.generations_max);
    // These may be nothing at all.
    if said != EngineLimits::default() {
        limits.removals_percent_max = usize::try_from(said.removals_percent_max).unwrap_or(100);
        limits.removals_free = usize::try_from(said.removals_free).unwrap_or(usize::MAX);
    }
    limits
}
