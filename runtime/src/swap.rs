//! The swap: a counter beside a mutex, and readers that keep what they saw.
//!
//! A reader compares one number with the one it saw last; only when it differs does
//! it take the lock, for as long as it takes to clone a handle. The counter is
//! raised *under the lock*, by `fetch_add`: a reader that sees the new number and
//! then takes the lock finds the new value, and one that reads number and value
//! together under the lock never pairs an old value with a new number. The tests
//! below run under loom, in the package `tests`; they check every interleaving and
//! kill the mutants that break this.

#[cfg(loom)]
use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};
use std::sync::PoisonError;
#[cfg(not(loom))]
use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};

/// A value that is replaced as a whole. `None` stands for what was there first.
pub(crate) struct Swap<T> {
    generation: AtomicU64,
    current: Mutex<Option<T>>,
}

impl<T: Clone> Swap<T> {
    #[cfg(not(loom))]
    pub const fn new() -> Swap<T> {
        Swap {
            generation: AtomicU64::new(0),
            current: Mutex::new(None),
        }
    }

    #[cfg(loom)]
    pub fn new() -> Swap<T> {
        Swap {
            generation: AtomicU64::new(0),
            current: Mutex::new(None),
        }
    }

    /// Changes with every store.
    #[inline]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Puts a value in force and returns the one before, so that it is not dropped
    /// under the lock.
    pub fn store(&self, value: Option<T>) -> Option<T> {
        let mut current = self.lock();
        let before = std::mem::replace(&mut *current, value);
        self.generation.fetch_add(1, Ordering::Release);
        before
    }

    /// The value in force, and its generation.
    pub fn read(&self) -> (u64, Option<T>) {
        let current = self.lock();
        (self.generation.load(Ordering::Acquire), current.clone())
    }

    /// A panic elsewhere cannot leave half a value here: the lock only ever covers
    /// the move of a whole one.
    fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, loom))]
mod tests {
    use super::*;
    use loom::sync::Arc;
    use loom::thread;

    /// What must hold for a way of storing and reading: a reader never sees the
    /// generation go back or a value that does not belong to it, and once a store is
    /// over, a reader that looks again sees it.
    fn check(
        store: impl Fn(&Swap<u64>, u64) + Copy + Send + Sync + 'static,
        read: impl Fn(&Swap<u64>) -> (u64, Option<u64>) + Copy + Send + Sync + 'static,
    ) {
        loom::model(move || {
            let swap = Arc::new(Swap::<u64>::new());
            let publisher = {
                let swap = swap.clone();
                thread::spawn(move || {
                    store(&swap, 1);
                    store(&swap, 2);
                })
            };
            let reader = {
                let swap = swap.clone();
                thread::spawn(move || {
                    let mut seen = (0, None);
                    for _ in 0..2 {
                        if swap.generation() != seen.0 {
                            let next = read(&swap);
                            assert!(next.0 >= seen.0, "the generation went back");
                            assert_eq!(next.1, Some(next.0).filter(|g| *g > 0), "torn");
                            seen = next;
                        }
                    }
                    seen
                })
            };
            publisher.join().unwrap();
            let mut seen = reader.join().unwrap();
            if swap.generation() != seen.0 {
                seen = read(&swap);
            }
            assert_eq!(seen, (2, Some(2)), "a store that is over was not seen");
        });
    }

    fn store(swap: &Swap<u64>, value: u64) {
        swap.store(Some(value));
    }

    fn bump(swap: &Swap<u64>) {
        swap.generation.fetch_add(1, Ordering::Release);
    }

    #[test]
    fn every_interleaving_is_good() {
        check(store, Swap::read);
    }

    #[test]
    #[should_panic]
    fn mutant_bump_before_the_lock() {
        check(
            |swap, value| {
                bump(swap);
                *swap.lock() = Some(value);
            },
            Swap::read,
        );
    }

    #[test]
    #[should_panic]
    fn mutant_bump_after_the_lock() {
        check(
            |swap, value| {
                *swap.lock() = Some(value);
                bump(swap);
            },
            Swap::read,
        );
    }

    #[test]
    #[should_panic]
    fn mutant_generation_read_after_the_lock() {
        check(store, |swap| {
            let value = *swap.lock();
            (swap.generation(), value)
        });
    }

    #[test]
    #[should_panic]
    fn mutant_generation_read_before_the_lock() {
        check(store, |swap| {
            let generation = swap.generation();
            let value = *swap.lock();
            (generation, value)
        });
    }

    #[test]
    #[should_panic]
    fn mutant_no_bump() {
        check(|swap, value| *swap.lock() = Some(value), Swap::read);
    }

    /// Two publishers: whoever stores last is what everybody sees in the end.
    #[test]
    fn two_publishers() {
        loom::model(|| {
            let swap = Arc::new(Swap::<u64>::new());
            let other = {
                let swap = swap.clone();
                thread::spawn(move || swap.store(Some(7)))
            };
            let before = swap.store(Some(8));
            let theirs = other.join().unwrap();
            let (generation, value) = swap.read();
            assert_eq!(generation, 2);
            // Each got what the other replaced, or nothing: none is lost, none twice.
            match value {
                Some(8) => assert_eq!((before, theirs), (Some(7), None)),
                Some(7) => assert_eq!((before, theirs), (None, Some(8))),
                other => panic!("{other:?}"),
            }
        });
    }
}
