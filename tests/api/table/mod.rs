//! Trials as text, CSV and JSON.

mod export;
mod goals;
mod plans;
mod round_trip;
mod terminal;
