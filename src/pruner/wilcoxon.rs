use super::judging::{self, number, reported, worse};
use super::{Pruner, Verdict};
use crate::curves::{Curve, Curves};
use crate::error::{Error, Result};
use crate::math::statistics::mean;
use crate::math::wilcoxon::signed_rank_above;

/// Stops a trial whose values on folds or repeats are worse than those of the best trial on the same ones, by
/// a signed-rank test.
///
/// For objectives that are means of many independent values: folds of a cross-validation, random seeds,
/// problem instances. The step is the number of the fold and the report its own value, not the mean so
/// far. Folds may come in any order, which is best shuffled; the same step must be the same fold in all
/// trials. Other pruners take reports for a curve and must not be used for such values.
///
/// A trial is stopped where two things hold: the one-sided test of its values against those of the best
/// complete trial at the common steps has a p-value below the threshold, and the mean of its values is
/// worse than that of the best trial's. The test is repeated at each report, so that more than the given
/// share of equally good trials is stopped. As Optuna's pruner of this name, but for ties among 14 to 50
/// values the p-value is exact here and approximate there.
///
/// ```
/// use tunewright::pruner::WilcoxonPruner;
/// use tunewright::{Params, Study, Trial, space::{Scale, Space}};
///
/// let space = Space::builder().float("lr", 1e-5..=1.0, Scale::Log).build()?;
/// let study = Study::in_space(space).seed(1).pruner(WilcoxonPruner::new()).build()?;
/// # let error = |params: &Params, fold: u64| -> tunewright::Result<f64> {
/// #     Ok(params.float("lr")? + 0.01 * fold as f64)
/// # };
/// let objective = |params: Params, trial: &mut Trial| -> tunewright::Result<f64> {
///     let mut sum = 0.0;
///     for fold in 0..10 {
///         let error = error(&params, fold)?;
///         trial.report(fold, error)?;
///         sum += error;
///     }
///     Ok(sum / 10.0)
/// };
/// study.optimize(objective, 20)?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct WilcoxonPruner {
    p_threshold: f64,
    start_steps: usize,
}

impl Default for WilcoxonPruner {
    fn default() -> Self {
        WilcoxonPruner { p_threshold: 0.1, start_steps: 2 }
    }
}

impl WilcoxonPruner {
    /// The rule with its defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// A trial is stopped at a p-value below this; 0.1 by default, and from 0 to 1. Higher stops more.
    pub fn p_threshold(mut self, p: f64) -> Self {
        self.p_threshold = p;
        self
    }

    /// How many steps must be common with the best trial; 2 by default, and never fewer than 2.
    pub fn start_steps(mut self, steps: usize) -> Self {
        self.start_steps = steps;
        self
    }
}

/// The losses of a trial; `None` if one is infinite or no number.
fn losses(curve: &Curve) -> Option<Vec<f64>> {
    curve.reports().iter().map(|(_, loss)| loss.is_finite().then_some(*loss)).collect()
}

/// Whether there is no report to come: by the number of reports, because folds come in any order.
fn is_over(trial: &Curve, curves: &Curves, step: u64) -> bool {
    let reports = judging::others(trial, curves).map(|other| other.reports().len()).max();
    let all = reports.is_some_and(|all| trial.reports().len() >= all);
    all && curves.last_step().is_none_or(|last| step >= last)
}

impl Pruner for WilcoxonPruner {
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
        let Some((step, _)) = judging::may_stop(trial, curves) else { return Verdict::Continue };
        if is_over(trial, curves, step) {
            return Verdict::Continue;
        }
        let complete = judging::others(trial, curves);
        let rated = complete.filter_map(|other| Some((other.loss()?, other)));
        let Some((_, best)) = rated.min_by(|(left, _), (right, _)| left.total_cmp(right)) else {
            return Verdict::Continue;
        };
        let (Some(own), Some(bests)) = (losses(trial), losses(best)) else {
            return Verdict::Continue;
        };
        let at_best = |step: u64| {
            let at = best.reports().binary_search_by_key(&step, |(at, _)| *at).ok()?;
            best.reports().get(at).map(|(_, loss)| *loss)
        };
        let reports = trial.reports().iter();
        let differences: Vec<f64> =
            reports.filter_map(|&(step, loss)| Some(loss - at_best(step)?)).collect();
        if differences.len() < self.start_steps.max(2) {
            return Verdict::Continue;
        }
        let (own, bests) = (mean(&own), mean(&bests));
        let p = signed_rank_above(&differences);
        // Where one of them is NaN, there is no reason to stop.
        if !(p < self.p_threshold && own > bests) {
            return Verdict::Continue;
        }
        let direction = curves.direction();
        let (common, best) = (differences.len(), best.number());
        let (own, bests) = (reported(own, direction), reported(bests, direction));
        let (side, p) = (worse(direction), number(p));
        Verdict::Stop(format!(
            "its mean {own} is {side} {bests}, the mean of trial {best}, and a signed-rank test over {common} \
             common steps has p = {p}"
        ))
    }

    fn check(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.p_threshold) {
            return Err(Error::InvalidOption {
                option: "p_threshold",
                value: self.p_threshold.to_string(),
                remedy: "use a probability from 0, which never stops, to 1, such as 0.1",
            });
        }
        Ok(())
    }
}
