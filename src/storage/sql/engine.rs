//! What a database has to be able to do.

use std::fmt;
use std::fs::File;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::trial::Timestamp;

/// A value in a statement, in the place of `$1`, `$2` and so on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    Int(i64),
    /// Not NaN, which databases take for null.
    Real(f64),
    Text(&'a str),
    /// Null if it is the default.
    Time(Timestamp),
    Null,
}

/// A row of an answer. Columns of another kind and null are `None`.
pub(super) trait Row {
    fn int(&self, column: usize) -> Option<i64>;
    fn real(&self, column: usize) -> Option<f64>;
    fn text(&self, column: usize) -> Option<&str>;
}

/// Why a call did not succeed.
#[derive(Debug)]
pub(super) enum Fault {
    /// The connection is gone, or another transaction came between: trying again may help. What was
    /// not committed is not kept; of a commit that is not known.
    Lost(Error),
    /// Trying again would not help.
    Final(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::Final(error)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let (Fault::Lost(error) | Fault::Final(error)) = fault;
        error
    }
}

/// The result of a call of a database.
pub(super) type Tried<T> = Result<T, Fault>;

/// A connection to a database.
pub(super) trait Engine: Send + fmt::Debug {
    /// The words for what databases say differently.
    fn dialect(&self) -> &'static Dialect;

    /// The names of the tables that the database has.
    fn tables(&mut self) -> Tried<Vec<String>>;

    /// Runs statements without values.
    fn batch(&mut self, sql: &str) -> Tried<()>;

    /// Runs a statement and tells how many rows it has changed.
    fn run(&mut self, sql: &str, cells: &[Cell<'_>]) -> Tried<u64>;

    /// Tells every row of the answer. A text without cells is taken for one that does not come again.
    fn query(&mut self, sql: &str, cells: &[Cell<'_>], each: &mut dyn FnMut(&dyn Row))
    -> Tried<()>;

    /// Begins a transaction that reads one state of the database.
    fn begin_read(&mut self) -> Tried<()>;

    /// Begins a transaction that nobody else's can come between.
    fn begin_write(&mut self) -> Tried<()>;

    fn commit(&mut self) -> Tried<()>;

    /// Gives up the transaction, if there is one.
    fn rollback(&mut self);

    /// Lets nobody else write trials of a study until the transaction ends.
    fn lock_study(&mut self, id: i64) -> Tried<()>;

    /// Lets nobody else change trials with these ids until the transaction ends.
    fn lock_trials(&mut self, ids: &[i64]) -> Tried<()>;

    /// Lets nobody else make tables until the transaction ends.
    fn lock_schema(&mut self) -> Tried<()>;

    /// Whether others may have written since [`seen`](Self::seen) was called.
    fn has_changed(&mut self) -> Tried<bool>;

    /// All is read that was there when [`has_changed`](Self::has_changed) was called.
    fn seen(&mut self);

    /// What has to be synced for the last commit to be on the disk; `None` if it is there already.
    fn unsynced(&mut self) -> Result<Option<Unsynced>>;

    /// The time by a clock that all who use the database share, if it can be read now.
    fn time(&mut self) -> Option<Timestamp>;

    /// How many transactions were committed.
    fn commits(&self) -> u64;

    /// What the database is called in errors.
    fn name(&self) -> String;
}

/// A commit that may not be on the disk yet.
#[derive(Clone, Debug)]
pub(super) struct Unsynced {
    pub(super) commits: u64,
    pub(super) file: Arc<File>,
}

/// The words for what databases say differently.
#[derive(Debug)]
pub(super) struct Dialect {
    /// The type of a table's own ids.
    pub(super) id: &'static str,
    pub(super) float: &'static str,
    pub(super) time: &'static str,
    pub(super) direction: &'static str,
    pub(super) state: &'static str,
    pub(super) value_type: &'static str,
    pub(super) intermediate_type: &'static str,
    /// What makes the types named above, if that is needed.
    pub(super) types: &'static str,
    /// Whether other programs may have tables in the same database.
    pub(super) is_shared: bool,
}

/// The first row's first column, as a whole number.
pub(super) fn int(engine: &mut dyn Engine, sql: &str, cells: &[Cell<'_>]) -> Tried<Option<i64>> {
    let mut found = None;
    engine.query(sql, cells, &mut |row| found = found.or(row.int(0)))?;
    Ok(found)
}

/// The first column of every row, as a text.
pub(super) fn texts(engine: &mut dyn Engine, sql: &str, cells: &[Cell<'_>]) -> Tried<Vec<String>> {
    let mut found = Vec::new();
    engine.query(sql, cells, &mut |row| found.extend(row.text(0).map(str::to_owned)))?;
    Ok(found)
}
