//! Numbers: decimal, with one spelling each.

use super::{ValueFault, shown};

pub(super) fn parse_int(text: &str) -> Result<i64, ValueFault> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if is_digits(digits) && !has_leading_zero(digits) {
        return text.parse().map_err(|_| {
            ValueFault::new(format!("{} does not fit into 64 bits", shown(text))).hint(format!(
                "an int is {} to {}",
                i64::MIN,
                i64::MAX
            ))
        });
    }
    let fault = ValueFault::new(format!("{} is no integer", shown(text)));
    let fraction = digits.split_once('.').filter(|(whole, rest)| {
        is_digits(whole) && !rest.is_empty() && rest.bytes().all(|b| b == b'0')
    });
    Err(match (likely(text), fraction) {
        (Some(hint), _) => fault.hint(hint),
        (None, Some((whole, _))) => fault.hint(format!("write `{}{whole}`", sign(text))),
        (None, None) if is_decimal(digits) => fault.hint("an integer has no fraction"),
        (None, None) => fault.hint("write decimal digits, such as `42`"),
    })
}

pub(super) fn parse_float(text: &str) -> Result<f64, ValueFault> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if is_decimal(digits) && !has_leading_zero(digits) {
        return finite(text);
    }
    let fault = ValueFault::new(format!("{} is no number", shown(text)));
    Err(
        match text
            .trim_start_matches(['-', '+', '.'])
            .to_ascii_lowercase()
            .as_str()
        {
            "inf" | "infinity" | "nan" => ValueFault::new(format!("{} is not finite", shown(text)))
                .hint("a float is a finite number; leave `min` or `max` out if there is no bound"),
            _ => match (
                likely(text),
                digits.strip_prefix('.'),
                digits.strip_suffix('.'),
            ) {
                (Some(hint), _, _) => fault.hint(hint),
                (_, Some(rest), _) if is_digits(rest) => {
                    fault.hint(format!("write `{}0.{rest}`", sign(text)))
                }
                (_, _, Some(whole)) if is_digits(whole) => {
                    fault.hint(format!("write `{}{whole}.0`", sign(text)))
                }
                _ => fault.hint("write decimal digits, such as `0.3`"),
            },
        },
    )
}

fn finite(text: &str) -> Result<f64, ValueFault> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(ValueFault::new(format!(
            "{} does not fit into a 64-bit float",
            shown(text)
        ))),
    }
}

/// As a fraction: `12.5%` is 0.125.
pub(super) fn parse_percent(text: &str) -> Result<f64, ValueFault> {
    let Some(number) = text.strip_suffix('%') else {
        let fault = ValueFault::new(format!("{} has no `%`", shown(text)));
        return Err(match parse_float(text) {
            Ok(number) if number.abs() <= 1.0 && text.contains('.') => {
                let percent = routewright::Scalar::<&str>::Percent(number);
                fault.hint(format!(
                    "write `{text}%`; or `{percent}` if a fraction is meant"
                ))
            }
            Ok(_) => fault.hint(format!("write `{text}%`")),
            Err(_) => ValueFault::new(format!("{} is no percentage", shown(text)))
                .hint("write a number and `%`, such as `12.5%`"),
        });
    };
    parse_float(number)
        .map(|number| number / 100.0)
        .map_err(|fault| match number.ends_with(' ') {
            true => fault.hint(format!("write `{}%`, without a blank", number.trim_end())),
            false => fault,
        })
}

/// Reads a share in percent as parts per million. Whether it is above 0 % and at most
/// 100 % is not decided here, but what cannot be told apart in parts per million is
/// refused.
pub fn parse_share_ppm(text: &str) -> Result<u32, ValueFault> {
    parse_percent(text)?;
    let number = text.trim_end_matches('%');
    let fine = || {
        ValueFault::new(format!("the share {} is finer than 0.0001%", shown(text)))
            .hint("give at most four digits after the point")
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if !is_digits(whole) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(
            ValueFault::new(format!("the share {} is not in 0% to 100%", shown(text)))
                .hint("write plain digits, such as `1%` or `0.5%`"),
        );
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 4 {
        return Err(fine());
    }
    let whole: Option<u32> = whole.parse().ok();
    let fraction: Option<u32> = format!("{fraction:0<4}").parse().ok();
    whole
        .zip(fraction)
        .and_then(|(whole, fraction)| whole.checked_mul(10_000)?.checked_add(fraction))
        .ok_or_else(|| ValueFault::new(format!("the share {} is above 100%", shown(text))))
}

fn sign(text: &str) -> &str {
    if text.starts_with('-') { "-" } else { "" }
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn has_leading_zero(digits: &str) -> bool {
    digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
}

/// Digits, perhaps a point and digits, perhaps an exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    is_digits(whole)
        && fraction.is_none_or(is_digits)
        && exponent.is_none_or(|e| is_digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}

/// What somebody who writes this probably means: numbers as other languages, and
/// YAML 1.1, take them.
fn likely(text: &str) -> Option<String> {
    let sign = sign(text);
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    if text.len() > 64 {
        return None;
    }
    if text.starts_with('+') && is_decimal(bare) {
        return Some(format!("write `{bare}`"));
    }
    if text.trim() != text {
        return Some("remove the blanks around it".to_owned());
    }
    let radix = |prefix: &str, radix| {
        let digits = bare.strip_prefix(prefix)?.replace('_', "");
        i128::from_str_radix(&digits, radix)
            .ok()
            .filter(|_| !digits.starts_with(['+', '-']))
    };
    let prefixed = radix("0x", 16)
        .or_else(|| radix("0X", 16))
        .or_else(|| radix("0o", 8))
        .or_else(|| radix("0b", 2));
    if let Some(number) = prefixed {
        return Some(format!("numbers are decimal; write `{sign}{number}`"));
    }
    let plain = bare.replace(['_', ','], "");
    if bare.contains(['_', ',']) && is_decimal(&plain) {
        return Some(format!("digits are not grouped; write `{sign}{plain}`"));
    }
    let stripped = bare.trim_start_matches('0');
    if is_digits(bare) && has_leading_zero(bare) {
        let decimal = if stripped.is_empty() { "0" } else { stripped };
        return Some(match i128::from_str_radix(bare, 8) {
            Ok(octal) if octal.to_string() != decimal => {
                format!("write `{sign}{decimal}`; or `{sign}{octal}` if octal is meant")
            }
            _ => format!("write `{sign}{decimal}`"),
        });
    }
    if is_decimal(bare) && has_leading_zero(bare) {
        return Some(format!(
            "write `{sign}{}`",
            if stripped.starts_with('.') {
                bare.get(bare.len() - stripped.len() - 1..).unwrap_or(bare)
            } else {
                stripped
            }
        ));
    }
    if let Some(seconds) = sexagesimal(bare) {
        return Some(format!(
            "YAML 1.1 took this for {seconds}; write `{sign}{seconds}`, or a duration with its unit"
        ));
    }
    exponent(bare).map(|number| format!("write `{sign}{number}`"))
}

/// `12:30` and `1:02:03`, to the base of 60.
fn sexagesimal(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let first: u64 = parts.next().filter(|p| is_digits(p))?.parse().ok()?;
    let mut number = None;
    for part in parts {
        let part: u64 = part.parse().ok().filter(|p| *p < 60 && is_digits(part))?;
        number = Some(number.unwrap_or(first).checked_mul(60)?.checked_add(part)?);
    }
    number
}

/// `1e3` as 1000, if that is a whole number.
fn exponent(text: &str) -> Option<i64> {
    let number: f64 = text
        .contains(['e', 'E'])
        .then(|| is_decimal(text))?
        .then(|| text.parse().ok())??;
    (number.fract() == 0.0 && number < 9e15).then_some(number as i64)
}
