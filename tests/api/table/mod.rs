//! Trials as text, CSV and JSON.

mod export;
mod plans;
mod round_trip;
mod terminal;
