//! Where trials are kept.

mod failing;
mod journal;
mod stored;
