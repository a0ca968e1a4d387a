//! Whose turn it is to write.
//!
//! Processes of this crate lock the journal at the operating system ([`Turns`]), which lets go of the
//! lock when a process dies. Optuna's workers know another lock, a file beside the journal
//! ([`LockFile`]): who can create `<journal>.lock` may write. Optuna creates a symbolic link or an
//! empty file; this crate links a file of the process's own to that name, which the process holds
//! locked at the operating system, so that the lock of a dead process is known at once.
//!
//! Where death cannot be told (Optuna's locks, file systems without locks, a process that is frozen),
//! a lock goes when neither it nor the journal has changed for [`GRACE`], which is Optuna's own rule.

#![allow(clippy::disallowed_methods, reason = "whether a lock was left is a matter of time")]

use std::cell::Cell;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// How long a lock may stay without any sign of life.
const GRACE: Duration = Duration::from_secs(30);
/// How long to wait between two attempts: at first, and at most.
const FIRST_WAIT: Duration = Duration::from_micros(50);
const LONGEST_WAIT: Duration = Duration::from_millis(5);

/// What our lock files contain, so that they are told from Optuna's.
const MARK: &str = "tunewright";

/// The journal's lock at the operating system.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// Whether a process has the lock that does not go on.
    is_stuck: Cell<bool>,
}

/// Ends when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a>(Option<&'a File>);

impl Turns {
    /// Waits for the turn. Where it does not come, or the system has no locks, the turn is not ours
    /// alone.
    pub(super) fn take<'a>(&self, file: &'a File, path: &Path) -> Turn<'a> {
        let grace = if self.is_stuck.get() { LONGEST_WAIT } else { GRACE };
        let mut patience = Patience::new(grace);
        loop {
            match file.try_lock() {
                Ok(()) => {
                    self.is_stuck.set(false);
                    return Turn(Some(file));
                }
                Err(TryLockError::Error(_)) => return Turn(None),
                Err(TryLockError::WouldBlock) => {}
            }
            if patience.is_over(|| Signs::of(path, path)) {
                self.is_stuck.set(true);
                return Turn(None);
            }
        }
    }
}

impl Turn<'_> {
    pub(super) fn is_ours(&self) -> bool {
        self.0.is_some()
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(file) = self.0 {
            let _ = file.unlock();
        }
    }
}

/// Waits, ever longer, as long as there are signs of life.
struct Patience {
    grace: Duration,
    wait: Duration,
    seen: Option<(Signs, Instant)>,
}

impl Patience {
    fn new(grace: Duration) -> Self {
        Patience { grace, wait: FIRST_WAIT, seen: None }
    }

    /// Waits a little. Whether nothing has changed for so long that whoever has the lock is dead.
    fn is_over(&mut self, signs: impl FnOnce() -> Signs) -> bool {
        let signs = signs();
        match &self.seen {
            Some((known, since)) if *known == signs => {
                if since.elapsed() > self.grace {
                    self.seen = None;
                    return true;
                }
            }
            _ => self.seen = Some((signs, Instant::now())),
        }
        std::thread::sleep(self.wait);
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        false
    }
}

/// The lock that Optuna knows.
#[derive(Debug)]
pub(super) struct LockFile {
    journal: PathBuf,
    lock: PathBuf,
    /// The process's own file, and its name.
    own: File,
    own_path: PathBuf,
}

/// Where a journal's lock file is.
pub(super) fn lock_file_of(journal: &Path) -> PathBuf {
    beside(journal, ".lock")
}

/// Held until it is dropped.
#[derive(Debug)]
pub(super) struct Held<'a> {
    lock: &'a Path,
    /// The file that is the lock.
    identity: Identity,
    /// Where files cannot be linked, the lock is a file of its own, open as long as it is held.
    _created: Option<File>,
}

/// Which file a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Identity {
    #[cfg(unix)]
    pub(super) fn of(metadata: &fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Identity(metadata.dev(), metadata.ino())
    }

    /// Elsewhere the time of creation tells files apart.
    #[cfg(not(unix))]
    pub(super) fn of(metadata: &fs::Metadata) -> Self {
        let created = metadata.created().unwrap_or(SystemTime::UNIX_EPOCH);
        let since = created.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Identity(since.as_secs(), since.subsec_nanos().into())
    }
}

impl LockFile {
    /// Prepares to lock a journal, whose path is absolute.
    pub(super) fn new(journal: &Path, worker: &str) -> io::Result<Self> {
        let lock = lock_file_of(journal);
        let own_path = beside(journal, &format!(".lock.{worker}"));
        let own = create_locked(&own_path)?;
        let lock_file = LockFile { journal: journal.to_owned(), lock, own, own_path };
        lock_file.clear_dead();
        Ok(lock_file)
    }

    /// Waits for the lock.
    pub(super) fn acquire(&self) -> io::Result<Held<'_>> {
        let mut patience = Patience::new(GRACE);
        loop {
            if let Some(held) = self.try_acquire()? {
                return Ok(held);
            }
            if !self.remove_if_dead() && patience.is_over(|| Signs::of(&self.lock, &self.journal)) {
                self.remove();
            }
        }
    }

    fn try_acquire(&self) -> io::Result<Option<Held<'_>>> {
        // Optuna takes a lock for dead whose time does not change.
        let _ = self.own.set_modified(SystemTime::now());
        let (metadata, created) = match fs::hard_link(&self.own_path, &self.lock) {
            Ok(()) => (self.own.metadata()?, None),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
            Err(_) => match create_locked(&self.lock) {
                Ok(created) => (created.metadata()?, Some(created)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        let identity = Identity::of(&metadata);
        Ok(Some(Held { lock: &self.lock, identity, _created: created }))
    }

    /// Removes the lock if it is one of ours whose process has died.
    fn remove_if_dead(&self) -> bool {
        let Some(file) = open_dead(&self.lock) else { return false };
        // Another may have removed it and locked anew since it was opened.
        let same = match (file.metadata(), fs::symlink_metadata(&self.lock)) {
            (Ok(file), Ok(lock)) => Identity::of(&file) == Identity::of(&lock),
            _ => false,
        };
        same && fs::remove_file(&self.lock).is_ok()
    }

    /// Takes the lock away from whoever has it. The name is changed first, so that only one does.
    fn remove(&self) {
        let away = beside(&self.journal, &format!(".lock.{}.rename", unique(&self.own_path)));
        if fs::rename(&self.lock, &away).is_ok() {
            let _ = fs::remove_file(away);
        }
    }

    /// Removes what processes have left that died.
    fn clear_dead(&self) {
        let (Some(folder), Some(name)) = (self.lock.parent(), self.lock.file_name()) else {
            return;
        };
        let prefix = format!("{}.", name.to_string_lossy());
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_beside = entry.file_name().to_string_lossy().starts_with(&prefix);
            if is_beside && path != self.own_path && open_dead(&path).is_some() {
                let _ = fs::remove_file(&path);
            }
        }
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.own_path);
    }
}

impl Held<'_> {
    /// Whether the lock is still ours: a process that was frozen may find it taken away.
    pub(super) fn is_held(&self) -> bool {
        fs::symlink_metadata(self.lock)
            .is_ok_and(|metadata| metadata.is_file() && Identity::of(&metadata) == self.identity)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if self.is_held() {
            let _ = fs::remove_file(self.lock);
        }
    }
}

/// By what a lock that is in use differs from one that was left.
#[derive(Debug, PartialEq)]
struct Signs {
    lock: Option<(Identity, Option<SystemTime>)>,
    journal: Option<(u64, Option<SystemTime>)>,
}

impl Signs {
    fn of(lock: &Path, journal: &Path) -> Self {
        let lock = fs::symlink_metadata(lock).ok();
        let journal = fs::metadata(journal).ok();
        Signs {
            lock: lock.map(|lock| (Identity::of(&lock), lock.modified().ok())),
            journal: journal.map(|journal| (journal.len(), journal.modified().ok())),
        }
    }
}

/// Makes a file and locks it at the operating system. What it contains comes last: without it, it
/// is not taken for dead.
fn create_locked(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
    // Where the system has no locks, the grace decides.
    let _ = file.try_lock();
    writeln!(file, "{MARK}")?;
    Ok(file)
}

/// Opens a lock file of ours, and locks it, if no living process has it.
fn open_dead(path: &Path) -> Option<File> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mut file = OpenOptions::new().read(true).write(true).open(path).ok()?;
    let mut content = String::new();
    file.read_to_string(&mut content).ok()?;
    content.starts_with(MARK).then_some(())?;
    match file.try_lock() {
        Ok(()) => Some(file),
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
    }
}

/// A path with something behind the file's name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn unique(own_path: &Path) -> String {
    let name = own_path.file_name().unwrap_or_default().to_string_lossy();
    name.rsplit('.').next().unwrap_or_default().to_owned()
}
