use super::judging::{self, reported};
use super::{Pruner, Verdict};
use crate::curves::{Curve, Curves, Rungs};
use crate::error::{Error, Result};

/// Asynchronous successive halving: at rungs that are ever further apart, only the best quarter of the
/// trials that have come as far goes on (Li et al. 2020, A system for massively parallel
/// hyperparameter tuning, in the stopping form of Optuna).
///
/// Strong where early reports say much about the end, with hundreds of cheap trials; weak where
/// curves cross, since it learns nothing about how reliable early reports are. The
/// [default](super::MarginalValuePruner) does.
///
/// The rungs are the reports number `min_resource`, times `reduction_factor`, times its square, and so
/// on, of a whole run, counted from 0: 1, 4, 16, 64, … by default. The steps of these reports are
/// those of the longest complete trial. A trial that reports at other steps is judged when it reaches
/// a rung's step or passes it, by what all have reported until its own step. Among fewer trials than
/// `reduction_factor`, the best one goes on.
///
/// ```
/// use tunewright::pruner::SuccessiveHalvingPruner;
/// use tunewright::{Study, space::{Scale, Space}};
///
/// let space = Space::builder().float("lr", 1e-5..=1.0, Scale::Log).build()?;
/// let pruner = SuccessiveHalvingPruner::new().reduction_factor(3);
/// let study = Study::in_space(space).pruner(pruner).build()?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SuccessiveHalvingPruner {
    min_resource: usize,
    reduction_factor: usize,
    min_early_stopping_rate: u32,
}

impl Default for SuccessiveHalvingPruner {
    fn default() -> Self {
        SuccessiveHalvingPruner { min_resource: 1, reduction_factor: 4, min_early_stopping_rate: 0 }
    }
}

impl SuccessiveHalvingPruner {
    /// The rule with its defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of the report, counted from 0, at which trials are first judged; 1 by default, and at
    /// least 1.
    pub fn min_resource(mut self, report: usize) -> Self {
        self.min_resource = report;
        self
    }

    /// η: how many times further apart each rung is, and one of how many trials goes on; 4 by
    /// default, and at least 2.
    pub fn reduction_factor(mut self, factor: usize) -> Self {
        self.reduction_factor = factor;
        self
    }

    /// How many of the first rungs are left out; 0 by default.
    pub fn min_early_stopping_rate(mut self, rungs: u32) -> Self {
        self.min_early_stopping_rate = rungs;
        self
    }
}

impl Pruner for SuccessiveHalvingPruner {
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
        let Some(steps) = curves.rungs().map(Rungs::schedule) else { return Verdict::Continue };
        let rungs = self.reduction_factor.checked_pow(self.min_early_stopping_rate);
        let Some(first) = rungs.and_then(|times| self.min_resource.checked_mul(times)) else {
            return Verdict::Continue;
        };
        let halving = Halving { steps, first, factor: self.reduction_factor };
        let reason = halving.judge(trial, curves, |_| true, "trials");
        reason.map_or(Verdict::Continue, Verdict::Stop)
    }

    fn check(&self) -> Result<()> {
        check(self.min_resource, self.reduction_factor)
    }
}

pub(super) fn check(min_resource: usize, reduction_factor: usize) -> Result<()> {
    if min_resource == 0 {
        return Err(Error::InvalidOption {
            option: "min_resource",
            value: "0".into(),
            remedy: "use at least 1, because the first report, number 0, says nothing",
        });
    }
    if reduction_factor < 2 {
        return Err(Error::InvalidOption {
            option: "reduction_factor",
            value: reduction_factor.to_string(),
            remedy: "use at least 2, such as 4",
        });
    }
    Ok(())
}

/// Halving among some trials.
pub(super) struct Halving<'a> {
    /// The steps of a whole run.
    pub(super) steps: &'a [u64],
    /// The number of the first report that is a rung.
    pub(super) first: usize,
    pub(super) factor: usize,
}

impl Halving<'_> {
    /// The steps of the rungs.
    fn rungs(&self) -> impl Iterator<Item = u64> {
        let factor = self.factor.max(2);
        let first = self.first.max(1);
        let numbers = std::iter::successors(Some(first), move |number| number.checked_mul(factor));
        numbers.map_while(|number| self.steps.get(number)).copied()
    }

    /// Why the trial is stopped; `None` if it goes on. It is compared with itself and with the trials that
    /// compete with it, which are called `group`.
    pub(super) fn judge(
        &self,
        trial: &Curve,
        curves: &Curves,
        competes: impl Fn(&Curve) -> bool,
        group: &str,
    ) -> Option<String> {
        let (step, loss) = judging::latest(trial, curves)?;
        let (before, _) = *trial.reports().iter().rev().nth(1)?;
        for rung in self.rungs().filter(|rung| (before + 1..=step).contains(rung)) {
            let has_come = |curve: &&Curve| curve.last().is_some_and(|(last, _)| last >= rung);
            let rivals = curves.iter().filter(|curve| competes(curve)).filter(has_come);
            let (mut count, mut better) = (0, 0);
            for theirs in rivals.filter_map(|curve| curve.loss_at(step)) {
                count += 1;
                better += usize::from(theirs < loss);
            }
            let places = (count / self.factor.max(2)).max(1);
            if better >= places {
                let value = reported(loss, curves.direction());
                let rank = better + 1;
                let go_on = match places {
                    1 => "only the best goes on".to_owned(),
                    _ => format!("only the best {places} go on"),
                };
                return Some(format!(
                    "its value {value} has rank {rank} of {count} {group} at step {step}, of which {go_on}"
                ));
            }
        }
        None
    }
}
