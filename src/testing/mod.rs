//! Conformance suites for samplers, pruners, spaces and storages of your own, and test problems with known
//! optima.
//!
//! The suites are what the crate's own implementations pass. Call them from a test; they panic with
//! a sentence that says what is broken.
//!
//! ```
//! # use tunewright::sampler::{Context, Sampler, Suggestion};
//! # struct Mine;
//! # impl Sampler for Mine {
//! #     fn suggest(&mut self, context: &Context<'_>) -> tunewright::Result<Suggestion> {
//! #         context.sample(&mut context.random()).map(Suggestion::from)
//! #     }
//! # }
//! // In a test:
//! tunewright::testing::sampler(|| Mine);
//! ```
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a suite reports by panicking, like every assertion"
)]

mod lasting;
pub mod problems;
mod pruners;
mod samplers;
mod spaces;
mod storages;

pub use lasting::{Lasting, lasting_storage};
pub use pruners::pruner;
pub use samplers::sampler;
pub use spaces::space;
pub use storages::storage;
