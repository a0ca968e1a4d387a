use super::judging::{self, Timing, number};
use super::{Pruner, Verdict};
use crate::curves::{Curve, Curves, GoalCurves};
use crate::error::{Error, Result};

/// Stops a trial that reports a value outside of bounds.
///
/// For values of which one knows that nothing good comes of them: a loss that explodes, an accuracy at
/// the level of chance after the warm-up. Bounds are on the values as they are reported, whether the
/// study minimizes or maximizes. As Optuna's pruner of this name, but never at the first report, and
/// not before another trial is complete: bounds that no config keeps would otherwise leave the study
/// without a result.
///
/// With several goals, bounds are on the values of the first, and hold whatever the others are.
///
/// ```
/// use tunewright::pruner::ThresholdPruner;
/// use tunewright::{Study, space::{Scale, Space}};
///
/// let space = Space::builder().float("lr", 1e-5..=1.0, Scale::Log).build()?;
/// let pruner = ThresholdPruner::new().upper(10.0).warmup_steps(3);
/// let study = Study::in_space(space).pruner(pruner).build()?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ThresholdPruner {
    lower: Option<f64>,
    upper: Option<f64>,
    timing: Timing,
}

impl ThresholdPruner {
    /// No bounds yet; at least one is needed.
    pub fn new() -> Self {
        Self::default()
    }

    /// A trial that reports a lower value is stopped.
    pub fn lower(mut self, bound: f64) -> Self {
        self.lower = Some(bound);
        self
    }

    /// A trial that reports a higher value is stopped.
    pub fn upper(mut self, bound: f64) -> Self {
        self.upper = Some(bound);
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
}

impl Pruner for ThresholdPruner {
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
        let Some((step, loss)) = judging::latest(trial, curves) else { return Verdict::Continue };
        if !self.timing.is_due(trial) {
            return Verdict::Continue;
        }
        let value = curves.direction().orient(loss);
        let (side, bound) = match (self.lower, self.upper) {
            (Some(lower), _) if value < lower => ("below the lower", lower),
            (_, Some(upper)) if value > upper => ("above the upper", upper),
            _ => return Verdict::Continue,
        };
        let (value, bound) = (number(value), number(bound));
        Verdict::Stop(format!("its value {value} at step {step} is {side} bound {bound}"))
    }

    fn decide_by_goals(&self, trial: u64, curves: &GoalCurves) -> Verdict {
        let first = curves.each().first();
        let judged = first.and_then(|first| Some(self.decide(first.get(trial)?, first)));
        judged.unwrap_or(Verdict::Continue)
    }

    fn check(&self) -> Result<()> {
        let invalid = |option, value: f64, remedy| {
            Err(Error::InvalidOption { option, value: value.to_string(), remedy })
        };
        match (self.lower, self.upper) {
            (None, None) => Err(Error::InvalidOption {
                option: "bounds",
                value: "missing".into(),
                remedy: "give a lower or an upper bound, or both",
            }),
            (Some(lower), _) if lower.is_nan() => invalid("lower", lower, "use a number"),
            (_, Some(upper)) if upper.is_nan() => invalid("upper", upper, "use a number"),
            (Some(lower), Some(upper)) if lower > upper => {
                invalid("lower", lower, "use a number that is not above the upper bound")
            }
            _ => self.timing.check(),
        }
    }
}
