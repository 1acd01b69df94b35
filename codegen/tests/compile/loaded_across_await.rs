//! What `load` gives is for one event, not for as long as a task sleeps; a reader is.
//@ error: future cannot be sent between threads safely
#![deny(warnings)]

mod routes {
    include!("../generated/design/routes.rs");
}

static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn spawn<F: Future + Send>(_: F) {}

fn main() {
    spawn(async {
        #[cfg(misuse)]
        let table = ROUTES.load();
        #[cfg(not(misuse))]
        let mut reader = ROUTES.reader();
        std::future::ready(()).await;
        #[cfg(not(misuse))]
        let table = reader.load();
        table.version()
    });
}
