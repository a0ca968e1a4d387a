//! A connection to a SQLite database.

#![allow(clippy::disallowed_methods, reason = "how long others are waited for is a matter of time")]

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, Statement};

use super::super::engine::{Cell, Dialect, Engine, Fault, Row, Tried, Unsynced, texts};
use crate::error::{Error, Result};
use crate::storage::clock::file_time;
use crate::storage::syncs::sync_folder;
use crate::trial::Timestamp;

/// How long a lock of another program is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// Statements that are kept prepared; there are fewer.
const STATEMENTS: usize = 64;

static DIALECT: Dialect = Dialect {
    id: "INTEGER",
    float: "FLOAT",
    time: "DATETIME",
    direction: "VARCHAR(8)",
    state: "VARCHAR(8)",
    value_type: "VARCHAR(7)",
    intermediate_type: "VARCHAR(7)",
    types: "",
    is_shared: false,
};

#[derive(Debug)]
pub(in super::super) struct Sqlite {
    connection: Connection,
    path: PathBuf,
    /// Which file it is, where the system says so.
    identity: Option<(u64, u64)>,
    /// Whether commits go to a log that is synced here, so that several share a sync.
    has_log: bool,
    log: Option<Arc<File>>,
    /// The state of the database when it was asked for last, and when all of it had been read.
    version: Option<i64>,
    seen: Option<i64>,
    commits: u64,
    /// Whether the file is left as it is when the connection ends.
    leaves_log: bool,
}

impl Sqlite {
    pub(super) fn new(connection: Connection, path: &Path) -> Result<Self> {
        let mut sqlite = Sqlite {
            connection,
            path: path.to_owned(),
            identity: identity(path),
            has_log: false,
            log: None,
            version: None,
            seen: None,
            commits: 0,
            leaves_log: false,
        };
        sqlite.connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let mut begin = Instant::now();
        let busy = move |attempts: i32| {
            if attempts == 0 {
                begin = Instant::now();
            }
            thread::sleep(pause(attempts));
            begin.elapsed() < PATIENCE
        };
        let set = sqlite.connection.busy_handler(Some(busy));
        set.map_err(|error| sqlite.failed(&error))?;
        Ok(sqlite)
    }

    /// Calls again as long as another program has the database locked.
    fn retried<T>(
        &self,
        mut call: impl FnMut(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let begin = Instant::now();
        let mut attempts = 0;
        loop {
            match call(&self.connection) {
                // SQLite does not wait for every lock by itself.
                Err(error) if is_busy(&error) && begin.elapsed() < PATIENCE => {
                    thread::sleep(pause(attempts));
                    attempts += 1;
                }
                done => return done,
            }
        }
    }

    fn fault(&self, error: &rusqlite::Error) -> Fault {
        Fault::Final(self.failed(error))
    }

    /// What SQLite says, and what to do about it.
    pub(super) fn failed(&self, error: &rusqlite::Error) -> Error {
        failed(&self.path, error)
    }

    /// Whether a statement can be run at all.
    pub(super) fn is_readable(&self) -> rusqlite::Result<()> {
        self.retried(|connection| {
            connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))
        })
    }

    /// Makes the pages of a database that is still empty small: a trial changes little of each of
    /// several, and all of them go to the disk.
    pub(super) fn use_small_pages(&self) -> Result<()> {
        let set = self.connection.execute_batch("PRAGMA page_size = 1024");
        set.map_err(|error| self.failed(&error))
    }

    /// Has readers and writers not wait for each other, where the file system can do that.
    pub(super) fn use_log(&mut self) -> Result<()> {
        let mode: String = self
            .retried(|connection| {
                connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
            })
            .map_err(|error| self.failed(&error))?;
        self.set_log(&mode)
    }

    /// Lets what was opened to read write, too.
    pub(in super::super) fn allow_writing(&mut self) -> Result<()> {
        let mode: String = self
            .retried(|connection| connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)))
            .map_err(|error| self.failed(&error))?;
        self.set_log(&mode)
    }

    fn set_log(&mut self, mode: &str) -> Result<()> {
        self.has_log = mode.eq_ignore_ascii_case("wal");
        // Without a log here a commit has to bring itself to the disk.
        let synchronous = if self.has_log { "NORMAL" } else { "FULL" };
        self.connection
            .execute_batch(&format!("PRAGMA synchronous = {synchronous}"))
            .map_err(|error| self.failed(&error))
    }

    /// Leaves the log beside the file when the connection ends, and so the file as it is.
    pub(super) fn leave_log(&mut self) -> Result<()> {
        self.leaves_log = true;
        self.set_leaving(true)
    }

    fn set_leaving(&self, leaves: bool) -> Result<()> {
        self.connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leaves)
            .map(|_| ())
            .map_err(|error| self.failed(&error))
    }

    /// What is written to a file that was removed or replaced would be lost.
    fn check_identity(&self) -> Result<()> {
        if self.identity == identity(&self.path) {
            return Ok(());
        }
        let path = self.path.display();
        let message = format!("the database {path} was removed or replaced while it was in use");
        Err(Error::Storage(message.into()))
    }
}

pub(super) fn failed(path: &Path, error: &rusqlite::Error) -> Error {
    let remedy = match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen) => "; is its folder there, and may it be written to?",
        Some(ErrorCode::ReadOnly) => "; the file or its folder is read-only",
        Some(ErrorCode::NotADatabase) => "; it is no SQLite database, give another path",
        Some(ErrorCode::DatabaseCorrupt) => {
            "; it is damaged, restore it from a copy or save what is whole with `sqlite3 FILE .recover`"
        }
        Some(ErrorCode::DiskFull) => "; make room, what was acknowledged is kept",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "; another program has had it locked for half a minute"
        }
        _ => "",
    };
    Error::Storage(format!("the database {}: {error}{remedy}", path.display()).into())
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
        || code == Some(ErrorCode::FileLockingProtocolFailed)
}

fn pause(attempts: i32) -> Duration {
    let attempts = u64::try_from(attempts).unwrap_or(0);
    Duration::from_millis(1 + attempts / 4).min(LONGEST_PAUSE)
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Other systems do not let go of files that are open.
#[cfg(not(unix))]
fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

fn bind(statement: &mut Statement<'_>, cells: &[Cell<'_>]) -> rusqlite::Result<()> {
    for (at, cell) in cells.iter().enumerate() {
        let at = at + 1;
        match *cell {
            Cell::Int(value) => statement.raw_bind_parameter(at, value)?,
            Cell::Real(value) => statement.raw_bind_parameter(at, value)?,
            Cell::Text(text) => statement.raw_bind_parameter(at, text)?,
            Cell::Time(moment) if moment > Default::default() => {
                // As Optuna writes it: in UTC, without saying so.
                let text = moment.to_string().replace('T', " ");
                statement.raw_bind_parameter(at, text.trim_end_matches('Z'))?;
            }
            Cell::Time(_) | Cell::Null => {
                statement.raw_bind_parameter(at, rusqlite::types::Null)?;
            }
        }
    }
    Ok(())
}

impl Row for rusqlite::Row<'_> {
    fn int(&self, column: usize) -> Option<i64> {
        match self.get_ref(column).ok()? {
            ValueRef::Integer(value) => Some(value),
            _ => None,
        }
    }

    fn real(&self, column: usize) -> Option<f64> {
        match self.get_ref(column).ok()? {
            ValueRef::Real(value) => Some(value),
            ValueRef::Integer(value) => Some(value as f64),
            _ => None,
        }
    }

    fn text(&self, column: usize) -> Option<&str> {
        match self.get_ref(column).ok()? {
            ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

fn tell(
    statement: &mut Statement<'_>,
    cells: &[Cell<'_>],
    each: &mut dyn FnMut(&dyn Row),
) -> rusqlite::Result<()> {
    bind(statement, cells)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        each(row);
    }
    Ok(())
}

impl Engine for Sqlite {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn tables(&mut self) -> Tried<Vec<String>> {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
        texts(self, sql, &[])
    }

    fn batch(&mut self, sql: &str) -> Tried<()> {
        self.retried(|connection| connection.execute_batch(sql)).map_err(|error| self.fault(&error))
    }

    fn run(&mut self, sql: &str, cells: &[Cell<'_>]) -> Tried<u64> {
        let run = |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            bind(&mut statement, cells)?;
            statement.raw_execute().map(|rows| rows as u64)
        };
        self.retried(run).map_err(|error| self.fault(&error))
    }

    fn query(
        &mut self,
        sql: &str,
        cells: &[Cell<'_>],
        each: &mut dyn FnMut(&dyn Row),
    ) -> Tried<()> {
        let mut query = |connection: &Connection| {
            if cells.is_empty() {
                tell(&mut connection.prepare(sql)?, cells, each)
            } else {
                let mut statement = connection.prepare_cached(sql)?;
                tell(&mut statement, cells, each)
            }
        };
        // Nothing is told twice: a statement that has to wait has to at its beginning.
        let told = self.retried(&mut query);
        told.map_err(|error| self.fault(&error))
    }

    fn begin_read(&mut self) -> Tried<()> {
        self.run("BEGIN", &[]).map(|_| ())
    }

    fn begin_write(&mut self) -> Tried<()> {
        if self.leaves_log {
            self.set_leaving(false)?;
            self.leaves_log = false;
        }
        self.run("BEGIN IMMEDIATE", &[]).map(|_| ())
    }

    fn commit(&mut self) -> Tried<()> {
        self.run("COMMIT", &[])?;
        self.commits += 1;
        Ok(())
    }

    fn rollback(&mut self) {
        if !self.connection.is_autocommit() {
            // What fails here has been given up by SQLite already.
            let _ = self.run("ROLLBACK", &[]);
        }
    }

    /// The whole database is locked by a writing transaction.
    fn lock_study(&mut self, _: i64) -> Tried<()> {
        Ok(())
    }

    fn lock_trials(&mut self, _: &[i64]) -> Tried<()> {
        Ok(())
    }

    fn lock_schema(&mut self) -> Tried<()> {
        Ok(())
    }

    fn has_changed(&mut self) -> Tried<bool> {
        let version = self.retried(|connection| {
            let mut statement = connection.prepare_cached("PRAGMA data_version")?;
            statement.query_row([], |row| row.get(0))
        });
        self.version = Some(version.map_err(|error| self.fault(&error))?);
        Ok(self.seen != self.version)
    }

    fn seen(&mut self) {
        self.seen = self.version;
    }

    fn unsynced(&mut self) -> Result<Option<Unsynced>> {
        self.check_identity()?;
        if !self.has_log {
            return Ok(None);
        }
        let file = match &self.log {
            Some(file) => Arc::clone(file),
            None => {
                // SQLite holds no locks on the log, so that closing this handle takes none away.
                let path = beside(&self.path, "-wal");
                let opened = OpenOptions::new().read(true).write(true).open(&path);
                let file = opened.and_then(|file| sync_folder(&path).map(|()| file));
                let file = file.map_err(|error| {
                    let path = path.display();
                    Error::Storage(format!("the log {path} could not be opened: {error}").into())
                })?;
                Arc::clone(self.log.insert(Arc::new(file)))
            }
        };
        Ok(Some(Unsynced { commits: self.commits, file }))
    }

    fn time(&mut self) -> Option<Timestamp> {
        file_time(&self.path)
    }

    fn commits(&self) -> u64 {
        self.commits
    }

    fn name(&self) -> String {
        format!("the database {}", self.path.display())
    }
}

/// A file of SQLite's beside the database.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
