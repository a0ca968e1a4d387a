//! The public behaviour of the crate, room by room.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod conformance;
mod distributions;
#[cfg(feature = "tracing")]
mod events;
mod export;
mod mistakes;
mod observer;
mod report;
mod space;
mod study;
