use std::path::PathBuf;

use super::{JournalStorage, MemoryStorage, Storage};
use crate::error::{Error, Result};

/// What [`StudyBuilder::storage`](crate::study::StudyBuilder::storage) takes: a storage, or the text that
/// [`open`] understands.
pub trait IntoStorage {
    /// The storage.
    ///
    /// # Errors
    /// As [`open`].
    fn into_storage(self) -> Result<Box<dyn Storage>>;
}

impl<S: Storage + 'static> IntoStorage for S {
    fn into_storage(self) -> Result<Box<dyn Storage>> {
        Ok(Box::new(self))
    }
}

impl IntoStorage for Box<dyn Storage> {
    fn into_storage(self) -> Result<Box<dyn Storage>> {
        Ok(self)
    }
}

impl IntoStorage for &str {
    fn into_storage(self) -> Result<Box<dyn Storage>> {
        open(self)
    }
}

impl IntoStorage for String {
    fn into_storage(self) -> Result<Box<dyn Storage>> {
        open(&self)
    }
}

/// The storage that a text names: `journal:runs.log` for a [journal](JournalStorage), `memory:` for
/// [memory](MemoryStorage), with the feature `sqlite` also `sqlite:runs.db`, or the same as Optuna
/// writes it, `sqlite:///runs.db`, and with the feature `postgres` also
/// `postgres://user:password@host/database`.
///
/// # Errors
/// [`Error::InvalidOption`] for a text that names no storage. Whether the storage can be reached
/// shows when a study is opened.
pub fn open(url: &str) -> Result<Box<dyn Storage>> {
    let invalid = |remedy| Error::InvalidOption { option: "storage", value: url.into(), remedy };
    let (kind, rest) = url.split_once(':').unwrap_or(("", url));
    match kind {
        "journal" if !rest.is_empty() => Ok(Box::new(JournalStorage::new(PathBuf::from(rest)))),
        #[cfg(feature = "sqlite")]
        "sqlite" if !rest.is_empty() => Ok(Box::new(super::SqliteStorage::new(sqlite_path(rest)))),
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => Ok(Box::new(super::PostgresStorage::new(url)?)),
        #[cfg(not(feature = "postgres"))]
        "postgres" | "postgresql" => {
            // The address may have a password in it.
            let remedy = "build Tunewright with its feature `postgres`";
            Err(Error::InvalidOption { option: "storage", value: kind.into(), remedy })
        }
        #[cfg(not(feature = "sqlite"))]
        "sqlite" => Err(invalid("build Tunewright with its feature `sqlite`")),
        "memory" if rest.is_empty() => Ok(Box::new(MemoryStorage::new())),
        _ => Err(invalid("write `journal:` and a path, as in `journal:runs.log`")),
    }
}

/// The path in what follows `sqlite:`; Optuna puts three slashes before it, and a fourth one is the
/// path's own.
#[cfg(feature = "sqlite")]
fn sqlite_path(rest: &str) -> PathBuf {
    PathBuf::from(rest.strip_prefix("///").unwrap_or(rest))
}
