use super::judging::{audited, number};
use super::seconds::Seconds;
use super::{Pruner, Verdict};
use crate::curves::{Curve, Curves, Expected, Foresight};
use crate::error::{Error, Result};
use crate::math::improvement::log_improvement;
use crate::math::random::Stream;
use crate::math::special::normal_cdf;

/// The default: stops a trial when a step of it promises less than a step of a new trial.
///
/// Trials are compared at [rungs](crate::curves::Rungs), reports number 1, 2, 3, 4, 6, 8, 11, 16, … counted
/// from 0. There a trial's final score is [expected](Foresight::expected) to be normal with mean μ and
/// deviation σ, and that of a new trial standard normal. With f the score of the best trial that came to its
/// end, EI the expected improvement on it (Mockus 1975), n the reports of a whole run and r those that are
/// left, the trial goes on if
///
/// EI(μ, σ; f)/r ≥ κ EI(0, 1; f)/n.
///
/// So the rule becomes stricter as better trials end, and less strict as a trial comes near its end.
/// What would be stopped goes on as an [audit](Verdict::Audit) as long as audits have made less than
/// a tenth of all reports. Without them a study would never learn that early reports mislead. The first complete
/// trial counts as an audit where trials cannot go on, because no comparison could stop it. A trial that a model has
/// [chosen](crate::trial::metric::CHOSEN_BY_MODEL) by early reports of others is no audit: where such reports
/// mislead, the model seeks trials that end badly, and the ones that end well would go on being stopped.
///
/// Nothing is stopped before a trial has come to its end, or at the first report. In a study with
/// [checkpoints](crate::study::StudyBuilder::checkpoints) κ is higher once a trial has saved one, and a trial
/// that was stopped goes on when a step of it promises more than a step of a new one, unless the sampler chooses
/// among them.
///
/// Steps are worth the same whatever they take. Where they do not take the same time, compare
/// [seconds](Self::per_second).
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
    /// Whether seconds are compared, and not steps.
    per_second: bool,
}

/// κ, for trials that are stopped for good, for those that can go on and for those that have gone on, and the
/// share of audits, by measurement on recorded curves (`benches/early_stopping.md`).
const KAPPA: f64 = 0.5;
const KAPPA_PAUSING: f64 = 4.0;
const KAPPA_GONE_ON: f64 = 1.0;
const AUDITS: f64 = 0.1;

impl Default for MarginalValuePruner {
    fn default() -> Self {
        MarginalValuePruner { kappa: None, audits: AUDITS, per_second: false }
    }
}

impl MarginalValuePruner {
    /// The rule with its defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// κ, what a step of a trial must promise as a share of what a step of a new one promises, from 0
    /// (nothing is stopped). By default it is ½. In a study with
    /// [checkpoints](crate::study::StudyBuilder::checkpoints), whose trials can go on later, it is 4 once a trial has
    /// saved one, and 1 for a trial that has gone on. With 1 instead of ½ more is stopped, which is faster where
    /// early reports tell much, and less safe elsewhere.
    pub fn kappa(mut self, kappa: f64) -> Self {
        self.kappa = Some(kappa);
        self
    }

    /// The share of all reports that come from audits, from 0 to 1; 0.1 by default.
    pub fn audits(mut self, share: f64) -> Self {
        self.audits = share;
        self
    }

    /// Compares a second of a trial with a second of a new one, where steps of one config take longer
    /// than those of another. n is then the mean of what whole runs take, and r what is left of this
    /// one at its own pace; audits make up to their share of all seconds. So slow trials are stopped
    /// sooner than quick ones with the same curve.
    ///
    /// What a trial has taken up to a report is measured by the study. A trial that knows better, as
    /// where a machine serves several, records its seconds so far as
    /// [`metric::SECONDS`](crate::trial::metric::SECONDS) before each report.
    ///
    /// ```
    /// use tunewright::pruner::MarginalValuePruner;
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::{Study, Trial};
    ///
    /// let space = Space::builder().int("width", 16..=1024, Scale::Log).build()?;
    /// let pruner = MarginalValuePruner::new().per_second();
    /// let study = Study::in_space(space).pruner(pruner).build()?;
    /// # let _: &Study<Params> = &study;
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn per_second(mut self) -> Self {
        self.per_second = true;
        self
    }
}

impl Pruner for MarginalValuePruner {
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
        let Some((step, _)) = trial.last() else { return Verdict::Continue };
        // Cheaper than the scores, which few reports need.
        let reached = curves.rungs().and_then(|rungs| rungs.reached_by(trial, step));
        if reached.is_none_or(|rung| rung == 0) || trial.is_audited() {
            return Verdict::Continue;
        }
        let Some(foresight) = Foresight::learn(curves) else { return Verdict::Continue };
        let Some(compared) = self.compare(trial, curves, &foresight) else {
            return Verdict::Continue;
        };
        let Compared { expected, best, left, whole, here, new, seconds } = compared;
        let usual = match curves.can_go_on() {
            false => KAPPA,
            true if curves.has_gone_on(trial.number()) => KAPPA_GONE_ON,
            true => KAPPA_PAUSING,
        };
        if here >= self.kappa.unwrap_or(usual) * new {
            return Verdict::Continue;
        }
        let all = foresight.rungs().reports();
        let done = reached.map_or(all, |rung| foresight.rungs().reports_until(rung));
        let (rank, of) = foresight.rank(trial.number()).unwrap_or_default();
        let chance = 100.0 * normal_cdf((best - expected.mean) / expected.deviation);
        let aim = if curves.are_by_front() { "come to the front" } else { "become the best" };
        let mut reason = format!(
            "rank {rank} of {of} after {done} of {all} reports; chance to {aim} {chance:.1} %"
        );
        if seconds.is_some() {
            let [left, whole] = [left, whole].map(number);
            reason += &format!("; the rest takes {left} s, a whole trial {whole} s");
        }
        let (audited, total) = match seconds {
            Some(Seconds { audited, spent, .. }) => (audited, spent),
            None => reports(curves),
        };
        // Models choose what early reports favour: where these mislead, it ends badly and shows nothing else.
        let may_be_audited = !trial.is_chosen_by_model();
        if may_be_audited && audited < self.audits * total {
            return Verdict::Audit(reason);
        }
        Verdict::Stop(reason)
    }

    fn promote(&self, paused: &[&Curve], curves: &Curves, _: &mut Stream) -> Option<u64> {
        let foresight = Foresight::learn(curves)?;
        let compared = |trial: &&Curve| {
            let Compared { here, new, .. } = self.compare(trial, curves, &foresight)?;
            (here >= new).then(|| (here / new, trial.number()))
        };
        // Of equals the one with the lower number.
        let higher = |one: &(f64, u64), other: &(f64, u64)| {
            one.0.total_cmp(&other.0).then(other.1.cmp(&one.1))
        };
        paused.iter().filter_map(compared).max_by(higher).map(|(_, number)| number)
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

/// A trial beside a new one.
struct Compared {
    expected: Expected,
    /// The score of the best trial that came to its end.
    best: f64,
    /// What is left of the trial and what a whole one takes, in reports or seconds.
    left: f64,
    whole: f64,
    /// What a report or a second promises, here and of a new trial.
    here: f64,
    new: f64,
    seconds: Option<Seconds>,
}

impl MarginalValuePruner {
    /// `None` where there is nothing to compare, or nothing left of the trial.
    fn compare(&self, trial: &Curve, curves: &Curves, foresight: &Foresight) -> Option<Compared> {
        let (best, rungs) = (foresight.best()?, foresight.rungs());
        let expected = foresight.expected(trial.number())?;
        let (all, done) = (rungs.reports(), rungs.reports_until(foresight.rung(trial.number())?));
        let reports_left = all.checked_sub(done).filter(|left| *left > 0)?;
        let seconds = self.per_second.then(|| Seconds::of(trial, curves, rungs)).flatten();
        let (left, whole) = match seconds {
            Some(Seconds { left, whole, .. }) => (left, whole),
            None => (reports_left as f64, all as f64),
        };
        let here = improvement(expected.mean, expected.deviation, best) / left;
        let new = improvement(0.0, 1.0, best) / whole;
        Some(Compared { expected, best, left, whole, here, new, seconds })
    }
}

/// How many reports were made by audited trials, and by all.
fn reports(curves: &Curves) -> (f64, f64) {
    let count = |curve: &Curve| curve.reports().len() as f64;
    (audited(curves).map(count).sum(), curves.iter().map(count).sum())
}

/// Expected improvement of a normal variable below `best`.
fn improvement(mean: f64, deviation: f64, best: f64) -> f64 {
    let deviation = deviation.max(f64::MIN_POSITIVE.sqrt());
    deviation * log_improvement((best - mean) / deviation).0.exp()
}
