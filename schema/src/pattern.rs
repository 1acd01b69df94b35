//! Patterns as sets of names: which names two of them share, and which patterns take all
//! that another one takes.
//!
//! `*` is one segment and a closing `**` one or more, so what two patterns share is again
//! one pattern, or nothing.

use std::collections::{BTreeSet, HashMap};

use routewright::limits::NAME_SEGMENTS_MAX;
use routewright::name::is_pattern;

const ONE: &str = "*";
const REST: &str = "**";

/// The pattern that meets just what both meet.
pub fn shared(a: &str, b: &str) -> Option<String> {
    let (mut left, mut right) = (a.split('.').peekable(), b.split('.').peekable());
    let mut segments = Vec::new();
    loop {
        let segment = match (left.peek().copied(), right.peek().copied()) {
            (None, None) => return Some(segments.join(".")),
            (None, _) | (_, None) => return None,
            (Some(REST), Some(_)) => {
                segments.extend(right);
                return Some(segments.join("."));
            }
            (Some(_), Some(REST)) => {
                segments.extend(left);
                return Some(segments.join("."));
            }
            (Some(ONE), Some(other)) | (Some(other), Some(ONE)) => other,
            (Some(a), Some(b)) if a == b => a,
            _ => return None,
        };
        segments.push(segment);
        left.next();
        right.next();
    }
}

/// Patterns overlap in more ways than were allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// How many patterns there were.
    pub patterns: usize,
}

/// Pairs of patterns that are looked at.
const PAIRS_MAX: usize = 20_000_000;

/// Adds to some names and patterns all that some of them share, at most `most`. Each set of
/// patterns that one name can meet then has a pattern (or name) of its own: what they share.
///
/// # Errors
/// There would be more, or there are too many patterns to compare.
pub fn close(names: &mut BTreeSet<String>, most: usize) -> Result<(), TooMany> {
    let patterns: Vec<String> = names.iter().filter(|n| is_pattern(n)).cloned().collect();
    // Patterns with different first words share nothing.
    let first = |pattern: &str| match pattern.split('.').next() {
        Some(ONE | REST) | None => String::new(),
        Some(word) => word.to_owned(),
    };
    let mut by_first: HashMap<String, Vec<&String>> = HashMap::new();
    for pattern in &patterns {
        by_first.entry(first(pattern)).or_default().push(pattern);
    }
    let mut open = patterns.clone();
    let (mut pairs, mut found) = (0, 0);
    while let Some(pattern) = open.pop() {
        let word = first(&pattern);
        let rivals: Vec<&String> = match word.as_str() {
            "" => patterns.iter().collect(),
            word => ["", word]
                .iter()
                .filter_map(|word| by_first.get(*word))
                .flatten()
                .copied()
                .collect(),
        };
        pairs += rivals.len();
        for rival in rivals {
            let Some(both) = shared(&pattern, rival).filter(|both| !names.contains(both)) else {
                continue;
            };
            found += 1;
            names.insert(both.clone());
            if is_pattern(&both) {
                open.push(both);
            }
        }
        if pairs > PAIRS_MAX || found > most {
            return Err(TooMany {
                patterns: patterns.len(),
            });
        }
    }
    Ok(())
}

/// For each length that a name may have, the pattern of just the names of that length which
/// `pattern` meets: a closing `**` is written as one `*`, two, ..
pub fn by_length(pattern: &str) -> impl Iterator<Item = String> + '_ {
    let head = pattern.strip_suffix(REST);
    let segments = pattern.split('.').count();
    let most = if head.is_some() {
        NAME_SEGMENTS_MAX
    } else {
        segments
    };
    (segments..=most).map(move |length| match head {
        Some(head) => format!("{head}{}", vec![ONE; length + 1 - segments].join(".")),
        None => pattern.to_owned(),
    })
}

/// How specific a pattern is among others, as the precedence of the language has it: the
/// greatest answers. Between patterns of one class only their `rank` decides.
pub fn class(pattern: &str) -> (usize, bool) {
    let literals = pattern.split('.').filter(|s| ![ONE, REST].contains(s));
    (literals.count(), !pattern.ends_with(REST))
}

/// Which segments of a pattern are literal, how many there are, and whether `**` closes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape {
    /// Segments, without a closing `**`.
    pub segments: usize,
    /// Whether `**` closes it.
    pub rest: bool,
    /// Whether that segment is literal.
    pub literal: Vec<bool>,
}

impl Shape {
    /// The shape of a pattern.
    pub fn of(pattern: &str) -> Shape {
        let segments = || pattern.split('.').filter(|s| *s != REST);
        Shape {
            segments: segments().count(),
            rest: pattern.ends_with(REST),
            literal: segments().map(|s| s != ONE).collect(),
        }
    }

    /// The one pattern of this shape that takes all that `pattern` takes, if there is one.
    fn above(&self, pattern: &str) -> Option<String> {
        let mut segments = pattern.split('.');
        let mut above = Vec::with_capacity(self.segments + 1);
        for literal in &self.literal {
            above.push(match (segments.next()?, literal) {
                (REST, _) | (ONE, true) => return None,
                (segment, true) => segment,
                (_, false) => ONE,
            });
        }
        let further = segments.next().is_some();
        if further != self.rest {
            return None;
        }
        if self.rest {
            above.push(REST);
        }
        Some(above.join("."))
    }
}

/// Things found by the patterns that take all that another pattern takes: one look a shape,
/// whatever the number of patterns.
#[derive(Debug)]
pub struct Above<T> {
    shapes: Vec<Shape>,
    by_name: HashMap<String, T>,
}

impl<T> Default for Above<T> {
    fn default() -> Above<T> {
        Above {
            shapes: Vec::new(),
            by_name: HashMap::new(),
        }
    }
}

impl<T> Above<T> {
    /// What stands at a pattern, or `new`.
    pub fn entry(&mut self, pattern: &str, new: impl FnOnce() -> T) -> &mut T {
        if !self.by_name.contains_key(pattern) {
            let shape = Shape::of(pattern);
            if !self.shapes.contains(&shape) {
                self.shapes.push(shape);
            }
        }
        self.by_name.entry(pattern.to_owned()).or_insert_with(new)
    }

    /// All that stands at patterns which take all that `pattern` takes, itself included.
    pub fn of<'a>(&'a self, pattern: &'a str) -> impl Iterator<Item = (String, &'a T)> + 'a {
        self.shapes.iter().filter_map(move |shape| {
            let above = shape.above(pattern)?;
            let found = self.by_name.get(&above)?;
            Some((above, found))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Above, shared};

    /// Two patterns, and what they share.
    const SHARED: &[(&str, &str, Option<&str>)] = &[
        ("a", "a", Some("a")),
        ("a", "b", None),
        ("a.*", "*.b", Some("a.b")),
        ("a.*", "a.*.*", None),
        ("a.**", "a", None),
        ("a.**", "a.b", Some("a.b")),
        ("a.**", "*.b", Some("a.b")),
        ("a.**", "*.*.c", Some("a.*.c")),
        ("**", "a.*.**", Some("a.*.**")),
        ("*.b.**", "a.**", Some("a.b.**")),
        ("**", "**", Some("**")),
        ("*", "**", Some("*")),
        ("a.*.**", "a.b", None),
    ];

    #[test]
    fn what_two_share() {
        for (a, b, expected) in SHARED {
            assert_eq!(shared(a, b).as_deref(), *expected, "{a} {b}");
            assert_eq!(shared(b, a).as_deref(), *expected, "{b} {a}");
        }
    }

    /// One pattern is above another if they share all that the other takes.
    #[test]
    fn above_is_what_shares_all() {
        let patterns: Vec<&str> = SHARED.iter().flat_map(|row| [row.0, row.1]).collect();
        let mut above = Above::default();
        for pattern in &patterns {
            above.entry(pattern, || ());
        }
        for below in &patterns {
            let mut found: Vec<String> = above.of(below).map(|(name, ())| name).collect();
            found.sort();
            let mut expected: Vec<&str> = patterns.clone();
            expected.retain(|p| shared(p, below).as_deref() == Some(*below));
            expected.sort_unstable();
            expected.dedup();
            assert_eq!(found, expected, "{below}");
        }
    }
}
