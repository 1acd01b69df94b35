//! Taking the live table, and nothing else.

use std::hint::black_box;
use std::sync::{Arc, RwLock};

use arc_swap::ArcSwap;

use crate::background::Background;
use crate::harness::{Measured, Options, Question};
use crate::images::{Names30, TABLE_30};
use crate::keys::Keys;
use crate::live;
use crate::report::Section;
use crate::rivals::{self, Map};

/// Loads in one turn: milliseconds, so that a writer at 1 kHz comes in between.
const LOADS: usize = 1_000_000;

type Routes = Map<std::hash::RandomState>;

/// What goes on in a second thread.
#[derive(Clone, Copy)]
enum Beside {
    Nothing,
    Loads,
    PublishesAt1kHz,
    PublishesAllTheTime,
}

/// The group.
pub fn run(options: Options) -> Section {
    let mut section = Section::new("guard");
    section.notes.push(
        "The live table is taken, one number is read from it, and it is let go. Writers make a \
         whole new table of 30 routes each time: ours decodes a push, the others clone a \
         `HashMap`. Only the reader's own CPU time counts, which flatters locks: time spent \
         asleep, waiting for a writer, is not seen."
            .into(),
    );
    for (title, beside) in [
        ("1 thread", Beside::Nothing),
        ("2 threads, both load", Beside::Loads),
        (
            "a second thread publishes at 1 kHz",
            Beside::PublishesAt1kHz,
        ),
        (
            "a second thread publishes as fast as it can",
            Beside::PublishesAllTheTime,
        ),
    ] {
        section.tables.push(compare(title, beside, options).table());
    }
    section
}

fn compare(title: &str, beside: Beside, options: Options) -> Measured {
    let mut question = Question::new(title, LOADS).warm(0);
    let (cell, publish) = ours();
    let (mut here, mut there) = (cell.reader(), cell.reader());
    question.add_beside(
        beside.thread(move || loads(|| there.load().raw().events()), publish),
        "ours: reader.load()",
        move || loads(|| here.load().raw().events()),
    );
    let (cell, publish) = ours();
    question.add_beside(
        beside.thread(|| loads(|| cell.load().raw().events()), publish),
        "ours: ROUTES.load()",
        || loads(|| cell.load().raw().events()),
    );

    let swap: &ArcSwap<Routes> = leak(ArcSwap::new(routes()));
    let publish = || swap.store(Arc::new(Routes::clone(&swap.load())));
    question.add_beside(
        beside.thread(|| loads(|| swap.load().len()), publish),
        "arc-swap: load()",
        || loads(|| swap.load().len()),
    );
    let swap: &ArcSwap<Routes> = leak(ArcSwap::new(routes()));
    let publish = || swap.store(Arc::new(Routes::clone(&swap.load())));
    let mut here = arc_swap::Cache::new(swap);
    let mut there = arc_swap::Cache::new(swap);
    question.add_beside(
        beside.thread(move || loads(|| there.load().len()), publish),
        "arc-swap: Cache::load()",
        move || loads(|| here.load().len()),
    );

    let lock: &RwLock<Arc<Routes>> = leak(RwLock::new(routes()));
    let read = || lock.read().expect("nobody panicked");
    let publish = move || {
        let next = Arc::new(Routes::clone(&read()));
        *lock.write().expect("nobody panicked") = next;
    };
    question.add_beside(
        beside.thread(move || loads(|| read().len()), publish),
        "std RwLock<Arc>: read()",
        move || loads(|| read().len()),
    );
    let lock: &parking_lot::RwLock<Arc<Routes>> = leak(parking_lot::RwLock::new(routes()));
    let publish = || {
        let next = Arc::new(Routes::clone(&lock.read()));
        *lock.write() = next;
    };
    question.add_beside(
        beside.thread(|| loads(|| lock.read().len()), publish),
        "parking_lot RwLock<Arc>: read()",
        || loads(|| lock.read().len()),
    );
    question.run(options.slow_rounds())
}

impl Beside {
    fn thread(
        self,
        mut load: impl FnMut() -> u64 + Send + 'static,
        publish: impl FnMut() + Send + 'static,
    ) -> Option<Background> {
        match self {
            Beside::Nothing => None,
            Beside::Loads => Some(Background::all_the_time(move || {
                load();
            })),
            Beside::PublishesAt1kHz => Some(Background::every_millisecond(publish)),
            Beside::PublishesAllTheTime => Some(Background::all_the_time(publish)),
        }
    }
}

/// A cell, and what publishes to it.
fn ours() -> (
    &'static routewright::RouteCell<Names30>,
    impl FnMut() + Send + 'static,
) {
    let cell = live::published(&TABLE_30);
    let mut map = live::map_of(TABLE_30.raw());
    let mut version = 1;
    let publish = move || {
        version += 1;
        live::publish(cell, &mut map, version);
    };
    (cell, publish)
}

fn routes() -> Arc<Routes> {
    Arc::new(rivals::map(Keys::generated(30).names))
}

/// Contenders are shared with threads, and few.
fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn loads(mut load: impl FnMut() -> usize) -> u64 {
    (0..LOADS).map(|_| black_box(load()) as u64).sum()
}
