use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use super::guard::{self, Within, catch};
use super::memory::Meter;
use super::shared::Standing;
use super::stop::StopFlag;
use super::{AskedTrial, RegretBound, RunInfo, StopReason, Study, TrialId, clock, regret};
use crate::error::{Error, Result};
use crate::objective::Objective;
use crate::storage::lock;
use crate::trial::{
    History, IntoOutcome, Outcome, StudyHeader, Trial, TrialRecord, TrialState, metric,
};

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
    /// [`Error::Goals`] if the objective returns a wrong number of values,
    /// [`Error::ConstraintUnsatisfied`] if no legal config is found, [`Error::ConstraintFailed`] and
    /// [`Error::Panicked`] for constraints, observers and others that fail, and what sampler and
    /// storage fail with. Running trials come to their end first, and all that have ended are kept.
    ///
    /// A trial that somebody has told meanwhile, such as a watchdog by [`fail`](Self::fail), counts
    /// as it was told.
    pub fn optimize<O, K>(&self, objective: O, trials: usize) -> Result<StopReason>
    where
        O: Objective<C, K> + Sync,
    {
        Within::refuse(self.shared.id, "optimize")?;
        self.run_all(objective, trials, Self::NO_LIMIT)
    }

    /// As [`optimize`](Self::optimize), until the study has `total` trials in all, whoever ran them:
    /// those of earlier runs count, those of other processes that work on the study, and those that
    /// were enqueued or added. Trials that were interrupted by [`stop`](Self::stop) do not count.
    ///
    /// So any number of processes share the work, and a program that is started again goes on. A trial
    /// whose process was killed counts; it runs until its lease has run out, is failed by the next `ask`
    /// after that, and its [retries](crate::study::StudyBuilder::retry) come in addition.
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::{Study, Trial};
    ///
    /// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
    /// let study = Study::in_space(space).seed(1).build()?;
    /// let square = |p: Params, _: &mut Trial| p.float("x").map(|x| x * x);
    /// study.optimize(square, 12)?;
    /// study.optimize_until(square, 20)?;
    /// assert_eq!(study.history()?.complete_count(), 20);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`optimize`](Self::optimize).
    pub fn optimize_until<O, K>(&self, objective: O, total: usize) -> Result<StopReason>
    where
        O: Objective<C, K> + Sync,
    {
        Within::refuse(self.shared.id, "optimize_until")?;
        self.run_all(objective, total, total as u64)
    }

    fn run_all<O, K>(&self, objective: O, trials: usize, limit: u64) -> Result<StopReason>
    where
        O: Objective<C, K> + Sync,
    {
        let run = self.begin(trials, limit);
        let work = || self.work(|config, trial| objective.evaluate(config, trial), &run);
        thread::scope(|scope| {
            for _ in 1..self.workers.min(trials) {
                // Where the system has no more threads, fewer workers run the trials.
                if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                    break;
                }
            }
            // One worker is the calling thread, so that a study also runs where none can be made.
            work();
        });
        self.end(run)
    }

    /// As [`optimize`](Self::optimize), on the calling thread alone: for closures that change what
    /// they have captured (`FnMut`), and for objectives that are not `Sync`, such as those that hold
    /// an `Rc`, a `RefCell` or the handle of a device.
    ///
    /// ```
    /// use tunewright::Study;
    /// use tunewright::space::{Scale, Space};
    ///
    /// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
    /// let study = Study::in_space(space).seed(1).build()?;
    /// let mut seen = Vec::new();
    /// study.optimize_local(
    ///     |p, _| -> tunewright::Result<f64> {
    ///         let x = p.float("x")?;
    ///         seen.push(x);
    ///         Ok(x * x)
    ///     },
    ///     20,
    /// )?;
    /// assert_eq!(seen.len(), 20);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`optimize`](Self::optimize), and [`Error::InvalidOption`] for a study with several
    /// workers.
    pub fn optimize_local<R: IntoOutcome>(
        &self,
        objective: impl FnMut(C, &mut Trial) -> R,
        trials: usize,
    ) -> Result<StopReason> {
        Within::refuse(self.shared.id, "optimize_local")?;
        if self.workers > 1 {
            return Err(Error::InvalidOption {
                option: "workers",
                value: self.workers.to_string(),
                remedy: "use 1 with `optimize_local`, or `optimize` and an objective that is Sync",
            });
        }
        let run = self.begin(trials, Self::NO_LIMIT);
        self.work(objective, &run);
        self.end(run)
    }

    fn begin(&self, trials: usize, limit: u64) -> Run<'_> {
        let deadline = self.rules.time_limit.and_then(|limit| clock::now().checked_add(limit));
        let run = Run::new(trials, limit, deadline, self.shared.stops.begin());
        // The stored limits may be others.
        let goals = self.shared.goals.clone();
        let study = StudyHeader { goals, ..self.shared.store.header().clone() };
        let plan = RunInfo {
            study: &study,
            trials: (trials != Self::UNLIMITED).then_some(trials),
            time_limit: self.rules.time_limit,
            best: self.shared.best_value(),
            front: self.shared.front_values(),
        };
        self.shared.notify(|observer| observer.study_started(&plan));
        run.end_if(self.settled_before());
        run
    }

    /// The result of a run, with what could not be returned before.
    fn end(&self, run: Run<'_>) -> Result<StopReason> {
        let deferred = self.shared.take_deferred();
        let reason = run.into_reason().and_then(|reason| deferred.map(|()| reason));
        self.shared.notify(|observer| match &reason {
            Ok(reason) => observer.study_finished(*reason),
            Err(error) => observer.study_failed(error),
        });
        // An observer may have panicked just now.
        let deferred = self.shared.take_deferred();
        reason.and_then(|reason| deferred.map(|()| reason))
    }

    /// What one worker does. A fault of the crate's own must not take the other workers' results.
    fn work<R: IntoOutcome>(&self, mut evaluate: impl FnMut(C, &mut Trial) -> R, run: &Run<'_>) {
        let worked = catch(|| "a worker".into(), || self.run_trials(&mut evaluate, run));
        if let Err(error) = worked.and_then(|ended| ended) {
            run.end(Err(error));
        }
    }

    fn run_trials<R: IntoOutcome>(
        &self,
        evaluate: &mut impl FnMut(C, &mut Trial) -> R,
        run: &Run<'_>,
    ) -> Result<()> {
        loop {
            // Before the flag is read: an interrupt that comes between the two reaches the trial.
            let interrupts = self.shared.stops.interrupts();
            if !run.may_begin() {
                return Ok(());
            }
            match self.ask_since(interrupts, run.limit) {
                Ok(Some(asked)) => self.run_trial(asked, evaluate, run)?,
                Ok(None) => {
                    run.end(Ok(StopReason::Trials));
                    return Ok(());
                }
                Err(Error::Exhausted { .. } | Error::GridExhausted { .. }) => {
                    run.end(Ok(StopReason::Exhausted));
                    return Ok(());
                }
                Err(Error::NothingNew { .. }) => {
                    run.end(Ok(StopReason::NothingNew));
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn run_trial<R: IntoOutcome>(
        &self,
        asked: AskedTrial<C>,
        evaluate: &mut impl FnMut(C, &mut Trial) -> R,
        run: &Run<'_>,
    ) -> Result<()> {
        let AskedTrial { id, config, mut trial } = asked;
        // What several workers allocate cannot be told apart.
        let alone = self.workers == 1 && self.shared.stops.at_most_one_run();
        let memory = alone.then_some(&self.shared.memory);
        if let Some(memory) = memory {
            memory.begin();
        }
        let outcome = guard::outcome(|| evaluate(config, &mut trial));
        if let Some(bytes) = memory.and_then(Meter::end) {
            trial.record(metric::PEAK_MEMORY, bytes);
        }
        let (record, standing) = self.finish_own(id, outcome)?;
        let is_good = |value| self.rules.reaches_target(value, self.direction());
        let target = self.shared.is_feasible(&record) && record.value().is_some_and(is_good);
        run.count(&record, standing, target, self);
        self.check_regret(run)
    }

    /// Ends a run that another one has left settled. Configs that wait are tried all the same.
    fn settled_before(&self) -> Result<Option<StopReason>> {
        if self.rules.regret.is_none() {
            return Ok(None);
        }
        let history = self.history()?;
        let waits = |trial: &TrialRecord| trial.state() == TrialState::Waiting;
        if history.pending().any(waits) {
            return Ok(None);
        }
        let trials = regret::informing(&history);
        let checks: Vec<usize> = self.checks_until(trials).collect();
        // The last one has decided, unless trials that other workers ran have ended after it.
        let ended = trials.saturating_sub(self.workers);
        let deciding = checks.iter().enumerate();
        for (_, &check) in deciding.filter(|(at, check)| at + 1 == checks.len() || **check > ended)
        {
            if let Some(reason) = self.settled_after(&history, check)? {
                return Ok(Some(reason));
            }
        }
        Ok(None)
    }

    fn settled_after(&self, history: &History, trials: usize) -> Result<Option<StopReason>> {
        let regret = self.regret_after(history, trials)?;
        Ok(regret.filter(RegretBound::is_settled).map(StopReason::Settled))
    }

    /// Ends the run if more trials are not worth it. Other workers go on meanwhile.
    fn check_regret(&self, run: &Run<'_>) -> Result<()> {
        if self.rules.regret.is_none() {
            return Ok(());
        }
        let history = self.history()?;
        let due = self.checks_until(regret::informing(&history)).last();
        if let Some(due) = due.filter(|due| run.checks(*due)) {
            run.end_if(self.settled_after(&history, due));
        }
        Ok(())
    }

    /// Ends a trial of a run. Somebody else may have told it meanwhile, such as a watchdog that gave
    /// it up; then that counts.
    fn finish_own(&self, id: TrialId, outcome: Outcome) -> Result<(Arc<TrialRecord>, Standing)> {
        match self.finish(id, outcome) {
            Err(error @ Error::Goals(_)) => {
                match self.finish(id, Outcome::Failed(error.to_string())) {
                    Ok(_) | Err(Error::AlreadyTold { .. }) => Err(error),
                    Err(other) => Err(other),
                }
            }
            Err(error @ Error::AlreadyTold { .. }) => {
                let record = self.shared.store.trial(id.number())?.ok_or(error)?;
                // Whoever told it has counted it; the best one or one of the front ends no patience.
                let is_best =
                    self.shared.is_feasible(&record) && record.value() == self.shared.best_value();
                let is_on_front = || {
                    let front = self.shared.front_values();
                    self.shared.is_feasible(&record)
                        && front.iter().any(|values| values == record.values())
                };
                let leads = is_best || is_on_front();
                Ok((record, if leads { Standing::Best } else { Standing::Behind }))
            }
            finished => finished,
        }
    }
}

/// One call of [`Study::optimize`]: what its workers share.
struct Run<'a> {
    /// How many trials the study may have.
    limit: u64,
    deadline: Option<Instant>,
    stop: StopFlag<'a>,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    /// How many trials may still begin.
    left: usize,
    since_best: u64,
    failures: u64,
    /// The number of trials at which the regret was last looked at.
    checked: usize,
    /// Why the run ends; the first reason counts, and the first error before all others.
    end: Option<Result<StopReason>>,
}

impl<'a> Run<'a> {
    fn new(trials: usize, limit: u64, deadline: Option<Instant>, stop: StopFlag<'a>) -> Self {
        let progress = Progress { left: trials, since_best: 0, failures: 0, checked: 0, end: None };
        Run { limit, deadline, stop, progress: Mutex::new(progress) }
    }

    /// Whether a worker may begin another trial; if so, it is counted.
    fn may_begin(&self) -> bool {
        let mut progress = lock(&self.progress);
        if progress.end.is_some() {
            return false;
        }
        if self.stop.is_set() {
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
        let is_first = match &progress.end {
            None => true,
            Some(known) => known.is_ok() && end.is_err(),
        };
        if is_first {
            progress.end = Some(end);
        }
    }

    /// Ends the run if there is a reason, or an error.
    fn end_if(&self, reason: Result<Option<StopReason>>) {
        if let Some(end) = reason.transpose() {
            self.end(end);
        }
    }

    /// Whether the regret is still unknown after this number of trials. The caller then computes it.
    fn checks(&self, trials: usize) -> bool {
        let mut progress = lock(&self.progress);
        let is_new = progress.end.is_none() && trials > progress.checked;
        if is_new {
            progress.checked = trials;
        }
        is_new
    }

    /// Counts a trial that has ended, and ends the run if a rule says so.
    fn count<C>(&self, record: &TrialRecord, standing: Standing, target: bool, study: &Study<C>) {
        let mut progress = lock(&self.progress);
        if record.state() == TrialState::Interrupted {
            return;
        }
        let failed = record.state() == TrialState::Failed;
        progress.failures = if failed { progress.failures + 1 } else { 0 };
        progress.since_best = if standing.is_improvement() { 0 } else { progress.since_best + 1 };
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
