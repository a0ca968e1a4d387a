//! A process of normal scores, of which some are known better than others.
//!
//! | symbol | meaning |
//! |---|---|
//! | s C | covariance of the final scores, Matérn-5/2 |
//! | v | what is each trial's own: its seed, and what the process does not follow |
//! | τᵢ² | the excess: how much less a score says of the final one |
//! | δ | the share of the excess that scores have in common which are alike |
//!
//! The covariance of two scores is s Cᵢⱼ (1 + δ min(τᵢ², τⱼ²)), and a score's own variance
//! v + (1 − δ) τᵢ² on top of that. The minimum is what a Markov chain has: the error of a later report is
//! a part of that of an earlier one.

use super::encoding::Feature;
use super::evidence::{Evidence, in_common};
use super::fit::{FIRST, climb, start};
use super::hyperparameters::{Hyperparameters, Noise};
use super::inputs::Inputs;
use super::kernel::Kernel;
use super::posterior::Posterior;
use super::prior_mean::PriorMean;
use crate::math::lbfgs::Options;

/// The constants of a process of scores.
#[derive(Clone, Debug)]
pub(crate) struct ScoreModel {
    constants: Hyperparameters,
    /// The share of what adds to the variances that scores have in common which are alike.
    shared: f64,
}

/// Scores with the variances that add to that of any score.
#[derive(Clone, Debug)]
pub(crate) struct Scores {
    pub(crate) inputs: Inputs,
    pub(crate) values: Vec<f64>,
    pub(crate) excess: Vec<f64>,
}

/// The least reliability that is told from none. Not varied.
pub(crate) const LEAST_RELIABILITY: f64 = 0.05;

impl Scores {
    /// No scores yet, at places of this number of features.
    pub(crate) fn new(features: usize) -> Self {
        Scores { inputs: Inputs::new(features), values: Vec::new(), excess: Vec::new() }
    }

    /// Adds a score whose correlation with final ones is its reliability ρ: divided by ρ, it is a final score
    /// with an error of variance (1 − ρ²)/ρ².
    pub(crate) fn push(&mut self, codes: &[f64], score: f64, reliability: f64) {
        self.inputs.push(codes);
        self.values.push(score / reliability);
        self.excess.push((1.0 - reliability * reliability) / (reliability * reliability));
    }
}

/// Coarse, for the constants change little by little with the scores.
const SEARCH: Options =
    Options { memory: 8, iterations: 20, gradient_tolerance: 1e-2, decrease_tolerance: 1e-5 };
/// Where the second search starts: longer lengthscales and more noise. Not varied.
const SECOND: (f64, f64, f64) = (1.0, 0.7, 0.2);
/// Shares among which the most probable one is chosen. Not varied.
const SHARES: [f64; 3] = [0.0, 0.5, 1.0];
/// What is believed of places that are like no other, beyond the mean, in deviations of a score. Without it
/// recorded curves are searched alike within the errors.
const PESSIMISM: f64 = 0.5;

impl ScoreModel {
    /// The most probable constants.
    pub(crate) fn fit(features: &[Feature], scores: &Scores) -> Self {
        let bounds = Hyperparameters::bounds(features.len(), Noise::Estimated, &[]);
        let Scores { inputs, values, excess } = scores;
        let mut evidence = Evidence::of_scores(Kernel::Matern52, features, inputs, values, excess);
        let mut best: Option<(f64, Vec<f64>, f64)> = None;
        for shared in SHARES {
            evidence.set_shared(shared);
            for from in [FIRST, SECOND] {
                let (height, logs) = climb(&mut evidence, &start(from, &bounds), &bounds, &SEARCH);
                if best.as_ref().is_none_or(|(highest, ..)| height > *highest) {
                    best = Some((height, logs, shared));
                }
            }
        }
        let (_, logs, shared) = best.unwrap_or((0.0, start(FIRST, &bounds), 0.0));
        ScoreModel { constants: Hyperparameters::from_logs(&logs), shared }
    }

    /// Mean and variance of the final score of a trial that the process has among its scores, with this value
    /// and excess; `process` are those of the process where the trial is. Exact where scores share none of what
    /// adds to their variances.
    pub(crate) fn expect(&self, process: (f64, f64), value: f64, excess: f64) -> (f64, f64) {
        let own = self.constants.noise;
        let seen = own + (1.0 - self.shared) * excess;
        let share = if seen > 0.0 { own / seen } else { 1.0 };
        let mean = process.0 + share * (value - process.0);
        (mean, (1.0 - share).powi(2) * process.1 + own * (1.0 - share))
    }

    /// The same for a new trial.
    pub(crate) fn expect_new(&self, process: (f64, f64)) -> (f64, f64) {
        (process.0, process.1 + self.constants.noise)
    }

    /// The variance of what is each trial's own.
    pub(crate) fn own_variance(&self) -> f64 {
        self.constants.noise
    }

    /// What is believed after the scores, beside a prior mean of them. `None` if the covariance does not
    /// factorize.
    pub(crate) fn posterior(
        &self,
        features: &[Feature],
        scores: &Scores,
        prior: PriorMean,
    ) -> Option<Posterior> {
        let Scores { inputs, values, excess } = scores;
        let own = |excess: &f64| Some(self.constants.noise + (1.0 - self.shared) * excess);
        let noises: Vec<Option<f64>> = excess.iter().map(own).collect();
        let (model, inputs) = (self.constants.clone(), inputs.clone());
        let factor = |i: usize, j: usize| in_common(self.shared, excess, i, j);
        let kernel = Kernel::Matern52;
        let posterior = Posterior::with_factors(kernel, features, model, inputs, &noises, factor);
        let mut posterior = posterior?;
        posterior.set_prior_mean(prior);
        posterior.observe_from(values, |mean| mean + PESSIMISM);
        Some(posterior)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_final_score_is_that_of_the_joint_distribution() {
        let (signal, own, excess, value) = (0.7, 0.2, 1.5, -0.8);
        let features = 0;
        let mut constants = Hyperparameters::from_logs(&start(
            FIRST,
            &Hyperparameters::bounds(features, Noise::Estimated, &[]),
        ));
        constants.noise = own;
        let model = ScoreModel { constants, shared: 0.0 };
        // One score alone: all is in closed form.
        let seen = signal + own + excess;
        let process = (signal / seen * value, signal - signal * signal / seen);
        let (mean, variance) = model.expect(process, value, excess);
        let last = signal + own;
        assert!((mean - last / seen * value).abs() < 1e-12);
        assert!((variance - (last - last * last / seen)).abs() < 1e-12);
        assert_eq!(model.expect(process, value, 0.0), (value, 0.0), "an end is known");
        assert_eq!(model.expect_new((0.3, 0.5)), (0.3, 0.7));
    }
}
