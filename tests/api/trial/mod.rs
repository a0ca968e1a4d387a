//! Trials, and what ties them.

mod handles;
mod ties;
