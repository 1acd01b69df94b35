//! Moments by chance.

use std::time::{Duration, SystemTime};

/// Xorshift; the seed is told where something fails.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Another one in each run.
    pub fn new() -> Dice {
        let since = SystemTime::UNIX_EPOCH.elapsed();
        let seed = since.map_or(1, |since| since.as_nanos() as u64 | 1);
        println!("seed {seed}");
        Dice(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Anything shorter than that.
    pub fn pause(&mut self, longest: Duration) -> Duration {
        longest.mul_f64(self.next() as f64 / u64::MAX as f64)
    }
}
