//! Overrides that end by themselves.

use std::time::Duration;

use crate::clock::Now;

/// Who holds an override, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who.
    pub owner: String,
    /// What for.
    pub reason: String,
    /// From the publish on.
    pub ttl: Duration,
}

/// When a lease ends: as soon as either clock says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    monotonic: Duration,
    /// Only if it was restored: the process that published it had another monotonic
    /// clock, and this one may have been started with the wall clock not yet set.
    wall: Option<Duration>,
}

impl Ends {
    /// Of a lease that begins now.
    pub fn after(ttl: Duration, now: Now) -> Ends {
        Ends {
            monotonic: now.monotonic.saturating_add(ttl),
            wall: None,
        }
    }

    /// Of a lease that began at that time of the wall clock, in a process that is gone;
    /// `None`: it has ended. A clock that was set back does not make it longer than it
    /// was.
    pub fn resumed(ttl: Duration, began: Duration, now: Now) -> Option<Ends> {
        let passed = now.wall.saturating_sub(began);
        let left = ttl.checked_sub(passed).filter(|left| !left.is_zero())?;
        Some(Ends {
            monotonic: now.monotonic.saturating_add(left),
            wall: Some(began.saturating_add(ttl)),
        })
    }

    pub fn passed(&self, now: Now) -> bool {
        now.monotonic >= self.monotonic || self.wall.is_some_and(|wall| now.wall >= wall)
    }

    pub fn left(&self, now: Now) -> Duration {
        let left = self.monotonic.saturating_sub(now.monotonic);
        match self.wall {
            Some(wall) => left.min(wall.saturating_sub(now.wall)),
            None => left,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(monotonic: u64, wall: u64) -> Now {
        Now {
            monotonic: Duration::from_secs(monotonic),
            wall: Duration::from_secs(wall),
        }
    }

    /// A lease of 10 s, published at wall time 1000 (monotonic 5).
    #[test]
    fn both_clocks() {
        let ttl = Duration::from_secs(10);
        let fresh = Some(Ends::after(ttl, at(5, 1000)));
        let restored = |wall| Ends::resumed(ttl, Duration::from_secs(1000), at(0, wall));
        // What, asked when, and how many seconds are left.
        let rows: &[(&str, Option<Ends>, Now, Option<u64>)] = &[
            ("runs", fresh, at(14, 1009), Some(1)),
            ("ends", fresh, at(15, 1010), None),
            (
                "the wall clock does not end it",
                fresh,
                at(6, 9999),
                Some(9),
            ),
            ("nor make it longer", fresh, at(15, 3), None),
            ("restored in time", restored(1004), at(0, 1004), Some(6)),
            ("restored, runs out", restored(1004), at(6, 1010), None),
            (
                "restored, the wall clock jumps on",
                restored(1004),
                at(1, 2000),
                None,
            ),
            ("restored, and back", restored(1004), at(1, 900), Some(5)),
            (
                "restored, and back, runs out",
                restored(1004),
                at(6, 900),
                None,
            ),
            (
                "restored with a clock at zero",
                restored(0),
                at(0, 0),
                Some(10),
            ),
            ("and then the clock is set", restored(0), at(1, 1011), None),
            ("too late", restored(1010), at(0, 1010), None),
        ];
        for (what, ends, now, left) in rows {
            let found = ends
                .filter(|ends| !ends.passed(*now))
                .map(|ends| ends.left(*now));
            assert_eq!(found, left.map(Duration::from_secs), "{what}");
        }
    }

    #[test]
    fn the_longest_lease_does_not_overflow() {
        let ends = Ends::after(Duration::MAX, at(u64::MAX / 2, u64::MAX));
        assert!(!ends.passed(at(u64::MAX / 2 + 1, u64::MAX)));
        assert!(Ends::resumed(Duration::MAX, Duration::MAX, at(1, 1)).is_some());
    }
}
