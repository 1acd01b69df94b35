//! What `load` gives is of the cache of one thread.
#![deny(warnings)]

mod routes {
    include!("../../generated/design/routes.rs");
}

static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn main() {
    let table = ROUTES.load();
    let _ = std::thread::spawn(move || table.version()).join();
}
