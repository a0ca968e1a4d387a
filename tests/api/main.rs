//! The public behaviour of the crate, room by room.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "a test may read the clock")]

mod advice;
mod bayesian;
mod claims;
mod conformance;
mod controller;
mod distributions;
mod effects;
mod errors;
#[cfg(feature = "tracing")]
mod events;
mod export;
mod failing_storage;
#[path = "../fit/mod.rs"]
mod fit;
mod flat;
mod floors;
mod grid;
mod handles;
mod import;
mod importance;
mod integers;
mod journal;
mod laws;
mod long;
mod masks;
mod mistakes;
mod nas;
mod neighbours;
mod objectives;
mod observer;
mod options;
mod panics;
mod plateaus;
mod progress;
mod rare;
mod recommend;
mod reentry;
mod report;
mod round_trip;
mod sample;
mod sharing;
mod soon;
mod space;
mod space_file;
mod stability;
mod stops;
mod stored;
mod study;
mod tables;
mod ties;
