//! An event of another catalog would be a position in a table that it is not of.
#![deny(warnings)]

mod routes {
    include!("../../generated/design/routes.rs");
}

mod other {
    include!("../../generated/everything/routes.rs");
}

fn main() {
    routes::TABLE.get(other::Event::OrderPaid);
}
