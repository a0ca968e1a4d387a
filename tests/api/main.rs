//! The public behaviour of the crate, room by room.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod conformance;
mod distributions;
mod errors;
mod floors;
mod long;
mod mistakes;
mod sharing;
mod space;
mod study;
