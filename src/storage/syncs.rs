//! From the system's memory to the disk.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use super::memory::lock;

/// Brings what was written to the disk. Workers that wait for it at the same time share one sync.
///
/// `E` tells up to where a file is written: later ends are greater.
#[derive(Debug, Default)]
pub(super) struct Syncs<E>(Mutex<E>);

impl<E: Copy + Ord> Syncs<E> {
    /// Returns when the file up to `end` is on the disk. `written` tells how far it is written by
    /// now.
    pub(super) fn wait(&self, end: E, file: &File, written: impl FnOnce() -> E) -> io::Result<()> {
        let mut synced = lock(&self.0);
        if *synced < end {
            // Whoever has written before this moment is served by this sync.
            let written = written().max(end);
            file.sync_data()?;
            *synced = written;
        }
        Ok(())
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
