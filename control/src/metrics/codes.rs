//! Counters by a word that may come from elsewhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Words that are told apart. Ours are about forty.
const CODES_MAX: usize = 64;
/// Letters of one.
const CODE_BYTES_MAX: usize = 48;
/// What stands for all the others.
const OTHER: &str = "other";

/// How often something happened, by why. Whatever an engine sends, there are only so many.
#[derive(Debug, Default)]
pub struct Codes {
    counted: Mutex<BTreeMap<String, u64>>,
}

impl Codes {
    /// Counts one.
    pub fn add(&self, code: &str) {
        let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let is_word = !code.is_empty() && code.len() <= CODE_BYTES_MAX && code.bytes().all(word);
        let mut counted = self.lock();
        let room = counted.len() < CODES_MAX || counted.contains_key(code);
        let code = if is_word && room { code } else { OTHER };
        match counted.get_mut(code) {
            Some(count) => *count += 1,
            None => drop(counted.insert(code.to_owned(), 1)),
        }
    }

    /// All of them, by word.
    pub fn read(&self) -> Vec<(String, u64)> {
        let counted = self.lock();
        counted.iter().map(|(code, n)| (code.clone(), *n)).collect()
    }

    /// How many there were.
    pub fn sum(&self) -> u64 {
        self.lock().values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_few_and_plain() {
        let codes = Codes::default();
        for code in [
            "step",
            "",
            "Step",
            "a b",
            "x\"} 1\n",
            "é",
            &"a".repeat(49),
            "step",
        ] {
            codes.add(code);
        }
        assert_eq!(
            codes.read(),
            [("other".to_owned(), 6), ("step".to_owned(), 2)]
        );
        for n in 0..1_000 {
            codes.add(&format!("made_up_{n}"));
        }
        codes.add("step");
        assert_eq!(codes.read().len(), CODES_MAX);
        assert_eq!(codes.sum(), 1_009);
        assert!(codes.read().contains(&("step".to_owned(), 3)));
    }
}
