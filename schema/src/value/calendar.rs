//! Dates and points in time, in the proleptic Gregorian calendar.

use std::fmt;
use std::time::SystemTime;

use super::number::is_digits;
use super::{ValueFault, shown};

/// A day, written `2027-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// That day, if there is one. Years are 0 to 9999.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let good =
            year <= 9999 && (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month);
        good.then_some(Date { year, month, day })
    }

    /// Reads `2027-01-31`.
    pub fn parse(text: &str) -> Result<Date, ValueFault> {
        let fault = || ValueFault::new(format!("{} is no date", shown(text)));
        let usage = "write year, month and day, such as `2027-01-31`";
        let (year, month, day) = split3(text, '-', [4, 2, 2]).ok_or_else(|| fault().hint(usage))?;
        Date::new(year, month as u8, day as u8).ok_or_else(|| {
            fault().hint(format!("there is no day {day} of month {month} in {year}"))
        })
    }

    /// The day of a clock's time, in UTC; the last day there is if the clock is past it.
    pub fn of(time: SystemTime) -> Date {
        let seconds = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |d| d.as_secs());
        let mut left = seconds / 86_400;
        for year in 1970..=9999 {
            for month in 1..=12 {
                let days = u64::from(days_in(year, month));
                if left < days {
                    return Date {
                        year,
                        month,
                        day: left as u8 + 1,
                    };
                }
                left -= days;
            }
        }
        Date::last()
    }

    /// The last day there is.
    pub(super) fn last() -> Date {
        Date {
            year: 9999,
            month: 12,
            day: 31,
        }
    }

    /// Days since 1970-01-01 (Howard Hinnant's `days_from_civil`).
    fn days(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month = i64::from(self.month);
        let shifted = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * shifted + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u8::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Three numbers of exactly so many digits.
fn split3(text: &str, between: char, digits: [usize; 3]) -> Option<(u16, u16, u16)> {
    let mut parts = text.split(between);
    let mut next = |digits| {
        parts
            .next()
            .filter(|p| p.len() == digits && is_digits(p))?
            .parse()
            .ok()
    };
    let numbers = (next(digits[0])?, next(digits[1])?, next(digits[2])?);
    parts.next().is_none().then_some(numbers)
}

/// Reads RFC 3339: seconds since the Unix epoch, and nanoseconds within that second.
pub(super) fn parse_timestamp(text: &str) -> Result<(i64, u32), ValueFault> {
    let fault = || ValueFault::new(format!("{} is no timestamp", shown(text)));
    let usage = || fault().hint("write RFC 3339 with a zone, such as `2027-01-31T08:00:00Z`");
    if Date::parse(text).is_ok() {
        return Err(fault().hint(format!("write `{text}T00:00:00Z`")));
    }
    let (date, rest) = text.split_once('T').ok_or_else(usage)?;
    let date = Date::parse(date)
        .map_err(|inner| inner.hint.map_or_else(usage, |hint| fault().hint(hint)))?;
    let zone_at = rest
        .find(['Z', '+', '-'])
        .ok_or_else(|| match rest.contains(':') {
            true => fault().hint(format!("a zone is missing; write `{text}Z` for UTC")),
            false => usage(),
        })?;
    let (time, zone) = rest.split_at(zone_at);
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, Some(fraction)),
        None => (time, None),
    };
    let (hour, minute, second) = split3(time, ':', [2, 2, 2]).ok_or_else(usage)?;
    if hour > 23 || minute > 59 || second > 59 {
        return Err(fault().hint("hours are 00 to 23, minutes and seconds 00 to 59"));
    }
    let nanos = match fraction {
        None => 0,
        Some(digits) if is_digits(digits) && digits.len() <= 9 => {
            format!("{digits:0<9}").parse().map_err(|_| usage())?
        }
        Some(_) => return Err(fault().hint("give one to nine digits of a second")),
    };
    let offset = zone_seconds(zone).ok_or_else(usage)?;
    let in_day = i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second);
    Ok((date.days() * 86_400 + in_day - offset, nanos))
}

fn zone_seconds(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("Z", "") => return Some(0),
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two = |text: &str, max| {
        (text.len() == 2 && is_digits(text))
            .then(|| text.parse().ok())?
            .filter(|n: &i64| *n <= max)
    };
    Some(sign * (two(hours, 23)? * 3_600 + two(minutes, 59)? * 60))
}
