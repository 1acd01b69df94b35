//! What a name may be, and how patterns are built from segments.

use std::fmt;

use crate::error::{Code, Path, Violation};
use crate::limits::{IDENT_BYTES_MAX, NAME_BYTES_MAX, NAME_SEGMENTS_MAX};

/// Why a name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameFault {
    /// It has no characters.
    Empty,
    /// It is longer than [`NAME_BYTES_MAX`].
    TooLong(usize),
    /// It has more than [`NAME_SEGMENTS_MAX`] segments.
    TooManySegments(usize),
    /// Nothing stands between two dots, or before the first, or after the last.
    EmptySegment,
    /// It begins or ends with a blank.
    BlankAtEnd,
    /// A control, bidirectional or zero-width character, at that byte.
    Unprintable(usize, char),
    /// A segment is `*` or `**`, but this is no place for a pattern.
    Wildcard,
    /// `**` stands before the last segment.
    RestNotLast,
    /// Not of the form `[a-z][a-z0-9_]*` (consumers: also `-`).
    NotAnIdentifier,
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NameFault::Empty => f.write_str("the name is empty"),
            NameFault::TooLong(bytes) => {
                write!(
                    f,
                    "the name has {bytes} bytes; at most {NAME_BYTES_MAX} are allowed"
                )
            }
            NameFault::TooManySegments(n) => {
                write!(
                    f,
                    "the name has {n} segments; at most {NAME_SEGMENTS_MAX} are allowed"
                )
            }
            NameFault::EmptySegment => f.write_str("a segment of the name is empty"),
            NameFault::BlankAtEnd => f.write_str("the name begins or ends with a blank"),
            NameFault::Unprintable(at, c) => write!(
                f,
                "the name holds the invisible character U+{:04X} at byte {at}",
                u32::from(*c)
            ),
            NameFault::Wildcard => {
                f.write_str("`*` and `**` are patterns, which only routes may have")
            }
            NameFault::RestNotLast => f.write_str("`**` may only be the last segment"),
            NameFault::NotAnIdentifier => {
                f.write_str("the name must begin with a letter a-z and go on with a-z, 0-9 and `_`")
            }
        }
    }
}

impl NameFault {
    /// The violation, of the name at that place.
    pub(crate) fn at(self, path: Path) -> Violation {
        let violation = Violation::new(path, Code::BadName, self.to_string());
        match self {
            NameFault::TooLong(bytes) => violation.limit(bytes, NAME_BYTES_MAX),
            NameFault::TooManySegments(n) => violation.limit(n, NAME_SEGMENTS_MAX),
            _ => violation,
        }
    }
}

// A name that is too long is told with one number, whatever it names.
const _: () = assert!(IDENT_BYTES_MAX == NAME_BYTES_MAX);

/// Checks the name of an event: 1 to 128 bytes, 1 to 16 segments, none of them
/// empty, `*` or `**`, and nothing that cannot be seen.
pub fn check_event(name: &str) -> Result<(), NameFault> {
    check_text(name)?;
    match is_pattern(name) {
        true => Err(NameFault::Wildcard),
        false => Ok(()),
    }
}

/// Checks the name of a route: an event, or a pattern whose `**`, if any, is last.
pub fn check_route(name: &str) -> Result<(), NameFault> {
    check_text(name)?;
    let before_last = name.rsplit_once('.').map_or("", |(head, _)| head);
    match before_last.contains("**") && before_last.split('.').any(|s| s == "**") {
        true => Err(NameFault::RestNotLast),
        false => Ok(()),
    }
}

/// Checks the name of a consumer: `[a-z][a-z0-9_-]*`.
pub fn check_consumer(name: &str) -> Result<(), NameFault> {
    check_ident(name, true)
}

/// Checks the dotted path of a setting: each part `[a-z][a-z0-9_]*`.
pub fn check_setting(path: &str) -> Result<(), NameFault> {
    match path.len() > IDENT_BYTES_MAX {
        true => Err(NameFault::TooLong(path.len())),
        false => path
            .split('.')
            .try_for_each(|part| check_ident(part, false)),
    }
}

fn check_ident(name: &str, dash: bool) -> Result<(), NameFault> {
    let good =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || dash && b == b'-';
    match name.as_bytes() {
        [] => Err(NameFault::Empty),
        bytes if bytes.len() > IDENT_BYTES_MAX => Err(NameFault::TooLong(bytes.len())),
        [first, rest @ ..] if first.is_ascii_lowercase() && rest.iter().all(|b| good(*b)) => Ok(()),
        _ => Err(NameFault::NotAnIdentifier),
    }
}

fn check_text(name: &str) -> Result<(), NameFault> {
    if name.is_empty() {
        return Err(NameFault::Empty);
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(NameFault::TooLong(name.len()));
    }
    let plain = name.bytes().all(|b| b.is_ascii_graphic());
    if !plain && let Some((at, c)) = name.char_indices().find(|(_, c)| !printable(*c)) {
        return Err(NameFault::Unprintable(at, c));
    }
    if name.starts_with(char::is_whitespace) || name.ends_with(char::is_whitespace) {
        return Err(NameFault::BlankAtEnd);
    }
    let segments = name.bytes().filter(|b| *b == b'.').count() + 1;
    if segments > NAME_SEGMENTS_MAX {
        return Err(NameFault::TooManySegments(segments));
    }
    match name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        true => Err(NameFault::EmptySegment),
        false => Ok(()),
    }
}

/// Whether a person can see this character, and it does not change how its
/// neighbours look: no controls, line separators, bidirectional marks, zero-width
/// or other default-ignorable characters, private or unassigned planes.
pub fn printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    !c.is_control()
        && !matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{FFFE}'..='\u{FFFF}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E000}'..='\u{F8FF}' | '\u{E0000}'..='\u{10FFFF}')
}

/// Whether a route's name is a pattern.
pub fn is_pattern(name: &str) -> bool {
    // Most names hold no star at all, and a push asks this of each several times.
    name.as_bytes().contains(&b'*') && name.split('.').any(|s| s == "*" || s == "**")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let long = "x".repeat(128);
        let segments = ["s"; 16].join(".");
        for good in [
            "a",
            "treasure.item.found",
            "RS.EMPTY_COUNT",
            "a/b:c d",
            "ø.é",
            "a.*b",
            &long,
            &segments,
        ] {
            assert_eq!(check_event(good), Ok(()), "{good}");
        }
        let too_long = "x".repeat(129);
        let too_many = ["s"; 17].join(".");
        for (bad, fault) in [
            ("", NameFault::Empty),
            (&*too_long, NameFault::TooLong(129)),
            (&*too_many, NameFault::TooManySegments(17)),
            ("a..b", NameFault::EmptySegment),
            (".a", NameFault::EmptySegment),
            ("a.", NameFault::EmptySegment),
            (" a", NameFault::BlankAtEnd),
            ("a\tb", NameFault::Unprintable(1, '\t')),
            ("a\u{202E}b", NameFault::Unprintable(1, '\u{202E}')),
            ("a\u{200B}", NameFault::Unprintable(1, '\u{200B}')),
            ("a.*", NameFault::Wildcard),
            ("**", NameFault::Wildcard),
        ] {
            assert_eq!(check_event(bad), Err(fault), "{bad:?}");
        }
    }

    #[test]
    fn routes() {
        for good in ["a", "a.*", "*.a", "**", "*", "a.**", "*.*.b.**"] {
            assert_eq!(check_route(good), Ok(()), "{good}");
        }
        for bad in ["**.a", "a.**.b", "**.**"] {
            assert_eq!(check_route(bad), Err(NameFault::RestNotLast), "{bad}");
        }
    }

    #[test]
    fn identifiers() {
        assert_eq!(check_consumer("loot-v2_x"), Ok(()));
        assert_eq!(check_consumer("Loot"), Err(NameFault::NotAnIdentifier));
        assert_eq!(check_setting("circuit_breaker.open_after"), Ok(()));
        assert_eq!(check_setting("a..b"), Err(NameFault::Empty));
        assert_eq!(check_setting("a-b"), Err(NameFault::NotAnIdentifier));
    }
}
