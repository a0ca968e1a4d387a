//! Finds good hyperparameters and neural architectures for a training routine of your own.

#[cfg(feature = "derive")]
extern crate self as tunewright;

mod error;
pub mod math;
pub mod space;

pub use error::{Error, Result};
