use super::{Pruner, Verdict};
use crate::curves::{Curve, Curves, Expected, Foresight};
use crate::error::{Error, Result};
use crate::math::improvement::log_improvement;
use crate::math::random::Stream;
use crate::math::special::normal_cdf;

/// The default: stops a trial when a step of it promises less than a step of a new trial.
///
/// Trials are compared at [rungs](crate::curves::Rungs), reports number 1, 2, 3, 4, 6, 8, 11, 16, … counted from
/// 0. There a trial's final score is [expected](Foresight::expected) to be normal with mean μ and
/// deviation σ, and that of a new trial standard normal. With f the score of the best trial that
/// came to its end, EI the expected improvement on it (Mockus 1975), n the reports of a whole run and
/// r those that are left, the trial goes on if
///
/// EI(μ, σ; f)/r ≥ κ EI(0, 1; f)/n.
///
/// So the rule becomes stricter as better trials end, and less strict as a trial comes near its end.
/// What would be stopped goes on as an [audit](Verdict::Audit) as long as audits have made less than
/// a tenth of all reports. Without them a study would never learn that early reports mislead.
///
/// Nothing is stopped before a trial has come to its end, or at the first report. In a study with
/// [checkpoints](crate::study::StudyBuilder::checkpoints) κ is higher, and a trial that was stopped goes on when a
/// step of it promises more than a step of a new one, unless the sampler chooses among them.
///
/// ```
/// use tunewright::pruner::MarginalValuePruner;
/// use tunewright::space::{Params, Scale, Space};
/// use tunewright::{Study, Trial};
///
/// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
/// let study = Study::in_space(space).pruner(MarginalValuePruner::new().kappa(1.0)).build()?;
/// let train = |p: Params, trial: &mut Trial| -> tunewright::Result<f64> {
///     let loss = p.float("x")?.abs();
///     for step in 0..20 {
///         trial.report(step, loss + 1.0 / (1 + step) as f64)?;
///     }
///     Ok(loss)
/// };
/// study.optimize(train, 30)?;
/// assert!(study.history()?.pruned().count() > 0);
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MarginalValuePruner {
    /// `None` for what is usual.
    kappa: Option<f64>,
    audits: f64,
}

/// κ, for trials that are stopped for good and for those that can go on, and the share of audits, by
/// measurement on recorded curves (`benches/early_stopping.md`).
const KAPPA: f64 = 0.5;
const KAPPA_PAUSING: f64 = 4.0;
const AUDITS: f64 = 0.1;

impl Default for MarginalValuePruner {
    fn default() -> Self {
        MarginalValuePruner { kappa: None, audits: AUDITS }
    }
}

impl MarginalValuePruner {
    /// The rule with its defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// κ, what a step of a trial must promise as a share of what a step of a new one promises, from 0
    /// (nothing is stopped). By default it is ½, and 4 in a study with
    /// [checkpoints](crate::study::StudyBuilder::checkpoints), whose trials can go on later. With 1 instead of ½
    /// more is stopped, which is faster where early reports tell much, and less safe elsewhere.
    pub fn kappa(mut self, kappa: f64) -> Self {
        self.kappa = Some(kappa);
        self
    }

    /// The share of all reports that come from audits, from 0 to 1; 0.1 by default.
    pub fn audits(mut self, share: f64) -> Self {
        self.audits = share;
        self
    }
}

impl Pruner for MarginalValuePruner {
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
        let Some((step, _)) = trial.last() else { return Verdict::Continue };
        // Cheaper than the scores, which few reports need.
        let reached = curves.rungs().and_then(|rungs| rungs.reached_by(trial, step));
        let Some(rung) = reached.filter(|rung| *rung > 0 && !trial.is_audited()) else {
            return Verdict::Continue;
        };
        let Some(foresight) = Foresight::learn(curves) else { return Verdict::Continue };
        let (Some(best), Some(expected)) = (foresight.best(), foresight.expected(trial.number()))
        else {
            return Verdict::Continue;
        };
        let (all, done) = (foresight.rungs().reports(), foresight.rungs().reports_until(rung));
        let usual = if curves.can_go_on() { KAPPA_PAUSING } else { KAPPA };
        let worth = worth_of_a_step(expected, best, all - done);
        if worth >= self.kappa.unwrap_or(usual) * worth_of_a_new_step(best, all) {
            return Verdict::Continue;
        }
        let (rank, of) = foresight.rank(trial.number()).unwrap_or_default();
        let chance = 100.0 * normal_cdf((best - expected.mean) / expected.deviation);
        let reason = format!(
            "rank {rank} of {of} after {done} of {all} reports; chance to become the best {chance:.1} %"
        );
        let (audited, total) = reports(curves);
        if (audited as f64) < self.audits * total as f64 {
            return Verdict::Audit(reason);
        }
        Verdict::Stop(reason)
    }

    fn promote(&self, paused: &[&Curve], curves: &Curves, _: &mut Stream) -> Option<u64> {
        let foresight = Foresight::learn(curves)?;
        let (best, rungs) = (foresight.best()?, foresight.rungs());
        let worth = |number| {
            let done = rungs.reports_until(foresight.rung(number)?);
            let left = rungs.reports().checked_sub(done).filter(|left| *left > 0)?;
            Some(worth_of_a_step(foresight.expected(number)?, best, left))
        };
        let new = worth_of_a_new_step(best, rungs.reports());
        let worths =
            paused.iter().filter_map(|trial| Some((worth(trial.number())?, trial.number())));
        let better = worths.filter(|(worth, _)| *worth >= new);
        // Of equals the one with the lower number.
        let first =
            better.max_by(|left, right| left.0.total_cmp(&right.0).then(right.1.cmp(&left.1)));
        first.map(|(_, number)| number)
    }

    fn check(&self) -> Result<()> {
        if let Some(kappa) = self.kappa.filter(|kappa| !(*kappa >= 0.0 && kappa.is_finite())) {
            return Err(Error::InvalidOption {
                option: "kappa",
                value: kappa.to_string(),
                remedy: "use a number from 0, with which nothing is stopped, such as 0.5",
            });
        }
        if !(0.0..=1.0).contains(&self.audits) {
            return Err(Error::InvalidOption {
                option: "audits",
                value: self.audits.to_string(),
                remedy: "it is a share from 0 to 1, such as 0.1",
            });
        }
        Ok(())
    }
}

/// How many reports were made by audited trials, and by all.
fn reports(curves: &Curves) -> (usize, usize) {
    let mut audited = 0;
    let mut all = 0;
    for curve in curves.iter() {
        let count = curve.reports().len();
        all += count;
        if curve.is_audited() {
            audited += count;
        }
    }
    (audited, all)
}

/// What a step promises of a trial that has so many left.
fn worth_of_a_step(expected: Expected, best: f64, left: usize) -> f64 {
    improvement(expected.mean, expected.deviation, best) / left as f64
}

/// The same for a new trial.
fn worth_of_a_new_step(best: f64, reports: usize) -> f64 {
    improvement(0.0, 1.0, best) / reports as f64
}

/// Expected improvement of a normal variable below `best`.
fn improvement(mean: f64, deviation: f64, best: f64) -> f64 {
    let deviation = deviation.max(f64::MIN_POSITIVE.sqrt());
    deviation * log_improvement((best - mean) / deviation).0.exp()
}
