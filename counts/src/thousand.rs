//! A catalog of 1,000 events and its baseline, as codegen would write them: as files they
//! would be a quarter of a megabyte.

use routewright::{Builder, Catalog, CatalogSpec, Limits, RouteSpec, Table};

use crate::push::{CONSUMERS, names};

/// How many events there are.
pub const EVENTS: usize = 1_000;

/// What would be compiled in.
#[derive(Clone, Copy)]
pub struct Thousand;

impl Catalog for Thousand {
    type Event = u16;
    type Consumer = u16;
    // Of these names; if they change, `baseline` says what it is.
    const FINGERPRINT: u64 = 0x3279_e738_5266_0b5f;
    const EVENTS: &'static [u16] = &{
        let mut events = [0; EVENTS];
        let mut at = 0;
        while at < EVENTS {
            events[at] = at as u16;
            at += 1;
        }
        events
    };
    const CONSUMERS: &'static [u16] = &[0, 1, 2];

    fn index(event: u16) -> usize {
        event.into()
    }
}

/// The table in which each event has a route.
pub fn baseline() -> Table<Thousand> {
    let names = names(EVENTS);
    let catalog = CatalogSpec {
        events: names.iter().map(String::as_str).collect(),
        consumers: CONSUMERS.to_vec(),
        ..CatalogSpec::default()
    };
    let mut builder = Builder::new(catalog, Limits::DEFAULT);
    let route = RouteSpec {
        to: &[0, 2],
        ..RouteSpec::default()
    };
    for name in &names {
        builder.route(name, &route);
    }
    let table = builder.finish().unwrap_or_else(|why| panic!("{why}"));
    let fingerprint = table.fingerprint();
    Table::new(table, 0).unwrap_or_else(|| panic!("the fingerprint is {fingerprint:#x}"))
}
