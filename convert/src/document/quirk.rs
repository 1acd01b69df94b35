//! What not every reader of YAML takes for the same.

use routewright_schema::source::Span;

/// One such place.
#[derive(Clone, Copy, Debug)]
pub struct Quirk {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: QuirkKind,
}

/// What readers disagree about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QuirkKind {
    /// `yes`, `on`, `n`.
    Boolean,
    /// `0400`, `0o17`.
    Octal,
    /// `-0x1F`, `0b11`.
    Radix,
    /// `.inf`, `.nan`.
    NotFinite,
    /// `00.5`.
    LeadingZero,
    /// `12:30`.
    Base60,
    /// `1_000`.
    Underscore,
    /// `1.10`.
    LastZero,
    /// `2026-01-31`.
    Date,
    /// A key that stands twice.
    DuplicateKey,
    /// `<<`.
    MergeKey,
    /// `<<` after a key that it would set, or several merges that set the same.
    MergeOrder,
    /// `!Ref`.
    Tag,
}

impl QuirkKind {
    /// All of them.
    pub const ALL: [QuirkKind; 13] = [
        QuirkKind::Boolean,
        QuirkKind::Octal,
        QuirkKind::Radix,
        QuirkKind::NotFinite,
        QuirkKind::LeadingZero,
        QuirkKind::Base60,
        QuirkKind::Underscore,
        QuirkKind::LastZero,
        QuirkKind::Date,
        QuirkKind::DuplicateKey,
        QuirkKind::MergeKey,
        QuirkKind::MergeOrder,
        QuirkKind::Tag,
    ];

    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            QuirkKind::Boolean => "boolean",
            QuirkKind::Octal => "octal",
            QuirkKind::Radix => "radix",
            QuirkKind::NotFinite => "not-finite",
            QuirkKind::LeadingZero => "leading-zero",
            QuirkKind::Base60 => "base-60",
            QuirkKind::Underscore => "underscore",
            QuirkKind::LastZero => "last-zero",
            QuirkKind::Date => "date",
            QuirkKind::DuplicateKey => "duplicate-key",
            QuirkKind::MergeKey => "merge-key",
            QuirkKind::MergeOrder => "merge-order",
            QuirkKind::Tag => "tag",
        }
    }

    /// Who reads what, and how it was read here.
    pub fn meaning(self) -> &'static str {
        match self {
            QuirkKind::Boolean => "a bool to YAML 1.1, text to YAML 1.2; read as text",
            QuirkKind::Octal => {
                "octal to YAML 1.1 if it begins with 0, to YAML 1.2 if with 0o; read as text, or with 0o as octal"
            }
            QuirkKind::Radix => {
                "a number of base 2 or 16 to some readers, text to YAML 1.2; read as text"
            }
            QuirkKind::NotFinite => {
                "infinity, or no number at all: no setting can have it; read as text"
            }
            QuirkKind::LeadingZero => {
                "a number to some readers, text to those that know octal numbers; read as text"
            }
            QuirkKind::Base60 => "a number of base 60 to YAML 1.1, text to YAML 1.2; read as text",
            QuirkKind::Underscore => "a number to YAML 1.1, text to YAML 1.2; read as text",
            QuirkKind::LastZero => {
                "a number whose last zero some readers drop; if it is a version, it needs quotes"
            }
            QuirkKind::Date => "a date to YAML 1.1, text to YAML 1.2; read as text",
            QuirkKind::DuplicateKey => {
                "the key stands twice; some readers refuse it, some keep the first; the last was kept"
            }
            QuirkKind::MergeKey => {
                "merged by readers of YAML 1.1, a key `<<` to those of YAML 1.2; merged"
            }
            QuirkKind::MergeOrder => {
                "two sources set the same key; own keys won, then the merge that is named first"
            }
            QuirkKind::Tag => {
                "a tag that is not YAML's own; read as a map with the tag as its one key"
            }
        }
    }

    /// Whether it is a scalar that is one value to some readers and another to others.
    pub fn is_value(self) -> bool {
        !matches!(
            self,
            QuirkKind::DuplicateKey | QuirkKind::MergeKey | QuirkKind::MergeOrder | QuirkKind::Tag
        )
    }

    /// Of a scalar without quotes.
    pub(super) fn of(text: &str) -> Option<QuirkKind> {
        let lower = text.to_ascii_lowercase();
        if ["y", "yes", "n", "no", "on", "off"].contains(&lower.as_str()) {
            return Some(QuirkKind::Boolean);
        }
        let number = text.strip_prefix(['-', '+']).unwrap_or(text);
        if [".inf", ".nan"].contains(&lower.trim_start_matches(['-', '+'])) {
            return Some(QuirkKind::NotFinite);
        }
        if !number.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let signed = number.len() < text.len();
        let hex = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
        let bits = |text: &str| !text.is_empty() && text.bytes().all(|b| b == b'0' || b == b'1');
        if number.strip_prefix("0b").is_some_and(bits)
            || signed && number.strip_prefix("0x").is_some_and(hex)
        {
            return Some(QuirkKind::Radix);
        }
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let octal = |text: &str| digits(text) && text.bytes().all(|b| b < b'8');
        if number.len() > 1 && number.starts_with('0') && digits(number)
            || number.strip_prefix("0o").is_some_and(octal)
        {
            return Some(QuirkKind::Octal);
        }
        if base60(number) {
            return Some(QuirkKind::Base60);
        }
        if number.contains('_')
            && number
                .bytes()
                .all(|b| b.is_ascii_digit() || b == b'_' || b == b'.')
        {
            return Some(QuirkKind::Underscore);
        }
        if let Some((whole, fraction)) = number.split_once('.')
            && whole.len() > 1
            && whole.starts_with('0')
            && digits(whole)
            && fraction.bytes().all(|b| b.is_ascii_digit())
        {
            return Some(QuirkKind::LeadingZero);
        }
        if let Some((whole, fraction)) = number.split_once('.')
            && digits(whole)
            && digits(fraction)
            && fraction.len() > 1
            && fraction.ends_with('0')
        {
            return Some(QuirkKind::LastZero);
        }
        let parts: Vec<&str> = text.get(..10).unwrap_or("").split('-').collect();
        let date = matches!(parts[..], [y, m, d] if y.len() == 4 && m.len() == 2 && d.len() == 2)
            && parts.iter().all(|part| digits(part));
        date.then_some(QuirkKind::Date)
    }
}

/// `190:20:30`: every part after the first below 60.
fn base60(number: &str) -> bool {
    let (number, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut parts = number.split(':');
    let first = parts.next().unwrap_or("");
    let mut rest = parts.peekable();
    first.bytes().all(|b| b.is_ascii_digit())
        && fraction.bytes().all(|b| b.is_ascii_digit())
        && rest.peek().is_some()
        && rest.all(|part| part.len() <= 2 && part.parse::<u8>().is_ok_and(|n| n < 60))
}
