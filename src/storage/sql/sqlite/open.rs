//! How a SQLite database is opened.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::super::schema::{self, Schema};
use super::connection::{Sqlite, beside, failed};
use crate::error::{Error, Result};
use crate::storage::syncs::sync_folder;

/// Opens a database to work on it, and makes an empty one if there is none.
///
/// # Errors
/// What is there is not understood, and stays as it is.
pub(super) fn to_write(path: &Path) -> Result<Sqlite> {
    let path = absolute(path)?;
    let is_new = !path.exists();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut sqlite = connect(&path, &path, flags)?;
    sqlite.is_readable().map_err(|error| sqlite.failed(&error))?;
    if schema::check(&mut sqlite)? == Schema::Missing {
        sqlite.use_small_pages()?;
    }
    sqlite.use_log()?;
    if is_new {
        sync_folder(&path).map_err(|error| unreadable(&path, &error))?;
    }
    Ok(sqlite)
}

/// Opens a database to look at it; `None` if there is none. Leaves it as it is.
pub(super) fn to_read(path: &Path) -> Result<Option<Sqlite>> {
    let path = absolute(path)?;
    let metadata = match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata.map_err(|error| unreadable(&path, &error))?,
    };
    let is_locked_up = metadata.permissions().readonly();
    let log = fs::metadata(beside(&path, "-wal")).map_or(0, |log| log.len());
    let mut sqlite = if is_locked_up && log == 0 {
        unchanging(&path)?
    } else {
        // A connection that may write removes the files beside the database that it had to make.
        let flags = if is_locked_up {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        } else {
            OpenFlags::SQLITE_OPEN_READ_WRITE
        };
        let sqlite = connect(&path, &path, flags)?;
        match sqlite.is_readable() {
            Ok(()) => sqlite,
            Err(error) if is_refused(&error) && log == 0 => unchanging(&path)?,
            Err(error) if is_refused(&error) && cfg!(unix) => without_locks(&path)?,
            Err(error) => return Err(sqlite.failed(&error)),
        }
    };
    if log > 0 {
        sqlite.leave_log()?;
    }
    Ok(Some(sqlite))
}

/// Whether SQLite could not make the files that it needs beside the database.
fn is_refused(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Opens a database that nobody can change: without a log there is no writer, and no file can be
/// made beside it.
fn unchanging(path: &Path) -> Result<Sqlite> {
    by_options(path, "mode=ro&immutable=1", None)
}

/// Opens a database whose last writer was killed where nobody can write any more: its log is read,
/// and no file is made beside it. SQLite reads no log with its own option `nolock`.
fn without_locks(path: &Path) -> Result<Sqlite> {
    by_options(path, "mode=ro&vfs=unix-none", Some("PRAGMA locking_mode = EXCLUSIVE"))
}

fn by_options(path: &Path, options: &str, pragma: Option<&str>) -> Result<Sqlite> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let url = format!("file:{}?{options}", escaped(path));
    let connection = Connection::open_with_flags(url, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .and_then(|connection| {
            if let Some(pragma) = pragma {
                connection.query_row(pragma, [], |_| Ok(()))?;
            }
            Ok(connection)
        });
    let sqlite = Sqlite::new(connection.map_err(|error| failed(path, &error))?, path)?;
    sqlite.is_readable().map_err(|error| sqlite.failed(&error))?;
    Ok(sqlite)
}

fn connect(path: &Path, name: &Path, flags: OpenFlags) -> Result<Sqlite> {
    let connection = Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    Sqlite::new(connection.map_err(|error| failed(path, &error))?, path)
}

/// A path that stays the same when the program changes its folder, and that SQLite does not take for
/// a URL.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::Storage(format!("the database {} could not be opened: {error}", path.display()).into())
}

/// A path as a part of a URL.
fn escaped(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let escape = |byte: u8| match byte {
        b'/' | b':' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    let escaped: String = text.bytes().map(escape).collect();
    // A drive of Windows needs a slash before it.
    if escaped.starts_with('/') { escaped } else { format!("/{escaped}") }
}
