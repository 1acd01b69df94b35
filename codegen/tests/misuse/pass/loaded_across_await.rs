//! What `fail/loaded_across_await.rs` should have been.
#![deny(warnings)]

mod routes {
    include!("../../generated/design/routes.rs");
}

static ROUTES: routes::Cell = routes::Cell::new(&routes::TABLE);

fn spawn<F: Future + Send>(_: F) {}

fn main() {
    spawn(async {
        let mut reader = ROUTES.reader();
        std::future::ready(()).await;
        reader.load().version() + ROUTES.load().version()
    });
}
