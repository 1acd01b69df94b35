//! Texts and numbers that stand in a file more than once: most do.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::value::Data;

/// Texts and numbers that are looked for.
const KEPT_MAX: usize = 4096;
/// Bytes of one.
const BYTES_MAX: usize = 40;

/// What was read so far and is short.
#[derive(Default)]
pub(super) struct Shared {
    texts: HashSet<Rc<str>>,
    numbers: HashMap<Rc<str>, Data>,
}

impl Shared {
    pub fn text(&self, text: &str) -> Option<Rc<str>> {
        self.texts.get(text).cloned()
    }

    pub fn keep_text(&mut self, text: &str) -> Rc<str> {
        let text: Rc<str> = text.into();
        if text.len() <= BYTES_MAX && self.texts.len() < KEPT_MAX {
            self.texts.insert(text.clone());
        }
        text
    }

    pub fn number(&self, text: &str) -> Option<Data> {
        self.numbers.get(text).cloned()
    }

    pub fn keep_number(&mut self, text: &str, number: Data) -> Data {
        if text.len() <= BYTES_MAX && self.numbers.len() < KEPT_MAX {
            self.numbers.insert(text.into(), number.clone());
        }
        number
    }
}
