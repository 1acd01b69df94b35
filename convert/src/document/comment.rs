//! Comments, which no YAML parser gives: they are what stands above and behind.

use routewright_schema::source::Span;

/// The comment of what stands at `span`: the lines of comment right above its line, with
/// the same indent, and what follows it on its line; if there is none, what stands above
/// the item of a list that it is an entry of. `None`: there is none.
pub(super) fn of(text: &str, span: Span) -> Option<String> {
    let (start, end) = (span.start as usize, span.end as usize);
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let lead = &text[line..start];
    let mut parts = Vec::new();
    // Of several entries on one line, the comment above is not about any.
    if !lead.contains('{') {
        let indent = lead.len() - lead.trim_start_matches(' ').len();
        parts.extend(above(&text[..line], indent).or_else(|| {
            if lead[indent..].starts_with("- ") {
                return None;
            }
            let item = item(&text[..line], indent)?;
            above(&text[..item], indent_at(text, item))
        }));
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

/// Lines of an item that are looked through for its beginning: time is linear.
const ITEM_LINES_MAX: usize = 64;

/// Where the line is that opens the item of a list whose entries have that indent.
fn item(text: &str, indent: usize) -> Option<usize> {
    let mut rest = text;
    for _ in 0..ITEM_LINES_MAX {
        let line = rest.lines().next_back()?;
        let at = line.as_ptr() as usize - text.as_ptr() as usize;
        let own = line.len() - line.trim_start_matches(' ').len();
        let content = line[own..].trim_start_matches("- ");
        if line[own..].starts_with("- ") && line.len() - content.len() == indent {
            return Some(at);
        }
        if own < indent && !content.is_empty() {
            return None;
        }
        rest = &text[..at];
    }
    None
}

fn indent_at(text: &str, line: usize) -> usize {
    let rest = &text[line..];
    rest.len() - rest.trim_start_matches(' ').len()
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
