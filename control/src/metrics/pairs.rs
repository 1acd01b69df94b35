//! Counters by two words of ours, such as a call and why it was turned away.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How often something happened, by two words. Both are written in this program, so there are
/// only so many, whatever strangers send.
#[derive(Debug, Default)]
pub struct Pairs {
    counted: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
}

impl Pairs {
    /// Counts one.
    pub fn add(&self, first: &'static str, second: &'static str) {
        *self.lock().entry((first, second)).or_default() += 1;
    }

    /// All of them, in order.
    pub fn read(&self) -> Vec<((&'static str, &'static str), u64)> {
        let counted = self.lock();
        counted.iter().map(|(words, n)| (*words, *n)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(&'static str, &'static str), u64>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
