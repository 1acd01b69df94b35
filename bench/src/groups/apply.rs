//! From the bytes of a push to serving it.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::hint::black_box;
use std::sync::Arc;

use arc_swap::ArcSwap;
use prost::Message as _;
use routewright::{Catalog, Digest, Image, RouteCell, RouteTable, Table, Target};
use routewright_schema::pb::{Mode, RouteMap};

use crate::clock;
use crate::harness::{Measured, Options, Question, Watch};
use crate::images::{TABLE_10000, with_baseline};
use crate::live;
use crate::report::{self, Goal, Section, figure};
use crate::rivals::{Map, Route};

const WARM: &str = "ours: publish, room of a former push";
const FRESH: &str = "ours: publish, second push of a cell";
const FOLDHASH: &str = "prost + HashMap, foldhash";

type Std = std::hash::RandomState;
type Foldhash = foldhash::fast::RandomState;

/// The group.
pub fn run(options: Options) -> Section {
    let mut section = Section::new("apply");
    section.notes.push(
        "From the bytes of a push until it is served: decoded, checked, built, stored. Routes \
         have two consumers, a timeout and retries. The rivals decode with prost, refuse \
         duplicates and consumers that are not there, build a `HashMap` and store it in an \
         `ArcSwap`; they neither check names and limits, nor compare with what is served, nor \
         keep anything to go back to, as ours does. The first push of a cell makes what it works \
         in; those up to the number of generations that it keeps make room for their table; later \
         ones take that of the generation that is forgotten. Allocations are those of one more apply, \
         counted; the counter's own cost, about a nanosecond an allocation, is in all times."
            .into(),
    );
    let mut goals = Vec::new();
    for &count in options.sizes() {
        let measured = with_baseline!(count, complete(options));
        if count == 10_000 {
            goals = goals_of(&measured);
        }
        section.tables.push(measured.table());
    }
    section.tables.push(overlay(&TABLE_10000, options).table());
    section.tables.push(image(options).table());
    section.tables.push(dropped(options).table());
    for &count in options
        .sizes()
        .iter()
        .filter(|n| (1_000..=10_000).contains(*n))
    {
        let (table, reached) = with_baseline!(count, back(options));
        section.tables.push(table);
        goals.extend(reached);
    }
    section.goals = goals;
    section
}

fn goals_of(measured: &Measured) -> Vec<Goal> {
    let allocations = |name| measured.allocated(name).count_total as f64;
    vec![
        Goal::at_least(
            "prost + foldhash HashMap / ours, apply 10,000",
            8.0,
            measured.ratio(FOLDHASH, WARM),
        ),
        Goal::at_most(
            "allocations, apply 10,000, fresh (second push)",
            4.0,
            allocations(FRESH),
        ),
        Goal::at_most(
            "allocations, apply 10,000, recycled",
            0.0,
            allocations(WARM),
        ),
    ]
}

/// A complete map of all routes.
fn complete<C: Catalog>(baseline: &'static Table<C>, options: Options) -> Measured {
    let map = live::map_of(baseline.raw());
    let title = format!(
        "complete map of {} routes, {} bytes",
        figure(map.routes.len() as f64),
        figure(map.encoded_len() as f64)
    );
    let mut question = Question::new(title, 1).warm(1).counting();
    add_ours(&mut question, baseline, &map);
    add_prost::<Foldhash>(&mut question, FOLDHASH, &map, None);
    add_prost::<Std>(&mut question, "prost + HashMap, std", &map, None);
    question.run(options.slow_rounds())
}

/// Three routes over all those of the baseline.
fn overlay<C: Catalog>(baseline: &'static Table<C>, options: Options) -> Measured {
    let all = live::map_of(baseline.raw());
    let mut map = RouteMap {
        mode: Mode::Overlay.into(),
        consumers: all.consumers.clone(),
        routes: [0, 1, 2]
            .map(|at| all.routes[at * all.routes.len() / 3].clone())
            .into(),
        ..RouteMap::default()
    };
    map.routes.iter_mut().for_each(|route| route.retries = 9);
    let title = format!(
        "overlay of 3 over {} routes",
        figure(all.routes.len() as f64)
    );
    let mut question = Question::new(title, 1).warm(1).counting();
    add_ours(&mut question, baseline, &map);
    add_prost::<Foldhash>(
        &mut question,
        "prost + clone of HashMap, foldhash",
        &map,
        Some(&all),
    );
    add_prost::<Std>(
        &mut question,
        "prost + clone of HashMap, std",
        &map,
        Some(&all),
    );
    question.run(options.slow_rounds())
}

fn add_ours<'a, C: Catalog>(
    question: &mut Question<'a>,
    baseline: &'static Table<C>,
    map: &RouteMap,
) {
    let publish = |map: &mut RouteMap, cell: &RouteCell<C>, watch: &mut Watch| {
        map.version += 1;
        let bytes = map.encode_to_vec();
        let accepted = watch.time(|| cell.publish(&bytes));
        let accepted = accepted.expect("what came from the baseline may be pushed");
        accepted.after.raw().events() as u64
    };
    let warm = RouteCell::new(baseline);
    let mut next = map.clone();
    // Until generations are forgotten, whose room is taken again.
    for _ in 0..2 * warm.limits().generations_max {
        publish(&mut next, &warm, &mut Watch::default());
    }
    question.add_timed(WARM, move |watch| publish(&mut next, &warm, watch));
    let mut next = map.clone();
    question.add_timed(FRESH, move |watch| {
        let cell = RouteCell::new(baseline);
        publish(&mut next, &cell, &mut Watch::default());
        publish(&mut next, &cell, watch)
    });
    let mut next = map.clone();
    question.add_timed("ours: publish, first push of a cell", move |watch| {
        publish(&mut next, &RouteCell::new(baseline), watch)
    });
}

/// `over`: what the map is an overlay of.
fn add_prost<S: BuildHasher + Default + Clone + 'static>(
    question: &mut Question<'_>,
    name: &str,
    map: &RouteMap,
    over: Option<&RouteMap>,
) {
    let bytes = map.encode_to_vec();
    let over: Option<Map<S>> = over.map(|map| build(HashMap::default(), &map.encode_to_vec()));
    let swap: ArcSwap<Map<S>> = ArcSwap::default();
    question.add_timed(name, move |watch| {
        // What was served before is dropped afterwards.
        let _before = watch.time(|| {
            let base = over.as_ref().map_or_else(HashMap::default, Clone::clone);
            swap.swap(Arc::new(build(base, &bytes)))
        });
        swap.load().len() as u64
    });
}

/// Decodes a map, checks it as far as memory safety of a table and sense need it, and adds
/// its routes to these.
fn build<S: BuildHasher>(mut routes: Map<S>, bytes: &[u8]) -> Map<S> {
    let map = RouteMap::decode(bytes).expect("it was encoded just now");
    let is_new = routes.is_empty();
    routes.reserve(map.routes.len());
    for (at, route) in map.routes.into_iter().enumerate() {
        let to: Box<[u16]> = route.to.iter().map(|to| *to as u16).collect();
        assert!(
            route
                .to
                .iter()
                .all(|to| (*to as usize) < map.consumers.len())
        );
        let new = Route {
            event: at as u32,
            timeout_ns: route.timeout_ns,
            to,
        };
        let before = routes.insert(route.name, new);
        assert!(!is_new || before.is_none(), "a route stands twice");
    }
    routes
}

/// An image that was built elsewhere.
fn image(options: Options) -> Measured {
    let bytes = TABLE_10000.raw().as_image();
    let digest = Digest::of(bytes);
    let title = format!(
        "a ready image of 10,000 routes, {} bytes",
        figure(bytes.len() as f64)
    );
    let mut question = Question::new(title, 1).warm(1).counting();
    let opened = |table: Result<usize, routewright::OpenError>| table.expect("our own") as u64;
    question.add_timed("open in place: header, full check", move |watch| {
        opened(watch.time(|| RouteTable::open(bytes).map(|table| table.events())))
    });
    question.add_timed("digest, then open in place", move |watch| {
        opened(watch.time(|| {
            assert_eq!(Digest::of(bytes), digest);
            RouteTable::open(bytes).map(|table| table.events())
        }))
    });
    question.add_timed("digest, copy, open", move |watch| {
        let table = watch.time(|| {
            assert_eq!(Digest::of(bytes), digest);
            RouteTable::open(Image::from(bytes))
        });
        opened(table.map(|table| table.events()))
    });
    question.add_timed("(a copy of the bytes alone)", move |watch| {
        let copy = watch.time(|| bytes.to_vec());
        TABLE_10000.raw().events() as u64 + copy.len() as u64 - bytes.len() as u64
    });
    question.run(options.slow_rounds())
}

/// Going back from what was pushed, with other generations kept. It is of no use if it is
/// quick mostly, so each is timed by itself.
fn back<C: Catalog>(baseline: &'static Table<C>, options: Options) -> (report::Table, Vec<Goal>) {
    let mut map = live::map_of(baseline.raw());
    let cell = RouteCell::new(baseline);
    let routes = figure(map.routes.len() as f64);
    for version in 1..=cell.limits().generations_max as u64 {
        map.routes[0].retries = version as u32;
        live::publish(&cell, &mut map, version);
    }
    let newest = map.version;
    let go = |target| cell.rollback(target, None, "bench").expect("it is kept");
    let mut table = report::Table::new(format!("going back in the process, {routes} routes"));
    table.columns = ["p50 (ns)", "p99 (ns)", "slowest (ns)"]
        .map(str::to_owned)
        .into();
    let mut goals = Vec::new();
    for (name, target) in [
        ("rollback to the previous", Target::Previous),
        ("rollback to the baseline", Target::Version(0)),
    ] {
        let mut times: Vec<u64> = (0..options.slow_rounds() * 200)
            .map(|_| {
                let start = clock::now();
                let done = black_box(go(target));
                let spent = clock::now() - start;
                assert!(!done.unchanged && go(Target::Version(newest)).after.version() == newest);
                spent
            })
            .collect();
        times.sort_unstable();
        let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize] as f64;
        table.rows.push(report::Row {
            contender: name.to_owned(),
            time_ns: None,
            ratio: None,
            more: vec![at(0.5), at(0.99), at(1.0)],
        });
        let what = format!("{name} of {routes} routes, p99 in us");
        goals.push(Goal::at_most(what, 10.0, at(0.99) / 1e3));
    }
    (table, goals)
}

/// What goes when nobody holds it any more.
fn dropped(options: Options) -> Measured {
    let image = TABLE_10000.raw().as_image();
    let bytes = live::map_of(TABLE_10000.raw()).encode_to_vec();
    let mut question = Question::new("dropping a table of 10,000 routes", 1).warm(1);
    question.add_timed("ours", move |watch| {
        let table = RouteTable::open(Image::from(image)).expect("our own");
        let events = table.events() as u64;
        watch.time(|| drop(table));
        events
    });
    question.add_timed("HashMap", move |watch| {
        let map: Map<Foldhash> = build(HashMap::default(), &bytes);
        let routes = map.len() as u64;
        watch.time(|| drop(map));
        routes
    });
    question.run(options.slow_rounds())
}
