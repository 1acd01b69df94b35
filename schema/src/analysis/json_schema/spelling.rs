//! How scalars are spelled, as JSON Schema says it.
//!
//! The reader takes the text of a scalar, in quotes or not; a program that reads YAML
//! makes a number or a boolean of some texts. So each of these takes both.

use routewright::{Kind, limits};
use serde_json::{Value, json};

const DIGITS: &str = "(0|[1-9][0-9]*)";
const FRACTION: &str = "([.][0-9]+)?";
const EXPONENT: &str = "([eE][+-]?[0-9]+)?";
const DAY: &str = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
const TIME: &str = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?";
const ZONE: &str = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
/// Joined by `.` to at most as many as a name may have.
const SEGMENT: &str = "[^.]+";

/// Any scalar but null.
pub fn text() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

pub fn bool() -> Value {
    json!({ "type": ["boolean", "string"], "pattern": "^(true|false)$" })
}

pub fn yes() -> Value {
    json!({ "enum": [true, "true"] })
}

pub fn int(min: i64, max: i64) -> Value {
    let mut out = json!({ "type": ["integer", "string"], "pattern": format!("^-?{DIGITS}$") });
    // What all 64-bit integers keep to says nothing, and JSON readers have 53 bits.
    if min != i64::MIN {
        out["minimum"] = min.into();
    }
    if max != i64::MAX {
        out["maximum"] = max.into();
    }
    out
}

pub fn date() -> Value {
    pattern(&format!("^{DAY}$"))
}

/// A day, or a time of it.
pub fn moment() -> Value {
    pattern(&format!("^{DAY}(T{TIME}{ZONE})?$"))
}

/// Part of a whole, in parts per million.
pub fn share() -> Value {
    pattern("^(100([.]0+)?|[1-9]?[0-9]([.][0-9]{1,4}0*)?)%$")
}

pub fn reason() -> Value {
    json!({ "type": ["string", "number"], "not": { "enum": ["true", "false"] } })
}

pub fn package() -> Value {
    let ident = "[A-Za-z_][A-Za-z0-9_]*";
    let mut out = pattern(&format!("^{ident}([.]{ident})*$"));
    out["maxLength"] = limits::IDENT_BYTES_MAX.into();
    out
}

/// The name of an event.
pub fn event() -> Value {
    let wildcard = "(?!([^.]+[.])*[*]{1,2}([.]|$))";
    name(wildcard)
}

/// The name of an event, or a pattern whose `**`, if any, is last.
pub fn route() -> Value {
    name("(?!([^.]+[.])*[*]{2}[.])")
}

/// A name may look like a number, `404`; as a key it is a text again.
fn name(refused: &str) -> Value {
    let more = limits::NAME_SEGMENTS_MAX - 1;
    json!({
        "type": ["string", "number", "boolean"],
        "maxLength": limits::NAME_BYTES_MAX,
        "pattern": format!("^{refused}{SEGMENT}([.]{SEGMENT}){{0,{more}}}$"),
    })
}

pub fn consumer() -> Value {
    ident("^[a-z][a-z0-9_-]*$")
}

pub fn setting() -> Value {
    ident("^[a-z][a-z0-9_]*$")
}

pub fn setting_path() -> Value {
    ident("^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*)*$")
}

/// `true` is a good name, and a boolean to who reads YAML by its tags.
fn ident(pattern: &str) -> Value {
    json!({ "type": ["string", "boolean"], "maxLength": limits::IDENT_BYTES_MAX, "pattern": pattern })
}

/// A value of that kind.
pub fn of(kind: Kind) -> Value {
    match kind {
        Kind::Bool => bool(),
        Kind::Int => int(i64::MIN, i64::MAX),
        Kind::Float => json!({
            "type": ["number", "string"],
            "pattern": format!("^-?{DIGITS}{FRACTION}{EXPONENT}$"),
        }),
        Kind::Percent => pattern(&format!("^-?{DIGITS}{FRACTION}{EXPONENT}%$")),
        Kind::Duration => duration(),
        Kind::Size => pattern(&format!("^{DIGITS}([KMGT]i?)?B$")),
        Kind::Timestamp => pattern(&format!("^{DAY}T{TIME}{ZONE}$")),
        Kind::String | Kind::Enum => text(),
    }
}

/// Each unit once, the largest first.
pub fn duration() -> Value {
    let units = ["d", "h", "m", "s", "ms", "us", "ns"];
    let parts: String = units.map(|unit| format!("({DIGITS}{unit})?")).concat();
    let mut out = pattern(&format!("^{parts}$"));
    out["minLength"] = 1.into();
    out
}

/// What bounds a value of that kind; `None`: it has no bounds.
pub fn bound(kind: Kind) -> Option<Value> {
    match kind {
        Kind::Bool | Kind::Enum => None,
        Kind::String => Some(int(i64::MIN, i64::MAX)),
        kind => Some(of(kind)),
    }
}

/// How far one push may move a value of that kind; `None`: any way, or not at all.
pub fn step(kind: Kind) -> Option<Value> {
    let difference = match kind {
        Kind::Bool | Kind::String | Kind::Enum => return None,
        Kind::Timestamp => duration(),
        kind => of(kind),
    };
    let factor = pattern(&format!("^[1-9][0-9]*{FRACTION}{EXPONENT}x$"));
    Some(json!({ "anyOf": [factor, difference] }))
}

fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}
