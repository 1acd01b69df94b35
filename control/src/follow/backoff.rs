//! How long to wait before the next attempt.

use std::time::Duration;

/// The longest first pause, and the longest of all. After a restart of a control plane all
/// engines are back within the latter and a little.
const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);

/// Exponential, with full jitter: anything between nothing and a bound that doubles
/// (Brooker, "Exponential Backoff And Jitter", 2015).
#[derive(Debug, Default)]
pub struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The next pause; `chance` is any number, evenly spread.
    pub fn next(&mut self, chance: u64) -> Duration {
        let bound = FIRST
            .saturating_mul(1 << self.attempts.min(10))
            .min(LONGEST);
        self.attempts = self.attempts.saturating_add(1);
        let nanos = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        // The high half of the product is below the bound, without a division's bias.
        let share = (u128::from(nanos) * u128::from(chance)) >> 64;
        Duration::from_nanos(u64::try_from(share).unwrap_or(nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_spread_and_bounded() {
        let mut longest = Backoff::default();
        let bounds: Vec<u128> = (0..7).map(|_| longest.next(u64::MAX).as_millis()).collect();
        assert_eq!(bounds, [199, 399, 799, 1599, 3199, 4999, 4999]);
        let mut shortest = Backoff::default();
        assert_eq!(shortest.next(0), Duration::ZERO);
        assert_eq!(Backoff::default().next(1 << 63), FIRST / 2);
    }
}
