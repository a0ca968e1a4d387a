use super::judging::{self, Timing, reported, worse};
use super::{Pruner, Verdict};
use crate::curves::{Curve, Curves};
use crate::error::{Error, Result};
use crate::math::statistics::quantile;
use crate::trial::Direction;

/// Stops a trial whose best value so far is not among the best percentage of the values that complete trials had
/// at the same step.
///
/// The stricter or more lenient form of the [`MedianPruner`], with the same options. A trial's *best*
/// value so far is compared with the values of others *at* the step; where another trial has no
/// report at this very step, its latest earlier one counts. As Optuna's pruner of this name, but
/// the first report is never judged: before training, values say nothing about their configs, and
/// Optuna's default throws away half of the trials by them.
///
/// ```
/// use tunewright::pruner::PercentilePruner;
/// use tunewright::{Study, space::{Scale, Space}};
///
/// let space = Space::builder().float("lr", 1e-5..=1.0, Scale::Log).build()?;
/// // Whoever is not among the best quarter is stopped.
/// let study = Study::in_space(space).pruner(PercentilePruner::new(25.0)).build()?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PercentilePruner {
    percentile: f64,
    start_trials: usize,
    min_trials: usize,
    timing: Timing,
}

impl PercentilePruner {
    /// Keeps trials that are among the best `percentile` per cent, from 0 to 100: 50 is the median,
    /// and less stops more trials. Smaller is stricter whether the study minimizes or maximizes.
    pub fn new(percentile: f64) -> Self {
        PercentilePruner { percentile, start_trials: 5, min_trials: 1, timing: Timing::default() }
    }

    /// How many trials must be complete before one is stopped; 5 by default.
    pub fn start_trials(mut self, trials: usize) -> Self {
        self.start_trials = trials;
        self
    }

    /// How many complete trials must have reported until a step, so that others are compared with
    /// them there; 1 by default, and at least 1.
    pub fn min_trials(mut self, trials: usize) -> Self {
        self.min_trials = trials;
        self
    }

    /// No report of a step below this is judged; 0 by default. The first report never is.
    pub fn warmup_steps(mut self, steps: u64) -> Self {
        self.timing.warmup_steps = steps;
        self
    }

    /// The length of an interval in steps; 1 by default. Intervals begin after the warm-up, and only the
    /// first report in each is judged.
    pub fn interval_steps(mut self, steps: u64) -> Self {
        self.timing.interval_steps = steps;
        self
    }

    /// What the trial falls short of, in words; `None` if of nothing.
    fn shortfall(&self, trial: &Curve, curves: &Curves) -> Option<Shortfall> {
        let (step, _) = judging::latest(trial, curves)?;
        if !self.timing.is_due(trial) {
            return None;
        }
        let best = trial.lowest_until(step)?;
        let complete: Vec<&Curve> = judging::others(trial, curves).collect();
        if complete.len() < self.start_trials {
            return None;
        }
        let losses = complete.iter().filter_map(|curve| curve.loss_at(step));
        let losses: Vec<f64> = losses.filter(|loss| !loss.is_nan()).collect();
        if losses.len() < self.min_trials {
            return None;
        }
        // NaN, of which nothing falls short, if there are none.
        let limit = quantile(&losses, self.percentile / 100.0);
        (best > limit).then_some(Shortfall { best, limit, step, trials: losses.len() })
    }
}

struct Shortfall {
    best: f64,
    limit: f64,
    step: u64,
    trials: usize,
}

impl Shortfall {
    /// Best value, side, limit, number of trials and step, as sentences name them.
    fn words(&self, direction: Direction) -> [String; 5] {
        let (best, limit) = (reported(self.best, direction), reported(self.limit, direction));
        let side = worse(direction).to_owned();
        [best, side, limit, self.trials.to_string(), self.step.to_string()]
    }
}

impl Pruner for PercentilePruner {
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
        let Some(shortfall) = self.shortfall(trial, curves) else { return Verdict::Continue };
        let [best, side, limit, trials, step] = shortfall.words(curves.direction());
        let share = judging::number(self.percentile);
        Verdict::Stop(format!(
            "its best value {best} is {side} {limit}, the limit of the best {share} % of {trials} trials at step \
             {step}"
        ))
    }

    fn check(&self) -> Result<()> {
        if !(0.0..=100.0).contains(&self.percentile) {
            return Err(Error::InvalidOption {
                option: "percentile",
                value: self.percentile.to_string(),
                remedy: "use a number from 0 to 100, such as 25",
            });
        }
        if self.min_trials == 0 {
            return Err(Error::InvalidOption {
                option: "min_trials",
                value: "0".into(),
                remedy: "use at least 1 trial",
            });
        }
        self.timing.check()
    }
}

/// Stops a trial whose best value so far is worse than the median of the values that complete trials had at the
/// same step (Golovin et al. 2017, Google Vizier, section 3.2.2, in the form of Optuna).
///
/// Simple and without assumptions, and milder than [halving](super::SuccessiveHalvingPruner).
/// Values and options are those of the [`PercentilePruner`]. It never judges the first report, which
/// Optuna's pruner of this name does by default.
///
/// ```
/// use tunewright::pruner::MedianPruner;
/// use tunewright::{Study, space::{Scale, Space}};
///
/// let space = Space::builder().float("lr", 1e-5..=1.0, Scale::Log).build()?;
/// let pruner = MedianPruner::new().start_trials(10).warmup_steps(3);
/// let study = Study::in_space(space).pruner(pruner).build()?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MedianPruner(PercentilePruner);

impl Default for MedianPruner {
    fn default() -> Self {
        MedianPruner(PercentilePruner::new(50.0))
    }
}

impl MedianPruner {
    /// The rule with its defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many trials must be complete before one is stopped; 5 by default.
    pub fn start_trials(self, trials: usize) -> Self {
        MedianPruner(self.0.start_trials(trials))
    }

    /// How many complete trials must have reported until a step, so that others are compared with
    /// them there; 1 by default, and at least 1.
    pub fn min_trials(self, trials: usize) -> Self {
        MedianPruner(self.0.min_trials(trials))
    }

    /// No report of a step below this is judged; 0 by default. The first report never is.
    pub fn warmup_steps(self, steps: u64) -> Self {
        MedianPruner(self.0.warmup_steps(steps))
    }

    /// The length of an interval in steps; 1 by default. Intervals begin after the warm-up, and only the
    /// first report in each is judged.
    pub fn interval_steps(self, steps: u64) -> Self {
        MedianPruner(self.0.interval_steps(steps))
    }
}

impl Pruner for MedianPruner {
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
        let Some(shortfall) = self.0.shortfall(trial, curves) else { return Verdict::Continue };
        let [best, side, limit, trials, step] = shortfall.words(curves.direction());
        Verdict::Stop(format!(
            "its best value {best} is {side} the median {limit} of {trials} trials at step {step}"
        ))
    }

    fn check(&self) -> Result<()> {
        self.0.check()
    }
}
