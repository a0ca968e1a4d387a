//! Studies in a database, in the tables that Optuna makes.
//!
//! The databases differ in how one connects to them and in a few words of their language, which is
//! what an [`Engine`](engine::Engine) is for. Everything else is written once.

mod engine;
mod exact;
#[cfg(feature = "postgres")]
mod postgres;
mod read;
mod schema;
#[cfg(feature = "sqlite")]
mod sqlite;
mod state;
mod store;
mod study;
mod write;

#[cfg(feature = "postgres")]
pub use postgres::PostgresStorage;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStorage;
