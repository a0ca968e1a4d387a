//! Where trials are kept.

mod failing;
mod journal;
mod lasting;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stored;
