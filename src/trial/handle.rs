use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::checkpoint::Checkpoint;
use super::outcome::Outcome;
use crate::error::{Error, Result};
use crate::math::random::Stream;

/// What a running trial can reach of its study. Implemented by the study, which lies above.
pub(crate) trait TrialBackend: Send + Sync {
    /// Keeps a report of some goals, by their names. An error tells the trial to leave, or that the report is
    /// not kept.
    fn report(&self, number: u64, step: u64, values: &[(&str, f64)]) -> Result<()>;
    /// The same of the first goal.
    fn report_first(&self, number: u64, step: u64, value: f64) -> Result<()>;
    fn record(&self, number: u64, name: &str, value: f64) -> Result<()>;
    /// `is_new` says that the trial has noted nothing under this name before.
    fn note(&self, number: u64, name: &str, text: &str, is_new: bool) -> Result<()>;
    /// Has something saved by which the training that trial `first` began can go on after a step. `save` is
    /// given the folder, and fails with a reason.
    fn save(&self, number: u64, first: u64, step: u64, save: Save<'_>) -> Result<()>;
    /// Takes the failure of a storage that the handle cannot return.
    fn storage_failed(&self, error: Error);
    /// How often running trials were told to leave.
    fn interrupts(&self) -> u64;
    /// A trial is told to leave, and then ends like this.
    fn leave(&self, number: u64, outcome: Outcome);
    fn stop(&self);
    fn seed(&self) -> u64;
}

/// Writes the files of a checkpoint into a folder.
pub(crate) type Save<'a> = &'a mut dyn FnMut(&Path) -> std::result::Result<(), String>;

/// The running trial, inside the objective: reports progress, records metrics.
pub struct Trial {
    number: u64,
    backend: Arc<dyn TrialBackend>,
    /// What the backend counted when the trial began.
    interrupts: u64,
    /// The names of its notes.
    noted: BTreeSet<String>,
    /// Why a metric or a note could not be kept, until it is returned.
    error: Option<Error>,
    checkpoint: Option<Checkpoint>,
}

impl Trial {
    pub(crate) fn new(
        number: u64,
        backend: Arc<dyn TrialBackend>,
        interrupts: u64,
        checkpoint: Option<Checkpoint>,
    ) -> Self {
        Trial { number, backend, interrupts, noted: BTreeSet::new(), error: None, checkpoint }
    }

    /// The trial's number, unique in its study.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Reports progress: the value of the goal at a step (an epoch, say). Steps should ascend: others are kept, and
    /// the last value of a step counts, but a trial that reports its last step first is never stopped. With several
    /// goals it is the value of the first; see [`report_goals`](Self::report_goals).
    ///
    /// # Errors
    /// [`Error::Pruned`], [`Error::Diverged`] and [`Error::Interrupted`] when the trial is to leave:
    /// return them with `?`. The trial then counts as pruned or interrupted, not as failed, except
    /// for one that has diverged. [`Error::AlreadyTold`] when the trial was given up meanwhile, and
    /// what the storage fails with; also where an earlier [`record`](Self::record) or
    /// [`note`](Self::note) failed.
    pub fn report(&mut self, step: u64, value: f64) -> Result<()> {
        self.reporting(|backend, number| backend.report_first(number, step, value))
    }

    /// As [`report`](Self::report), in a study with several goals: the values at a step of those goals that
    /// have one there, by their names.
    ///
    /// A goal that does not change in training, as the size of a model, is [recorded](Self::record) once under
    /// its name, as soon as it is known. A trial is stopped for the front on which all goals together put it
    /// among the others at that step. So none is stopped as long as one of its goals is neither reported nor
    /// recorded. See the [guide](crate::guide::several_goals).
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::trial::minimize;
    /// use tunewright::{Result, Study, Trial};
    ///
    /// fn train(config: Params, trial: &mut Trial) -> Result<[f64; 2]> {
    ///     let width = config.float("width")?;
    ///     // Known before the training.
    ///     let size = 0.01 * width;
    ///     trial.record("size", size);
    ///     let mut error = 1.0;
    ///     for epoch in 0..20 {
    ///         error = 1.0 / width + 1.0 / (1.0 + epoch as f64);
    ///         trial.report_goals(epoch, [("error", error)])?; // leaves here when it is stopped
    ///     }
    ///     Ok([error, size])
    /// }
    ///
    /// let space = Space::builder().float("width", 1.0..=100.0, Scale::Log).build()?;
    /// let study = Study::in_space(space).goals([minimize("error"), minimize("size")]).build()?;
    /// study.optimize(train, 30)?;
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`report`](Self::report), and [`GoalError::Unknown`](super::GoalError::Unknown) for a name that no
    /// goal has.
    pub fn report_goals<'n>(
        &mut self,
        step: u64,
        values: impl IntoIterator<Item = (&'n str, f64)>,
    ) -> Result<()> {
        let values: Vec<(&str, f64)> = values.into_iter().collect();
        self.reporting(|backend, number| backend.report(number, step, &values))
    }

    fn reporting(
        &mut self,
        report: impl FnOnce(&dyn TrialBackend, u64) -> Result<()>,
    ) -> Result<()> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        report(self.backend.as_ref(), self.number)?;
        if self.backend.interrupts() != self.interrupts {
            self.backend.leave(self.number, Outcome::Interrupted);
            return Err(Error::Interrupted);
        }
        Ok(())
    }

    /// As [`report`](Self::report), for a training that can go on later: where the trial is to leave, pruned or
    /// interrupted, `save` first writes into the folder that it is given what the training needs for
    /// that. In a study with a place for [checkpoints](crate::study::StudyBuilder::checkpoints) the trial
    /// may then be taken up again, in another trial that finds the folder by
    /// [`checkpoint`](Self::checkpoint), and that may run in another process. Without such a place nothing is
    /// saved.
    ///
    /// ```
    /// use std::fs;
    ///
    /// use tunewright::{Params, Trial};
    ///
    /// fn train(config: Params, trial: &mut Trial) -> tunewright::Result<f64> {
    ///     let (mut weight, mut first) = (0.0, 0);
    ///     if let Some(checkpoint) = trial.checkpoint() {
    ///         let saved = fs::read_to_string(checkpoint.folder().join("weight")).unwrap_or_default();
    ///         weight = saved.parse().unwrap_or(0.0);
    ///         first = checkpoint.step() + 1;
    ///     }
    ///     let rate = config.float("rate")?;
    ///     for epoch in first..50 {
    ///         weight += rate * (1.0 - weight);
    ///         let loss = (1.0 - weight).abs();
    ///         trial.report_resumable(epoch, loss, |folder| {
    ///             fs::write(folder.join("weight"), weight.to_string())
    ///         })?;
    ///     }
    ///     Ok((1.0 - weight).abs())
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`report`](Self::report). Where `save` fails, the reason with which the trial is pruned says so.
    pub fn report_resumable<E: fmt::Display>(
        &mut self,
        step: u64,
        value: f64,
        save: impl FnOnce(&Path) -> std::result::Result<(), E>,
    ) -> Result<()> {
        let reported = self.report(step, value);
        self.leaving(reported, step, save)
    }

    /// As [`report_goals`](Self::report_goals), for a training that can go on later, as
    /// [`report_resumable`](Self::report_resumable).
    ///
    /// # Errors
    /// As these.
    pub fn report_goals_resumable<'n, E: fmt::Display>(
        &mut self,
        step: u64,
        values: impl IntoIterator<Item = (&'n str, f64)>,
        save: impl FnOnce(&Path) -> std::result::Result<(), E>,
    ) -> Result<()> {
        let reported = self.report_goals(step, values);
        self.leaving(reported, step, save)
    }

    /// Saves a checkpoint where a report tells the trial to leave.
    fn leaving<E: fmt::Display>(
        &mut self,
        reported: Result<()>,
        step: u64,
        save: impl FnOnce(&Path) -> std::result::Result<(), E>,
    ) -> Result<()> {
        let left = match reported {
            Err(left @ (Error::Pruned { .. } | Error::Interrupted)) => left,
            reported => return reported,
        };
        match (self.save(step, save), left) {
            (Ok(()), left) => Err(left),
            (Err(Error::CheckpointNotSaved(why)), Error::Pruned { reason }) => {
                let reason = format!("{reason}; its checkpoint was not saved: {why}");
                self.backend.leave(self.number, Outcome::Pruned(Some(reason.clone())));
                Err(Error::Pruned { reason })
            }
            (Err(Error::CheckpointNotSaved(_)), left) => Err(left),
            (Err(error), _) => Err(error),
        }
    }

    /// Saves a checkpoint now, in a study with a place for
    /// [checkpoints](crate::study::StudyBuilder::checkpoints): should the worker die, a
    /// [retry](crate::study::StudyBuilder::retry) of the trial goes on from it. It takes the place of the
    /// trial's last one as a whole: a process that is killed while it saves leaves that. Without a place
    /// nothing is saved.
    ///
    /// # Errors
    /// [`Error::CheckpointNotSaved`] if `save` fails or the files cannot be kept, and what the storage fails
    /// with.
    pub fn save<E: fmt::Display>(
        &mut self,
        step: u64,
        save: impl FnOnce(&Path) -> std::result::Result<(), E>,
    ) -> Result<()> {
        let mut save = Some(save);
        let mut call = |folder: &Path| match save.take() {
            Some(save) => save(folder).map_err(|error| format!("{error:#}")),
            None => Ok(()),
        };
        self.backend.save(self.number, self.first(), step, &mut call)
    }

    /// Where the training is to go on, if an earlier trial of this config has saved what it had come to, and
    /// left. `None` for a training that starts from the beginning.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.checkpoint.as_ref()
    }

    /// Keeps a metric with the trial: the training error, the memory used, and so on. The last
    /// value of a name counts.
    ///
    /// Should the storage fail, the study's next [`ask`](crate::Study::ask) says so, and a running
    /// [`optimize`](crate::Study::optimize) ends; the result of this trial is kept all the same. A
    /// metric of a trial that was given up is lost, and the next [`report`](Self::report) says so.
    pub fn record(&mut self, name: &str, value: f64) {
        let kept = self.backend.record(self.number, name, value);
        self.remember(kept);
    }

    /// Keeps a text with the trial: the commit, the file of the weights, the host. The last text of
    /// a name counts. Found in [`TrialRecord::notes`](super::TrialRecord::notes), and in
    /// exports, in CSV as `note:commit`.
    ///
    /// Fails as [`record`](Self::record) does, and for a name under which the sampler has noted
    /// something about this trial.
    ///
    /// ```
    /// # use tunewright::Trial;
    /// # fn train(trial: &mut Trial) -> f64 {
    /// trial.note("commit", option_env!("GIT_COMMIT").unwrap_or("unknown"));
    /// trial.note("weights", format!("weights-{}.bin", trial.number()));
    /// # 0.0
    /// # }
    /// ```
    pub fn note(&mut self, name: &str, text: impl AsRef<str>) {
        let is_new = !self.noted.contains(name);
        let kept = self.backend.note(self.number, name, text.as_ref(), is_new);
        if is_new && kept.is_ok() {
            self.noted.insert(name.to_owned());
        }
        self.remember(kept);
    }

    /// Only the storage's own failures concern the study.
    fn remember(&mut self, kept: Result<()>) {
        match kept {
            Ok(()) => {}
            Err(error @ Error::Storage(_)) => self.backend.storage_failed(error),
            Err(error) => {
                self.error.get_or_insert(error);
            }
        }
    }

    /// Ends the study: no further trial begins, and those that run come to their end.
    pub fn stop_study(&self) {
        self.backend.stop();
    }

    /// The number of the trial that began the training.
    fn first(&self) -> u64 {
        self.checkpoint.as_ref().map_or(self.number, Checkpoint::first)
    }

    /// A seed for the training itself, made from the study's seed and the number of the trial, or of the one
    /// that began the training, where this one goes on with it.
    pub fn seed(&self) -> u64 {
        /// Tells this use of the trial's stream apart from the sampler's.
        const TRAINING: u64 = 0x7472_6169_6e69_6e67;
        Stream::new(self.backend.seed(), self.first()).fork(TRAINING).bits()
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("number", &self.number).finish_non_exhaustive()
    }
}
