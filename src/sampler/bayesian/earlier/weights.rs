//! How much each earlier study is believed.
//!
//! The transformed losses z of the trials are a sum of what the studies foretell, M w, and a process that
//! nothing was known of: z ~ N(m + M w, σ² C + τ² I), with weights wᵢ ~ N(1/S, κ²) of S studies, which are
//! not below 0. C are correlations with the lengthscales of the earlier studies, so that many trials in one
//! place count little more than one. The most probable weights are taken.

use super::{EarlierModels, knob};
use crate::math::linalg::{axpy, dot};
use crate::surrogate::{Encoding, Hyperparameters, Inputs, Kernel, Posterior};

const ROUNDS: usize = 100;

impl EarlierModels {
    /// The weights of the studies, given what they foretell of each observation.
    pub(in super::super) fn weights(
        &self,
        encoding: &Encoding,
        rows: &[Vec<f64>],
        foretold: &[Vec<f64>],
        values: &[f64],
    ) -> Vec<f64> {
        let count = self.studies.len();
        let before = knob("TW_W0", 1.0) / count.max(1) as f64;
        let mut weights = vec![before; count];
        let Some(process) = self.unexplained(encoding, rows) else { return weights };
        let mut ones = vec![1.0; rows.len()];
        process.whiten(&mut ones);
        let length = dot(&ones, &ones);
        // What is left beside a constant, in units of its deviation.
        let whiten = |mut column: Vec<f64>| {
            process.whiten(&mut column);
            axpy(-dot(&column, &ones) / length, &ones, &mut column);
            column
        };
        let columns: Vec<Vec<f64>> = (0..count)
            .map(|at| whiten(foretold.iter().map(|means| means[at]).collect()))
            .collect();
        let mut rest = whiten(values.to_vec());
        columns.iter().zip(&weights).for_each(|(column, weight)| axpy(-weight, column, &mut rest));
        let precision = knob("TW_KAPPA", 0.5).powi(-2);
        for _ in 0..ROUNDS {
            for (at, column) in columns.iter().enumerate() {
                let slope = dot(column, &rest) - precision * (weights[at] - before);
                let moved = (weights[at] + slope / (dot(column, column) + precision)).max(0.0);
                axpy(weights[at] - moved, column, &mut rest);
                weights[at] = moved;
            }
        }
        weights
    }

    /// The process of what the studies do not explain, σ² C + τ² I.
    fn unexplained(&self, encoding: &Encoding, rows: &[Vec<f64>]) -> Option<Posterior> {
        let mut inputs = Inputs::new(encoding.len());
        rows.iter().for_each(|row| inputs.push(row));
        let lengthscales = self.lengthscales.clone();
        let (scale, noise) = (knob("TW_SIG", 0.5), knob("TW_TAU", 0.1));
        let model = Hyperparameters { lengthscales, scale, noise };
        Posterior::new(Kernel::Matern52, encoding.features(), model, inputs, &[])
    }
}
