//! The scenarios. Each hides its inputs and its answers from the optimiser, and nothing
//! else: the few instructions of the loop around it are counted with it.

use std::hint::black_box;
use std::time::Duration;

use routewright::{Catalog, Image, Limits, Now, Outcome, RouteCell, RouteTable, Table};

use crate::push::{Mode, Push, names};
use crate::routes::{self, Event, TABLE};
use crate::thousand::{self, EVENTS, Thousand};

/// One thing that a service does.
pub struct Scenario {
    /// As the command line and the baseline call it.
    pub name: &'static str,
    /// How often to run it to see what once costs, without waiting long.
    pub times: u64,
    /// Sets the stage once; what it returns does the thing so many times.
    pub prepare: fn() -> Box<dyn FnMut(u64)>,
}

const MANY: u64 = 10_000;
const FEW: u64 = 20;

/// All of them; the order of the baseline.
pub const ALL: &[Scenario] = &[
    scenario("find-hit", MANY, find_hit),
    scenario("find-hit-built", MANY, find_hit_built),
    scenario("find-miss", MANY, find_miss),
    scenario("find-pattern", MANY, find_pattern),
    scenario("get", MANY, get),
    scenario("load", MANY, load),
    scenario("load-reader", MANY, load_reader),
    scenario("settings-read", MANY, settings_read),
    scenario("pick", MANY, pick),
    scenario("apply-1k", FEW, apply_1k),
    scenario("apply-1k-new", FEW, apply_1k_new),
    scenario("apply-overlay", FEW, apply_overlay),
    scenario("open-image", FEW, open_image),
];

const fn scenario(
    name: &'static str,
    times: u64,
    prepare: fn() -> Box<dyn FnMut(u64)>,
) -> Scenario {
    Scenario {
        name,
        times,
        prepare,
    }
}

/// Looks the names up in turn, and asks each route what all ask first: to hide the route
/// itself would be to copy it. Not inlined, so that a profile shows where it is.
#[inline(never)]
fn find<C: Catalog>(table: &Table<C>, names: &[String], times: u64) {
    for (name, _) in names.iter().cycle().zip(0..times) {
        let route = table.find(black_box(name));
        black_box(route.is_some_and(|route| route.outcome() == Outcome::Deliver));
    }
}

/// Looks the names up in the compiled table; they have or have not a route, by how.
fn find_linked(names: Vec<String>, found: bool) -> Box<dyn FnMut(u64)> {
    assert!(names.iter().all(|name| TABLE.find(name).is_some() == found));
    Box::new(move |times| find(&TABLE, &names, times))
}

/// Declared names, in the order in which a person would not have sorted them.
fn find_hit() -> Box<dyn FnMut(u64)> {
    let names = Event::ALL.iter().rev();
    find_linked(names.map(|event| event.as_str().to_owned()).collect(), true)
}

/// Names of a table that was built: its bytes are not linked, and it is larger.
fn find_hit_built() -> Box<dyn FnMut(u64)> {
    let table = thousand::baseline();
    let names = names(EVENTS);
    assert!(names.iter().all(|name| table.find(name).is_some()));
    Box::new(move |times| find(&table, &names, times))
}

/// Names that nothing declares and no pattern takes, after a probe for each shape.
fn find_miss() -> Box<dyn FnMut(u64)> {
    find_linked(names(16), false)
}

/// Names that nothing declares and a pattern takes.
fn find_pattern() -> Box<dyn FnMut(u64)> {
    let names = ["session.refreshed", "stock.shelf.emptied", "debug.a.b.c"];
    find_linked(names.map(str::to_owned).into(), true)
}

/// The answer for a declared event.
fn get() -> Box<dyn FnMut(u64)> {
    #[inline(never)]
    fn body(times: u64) {
        for (event, _) in Event::ALL.iter().cycle().zip(0..times) {
            let route = TABLE.get(black_box(*event));
            black_box(route.outcome() == Outcome::Deliver);
        }
    }
    Box::new(body)
}

static CELL: RouteCell<routes::Catalog> = RouteCell::new(&TABLE);

/// The live table, through the cache of the thread.
fn load() -> Box<dyn FnMut(u64)> {
    #[inline(never)]
    fn body(times: u64) {
        for _ in 0..times {
            black_box(&*CELL.load());
        }
    }
    Box::new(body)
}

/// The live table, through a handle.
fn load_reader() -> Box<dyn FnMut(u64)> {
    #[inline(never)]
    fn body(times: u64) {
        let mut reader = CELL.reader();
        for _ in 0..times {
            black_box(reader.load());
        }
    }
    Box::new(body)
}

/// Four settings of different types.
fn settings_read() -> Box<dyn FnMut(u64)> {
    #[inline(never)]
    fn body(times: u64) {
        for _ in 0..times {
            let settings = routes::settings(black_box(&TABLE));
            black_box(settings.spawn().rate());
            black_box(settings.batch().items());
            black_box(settings.cache().ttl());
            black_box(settings.dry());
        }
    }
    Box::new(body)
}

/// The arm of a split of two, by a key of 16 bytes.
fn pick() -> Box<dyn FnMut(u64)> {
    #[inline(never)]
    fn body(times: u64) {
        let route = TABLE.get(Event::OrderPaymentDeclined);
        for at in 0..times {
            black_box(route.pick(black_box(&u128::from(at).to_le_bytes())));
        }
    }
    assert_eq!(TABLE.get(Event::OrderPaymentDeclined).arms().count(), 2);
    Box::new(body)
}

/// A complete map of 1,000 routes, from bytes until it serves.
fn apply_1k() -> Box<dyn FnMut(u64)> {
    apply(static_baseline(), Push::new(Mode::Complete, EVENTS))
}

/// The same where only the push knows these names.
fn apply_1k_new() -> Box<dyn FnMut(u64)> {
    apply(&TABLE, Push::new(Mode::Complete, EVENTS))
}

/// Three routes over a baseline of 1,000.
fn apply_overlay() -> Box<dyn FnMut(u64)> {
    apply(static_baseline(), Push::new(Mode::Overlay, 3))
}

/// A baseline is a static everywhere else.
fn static_baseline() -> &'static Table<Thousand> {
    Box::leak(Box::new(thousand::baseline()))
}

fn apply<C: Catalog>(baseline: &'static Table<C>, mut push: Push) -> Box<dyn FnMut(u64)> {
    #[inline(never)]
    fn body<C: Catalog>(cell: &RouteCell<C>, push: &mut Push, times: u64) {
        // A moment, so that no clock is read.
        let now = Now {
            monotonic: Duration::ZERO,
            wall: Duration::ZERO,
        };
        for _ in 0..times {
            if let Err(refused) = cell.publish_at(push.next(), now) {
                panic!("{refused}");
            }
        }
    }
    let mut limits = Limits::DEFAULT;
    // The first push may take all compiled routes away.
    limits.removals_percent_max = 100;
    let cell = RouteCell::with_limits(baseline, limits);
    // Until as many generations are kept as will be, so that each push drops one.
    body(&cell, &mut push, 2 * limits.generations_max as u64);
    Box::new(move |times| body(&cell, &mut push, times))
}

/// The full check of foreign bytes: an image of 1,000 routes.
fn open_image() -> Box<dyn FnMut(u64)> {
    #[inline(never)]
    fn body(image: &Image, times: u64) {
        for _ in 0..times {
            assert!(RouteTable::open(black_box(image.clone())).is_ok());
        }
    }
    let image = Image::from(thousand::baseline().raw().as_image());
    Box::new(move |times| body(&image, times))
}
