//! A consumer that is new does not compile until somebody delivers to it.
//@ error[E0004]: non-exhaustive patterns: `routes::Consumer::Shadow` not covered
#![deny(warnings)]

mod routes {
    include!("../generated/design/routes.rs");
}

fn main() {
    for consumer in routes::Consumer::ALL.iter().copied() {
        match consumer {
            routes::Consumer::Audit | routes::Consumer::Loot => {}
            #[cfg(not(misuse))]
            routes::Consumer::Shadow => {}
        }
    }
}
