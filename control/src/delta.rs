//! A push told by another one: what an engine has already need not be sent again.
//!
//! A route map is a sequence of fields. A delta is a list of pieces: new bytes, then a
//! run of fields copied from the base. It says nothing about what fields mean, so it
//! holds for every message, and the digest of the whole says whether it was right.

use std::collections::HashMap;
use std::ops::Range;

use routewright::Digest;
use routewright_schema::pb;

/// Bytes of a piece beside its fresh bytes, at most: tags, lengths and positions.
const PIECE_BYTES: usize = 20;

/// `next` as a delta over `base`; `None` if the whole is hardly longer, or if these are
/// no messages.
pub fn between(base: &[u8], next: &[u8]) -> Option<pb::Delta> {
    let mut known: HashMap<&[u8], usize> = HashMap::new();
    for field in fields(base) {
        let field = field?;
        known.entry(&base[field.clone()]).or_insert(field.start);
    }
    // Fresh bytes, by where they are in `next`, and what is copied after them.
    let mut pieces: Vec<(Range<usize>, Range<usize>)> = vec![(0..0, 0..0)];
    let mut fresh = 0;
    for field in fields(next) {
        let at = field?;
        let field = &next[at.clone()];
        let (new, copied) = pieces.last_mut()?;
        let goes_on = copied.start < copied.end && base[copied.end..].starts_with(field);
        if goes_on {
            copied.end += field.len();
            continue;
        }
        match known.get(field) {
            Some(&from) if copied.start == copied.end => *copied = from..from + field.len(),
            Some(&from) => pieces.push((at.start..at.start, from..from + field.len())),
            None if copied.start == copied.end => new.end = at.end,
            None => pieces.push((at.clone(), 0..0)),
        }
        if !known.contains_key(field) {
            fresh += field.len();
        }
    }
    if fresh + pieces.len() * PIECE_BYTES >= next.len() / 2 {
        return None;
    }
    let pieces = pieces.into_iter().map(|(new, copied)| {
        Some(pb::Piece {
            fresh: next[new].to_vec().into(),
            at: u32::try_from(copied.start).ok()?,
            length: u32::try_from(copied.len()).ok()?,
        })
    });
    Some(pb::Delta {
        base_digest: Digest::of(base).0.to_vec(),
        pieces: pieces.collect::<Option<_>>()?,
    })
}

/// What a delta makes of `base`; `None` if it is over other bytes, reaches beyond them,
/// or makes more than `max` or anything but `digest`.
pub fn apply(base: &[u8], delta: &pb::Delta, max: usize, digest: &[u8]) -> Option<Vec<u8>> {
    if delta.base_digest != Digest::of(base).0 {
        return None;
    }
    let mut whole = Vec::new();
    for piece in &delta.pieces {
        let start = piece.at as usize;
        let copied = base.get(start..start.checked_add(piece.length as usize)?)?;
        if whole.len() + piece.fresh.len() + copied.len() > max {
            return None;
        }
        whole.extend_from_slice(&piece.fresh);
        whole.extend_from_slice(copied);
    }
    (Digest::of(&whole).0 == digest).then_some(whole)
}

/// Where the fields of a message are, tags included; ends with `None` where it is none.
fn fields(message: &[u8]) -> impl Iterator<Item = Option<Range<usize>>> {
    let mut at = 0;
    let mut broken = false;
    std::iter::from_fn(move || {
        if broken || at == message.len() {
            return None;
        }
        let end = field_end(message, at);
        broken = end.is_none();
        let field = end.map(|end| at..end);
        at = end.unwrap_or(at);
        Some(field)
    })
}

fn field_end(message: &[u8], at: usize) -> Option<usize> {
    let (tag, at) = varint(message, at)?;
    let end = match tag & 7 {
        0 => varint(message, at)?.1,
        1 => at.checked_add(8)?,
        2 => {
            let (length, at) = varint(message, at)?;
            at.checked_add(usize::try_from(length).ok()?)?
        }
        5 => at.checked_add(4)?,
        // Groups; nobody writes them.
        _ => return None,
    };
    (end <= message.len()).then_some(end)
}

fn varint(message: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (index, byte) in message.get(at..)?.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * index as u32)?;
        if byte & 0x80 == 0 {
            return Some((value, at + index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Length-delimited fields of one number, with these contents.
    fn message(contents: &[Vec<u8>]) -> Vec<u8> {
        let mut message = Vec::new();
        for content in contents {
            message.push(0x0a);
            message.push(u8::try_from(content.len()).unwrap());
            message.extend_from_slice(content);
        }
        message
    }

    fn contents() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let content = prop::collection::vec(0u8..4, 0..40);
        prop::collection::vec(content, 0..60)
    }

    proptest! {
        #[test]
        fn a_delta_makes_what_it_was_made_of(
            base in contents(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), contents()), 0..4),
        ) {
            let mut next = base.clone();
            for (at, more) in edits {
                let at = at.index(next.len() + 1);
                let gone = at..(at + 1).min(next.len());
                next.splice(gone, more.into_iter().take(2));
            }
            let (base, next) = (message(&base), message(&next));
            if let Some(delta) = between(&base, &next) {
                let digest = Digest::of(&next).0;
                let max = next.len();
                prop_assert_eq!(apply(&base, &delta, max, &digest), Some(next));
                prop_assert_eq!(apply(&base, &delta, max - 1, &digest), None);
                prop_assert_eq!(apply(&base[1..], &delta, max, &digest), None);
            }
        }

        #[test]
        fn no_bytes_panic(base: Vec<u8>, next: Vec<u8>, at: u32, length: u32) {
            let _none_or_some = between(&base, &next);
            let delta = pb::Delta {
                base_digest: Digest::of(&base).0.to_vec(),
                pieces: vec![pb::Piece { fresh: next.into(), at, length }],
            };
            let _none = apply(&base, &delta, 1 << 20, &[0; 16]);
        }
    }

    #[test]
    fn one_field_of_a_thousand_is_told_alone() {
        let mut contents: Vec<Vec<u8>> = (0..1_000)
            .map(|n| format!("route number {n}").into_bytes())
            .collect();
        let base = message(&contents);
        contents[500] = b"another route".to_vec();
        let next = message(&contents);
        let delta = between(&base, &next).unwrap();
        assert_eq!(delta.pieces.len(), 2, "{delta:?}");
        assert_eq!(delta.pieces[1].fresh, b"\x0a\x0danother route".as_slice());
        let digest = Digest::of(&next).0;
        assert_eq!(apply(&base, &delta, 1 << 20, &digest), Some(next));
    }
}
