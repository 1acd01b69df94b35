//! Amounts with a unit: durations and sizes.

use super::number::{has_leading_zero, is_digits};
use super::{ValueFault, shown};

const NS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

const BYTES: [(&str, u64); 9] = [
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Units of time as other tools spell them.
const OTHER_TIME: [(&str, &str); 19] = [
    ("day", "d"),
    ("days", "d"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("msec", "ms"),
    ("millis", "ms"),
    ("milliseconds", "ms"),
    ("\u{b5}s", "us"),
    ("\u{3bc}s", "us"),
];

fn unit<T: Copy>(units: &[(&str, T)], name: &str) -> Option<T> {
    units
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, unit)| *unit)
}

/// The digits (and points) that the text begins with, and what follows.
fn number_first(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    text.split_at(end)
}

pub(super) fn parse_duration(text: &str) -> Result<u64, ValueFault> {
    let fault = || ValueFault::new(format!("{} is no duration", shown(text)));
    let usage = "write a number and a unit (ns, us, ms, s, m, h, d), such as `250ms` or `1m30s`";
    if text.is_empty() || text.starts_with(['-', '+']) || text.trim() != text {
        return Err(fault().hint(usage));
    }
    if is_digits(text) {
        let fault = ValueFault::new(format!("the duration {} has no unit", shown(text)));
        return Err(fault.hint(match text.trim_start_matches('0') {
            "" => "write `0s`".to_owned(),
            _ => format!("write `{text}ms` or `{text}s`"),
        }));
    }
    let mut total: u64 = 0;
    let mut last = u64::MAX;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = number_first(rest);
        let end = after
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        if number.is_empty() {
            return Err(fault().hint(usage));
        }
        let Some(unit) = unit(&NS, name) else {
            return Err(
                unknown_time(text, number, name, fault()).unwrap_or_else(|| fault().hint(usage))
            );
        };
        if !is_digits(number) {
            let hint =
                fraction(number, unit).map_or(usage.to_owned(), |whole| format!("write `{whole}`"));
            return Err(fault().hint(hint));
        }
        if has_leading_zero(number) {
            return Err(fault().hint(format!("write `{}{name}`", number.trim_start_matches('0'))));
        }
        if unit >= last {
            return Err(fault().hint("write each unit once, the largest first, such as `1m30s`"));
        }
        last = unit;
        total = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(unit)?.checked_add(total))
            .ok_or_else(|| {
                ValueFault::new(format!(
                    "the duration {} is longer than 584 years",
                    shown(text)
                ))
            })?;
        rest = after;
    }
    Ok(total)
}

fn unknown_time(text: &str, number: &str, name: &str, fault: ValueFault) -> Option<ValueFault> {
    let bare = name.trim();
    let lower = bare.to_lowercase();
    if unit(&NS, bare).is_some() {
        return Some(fault.hint(format!("write `{number}{bare}`, without a blank")));
    }
    // `M` is a minute to some and a month to others, but `MS` and `S` are clear.
    let known = unit(&OTHER_TIME, &lower).or_else(|| unit(&NS, &lower).map(|_| lower.as_str()));
    match known {
        Some(known) => Some(fault.hint(format!("write `{number}{known}`"))),
        None if name.is_empty() => Some(
            ValueFault::new(format!("the last number of {} has no unit", shown(text)))
                .hint("units are ns, us, ms, s, m, h, d"),
        ),
        None if lower == "w" => number
            .parse::<u64>()
            .ok()
            .and_then(|weeks| weeks.checked_mul(7))
            .map(|days| fault.hint(format!("there are no weeks; write `{days}d`"))),
        None => None,
    }
}

/// `1.5` of a unit, written without a fraction.
fn fraction(number: &str, unit: u64) -> Option<routewright::Scalar<String>> {
    let ns = number.parse::<f64>().ok()? * unit as f64;
    (ns.fract() == 0.0 && ns < 9e15).then_some(routewright::Scalar::Duration(ns as u64))
}

pub(super) fn parse_size(text: &str) -> Result<u64, ValueFault> {
    let fault = || ValueFault::new(format!("{} is no size", shown(text)));
    let usage =
        "write a number and a unit (B, KB, MB, GB, TB, KiB, MiB, GiB, TiB), such as `64KiB`";
    if is_digits(text) {
        return Err(
            ValueFault::new(format!("the size {} has no unit", shown(text)))
                .hint(format!("write `{text}B`")),
        );
    }
    let (number, name) = number_first(text);
    if number.is_empty() {
        return Err(fault().hint(usage));
    }
    let Some(unit) = unit(&BYTES, name) else {
        return Err(fault().hint(likely_size(number, name).unwrap_or_else(|| usage.to_owned())));
    };
    if !is_digits(number) {
        let bytes = number
            .parse::<f64>()
            .ok()
            .map(|n| n * unit as f64)
            .filter(|b| b.fract() == 0.0 && *b < 9e15);
        let hint = bytes.map_or(usage.to_owned(), |bytes| {
            format!(
                "write `{}`",
                routewright::Scalar::<&str>::Size(bytes as u64)
            )
        });
        return Err(fault().hint(hint));
    }
    if has_leading_zero(number) {
        let digits = number.trim_start_matches('0');
        return Err(fault().hint(format!(
            "write `{}{name}`",
            if digits.is_empty() { "0" } else { digits }
        )));
    }
    let bytes = number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit));
    bytes.ok_or_else(|| {
        ValueFault::new(format!(
            "the size {} does not fit into 64 bits",
            shown(text)
        ))
    })
}

fn likely_size(number: &str, name: &str) -> Option<String> {
    let bare = name.trim();
    if unit(&BYTES, bare).is_some() {
        return Some(format!("write `{number}{bare}`, without a blank"));
    }
    let upper = bare.to_ascii_uppercase();
    if matches!(upper.as_str(), "B" | "BYTE" | "BYTES") {
        return Some(format!("write `{number}B`"));
    }
    let (letter, rest) = upper.split_at_checked(1)?;
    "KMGT".contains(letter).then_some(())?;
    match rest {
        "IB" | "I" => Some(format!("write `{number}{letter}iB`")),
        "" | "B" => Some(format!(
            "write `{number}{letter}iB` (powers of 1024) or `{number}{letter}B` (powers of 1000)"
        )),
        _ => None,
    }
}
