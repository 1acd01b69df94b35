//! A consumer of the other catalog.
fn main() {
    let route = two_catalogs::orders::TABLE.get(two_catalogs::orders::Event::ItemSold);
    route
        .consumers()
        .any(|to| to == two_catalogs::stock::Consumer::Shelf);
}
