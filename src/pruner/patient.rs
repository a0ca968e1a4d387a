use std::sync::Arc;

use super::judging::{self, number, reported, worse};
use super::{Pruner, Verdict};
use crate::curves::{Curve, Curves};
use crate::error::{Error, Result};
use crate::math::random::Stream;

/// Asks another pruner only when a trial has not come back to its best value for a while; without
/// another pruner, stops the trial itself.
///
/// For jittery curves, at which other pruners are too quick. A trial is out of patience when none of its
/// latest `patience + 1` reports is within `min_delta` of the best value before them, or better. A curve that stays
/// level is therefore not stopped. As Optuna's pruner of this name.
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

impl Pruner for PatientPruner {
    fn decide(&self, trial: &Curve, curves: &Curves) -> Verdict {
        if judging::latest(trial, curves).is_none() {
            return Verdict::Continue;
        }
        let reports = trial.reports();
        let latest = self.patience.saturating_add(1);
        let Some(before) = reports.len().checked_sub(latest).filter(|count| *count > 0) else {
            return Verdict::Continue;
        };
        let (before, now) = (lowest(&reports[..before]), lowest(&reports[before..]));
        let is_worse = before + self.min_delta < now;
        if !is_worse {
            return Verdict::Continue;
        }
        if let Some(wrapped) = &self.wrapped {
            return wrapped.decide(trial, curves);
        }
        let direction = curves.direction();
        let (before, now) = (reported(before, direction), reported(now, direction));
        let margin = match self.min_delta {
            0.0 => String::new(),
            delta => format!(" by more than {}", number(delta)),
        };
        let side = worse(direction);
        Verdict::Stop(format!(
            "its best value in the latest {latest} reports is {now}, which is {side} {before}, its best before \
             them{margin}"
        ))
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
