//! The memory of a trial, as far as the platform tells without being asked to change anything.
//!
//! The kernel's maximum could be reset for every trial, but it is the process's, and others may read
//! it. So the resident size is read at the beginning, at reports and at the end, and the maximum
//! counts where the trial has raised it.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::clock;
use crate::storage::lock;

/// Measures one trial at a time.
#[derive(Debug, Default)]
pub(super) struct Meter {
    running: Mutex<Option<Running>>,
    /// Trials of this kind are too short to be worth the reading.
    brief: Mutex<bool>,
}

#[derive(Debug)]
struct Running {
    began: Instant,
    read: Instant,
    /// Nothing if the trials before were too short.
    before: Option<Reading>,
    highest: u64,
    traced: bool,
}

/// Memory of the process, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading {
    resident: u64,
    /// The most that was ever resident.
    maximum: u64,
}

/// Shorter trials are not measured: a reading takes about ten microseconds.
const WORTH_IT: Duration = Duration::from_millis(10);
/// How often a trial that reports all the time is looked at.
const PERIOD: Duration = Duration::from_millis(2);

impl Meter {
    /// A trial begins.
    pub(super) fn begin(&self) {
        let now = clock::now();
        let before = if *lock(&self.brief) { None } else { read() };
        let running = Running { began: now, read: now, before, highest: 0, traced: false };
        *lock(&self.running) = Some(running);
    }

    /// Reads the memory in use, at most once per `PERIOD`.
    pub(super) fn look(&self) {
        if let Some(running) = lock(&self.running).as_mut()
            && running.before.is_some()
            && running.read.elapsed() >= PERIOD
            && let Some(reading) = read()
        {
            running.read = clock::now();
            running.highest = running.highest.max(reading.resident);
            running.traced = true;
        }
    }

    /// The trial has told its memory itself.
    pub(super) fn leave_out(&self) {
        *lock(&self.running) = None;
    }

    /// The trial ends; how many bytes it held at least, if anything is known.
    pub(super) fn end(&self) -> Option<f64> {
        let running = lock(&self.running).take()?;
        let brief = running.began.elapsed() < WORTH_IT;
        *lock(&self.brief) = brief;
        if brief {
            return None;
        }
        let before = running.before?;
        let after = read()?;
        let raised = (after.maximum > before.maximum).then_some(after.maximum);
        let known = raised.or(running.traced.then_some(0))?;
        let highest = known.max(running.highest).max(after.resident);
        Some(highest.saturating_sub(before.resident) as f64)
    }
}

/// The process's memory; `None` where the platform does not tell.
fn read() -> Option<Reading> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024)
    };
    Some(Reading { resident: bytes("VmRSS:")?, maximum: bytes("VmHWM:")? })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_a_trial_allocates_is_seen() {
        const SIZE: usize = 200 << 20;
        let meter = Meter::default();
        meter.begin();
        std::thread::sleep(WORTH_IT);
        let held = vec![1u8; SIZE];
        meter.look();
        assert_eq!(held.iter().map(|&one| usize::from(one)).sum::<usize>(), SIZE);
        drop(held);
        let bytes = meter.end().unwrap();
        // Other tests of the process allocate meanwhile, and free.
        assert!((0.7..2.0).contains(&(bytes / SIZE as f64)), "{bytes}");
    }

    #[test]
    fn short_trials_and_those_that_tell_themselves_are_left_out() {
        let meter = Meter::default();
        meter.begin();
        meter.leave_out();
        assert_eq!(meter.end(), None);
        meter.begin();
        assert_eq!(meter.end(), None);
        assert!(*lock(&meter.brief));
    }
}
