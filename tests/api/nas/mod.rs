//! Architectures as search spaces.

mod cells;
mod chain;
mod cost;
mod cost_goal;
mod draw;
mod keys;
