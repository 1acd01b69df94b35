//! New values in the spelling of the old: quotes, units, a point in a number.

use routewright::Scalar;

use super::tree::{Node, Shape, Style};
use crate::format::yaml_write::quoted;

/// Digits of an amount, beyond which another unit reads better than the author's.
const DIGITS_MAX: usize = 4;

/// A text in the style of the value in whose place it will stand.
pub(super) fn text(new: &str, old: &Node) -> String {
    let style = match &old.shape {
        Shape::Scalar { style, .. } => *style,
        _ => Style::Plain,
    };
    match style {
        Style::Single if is_printable(new) => format!("'{}'", new.replace('\'', "''")),
        Style::Single | Style::Double => double(new),
        Style::Plain | Style::Block(_) => quoted(new),
    }
}

/// A value in the style of the value in whose place it will stand.
pub(super) fn scalar(new: &Scalar<String>, old: &Node) -> String {
    let canonical = new.to_string();
    let written = old.text().unwrap_or("");
    let spelled = match new {
        Scalar::Duration(ns) => {
            in_unit(*ns, written, |text| crate::value::parse_duration(text).ok())
        }
        Scalar::Size(bytes) => in_unit(*bytes, written, |text| {
            match crate::value::parse(routewright::Kind::Size, text) {
                Ok(Scalar::Size(bytes)) => Some(bytes),
                _ => None,
            }
        }),
        // A whole number without a point, if the author writes none.
        Scalar::Float(_) if is_digits(written) => canonical.strip_suffix(".0").map(str::to_owned),
        _ => None,
    };
    let new_text = spelled.unwrap_or(canonical);
    match new {
        Scalar::String(_) | Scalar::Enum(_) | Scalar::Timestamp(..) => text(&new_text, old),
        // Numbers, words and amounts are what they are without quotes.
        _ => number(&new_text, old),
    }
}

/// A number, in quotes if the one in whose place it will stand has them.
pub(super) fn number(new: &str, old: &Node) -> String {
    match &old.shape {
        Shape::Scalar {
            style: Style::Single | Style::Double,
            ..
        } => text(new, old),
        _ => new.to_owned(),
    }
}

/// A value where none of its kind stands.
pub(super) fn plain(new: &Scalar<String>) -> String {
    match new {
        Scalar::String(text) | Scalar::Enum(text) => quoted(text),
        Scalar::Timestamp(..) => quoted(&new.to_string()),
        _ => new.to_string(),
    }
}

/// An amount in the one unit that the author used: `1500ms` for `2s`, if he wrote
/// `500ms` and not `1s500ms`.
fn in_unit(amount: u64, written: &str, parse: impl Fn(&str) -> Option<u64>) -> Option<String> {
    let unit = written.trim_start_matches(|c: char| c.is_ascii_digit());
    let one = parse(&format!("1{unit}"))?;
    if unit.contains(|c: char| c.is_ascii_digit()) || unit == written || one == 0 {
        return None;
    }
    let count = amount
        .is_multiple_of(one)
        .then(|| (amount / one).to_string())?;
    (count.len() <= DIGITS_MAX && count != "0").then(|| format!("{count}{unit}"))
}

fn is_digits(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn is_printable(text: &str) -> bool {
    text.chars().all(routewright::name::printable)
}

/// In double quotes, needed or not.
fn double(text: &str) -> String {
    match quoted(text) {
        quotes if quotes.starts_with('"') => quotes,
        bare => format!("\"{bare}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old(written: &str, style: Style) -> Node {
        let shape = Shape::Scalar {
            text: written.to_owned(),
            style,
        };
        Node {
            start: 0,
            end: 0,
            shape,
        }
    }

    #[test]
    fn as_the_author_would() {
        let s = 1_000_000_000;
        let text = |text: &str| Scalar::String(text.to_owned());
        for (written, style, new, expected) in [
            ("500ms", Style::Plain, Scalar::Duration(2 * s), "2000ms"),
            ("90s", Style::Plain, Scalar::Duration(120 * s), "120s"),
            ("1m30s", Style::Plain, Scalar::Duration(120 * s), "2m"),
            ("8s", Style::Plain, Scalar::Duration(s / 2), "500ms"),
            ("1ns", Style::Plain, Scalar::Duration(120 * s), "2m"),
            ("8m", Style::Plain, Scalar::Duration(0), "0s"),
            ("64KiB", Style::Plain, Scalar::Size(2 << 20), "2048KiB"),
            ("64KB", Style::Double, Scalar::Size(128_000), "\"128KB\""),
            ("0.3", Style::Plain, Scalar::Float(1.0), "1.0"),
            ("40", Style::Plain, Scalar::Float(-41.0), "-41"),
            ("40", Style::Plain, Scalar::Float(0.5), "0.5"),
            ("2.0", Style::Plain, Scalar::Float(3.0), "3.0"),
            ("2.0", Style::Single, Scalar::Float(0.25), "'0.25'"),
            ("1", Style::Plain, Scalar::Bool(true), "true"),
            ("a", Style::Plain, text("b"), "b"),
            ("a", Style::Plain, text("yes"), "\"yes\""),
            ("a", Style::Single, text("it's"), "'it''s'"),
            ("a", Style::Single, text("a\nb"), "\"a\\nb\""),
            ("a", Style::Double, text("b"), "\"b\""),
            ("a\n", Style::Block(0), text("b c"), "\"b c\""),
        ] {
            assert_eq!(
                scalar(&new, &old(written, style)),
                expected,
                "{written} {new}"
            );
        }
    }
}
