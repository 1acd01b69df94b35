//! Contenders of one question, side by side.
//!
//! A machine has good and bad moments, and they are longer than a round: so in each
//! round every contender has a turn, and what is told of two contenders is the median of
//! their ratios within the rounds. Each round has an order of its own, drawn anew: one
//! that only rotated would let the same contender always find the caches as the same
//! other one left them.

use std::hint::black_box;
use std::io::{IsTerminal, Write};

use allocation_counter::{AllocationInfo, measure};

use crate::background::Background;
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

/// What a turn shows to be its operations, and not their preparation.
#[derive(Debug, Default)]
pub struct Watch {
    spent_ns: u64,
    /// Counts allocations, which takes time of its own, instead.
    counts: bool,
    counted: AllocationInfo,
}

impl Watch {
    /// This is what is to be measured; once a turn.
    #[inline]
    pub fn time<R>(&mut self, operations: impl FnOnce() -> R) -> R {
        if self.counts {
            let mut done = None;
            self.counted = measure(|| done = Some(operations()));
            return done.expect("it was called");
        }
        let start = clock::now();
        let done = black_box(operations());
        self.spent_ns = clock::now() - start;
        done
    }
}

struct Contender<'a> {
    name: String,
    /// Does all operations once, and returns what they answered, summed.
    turn: Box<dyn FnMut(&mut Watch) -> u64 + 'a>,
    /// What goes on meanwhile.
    beside: Option<Background>,
}

/// A question: the same operations, done by several contenders.
pub struct Question<'a> {
    title: String,
    operations: usize,
    contenders: Vec<Contender<'a>>,
    warm_turns: usize,
    counting: bool,
}

impl<'a> Question<'a> {
    /// A question of which one turn does so many operations.
    pub fn new(title: impl Into<String>, operations: usize) -> Question<'a> {
        Question {
            title: title.into(),
            operations,
            contenders: Vec::new(),
            warm_turns: 2,
            counting: false,
        }
    }

    /// With so many turns before each timed one, instead of two.
    pub fn warm(mut self, turns: usize) -> Question<'a> {
        self.warm_turns = turns;
        self
    }

    /// Counts allocations as well.
    pub fn counting(mut self) -> Question<'a> {
        self.counting = true;
        self
    }

    /// Adds a contender. The first one is what the others are compared with.
    pub fn add(&mut self, name: impl Into<String>, turn: impl FnMut() -> u64 + 'a) {
        self.add_beside(None, name, turn);
    }

    /// Adds a contender that is disturbed, during its turns only.
    pub fn add_beside(
        &mut self,
        beside: Option<Background>,
        name: impl Into<String>,
        mut turn: impl FnMut() -> u64 + 'a,
    ) {
        self.contenders.push(Contender {
            name: name.into(),
            turn: Box::new(move |watch| watch.time(&mut turn)),
            beside,
        });
    }

    /// Adds a contender that has something to prepare or to clear up.
    pub fn add_timed(&mut self, name: impl Into<String>, turn: impl FnMut(&mut Watch) -> u64 + 'a) {
        self.contenders.push(Contender {
            name: name.into(),
            turn: Box::new(turn),
            beside: None,
        });
    }

    /// Measures.
    ///
    /// # Panics
    /// If two contenders answer differently: then their times mean nothing.
    pub fn run(mut self, rounds: usize) -> Measured {
        progress(&self.title);
        let answers: Vec<u64> = self
            .contenders
            .iter_mut()
            .map(|c| (c.turn)(&mut Watch::default()))
            .collect();
        for (Contender { name, .. }, answer) in self.contenders.iter().zip(&answers) {
            assert_eq!(
                *answer, answers[0],
                "{}: {name} answers differently than {}",
                self.title, self.contenders[0].name
            );
        }
        let count = self.contenders.len();
        let mut times = vec![Vec::with_capacity(rounds); count];
        let mut random = Random::new(1);
        let mut order: Vec<usize> = (0..count).collect();
        for _ in 0..rounds {
            random.shuffle(&mut order);
            for &at in &order {
                let Contender { turn, beside, .. } = &mut self.contenders[at];
                beside.iter().for_each(|beside| beside.work(true));
                let mut watch = Watch::default();
                // The one before has filled the caches with its own tables.
                for _ in 0..=self.warm_turns {
                    turn(&mut watch);
                }
                times[at].push(watch.spent_ns as f64 / self.operations as f64);
                beside.iter().for_each(|beside| beside.work(false));
            }
        }
        let count = |contender: &mut Contender<'_>| {
            let mut watch = Watch {
                counts: true,
                ..Watch::default()
            };
            (contender.turn)(&mut watch);
            watch.counted
        };
        let allocated = match self.counting {
            true => self.contenders.iter_mut().map(count).collect(),
            false => Vec::new(),
        };
        progress("");
        Measured {
            title: self.title,
            names: self.contenders.into_iter().map(|c| c.name).collect(),
            times,
            allocated,
        }
    }
}

/// Nanoseconds an operation, by contender and round.
#[derive(Clone, Debug)]
pub struct Measured {
    title: String,
    names: Vec<String>,
    times: Vec<Vec<f64>>,
    /// By contender, if it was counted.
    allocated: Vec<AllocationInfo>,
}

impl Measured {
    fn position(&self, name: &str) -> usize {
        let at = self.names.iter().position(|n| n == name);
        at.unwrap_or_else(|| panic!("{}: no contender {name}", self.title))
    }

    fn times(&self, name: &str) -> &[f64] {
        &self.times[self.position(name)]
    }

    /// What one turn allocates, if that was to be counted.
    pub fn allocated(&self, name: &str) -> AllocationInfo {
        let at = self.position(name);
        self.allocated.get(at).copied().unwrap_or_default()
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
        let counted = !self.allocated.is_empty();
        if counted {
            table.columns = ["allocations", "bytes", "peak"].map(str::to_owned).into();
        }
        for name in &self.names {
            let of = self.allocated(name);
            let more = [of.count_total, of.bytes_total, of.bytes_max].map(|n| n as f64);
            table.rows.push(Row {
                contender: name.clone(),
                time_ns: Some(self.spread(name)),
                ratio: Some(self.ratio(name, &self.names[0])),
                more: if counted { more.into() } else { Vec::new() },
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
