//! What the tests share: an interpreter that knows nothing of images, generated code to
//! try things on, what must hold for any bytes, and programs of other people.

pub mod catalogues;
pub mod fuzz;
pub mod naive;
pub mod pushes;
pub mod tools;
pub mod wire;

/// What `fixture/routes.yaml` was compiled to.
pub mod fixture {
    include!("generated/routes.rs");
}
