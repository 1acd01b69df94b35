//! How large the largest `[..]` or `{..}` of a text is, before a parser reads it.
//!
//! This is no parser: it knows where flow style begins, and leaves out what stands in quotes
//! and comments. Where it errs, in a block of text with brackets that are never closed, it
//! counts too much.

/// Signs of the largest outermost list or map in flow style, and the byte where it begins.
pub(super) fn largest(text: &str) -> (usize, usize) {
    let (mut most, mut begin) = (0, 0);
    let (mut depth, mut signs, mut start) = (0usize, 0, 0);
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'[' | b'{' if depth > 0 || opens(text, at) => {
                if depth == 0 {
                    (signs, start) = (0, at);
                }
                depth += 1;
                signs += 1;
            }
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                signs += 1;
            }
            b',' | b':' | b'?' | b'&' | b'*' | b'!' => signs += 1,
            b'"' | b'\'' if depth > 0 && begins(bytes, at) => {
                signs += 1;
                at = quoted(bytes, at);
            }
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                let line = bytes[at..].iter().position(|byte| *byte == b'\n');
                at = line.map_or(bytes.len(), |length| at + length);
            }
            _ => {}
        }
        if depth > 0 && signs > most {
            (most, begin) = (signs, start);
        }
        at += 1;
    }
    (most, begin)
}

/// Whether a bracket in block style begins a value: behind `- `, `key: `, a tag or an anchor,
/// or on its line alone.
fn opens(text: &str, at: usize) -> bool {
    let before = &text[..at];
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    // No key in front of a list is that long.
    let line = line.max(at.saturating_sub(2048));
    let Some(word) = before.get(line..).map(str::trim_end) else {
        return true;
    };
    let last = word.rsplit(' ').next().unwrap_or("");
    last.is_empty() || last.ends_with([':', '-', '?']) || last.starts_with(['!', '&'])
}

/// Whether a quote is the first sign of a value, and not an apostrophe.
fn begins(bytes: &[u8], at: usize) -> bool {
    let before = bytes[..at]
        .iter()
        .rev()
        .find(|byte| !byte.is_ascii_whitespace());
    before.is_none_or(|byte| b"[{,:?".contains(byte))
}

/// The byte of the quote that ends it.
fn quoted(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let mut end = at + 1;
    while end < bytes.len() && bytes[end] != quote {
        end += if quote == b'"' && bytes[end] == b'\\' {
            2
        } else {
            1
        };
    }
    end
}

#[cfg(test)]
mod tests {
    use super::largest;

    #[test]
    fn the_largest_counts() {
        let rows: &[(&str, (usize, usize))] = &[
            ("a: 1", (0, 0)),
            ("a: [b, c]\nd: {e: f, g: h}", (4, 13)),
            ("- [a,\n  b,\n  c]", (3, 2)),
            ("a: b [c, d, e]\n", (0, 0)),
            ("# [[[[\na: [b]", (1, 10)),
            ("a: ['[,,,', \"]\\\",,\", don't]", (5, 3)),
            ("!x [a, a]", (2, 3)),
            ("[[[", (3, 0)),
        ];
        for (text, expected) in rows {
            assert_eq!(largest(text), *expected, "{text:?}");
        }
    }
}
