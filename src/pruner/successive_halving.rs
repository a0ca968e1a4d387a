use super::judging::{self, reported};
use super::{Pruner, Verdict};
use crate::curves::{Curve, Curves};
use crate::error::{Error, Result};
use crate::math::random::Stream;

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
        let Some(halving) = self.halving(curves) else { return Verdict::Continue };
        let reason = halving.judge(trial, curves, |_| true, "trials");
        reason.map_or(Verdict::Continue, Verdict::Stop)
    }

    fn promote(&self, paused: &[&Curve], curves: &Curves, _: &mut Stream) -> Option<u64> {
        self.halving(curves)?.promote(paused, curves, |_| true)
    }

    fn check(&self) -> Result<()> {
        check(self.min_resource, self.reduction_factor)
    }
}

impl SuccessiveHalvingPruner {
    /// `None` while the rungs are not known.
    fn halving<'a>(&self, curves: &'a Curves) -> Option<Halving<'a>> {
        let steps = curves.rungs()?.schedule();
        let times = self.reduction_factor.checked_pow(self.min_early_stopping_rate)?;
        let first = self.min_resource.checked_mul(times)?;
        Some(Halving { steps, first, factor: self.reduction_factor })
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

    /// The trial to go on with: one that is among the best of all that have come to its rung, of the highest
    /// rung with such a trial the best (Li et al. 2020, algorithm 2).
    pub(super) fn promote(
        &self,
        paused: &[&Curve],
        curves: &Curves,
        competes: impl Fn(&Curve) -> bool,
    ) -> Option<u64> {
        let rungs: Vec<u64> = self.rungs().collect();
        for (at, &rung) in rungs.iter().enumerate().rev() {
            let is_past = |step: u64| rungs.get(at + 1).is_some_and(|next| step >= *next);
            let has_come = |curve: &&Curve| curve.last().is_some_and(|(last, _)| last >= rung);
            let rivals = curves.iter().filter(|curve| competes(curve)).filter(has_come);
            let mut losses: Vec<f64> = rivals.filter_map(|curve| curve.loss_at(rung)).collect();
            losses.sort_by(f64::total_cmp);
            let places = losses.len() / self.factor.max(2);
            let Some(&last) = places.checked_sub(1).and_then(|place| losses.get(place)) else {
                continue;
            };
            let here =
                paused.iter().filter(|curve| competes(curve)).filter(|curve| has_come(curve));
            let here = here.filter(|curve| curve.last().is_some_and(|(step, _)| !is_past(step)));
            let losses = here.filter_map(|curve| Some((curve.loss_at(rung)?, curve.number())));
            let among_best = losses.filter(|(loss, _)| *loss <= last);
            let best = among_best
                .min_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
            if let Some((_, number)) = best {
                return Some(number);
            }
        }
        None
    }
}
