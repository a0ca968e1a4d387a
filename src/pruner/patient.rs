use std::sync::Arc;

use super::judging::{self, number, reported, worse};
use super::{Pruner, Verdict};
use crate::curves::{Curve, Curves, GoalCurves};
use crate::error::{Error, Result};
use crate::math::random::Stream;
use crate::trial::Direction;

/// Asks another pruner only when a trial has not come back to its best value for a while; without
/// another pruner, stops the trial itself.
///
/// For jittery curves, at which other pruners are too quick. A trial is out of patience when none of its
/// latest `patience + 1` reports is within `min_delta` of the best value before them, or better. A curve that stays
/// level is therefore not stopped. As Optuna's pruner of this name.
///
/// With several goals, it is out of patience when that holds of every goal whose values have changed.
///
/// ```
/// use tunewright::pruner::{MedianPruner, PatientPruner};
/// use tunewright::{Study, space::{Scale, Space}};
///
/// let space = Space::builder().float("lr", 1e-5..=1.0, Scale::Log).build()?;
/// let pruner = PatientPruner::new(3).wrapping(MedianPruner::new());
/// let study = Study::in_space(space).pruner(pruner).build()?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PatientPruner {
    patience: usize,
    min_delta: f64,
    wrapped: Option<Arc<dyn Pruner>>,
}

impl PatientPruner {
    /// Stops a trial by itself; `patience` is a number of reports, 0 or more.
    pub fn new(patience: usize) -> Self {
        PatientPruner { patience, min_delta: 0.0, wrapped: None }
    }

    /// Asks this pruner about trials that are out of patience, instead of stopping them.
    pub fn wrapping(mut self, pruner: impl Pruner + 'static) -> Self {
        self.wrapped = Some(Arc::new(pruner));
        self
    }

    /// How much worse than the best value before them the latest reports may be; 0 by default.
    pub fn min_delta(mut self, delta: f64) -> Self {
        self.min_delta = delta;
        self
    }
}

/// The lowest loss that is a number; infinity if none is.
fn lowest(reports: &[(u64, f64)]) -> f64 {
    reports.iter().map(|(_, loss)| *loss).fold(f64::INFINITY, f64::min)
}

/// How the latest reports fall short of those before them.
struct Shortfall {
    before: f64,
    now: f64,
}

impl PatientPruner {
    /// `None` where patience is not at its end.
    fn shortfall(&self, trial: &Curve, curves: &Curves) -> Option<Shortfall> {
        judging::latest(trial, curves)?;
        let reports = trial.reports();
        let latest = self.patience.saturating_add(1);
        let before = reports.len().checked_sub(latest).filter(|count| *count > 0)?;
        let (before, now) = (lowest(&reports[..before]), lowest(&reports[before..]));
        (before + self.min_delta < now).then_some(Shortfall { before, now })
    }

    fn in_words(&self, Shortfall { before, now }: &Shortfall, direction: Direction) -> String {
        let latest = self.patience.saturating_add(1);
        let (before, now) = (reported(*before, direction), reported(*now, direction));
        let margin = match self.min_delta {
            0.0 => String::new(),
            delta => format!(" by more than {}", number(delta)),
        };
        let side = worse(direction);
        format!(
            "its best value in the latest {latest} reports is {now}, which is {side} {before}, its best before \
             them{margin}"
        )
    }
}

/// Whether a goal has one value at all steps.
fn is_constant(curve: &Curve) -> bool {
    curve.reports().windows(2).all(|pair| pair[0].1 == pair[1].1)
}

impl Pruner for PatientPruner {
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
        let Some(shortfall) = self.shortfall(trial, curves) else { return Verdict::Continue };
        match &self.wrapped {
            Some(wrapped) => wrapped.decide(trial, curves),
            None => Verdict::Stop(self.in_words(&shortfall, curves.direction())),
        }
    }

    fn decide_by_goals(&self, trial: u64, curves: &GoalCurves) -> Verdict {
        let Some(alone) = curves.of_trial(trial) else { return Verdict::Continue };
        let goals = curves.goals();
        let mut reasons = Vec::new();
        for (at, (curve, others)) in alone.into_iter().zip(curves.each()).enumerate() {
            if is_constant(curve) {
                continue;
            }
            let Some(shortfall) = self.shortfall(curve, others) else { return Verdict::Continue };
            let reason = self.in_words(&shortfall, others.direction());
            reasons.push(format!("{}: {reason}", goals.name(at)));
        }
        match &self.wrapped {
            _ if reasons.is_empty() => Verdict::Continue,
            Some(wrapped) => wrapped.decide_by_goals(trial, curves),
            None => Verdict::Stop(reasons.join("; ")),
        }
    }

    fn promote(&self, paused: &[&Curve], curves: &Curves, random: &mut Stream) -> Option<u64> {
        self.wrapped.as_ref()?.promote(paused, curves, random)
    }

    fn check(&self) -> Result<()> {
        if !(self.min_delta >= 0.0 && self.min_delta.is_finite()) {
            return Err(Error::InvalidOption {
                option: "min_delta",
                value: self.min_delta.to_string(),
                remedy: "use a number from 0",
            });
        }
        self.wrapped.as_ref().map_or(Ok(()), |wrapped| wrapped.check())
    }
}
