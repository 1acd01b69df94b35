//! Any bytes, read as a file that an engine left on disk: they are no such file, or are
//! written again as the same bytes; and an engine that starts with them serves what they
//! mean, or its baseline.

use std::sync::Arc;
use std::time::Duration;

use routewright::limits::VERSION_JUMP_MAX;
use routewright::{Digest, Saved};
use routewright_control::store::State;
use routewright_control::store::file::{Cause, FORMAT, MAGIC, Serving, Standing, Trial};
use routewright_schema::pb;

use prost::Message;

use super::tape::Tape;
use super::{Peak, physics, publish, recipe};
use crate::fixture;
use crate::pushes::{at, cell};

/// Takes any bytes, as a file or as a recipe for one, and starts an engine with it.
pub fn stored(input: &[u8], peak: Peak) {
    let file = file(input);
    let mut read = None;
    let held = peak(&mut || read = Some(State::decode(&file)));
    let bound = 8 * file.len() as u64 + (64 << 10);
    assert!(held <= bound, "{held} bytes of heap for {}", file.len());
    if let Some(Ok(state)) = read {
        let again = state.encode().expect("what was read can be written");
        assert!(again == file, "what was read is written with other bytes");
        start(&state);
    }
}

/// Starts a fresh engine with what a file says.
fn start(state: &State) {
    let cell = cell();
    let now = at(0);
    let serving = state.serving.as_ref();
    let saved = Saved {
        accepted: state.accepted,
        accepted_digest: state.accepted_digest,
        serving: serving.map(|serving| &serving.push[..]),
        published: serving.map_or(Duration::ZERO, |serving| serving.published),
    };
    let answer = cell.restore(&saved, now);
    let status = cell.status_at(now);
    assert_eq!(status.accepted, state.accepted);
    assert_eq!(status.accepted_digest, state.accepted_digest);
    let served = status.table.raw();
    match (answer, saved.serving) {
        (Ok(accepted), Some(push)) => {
            let map = pb::RouteMap::decode(push).expect("every reader of protobuf takes it");
            assert!(map.version <= state.accepted);
            assert_eq!(status.table.version(), map.version);
            assert_eq!(served.digest(), accepted.after.raw().digest());
            let meant = publish::means(&cell, push, &map, &accepted);
            physics::values(&meant);
            let kept = cell.saved();
            assert_eq!(kept.serving.as_deref().map(|kept| &kept[..]), Some(push));
            assert_eq!(kept.published, saved.published);
        }
        (Ok(_), None) | (Err(_), _) => {
            assert_eq!(status.table.version(), 0);
            assert_eq!(served.digest(), fixture::TABLE.raw().digest());
        }
    }
}

/// The file that the input of a fuzzer stands for. The first byte says how it is helped.
fn file(input: &[u8]) -> Vec<u8> {
    let Some((how, rest)) = input.split_first() else {
        return Vec::new();
    };
    match how % 4 {
        0 => rest.to_vec(),
        1 => sealed(rest.to_vec()),
        _ => written(&mut Tape::of(rest)),
    }
}

/// What stands before the first number: magic, format, bytes of the header and of all.
const LENGTH_AT: usize = 16;
const NUMBERS_AT: usize = 24;
const DIGEST_BYTES: usize = 16;

/// Writes magic, format, length and digest as they must be, so that what stands between
/// them is looked at.
fn sealed(mut file: Vec<u8>) -> Vec<u8> {
    const HEADER_BYTES: u32 = 176;
    let Some(end) = file.len().checked_sub(DIGEST_BYTES) else {
        return file;
    };
    if end >= NUMBERS_AT {
        let length = file.len() as u64;
        file[..8].copy_from_slice(&MAGIC);
        file[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        file[12..LENGTH_AT].copy_from_slice(&HEADER_BYTES.to_le_bytes());
        file[LENGTH_AT..NUMBERS_AT].copy_from_slice(&length.to_le_bytes());
    }
    let digest = Digest::of(&file[..end]);
    file[end..].copy_from_slice(&digest.0);
    file
}

/// A file as a store writes it, and then seldom with a byte that is wrong.
fn written(tape: &mut Tape<'_>) -> Vec<u8> {
    let edits = tape.below(8).saturating_sub(5);
    let places: Vec<(usize, u8)> = (0..edits)
        .map(|_| (tape.number_of(2) as usize, tape.byte()))
        .collect();
    let state = state(tape);
    let Ok(mut file) = state.encode() else {
        return Vec::new();
    };
    for (place, value) in places {
        let place = place % file.len();
        file[place] = value;
    }
    sealed(file)
}

fn state(tape: &mut Tape<'_>) -> State {
    let accepted = tape.pick(&[1, 0, 7, VERSION_JUMP_MAX, u64::MAX]);
    let version = tape.pick(&[1, 0, 2, 7, accepted]);
    let trial = Trial {
        closed: tape.below(2) == 0,
        nanos: tape.pick(&[0, 1, u64::MAX]),
        lookups: tape.pick(&[0, 1, u64::MAX]),
    };
    let standing = match tape.below(2) {
        0 => Standing::Good,
        _ => Standing::Trial(trial),
    };
    let fixture = fixture::TABLE.raw();
    let digest = |tape: &mut Tape<'_>| Digest(std::array::from_fn(|_| tape.byte()));
    let published = Duration::from_secs(tape.pick(&[1_000_000, 999_000, 0, 2_000_000]));
    let causes = [Cause::Publish, Cause::Rollback, Cause::Crash, Cause::Other];
    let (cause, reason) = (tape.pick(&causes), tape.pick(&["because", "", "\u{e9}"]));
    let quarantined = (0..tape.below(3)).map(|_| digest(tape)).collect();
    let baseline = match tape.below(4) {
        3 => digest(tape),
        _ => fixture.digest(),
    };
    let push = recipe::push(tape, version);
    State {
        sequence: 1,
        accepted,
        accepted_digest: Digest::of(&push),
        baseline,
        fingerprint: fixture.fingerprint(),
        serving: (version != 0).then(|| Serving {
            version,
            image: Digest::of(&push),
            published,
            push: Arc::new(push),
        }),
        standing,
        cause,
        reason: reason.to_owned(),
        quarantined,
    }
}
