//! Finds good hyperparameters and neural architectures for a training routine of your own.

#[cfg(feature = "derive")]
extern crate self as tunewright;

mod error;
pub mod math;
pub mod space;

pub use error::{Error, Result};
pub use space::Tunable;
/// Makes a config type its own search space; the trait [`trait@Tunable`] lists the attributes.
#[cfg(feature = "derive")]
#[doc(inline)]
pub use tunewright_derive::Tunable;
