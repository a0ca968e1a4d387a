//! What is believed of a function before it is observed.

use super::inputs::Inputs;
use super::posterior::Posterior;
use crate::math::linalg::axpy;
use std::sync::Arc;

/// A weighted sum of what other processes believe of a place: of earlier studies, say. A process with a prior
/// mean models how observations differ from it.
#[derive(Clone, Debug, Default)]
pub(crate) struct PriorMean {
    parts: Vec<(f64, Arc<Posterior>)>,
}

impl PriorMean {
    /// Parts of weight 0 are left out.
    pub(crate) fn new(parts: impl IntoIterator<Item = (f64, Arc<Posterior>)>) -> Self {
        PriorMean { parts: parts.into_iter().filter(|(weight, _)| *weight != 0.0).collect() }
    }

    pub(crate) fn at(&self, codes: &[f64]) -> f64 {
        self.parts.iter().map(|(weight, process)| weight * process.mean_at(codes)).sum()
    }

    /// Adds it to some values at as many places.
    pub(crate) fn add_at(&self, places: &Inputs, values: &mut [f64]) {
        for (weight, process) in &self.parts {
            axpy(*weight, &process.means_at(places), values);
        }
    }

    /// Its value at a place; adds its derivatives by the numeric codes.
    pub(crate) fn add_gradient(&self, codes: &[f64], gradient: &mut [f64]) -> f64 {
        let mut total = 0.0;
        let mut slopes = vec![0.0; codes.len()];
        for (weight, process) in &self.parts {
            total += weight * process.mean_with_gradient(codes, &mut slopes);
            axpy(*weight, &slopes, gradient);
        }
        total
    }
}
