//! When an override has earned trust.

use std::time::Duration;

use routewright::Digest;

use super::file::Trial;

/// What an override has to live through before it is good: both of these, without the
/// end of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probation {
    /// How long it must have served.
    pub time: Duration,
    /// How often it must have been asked.
    pub lookups: u64,
}

impl Default for Probation {
    fn default() -> Self {
        Probation {
            time: Duration::from_secs(60),
            lookups: 10_000,
        }
    }
}

impl Probation {
    /// Everything is good at once.
    pub const NONE: Probation = Probation {
        time: Duration::ZERO,
        lookups: 0,
    };

    /// Whether there is nothing to live through.
    pub fn is_none(&self) -> bool {
        *self == Probation::NONE
    }

    /// What is still to be lived through; nothing, if it is passed.
    pub fn left(&self, run: Run) -> Option<Run> {
        let left = Run {
            time: self.time.saturating_sub(run.time),
            lookups: self.lookups.saturating_sub(run.lookups),
        };
        (left != Run::default()).then_some(left)
    }
}

/// What an override has lived through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// How long it served.
    pub time: Duration,
    /// How often it was asked.
    pub lookups: u64,
}

/// The clock of one probation. It begins to count with the first tick after the
/// publish, so that it never counts too much.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// What is on probation.
    pub image: Digest,
    /// What it lived through in processes before this one.
    before: Run,
    /// Time and lookups of the process at the first tick.
    begun: Option<Run>,
    here: Run,
}

impl Clock {
    /// Goes on with a probation that ran in other processes, or not at all.
    pub fn new(image: Digest, trial: Trial) -> Clock {
        Clock {
            image,
            before: Run {
                time: Duration::from_nanos(trial.nanos),
                lookups: trial.lookups,
            },
            begun: None,
            here: Run::default(),
        }
    }

    /// Takes note of the time and the lookups of this process.
    pub fn tick(&mut self, process: Run) {
        let begun = *self.begun.get_or_insert(process);
        self.here = Run {
            time: process.time.saturating_sub(begun.time),
            lookups: process.lookups.saturating_sub(begun.lookups),
        };
    }

    /// What was lived through up to the last tick.
    pub fn run(&self) -> Run {
        Run {
            time: self.before.time.saturating_add(self.here.time),
            lookups: self.before.lookups.saturating_add(self.here.lookups),
        }
    }

    /// As it is written while the process runs: what it lives through from here on
    /// counts only if it is closed.
    pub fn open(&self) -> Trial {
        trial(self.before, false)
    }

    /// As it is written when the process ends in order.
    pub fn close(&self) -> Trial {
        trial(self.run(), true)
    }
}

fn trial(run: Run, closed: bool) -> Trial {
    Trial {
        closed,
        nanos: u64::try_from(run.time.as_nanos()).unwrap_or(u64::MAX),
        lookups: run.lookups,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(secs: u64, lookups: u64) -> Run {
        Run {
            time: Duration::from_secs(secs),
            lookups,
        }
    }

    /// Seconds and lookups.
    type Pair = (u64, u64);

    /// Time and lookups before this process; the same at each tick; what is left of
    /// 60 s and 10,000 lookups after the last.
    const RUNS: &[(Pair, &[Pair], Option<Pair>)] = &[
        ((0, 0), &[], Some((60, 10_000))),
        // The first tick only begins, however old the process is.
        ((0, 0), &[(500, 70_000)], Some((60, 10_000))),
        ((0, 0), &[(500, 70_000), (559, 90_000)], Some((1, 0))),
        ((0, 0), &[(500, 70_000), (900, 79_999)], Some((0, 1))),
        ((0, 0), &[(500, 70_000), (560, 80_000)], None),
        // A process that was closed counts.
        ((59, 9_999), &[(5, 0)], Some((1, 1))),
        ((59, 9_999), &[(5, 0), (6, 1)], None),
        ((60, 10_000), &[], None),
        // Counters that fall give nothing.
        ((0, 0), &[(500, 70_000), (400, 60_000)], Some((60, 10_000))),
        (
            (u64::MAX / 2_000_000_000, u64::MAX),
            &[(0, 0), (u64::MAX, u64::MAX)],
            None,
        ),
    ];

    #[test]
    fn both_time_and_lookups_are_asked_for() {
        for ((time, lookups), ticks, left) in RUNS {
            let before = trial(run(*time, *lookups), true);
            let mut clock = Clock::new(Digest([1; 16]), before);
            for (time, lookups) in *ticks {
                clock.tick(run(*time, *lookups));
            }
            let found = Probation::default().left(clock.run());
            assert_eq!(found, left.map(|(t, l)| run(t, l)), "{before:?} {ticks:?}");
        }
    }

    #[test]
    fn only_a_closed_process_hands_its_part_on() {
        let mut clock = Clock::new(Digest([1; 16]), trial(run(10, 5), true));
        clock.tick(run(100, 1_000));
        clock.tick(run(130, 1_007));
        assert_eq!(clock.open(), trial(run(10, 5), false));
        assert_eq!(clock.close(), trial(run(40, 12), true));
    }

    #[test]
    fn none_is_passed_before_it_begins() {
        assert!(Probation::NONE.is_none() && Probation::NONE.left(Run::default()).is_none());
        assert!(!Probation::default().is_none());
    }
}
