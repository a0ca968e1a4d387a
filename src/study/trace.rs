//! Events for the `tracing` ecosystem.

use std::fmt;

use super::{Observer, RunInfo, StopReason};
use crate::error::Error;
use crate::trial::{StudyHeader, TrialRecord, TrialState};

/// Tells a `tracing` subscriber what happens in a study. Installs none: without a subscriber of the
/// application's, events go nowhere.
///
/// All events have the target `tunewright` and, from the first
/// [`optimize`](crate::Study::optimize) on, the field `study` with its name.
///
/// | level | message | fields |
/// |---|---|---|
/// | info | `study started` | `seed`, `trials` and `time_limit` (seconds) where there are limits |
/// | debug | `trial started` | `trial`, `params` |
/// | trace | `trial reported` | `trial`, `step`, `value`, and of a goal after the first `goal`, its number |
/// | info | `trial finished` | `trial`, `value`, `seconds` |
/// | info | `trial pruned`, `trial interrupted` | `trial`, `seconds` |
/// | warn | `trial failed` | `trial`, `reason`, `seconds` |
/// | info | `new best` | `trial`, `value`, `params` |
/// | info | `new on the front`, with several goals | `trial`, `values`, `front` (its size), `params` |
/// | info | `study finished` | `reason` |
/// | error | `study failed` | `error` |
///
/// Parameters are written `lr=0.001 optimizer=Adam`; their names are known once a run has started,
/// `params` is missing before.
///
/// ```
/// use tunewright::space::{Scale, Space};
/// use tunewright::study::TracingObserver;
/// use tunewright::{Params, Study, Trial};
///
/// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
/// let study = Study::in_space(space).observer(TracingObserver::new()).build()?;
/// study.optimize(|p: Params, _: &mut Trial| p.float("x").map(|x| x * x), 50)?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TracingObserver {
    study: Option<StudyHeader>,
}

impl TracingObserver {
    /// An observer for [`StudyBuilder::observer`](super::StudyBuilder::observer).
    pub fn new() -> Self {
        Self::default()
    }

    fn name(&self) -> Option<&str> {
        self.study.as_ref().map(|study| study.name.as_str())
    }

    fn params<'a>(&'a self, trial: &'a TrialRecord) -> Option<impl tracing::Value + 'a> {
        let study = self.study.as_ref()?;
        Some(tracing::field::display(Params { study, trial }))
    }
}

/// Names and values of a trial's active parameters on one line.
struct Params<'a> {
    study: &'a StudyHeader,
    trial: &'a TrialRecord,
}

impl fmt::Display for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let described = self.study.space.describe(self.trial.point());
        for (index, (name, value)) in described.enumerate() {
            write!(f, "{}{name}={value}", if index > 0 { " " } else { "" })?;
        }
        Ok(())
    }
}

/// An event of this crate, with the study's name.
macro_rules! event {
    ($level:ident, $observer:expr, $($field:tt)*) => {
        tracing::$level!(target: "tunewright", study = $observer.name(), $($field)*)
    };
}

impl Observer for TracingObserver {
    fn study_started(&mut self, plan: &RunInfo<'_>) {
        self.study = Some(plan.study.clone());
        let time_limit = plan.time_limit.map(|limit| limit.as_secs_f64());
        let (seed, trials) = (plan.study.seed, plan.trials);
        event!(info, self, seed, trials, time_limit, "study started");
    }

    fn trial_started(&mut self, trial: &TrialRecord) {
        event!(debug, self, trial = trial.number(), params = self.params(trial), "trial started");
    }

    fn trial_reported(&mut self, number: u64, step: u64, value: f64) {
        event!(trace, self, trial = number, step, value, "trial reported");
    }

    fn goal_reported(&mut self, number: u64, goal: usize, step: u64, value: f64) {
        event!(trace, self, trial = number, goal, step, value, "trial reported");
    }

    fn trial_finished(&mut self, trial: &TrialRecord) {
        let seconds = trial.duration().map(|time| time.as_secs_f64());
        let (number, value) = (trial.number(), trial.value());
        match trial.state() {
            TrialState::Failed => {
                event!(
                    warn,
                    self,
                    trial = number,
                    reason = trial.failure(),
                    seconds,
                    "trial failed"
                );
            }
            TrialState::Pruned => {
                event!(
                    info,
                    self,
                    trial = number,
                    seconds,
                    reason = trial.reason(),
                    "trial pruned"
                );
            }
            TrialState::Interrupted => {
                event!(info, self, trial = number, seconds, "trial interrupted");
            }
            _ => event!(info, self, trial = number, value, seconds, "trial finished"),
        }
    }

    fn new_best(&mut self, trial: &TrialRecord) {
        let (number, value) = (trial.number(), trial.value());
        event!(info, self, trial = number, value, params = self.params(trial), "new best");
    }

    fn new_on_front(&mut self, trial: &TrialRecord, size: usize) {
        let (number, front) = (trial.number(), size as u64);
        let values = tracing::field::debug(trial.values());
        event!(
            info,
            self,
            trial = number,
            values,
            front,
            params = self.params(trial),
            "new on the front"
        );
    }

    fn study_finished(&mut self, reason: StopReason) {
        event!(info, self, %reason, "study finished");
    }

    fn study_failed(&mut self, error: &Error) {
        event!(error, self, error = error as &(dyn std::error::Error + 'static), "study failed");
    }
}
