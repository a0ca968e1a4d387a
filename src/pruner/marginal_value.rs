use super::{Pruner, Verdict};
use crate::curves::{Curve, Curves, Foresight, Rungs};
use crate::error::{Error, Result};
use crate::math::special::{normal_cdf, normal_pdf};

/// The default: stops a trial when a step of it promises less than a step of a new trial.
#[derive(Clone, Debug, PartialEq)]
pub struct MarginalValuePruner {
    caution: f64,
    audits: f64,
}

impl Default for MarginalValuePruner {
    fn default() -> Self {
        MarginalValuePruner { caution: 0.5, audits: 0.1 }
    }
}

impl MarginalValuePruner {
    /// The rule with its defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// κ
    pub fn kappa(mut self, kappa: f64) -> Self {
        self.caution = kappa;
        self
    }

    /// The share of all steps that are spent on trials that would have been stopped.
    pub fn audits(mut self, share: f64) -> Self {
        self.audits = share;
        self
    }
}

impl Pruner for MarginalValuePruner {
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
        let Some((step, loss)) = trial.last() else { return Verdict::Continue };
        let rungs = Rungs::of(curves);
        let Some(rung) = rungs.and_then(|rungs| rungs.reached_by(trial, step)) else {
            return Verdict::Continue;
        };
        if rung == 0 || trial.is_audited() {
            return Verdict::Continue;
        }
        let _ = loss;
        let Some(foresight) = Foresight::learn(curves) else { return Verdict::Continue };
        let (Some(best), Some(expected)) = (foresight.best(), foresight.expected(trial.number()))
        else {
            return Verdict::Continue;
        };
        let all = foresight.rungs().reports() as f64;
        let left = all - foresight.rungs().reports_until(rung) as f64;
        let here = improvement(expected.mean, expected.deviation, best) / left;
        let fresh = improvement(0.0, 1.0, best) / all;
        if here >= self.caution * fresh {
            return Verdict::Continue;
        }
        let (rank, of) = foresight.rank(trial.number()).unwrap_or((0, 0));
        let chance = normal_cdf((best - expected.mean) / expected.deviation);
        let done = foresight.rungs().reports_until(rung);
        let reason = format!(
            "rank {rank} of {of} after {done} of {all} reports; chance to become the best {:.1} %",
            100.0 * chance
        );
        let (audited, total) = steps(curves);
        if (audited as f64) < self.audits * total as f64 {
            return Verdict::Audit(reason);
        }
        Verdict::Stop(reason)
    }

    fn check(&self) -> Result<()> {
        if !(self.caution >= 0.0 && self.caution.is_finite()) {
            return Err(Error::InvalidOption {
                option: "kappa",
                value: self.caution.to_string(),
                remedy: "use a number from 0, which never stops, such as 0.5",
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
fn steps(curves: &Curves) -> (usize, usize) {
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

/// Expected improvement of a normal variable below `best`.
fn improvement(mean: f64, deviation: f64, best: f64) -> f64 {
    if deviation <= 0.0 {
        return (best - mean).max(0.0);
    }
    let u = (best - mean) / deviation;
    deviation * (normal_pdf(u) + u * normal_cdf(u))
}
