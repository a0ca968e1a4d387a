//! Runs, and what they promise.

mod checkpoints;
mod goal_pruning;
mod goals;
mod objectives;
mod observer;
mod panics;
mod progress;
mod pruning;
mod recommend;
mod reentry;
mod regret;
mod runs;
mod sharing;
mod stops;
#[cfg(feature = "tracing")]
mod tracing;
