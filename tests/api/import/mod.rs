//! Tables as trials.

mod experiments;
mod tables;
