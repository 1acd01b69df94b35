//! Patterns: shapes, how specific they are, and which of them cannot stand together.
//!
//! A pattern is a key of the same index as the names, `*` and all. Its *shape* says
//! which segments are literal. An unknown name is answered by probing, most
//! specific shape first, for the key that it would have in that shape: one probe a
//! shape that fits, whatever the number of patterns.

use std::collections::HashMap;

use crate::limits::{NAME_BYTES_MAX, NAME_SEGMENTS_MAX};

/// Which segments of a pattern are literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    /// Bit `i`: segment `i` is literal.
    pub mask: u16,
    /// Segments, without a closing `**`.
    pub segments: u8,
    /// Whether `**` closes it.
    pub rest: bool,
}

impl Shape {
    pub fn of(pattern: &str) -> Shape {
        let mut shape = Shape {
            mask: 0,
            segments: 0,
            rest: false,
        };
        for segment in pattern.split('.').take(NAME_SEGMENTS_MAX) {
            match segment {
                "**" => shape.rest = true,
                "*" => shape.segments += 1,
                _ => {
                    shape.mask |= 1 << shape.segments;
                    shape.segments += 1;
                }
            }
        }
        shape
    }

    pub fn literals(self) -> u32 {
        self.mask.count_ones()
    }

    /// How specific it is; the least comes first, and only `rank` decides between
    /// two patterns of one class.
    pub fn class(self) -> (u32, bool) {
        (NAME_SEGMENTS_MAX as u32 - self.literals(), self.rest)
    }

    /// Order of the SHAPES section.
    pub fn order(self) -> (u32, bool, u8, u16) {
        (self.class().0, self.rest, self.segments, self.mask)
    }

    pub fn fits(self, segments: usize) -> bool {
        match self.rest {
            true => segments > self.segments as usize,
            false => segments == self.segments as usize,
        }
    }

    fn is_literal(self, at: usize) -> bool {
        at < self.segments as usize && self.mask >> at & 1 == 1
    }

    pub fn write(self) -> [u8; crate::layout::SHAPE_BYTES] {
        let [a, b] = self.mask.to_le_bytes();
        [
            a,
            b,
            self.segments,
            u8::from(self.rest),
            self.literals() as u8,
            0,
            0,
            0,
        ]
    }

    #[inline]
    pub fn read(bytes: &[u8; crate::layout::SHAPE_BYTES]) -> Shape {
        Shape {
            mask: u16::from_le_bytes([bytes[0], bytes[1]]),
            segments: bytes[2],
            rest: bytes[3] != 0,
        }
    }
}

/// A name cut into segments, if patterns can meet it at all: at most 128 bytes and
/// 16 segments, none of them empty, `*` or `**`.
pub(crate) struct Segments<'n> {
    name: &'n [u8],
    /// Where each segment ends.
    ends: [u8; NAME_SEGMENTS_MAX],
    pub count: usize,
}

impl<'n> Segments<'n> {
    pub fn of(name: &'n str) -> Option<Segments<'n>> {
        let name = name.as_bytes();
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return None;
        }
        let mut segments = Segments {
            name,
            ends: [0; NAME_SEGMENTS_MAX],
            count: 0,
        };
        let mut start = 0;
        for end in 0..=name.len() {
            if end < name.len() && name[end] != b'.' {
                continue;
            }
            if segments.count == NAME_SEGMENTS_MAX
                || matches!(&name[start..end], b"" | b"*" | b"**")
            {
                return None;
            }
            segments.ends[segments.count] = end as u8;
            segments.count += 1;
            start = end + 1;
        }
        Some(segments)
    }

    /// The key that this name has in that shape, which fits it.
    #[inline]
    pub fn key<'b>(&self, shape: Shape, buffer: &'b mut KeyBuffer) -> &'b [u8] {
        let mut length = 0;
        let mut start = 0;
        for at in 0..(shape.segments as usize).min(self.count) {
            if at > 0 {
                buffer[length] = b'.';
                length += 1;
            }
            let end = self.ends[at] as usize;
            if shape.is_literal(at) {
                buffer[length..length + end - start].copy_from_slice(&self.name[start..end]);
                length += end - start;
            } else {
                buffer[length] = b'*';
                length += 1;
            }
            start = end + 1;
        }
        if shape.rest {
            let tail: &[u8] = if length > 0 { b".**" } else { b"**" };
            buffer[length..length + tail.len()].copy_from_slice(tail);
            length += tail.len();
        }
        &buffer[..length]
    }
}

/// Room for a key: no longer than the name, but for `**` in place of one byte.
pub(crate) type KeyBuffer = [u8; NAME_BYTES_MAX + 4];

/// Two patterns that can meet the same name with nothing to decide between them.
pub(crate) struct Tie<'a> {
    pub first: &'a str,
    pub second: &'a str,
    pub witness: String,
}

/// Finds ties among patterns and their ranks, calling `found` until it says stop
/// (false). At most one tie is reported for a pattern and a shape.
///
/// Two patterns can meet one name if their lengths allow it and they agree on the
/// segments that are literal in both. So for each pair of shapes of one class the
/// patterns are joined on those segments: shapes x patterns steps in all.
pub(crate) fn ties<'a>(patterns: &[(&'a str, i32)], mut found: impl FnMut(Tie<'a>) -> bool) {
    let mut by_shape: HashMap<Shape, Vec<(&'a str, i32)>> = HashMap::new();
    for (name, rank) in patterns {
        by_shape
            .entry(Shape::of(name))
            .or_default()
            .push((name, *rank));
    }
    let mut shapes: Vec<Shape> = by_shape.keys().copied().collect();
    shapes.sort_unstable_by_key(|shape| shape.order());
    for (at, a) in shapes.iter().enumerate() {
        for b in &shapes[at + 1..] {
            let meet = a.class() == b.class() && (a.rest || a.segments == b.segments);
            if !meet {
                continue;
            }
            let common = a.mask & b.mask;
            let project = |name: &'a str| -> Vec<&'a str> {
                name.split('.')
                    .enumerate()
                    .filter(|(i, _)| common >> i & 1 == 1)
                    .map(|(_, s)| s)
                    .collect()
            };
            // Of several, the shortest: if no name is short enough for it, none is for the
            // others.
            let mut firsts: HashMap<(i32, Vec<&str>), &'a str> = HashMap::new();
            for (name, rank) in &by_shape[a] {
                let first = firsts.entry((*rank, project(name))).or_insert(name);
                if (name.len(), *name) < (first.len(), *first) {
                    *first = name;
                }
            }
            for (second, rank) in &by_shape[b] {
                let Some(first) = firsts.get(&(*rank, project(second))) else {
                    continue;
                };
                let witness = witness(first, *a, second, *b);
                // It is the shortest that both meet; a longer name meets no pattern.
                if witness.len() > NAME_BYTES_MAX {
                    continue;
                }
                if !found(Tie {
                    first,
                    second,
                    witness,
                }) {
                    return;
                }
            }
        }
    }
}

/// The shortest name that both meet.
fn witness(first: &str, a: Shape, second: &str, b: Shape) -> String {
    let length = a.segments.max(b.segments) as usize + usize::from(a.rest);
    let literal = |name: &'_ str, shape: Shape, at: usize| -> Option<String> {
        shape
            .is_literal(at)
            .then(|| name.split('.').nth(at).unwrap_or("x").to_owned())
    };
    let segment = |at| {
        literal(first, a, at)
            .or_else(|| literal(second, b, at))
            .unwrap_or("x".into())
    };
    (0..length).map(segment).collect::<Vec<_>>().join(".")
}

/// A segment that no name has, because it cannot be seen.
pub(crate) const FRESH: &str = "\u{1}";

/// For each length that a name may have, one that this pattern meets and that agrees
/// with no literal but its own. Whatever beats the pattern on all of them beats it
/// everywhere.
pub(crate) fn freshest(pattern: &str) -> impl Iterator<Item = String> + '_ {
    let shape = Shape::of(pattern);
    let least = shape.segments as usize + usize::from(shape.rest);
    let most = if shape.rest { NAME_SEGMENTS_MAX } else { least };
    (least..=most).filter_map(move |length| {
        let own = pattern.split('.').take(shape.segments as usize);
        let mut name = own
            .map(|s| if s == "*" { FRESH } else { s })
            .collect::<Vec<_>>();
        name.resize(length, FRESH);
        let name = name.join(".");
        (name.len() <= NAME_BYTES_MAX).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let rows = [
            ("player.7.left", "player.*.left", true),
            ("player.7.left", "player.**", true),
            ("player.7.left", "**", true),
            ("a", "*", true),
            ("a.b", "a.**", true),
            ("a", "a.**", false),
            ("a.b", "a", false),
        ];
        for (name, pattern, meets) in rows {
            let shape = Shape::of(pattern);
            let segments = Segments::of(name).unwrap();
            let mut buffer = [0; NAME_BYTES_MAX + 4];
            let met = shape.fits(segments.count)
                && segments.key(shape, &mut buffer) == pattern.as_bytes();
            assert_eq!(met, meets, "{name} {pattern}");
        }
    }

    #[test]
    fn names_that_no_pattern_meets() {
        let long = "x".repeat(129);
        let many = ["s"; 17].join(".");
        for name in ["", "a..b", ".a", "a.", "a.*", "**", "*.b", &long, &many] {
            assert!(Segments::of(name).is_none(), "{name:?}");
        }
        assert!(Segments::of(&"x".repeat(128)).is_some());
        assert!(Segments::of(&["s"; 16].join(".")).is_some());
    }

    #[test]
    fn ties_have_witnesses() {
        let left = format!("{}.*", "l".repeat(100));
        let right = format!("*.{}", "r".repeat(100));
        let meets = format!("short.{}", "r".repeat(100));
        type Row<'a> = (&'a [(&'a str, i32)], Option<&'a str>);
        let rows: &[Row<'_>] = &[
            (&[("a.*", 0), ("*.b", 0)], Some("a.b")),
            (&[("a.*", 0), ("*.b", 1)], None),
            (&[("a.*", 0), ("b.*", 0)], None),
            (&[("a.*", 0), ("*.b.*", 0)], None),
            (&[("a.**", 0), ("a.*", 0)], None),
            (&[("a.**", 0), ("*.b.**", 0)], Some("a.b.x")),
            (&[("a.**", 0), ("a.*.**", 0)], Some("a.x.x")),
            (&[("a.*.c.*", 0), ("*.b.c.*", 0)], Some("a.b.c.x")),
            (&[("a.*.c.*", 0), ("*.b.d.*", 0)], None),
            (&[("*", 0), ("**", 0)], None),
            // No name is that long; but a shorter pattern of the same shape does meet it.
            (&[(&left, 0), (&right, 0)], None),
            (&[(&left, 0), ("short.*", 0), (&right, 0)], Some(&meets)),
        ];
        for (patterns, witness) in rows {
            let mut got = None;
            ties(patterns, |tie| {
                got = Some(tie.witness);
                false
            });
            assert_eq!(got.as_deref(), *witness, "{patterns:?}");
        }
    }
}
