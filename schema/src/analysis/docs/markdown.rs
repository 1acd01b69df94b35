//! Texts from outside in Markdown, as GitHub reads it: whatever they hold, they stay text,
//! in a cell of a table as well as in a paragraph.

use routewright::name::printable;

/// What can be seen; the rest is spelled `\u{202e}`. A line break stays one.
fn visible(text: &str) -> impl Iterator<Item = String> + '_ {
    text.trim().lines().map(|line| {
        let mut out = String::new();
        for c in line.trim().chars() {
            match c {
                c if c.is_whitespace() => out.push(' '),
                c if printable(c) => out.push(c),
                c => out.push_str(&c.escape_unicode().to_string()),
            }
        }
        out
    })
}

/// Prose.
pub fn text(text: &str) -> String {
    let lines: Vec<String> = visible(text).map(|line| prose(&line)).collect();
    lines.join("<br>")
}

fn prose(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let chars: Vec<char> = line.chars().collect();
    let word = |at: usize| chars.get(at).is_some_and(|c| c.is_alphanumeric());
    for (at, c) in chars.iter().enumerate() {
        let first = chars[..at].iter().all(char::is_ascii_digit);
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // An escaped one still ends a cell if a backslash stands before it.
            '|' => out.push_str("&#124;"),
            '_' if at > 0 && word(at - 1) && word(at + 1) => out.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => out.extend(['\\', *c]),
            // What begins a list, a heading or a rule.
            '-' | '+' | '#' | '=' if at == 0 => out.extend(['\\', *c]),
            '.' | ')' if first && at > 0 => out.extend(['\\', *c]),
            c => out.push(*c),
        }
    }
    out
}

/// A name or a value, in the type of code.
pub fn code(text: &str) -> String {
    let text = visible(text).collect::<Vec<String>>().join(" ");
    if text.is_empty() {
        return String::new();
    }
    // A code span knows no escapes, but a table has its own, so that a few characters can
    // break out of one.
    if !text.contains(['`', '|', '\\']) {
        return format!("`{text}`");
    }
    let mut out = String::from("<code>");
    for c in text.chars() {
        match c.is_ascii_punctuation() && !".,-=();/+%?'\"".contains(c) {
            true => out.push_str(&format!("&#{};", u32::from(c))),
            false => out.push(c),
        }
    }
    out + "</code>"
}

/// The name of a place that links can lead to: different names have different places, and
/// none has that of a heading, which GitHub makes without colons.
pub fn anchor(kind: &str, name: &str) -> String {
    let mut out = format!("{kind}:");
    for c in name.chars() {
        match c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') {
            true => out.push(c),
            false => out.push_str(&format!(":{:x}:", u32::from(c))),
        }
    }
    out
}

/// A link to such a place.
pub fn link(kind: &str, name: &str) -> String {
    format!("[{}](#{})", code(name), anchor(kind, name))
}

/// The place itself, with the name in it.
pub fn place(kind: &str, name: &str) -> String {
    format!("<a id=\"{}\"></a>{}", anchor(kind, name), code(name))
}

/// The heading of a section, and the place that [`section_link`] leads to.
pub fn section(title: &str) -> String {
    format!("## <a id=\"{}\"></a>{title}\n", anchor("section", title))
}

/// A link to a section.
pub fn section_link(title: &str, said: &str) -> String {
    format!("[{said}](#{})", anchor("section", title))
}

/// A table; columns of which no row has anything are left out.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let used = |at: usize| rows.iter().any(|row| !row[at].is_empty());
    let columns: Vec<usize> = (0..head.len()).filter(|at| *at == 0 || used(*at)).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells: Vec<&str> = cells.collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut out = line(&mut columns.iter().map(|at| head[*at]));
    out.push_str(&line(&mut columns.iter().map(|_| "---")));
    for row in rows {
        out.push_str(&line(&mut columns.iter().map(|at| row[*at].as_str())));
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
