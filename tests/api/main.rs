//! The public behaviour of the crate, room by room.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance;
mod distributions;
mod mistakes;
mod space;
mod study;
