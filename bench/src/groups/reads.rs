//! What else is read from a table: events by id, settings, arms of a split, names that
//! nobody declared, and names that were chosen to hurt.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use routewright::{Builder, Image, Limits, RouteSpec, RouteTable};

use crate::clock;
use crate::definition::{OPEN_AFTER, TIMEOUT, catalog, table};
use crate::harness::{Measured, Options, Question};
use crate::images::{Event, TABLE_10000};
use crate::keys::{Keys, QUERIES, Shape, answer, series};
use crate::live;
use crate::names::Random;
use crate::report::{Goal, Row, Section, Table};
use crate::rivals::{self, Map, Route};

type Foldhash = foldhash::fast::RandomState;

/// The group.
pub fn run(options: Options) -> Section {
    let mut section = Section::new("other reads");
    section.notes.push(
        "*By event*: of 10,000 declared events, in random order, chained and not; the rival is \
         a `Vec` of routes and an index. *Unknown names* have six segments, as the patterns \
         do, so every shape is tried; none of them has an answer, which is the worst case. \
         *Settings* are taken from `reader.load()` each time."
            .into(),
    );
    let event = by_event(options);
    for (shape, measured) in Shape::ALL.iter().zip(&event) {
        section.goals.push(Goal::at_most(
            format!("lookup by Event / array index, {}", shape.as_str()),
            1.5,
            measured.ratio(BY_EVENT, ARRAY),
        ));
    }
    section.tables.extend(event.iter().map(Measured::table));
    section.tables.push(unknown(options).table());
    section.tables.push(settings(options).table());
    section.tables.push(pick(options).table());
    let (hostile, worst) = hostile(options);
    section.notes.push(
        "*Hostile names*: a thousand of a kind, each looked up for itself, many times over; \
         the smallest time of a name counts, since any disturbance adds. Each begins at a cache \
         line. A table whose chains \
         or collisions can be chosen has names that take a multiple of the average."
            .into(),
    );
    section.tables.push(hostile);
    section.goals.push(Goal::at_most(
        "slowest name / average, of the same kind, hostile names",
        1.2,
        worst,
    ));
    section
}

const BY_EVENT: &str = "ours: table.get(Event::X)";
const ARRAY: &str = "Vec<Route>[index]";

fn by_event(options: Options) -> [Measured; 2] {
    let cell = live::published(&TABLE_10000);
    let live = cell.reader().load().clone();
    let routes: Vec<Route> = (0..10_000).map(Route::at).collect();
    let mut random = Random::new(3);
    let events: Vec<Event> = (0..QUERIES)
        .map(|_| Event(random.below(routes.len()) as u32))
        .collect();
    Shape::ALL.map(|shape| {
        let title = format!("by event, 10,000 events, {}", shape.as_str());
        let mut question = Question::new(title, QUERIES);
        question.add(BY_EVENT, || {
            series(&events, shape, |event, _| {
                answer(live.get(event).raw().event())
            })
        });
        question.add(ARRAY, || {
            series(&events, shape, |event, _| {
                answer(routes.get(event.0 as usize).map(|r| r.event as usize))
            })
        });
        question.run(options.rounds())
    })
}

fn unknown(options: Options) -> Measured {
    let keys = Keys::generated(1_000);
    let mut random = Random::new(5);
    let mut name = || {
        let segments = (0..PATTERN_SEGMENTS).map(|_| format!("s{}", random.below(50)));
        segments.collect::<Vec<_>>().join(".")
    };
    let asked: Vec<String> = (0..QUERIES).map(|_| name()).collect();
    let tables = [0, 3, 32].map(|shapes| (shapes, with_patterns(keys.names, shapes)));
    let map: Map<Foldhash> = rivals::map(keys.names);
    let mut question = Question::new(
        "unknown names, 1,000 known ones, patterns of 0, 3 and 32 shapes",
        QUERIES,
    );
    for (shapes, table) in &tables {
        let asked = &asked;
        question.add(format!("ours: find, {shapes} shapes"), move || {
            asked
                .iter()
                .map(|name| u64::from(table.find(name).is_some()))
                .sum()
        });
    }
    question.add("HashMap, foldhash, no patterns", || {
        asked
            .iter()
            .map(|name| u64::from(map.contains_key(name.as_str())))
            .sum()
    });
    question.run(options.rounds())
}

const PATTERN_SEGMENTS: usize = 6;

/// A table of these names, and as many patterns, each of a shape of its own.
fn with_patterns(names: &[&str], shapes: u32) -> RouteTable<Image> {
    let mut builder = Builder::new(catalog(names.iter().copied()), Limits::DEFAULT);
    let spec = RouteSpec {
        to: &[0],
        ..RouteSpec::default()
    };
    for name in names {
        builder.route(name, &spec);
    }
    let patterns: Vec<String> = (1..=shapes)
        .map(|mask| {
            // Which segments are literal; no two patterns have the same ones.
            let segments = (0..PATTERN_SEGMENTS).map(|at| match mask >> at & 1 {
                0 => "*".to_owned(),
                _ => format!("nobody{mask}"),
            });
            segments.collect::<Vec<_>>().join(".")
        })
        .collect();
    for (rank, pattern) in patterns.iter().enumerate() {
        let rank = rank as i32;
        builder.route(pattern, &RouteSpec { rank, ..spec });
    }
    builder.finish().expect("patterns differ in rank")
}

fn settings(options: Options) -> Measured {
    let cell = live::published(&TABLE_10000);
    let mut question = Question::new("settings, one read", QUERIES);
    let mut reader = cell.reader();
    question.add("ours: reader.load(), int", move || {
        repeat(|| reader.load().values().int(OPEN_AFTER) as u64)
    });
    let mut reader = cell.reader();
    question.add("ours: reader.load(), duration", move || {
        // Both settings have the same number.
        repeat(|| u64::from(reader.load().values().duration(TIMEOUT).subsec_millis()))
    });
    question.add("ours: ROUTES.load(), int", || {
        repeat(|| cell.load().values().int(OPEN_AFTER) as u64)
    });
    let atomic = AtomicU64::new(cell.load().values().int(OPEN_AFTER) as u64);
    question.add("AtomicU64::load", move || {
        repeat(|| atomic.load(Ordering::Relaxed))
    });
    question.run(options.rounds())
}

#[inline]
fn repeat(mut read: impl FnMut() -> u64) -> u64 {
    (0..QUERIES).map(|_| black_box(read())).sum()
}

fn pick(options: Options) -> Measured {
    let weights = [40, 20, 10, 10, 5, 5, 5, 5];
    let arms: Vec<(u16, u32)> = (0..).zip(weights).collect();
    let table = |split: &[(u16, u32)]| {
        let mut builder = Builder::new(catalog(["order.created"].into_iter()), Limits::DEFAULT);
        let spec = RouteSpec {
            split,
            ..RouteSpec::default()
        };
        builder.route("order.created", &spec);
        builder.finish().expect("a good split")
    };
    let mut random = Random::new(9);
    let players: Vec<[u8; 16]> = (0..QUERIES)
        .map(|_| (u128::from(random.next()) << 64 | u128::from(random.next())).to_le_bytes())
        .collect();
    let tables = [2, 4, 8].map(|count| (count, table(&arms[..count])));
    let mut question = Question::new("pick: the arm of a split, by a key of 16 bytes", QUERIES);
    for (count, table) in &tables {
        let players = &players;
        question.add(format!("ours: pick of {count}"), move || {
            let Some(route) = table.at(0) else { return 0 };
            let picked = players.iter().map(|player| route.pick(player));
            picked.map(|arm| u64::from(arm.is_some())).sum()
        });
    }
    question.add(
        "hash % total, then walk 8 (moves most keys at a change)",
        || {
            let total: u32 = arms.iter().map(|(_, weight)| weight).sum();
            let pick = |player: &[u8; 16]| {
                let mut draw = (rivals::quick_hash(player) % u64::from(total)) as u32;
                arms.iter().find(|(_, weight)| {
                    let here = draw < *weight;
                    draw = draw.wrapping_sub(*weight);
                    here
                })
            };
            players
                .iter()
                .map(|player| u64::from(black_box(pick(player)).is_some()))
                .sum()
        },
    );
    question.run(options.rounds())
}

/// The name at a position.
type Spelling = fn(usize) -> String;

/// How long the slowest name of a kind takes, over the average of that kind; and the
/// worst of these ratios.
fn hostile(options: Options) -> (Table, f64) {
    let count = if options.quick { 100 } else { 1_000 };
    let mut all = Table::new("hostile names, one at a time");
    all.columns = ["average ns", "slowest ns", "slowest / average"]
        .map(str::to_owned)
        .into();
    let mut worst = 0.0_f64;
    let kinds: [(&str, Spelling); 4] = [
        ("22 bytes, the same prefix", |at| {
            format!("tenant.order.item.{at:04}")
        }),
        ("48 bytes, the last that stands in its slot", |at| {
            format!("{}.{at:04}", "tenant.order.item.tenant.order.item.tenant.x")[1..].to_owned()
        }),
        ("49 bytes, the first that does not", |at| {
            format!("{}.{at:04}", "tenant.order.item.tenant.order.item.tenant.x")
        }),
        ("128 bytes, the same prefix", |at| {
            format!(
                "{}.{at:04}",
                "tenant_of_long_names.".repeat(6)[..123].trim_end_matches('.')
            )
        }),
    ];
    for (kind, name) in kinds {
        let mut names: Vec<String> = (0..count).map(name).collect();
        names.sort();
        let names = lined_up(&names);
        let table = table(names.iter().copied());
        let map: Map<Foldhash> = rivals::map(&names);
        let ours = each(&names, options, |name| table.find(name).is_some());
        let theirs = each(&names, options, |name| map.contains_key(name));
        for (whose, times) in [("ours", &ours), ("HashMap, foldhash", &theirs)] {
            let average = times.iter().sum::<f64>() / times.len() as f64;
            let slowest = times.iter().copied().fold(0.0, f64::max);
            all.rows.push(Row {
                contender: format!("{kind}; {whose}"),
                time_ns: None,
                ratio: None,
                more: vec![average, slowest, slowest / average],
            });
            if whose == "ours" {
                worst = worst.max(slowest / average);
            }
        }
    }
    (all, worst)
}

/// The smallest time that a lookup of each name takes.
fn each(names: &[&str], options: Options, find: impl Fn(&str) -> bool) -> Vec<f64> {
    const REPEATS: usize = 512;
    let mut times = vec![f64::INFINITY; names.len()];
    for _ in 0..options.slow_rounds() {
        for (name, best) in names.iter().zip(&mut times) {
            let start = clock::now();
            for _ in 0..REPEATS {
                black_box(find(black_box(name)));
            }
            let spent = clock::now() - start;
            *best = best.min(spent as f64 / REPEATS as f64);
        }
    }
    times
}

/// The same names, each at the beginning of a cache line: one that straddles two takes
/// longer, which is not the table's doing.
fn lined_up(names: &[String]) -> Vec<&'static str> {
    const STRIDE: usize = 128;
    let mut text = String::with_capacity((names.len() + 1) * STRIDE);
    let start = text.as_ptr().align_offset(64);
    text.extend(std::iter::repeat_n(' ', start));
    for name in names {
        text.push_str(&format!("{name:<STRIDE$}"));
    }
    let text: &'static str = text.leak();
    let places = names.iter().enumerate();
    let name = |(at, name): (usize, &String)| &text[start + at * STRIDE..][..name.len()];
    places.map(name).collect()
}
