//! The public behaviour of the crate, room by room.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test may read the clock")]

mod grid;
mod space;
mod study;
