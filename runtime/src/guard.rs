//! Guards: what the host counts, held against limits for a while after a publish.
//!
//! A push can be legal and wrong; then only what happens shows it. During the bake
//! window after a publish the cell compares what the host reports with the limits of
//! the push and of the host, and goes back by itself, once, to what was served before.
//! It has no thread for that: the host calls [`RouteCell::tick`](crate::RouteCell::tick).

use std::time::Duration;

use crate::clock::Now;
use crate::error::{Code, Path, Subject, Violation};
use crate::limits::{GUARD_EVENTS_MIN, SHARE_PPM_MAX};
use crate::scalar::Scalar;

/// Limits on what the host reports during a bake window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Length of the window after a publish; zero: nothing is watched.
    pub bake: Duration,
    /// Most unrouted events, in parts per million of all events.
    pub unrouted_ppm_max: Option<u32>,
    /// Most failed deliveries, in parts per million of all deliveries.
    pub error_ppm_max: Option<u32>,
    /// Most bytes that configuration allocates per second.
    pub allocation_bytes_per_second_max: Option<u64>,
}

impl Guard {
    /// Watches nothing.
    pub const NONE: Guard = Guard {
        bake: Duration::ZERO,
        unrouted_ppm_max: None,
        error_ppm_max: None,
        allocation_bytes_per_second_max: None,
    };

    /// What holds if both do: the longer window, the lower of each limit.
    #[must_use]
    pub fn and(self, other: Guard) -> Guard {
        Guard {
            bake: self.bake.max(other.bake),
            unrouted_ppm_max: lower(self.unrouted_ppm_max, other.unrouted_ppm_max),
            error_ppm_max: lower(self.error_ppm_max, other.error_ppm_max),
            allocation_bytes_per_second_max: lower(
                self.allocation_bytes_per_second_max,
                other.allocation_bytes_per_second_max,
            ),
        }
    }

    /// Whether there is a limit at all.
    pub fn limits_anything(&self) -> bool {
        self.unrouted_ppm_max.is_some()
            || self.error_ppm_max.is_some()
            || self.allocation_bytes_per_second_max.is_some()
    }
}

fn lower<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// What the host has counted since it started. Each only grows; what a host does not
/// count stays 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events that were looked up.
    pub events: u64,
    /// Those that nothing answered for.
    pub unrouted: u64,
    /// Deliveries that were tried.
    pub deliveries: u64,
    /// Those that failed.
    pub errors: u64,
    /// Bytes that configuration allocated.
    pub config_bytes: u64,
}

impl Counters {
    /// What came on top; of a counter that went back, all of it.
    fn since(&self, start: &Counters) -> Counters {
        let grown = |now: u64, then: u64| now.checked_sub(then).unwrap_or(now);
        Counters {
            events: grown(self.events, start.events),
            unrouted: grown(self.unrouted, start.unrouted),
            deliveries: grown(self.deliveries, start.deliveries),
            errors: grown(self.errors, start.errors),
            config_bytes: grown(self.config_bytes, start.config_bytes),
        }
    }
}

/// A bake window that runs.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    guard: Guard,
    ends: Duration,
    /// What the host reported first within the window. What happened before belongs to
    /// other versions, or is the work of the publish itself.
    first: Option<(Duration, Counters)>,
}

/// What a report says of a window.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    Watching,
    /// The window is over, and nothing was wrong.
    Baked,
    Tripped(Violation),
}

impl Watch {
    /// A window that begins now, if there is anything to watch.
    pub fn begin(guard: Guard, now: Now) -> Option<Watch> {
        let watches = guard.limits_anything() && !guard.bake.is_zero();
        watches.then_some(Watch {
            guard,
            ends: now.monotonic.saturating_add(guard.bake),
            first: None,
        })
    }

    /// What is watched, and for how much longer.
    pub fn status(&self, now: Now) -> (Guard, Duration) {
        (self.guard, self.ends.saturating_sub(now.monotonic))
    }

    /// Judges by all that happened in the window so far. The first report after its end
    /// is judged too; if it is the first of all, it has nothing to be compared with, and
    /// the next one is judged.
    pub fn report(&mut self, counters: &Counters, now: Now) -> Verdict {
        let compared = self.first.is_some();
        let (began, first) = *self.first.get_or_insert((now.monotonic, *counters));
        let time = now.monotonic.saturating_sub(began);
        match self.beyond(&counters.since(&first), time) {
            Some(violation) => Verdict::Tripped(violation),
            None if compared && now.monotonic >= self.ends => Verdict::Baked,
            None => Verdict::Watching,
        }
    }

    fn beyond(&self, seen: &Counters, time: Duration) -> Option<Violation> {
        let Guard {
            unrouted_ppm_max,
            error_ppm_max,
            allocation_bytes_per_second_max: bytes_max,
            ..
        } = self.guard;
        share(
            "guard.unrouted_ppm_max",
            ("events", "unrouted"),
            (seen.unrouted, seen.events),
            unrouted_ppm_max,
            time,
        )
        .or_else(|| {
            share(
                "guard.error_ppm_max",
                ("deliveries", "failed"),
                (seen.errors, seen.deliveries),
                error_ppm_max,
                time,
            )
        })
        .or_else(|| allocation(seen.config_bytes, bytes_max?, time))
    }
}

/// A share of too few is no share.
fn share(
    part: &'static str,
    (all, some): (&str, &str),
    (count, of): (u64, u64),
    ppm_max: Option<u32>,
    time: Duration,
) -> Option<Violation> {
    let ppm_max = ppm_max?;
    let scale = u128::from(SHARE_PPM_MAX);
    if of < GUARD_EVENTS_MIN || u128::from(count) * scale <= u128::from(of) * u128::from(ppm_max) {
        return None;
    }
    let ppm = u64::try_from(u128::from(count) * scale / u128::from(of)).unwrap_or(u64::MAX);
    let message = format!(
        "{count} of {of} {all} ({}) {some} within {:.1} s; at most {}",
        percent(ppm),
        time.as_secs_f64(),
        percent(ppm_max.into())
    );
    let violation = Violation::new(Path::part(Subject::Map, part), Code::Guard, message);
    Some(
        violation
            .fact("value", Scalar::Int(i64::try_from(ppm).unwrap_or(i64::MAX)))
            .fact("max", Scalar::Int(ppm_max.into())),
    )
}

fn percent(ppm: u64) -> String {
    let digits = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
    format!("{}%", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// Per second, over no less than one.
fn allocation(bytes: u64, max: u64, time: Duration) -> Option<Violation> {
    let ms = time.as_millis();
    if ms < 1_000 || u128::from(bytes) * 1_000 <= u128::from(max) * ms {
        return None;
    }
    let per_second = u64::try_from(u128::from(bytes) * 1_000 / ms).unwrap_or(u64::MAX);
    let message = format!(
        "configuration allocated {per_second} bytes a second over {:.1} s; at most {max}",
        time.as_secs_f64()
    );
    let path = Path::part(Subject::Map, "guard.allocation_bytes_per_second_max");
    Some(
        Violation::new(path, Code::Guard, message)
            .fact("value", Scalar::Size(per_second))
            .fact("max", Scalar::Size(max)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Now {
        Now {
            monotonic: Duration::from_millis(ms),
            wall: Duration::ZERO,
        }
    }

    fn seen(events: u64, unrouted: u64, errors: u64, config_bytes: u64) -> Counters {
        Counters {
            events,
            unrouted,
            deliveries: events,
            errors,
            config_bytes,
        }
    }

    const GUARD: Guard = Guard {
        bake: Duration::from_secs(10),
        unrouted_ppm_max: Some(10_000),
        error_ppm_max: Some(50_000),
        allocation_bytes_per_second_max: Some(1_000),
    };

    /// Reports one after the other, and what the last one says: the message of a trip,
    /// "baked", or nothing.
    #[test]
    fn windows() {
        type Reports<'a> = &'a [(u64, Counters)];
        let rows: &[(&str, Reports<'_>, &str)] = &[
            ("nothing happens", &[(0, seen(0, 0, 0, 0))], ""),
            (
                "exactly the limit",
                &[(0, seen(0, 0, 0, 0)), (999, seen(1_000, 10, 50, 0))],
                "",
            ),
            (
                "one more",
                &[(0, seen(0, 0, 0, 0)), (1_500, seen(1_000, 11, 0, 0))],
                "11 of 1000 events (1.1%) unrouted within 1.5 s; at most 1%",
            ),
            (
                "deliveries",
                &[(0, seen(0, 0, 0, 0)), (1_500, seen(1_000, 0, 51, 0))],
                "51 of 1000 deliveries (5.1%) failed within 1.5 s; at most 5%",
            ),
            (
                "too few to say",
                &[(0, seen(0, 0, 0, 0)), (1_500, seen(99, 99, 99, 0))],
                "",
            ),
            (
                "what was before does not count",
                &[
                    (5, seen(1_000, 900, 900, 1 << 40)),
                    (1_500, seen(2_000, 910, 900, 1 << 40)),
                ],
                "",
            ),
            (
                "1 KB/s, and no more",
                &[(0, seen(0, 0, 0, 7)), (2_000, seen(0, 0, 0, 2_007))],
                "",
            ),
            (
                "more",
                &[(0, seen(0, 0, 0, 7)), (2_000, seen(0, 0, 0, 2_010))],
                "configuration allocated 1001 bytes a second over 2.0 s; at most 1000",
            ),
            (
                "not yet a second",
                &[(0, seen(0, 0, 0, 0)), (999, seen(0, 0, 0, 1 << 30))],
                "",
            ),
            (
                "a counter that begins anew counts as it stands",
                &[(0, seen(5_000, 0, 0, 0)), (1_000, seen(400, 5, 0, 0))],
                "5 of 400 events (1.25%) unrouted within 1.0 s; at most 1%",
            ),
            (
                "over",
                &[(0, seen(0, 0, 0, 0)), (10_000, seen(1_000, 1, 1, 0))],
                "baked",
            ),
            (
                "the last report is judged",
                &[(0, seen(0, 0, 0, 0)), (60_000, seen(1_000, 100, 1, 0))],
                "100 of 1000 events (10%) unrouted within 60.0 s; at most 1%",
            ),
        ];
        for (what, reports, expected) in rows {
            let mut watch = Watch::begin(GUARD, at(0)).unwrap();
            let mut last = String::new();
            for (ms, counters) in *reports {
                assert_eq!(last, "", "{what}: it ended before");
                last = match watch.report(counters, at(*ms)) {
                    Verdict::Watching => String::new(),
                    Verdict::Baked => "baked".to_owned(),
                    Verdict::Tripped(violation) => violation.message,
                };
            }
            assert_eq!(last, *expected, "{what}");
        }
    }

    #[test]
    fn both_guards_hold() {
        let host = Guard {
            bake: Duration::from_secs(60),
            allocation_bytes_per_second_max: Some(5),
            ..Guard::NONE
        };
        let both = Guard {
            bake: Duration::from_secs(60),
            allocation_bytes_per_second_max: Some(5),
            ..GUARD
        };
        assert_eq!((host.and(GUARD), GUARD.and(host)), (both, both));
        assert!(Watch::begin(Guard::NONE, at(0)).is_none());
        let no_time = Guard {
            bake: Duration::ZERO,
            ..GUARD
        };
        assert!(Watch::begin(no_time, at(0)).is_none());
    }
}
