//! The swap of `routewright`, every interleaving of it; see runtime/src/swap.rs.
#![allow(dead_code, reason = "the tests need no constructor in a static")]

#[path = "../../runtime/src/swap.rs"]
mod swap;
