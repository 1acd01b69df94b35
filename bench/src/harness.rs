//! Contenders of one question, side by side.
//!
//! A machine has good and bad moments, and they are longer than a round: so in each
//! round every contender has a turn, and what is told of two contenders is the median of
//! their ratios within the rounds. Each round has an order of its own, drawn anew: one
//! that only rotated would let the same contender always find the caches as the same
//! other one left them.

use std::hint::black_box;
use std::io::{IsTerminal, Write};

use crate::clock;
use crate::names::Random;
use crate::report::{Row, Spread, Table};

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// A smaller run, to see that everything works.
    pub quick: bool,
}

impl Options {
    /// Rounds of a question of which one turn takes well below a millisecond.
    pub fn rounds(self) -> usize {
        if self.quick { 15 } else { 151 }
    }

    /// Rounds of a question of which one turn takes milliseconds.
    pub fn slow_rounds(self) -> usize {
        if self.quick { 5 } else { 31 }
    }

    /// The numbers of names that lookups are measured with.
    pub fn sizes(self) -> &'static [usize] {
        if self.quick {
            &[30, 1_000]
        } else {
            &[30, 1_000, 10_000, 100_000]
        }
    }
}

/// One turn: does all operations once, and returns what they answered, summed.
type Turn<'a> = Box<dyn FnMut() -> u64 + 'a>;

/// A question: the same operations, done by several contenders.
pub struct Question<'a> {
    title: String,
    operations: usize,
    contenders: Vec<(String, Turn<'a>)>,
    warm_turns: usize,
}

impl<'a> Question<'a> {
    /// A question of which one turn does so many operations.
    pub fn new(title: impl Into<String>, operations: usize) -> Question<'a> {
        Question {
            title: title.into(),
            operations,
            contenders: Vec::new(),
            warm_turns: 2,
        }
    }

    /// Without the turns that come before each timed one; for turns that are long, or
    /// that read nothing twice.
    pub fn cold(mut self) -> Question<'a> {
        self.warm_turns = 0;
        self
    }

    /// Adds a contender. The first one is what the others are compared with.
    pub fn add(&mut self, name: impl Into<String>, turn: impl FnMut() -> u64 + 'a) {
        self.contenders.push((name.into(), Box::new(turn)));
    }

    /// Measures.
    ///
    /// # Panics
    /// If two contenders answer differently: then their times mean nothing.
    pub fn run(mut self, rounds: usize) -> Measured {
        progress(&self.title);
        let answers: Vec<u64> = self.contenders.iter_mut().map(|(_, turn)| turn()).collect();
        for ((name, _), answer) in self.contenders.iter().zip(&answers) {
            assert_eq!(
                *answer, answers[0],
                "{}: {name} answers differently than {}",
                self.title, self.contenders[0].0
            );
        }
        let count = self.contenders.len();
        let mut times = vec![Vec::with_capacity(rounds); count];
        let mut random = Random::new(1);
        let mut order: Vec<usize> = (0..count).collect();
        for _ in 0..rounds {
            random.shuffle(&mut order);
            for &at in &order {
                let contender = &mut self.contenders[at].1;
                // The one before has filled the caches with its own tables.
                for _ in 0..self.warm_turns {
                    black_box(contender());
                }
                let start = clock::now();
                black_box(contender());
                let spent = clock::now() - start;
                times[at].push(spent as f64 / self.operations as f64);
            }
        }
        progress("");
        Measured {
            title: self.title,
            names: self.contenders.into_iter().map(|(name, _)| name).collect(),
            times,
        }
    }
}

/// Nanoseconds an operation, by contender and round.
#[derive(Clone, Debug)]
pub struct Measured {
    title: String,
    names: Vec<String>,
    times: Vec<Vec<f64>>,
}

impl Measured {
    fn times(&self, name: &str) -> &[f64] {
        let at = self.names.iter().position(|n| n == name);
        &self.times[at.unwrap_or_else(|| panic!("{}: no contender {name}", self.title))]
    }

    /// How many times longer `of` takes than `than`: the median over the rounds.
    pub fn ratio(&self, of: &str, than: &str) -> f64 {
        let pairs = self.times(of).iter().zip(self.times(than));
        Spread::of(pairs.map(|(of, than)| of / than)).median
    }

    /// Nanoseconds an operation.
    pub fn spread(&self, name: &str) -> Spread {
        Spread::of(self.times(name).iter().copied())
    }

    /// As a table, with ratios to the first contender.
    pub fn table(&self) -> Table {
        let mut table = Table::new(&self.title);
        for name in &self.names {
            table.rows.push(Row {
                contender: name.clone(),
                time_ns: Some(self.spread(name)),
                ratio: Some(self.ratio(name, &self.names[0])),
                more: Vec::new(),
            });
        }
        table
    }
}

/// Says what goes on, to a terminal only.
pub fn progress(what: &str) {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        let _ = write!(err, "\r\x1b[K{what}").and_then(|()| err.flush());
    }
}
