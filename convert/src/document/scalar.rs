//! What a scalar without quotes is, by the core schema of YAML 1.2.
//!
//! A number with a leading zero stays text: YAML 1.2 reads `0400` as 400, YAML 1.1 as
//! 256, and whoever wrote it meant neither as often as not.

use crate::value::{Data, Number};

/// The value of a scalar.
pub(super) fn resolve(text: &str, plain: bool) -> Data {
    if !plain {
        return text.into();
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Data::Null,
        "true" | "True" | "TRUE" => Data::Bool(true),
        "false" | "False" | "FALSE" => Data::Bool(false),
        _ => number(text).map_or_else(|| text.into(), Data::from),
    }
}

fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let radix = |digits: &str, radix| {
        let all = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        all.then(|| u64::from_str_radix(digits, radix).ok())?
    };
    if let Some(value) = None
        .or_else(|| radix(text.strip_prefix("0x")?, 16))
        .or_else(|| radix(text.strip_prefix("0o")?, 8))
    {
        // The text of a number is decimal from here on.
        return Some(Number {
            value: value as f64,
            text: value.to_string().into(),
        });
    }
    let mut bytes = digits.bytes();
    let leading_zero =
        bytes.next() == Some(b'0') && bytes.next().is_some_and(|b| b.is_ascii_digit());
    let known = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.bytes().any(|b| b.is_ascii_digit())
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    if leading_zero || !known {
        return None;
    }
    let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    Some(Number {
        value,
        text: text.into(),
    })
}
