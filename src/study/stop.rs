//! What stops runs. Every run has a flag of its own, so that a stop ends all that run at this moment
//! and none is missed because another run has ended.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::shared::StudyCore;
use crate::storage::lock;

/// The runs of one study.
#[derive(Debug, Default)]
pub(super) struct Stops {
    runs: Mutex<Runs>,
    /// How often running trials were told to leave.
    interrupts: AtomicU64,
}

#[derive(Debug, Default)]
struct Runs {
    flags: Vec<Arc<AtomicBool>>,
    /// Whether the next run is stopped, because there was none to stop.
    next: bool,
}

impl Runs {
    fn stop(&mut self) {
        self.next |= self.flags.is_empty();
        for flag in &self.flags {
            flag.store(true, Ordering::SeqCst);
        }
    }
}

impl Stops {
    /// No further trial begins in the runs of this moment, or else in the next one.
    pub(super) fn stop(&self) {
        lock(&self.runs).stop();
    }

    /// As [`stop`](Self::stop), and the trials of this moment leave.
    pub(super) fn interrupt(&self) {
        let mut runs = lock(&self.runs);
        runs.stop();
        self.interrupts.fetch_add(1, Ordering::SeqCst);
    }

    /// A trial that began when this had another value is to leave.
    pub(super) fn interrupts(&self) -> u64 {
        self.interrupts.load(Ordering::SeqCst)
    }

    /// A run begins.
    pub(super) fn begin(&self) -> StopFlag<'_> {
        let mut runs = lock(&self.runs);
        let flag = Arc::new(AtomicBool::new(std::mem::take(&mut runs.next)));
        runs.flags.push(Arc::clone(&flag));
        StopFlag { stops: self, flag }
    }

    /// Whether no more than one run is going on.
    pub(super) fn at_most_one_run(&self) -> bool {
        lock(&self.runs).flags.len() <= 1
    }

    fn is_stopping(&self) -> bool {
        let runs = lock(&self.runs);
        runs.next || runs.flags.iter().any(|flag| flag.load(Ordering::SeqCst))
    }
}

/// Whether one run is to stop.
#[derive(Debug)]
pub(super) struct StopFlag<'a> {
    stops: &'a Stops,
    flag: Arc<AtomicBool>,
}

impl StopFlag<'_> {
    pub(super) fn is_set(&self) -> bool {
        self.flag.load(Ordering::SeqCst)
    }
}

impl Drop for StopFlag<'_> {
    fn drop(&mut self) {
        lock(&self.stops.runs).flags.retain(|flag| !Arc::ptr_eq(flag, &self.flag));
    }
}

/// Stops a study from anywhere.
#[derive(Clone)]
pub struct StopHandle {
    shared: Arc<StudyCore>,
}

impl StopHandle {
    pub(super) fn new(shared: Arc<StudyCore>) -> Self {
        StopHandle { shared }
    }

    /// As [`Study::stop`](crate::Study::stop).
    pub fn stop(&self) {
        self.shared.stops.stop();
    }

    /// As [`Study::interrupt`](crate::Study::interrupt).
    pub fn interrupt(&self) {
        self.shared.stops.interrupt();
    }
}

impl fmt::Debug for StopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopHandle").field("stopping", &self.shared.stops.is_stopping()).finish()
    }
}
