//! What a fault of the syntax is to people who have not read the YAML specification.

use routewright::limits::NAME_BYTES_MAX;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};
use crate::value::shown;

/// The `*` without quotes that a fault comes from, if it does: at the place of the
/// fault, or the first of its line or of the line before, where the parser took `**:`
/// for the name of an alias and went on to look for the `:`.
pub(super) fn star(text: &str, at: usize, info: &str) -> Option<usize> {
    let is_star = |at: &usize| text.as_bytes().get(*at) == Some(&b'*');
    if info.contains("anchor")
        && let Some(star) = [at, at.saturating_sub(1)].into_iter().find(is_star)
    {
        return Some(star);
    }
    let before = text.get(..at)?;
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let last = before[..line.saturating_sub(1)]
        .rfind('\n')
        .map_or(0, |end| end + 1);
    let key = |start: &usize| {
        let word = text[*start..].split_ascii_whitespace().next().unwrap_or("");
        word.starts_with('*') && word.ends_with(':')
    };
    let [line, last] = [line, last]
        .map(|start| start + text[start..].len() - text[start..].trim_start_matches(' ').len());
    Some(line).filter(key).or(Some(last).filter(key))
}

/// Of a pattern that has no quotes.
pub(super) fn unquoted_pattern(file: FileId, text: &str, at: usize) -> Diagnostic {
    let rest = &text[at..];
    let word = &rest[..rest
        .find(|c: char| c.is_whitespace() || ",[]{}".contains(c))
        .unwrap_or(rest.len())];
    let word = word.strip_suffix(':').unwrap_or(word);
    let span = Span {
        file,
        start: at as u32,
        end: (at + word.len()) as u32,
    };
    Diagnostic::error(
        "alias",
        span,
        format!(
            "{} is a YAML alias, because it begins with `*` and has no quotes",
            shown(word)
        ),
    )
    .hint(match word.len() > NAME_BYTES_MAX {
        true => "quote the pattern".to_owned(),
        false => format!("quote the pattern: \"{word}\""),
    })
}

/// The comment in the line of a bracket, after it, if an end of that bracket is in there.
pub(super) fn comment(text: &str, open: usize) -> Option<Span> {
    let line = text.get(open..)?.lines().next()?;
    let at = line.find(" #")? + 1;
    let close = if line.starts_with('[') { ']' } else { '}' };
    let hides = !line[..at].contains(['"', '\'']) && line[at..].contains(close);
    hides.then(|| Span {
        file: 0,
        start: (open + at) as u32,
        end: (open + at + 1) as u32,
    })
}

/// Whether the place is at a `:` in the line in which the bracket opens: of a key that no
/// `,` parts from the value before it, or of a text.
pub(super) fn is_second_colon(text: &str, open: usize, at: usize) -> bool {
    let between = |before: &str| !before.contains('\n') && text[at..].starts_with(':');
    text.get(open..at).is_some_and(between)
}

/// Whether just `- ` stands before the place in its line.
pub(super) fn is_element(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or("");
    let line = before.rfind('\n').map_or(before, |end| &before[end + 1..]);
    line.trim() == "-"
}

/// What the parser says, and what to do about it.
pub(super) fn in_words(info: &str) -> (String, Option<&'static str>) {
    let rows: &[(&str, &str, &str)] = &[
        (
            "unprintable",
            "there is a character that cannot be printed",
            "delete it, or write it as an escape in double quotes",
        ),
        (
            "tabs disallowed",
            "a tab stands where YAML wants spaces",
            "indent with spaces",
        ),
        (
            "tab cannot be",
            "a tab stands where YAML wants spaces",
            "indent with spaces",
        ),
        (
            "start with a tab",
            "a tab stands where YAML wants spaces",
            "indent with spaces",
        ),
        (
            "found a tab",
            "a tab stands where YAML wants spaces",
            "indent with spaces",
        ),
        (
            "mapping values are not allowed",
            "a `:` stands where no key can be",
            "indent keys of one map alike; quote a text that holds `: `",
        ),
        (
            "illegal placement of ':'",
            "a `:` stands where no key can be",
            "close the `[` or `{` before it, or quote a text that holds a `:`",
        ),
        (
            "recursion limit",
            "lists and maps are nested too deep",
            "a definition needs no more than a few levels",
        ),
        (
            "unexpected end of stream",
            "a quote is opened and not closed",
            "close it",
        ),
        (
            "indentation in quoted",
            "a text in quotes goes on in a line that is not indented",
            "close the quote, or indent the line",
        ),
        (
            "document indicator",
            "a text in quotes goes on past the end of the document",
            "close the quote",
        ),
        (
            "trailing content",
            "something stands after the closing quote",
            "double a quote that belongs to the text, or write `\\\"` in double quotes",
        ),
        (
            "expected ',' or '}'",
            "a map in `{ }` is not closed, or a `,` is missing",
            "keys are separated by `,` and the map ends with `}`",
        ),
        (
            "expected ',' or ']'",
            "a list in `[ ]` is not closed, or a `,` is missing",
            "elements are separated by `,` and the list ends with `]`",
        ),
        (
            "did not find expected key",
            "this is not indented as a key of the map before it",
            "indent keys of one map alike",
        ),
        (
            "simple key expect",
            "a key without `:`",
            "write `key: value`; a blank follows the `:`",
        ),
        (
            "unknown escape",
            "there is no such escape in double quotes",
            "double the `\\`, or use single quotes",
        ),
        (
            "anchor or alias",
            "`*` and `&` begin an alias or an anchor in YAML",
            "quote a pattern: \"*\"",
        ),
        (
            "expected node content",
            "a value is missing, or this has no place here",
            "write the value before it, or close the `[` or `{` before it",
        ),
        (
            "expected <document start>",
            "a text goes on after its end",
            "a file is one map of keys that begin in the first column",
        ),
        (
            "unexpected character",
            "a text without quotes cannot begin with this character",
            "put the text in quotes",
        ),
        (
            "end marker before directive",
            "`%` at the beginning of a line begins a directive of YAML",
            "delete the line, or put the text in quotes",
        ),
        (
            "byte order mark",
            "a byte order mark stands inside the text",
            "delete it",
        ),
    ];
    match rows.iter().find(|(piece, ..)| info.contains(piece)) {
        Some((_, message, hint)) => ((*message).to_owned(), Some(hint)),
        None => (format!("this is not YAML: {info}"), None),
    }
}
