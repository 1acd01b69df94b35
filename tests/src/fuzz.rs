//! What must hold for any bytes at all: one function for each door that bytes come
//! through. The fuzzers of `fuzz/` call them, and so do plain tests with the corpora
//! that those fuzzers have left. A function returns, or panics with what is wrong.

mod convert;
#[cfg(feature = "fleet")]
mod delta;
#[cfg(feature = "fleet")]
mod fleet;
#[cfg(feature = "fleet")]
mod follow;
mod layout;
mod meaning;
mod open;
mod phrase;
mod physics;
mod publish;
mod recipe;
mod rule;
#[cfg(feature = "fleet")]
mod said;
mod stored;
mod tape;
mod tree;

pub use convert::{foreign, mapping};
#[cfg(feature = "fleet")]
pub use delta::delta;
#[cfg(feature = "fleet")]
pub use fleet::fleet;
#[cfg(feature = "fleet")]
pub use follow::follow;
pub use open::{image, images, open};
pub use publish::{publish, sequence};
pub use rule::rule;
pub use stored::stored;

/// Runs something, and says how many bytes of heap it held at most beyond those that
/// were held before. Whoever calls has the counting allocator.
pub type Peak = fn(&mut dyn FnMut()) -> u64;
