//! What a service does again and again, one scenario each, to be counted from outside:
//! instructions by callgrind (`tests/instructions.rs`), allocations by the allocator
//! (`tests/allocations.rs`), samples by perf (`cargo xtask profile`).

mod push;
mod scenario;
mod thousand;

pub use scenario::{ALL, Scenario};

/// What `routes/routes.yaml` was compiled to.
pub mod routes {
    include!("generated/routes.rs");
}
