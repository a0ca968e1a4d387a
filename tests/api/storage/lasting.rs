//! Storages that outlive their processes: opened anew, copied as a crash leaves them, and damaged.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use tunewright::storage::JournalStorage;
use tunewright::testing::{self, Lasting};

/// A folder with a file of this name.
struct Folder<const SQLITE: bool>(TempDir);

impl<const SQLITE: bool> Folder<SQLITE> {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("runs")
    }

    fn copied(&self) -> Self {
        let copy = Folder::new();
        for entry in fs::read_dir(self.0.path()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name();
            // What SQLite's processes share in memory is gone after a crash.
            if name == "runs-shm" {
                continue;
            }
            // By another process: to close a file here would let go of the locks that SQLite has.
            let copied = std::process::Command::new("cp")
                .args([entry.path(), copy.0.path().join(name)])
                .status();
            assert!(copied.unwrap().success());
        }
        copy
    }
}

/// A number that depends on a seed and below a bound.
fn drawn(seed: u64, label: u64, below: usize) -> usize {
    let mixed = (seed << 8 | label).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed >> 20) as usize) % below.max(1)
}

/// Cuts a file off, flips a bit, or puts something else into it.
fn damage(path: PathBuf, seed: u64) -> bool {
    let Ok(mut content) = fs::read(&path) else { return false };
    let at = drawn(seed, 1, content.len());
    let end = (at + drawn(seed, 2, 60)).min(content.len());
    match seed % 5 {
        0 => content.truncate(at),
        1 => content[at] ^= 1 << drawn(seed, 3, 8),
        2 => content[at..end].fill(0),
        3 => drop(content.splice(at..end, *b"}\n{\"op_code\":6,")),
        _ => drop(content.drain(at..end)),
    }
    fs::write(path, content).unwrap();
    true
}

impl Lasting for Folder<false> {
    type Storage = JournalStorage;

    fn open(&self) -> JournalStorage {
        JournalStorage::new(self.path())
    }

    fn fork(&self) -> Option<Self> {
        Some(self.copied())
    }

    fn damage(&self, seed: u64) -> bool {
        damage(self.path(), seed)
    }
}

#[test]
fn journals_last() {
    testing::lasting_storage(Folder::<false>::new);
}

#[cfg(feature = "sqlite")]
impl Lasting for Folder<true> {
    type Storage = tunewright::storage::SqliteStorage;

    fn open(&self) -> Self::Storage {
        tunewright::storage::SqliteStorage::new(self.path())
    }

    fn fork(&self) -> Option<Self> {
        Some(self.copied())
    }

    /// The log of what is not in the database itself yet has checksums; the database has none.
    fn damage(&self, seed: u64) -> bool {
        damage(self.0.path().join("runs-wal"), seed)
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn sqlite_databases_last() {
    testing::lasting_storage(Folder::<true>::new);
}

#[cfg(feature = "postgres")]
impl Lasting for super::postgres::Schema {
    type Storage = tunewright::storage::PostgresStorage;

    fn open(&self) -> Self::Storage {
        self.storage()
    }
}

#[cfg(feature = "postgres")]
#[test]
fn postgres_databases_last() {
    if super::postgres::Schema::new().is_some() {
        testing::lasting_storage(|| super::postgres::Schema::new().unwrap());
    }
}
