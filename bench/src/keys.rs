//! What is looked up, and the two ways to do it.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use crate::names::{self, Random};

/// Lookups in one turn.
pub const QUERIES: usize = 16_384;

/// Names, and a series of lookups among them. All of it lives as long as the process:
/// contenders keep what they please.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    /// The known names, sorted: the position is the answer.
    pub names: &'static [&'static str],
    /// The lookups: nine in ten are known. They lie one after the other, as names do that
    /// were just taken out of messages.
    pub queries: &'static [&'static str],
    /// The answer to each, known beforehand; `None`: not known.
    pub answers: &'static [Option<u32>],
}

/// How lookups follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The processor may begin the next one before it has finished this one: throughput.
    Independent,
    /// Which name comes next depends on the answer: latency.
    Chained,
}

impl Shape {
    /// Both.
    pub const ALL: [Shape; 2] = [Shape::Independent, Shape::Chained];

    /// For titles.
    pub fn as_str(self) -> &'static str {
        match self {
            Shape::Independent => "independent",
            Shape::Chained => "chained",
        }
    }
}

/// What a lookup adds to the sum of a turn: something of the route itself, so that a
/// contender must have read it.
#[inline]
pub fn answer(position: Option<usize>) -> u64 {
    position.map_or(0, |at| at as u64 + 1)
}

impl Keys {
    /// Generated names.
    pub fn generated(count: usize) -> Keys {
        let (known, unknown) = names::names(count);
        Keys::of(&known, &unknown)
    }

    /// The names of a catalogue in `tests/catalogues`, one in ten of them held back to be
    /// asked for in vain.
    pub fn catalogue(name: &str) -> Keys {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/catalogues");
        let text = fs::read_to_string(folder.join(name).with_extension("txt"))
            .unwrap_or_else(|error| panic!("tests/catalogues/{name}.txt: {error}"));
        let mut all: Vec<String> = text
            .lines()
            .filter(|line| routewright::name::check_event(line).is_ok())
            .map(str::to_owned)
            .collect();
        all.sort();
        all.dedup();
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for (at, name) in all.into_iter().enumerate() {
            if at % 10 == 9 {
                unknown.push(name)
            } else {
                known.push(name)
            }
        }
        Keys::of(&known, &unknown)
    }

    fn of(known: &[String], unknown: &[String]) -> Keys {
        let mut random = Random::new(known.len() as u64 ^ 0xF00D);
        let picked: Vec<Option<usize>> = (0..QUERIES)
            .map(|_| (random.below(10) > 0).then(|| random.below(known.len())))
            .collect();
        let queries: Vec<&str> = picked
            .iter()
            .map(|at| match at {
                Some(at) => known[*at].as_str(),
                None => unknown[random.below(unknown.len())].as_str(),
            })
            .collect();
        let answers: Vec<Option<u32>> = picked.iter().map(|at| at.map(|at| at as u32)).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        Keys {
            names: contiguous(&known),
            queries: contiguous(&queries),
            answers: answers.leak(),
        }
    }

    /// Bytes of a name, on average.
    pub fn mean_bytes(&self) -> f64 {
        self.names.iter().map(|name| name.len()).sum::<usize>() as f64 / self.names.len() as f64
    }

    /// One turn: all lookups, summed. `find` gets the name and its place in the series.
    #[inline]
    pub fn turn(self, shape: Shape, find: impl FnMut(&'static str, usize) -> u64) -> u64 {
        series(self.queries, shape, find)
    }
}

/// Asks for all of these, and sums the answers. `find` gets the item and its place.
#[inline]
pub fn series<T: Copy>(items: &[T], shape: Shape, mut find: impl FnMut(T, usize) -> u64) -> u64 {
    let mut sum = 0_u64;
    match shape {
        Shape::Independent => {
            for (at, item) in items.iter().enumerate() {
                sum = sum.wrapping_add(find(*item, at));
            }
        }
        Shape::Chained => {
            // Zero, which only we know: the next place depends on the answer.
            let nothing = black_box(0_u64);
            let mut at = 0;
            while let Some(item) = items.get(at) {
                let answer = find(*item, at);
                sum = sum.wrapping_add(answer);
                at += 1 + (answer & nothing) as usize;
            }
        }
    }
    sum
}

/// The same texts, one after the other in memory.
fn contiguous(texts: &[&str]) -> &'static [&'static str] {
    let mut rest: &'static str = texts.concat().leak();
    let mut out = Vec::with_capacity(texts.len());
    for text in texts {
        let (this, after) = rest.split_at(text.len());
        out.push(this);
        rest = after;
    }
    out.leak()
}
