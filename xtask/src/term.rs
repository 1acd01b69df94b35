//! What a terminal is and can: colours, width, and text that cannot take it over.
//!
//! Names, docs and reasons come from files and engines of others. Whatever they hold, a
//! control character is shown and not obeyed; the only sequences that pass are those of
//! [`Style`], which colour and nothing else.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::sync::OnceLock;

use clap::ValueEnum;

/// When text is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On terminals, unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is
    #[default]
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

/// What `--color` said; once, before anything is printed.
static CHOICE: OnceLock<Color> = OnceLock::new();

/// Takes what `--color` said.
pub fn choose(color: Color) {
    // Only the first word counts, and there is one command line.
    let _ = CHOICE.set(color);
}

/// Where text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

impl To {
    /// Whether somebody looks.
    pub fn is_terminal(self) -> bool {
        match self {
            To::Out => std::io::stdout().is_terminal(),
            To::Err => std::io::stderr().is_terminal(),
        }
    }

    /// Whether text is coloured there.
    pub fn colored(self) -> bool {
        let said = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        match CHOICE.get().copied().unwrap_or_default() {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if said("NO_COLOR").is_some() => false,
            Color::Auto if said("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            Color::Auto => self.is_terminal() && said("TERM").is_none_or(|term| term != "dumb"),
        }
    }

    /// Columns of the terminal, `COLUMNS` first; `None`: no terminal, so that nothing is
    /// broken into lines for it.
    pub fn columns(self) -> Option<usize> {
        if !self.is_terminal() {
            return None;
        }
        let said = std::env::var("COLUMNS").ok();
        let said = said.and_then(|columns| columns.parse().ok());
        let asked = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        said.or_else(asked).filter(|columns| *columns > 0)
    }
}

/// A colour of a word, by what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// All is well; what is new.
    Good,
    /// Something is wrong; what is gone.
    Bad,
    /// Something is probably not meant; what is otherwise.
    Odd,
    /// A label beside what matters.
    Faint,
    /// A heading.
    Strong,
}

const RESET: &str = "\x1b[0m";

impl Style {
    const ALL: [Style; 5] = [
        Style::Good,
        Style::Bad,
        Style::Odd,
        Style::Faint,
        Style::Strong,
    ];

    const fn start(self) -> &'static str {
        match self {
            Style::Good => "\x1b[32m",
            Style::Bad => "\x1b[31m",
            Style::Odd => "\x1b[33m",
            Style::Faint => "\x1b[2m",
            Style::Strong => "\x1b[1m",
        }
    }

    /// The text in this style, for standard output; plain where nothing is coloured.
    pub fn paint(self, text: impl std::fmt::Display) -> String {
        match To::Out.colored() {
            true => format!("{}{text}{RESET}", self.start()),
            false => text.to_string(),
        }
    }
}

/// The text, with what a terminal would obey, or not show, in letters. Line breaks stay, and
/// with `colored` the sequences of [`Style`].
pub fn safe(text: &str, colored: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let style = Style::ALL.iter().map(|style| style.start()).chain([RESET]);
        let style = style
            .into_iter()
            .find(|code| colored && rest.starts_with(code));
        let taken = style.map_or(c.len_utf8(), str::len);
        match (style, hidden(c)) {
            (None, true) => out.extend(c.escape_unicode()),
            _ => out.push_str(&rest[..taken]),
        }
        rest = &rest[taken..];
    }
    out
}

/// The JSON, with what a terminal would obey as `\u....`: the same value.
pub fn safe_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match hidden(c) {
            // All of them are of the first plane, so four digits do.
            true => drop(write!(out, "\\u{:04x}", u32::from(c))),
            false => out.push(c),
        }
    }
    out
}

/// Whether a terminal obeys the character, or does not show it where it stands.
fn hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => true,
        c => c.is_control(),
    }
}

/// Lines no wider than `columns`, broken at blanks; what goes on is indented a little more
/// than what it belongs to. A word that is wider stays whole, so that it can be copied.
pub fn wrapped(text: &str, columns: usize) -> String {
    wrapped_if(text, columns, |_| true)
}

/// As [`wrapped`], of those lines that `which` says yes to; it sees them without colours.
pub fn wrapped_if(text: &str, columns: usize, which: impl Fn(&str) -> bool) -> String {
    let line = |line| match which(&seen(line).collect::<String>()) {
        true => one(line, columns),
        false => line.to_owned(),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Columns by which the rest of a line is indented more than its beginning.
const HANGING: usize = 4;

fn one(line: &str, columns: usize) -> String {
    if width(line) <= columns {
        return line.to_owned();
    }
    let indent = line.len() - line.trim_start_matches(' ').len();
    let next = " ".repeat(column(line, indent, columns / 2));
    let mut out = String::new();
    let mut at = 0;
    // A word, with the blanks before it: those within a line align what stands there.
    let mut rest = line;
    while !rest.is_empty() {
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        let end = rest[blanks..]
            .find(' ')
            .map_or(rest.len(), |at| blanks + at);
        let (word, after) = rest.split_at(end);
        if at > indent && at + width(word) > columns {
            out.push('\n');
            out.push_str(&next);
            out.push_str(&word[blanks..]);
            at = next.len() + width(&word[blanks..]);
        } else {
            out.push_str(word);
            at += width(word);
        }
        rest = after;
    }
    out
}

/// Where the rest of a line begins: where its second column does (after two blanks or more),
/// if that leaves enough room; else a little right of its beginning.
fn column(line: &str, indent: usize, most: usize) -> usize {
    let plain: String = seen(line).collect();
    let label = plain[indent..].find("  ").map(|at| &plain[..indent + at]);
    let second = label.map(|label| {
        let blanks = &plain[label.len()..];
        label.chars().count() + blanks.len() - blanks.trim_start_matches(' ').len()
    });
    let hanging = (indent + HANGING).min(most);
    second.filter(|at| *at <= most).unwrap_or(hanging)
}

/// How many characters are seen.
fn width(text: &str) -> usize {
    seen(text).count()
}

/// The characters that are seen: all but the sequences of colours.
fn seen(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut within = false;
    text.chars().filter(move |c| {
        let hidden = within || *c == '\x1b';
        within = hidden && !(within && *c == 'm');
        !hidden
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_write_is_shown_and_not_obeyed() {
        for (text, plain) in [
            ("order.placed\n\tx", "order.placed\n\tx"),
            ("\x1b[2J\x1b]0;title\x07", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
            ("a\rb\u{8}c", "a\\u{d}b\\u{8}c"),
            ("\u{9b}31m \u{85} \u{7f}", "\\u{9b}31m \\u{85} \\u{7f}"),
            (
                "a\u{202e}b\u{2066}\u{200b}",
                "a\\u{202e}b\\u{2066}\\u{200b}",
            ),
            ("Grüße, 世界 🦀", "Grüße, 世界 🦀"),
            ("\x1b[32mgood\x1b[0m", "\\u{1b}[32mgood\\u{1b}[0m"),
        ] {
            assert_eq!(safe(text, false), plain);
            let json = serde_json::Value::from(text).to_string();
            let shown = safe_json(&json);
            assert!(!shown.contains(hidden), "{shown}");
            assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        }
        let ours = "\x1b[32mgood\x1b[0m \x1b[2J";
        assert_eq!(safe(ours, true), "\x1b[32mgood\x1b[0m \\u{1b}[2J");
    }

    #[test]
    fn narrow_terminals_lose_no_word() {
        for (line, columns, expected) in [
            ("short", 10, "short"),
            ("one two three four", 9, "one two\n    three\n    four"),
            ("  a   bb cc dd", 8, "  a   bb\n    cc\n    dd"),
            ("  key  aa bb cc dd", 16, "  key  aa bb cc\n       dd"),
            (
                "\x1b[2mkey\x1b[0m  aa bb cc",
                11,
                "\x1b[2mkey\x1b[0m  aa bb\n     cc",
            ),
            ("averyveryverylongname x", 8, "averyveryverylongname\n    x"),
            ("\x1b[32mone\x1b[0m two", 7, "\x1b[32mone\x1b[0m two"),
            (
                "        deep deep deep",
                10,
                "        deep\n     deep\n     deep",
            ),
        ] {
            let wrapped = wrapped(line, columns);
            assert_eq!(wrapped, expected);
            let words = |text: &str| {
                text.split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            assert_eq!(words(&wrapped), words(line));
        }
    }
}
