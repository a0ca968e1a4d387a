use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::StudyBuilder;
use super::regret::{RegretBound, Tolerance};
use crate::error::{Error, Result};
use crate::trial::Direction;

/// When a run ends, apart from its number of trials.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) time_limit: Option<Duration>,
    pub(super) target: Option<f64>,
    pub(super) patience: Option<u64>,
    pub(super) failures: Option<u64>,
    pub(super) retries: u32,
    pub(super) regret: Option<Tolerance>,
}

impl Rules {
    /// Whether a value is as good as asked for.
    pub(super) fn reaches_target(&self, value: f64, direction: Direction) -> bool {
        self.target.is_some_and(|target| direction.orient(value) <= direction.orient(target))
    }

    /// Refuses numbers that make no sense.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(target) = self.target.filter(|target| target.is_nan()) {
            let value = target.to_string();
            return Err(Error::InvalidOption { option: "target", value, remedy: "use a number" });
        }
        if let Some(Tolerance::Known(tolerance)) = self.regret
            && !(tolerance > 0.0 && tolerance.is_finite())
        {
            return Err(Error::InvalidOption {
                option: "stop_at_regret",
                value: tolerance.to_string(),
                remedy: "use a positive number, a difference of the goal that does not matter to you, \
                         or `stop_when_settled` to have it learned",
            });
        }
        Ok(())
    }
}

impl<C> StudyBuilder<C> {
    /// Begins no trial after this time; those that run come to their end.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.rules.time_limit = Some(limit);
        self
    }

    /// Ends the run when a trial is this good or better, and keeps all limits and outcome constraints. For
    /// one goal.
    pub fn target(mut self, value: f64) -> Self {
        self.rules.target = Some(value);
        self
    }

    /// Ends the run when `trials` trials in a row have not improved on the best one, or with several goals
    /// on the front: each was dominated, equal to a trial of the front, or infeasible.
    pub fn stop_after_no_improvement(mut self, trials: u64) -> Self {
        self.rules.patience = Some(trials);
        self
    }

    /// Ends the run when `trials` trials in a row have failed.
    pub fn stop_after_failures(mut self, trials: u64) -> Self {
        self.rules.failures = Some(trials);
        self
    }

    /// Runs a config that failed again, up to `times` times, each as a trial of its own; 0 by default.
    pub fn retry(mut self, times: u32) -> Self {
        self.rules.retries = times;
        self
    }

    /// Ends the run when more trials are not worth it: when no config is believed to be better than the
    /// best trial by more than the noise of that trial, or by more than 7 % of the gap between it and a
    /// typical config. [`Study::regret_bound`](crate::Study::regret_bound) says how that is known, and
    /// [`StopReason::Settled`] tells the numbers.
    ///
    /// The noise is the metric [`NOISE`](crate::trial::NOISE) of the best trial, such as the standard
    /// error over folds or repeats, with its variance doubled: folds share what they train on, and of
    /// repeats two means are compared. Where trials tell none, it is learned. Where you know which
    /// difference does not matter to you, [`stop_at_regret`](Self::stop_at_regret) takes that instead;
    /// of the two, what was said last counts.
    ///
    /// It takes 20 trials at least; 2 for each parameter; and those of the sampler's
    /// [initial design](crate::Sampler::initial_design). From then on the bound is computed whenever a
    /// twentieth of the trials has been added. A study that is settled ends again at
    /// once when it is continued, unless configs wait to be tried.
    ///
    /// On recorded trainings and functions it saves three of ten trials, for a mean loss of 0.3 % of
    /// the way from the best config to the median (`benches/early_stopping.md`). In spaces of which
    /// little is known after all trials it saves nothing.
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::{StopReason, Study, Trial};
    ///
    /// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
    /// let study = Study::in_space(space).seed(1).stop_when_settled().build()?;
    /// let reason = study.optimize(|p: Params, _: &mut Trial| p.float("x").map(|x| x * x), 100)?;
    /// assert!(matches!(reason, StopReason::Settled(_)));
    /// println!("{reason}");
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn stop_when_settled(mut self) -> Self {
        self.rules.regret = Some(Tolerance::Learned);
        self
    }

    /// As [`stop_when_settled`](Self::stop_when_settled), when no config is believed to be better than
    /// the best trial by more than `tolerance`, a difference in units of the goal: 0.002 for an
    /// accuracy of which two thousandths do not matter.
    pub fn stop_at_regret(mut self, tolerance: f64) -> Self {
        self.rules.regret = Some(Tolerance::Known(tolerance));
        self
    }
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// All trials were run.
    Trials,
    /// The time limit has passed.
    TimeLimit,
    /// A trial has reached the target.
    Target,
    /// Too many trials in a row brought no improvement.
    NoImprovement,
    /// More trials are not worth it: no config is believed to be better than the best trial by more than
    /// this.
    Settled(RegretBound),
    /// Too many trials in a row failed.
    Failures,
    /// There is nothing left to try.
    Exhausted,
    /// No legal config was found that was not tried, although not all could be looked at.
    NothingNew,
    /// Somebody stopped the study.
    Stopped,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            StopReason::Settled(regret) => return regret.fmt(f),
            StopReason::Trials => "all trials were run",
            StopReason::TimeLimit => "the time limit has passed",
            StopReason::Target => "the target was reached",
            StopReason::NoImprovement => "no improvement for too many trials",
            StopReason::Failures => "too many failures in a row",
            StopReason::Exhausted => {
                "every point of the space, or of the sampler's grid, was tried"
            }
            StopReason::NothingNew => "no untried legal config was found",
            StopReason::Stopped => "the study was stopped",
        })
    }
}
