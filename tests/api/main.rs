//! The public behaviour of the crate, room by room as in `src`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test may read the clock")]

mod analysis;
mod circles;
mod earlier;
mod errors;
#[path = "../fit/mod.rs"]
mod fit;
mod floors;
mod import;
mod long;
mod nas;
mod plot;
mod pruner;
mod report;
mod sampler;
mod space;
mod storage;
mod study;
mod support;
mod table;
mod trial;
