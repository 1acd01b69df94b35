//! Pushes, and cells that took one: what a service looks up in after its first override.

use prost::Message as _;
use routewright::{Catalog, RouteCell, RouteTable, Table};
use routewright_schema::pb::RouteMap;
use routewright_schema::route_map;

/// All that a table holds, as a complete push.
pub fn map_of<D: AsRef<[u8]>>(table: &RouteTable<D>) -> RouteMap {
    route_map::from_table(table, 1)
}

/// Publishes that map as that version.
pub fn publish<C: Catalog>(cell: &RouteCell<C>, map: &mut RouteMap, version: u64) {
    map.version = version;
    cell.publish(&map.encode_to_vec())
        .expect("what came from the baseline may be pushed");
}

/// A cell that serves its own baseline's routes from an image that was pushed and built.
pub fn published<C: Catalog>(baseline: &'static Table<C>) -> &'static RouteCell<C> {
    let cell: &'static RouteCell<C> = Box::leak(Box::new(RouteCell::new(baseline)));
    publish(cell, &mut map_of(baseline.raw()), 1);
    cell
}
