//! A surrogate that picks the most promising of many proposals.
//!
//! Results become zᵢ = Φ⁻¹((rankᵢ + ½)/n), the best lowest, so that only their order counts. The
//! Gaussian process has the fixed covariance exp(−1.2 r²/D), where D parameters can vary and r² is the
//! number of those that differ, in part by how often each option was taken (`codes`), noise of 0.05 of
//! its variance, and mean and scale in closed form: nothing is fitted, because with a few dozen
//! results of discrete parameters a fit is mostly noise. The score is the logarithm of the expected
//! improvement over the best result.

use std::sync::Arc;

use super::codes::Codes;
use super::front_filter::FrontFilter;
use super::merit::{Merit, Outcome, Ranking};
use crate::math::improvement::log_improvement;
use crate::math::random::Stream;
use crate::math::special::normal_quantile;
use crate::space::{Point, Space};
use crate::surrogate::{Hyperparameters, Inputs, Kernel, Posterior, PriorMean, weights};

/// −ln of the correlation between points that differ in everything. On recorded tables of cells 0.6, 0.9 and
/// 2 are no better, and a correlation that is fitted is neither.
const FALL: f64 = 1.2;
/// Variance of an observation about the function, relative to the function's own. Not varied.
const NOISE: f64 = 0.05;

/// The process, brought up to date row by row.
#[derive(Debug)]
pub(super) struct SurrogateFilter {
    codes: Codes,
    posterior: Option<Posterior>,
    /// The points of the posterior's rows.
    rows: Vec<Point>,
    /// z of the best result or of the best that is believed of a running trial.
    best: f64,
    /// √ of the factor of all covariances.
    deviation: f64,
    /// The processes of earlier studies, and what they predict of each row.
    earlier: Vec<Arc<Posterior>>,
    predicted: Vec<Vec<f64>>,
    /// Where there are several goals.
    front: Option<FrontFilter>,
}

impl SurrogateFilter {
    pub(super) fn new(space: &Space) -> Self {
        let codes = Codes::new(space);
        // exp(−ρ²/2) with ρ² = w r² is the covariance above for w = 2.4/D.
        let lengthscale = (codes.parameters() as f64 / (2.0 * FALL)).sqrt();
        let lengthscales =
            codes.weights().iter().map(|weight| lengthscale / weight.sqrt()).collect();
        let model = Hyperparameters { lengthscales, scale: 1.0, noise: NOISE };
        let none = Inputs::new(codes.features().len());
        let posterior =
            Posterior::new(Kernel::SquaredExponential, codes.features(), model, none, &[]);
        SurrogateFilter {
            codes,
            posterior,
            rows: Vec::new(),
            best: 0.0,
            deviation: 1.0,
            earlier: Vec::new(),
            predicted: Vec::new(),
            front: None,
        }
    }

    /// Takes in the results of an earlier study.
    pub(super) fn learn_from(&mut self, results: &[Outcome]) {
        let Some(mut process) = self.posterior.clone().filter(|_| results.len() > 1) else {
            return;
        };
        results.iter().for_each(|outcome| process.extend(&self.codes.of(&outcome.point), None));
        let merits: Vec<Merit> = results.iter().map(|outcome| outcome.merit).collect();
        process.observe(&z(&merits), false);
        self.earlier.push(Arc::new(process));
    }

    /// Conditions on results, and anticipates those of running trials at what is believed of them.
    pub(super) fn update<'a>(
        &mut self,
        results: &[&'a Outcome],
        pending: impl Iterator<Item = &'a Point>,
        random: &mut Stream,
    ) {
        let Some(posterior) = &mut self.posterior else { return };
        let pairs = self.rows.iter().zip(results);
        let known = pairs.take_while(|(row, outcome)| **row == outcome.point).count();
        self.rows.truncate(known);
        posterior.truncate(known);
        for outcome in &results[known..] {
            posterior.extend(&self.codes.of(&outcome.point), None);
            self.rows.push(outcome.point.clone());
        }
        if results.iter().any(|outcome| outcome.losses.len() > 1) {
            let pending: Vec<Vec<f64>> = pending.map(|point| self.codes.of(point)).collect();
            self.front = Some(FrontFilter::new(posterior, results, &pending, random));
            return;
        }
        self.front = None;
        let values = z(&results.iter().map(|outcome| outcome.merit).collect::<Vec<_>>());
        if !self.earlier.is_empty() {
            self.predicted.truncate(known);
            for row in &self.rows[known..] {
                let codes = self.codes.of(row);
                self.predicted
                    .push(self.earlier.iter().map(|study| study.mean_at(&codes)).collect());
            }
            let weights = weights(posterior, &self.predicted, &values);
            let parts = weights.into_iter().zip(self.earlier.iter().cloned());
            posterior.set_prior_mean(PriorMean::new(parts));
        }
        posterior.observe(&values, false);
        self.best = values.iter().copied().fold(f64::INFINITY, f64::min);
        // With equal results there is nothing to model; any scale will do.
        let scale = posterior.profile_scale();
        self.deviation = if scale > 0.0 { scale.sqrt() } else { 1.0 };
        for point in pending {
            self.best = self.best.min(posterior.condition_on_mean(&self.codes.of(point)));
        }
    }

    /// ln of the expected improvement at each point, with several goals of that of the front.
    pub(super) fn scores<'a>(&self, pool: impl Iterator<Item = &'a Point>) -> Vec<f64> {
        let mut places = Inputs::new(self.codes.features().len());
        pool.for_each(|point| places.push(&self.codes.of(point)));
        if let Some(front) = &self.front {
            return front.scores(&places);
        }
        let Some(posterior) = &self.posterior else { return vec![0.0; places.len()] };
        let (means, variances) = posterior.predict_many(&places);
        let score = |(mean, variance): (f64, f64)| {
            let deviation = self.deviation * variance.sqrt();
            deviation.ln() + log_improvement((self.best - mean) / deviation).0
        };
        means.into_iter().zip(variances).map(score).collect()
    }
}

/// zᵢ of results.
pub(super) fn z(merits: &[Merit]) -> Vec<f64> {
    let mut ranking = Ranking::default();
    for (index, merit) in merits.iter().enumerate() {
        ranking.insert(index, *merit);
    }
    merits.iter().map(|merit| normal_quantile(ranking.quantile(*merit))).collect()
}
