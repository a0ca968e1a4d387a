//! Studies in a SQLite database.

mod connection;
mod open;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use super::schema::{self, Schema};
use super::store::SqlStore;
use super::study;
use crate::error::{Error, Result};
use crate::storage::mutex::lock;
use crate::storage::{Opened, Storage, StoredStudy, StudyStore};
use crate::trial::StudyHeader;

/// Studies in a SQLite database, which any number of processes on one machine share.
///
/// The tables are Optuna's: its `RDBStorage` opens the file, shows the study and continues it, also
/// while this crate writes, and the other way round. A result is on the disk before
/// [`Study::tell`](crate::Study::tell) returns; several that end at the same time share one sync.
/// While another program has the database locked, calls wait for half a minute.
///
/// Opening a study to work on it switches the database to SQLite's write-ahead log, in which readers
/// and writers do not wait for each other. The file has to be on a disk of the machine: SQLite's
/// locks do not work on most network file systems.
///
/// ```no_run
/// use tunewright::storage::SqliteStorage;
/// use tunewright::{Params, Study, Trial, space::{Scale, Space}};
///
/// let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build()?;
/// let study = Study::in_space(space).storage(SqliteStorage::new("runs.db")).build()?;
/// study.optimize(|p: Params, _: &mut Trial| p.float("x").map(f64::abs), 20)?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SqliteStorage {
    path: PathBuf,
    open: Arc<Mutex<HashMap<String, Weak<SqlStore>>>>,
}

impl SqliteStorage {
    /// The database at this path. The file is made when a study is.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        SqliteStorage { path: path.into(), open: Arc::default() }
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Storage for SqliteStorage {
    fn open(&self, header: StudyHeader) -> Result<Opened> {
        let mut open = lock(&self.open);
        let known = open.get(&header.name).and_then(Weak::upgrade);
        if let Some(store) = known.filter(|store| *store.header() == header) {
            return Ok(Opened::found(store));
        }
        let connection = open::to_write(&self.path)?;
        let (store, created) = SqlStore::open(Box::new(connection), &header)?;
        let store = Arc::new(store);
        open.insert(store.header().name.clone(), Arc::downgrade(&store));
        Ok(if created { Opened::created(store) } else { Opened::found(store) })
    }

    fn names(&self) -> Result<Vec<String>> {
        match open::to_read(&self.path)? {
            Some(mut connection) => Ok(study::names(&mut connection)?),
            None => Ok(Vec::new()),
        }
    }

    fn find(&self, name: &str) -> Result<Option<Arc<dyn StudyStore>>> {
        let Some(mut connection) = open::to_read(&self.path)? else { return Ok(None) };
        if schema::check(&mut connection)? == Schema::Missing {
            return Ok(None);
        }
        let Some(found) = study::find(&mut connection, name)? else { return Ok(None) };
        let header = study::header(&mut connection, &found)?;
        connection.allow_writing()?;
        Ok(Some(Arc::new(SqlStore::new(Box::new(connection), found.id, header)?)))
    }

    fn stored(&self, name: &str) -> Result<Option<StoredStudy>> {
        let mut connection = open::to_read(&self.path)?.ok_or_else(|| {
            Error::Storage(format!("the database {} is not there", self.path.display()).into())
        })?;
        Ok(study::stored(&mut connection, name)?)
    }
}
