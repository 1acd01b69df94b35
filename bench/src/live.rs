//! Pushes, and cells that took one: what a service looks up in after its first override.

use routewright::{Catalog, RouteCell, RouteTable};
use routewright_schema::route_map;

/// All that a table holds, as the bytes of a complete push.
pub fn complete<D: AsRef<[u8]>>(table: &RouteTable<D>, version: u64) -> Vec<u8> {
    route_map::encode(&route_map::from_table(table, version))
}

/// Publishes the cell's own baseline: the same routes, in an image that was built.
pub fn publish_complete<C: Catalog>(cell: &RouteCell<C>, version: u64) {
    cell.publish(&complete(cell.baseline().raw(), version))
        .expect("the baseline may be pushed");
}
