//! What `load` gives is of the cache of one thread; a table of one's own may go anywhere.
//@ error[E0277]: `Rc<routewright::Table<routes::Catalog>>` cannot be sent between threads safely
#![deny(warnings)]

mod routes {
    include!("../generated/design/routes.rs");
}

static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn main() {
    let table = ROUTES.load();
    #[cfg(not(misuse))]
    let table = routes::Table::clone(&table);
    let _ = std::thread::spawn(move || table.version()).join();
}
