//! What the tests share: an interpreter that knows nothing of images, generated code to
//! try things on, and programs of other people.

pub mod catalogues;
pub mod naive;
pub mod pushes;
pub mod tools;

/// What `fixture/routes.yaml` was compiled to.
pub mod fixture {
    include!("generated/routes.rs");
}
