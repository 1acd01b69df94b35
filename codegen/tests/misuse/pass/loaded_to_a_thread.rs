//! What `fail/loaded_to_a_thread.rs` should have been.
#![deny(warnings)]

mod routes {
    include!("../../generated/design/routes.rs");
}

static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn main() {
    let table: routes::Table = ROUTES.load().clone();
    let _ = std::thread::spawn(move || table.version()).join();
}
