//! An event of the other catalog.
fn main() {
    two_catalogs::orders::TABLE.get(two_catalogs::stock::Event::ItemSold);
}
