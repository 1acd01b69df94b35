//! An event of another catalog is a position in tables that are not this one.
//@ error[E0308]: mismatched types
#![deny(warnings)]

mod routes {
    include!("../generated/design/routes.rs");
}

mod other {
    include!("../generated/everything/routes.rs");
}

fn main() {
    #[cfg(misuse)]
    use other::Event::OrderPaid as event;
    #[cfg(not(misuse))]
    use routes::Event::PlayerJoined as event;
    routes::TABLE.get(event);
}
