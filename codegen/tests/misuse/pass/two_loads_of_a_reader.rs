//! What `fail/two_loads_of_a_reader.rs` should have been.
#![deny(warnings)]

mod routes {
    include!("../../generated/design/routes.rs");
}

static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn main() {
    let mut reader = ROUTES.reader();
    let first = reader.load().version();
    let second = reader.load().version();
    assert_eq!(first, second);
}
