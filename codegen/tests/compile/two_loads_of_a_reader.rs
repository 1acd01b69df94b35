//! Two generations at once are what nobody may see.
//@ error[E0499]: cannot borrow `reader` as mutable more than once at a time
#![deny(warnings)]

mod routes {
    include!("../generated/design/routes.rs");
}

static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn main() {
    let mut reader = ROUTES.reader();
    let first = reader.load();
    #[cfg(not(misuse))]
    let first = first.clone();
    let second = reader.load();
    assert_eq!(first.version(), second.version());
}
