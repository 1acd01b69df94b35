//! What a service does for each event: take the live table, and find the route.

use std::hash::BuildHasher;
use std::sync::{Arc, RwLock};

use arc_swap::ArcSwap;
use routewright::{Catalog, Table};

use crate::background::Background;
use crate::bound::{Bound, ImageHash};
use crate::by_size::BySize;
use crate::harness::{Measured, Options, Question};
use crate::images::with_baseline;
use crate::keys::{Keys, QUERIES, Shape, answer};
use crate::live;
use crate::report::{Goal, Section, figure};
use crate::rivals::{self, Map};

const READER: &str = "ours: reader.load().find";
const CELL: &str = "ours: ROUTES.load().find";
const BOUND: &str = "bound: hash, one line, compare";
const STD: &str = "HashMap, std, in ArcSwap";
const FOLDHASH: &str = "HashMap, foldhash, in ArcSwap";

/// The group.
pub fn run(options: Options) -> Section {
    let mut section = Section::new("load and find");
    section.notes.push(
        "For each name the live table is taken anew, as for each event of a service. The bound \
         takes none."
            .into(),
    );
    let mut measured = BySize::default();
    for shape in Shape::ALL {
        for &count in options.sizes() {
            let keys = Keys::generated(count);
            let one = with_baseline!(count, compare(keys, shape, options));
            measured.add(count, shape, one);
        }
    }
    section.tables.extend(measured.tables());
    for (shape, over_bound) in [(Shape::Independent, 1.15), (Shape::Chained, 1.30)] {
        let all = options.sizes();
        let goals = [
            measured.at_most(&[30, 1_000, 10_000], shape, [READER, BOUND], over_bound),
            measured.at_least(all, shape, [STD, READER, BOUND], 4.5),
            measured.at_least(all, shape, [FOLDHASH, READER, BOUND], 2.0),
        ];
        section.goals.extend(goals.into_iter().flatten());
        let lines = [READER, BOUND, STD, FOLDHASH, CELL];
        section
            .plots
            .push(measured.plot("load and find", shape, &lines));
    }
    section.notes.push(
        "*While a writer publishes*: another thread publishes a complete map of all names a \
         thousand times a second, and the reader does a million lookups a turn. It pays for \
         the new table's way from the other core's caches to its own."
            .into(),
    );
    let under_writer = with_baseline!(1_000, while_published(options));
    section.goals.push(Goal::at_most(
        "lookups while a writer publishes 1,000 routes at 1 kHz / while nobody does",
        1.05,
        under_writer.ratio(WRITER, QUIET),
    ));
    section.tables.push(under_writer.table());
    section
}

fn compare<C: Catalog>(
    baseline: &'static Table<C>,
    keys: Keys,
    shape: Shape,
    options: Options,
) -> Measured {
    let cell = live::published(baseline);
    let bound = Bound::<ImageHash>::new(keys);
    let title = format!(
        "{} names, {}",
        figure(keys.names.len() as f64),
        shape.as_str()
    );
    let mut question = Question::new(title, QUERIES);
    let mut reader = cell.reader();
    question.add(READER, move || {
        keys.turn(shape, |name, _| {
            answer(reader.load().find(name).and_then(|r| r.raw().event()))
        })
    });
    question.add(CELL, || {
        keys.turn(shape, |name, _| {
            answer(cell.load().find(name).and_then(|r| r.raw().event()))
        })
    });
    question.add(BOUND, || {
        keys.turn(shape, |name, at| answer(bound.find(name, at)))
    });
    add_map::<std::hash::RandomState>(&mut question, "std", keys, shape);
    add_map::<foldhash::fast::RandomState>(&mut question, "foldhash", keys, shape);
    question.run(options.rounds())
}

/// A map behind what it can be swapped in.
fn add_map<S: BuildHasher + Default + 'static>(
    question: &mut Question<'_>,
    hasher: &str,
    keys: Keys,
    shape: Shape,
) {
    let map: Arc<Map<S>> = Arc::new(rivals::map(keys.names));
    let find = |map: &Map<S>, name: &str| answer(map.get(name).map(|r| r.event as usize));
    let swap = ArcSwap::new(map.clone());
    question.add(format!("HashMap, {hasher}, in ArcSwap"), move || {
        keys.turn(shape, |name, _| find(&swap.load(), name))
    });
    let mut cache = arc_swap::Cache::new(Arc::new(ArcSwap::new(map.clone())));
    question.add(
        format!("HashMap, {hasher}, in ArcSwap + Cache"),
        move || keys.turn(shape, |name, _| find(cache.load(), name)),
    );
    let lock = RwLock::new(map);
    question.add(format!("HashMap, {hasher}, in RwLock"), move || {
        keys.turn(shape, |name, _| {
            find(&lock.read().expect("nobody panicked"), name)
        })
    });
}

const QUIET: &str = "ours: reader.load().find, nobody publishes";
const WRITER: &str = "ours: reader.load().find, while a writer publishes";

fn while_published<C: Catalog>(baseline: &'static Table<C>, options: Options) -> Measured {
    let keys = Keys::generated(baseline.raw().events());
    let cell = live::published(baseline);
    let turns = if options.quick { 8 } else { 64 };
    let mut version = 1;
    let mut map = live::map_of(baseline.raw());
    let writer = Background::every_millisecond(move || {
        version += 1;
        live::publish(cell, &mut map, version);
    });
    let title = format!(
        "{} names, independent, while a writer publishes",
        figure(keys.names.len() as f64)
    );
    let mut question = Question::new(title, QUERIES * turns).warm(0);
    for (contender, beside) in [(QUIET, None), (WRITER, Some(writer))] {
        let mut reader = cell.reader();
        question.add_beside(beside, contender, move || {
            let turn = || {
                keys.turn(Shape::Independent, |name, _| {
                    answer(reader.load().find(name).and_then(|r| r.raw().event()))
                })
            };
            std::iter::repeat_with(turn).take(turns).sum()
        });
    }
    question.run(options.slow_rounds())
}
