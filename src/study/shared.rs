use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::clock;
use super::memory::Meter;
use super::observer::Observer;
use crate::error::{Error, Result};
use crate::storage::StudyStore;
use crate::trial::{Direction, Link, Outcome, TrialRecord, TrialState, metric};

/// What a study shares with its running trials, wherever they are.
pub(super) struct Shared {
    pub(super) store: Arc<dyn StudyStore>,
    /// Tells the studies of one process apart.
    pub(super) id: u64,
    observers: Mutex<Vec<Box<dyn Observer>>>,
    /// False as long as nobody observes, which saves the lock.
    observed: bool,
    /// The best value of the trials that this study has told or found, oriented; trials may be told
    /// from several threads.
    best: Mutex<Option<f64>>,
    stop: AtomicU8,
    /// In use while a single worker runs trials.
    pub(super) memory: Meter,
    /// An error of a call that cannot return one.
    deferred: Mutex<Option<Error>>,
}

/// How a study is to stop.
const GO_ON: u8 = 0;
const STOP: u8 = 1;
const INTERRUPT: u8 = 2;

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

/// A panicking observer or sampler does not make the study unusable.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn new(
        store: Arc<dyn StudyStore>,
        observers: Vec<Box<dyn Observer>>,
        best: Option<f64>,
    ) -> Self {
        Shared {
            store,
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            observed: !observers.is_empty(),
            observers: Mutex::new(observers),
            best: Mutex::new(best),
            stop: AtomicU8::new(GO_ON),
            memory: Meter::default(),
            deferred: Mutex::new(None),
        }
    }

    /// The direction of the first goal.
    pub(super) fn direction(&self) -> Direction {
        self.store.header().directions.first().copied().unwrap_or(Direction::Minimize)
    }

    pub(super) fn stop(&self) {
        self.stop.fetch_max(STOP, Ordering::Relaxed);
    }

    pub(super) fn interrupt(&self) {
        self.stop.fetch_max(INTERRUPT, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed) != GO_ON
    }

    /// A stop ends one run; the next one starts afresh.
    pub(super) fn clear_stop(&self) {
        self.stop.store(GO_ON, Ordering::Relaxed);
    }

    /// An error that could not be returned where it arose.
    pub(super) fn take_deferred(&self) -> Result<()> {
        lock(&self.deferred).take().map_or(Ok(()), Err)
    }

    pub(super) fn is_observed(&self) -> bool {
        self.observed
    }

    pub(super) fn notify(&self, mut hook: impl FnMut(&mut dyn Observer)) {
        if self.observed {
            for observer in lock(&self.observers).iter_mut() {
                hook(observer.as_mut());
            }
        }
    }

    /// Ends a trial, keeps what it has found, and tells the observers. Whether it is the best so
    /// far comes with the record.
    pub(super) fn finish(&self, number: u64, outcome: Outcome) -> Result<(Arc<TrialRecord>, bool)> {
        let outcome = self.judge(outcome)?;
        let record = self.store.finish(number, outcome, clock::timestamp())?;
        let mut observers = self.observed.then(|| lock(&self.observers));
        let is_best = self.is_best(&record);
        for observer in observers.iter_mut().flat_map(|observers| observers.iter_mut()) {
            observer.trial_finished(&record);
            if is_best {
                observer.new_best(&record);
            }
        }
        Ok((record, is_best))
    }

    /// Values that no sampler can learn from are failures.
    pub(super) fn judge(&self, outcome: Outcome) -> Result<Outcome> {
        let Outcome::Complete(values) = outcome else { return Ok(outcome) };
        let (goals, given) = (self.store.header().directions.len(), values.as_slice().len());
        if goals != given {
            return Err(Error::GoalCount { goals, given });
        }
        Ok(match values.as_slice().iter().find(|value| !value.is_finite()) {
            Some(value) => Outcome::Failed(format!("the objective returned {value}")),
            None => Outcome::Complete(values),
        })
    }

    /// The best value so far, as the objective returned it.
    pub(super) fn best_value(&self) -> Option<f64> {
        lock(&self.best).map(|loss| self.direction().orient(loss))
    }

    /// Whether the record beats all before it; it then takes their place.
    pub(super) fn is_best(&self, record: &TrialRecord) -> bool {
        let Some(value) = record.value().filter(|_| record.state() == TrialState::Complete) else {
            return false;
        };
        let loss = self.direction().orient(value);
        let mut best = lock(&self.best);
        let is_best = best.is_none_or(|lowest| loss < lowest);
        if is_best {
            *best = Some(loss);
        }
        is_best
    }
}

impl Link for Shared {
    fn report(&self, number: u64, step: u64, value: f64) -> Result<()> {
        self.memory.look();
        self.store.report(number, step, value)?;
        self.notify(|observer| observer.trial_reported(number, step, value));
        Ok(())
    }

    fn record(&self, number: u64, name: &str, value: f64) {
        if name == metric::PEAK_MEMORY {
            self.memory.leave_out();
        } else {
            self.memory.look();
        }
        if let Err(error) = self.store.record(number, name, value) {
            lock(&self.deferred).get_or_insert(error);
        }
    }

    fn is_interrupted(&self) -> bool {
        self.stop.load(Ordering::Relaxed) == INTERRUPT
    }

    fn stop(&self) {
        Shared::stop(self);
    }

    fn seed(&self) -> u64 {
        self.store.header().seed
    }
}

/// Stops a study from anywhere.
#[derive(Clone)]
pub struct StopHandle {
    shared: Arc<Shared>,
}

impl StopHandle {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        StopHandle { shared }
    }

    /// As [`Study::stop`](crate::Study::stop).
    pub fn stop(&self) {
        self.shared.stop();
    }

    /// As [`Study::interrupt`](crate::Study::interrupt).
    pub fn interrupt(&self) {
        self.shared.interrupt();
    }
}

impl fmt::Debug for StopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopHandle").field("stopping", &self.shared.is_stopping()).finish()
    }
}
