//! Any bytes, as two pushes and as a delta over one: what is told by a delta comes out as it
//! went in, and what makes no sense makes nothing.

use prost::Message;
use routewright::Digest;
use routewright_control::delta::{apply, between};
use routewright_schema::pb;

use super::tape::Tape;
use super::{Peak, recipe};

/// Takes bytes as a base, and as what is to be told by it: two raw messages, two pushes
/// alike, or a delta.
pub fn delta(input: &[u8], peak: Peak) {
    let mut tape = Tape::of(input);
    match tape.below(4) {
        0 => {
            let length = tape.number_of(2) as usize;
            let base = tape.take(length);
            told(base, tape.rest(), peak);
        }
        1 => {
            let base = recipe::push(&mut tape, 1);
            let next = edited(&base, &mut tape);
            told(&base, &next, peak);
        }
        2 => {
            let base = recipe::push(&mut tape, 1);
            let next = recipe::push(&mut tape, 2);
            told(&base, &next, peak);
        }
        _ => {
            let length = tape.below(256);
            let base = tape.take(length);
            let right = tape.below(2) == 0;
            let Ok(mut delta) = pb::Delta::decode(tape.rest()) else {
                return;
            };
            if right {
                delta.base_digest = Digest::of(base).0.to_vec();
            }
            applied(base, &delta, peak);
        }
    }
}

/// A push like that one: bytes taken out, put in, or said twice.
fn edited(base: &[u8], tape: &mut Tape<'_>) -> Vec<u8> {
    let mut next = base.to_vec();
    for _ in 0..=tape.below(4) {
        let at = tape.number_of(2) as usize % (next.len() + 1);
        let until = (at + tape.below(32)).min(next.len());
        let count = tape.below(32);
        let put = match tape.below(2) {
            0 => tape.take(count).to_vec(),
            _ => next[at..until].repeat(2),
        };
        next.splice(at..until, put);
    }
    next
}

/// What is told comes out again, and is shorter than what it stands for.
fn told(base: &[u8], next: &[u8], peak: Peak) {
    let mut made = None;
    let held = peak(&mut || made = between(base, next));
    // A place of a field for each two bytes at least, and rooms that double.
    let bound = 64 * (base.len() + next.len()) as u64 + (16 << 10);
    assert!(held <= bound, "{held} bytes of heap, {bound} are allowed");
    let Some(delta) = made else { return };
    let digest = Digest::of(next).0;
    assert!(delta.encoded_len() < next.len() + 64, "longer than whole");
    let whole = apply(base, &delta, next.len(), &digest);
    assert!(whole.as_deref() == Some(next), "another push came out");
    if let Some(less) = next.len().checked_sub(1) {
        assert_eq!(apply(base, &delta, less, &digest), None, "over the bound");
    }
    let other = [next, b"x"].concat();
    let wrong = Digest::of(&other).0;
    assert_eq!(apply(base, &delta, usize::MAX, &wrong), None);
    applied(base, &delta, peak);
}

/// Whatever a delta says, it makes no more than it may.
fn applied(base: &[u8], delta: &pb::Delta, peak: Peak) {
    const MAX: usize = 1 << 10;
    // What it means, piece by piece.
    let meant = (delta.base_digest == Digest::of(base).0).then(|| {
        let piece = |piece: &pb::Piece| {
            let from = piece.at as usize;
            let copied = base.get(from..from + piece.length as usize)?;
            Some([&piece.fresh[..], copied].concat())
        };
        delta.pieces.iter().map(piece).collect::<Option<Vec<_>>>()
    });
    let meant = meant.flatten().map(|pieces| pieces.concat());
    let digest = Digest::of(meant.as_deref().unwrap_or_default()).0;
    let mut made = None;
    let held = peak(&mut || made = apply(base, delta, MAX, &digest));
    // Room that doubles, and the one that it came out of.
    assert!(held <= 3 * MAX as u64, "{held} bytes of heap for {MAX}");
    assert_eq!(made, meant.filter(|meant| meant.len() <= MAX));
}
