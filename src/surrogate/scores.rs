//! A process of normal scores, of which some are known better than others.

use super::encoding::{Feature, Inputs};
use super::evidence::Evidence;
use super::fit::{FIRST, climb, start};
use super::hyperparameters::{Hyperparameters, Noise};
use super::kernel::Kernel;
use super::posterior::Posterior;
use crate::math::lbfgs::Options;

/// The constants of a process of scores.
#[derive(Clone, Debug)]
pub(crate) struct ScoreModel(Hyperparameters);

/// Scores with the variances that add to that of any score.
#[derive(Clone, Debug)]
pub(crate) struct Scores {
    pub(crate) inputs: Inputs,
    pub(crate) values: Vec<f64>,
    pub(crate) excess: Vec<f64>,
}

/// Coarse, for the constants change little by little with the scores.
const SEARCH: Options =
    Options { memory: 8, iterations: 20, gradient_tolerance: 1e-2, decrease_tolerance: 1e-5 };
/// Where the second search starts: longer lengthscales and more noise.
const SECOND: (f64, f64, f64) = (1.0, 0.7, 0.2);
/// What is believed of places that are like no other, beyond the mean, in deviations of a score.
const PESSIMISM: f64 = 0.5;

impl ScoreModel {
    /// The most probable constants.
    pub(crate) fn fit(features: &[Feature], scores: &Scores) -> Self {
        let bounds = Hyperparameters::bounds(features.len(), Noise::Estimated, &[]);
        let Scores { inputs, values, excess } = scores;
        let mut evidence = Evidence::of_scores(Kernel::Matern52, features, inputs, values, excess);
        let first = climb(&mut evidence, &start(FIRST, &bounds), &bounds, &SEARCH);
        let second = climb(&mut evidence, &start(SECOND, &bounds), &bounds, &SEARCH);
        let best = if second.0 > first.0 { second.1 } else { first.1 };
        ScoreModel(Hyperparameters::from_logs(&best))
    }

    /// What is believed after the scores. `None` if the covariance does not factorize.
    pub(crate) fn posterior(&self, features: &[Feature], scores: &Scores) -> Option<Posterior> {
        let noises: Vec<Option<f64>> =
            scores.excess.iter().map(|excess| Some(self.0.noise + excess)).collect();
        let (model, inputs) = (self.0.clone(), scores.inputs.clone());
        let mut posterior = Posterior::new(Kernel::Matern52, features, model, inputs, &noises)?;
        posterior.observe_from(&scores.values, |mean| mean + PESSIMISM);
        Some(posterior)
    }
}
