//! Finds good hyperparameters and neural architectures for a training routine of your own.

// A library speaks through its return values and observers; its examples may print.
#![warn(clippy::print_stdout, clippy::print_stderr)]

#[cfg(feature = "derive")]
extern crate self as tunewright;

mod error;
pub mod math;
pub mod objective;
pub mod sampler;
pub mod space;
pub mod storage;
pub mod study;
pub mod surrogate;
pub mod testing;
pub mod trial;

pub use error::{Error, Result};
pub use objective::Objective;
pub use sampler::{BayesianSampler, RandomSampler, Sampler, SobolSampler};
pub use space::{Params, SearchSpace, Space, Tunable};
pub use study::{StopReason, Study};
pub use trial::Trial;
/// Makes a config type its own search space; the trait [`trait@Tunable`] lists the attributes.
#[cfg(feature = "derive")]
#[doc(inline)]
pub use tunewright_derive::Tunable;
