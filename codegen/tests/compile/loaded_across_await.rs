//! What `load` gives is for one event, not for as long as a task sleeps.
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
        std::future::ready(()).await;
        #[cfg(not(misuse))]
        let table = ROUTES.load();
        table.version()
    });
}
