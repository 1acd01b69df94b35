//! Values of settings: kinds, scalars, and how they are written.

use std::borrow::Cow;
use std::fmt;

use crate::error::shown;

/// The type of a scalar. The number is the one of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// `true` or `false`.
    Bool = 1,
    /// A 64-bit signed integer.
    Int = 2,
    /// A finite 64-bit float.
    Float = 3,
    /// A fraction, written in percent.
    Percent = 4,
    /// A length of time.
    Duration = 5,
    /// A number of bytes.
    Size = 6,
    /// A point in time.
    Timestamp = 7,
    /// Text.
    String = 8,
    /// One of a closed list of words.
    Enum = 9,
}

impl Kind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Kind; 9] = [
        Kind::Bool,
        Kind::Int,
        Kind::Float,
        Kind::Percent,
        Kind::Duration,
        Kind::Size,
        Kind::Timestamp,
        Kind::String,
        Kind::Enum,
    ];

    /// The word of the definition language.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Bool => "bool",
            Kind::Int => "int",
            Kind::Float => "float",
            Kind::Percent => "percent",
            Kind::Duration => "duration",
            Kind::Size => "size",
            Kind::Timestamp => "timestamp",
            Kind::String => "string",
            Kind::Enum => "enum",
        }
    }

    /// The kind of that number in an image.
    pub(crate) const fn from_u8(number: u8) -> Option<Kind> {
        match number {
            1..=9 => Some(Kind::ALL[number as usize - 1]),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a setting holds one scalar, a list of them, or a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Form {
    /// One scalar.
    One = 0,
    /// A list of scalars of one kind.
    List = 1,
    /// Rows of cells; each column has a kind.
    Table = 2,
}

impl Form {
    pub(crate) const fn from_u8(number: u8) -> Option<Form> {
        match number {
            0 => Some(Form::One),
            1 => Some(Form::List),
            2 => Some(Form::Table),
            _ => None,
        }
    }
}

/// One value. `S` is `&str` where it is borrowed (from an image, a push or a
/// definition) and `String` where it is kept.
///
/// `Display` writes it as the definition language does: `250ms`, `64KiB`, `12.5%`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<S> {
    /// Of kind bool.
    Bool(bool),
    /// Of kind int.
    Int(i64),
    /// Of kind float.
    Float(f64),
    /// Of kind percent, as a fraction.
    Percent(f64),
    /// Of kind duration, in nanoseconds.
    Duration(u64),
    /// Of kind size, in bytes.
    Size(u64),
    /// Of kind timestamp: seconds since the Unix epoch and nanoseconds within
    /// that second.
    Timestamp(i64, u32),
    /// Of kind string.
    String(S),
    /// Of kind enum.
    Enum(S),
}

impl<S> Scalar<S> {
    /// The kind of this value.
    pub const fn kind(&self) -> Kind {
        match self {
            Scalar::Bool(_) => Kind::Bool,
            Scalar::Int(_) => Kind::Int,
            Scalar::Float(_) => Kind::Float,
            Scalar::Percent(_) => Kind::Percent,
            Scalar::Duration(_) => Kind::Duration,
            Scalar::Size(_) => Kind::Size,
            Scalar::Timestamp(..) => Kind::Timestamp,
            Scalar::String(_) => Kind::String,
            Scalar::Enum(_) => Kind::Enum,
        }
    }

    /// The value as a number, if it has one: durations in seconds, sizes in bytes,
    /// percents as fractions, timestamps in seconds since the Unix epoch.
    pub fn number(&self) -> Option<f64> {
        match self {
            Scalar::Int(v) => Some(*v as f64),
            Scalar::Float(v) | Scalar::Percent(v) => Some(*v),
            Scalar::Duration(v) => Some(*v as f64 / 1e9),
            Scalar::Size(v) => Some(*v as f64),
            Scalar::Timestamp(s, n) => Some(*s as f64 + f64::from(*n) / 1e9),
            Scalar::Bool(_) | Scalar::String(_) | Scalar::Enum(_) => None,
        }
    }
}

impl<S: AsRef<str>> Scalar<S> {
    /// The same value, borrowed.
    pub fn borrow(&self) -> Scalar<&str> {
        match self {
            Scalar::Bool(v) => Scalar::Bool(*v),
            Scalar::Int(v) => Scalar::Int(*v),
            Scalar::Float(v) => Scalar::Float(*v),
            Scalar::Percent(v) => Scalar::Percent(*v),
            Scalar::Duration(v) => Scalar::Duration(*v),
            Scalar::Size(v) => Scalar::Size(*v),
            Scalar::Timestamp(s, n) => Scalar::Timestamp(*s, *n),
            Scalar::String(v) => Scalar::String(v.as_ref()),
            Scalar::Enum(v) => Scalar::Enum(v.as_ref()),
        }
    }

    /// The same value, owned.
    pub fn to_owned(&self) -> Scalar<String> {
        self.borrow().map(str::to_owned)
    }
}

impl<'s> Scalar<&'s str> {
    /// As much of it as a refusal shows.
    pub(crate) fn shown(self) -> Scalar<Cow<'s, str>> {
        self.map(shown)
    }

    fn map<T>(self, text: impl FnOnce(&'s str) -> T) -> Scalar<T> {
        match self {
            Scalar::Bool(v) => Scalar::Bool(v),
            Scalar::Int(v) => Scalar::Int(v),
            Scalar::Float(v) => Scalar::Float(v),
            Scalar::Percent(v) => Scalar::Percent(v),
            Scalar::Duration(v) => Scalar::Duration(v),
            Scalar::Size(v) => Scalar::Size(v),
            Scalar::Timestamp(s, n) => Scalar::Timestamp(s, n),
            Scalar::String(v) => Scalar::String(text(v)),
            Scalar::Enum(v) => Scalar::Enum(text(v)),
        }
    }
}

impl<S: AsRef<str>> fmt::Display for Scalar<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Bool(v) => write!(f, "{v}"),
            Scalar::Int(v) => write!(f, "{v}"),
            Scalar::Float(v) => write!(f, "{v:?}"),
            Scalar::Percent(v) => write!(f, "{}%", Percent(*v)),
            Scalar::Duration(v) => write_units(f, *v, &DURATION_UNITS, "0s"),
            Scalar::Size(v) => write_size(f, *v),
            Scalar::Timestamp(s, n) => write_timestamp(f, *s, *n),
            Scalar::String(v) | Scalar::Enum(v) => f.write_str(v.as_ref()),
        }
    }
}

const DURATION_UNITS: [(u64, &str); 7] = [
    (86_400_000_000_000, "d"),
    (3_600_000_000_000, "h"),
    (60_000_000_000, "m"),
    (1_000_000_000, "s"),
    (1_000_000, "ms"),
    (1_000, "us"),
    (1, "ns"),
];

/// Writes `1m30s`: each unit once, largest first, none that is zero.
fn write_units(
    f: &mut fmt::Formatter<'_>,
    mut rest: u64,
    units: &[(u64, &str)],
    zero: &str,
) -> fmt::Result {
    if rest == 0 {
        return f.write_str(zero);
    }
    for (unit, name) in units {
        if rest >= *unit {
            write!(f, "{}{name}", rest / unit)?;
            rest %= unit;
        }
    }
    Ok(())
}

const SIZE_UNITS: [(u64, &str); 8] = [
    (1 << 40, "TiB"),
    (1_000_000_000_000, "TB"),
    (1 << 30, "GiB"),
    (1_000_000_000, "GB"),
    (1 << 20, "MiB"),
    (1_000_000, "MB"),
    (1 << 10, "KiB"),
    (1_000, "KB"),
];

/// Writes a size in the largest unit that leaves no remainder.
fn write_size(f: &mut fmt::Formatter<'_>, bytes: u64) -> fmt::Result {
    let whole = |(unit, _): &&(u64, &str)| bytes != 0 && bytes.is_multiple_of(*unit);
    match SIZE_UNITS.iter().find(whole) {
        Some((unit, name)) => write!(f, "{}{name}", bytes / unit),
        None => write!(f, "{bytes}B"),
    }
}

/// A fraction in percent, with the fewest digits that read back as the same float.
struct Percent(f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for digits in 0..=17 {
            let text = format!("{:.digits$}", self.0 * 100.0);
            if text.parse::<f64>().is_ok_and(|v| v / 100.0 == self.0) {
                return f.write_str(&text);
            }
        }
        write!(f, "{:?}", self.0 * 100.0)
    }
}

/// Writes RFC 3339 in UTC. The calendar is Howard Hinnant's `civil_from_days`.
fn write_timestamp(f: &mut fmt::Formatter<'_>, seconds: i64, nanos: u32) -> fmt::Result {
    let days = seconds.div_euclid(86_400);
    let second = seconds.rem_euclid(86_400);
    let shifted = i128::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    write!(
        f,
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
        second / 3_600,
        second / 60 % 60,
        second % 60
    )?;
    if nanos != 0 {
        let text = format!("{nanos:09}");
        write!(f, ".{}", text.trim_end_matches('0'))?;
    }
    f.write_str("Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_written_as_in_the_language() {
        let rows: &[(Scalar<&str>, &str)] = &[
            (Scalar::Bool(true), "true"),
            (Scalar::Int(-42), "-42"),
            (Scalar::Float(0.3), "0.3"),
            (Scalar::Float(1.0), "1.0"),
            (Scalar::Percent(0.125), "12.5%"),
            (Scalar::Percent(0.07), "7%"),
            (Scalar::Percent(1.0 / 3.0), "33.33333333333333%"),
            (Scalar::Duration(0), "0s"),
            (Scalar::Duration(90_000_000_000), "1m30s"),
            (Scalar::Duration(250_000_000), "250ms"),
            (Scalar::Size(65_536), "64KiB"),
            (Scalar::Size(10_000_000), "10MB"),
            (Scalar::Size(1_024_000), "1000KiB"),
            (Scalar::Size(0), "0B"),
            (Scalar::Timestamp(0, 0), "1970-01-01T00:00:00Z"),
            (
                Scalar::Timestamp(951_782_400, 500_000_000),
                "2000-02-29T00:00:00.5Z",
            ),
            (Scalar::Timestamp(-1, 0), "1969-12-31T23:59:59Z"),
            (Scalar::Enum("info"), "info"),
        ];
        for (scalar, text) in rows {
            assert_eq!(scalar.to_string(), *text);
        }
    }
}
