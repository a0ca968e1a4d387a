use std::time::Duration;

use super::rules::StopReason;
use crate::error::Error;
use crate::trial::{StudyHeader, TrialRecord};

/// What a run sets out to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunInfo<'a> {
    /// The study: its name, goals and space.
    pub study: &'a StudyHeader,
    /// How many trials may begin; `None` if another rule ends the run.
    pub trials: Option<usize>,
    /// After how much time no trial begins.
    pub time_limit: Option<Duration>,
    /// The best value that earlier trials have left, as the objective returned it; `None` with several
    /// goals.
    pub best: Option<f64>,
    /// With several goals, the values of the trials that earlier runs have left on the front.
    pub front: Vec<Vec<f64>>,
}

/// Is told what happens in a study: to show progress, to log, to save something of one's own.
///
/// Hooks are called one at a time, in the order of events, from the thread in which the event
/// happens; slow hooks slow the study. All hooks do nothing unless implemented.
///
/// Hooks may read the study that they observe, enqueue and add configs, and stop it. If they ask,
/// tell, report or optimize, they get [`Error::CalledFromWithin`](crate::Error::CalledFromWithin),
/// because the study waits for the hook; nor may they wait for another thread that does so.
///
/// An observer that panics is called no more. The result of the trial is kept, and the next
/// [`ask`](crate::Study::ask), or the running [`optimize`](crate::Study::optimize), fails with an
/// error that names the observer.
///
/// ```
/// use tunewright::study::Observer;
/// use tunewright::trial::TrialRecord;
///
/// struct Announce;
///
/// impl Observer for Announce {
///     fn new_best(&mut self, trial: &TrialRecord) {
///         println!("trial {}: {:?}", trial.number(), trial.value());
///     }
/// }
/// ```
#[allow(unused_variables, reason = "the hooks do nothing by default")]
pub trait Observer: Send {
    /// [`Study::optimize`](crate::Study::optimize) begins. Who asks and tells by hand begins no run,
    /// and ends none.
    fn study_started(&mut self, plan: &RunInfo<'_>) {}

    /// A trial begins; the record has its point.
    fn trial_started(&mut self, trial: &TrialRecord) {}

    /// A trial reports progress; with several goals, in the first.
    fn trial_reported(&mut self, number: u64, step: u64, value: f64) {}

    /// A trial reports progress in a goal after the first, whose number is counted from 0.
    fn goal_reported(&mut self, number: u64, goal: usize, step: u64, value: f64) {}

    /// A trial has ended, in whatever way.
    fn trial_finished(&mut self, trial: &TrialRecord) {}

    /// A trial has ended that is better than all that this study has run before it, and than those it
    /// found when it was built; called after
    /// [`trial_finished`](Self::trial_finished). Only trials that keep all limits and outcome constraints
    /// count, and with several goals there is no best one.
    fn new_best(&mut self, trial: &TrialRecord) {}

    /// With several goals, a trial has ended that keeps all limits and that no trial before it dominates or
    /// equals; `size` different trials are on the front now. Called after
    /// [`trial_finished`](Self::trial_finished).
    fn new_on_front(&mut self, trial: &TrialRecord, size: usize) {}

    /// [`Study::optimize`](crate::Study::optimize) ends.
    fn study_finished(&mut self, reason: StopReason) {}

    /// [`Study::optimize`](crate::Study::optimize) ends with an error, which it returns.
    fn study_failed(&mut self, error: &Error) {}
}
