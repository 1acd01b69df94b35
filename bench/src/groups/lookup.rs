//! Lookup by name: a route for a text.

use routewright::{Catalog, Table};
use rustc_hash::FxBuildHasher;

use crate::bound::{Bound, ImageHash, QuickHash};
use crate::by_size::BySize;
use crate::definition;
use crate::harness::{Measured, Options, Question};
use crate::images::with_baseline;
use crate::keys::{Keys, QUERIES, Shape, answer};
use crate::live;
use crate::report::{Section, figure};
use crate::rivals::{self, Map, PtrHashMap, Sorted};

const BARE: &str = "ours: Table::find";
const READER: &str = "ours: reader.load().find";
const LINKED: &str = "ours, linked baseline";
const BOUND: &str = "bound: hash, one line, compare";
const STD: &str = "HashMap, std (SipHash)";
const FOLDHASH: &str = "HashMap, foldhash";
const PHF: &str = "phf 0.14";

/// The group.
pub fn run(options: Options) -> Section {
    let mut section = Section::new("lookup by name");
    section.notes.push(format!(
        "{QUERIES} lookups a turn, nine in ten of names that are known; each reads the event's \
         position from the route that it found. *Independent* lookups may overlap in the \
         processor; of *chained* ones the next name depends on the answer."
    ));
    let mut measured = BySize::default();
    for shape in Shape::ALL {
        for &count in options.sizes() {
            let keys = Keys::generated(count);
            let one = with_baseline!(count, generated(keys, shape, options));
            measured.add(count, shape, one);
        }
    }
    section.tables.extend(measured.tables());
    for name in ["github_webhooks", "stripe_events", "googleapis_rpc_methods"] {
        section.tables.push(catalogue(name, options).table());
    }
    for shape in Shape::ALL {
        let all = options.sizes();
        let goals = [
            measured.at_least(all, shape, [PHF, BARE, BOUND], 4.0),
            measured.at_least(&[1_000], shape, [FOLDHASH, BARE, BOUND], 1.0),
            measured.at_least(&[10_000], shape, [FOLDHASH, BARE, BOUND], 1.25),
            measured.at_most(all, shape, [READER, BARE], 1.03),
        ];
        section.goals.extend(goals.into_iter().flatten());
        let lines = [READER, BOUND, STD, FOLDHASH, PHF];
        section
            .plots
            .push(measured.plot("lookup by name", shape, &lines));
    }
    section
}

fn generated<C: Catalog>(
    baseline: &'static Table<C>,
    keys: Keys,
    shape: Shape,
    options: Options,
) -> Measured {
    let count = keys.names.len();
    let cell = live::published(baseline);
    let live = cell.reader().load().clone();
    let bound = Bound::<ImageHash>::new(keys);
    let quick = Bound::<QuickHash>::new(keys);
    let phf = rivals::phf(keys.names);
    let ptr_hash = PtrHashMap::new(keys.names);
    let sorted = Sorted::new(keys.names);

    let title = format!(
        "{} names (mean {} bytes), {}",
        figure(count as f64),
        figure(keys.mean_bytes()),
        shape.as_str()
    );
    let mut question = Question::new(title, QUERIES);
    question.add(BARE, || {
        keys.turn(shape, |name, _| {
            answer(live.find(name).and_then(|r| r.raw().event()))
        })
    });
    let mut reader = cell.reader();
    question.add(READER, move || {
        keys.turn(shape, |name, _| {
            answer(reader.load().find(name).and_then(|r| r.raw().event()))
        })
    });
    question.add("ours: ROUTES.load().find", || {
        keys.turn(shape, |name, _| {
            answer(cell.load().find(name).and_then(|r| r.raw().event()))
        })
    });
    question.add(LINKED, || {
        keys.turn(shape, |name, _| {
            answer(baseline.find(name).and_then(|r| r.raw().event()))
        })
    });
    question.add(BOUND, || {
        keys.turn(shape, |name, at| answer(bound.find(name, at)))
    });
    question.add("the same with foldhash", || {
        keys.turn(shape, |name, at| answer(quick.find(name, at)))
    });
    add_maps(&mut question, keys, shape);
    question.add(PHF, || {
        keys.turn(shape, |name, _| {
            answer(phf.get(name).map(|r| r.event as usize))
        })
    });
    question.add("ptr_hash 2, foldhash, name checked", || {
        keys.turn(shape, |name, _| {
            answer(ptr_hash.get(name).map(|r| r.event as usize))
        })
    });
    question.add("binary search", || {
        keys.turn(shape, |name, _| {
            answer(sorted.get(name).map(|r| r.event as usize))
        })
    });
    question.run(options.rounds())
}

fn add_maps(question: &mut Question<'_>, keys: Keys, shape: Shape) {
    let std: Map<std::hash::RandomState> = rivals::map(keys.names);
    let foldhash: Map<foldhash::fast::RandomState> = rivals::map(keys.names);
    let rustc_hash: Map<FxBuildHasher> = rivals::map(keys.names);
    question.add(STD, move || {
        keys.turn(shape, |name, _| {
            answer(std.get(name).map(|r| r.event as usize))
        })
    });
    question.add(FOLDHASH, move || {
        keys.turn(shape, |name, _| {
            answer(foldhash.get(name).map(|r| r.event as usize))
        })
    });
    question.add("HashMap, rustc-hash", move || {
        keys.turn(shape, |name, _| {
            answer(rustc_hash.get(name).map(|r| r.event as usize))
        })
    });
}

/// The names of a sample catalogue; what an image of theirs holds is built here.
fn catalogue(name: &str, options: Options) -> Measured {
    let keys = Keys::catalogue(name);
    let table = definition::table(keys.names.iter().copied());
    let title = format!(
        "catalogue {name}: {} names (mean {} bytes), independent",
        figure(keys.names.len() as f64),
        figure(keys.mean_bytes())
    );
    let shape = Shape::Independent;
    let bound = Bound::<ImageHash>::new(keys);
    let mut question = Question::new(title, QUERIES);
    question.add("ours: RouteTable::find", || {
        keys.turn(shape, |name, _| {
            answer(table.find(name).and_then(|r| r.event()))
        })
    });
    question.add(BOUND, || {
        keys.turn(shape, |name, at| answer(bound.find(name, at)))
    });
    add_maps(&mut question, keys, shape);
    question.run(options.rounds())
}
