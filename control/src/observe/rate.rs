//! How fast a counter of the host grows.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The rate is over at least so long, once that has passed.
const WINDOW: Duration = Duration::from_secs(10);
/// Samples closer than this are one.
const GRAIN: Duration = Duration::from_millis(500);

/// What was counted when, for the last [`WINDOW`] or a little more.
#[derive(Debug, Default)]
pub struct Rate {
    samples: VecDeque<(Instant, u64)>,
}

impl Rate {
    /// Notes what is counted now; gives what came on top per second. `None`: it is not
    /// known. A counter at 0 is one that the host does not keep.
    pub fn sample(&mut self, counted: u64, now: Instant) -> Option<f64> {
        if counted == 0 {
            return None;
        }
        // One that went back began anew.
        if self.samples.back().is_some_and(|(_, last)| *last > counted) {
            self.samples.clear();
        }
        while let [_, (second, _), ..] = *self.samples.make_contiguous()
            && now.saturating_duration_since(second) >= WINDOW
        {
            self.samples.pop_front();
        }
        let first = self.samples.front().copied();
        let close = |(at, _): &(Instant, u64)| now.saturating_duration_since(*at) < GRAIN;
        if !self.samples.back().is_some_and(close) {
            self.samples.push_back((now, counted));
        }
        let (since, then) = first?;
        let passed = now.saturating_duration_since(since);
        (passed >= GRAIN).then(|| counted.saturating_sub(then) as f64 / passed.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        let start = Instant::now();
        let mut rate = Rate::default();
        // At which millisecond, counted, what is known then.
        let rows = [
            (0, 0, None),
            (1_000, 500, None),
            (1_100, 600, None),
            (2_000, 1_500, Some(1_000.0)),
            (6_000, 1_500, Some(200.0)),
            // The window has moved on, to the second of the two that were old.
            (14_000, 1_500, Some(0.0)),
            (16_000, 5_500, Some(400.0)),
            // The host counts anew.
            (17_000, 10, None),
            (18_000, 20, Some(10.0)),
            (19_000, 0, None),
        ];
        for (at, counted, known) in rows {
            let now = start + Duration::from_millis(at);
            assert_eq!(rate.sample(counted, now), known, "at {at} ms");
        }
    }

    #[test]
    fn samples_are_few() {
        let start = Instant::now();
        let mut rate = Rate::default();
        for at in 0..100_000 {
            rate.sample(at + 1, start + Duration::from_millis(at));
        }
        assert!(rate.samples.len() <= 22, "{}", rate.samples.len());
    }
}
