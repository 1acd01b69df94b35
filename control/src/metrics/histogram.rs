//! How often something took how long.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Durations by buckets. Counted without a lock.
#[derive(Debug)]
pub struct Histogram {
    /// Upper bounds in seconds, rising.
    bounds: &'static [f64],
    /// One more than bounds: what is above all of them.
    buckets: Vec<AtomicU64>,
    nanos: AtomicU64,
}

/// What was counted.
pub struct Counted {
    /// How many were at most so many seconds; `None`: all.
    pub buckets: Vec<(Option<f64>, u64)>,
    /// All of them together.
    pub sum: Duration,
    /// How many.
    pub count: u64,
}

impl Histogram {
    /// For work in memory, up to what writes a disk: 100 µs to 10 s.
    pub const WORK: &'static [f64] = &[
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
        10.0,
    ];
    /// For what waits for people's patience: 10 ms to an hour.
    pub const PATIENCE: &'static [f64] = &[
        0.01, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0,
    ];

    /// An empty one with these bounds, in seconds, rising.
    pub fn new(bounds: &'static [f64]) -> Histogram {
        Histogram {
            bounds,
            buckets: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            nanos: AtomicU64::new(0),
        }
    }

    /// Counts one.
    pub fn observe(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let at = self.bounds.partition_point(|bound| *bound < seconds);
        if let Some(bucket) = self.buckets.get(at) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// What was counted so far. The count is the one of its buckets, also while others
    /// go on counting.
    pub fn read(&self) -> Counted {
        let bounds = self.bounds.iter().map(|bound| Some(*bound)).chain([None]);
        let mut count = 0;
        let buckets = bounds.zip(&self.buckets).map(|(bound, bucket)| {
            count += bucket.load(Ordering::Relaxed);
            (bound, count)
        });
        Counted {
            buckets: buckets.collect(),
            sum: Duration::from_nanos(self.nanos.load(Ordering::Relaxed)),
            count,
        }
    }
}
