//! A point in time, for what has a last day: the clock of `test` and `explain`.

use std::fmt;
use std::time::{Duration, SystemTime};

use routewright::Scalar;

use super::calendar::parse_timestamp;
use super::{Date, ValueFault, parse_duration, shown};

const DAY_SECONDS: u64 = 86_400;

/// A time of the wall clock, since 1970. A day stands for its beginning, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Moment(Duration);

impl Moment {
    /// What the clock of this machine says, to the second; 1970 if it is before.
    pub fn now() -> Moment {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Moment(Duration::from_secs(since.unwrap_or_default().as_secs()))
    }

    /// Reads a day, `2027-01-31`, or a time, `2027-01-31T08:00:00Z`.
    pub fn parse(text: &str) -> Result<Moment, ValueFault> {
        let midnight = format!("{text}T00:00:00Z");
        let whole = match Date::parse(text) {
            Ok(_) => midnight.as_str(),
            // It speaks of a day alone, and knows best what is wrong with it.
            Err(fault) if !text.contains('T') => return Err(fault),
            Err(_) => text,
        };
        let (seconds, nanos) = parse_timestamp(whole)?;
        match u64::try_from(seconds) {
            Ok(seconds) => Ok(Moment(Duration::new(seconds, nanos))),
            Err(_) => Err(ValueFault::new(format!("{} is before 1970", shown(text)))
                .hint("give a day since `1970-01-01`")),
        }
    }

    /// Reads the same, or how long after now: `+2h`.
    pub fn parse_after(text: &str, now: Moment) -> Result<Moment, ValueFault> {
        let Some(later) = text.strip_prefix('+') else {
            return Moment::parse(text).map_err(|fault| ValueFault {
                hint: fault
                    .hint
                    .map(|hint| format!("{hint}; or how long from now, such as `+2h`")),
                ..fault
            });
        };
        let later = Duration::from_nanos(parse_duration(later)?);
        Ok(Moment(now.0.saturating_add(later)))
    }

    /// Its day, in UTC.
    pub fn date(self) -> Date {
        let at = SystemTime::UNIX_EPOCH.checked_add(self.0);
        at.map_or_else(Date::last, Date::of)
    }

    /// In milliseconds since 1970.
    pub fn ms(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Moment {
    /// As [`Moment::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0.as_secs(), self.0.subsec_nanos());
        if seconds.is_multiple_of(DAY_SECONDS) && nanos == 0 {
            return self.date().fmt(f);
        }
        Scalar::<&str>::Timestamp(seconds as i64, nanos).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let rows = [
            ("1970-01-01", Ok("1970-01-01")),
            ("2027-01-31", Ok("2027-01-31")),
            ("2027-01-31T00:00:00Z", Ok("2027-01-31")),
            ("2027-01-31T08:00:00Z", Ok("2027-01-31T08:00:00Z")),
            ("2027-01-31T08:00:00.5Z", Ok("2027-01-31T08:00:00.5Z")),
            ("2027-01-31T01:00:00+02:00", Ok("2027-01-30T23:00:00Z")),
            ("1969-12-31", Err("`1969-12-31` is before 1970")),
            ("2027-02-30", Err("`2027-02-30` is no date")),
            ("tomorrow", Err("`tomorrow` is no date")),
            (
                "2027-01-31T08:00",
                Err("`2027-01-31T08:00` is no timestamp"),
            ),
            ("+2h", Err("`+2h` is no date")),
        ];
        for (text, expected) in rows {
            let read = Moment::parse(text).map(|m| m.to_string());
            let read = read.as_deref().map_err(|fault| fault.message.as_str());
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn from_now_on() {
        let now = Moment::parse("2027-01-31T23:00:00Z").unwrap();
        let after = |text| Moment::parse_after(text, now).map(|m| m.to_string());
        assert_eq!(after("+2h").as_deref(), Ok("2027-02-01T01:00:00Z"));
        assert_eq!(after("+1h").as_deref(), Ok("2027-02-01"));
        assert_eq!(after("2026-01-01").as_deref(), Ok("2026-01-01"));
        assert!(after("+2").is_err());
        assert_eq!(now.date().to_string(), "2027-01-31");
        assert_eq!(now.ms() % 86_400_000, 23 * 3_600_000);
    }
}
