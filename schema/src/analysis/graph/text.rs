//! Texts from outside in a picture: what can be seen of them, how wide they may be, and how
//! they are cut.

use routewright::name::printable;

/// As it can be shown anywhere: what cannot be seen, or would change how its neighbours
/// look, is spelled `\u{202e}`; every kind of blank is a blank.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_whitespace() => out.push(' '),
            c if printable(c) => out.push(c),
            c => out.push_str(&c.escape_unicode().to_string()),
        }
    }
    out
}

/// How many columns a text takes at most in a font of fixed width. Only letters that such
/// fonts really have count as one; a viewer may draw any other twice as wide.
pub fn columns(text: &str) -> usize {
    let width = |c: char| if u32::from(c) < 0x250 { 1 } else { 2 };
    text.chars().map(width).sum()
}

/// At most so many columns; what is too much goes from the middle, because names differ at
/// their ends.
pub fn cut(text: &str, most: usize) -> String {
    let text = visible(text);
    if columns(&text) <= most {
        return text;
    }
    let room = most.saturating_sub(2);
    let head = fitting(text.chars(), room / 2);
    let tail = fitting(text.chars().rev(), room - room / 2);
    let tail: String = tail.chars().rev().collect();
    format!("{head}\u{2026}{tail}")
}

fn fitting(chars: impl Iterator<Item = char>, most: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for c in chars {
        used += columns(c.encode_utf8(&mut [0; 4]));
        if used > most {
            break;
        }
        out.push(c);
    }
    out
}

/// `1 event`, `2 events`.
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// A share of a sum in percent, with one digit behind the point if it needs one.
pub fn percent(part: u32, sum: u32) -> String {
    let tenths = (u64::from(part) * 2_000 + u64::from(sum)) / (2 * u64::from(sum.max(1)));
    match (tenths, part) {
        (0, 1..) => "<0.1%".to_owned(),
        _ if tenths % 10 == 0 => format!("{}%", tenths / 10),
        _ => format!("{}.{}%", tenths / 10, tenths % 10),
    }
}
