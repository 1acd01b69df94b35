//! Comments, which no YAML parser gives: they are what stands above and behind.

use routewright_schema::source::Span;

/// The comment of what stands at `span`: the lines of comment right above its line, with
/// the same indent, and what follows it on its line. `None`: there is none.
pub(super) fn of(text: &str, span: Span) -> Option<String> {
    let (start, end) = (span.start as usize, span.end as usize);
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let lead = &text[line..start];
    let mut parts = Vec::new();
    // Only the first thing of a line has the comment above it.
    if lead.chars().all(|c| c == ' ' || c == '-') {
        let indent = lead.len() - lead.trim_start_matches(' ').len();
        parts.extend(above(&text[..line], indent));
    }
    let rest = text.get(end..)?.lines().next().unwrap_or("");
    // Of a key: `key: value  # comment` as well; a `#` needs a blank before it.
    if let Some((before, comment)) = rest.split_once(" #")
        && !before.contains(['"', '\''])
    {
        parts.push(words(comment));
    }
    parts.retain(|part| !part.is_empty());
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The block of comment lines at the end of `text`, all with that indent.
fn above(text: &str, indent: usize) -> Option<String> {
    let mut rest = text;
    let mut lines = Vec::new();
    while let Some(line) = rest.lines().next_back() {
        let comment = line.trim_start_matches(' ');
        let Some(comment) = comment.strip_prefix('#') else {
            break;
        };
        if line.len() - comment.len() != indent + 1 {
            break;
        }
        lines.push(comment);
        rest = &rest[..line.as_ptr() as usize - rest.as_ptr() as usize];
    }
    lines.reverse();
    // What the file begins with is about the file.
    let head = rest.is_empty();
    (!lines.is_empty() && !head).then(|| words(&lines.join(" ")))
}

fn words(text: &str) -> String {
    let words = text
        .split_whitespace()
        .map(|word| word.trim_start_matches('#'));
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
