//! What `fail/event_of_another_catalog.rs` should have been.
#![deny(warnings)]

mod routes {
    include!("../../generated/design/routes.rs");
}

mod other {
    include!("../../generated/everything/routes.rs");
}

fn main() {
    routes::TABLE.get(routes::Event::PlayerJoined);
}
