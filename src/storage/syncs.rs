//! From the system's memory to the disk.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

use super::mutex::lock;

/// Brings what was written to the disk. Workers that wait for it at the same time share one sync.
///
/// `E` tells up to where a file is written: later ends are greater.
#[derive(Debug, Default)]
pub(super) struct Syncs<E> {
    state: Mutex<State<E>>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State<E> {
    /// Up to where the file is on the disk.
    synced: E,
    /// Whether somebody syncs.
    is_busy: bool,
    /// How many wait for that.
    waiting: usize,
}

impl<E: Copy + Ord> Syncs<E> {
    /// Returns when the file up to `end` is on the disk. `written` tells how far it is written by
    /// now.
    pub(super) fn wait(&self, end: E, file: &File, written: impl FnOnce() -> E) -> io::Result<()> {
        let mut state = lock(&self.state);
        while state.is_busy && state.synced < end {
            state.waiting += 1;
            state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
        if state.synced >= end {
            return Ok(());
        }
        state.is_busy = true;
        drop(state);
        // Whoever has written before this moment is served by this sync.
        let written = written().max(end);
        let done = file.sync_data();
        let mut state = lock(&self.state);
        state.is_busy = false;
        if done.is_ok() {
            state.synced = state.synced.max(written);
        }
        // To wake nobody costs a system call, too.
        if state.waiting > 0 {
            self.ended.notify_all();
        }
        done
    }
}

/// A new file is on the disk when its folder is.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    // Windows does not open folders, and needs no such thing.
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
