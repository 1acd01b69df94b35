//! A cell over the table of the other catalog.
static ORDERS: two_catalogs::orders::Cell =
    two_catalogs::orders::Cell::new(&two_catalogs::stock::TABLE);

fn main() {
    ORDERS.load();
}
