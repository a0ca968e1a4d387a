//! Observations that say less of the function than others do.

use super::encoding::Feature;
use super::hyperparameters::{Hyperparameters, known};
use super::inputs::Inputs;
use super::posterior::Posterior;
use super::shape::Shape;

/// Variances that add to those of observations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Excess {
    /// One per observation; empty if nothing adds to any.
    variances: Vec<f64>,
}

impl Excess {
    /// Variances, of which zeros add nothing.
    pub(crate) fn new(variances: Vec<f64>) -> Self {
        let adds = variances.iter().any(|variance| *variance > 0.0);
        if adds { Excess { variances } } else { Excess::default() }
    }

    /// One per observation; empty if nothing adds to any.
    pub(crate) fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// Those of some of the observations.
    pub(crate) fn of(&self, chosen: impl Iterator<Item = usize>) -> Self {
        Excess { variances: chosen.filter_map(|at| self.variances.get(at).copied()).collect() }
    }

    /// How many observations without excess would say as much as `count` with it, about.
    pub(crate) fn worth(&self, count: usize) -> usize {
        match self.variances.is_empty() {
            true => count,
            false => self.variances.iter().map(|excess| 1.0 / (1.0 + excess)).sum::<f64>() as usize,
        }
    }

    /// As [`Posterior::new`], with the excess.
    pub(crate) fn posterior(
        &self,
        kernel: impl Into<Shape>,
        features: &[Feature],
        model: Hyperparameters,
        inputs: Inputs,
        noises: &[Option<f64>],
    ) -> Option<Posterior> {
        if self.variances.is_empty() {
            return Posterior::new(kernel, features, model, inputs, noises);
        }
        let own = |(at, excess): (usize, &f64)| match known(noises, at) {
            own if *excess == 0.0 => own,
            own => Some(own.unwrap_or(model.noise) + excess),
        };
        let noises: Vec<Option<f64>> = self.variances.iter().enumerate().map(own).collect();
        Posterior::new(kernel, features, model, inputs, &noises)
    }
}
