//! Passwords are not shown: a report lands in logs that more people read than files.
//!
//! Each of their characters becomes a mark of as many bytes, so that places in the text
//! stay where they are.

use std::borrow::Cow;
use std::ops::Range;

use super::Report;
use crate::model::ConsumerKind;
use crate::source::{FileId, Sources};

/// The code of a diagnostic whose place holds a password.
const SECRET: &str = "secret";

/// The password in `user:password@host`, with or without a scheme before it; of a
/// variable (`${NAME}`) and of nothing it is none.
pub(crate) fn password(address: &str) -> Option<Range<usize>> {
    let start = address.find("://").map_or(0, |at| at + 3);
    let authority = &address[start..];
    let authority = &authority[..authority.find(['/', '?', '#']).unwrap_or(authority.len())];
    let user = &authority[..authority.rfind('@')?];
    let range = user.find(':')? + 1..user.len();
    let word = &user[range.clone()];
    let variable = word.starts_with("${") && word.find('}') == Some(word.len() - 1);
    (!word.is_empty() && !variable).then(|| start + range.start..start + range.end)
}

/// A text with `****` for the passwords of the addresses in it.
pub fn text(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    covered(text, in_text(text))
}

/// Passwords of the addresses with a scheme in a text. (Without a scheme, `user:x@y`
/// may as well be the name of an event.)
fn in_text(text: &str) -> Vec<Range<usize>> {
    let schemes: Vec<usize> = text.match_indices("://").map(|(at, _)| at).collect();
    let mut found = Vec::new();
    for (nth, at) in schemes.iter().enumerate() {
        let next = schemes.get(nth + 1).copied().unwrap_or(text.len());
        found.extend(first_word(text, *at..next));
    }
    found
}

/// Passwords of the values of keys that hold addresses, in a piece of a definition in
/// any spelling: `redis: user:x@y`, `"redis": "user:x@y"`.
fn in_source(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for kind in ConsumerKind::ALL {
        for (at, word) in text.match_indices(kind.as_str()) {
            let rest = text[at + word.len()..].trim_start_matches(['"', '\'', ' ']);
            if let Some(value) = rest.strip_prefix(':') {
                let value = value.trim_start_matches([' ', '"', '\'']);
                found.extend(first_word(text, text.len() - value.len()..text.len()));
            }
        }
    }
    found
}

/// The password in the first word of that part of a text.
fn first_word(text: &str, part: Range<usize>) -> Option<Range<usize>> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
    let word = &text[part.clone()];
    let word = &word[..word.find(ends).unwrap_or(word.len())];
    password(word).map(|range| part.start + range.start..part.start + range.end)
}

fn covered(text: &str, hidden: Vec<Range<usize>>) -> Cow<'_, str> {
    if hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    let cover = |(at, c): (usize, char)| match hidden.iter().any(|range| range.contains(&at)) {
        true => ['*', '\u{b7}', '\u{2022}', '\u{1f7b6}'][c.len_utf8() - 1],
        false => c,
    };
    Cow::Owned(text.char_indices().map(cover).collect())
}

/// What of the texts must not be shown.
pub(super) struct Mask {
    hidden: Vec<(FileId, Range<usize>)>,
}

impl Mask {
    /// What the report itself calls a secret.
    pub(super) fn of(report: &Report, sources: &Sources) -> Mask {
        let mut hidden = Vec::new();
        for span in report
            .list
            .iter()
            .filter(|d| d.code == SECRET)
            .filter_map(|d| d.primary)
        {
            let whole = span.start as usize..span.end as usize;
            let text = sources.text(span.file).get(whole.clone()).unwrap_or("");
            // With escapes in it the address is not what stands there.
            let part = match password(text.trim_start_matches(['"', '\''])) {
                Some(part) => {
                    let start = whole.end - text.trim_start_matches(['"', '\'']).len();
                    start + part.start..start + part.end
                }
                None => whole,
            };
            hidden.push((span.file, part));
        }
        Mask { hidden }
    }

    /// A piece of a text as it may be shown.
    pub(super) fn show<'t>(
        &self,
        file: FileId,
        piece: Range<usize>,
        text: &'t str,
    ) -> Cow<'t, str> {
        let shown = &text[piece.clone()];
        let mut hidden = in_text(shown);
        hidden.extend(in_source(shown));
        for (_, range) in self.hidden.iter().filter(|(of, _)| *of == file) {
            let start = range.start.clamp(piece.start, piece.end) - piece.start;
            let end = range.end.clamp(piece.start, piece.end) - piece.start;
            hidden.push(start..end);
        }
        hidden.retain(|range| !range.is_empty());
        covered(shown, hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords() {
        for (address, secret) in [
            ("amqp://guest:guest@rabbit:5672", Some("guest")),
            ("redis://:hunter2@cache", Some("hunter2")),
            ("user:pass@host", Some("pass")),
            ("amqp://u:p@ss@host", Some("p@ss")),
            ("amqp://u:p:q@host", Some("p:q")),
            ("amqp://guest:${PASSWORD}@rabbit", None),
            ("amqp://guest:${A}${B}@rabbit", Some("${A}${B}")),
            ("amqp://${USER}@rabbit", None),
            ("amqp://guest:@rabbit", None),
            ("http://audit:50051/x@y", None),
            ("http://audit:50051", None),
            ("loot.v2", None),
            ("a@b:c", None),
        ] {
            assert_eq!(
                password(address).map(|range| &address[range]),
                secret,
                "{address}"
            );
        }
    }

    #[test]
    fn sources() {
        for (shown, masked) in [
            (
                "  a: { redis: u:pass@h, nats: b }",
                "  a: { redis: u:****@h, nats: b }",
            ),
            ("{\"amqp\": \"u:pass@h\"}", "{\"amqp\": \"u:****@h\"}"),
            (
                "consumers { other: 'u:pass@h' }",
                "consumers { other: 'u:****@h' }",
            ),
            (
                "  player:left@eu: { to: audit }",
                "  player:left@eu: { to: audit }",
            ),
            (
                "  a: { http: http://x:1/u:y@z }",
                "  a: { http: http://x:1/u:y@z }",
            ),
        ] {
            let mut sources = Sources::default();
            let file = sources.add("a.yaml", shown);
            let mask = Mask::of(&Report::new(), &sources);
            assert_eq!(mask.show(file, 0..shown.len(), shown), masked);
        }
    }

    #[test]
    fn texts() {
        for (shown, masked) in [
            ("nothing", "nothing"),
            ("user:pass@host", "user:pass@host"),
            (
                "`amqp://u:pass@h` and `nats://v:x@h`",
                "`amqp://u:****@h` and `nats://v:*@h`",
            ),
            (
                "{ a: \"amqp://u:\u{e9}\u{20ac}\u{1f600}@h\" }",
                "{ a: \"amqp://u:\u{b7}\u{2022}\u{1f7b6}@h\" }",
            ),
            ("http://a:1 b@c", "http://a:1 b@c"),
        ] {
            assert_eq!(text(shown), masked);
            assert_eq!(text(shown).len(), shown.len());
        }
    }
}
