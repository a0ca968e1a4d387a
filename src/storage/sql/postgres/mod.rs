//! Studies in a PostgreSQL database.

mod cells;
mod connection;
mod session;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, Weak};

use connection::Connection;

use super::schema::{self, Schema};
use super::store::{SqlStore, patiently};
use super::study;
use crate::error::{Error, Result};
use crate::storage::mutex::lock;
use crate::storage::{Opened, Storage, StoredStudy, StudyStore};
use crate::trial::StudyHeader;

/// Studies in a PostgreSQL database, which any number of machines share.
///
/// The tables are Optuna's: its `RDBStorage` opens them, shows the study and continues it, also while
/// this crate writes, and the other way round. They are made in the database's current schema when a
/// study is, and may stand beside other tables. A result is committed before
/// [`Study::tell`](crate::Study::tell) returns.
///
/// When the server goes, calls wait for a minute that it comes back, and then go on. What it had
/// committed is not written twice, and what it had lost is written again. The connection works on a
/// thread of its own, so that studies may be used within a tokio runtime. It is not encrypted: take a
/// network that may be trusted, or a tunnel.
///
/// ```no_run
/// use tunewright::storage::PostgresStorage;
/// use tunewright::{Params, Study, Trial, space::{Scale, Space}};
///
/// let storage = PostgresStorage::new("postgres://user:password@host/runs")?;
/// let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build()?;
/// let study = Study::in_space(space).storage(storage).build()?;
/// study.optimize(|p: Params, _: &mut Trial| p.float("x").map(f64::abs), 20)?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone)]
pub struct PostgresStorage {
    config: postgres::Config,
    open: Arc<Mutex<HashMap<String, Weak<SqlStore>>>>,
}

impl PostgresStorage {
    /// The database with this address, `postgres://user:password@host:port/database`, or the same as
    /// words, `host=... dbname=...`. Nothing is connected yet.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] if the address cannot be read.
    pub fn new(address: &str) -> Result<Self> {
        let invalid = |_| Error::InvalidOption {
            option: "storage",
            // It may have a password in it.
            value: "the address of the database".into(),
            remedy: "write `postgres://user:password@host:port/database`",
        };
        let mut config: postgres::Config = address.parse().map_err(invalid)?;
        connection::complete(&mut config);
        Ok(PostgresStorage { config, open: Arc::default() })
    }

    fn connect(&self) -> Connection {
        Connection::new(self.config.clone())
    }
}

impl fmt::Debug for PostgresStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = connection::name(&self.config);
        f.debug_struct("PostgresStorage").field("database", &database).finish_non_exhaustive()
    }
}

impl Storage for PostgresStorage {
    fn open(&self, header: StudyHeader) -> Result<Opened> {
        let mut open = lock(&self.open);
        let known = open.get(&header.name).and_then(Weak::upgrade);
        if let Some(store) = known.filter(|store| *store.header() == header) {
            return Ok(Opened::found(store));
        }
        let (store, created) = SqlStore::open(Box::new(self.connect()), &header)?;
        let store = Arc::new(store);
        open.insert(store.header().name.clone(), Arc::downgrade(&store));
        Ok(if created { Opened::created(store) } else { Opened::found(store) })
    }

    fn names(&self) -> Result<Vec<String>> {
        let mut connection = self.connect();
        patiently(|| study::names(&mut connection))
    }

    fn find(&self, name: &str) -> Result<Option<Arc<dyn StudyStore>>> {
        let mut connection = self.connect();
        let found = patiently(|| {
            if schema::check(&mut connection)? == Schema::Missing {
                return Ok(None);
            }
            let Some(found) = study::find(&mut connection, name)? else { return Ok(None) };
            let header = study::header(&mut connection, &found)?;
            Ok(Some((found.id, header)))
        })?;
        let Some((id, header)) = found else { return Ok(None) };
        Ok(Some(Arc::new(SqlStore::new(Box::new(connection), id, header)?)))
    }

    fn stored(&self, name: &str) -> Result<Option<StoredStudy>> {
        let mut connection = self.connect();
        patiently(|| study::stored(&mut connection, name))
    }
}
