//! Two generations at once are what a reader must never see.
#![deny(warnings)]

mod routes {
    include!("../../generated/design/routes.rs");
}

static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn main() {
    let mut reader = ROUTES.reader();
    let first = reader.load();
    let second = reader.load();
    assert_eq!(first.version(), second.version());
}
