//! Values as the definition language writes them.
//!
//! [`parse`] is the inverse of `Display` of [`routewright::Scalar`]. It takes one
//! spelling of each value and refuses those that other readers take for something
//! else (`0400`, `1_0`, `yes`, `12:30`), with the likely meaning in the hint.

use routewright::{Kind, Scalar, Step};

mod calendar;
mod moment;
mod number;
mod unit;

pub use calendar::Date;
pub use moment::Moment;
pub use number::parse_share_ppm;

/// Why a text is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueFault {
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl ValueFault {
    pub(crate) fn new(message: impl Into<String>) -> ValueFault {
        ValueFault {
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> ValueFault {
        self.hint = Some(hint.into());
        self
    }
}

/// Reads a value of that kind. Strings and enum values are taken as they stand.
pub fn parse(kind: Kind, text: &str) -> Result<Scalar<String>, ValueFault> {
    match kind {
        Kind::Bool => parse_bool(text).map(Scalar::Bool),
        Kind::Int => number::parse_int(text).map(Scalar::Int),
        Kind::Float => number::parse_float(text).map(Scalar::Float),
        Kind::Percent => number::parse_percent(text).map(Scalar::Percent),
        Kind::Duration => parse_duration(text).map(Scalar::Duration),
        Kind::Size => unit::parse_size(text).map(Scalar::Size),
        Kind::Timestamp => calendar::parse_timestamp(text).map(|(s, n)| Scalar::Timestamp(s, n)),
        Kind::String => Ok(Scalar::String(text.to_owned())),
        Kind::Enum => Ok(Scalar::Enum(text.to_owned())),
    }
}

/// Reads a `max_step`: a factor above 1 (`2x`), or a difference of the kind (of a
/// timestamp: a duration).
pub fn parse_step(kind: Kind, text: &str) -> Result<Step, ValueFault> {
    if let Some(factor) = text.strip_suffix('x') {
        return match number::parse_float(factor) {
            Ok(factor) if factor > 1.0 => Ok(Step::Factor(factor)),
            _ => Err(ValueFault::new(format!("`{text}` is no factor above 1"))
                .hint("write a factor such as `2x` or `1.5x`")),
        };
    }
    let difference = match kind {
        Kind::Int => Scalar::Int(number::parse_int(text)?),
        Kind::Float => Scalar::Float(number::parse_float(text)?),
        Kind::Percent => Scalar::Percent(number::parse_percent(text)?),
        Kind::Duration | Kind::Timestamp => Scalar::Duration(parse_duration(text)?),
        Kind::Size => Scalar::Size(unit::parse_size(text)?),
        Kind::Bool | Kind::String | Kind::Enum => {
            return Err(ValueFault::new(format!("a {kind} has no `max_step`")));
        }
    };
    Ok(Step::Difference(difference))
}

/// Reads a duration, in nanoseconds: `250ms`, `1m30s`.
pub fn parse_duration(text: &str) -> Result<u64, ValueFault> {
    unit::parse_duration(text)
}

/// Reads a size, in bytes: `64KiB`, `10MB`.
pub fn parse_size(text: &str) -> Result<u64, ValueFault> {
    unit::parse_size(text)
}

/// Reads an integer: decimal digits, with `-` before them if it is negative.
pub fn parse_int(text: &str) -> Result<i64, ValueFault> {
    number::parse_int(text)
}

/// Reads `true` or `false`.
pub fn parse_bool(text: &str) -> Result<bool, ValueFault> {
    let fault = ValueFault::new(format!("{} is neither `true` nor `false`", shown(text)));
    match text {
        "true" => return Ok(true),
        "false" => return Ok(false),
        _ => {}
    }
    Err(match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" | "1" | "true" => fault.hint("write `true`"),
        "no" | "off" | "n" | "0" | "false" => fault.hint("write `false`"),
        _ => fault,
    })
}

/// A text for a message: in backticks, cut if it is long, and what cannot be seen as
/// an escape.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 64;
    let cut = &text[..text.floor_char_boundary(SHOWN_MAX)];
    let mut out = String::from("`");
    for c in cut.chars() {
        match routewright::name::printable(c) {
            true => out.push(c),
            false => out.extend(c.escape_default()),
        }
    }
    out.push_str(if cut.len() < text.len() { "...`" } else { "`" });
    out
}

#[cfg(test)]
mod tests;
