//! Where trials are kept.

mod failing;
mod stored;
