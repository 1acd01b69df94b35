//! Two catalogs in one binary, with the same names in both.

/// What happens to orders.
pub mod orders {
    include!(concat!(env!("OUT_DIR"), "/orders/routes.rs"));
}

/// What happens on the shelves.
pub mod stock {
    include!(concat!(env!("OUT_DIR"), "/stock/routes.rs"));
}
