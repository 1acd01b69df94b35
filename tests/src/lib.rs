//! What the tests share: an interpreter that knows nothing of images, and generated
//! code to try things on.

pub mod naive;

/// What `fixture/routes.yaml` was compiled to.
pub mod fixture {
    include!("generated/routes.rs");
}
