//! Architectures as search spaces.

mod cells;
mod chain;
mod cost;
mod draw;
mod keys;
