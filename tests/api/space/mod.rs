//! Search spaces.

mod builder;
mod distributions;
mod file;
mod forms;
mod integers;
mod laws;
mod masks;
mod mistakes;
