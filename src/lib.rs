//! Finds good hyperparameters and neural architectures for a training routine of your own.

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
pub mod trial;

pub use error::{Error, Result};
pub use objective::Objective;
pub use sampler::{RandomSampler, Sampler, SobolSampler};
pub use space::{Params, SearchSpace, Space};
pub use study::{StopReason, Study};
pub use trial::Trial;
