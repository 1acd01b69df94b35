//! What `load` gives is for one event, not for as long as a task sleeps.
#![deny(warnings)]

mod routes {
    include!("../../generated/design/routes.rs");
}

static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn spawn<F: Future + Send>(_: F) {}

fn main() {
    spawn(async {
        let table = ROUTES.load();
        std::future::ready(()).await;
        table.version()
    });
}
