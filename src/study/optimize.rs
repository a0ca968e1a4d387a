use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Instant;

use super::memory::Meter;
use super::shared::lock;
use super::{AskedTrial, Plan, StopReason, Study, clock};
use crate::error::{Error, Result};
use crate::objective::Objective;
use crate::trial::{IntoOutcome, Outcome, TrialRecord, TrialState, metric};

impl<C> Study<C> {
    /// For [`optimize`](Self::optimize): no limit on the number of trials. Another rule has to end
    /// the run.
    pub const UNLIMITED: usize = usize::MAX;

    /// Runs trials of the objective, on as many threads as the study has workers, until `trials`
    /// have begun or another of the study's rules ends the run. May be called again to go on.
    ///
    /// An error, a panic, a NaN or an infinite value of the objective fails its trial, never the
    /// study; the reason is kept with the trial. (A panic still prints its message, as the
    /// application's panic hook has it, and a program built with `panic = "abort"` ends.)
    ///
    /// # Errors
    /// [`Error::GoalCount`] if the objective returns a wrong number of values,
    /// [`Error::ConstraintUnsatisfied`] if no legal config is found, and what sampler and storage
    /// fail with. Trials that have ended are kept.
    pub fn optimize<O>(&self, objective: O, trials: usize) -> Result<StopReason>
    where
        O: Objective<C> + Sync,
    {
        self.announce(trials);
        let run = Run::new(trials, self.rules.time_limit.and_then(|l| clock::now().checked_add(l)));
        std::thread::scope(|scope| {
            for _ in 1..self.workers.min(trials) {
                scope.spawn(|| self.work(&objective, &run));
            }
            // One worker is the calling thread, so that a study also runs where none can be made.
            self.work(&objective, &run);
        });
        self.shared.clear_stop();
        let reason = run.into_reason();
        self.shared.notify(|observer| match &reason {
            Ok(reason) => observer.study_finished(*reason),
            Err(error) => observer.study_failed(error),
        });
        reason
    }

    fn announce(&self, trials: usize) {
        let plan = Plan {
            study: self.shared.store.header(),
            trials: (trials != Self::UNLIMITED).then_some(trials),
            time_limit: self.rules.time_limit,
            best: self.shared.best_value(),
        };
        self.shared.notify(|observer| observer.study_started(&plan));
    }

    fn work<O: Objective<C>>(&self, objective: &O, run: &Run) {
        while run.may_begin(self.shared.is_stopping()) {
            let asked = match self.ask() {
                Ok(asked) => asked,
                Err(Error::Exhausted { .. }) => return run.end(Ok(StopReason::Exhausted)),
                Err(error) => return run.end(Err(error)),
            };
            if let Err(error) = self.run_trial(asked, objective, run) {
                return run.end(Err(error));
            }
        }
    }

    fn run_trial<O: Objective<C>>(
        &self,
        asked: AskedTrial<C>,
        objective: &O,
        run: &Run,
    ) -> Result<()> {
        let AskedTrial { id, config, mut trial } = asked;
        // What several workers allocate cannot be told apart.
        let memory = (self.workers == 1).then_some(&self.shared.memory);
        if let Some(memory) = memory {
            memory.begin();
        }
        // Nothing of the crate's is touched by the objective but through locks that outlive panics.
        let evaluated = catch_unwind(AssertUnwindSafe(|| {
            objective.evaluate(config, &mut trial).into_outcome()
        }));
        if let Some(bytes) = memory.and_then(Meter::end) {
            self.shared.store.record(id.number(), metric::PEAK_MEMORY, bytes)?;
        }
        let outcome = match evaluated {
            Ok(Outcome::Failed(_)) if trial.has_left() => Outcome::Pruned,
            Ok(outcome) => outcome,
            Err(panic) => Outcome::Failed(format!("panicked: {}", panic_message(&*panic))),
        };
        match self.finish(id, outcome) {
            Ok((record, is_best)) => {
                let target = record
                    .value()
                    .is_some_and(|value| self.rules.reaches_target(value, self.direction()));
                run.count(&record, is_best, target, self);
                Ok(())
            }
            Err(error @ Error::GoalCount { .. }) => {
                self.finish(id, Outcome::Failed(error.to_string()))?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    if let Some(message) = panic.downcast_ref::<&str>() {
        message
    } else if let Some(message) = panic.downcast_ref::<String>() {
        message
    } else {
        "without a message"
    }
}

/// One call of [`Study::optimize`]: what its workers share.
struct Run {
    deadline: Option<Instant>,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    /// How many trials may still begin.
    left: usize,
    since_best: u64,
    failures: u64,
    /// Why the run ends; the first reason counts, but an error before all.
    end: Option<Result<StopReason>>,
}

impl Run {
    fn new(trials: usize, deadline: Option<Instant>) -> Self {
        let progress = Progress { left: trials, since_best: 0, failures: 0, end: None };
        Run { deadline, progress: Mutex::new(progress) }
    }

    /// Whether a worker may begin another trial; if so, it is counted.
    fn may_begin(&self, stopping: bool) -> bool {
        let mut progress = lock(&self.progress);
        if progress.end.is_some() {
            return false;
        }
        if stopping {
            progress.end = Some(Ok(StopReason::Stopped));
        } else if progress.left == 0 {
            progress.end = Some(Ok(StopReason::Trials));
        } else if self.deadline.is_some_and(|deadline| clock::now() >= deadline) {
            progress.end = Some(Ok(StopReason::TimeLimit));
        } else {
            if progress.left != usize::MAX {
                progress.left -= 1;
            }
            return true;
        }
        false
    }

    fn end(&self, end: Result<StopReason>) {
        let mut progress = lock(&self.progress);
        if end.is_err() || progress.end.is_none() {
            progress.end = Some(end);
        }
    }

    /// Counts a trial that has ended, and ends the run if a rule says so.
    fn count<C>(&self, record: &TrialRecord, is_best: bool, target: bool, study: &Study<C>) {
        let mut progress = lock(&self.progress);
        let failed = record.state() == TrialState::Failed;
        progress.failures = if failed { progress.failures + 1 } else { 0 };
        progress.since_best = if is_best { 0 } else { progress.since_best + 1 };
        let rules = &study.rules;
        let reason = if target {
            StopReason::Target
        } else if rules.failures.is_some_and(|limit| progress.failures >= limit) {
            StopReason::Failures
        } else if rules.patience.is_some_and(|limit| progress.since_best >= limit) {
            StopReason::NoImprovement
        } else {
            return;
        };
        progress.end.get_or_insert(Ok(reason));
    }

    fn into_reason(self) -> Result<StopReason> {
        let progress = self.progress.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        progress.end.unwrap_or(Ok(StopReason::Trials))
    }
}
