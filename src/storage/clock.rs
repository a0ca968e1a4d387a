//! The time by a clock that all who use a storage share.
//!
//! The clocks of machines differ, and a lease must end at the same moment for all of them.

#![allow(clippy::disallowed_methods, reason = "only a difference of clocks is read here")]

use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::mutex::lock;
use crate::trial::Timestamp;

/// For so long a reading is trusted.
const TRUSTED: Duration = Duration::from_secs(3600);
/// By so much the machine's two clocks may part before the shared one is read again: the machine slept,
/// or its clock was set.
const PARTED: Duration = Duration::from_secs(1);

/// Goes on by itself from the last reading.
#[derive(Debug, Default)]
pub(super) struct SharedClock(Mutex<Option<Reading>>);

#[derive(Clone, Copy, Debug)]
struct Reading {
    shared: Timestamp,
    at: Instant,
    local: SystemTime,
}

impl SharedClock {
    /// The time; `read` reads the clock itself. `None` if it was never read.
    pub(super) fn now(&self, read: impl FnOnce() -> Option<Timestamp>) -> Option<Timestamp> {
        self.at(Instant::now(), SystemTime::now(), read)
    }

    fn at(
        &self,
        now: Instant,
        local: SystemTime,
        read: impl FnOnce() -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        let mut last = lock(&self.0);
        let is_trusted = last.is_some_and(|last| last.is_trusted(now, local));
        if !is_trusted && let Some(shared) = read() {
            *last = Some(Reading { shared, at: now, local });
        }
        last.map(|last| last.shared_at(now))
    }
}

impl Reading {
    fn is_trusted(&self, now: Instant, local: SystemTime) -> bool {
        let passed = now.duration_since(self.at);
        let expected = self.local + passed;
        let parted = local.duration_since(expected).unwrap_or_else(|error| error.duration());
        passed < TRUSTED && parted < PARTED
    }

    fn shared_at(&self, now: Instant) -> Timestamp {
        let passed = now.duration_since(self.at).as_micros();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        Timestamp(self.shared.0.saturating_add(passed))
    }
}

/// The time by the clock of the file system: when a file is made that lies beside another one for a
/// moment. `None` if none can be made.
pub(super) fn file_time(path: &Path) -> Option<Timestamp> {
    // The keys of the standard hash maps are random.
    let unique = RandomState::new().hash_one(std::process::id());
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".time.{unique:016x}"));
    let made = OpenOptions::new().write(true).create_new(true).open(&name).ok()?;
    let modified = made.metadata().and_then(|metadata| metadata.modified());
    drop(made);
    let _ = fs::remove_file(&name);
    let since = modified.ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_micros()).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn it_is_read_again_when_the_machine_has_slept_or_its_clock_was_set() {
        let (clock, begin, local) = (SharedClock::default(), Instant::now(), SystemTime::now());
        let never = || -> Option<Timestamp> { panic!("it is known") };
        assert_eq!(clock.at(begin, local, || None), None);
        assert_eq!(clock.at(begin, local, || Some(Timestamp(5))), Some(Timestamp(5)));
        let later = clock.at(begin + 9 * SECOND, local + 9 * SECOND, never);
        assert_eq!(later, Some(Timestamp(9_000_005)));

        let slept = clock.at(begin + 10 * SECOND, local + 70 * SECOND, || Some(Timestamp(70)));
        assert_eq!(slept, Some(Timestamp(70)));
        let set_back = clock.at(begin + 11 * SECOND, local, || Some(Timestamp(71)));
        assert_eq!(set_back, Some(Timestamp(71)));
        let unreadable = clock.at(begin + 12 * SECOND, local + 90 * SECOND, || None);
        assert_eq!(unreadable, Some(Timestamp(1_000_071)), "it goes on from the last reading");
        let long_after = clock.at(begin + 2 * TRUSTED, local + 2 * TRUSTED, || Some(Timestamp(80)));
        assert_eq!(long_after, Some(Timestamp(80)));
    }

    #[test]
    fn the_file_systems_clock_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let before = SystemTime::now() - SECOND;
        let time = file_time(&folder.path().join("runs.log")).unwrap();
        let time = UNIX_EPOCH + Duration::from_micros(time.0);
        assert!(time > before && time < SystemTime::now() + SECOND);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(file_time(&folder.path().join("missing/runs.log")), None);
    }
}
