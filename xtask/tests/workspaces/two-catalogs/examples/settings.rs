//! Settings out of the table of the other catalog.
fn main() {
    two_catalogs::orders::settings(&two_catalogs::stock::TABLE).batch();
}
