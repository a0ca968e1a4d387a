//! The file of a journal: read from where one has read to, and written under the lock.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::line::{LineWriter, OURS, Written};
use super::lock::{Held, LockFile, Turn, Turns, lock_file_of, lockable};
use super::repair::{replace, whole_lines};
use super::replay::Replay;
use super::salvage::{may_begin_journal, records};
use super::store::Follower;
use crate::error::{Error, Result};
use crate::storage::syncs::sync_folder;
use crate::trial::StudyHeader;

/// A journal that is open, with what its lines come to.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    /// The name under which this process writes.
    worker: Arc<str>,
    file: Arc<File>,
    /// Whether the file may be written to.
    writes: bool,
    /// Made when it is needed.
    lock_file: Option<LockFile>,
    turns: Turns,
    /// Up to where lines were read.
    offset: u64,
    /// How often another file was put in the place of the one that was read.
    replaced: u64,
    /// How long the file was when it was read. What is behind the last line is half a line.
    end: u64,
    only: Option<String>,
    pub(super) replay: Replay,
    /// Who reads the trials as records.
    pub(super) follower: Option<Follower>,
}

/// How much is read at once.
const CHUNK: usize = 1 << 18;

impl Journal {
    /// Opens a journal to read it, with the trials of one study or of all.
    pub(super) fn read(path: &Path, only: Option<&str>) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let file = File::open(&path)?;
        Journal::new(path, file, false, only)
    }

    /// Opens a journal to write to it, and makes it if there is none.
    pub(super) fn open(path: &Path, header: &StudyHeader) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let mut options = OpenOptions::new();
        options.read(true).append(true);
        let file = match options.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let file = options.create(true).open(&path)?;
                sync_folder(&path)?;
                file
            }
            opened => opened?,
        };
        let mut journal = Journal::unread(path, file, true, Some(&header.name))?;
        // From the first line on, so that what is not needed is forgotten at once.
        journal.follower = Some(Follower::new(header));
        journal.catch_up()?;
        journal.refuse_other()?;
        Ok(journal)
    }

    /// Opens a journal that is there, to write to it if that is allowed.
    pub(super) fn open_existing(path: &Path, only: &str) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        match OpenOptions::new().read(true).append(true).open(&path) {
            Ok(file) => Journal::new(path, file, true, Some(only)),
            Err(_) => Journal::read(&path, Some(only)),
        }
    }

    fn new(path: PathBuf, file: File, writes: bool, only: Option<&str>) -> io::Result<Self> {
        let mut journal = Journal::unread(path, file, writes, only)?;
        journal.catch_up()?;
        journal.refuse_other()?;
        Ok(journal)
    }

    fn unread(path: PathBuf, file: File, writes: bool, only: Option<&str>) -> io::Result<Self> {
        // The keys of the standard hash maps are random.
        let unique = RandomState::new().build_hasher().finish();
        let worker = format!("{OURS}{}-{unique:016x}", std::process::id());
        Ok(Journal {
            path,
            worker: worker.into(),
            file: Arc::new(file),
            writes,
            lock_file: None,
            turns: Turns::default(),
            offset: 0,
            replaced: 0,
            end: 0,
            only: only.map(str::to_owned),
            replay: only.map_or_else(Replay::default, Replay::of),
            follower: None,
        })
    }

    /// Refuses a file that somebody has named by mistake, before anything is written to it.
    fn refuse_other(&self) -> io::Result<()> {
        if self.replay.has_records {
            return Ok(());
        }
        let mut head = Vec::new();
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(0))?;
        file.take(CHUNK as u64).read_to_end(&mut head)?;
        if may_begin_journal(&head) {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, "it is no journal; give another path"))
    }

    pub(super) fn failed(&self, what: &str, error: &io::Error) -> Error {
        failed(&self.path, what, error)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// Up to where lines were read, in which file.
    pub(super) fn end(&self) -> (u64, u64) {
        (self.replaced, self.offset)
    }

    /// Reads the lines that are new.
    pub(super) fn catch_up(&mut self) -> io::Result<()> {
        let end = self.look()?;
        self.end = end;
        if end <= self.offset {
            return Ok(());
        }
        let file = Arc::clone(&self.file);
        let mut file = &*file;
        let mut pending = Vec::new();
        file.seek(SeekFrom::Start(self.offset))?;
        while self.offset + (pending.len() as u64) < end {
            let before = pending.len();
            let left = end - self.offset - before as u64;
            pending.resize(before + usize::try_from(left).unwrap_or(CHUNK).min(CHUNK), 0);
            let read = file.read(&mut pending[before..])?;
            pending.truncate(before + read);
            if read == 0 {
                break;
            }
            let Some(end) = pending.iter().rposition(|&byte| byte == b'\n') else { continue };
            for line in pending[..end].split(|&byte| byte == b'\n') {
                self.replay.enter(line);
            }
            self.offset += end as u64 + 1;
            pending.drain(..=end);
            self.follow();
        }
        Ok(())
    }

    /// Reads what is behind the last line end, if whole records are in it: an editor may have taken the
    /// line end away. Only for who reads once, since the next line would be read with it.
    pub(super) fn enter_tail(&mut self) -> io::Result<()> {
        let tail = self.tail()?;
        if holds_record(&tail) {
            self.replay.enter(&tail);
            self.follow();
        }
        Ok(())
    }

    /// Gives such records their line end back, before others are written whose numbers follow theirs.
    fn end_tail(&mut self) -> io::Result<()> {
        if holds_record(&self.tail()?) {
            (&*self.file).write_all(b"\n")?;
            self.catch_up()?;
        }
        Ok(())
    }

    /// What is behind the last line end.
    fn tail(&self) -> io::Result<Vec<u8>> {
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.offset))?;
        let mut tail = Vec::new();
        file.take(self.end.saturating_sub(self.offset)).read_to_end(&mut tail)?;
        Ok(tail)
    }

    fn follow(&mut self) {
        match &mut self.follower {
            Some(follower) => follower.follow(&mut self.replay),
            // Who follows later begins with all trials.
            None => self.replay.forget_changes(),
        }
    }

    /// How long the file is. If another was put in its place, as by a repair, that is read anew.
    fn look(&mut self) -> io::Result<u64> {
        let metadata = self.file.metadata()?;
        if !is_removed(&metadata) && metadata.len() >= self.offset {
            return Ok(metadata.len());
        }
        let file = match OpenOptions::new().read(true).append(self.writes).open(&self.path) {
            // What was read is whole, and can be saved elsewhere.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(metadata.len()),
            opened => opened?,
        };
        let metadata = file.metadata()?;
        self.file = Arc::new(file);
        self.offset = 0;
        self.replaced += 1;
        self.replay = self.only.as_deref().map_or_else(Replay::default, Replay::of);
        Ok(metadata.len())
    }

    /// Writes lines. `write` is called when all lines are read that are there before its own, and says
    /// what it wants to be told afterwards.
    ///
    /// The lines are in the file when this returns, and every process sees them; that they are on the
    /// disk is for [`Syncs`].
    pub(super) fn append<T>(
        &mut self,
        write: impl Fn(&Self, &mut LineWriter<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut lock_file = self.lock_file.take();
        let appended = self.append_with(&mut lock_file, write);
        self.lock_file = lock_file;
        appended
    }

    fn append_with<T>(
        &mut self,
        lock_file: &mut Option<LockFile>,
        write: impl Fn(&Self, &mut LineWriter<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut strictly = false;
        loop {
            let file = Arc::clone(&self.file);
            let lockable =
                lockable(&file, &self.path).map_err(|error| self.failed("locked", &error))?;
            let turn = self.turns.take(&lockable, &self.path);
            self.catch_up().map_err(|error| self.failed("read", &error))?;
            if !Arc::ptr_eq(&file, &self.file) {
                // A repair has put another file in its place.
                continue;
            }
            let held = if strictly || self.needs_lock_file(&turn) {
                Some(self.lock(lock_file).map_err(|error| self.failed("locked", &error))?)
            } else {
                None
            };
            if held.is_some() {
                self.catch_up().map_err(|error| self.failed("read", &error))?;
                if turn.is_ours() {
                    self.end_tail().map_err(|error| self.failed("written", &error))?;
                }
            }
            let mut writer = LineWriter::new(&self.worker);
            let told = write(self, &mut writer)?;
            let (lines, says) = writer.finish();
            if lines.is_empty() {
                return Ok(told);
            }
            let is_torn = self.end > self.offset;
            if is_torn && held.is_none() {
                // Half a line, or one that Optuna is writing.
                strictly = true;
                continue;
            }
            // Who was frozen meanwhile may have lost the lock.
            if held.as_ref().is_some_and(|held| !held.is_held()) {
                continue;
            }
            let written = self.write_lines(lines, says, is_torn, turn.is_ours());
            written.map_err(|error| self.failed("written", &error))?;
            return Ok(told);
        }
    }

    /// Without Optuna's workers, who only know the lock file, the system's lock is enough, and much
    /// faster. Lines are written in one piece, and what they come to depends on their order alone, so
    /// that nothing is lost in the moment in which the first of them joins.
    fn needs_lock_file(&self, turn: &Turn<'_>) -> bool {
        !turn.is_ours()
            || self.replay.is_shared
            || lock_file_of(&self.path).symlink_metadata().is_ok()
    }

    fn lock<'a>(&self, lock_file: &'a mut Option<LockFile>) -> io::Result<Held<'a>> {
        let made = match lock_file.take() {
            Some(made) => made,
            None => LockFile::new(&self.path, &self.worker)?,
        };
        lock_file.insert(made).acquire()
    }

    /// Writes lines, and takes in what they say.
    fn write_lines(
        &mut self,
        mut lines: String,
        says: Vec<Written>,
        is_torn: bool,
        heals: bool,
    ) -> io::Result<()> {
        if is_removed(&self.file.metadata()?) {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the file was removed"));
        }
        if is_torn && heals {
            // Half a line that a dead writer has left: nobody has read it.
            self.file.set_len(self.offset)?;
        } else if is_torn {
            // Somebody who was frozen may write just now.
            lines.insert(0, '\n');
        }
        let mut file = &*self.file;
        if let Err(error) = file.write_all(lines.as_bytes()) {
            // The disk may be full: half a line is none.
            if !is_torn {
                self.file.set_len(self.offset)?;
            }
            return Err(error);
        }
        if file.stream_position()? == self.offset + lines.len() as u64 {
            // Nobody has written between, and the lines need not be read again.
            for (line, written) in lines.lines().zip(says) {
                self.replay.enter_written(line, written);
            }
            self.offset += lines.len() as u64;
            self.follow();
            return Ok(());
        }
        self.catch_up()
    }
}

impl Journal {
    /// Puts the whole records in the place of a damaged journal, which is kept under another name;
    /// `None` if nothing is damaged.
    pub(super) fn repair(&mut self) -> Result<Option<PathBuf>> {
        let lockable =
            lockable(&self.file, &self.path).map_err(|error| self.failed("locked", &error))?;
        let turn = self.turns.take(&lockable, &self.path);
        let mut lock_file = self.lock_file.take();
        let held = self.lock(&mut lock_file).map_err(|error| self.failed("locked", &error))?;
        let content = fs::read(&self.path).map_err(|error| self.failed("read", &error))?;
        let lines = whole_lines(&content, &self.worker);
        let kept = if lines.as_bytes() == content {
            None
        } else {
            let replaced = replace(&self.path, &lines);
            Some(replaced.map_err(|error| self.failed("repaired", &error))?)
        };
        drop(held);
        drop(turn);
        self.lock_file = lock_file;
        Ok(kept)
    }
}

fn holds_record(line: &[u8]) -> bool {
    !records(line).records.is_empty()
}

pub(super) fn failed(path: &Path, what: &str, error: &io::Error) -> Error {
    let (name, remedy) = (path.display(), missing_folder(path));
    Error::Storage(format!("the journal {name} could not be {what}: {error}{remedy}").into())
}

/// What is to be said of a file that could not be opened, if its folder is missing.
fn missing_folder(file: &Path) -> String {
    match file.parent() {
        // A name alone lies in the current folder.
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            format!("; create the folder {} first", folder.display())
        }
        _ => String::new(),
    }
}

/// Whether a file has no name any more, so that it takes what is written to it with it.
fn is_removed(metadata: &fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        std::os::unix::fs::MetadataExt::nlink(metadata) == 0
    }
    // Elsewhere a file that is open cannot be removed.
    #[cfg(not(unix))]
    {
        let _ = metadata;
        false
    }
}
