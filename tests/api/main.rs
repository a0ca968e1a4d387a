//! The public behaviour of the crate, room by room.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod conformance;
mod distributions;
mod errors;
#[cfg(feature = "tracing")]
mod events;
mod export;
mod floors;
mod grid;
mod long;
mod mistakes;
mod observer;
mod report;
mod sharing;
mod space;
mod study;
