//! The posterior density of the model's constants, which the fit maximizes.
//!
//! | symbol | meaning | shape |
//! |---|---|---|
//! | `z` | transformed losses | n |
//! | C | correlations, joint or a sum over features (see `shape`) | n × n |
//! | K = s C + V + 1e-9 s I | covariance of the observations | n × n |
//! | V | diagonal: v, or an observation's own variance where that is known | n × n |
//! | m = 1ᵀK⁻¹z / 1ᵀK⁻¹1 | mean by generalized least squares | |
//! | α = K⁻¹(z − m) | | n |
//!
//! ln p = −½ (z − m)ᵀα − ½ ln det K − n/2 ln 2π + ln prior (Rasmussen and Williams 2006, eq. 5.8),
//! with the derivative ½ tr((ααᵀ − K⁻¹) ∂K/∂θ) (eq. 5.9). The mean is profiled out: it maximizes p
//! for every θ, so that its own derivative does not contribute.

use super::encoding::Feature;
use super::excess::Excess;
use super::hyperparameters::{Hyperparameters, Outputs, known, log_prior};
use super::inputs::Inputs;
use super::kernel::add_distances;
use super::shape::Shape;
use crate::math::linalg::{Cholesky, Matrix, dot};

/// The density as a function of θ, for fixed observations.
pub(crate) struct Evidence<'a> {
    shape: Shape,
    features: Vec<Feature>,
    values: &'a [f64],
    /// The variances of the observations that are known; empty if none is.
    noises: &'a [Option<f64>],
    /// What adds to the variance of each observation; empty if nothing does.
    excess: &'a [f64],
    /// The share of it that observations have in common which are alike.
    shared: f64,
    outputs: Outputs,
    /// Squared distances on each feature for the pairs (1, 0), (2, 0), (2, 1), (3, 0), …
    distances: Vec<Vec<f64>>,
    /// Correlations of the pairs, then reused.
    correlations: Vec<f64>,
    /// Derivatives of the correlations by r², or for each feature by its part.
    slopes: Vec<Vec<f64>>,
    /// Space for K, then for its inverse.
    covariance: Matrix,
    evaluations: usize,
}

impl<'a> Evidence<'a> {
    /// The density given `values` at n `inputs`, of which some have known variances.
    pub(crate) fn new(
        shape: impl Into<Shape>,
        features: &[Feature],
        inputs: &Inputs,
        values: &'a [f64],
        noises: &'a [Option<f64>],
    ) -> Self {
        let n = inputs.len();
        let pairs = n * n.saturating_sub(1) / 2;
        let all = features.iter().enumerate();
        let distances = all.map(|(at, feature)| packed(*feature, inputs.column(at))).collect();
        Evidence {
            shape: shape.into(),
            features: features.to_vec(),
            values,
            noises,
            excess: &[],
            shared: 0.0,
            outputs: Outputs::Losses,
            distances,
            correlations: vec![0.0; pairs],
            slopes: Vec::new(),
            covariance: Matrix::zeros(n, n),
            evaluations: 0,
        }
    }

    /// The density given normal scores, to whose variances something known adds.
    pub(crate) fn of_scores(
        shape: impl Into<Shape>,
        features: &[Feature],
        inputs: &Inputs,
        scores: &'a [f64],
        excess: &'a [f64],
    ) -> Self {
        let evidence = Evidence::new(shape, features, inputs, scores, &[]);
        Evidence { excess, outputs: Outputs::Scores, ..evidence }
    }

    /// Goes on with variances that add to those of the observations.
    pub(super) fn set_excess(&mut self, excess: &'a Excess) {
        self.excess = excess.variances();
    }

    /// Goes on with another share of what adds to the variances in common.
    pub(crate) fn set_shared(&mut self, share: f64) {
        self.shared = share;
    }

    /// Goes on with other codes of one feature.
    pub(super) fn set_column(&mut self, feature: usize, column: &[f64]) {
        self.distances[feature] = packed(self.features[feature], column);
    }

    /// How often it was evaluated.
    pub(super) fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// Goes on with another kernel or shape.
    pub(crate) fn set_shape(&mut self, shape: impl Into<Shape>) {
        self.shape = shape.into();
    }

    /// ln p(θ) and, if asked for, its gradient. Minus infinity where K does not factorize.
    pub(crate) fn evaluate(&mut self, logs: &[f64], gradient: Option<&mut [f64]>) -> f64 {
        self.evaluations += 1;
        let n = self.values.len();
        let model = Hyperparameters::from_logs(logs);
        let weights = model.weights();
        let (shape, pairs) = (self.shape, self.correlations.len());
        self.slopes.resize_with(shape.slopes(weights.len()), || vec![0.0; pairs]);
        let add = |at: usize, squared: &mut [f64]| {
            crate::math::linalg::axpy(weights[at], &self.distances[at], squared);
        };
        shape.correlate(weights.len(), add, &mut self.correlations, &mut self.slopes);
        let covariance = self.covariance(&model);
        let Ok(factor) = Cholesky::new(covariance) else { return f64::NEG_INFINITY };
        let mut rest = self.values.to_vec();
        let mut ones = vec![1.0; n];
        factor.solve_lower(&mut rest);
        factor.solve_lower(&mut ones);
        let mean = dot(&rest, &ones) / dot(&ones, &ones).max(f64::MIN_POSITIVE);
        crate::math::linalg::axpy(-mean, &ones, &mut rest);
        let misfit = dot(&rest, &rest);
        let likelihood = -0.5
            * (misfit + factor.log_determinant() + n as f64 * (2.0 * std::f64::consts::PI).ln());
        let Some(gradient) = gradient else {
            let unused = &mut vec![0.0; logs.len()];
            return likelihood + log_prior(self.outputs, shape, &self.features, logs, unused);
        };
        factor.solve_upper(&mut rest);
        let alpha = rest;
        let inverse = factor.into_inverse();
        // ½ tr((ααᵀ − K⁻¹) V), for the learned noise and for what is known.
        let (mut by_noise, mut by_known) = (0.0, 0.0);
        let mut start = 0;
        for i in 0..n {
            let row = inverse.row(i);
            let excess = 0.5 * (alpha[i] * alpha[i] - row[i]);
            match known(self.noises, i) {
                None => by_noise += model.noise * excess,
                Some(variance) => by_known += variance * excess,
            }
            by_known += (1.0 - self.shared) * self.excess.get(i).unwrap_or(&0.0) * excess;
            for slopes in &mut self.slopes {
                let packed = &mut slopes[start..start + i];
                for ((slope, inverse), other) in packed.iter_mut().zip(row).zip(&alpha) {
                    *slope *= alpha[i] * other - inverse;
                }
                if !self.excess.is_empty() {
                    for (j, slope) in packed.iter_mut().enumerate() {
                        *slope *= in_common(self.shared, self.excess, i, j);
                    }
                }
            }
            start += i;
        }
        self.covariance = inverse;
        let features = weights.len();
        for (at, weight) in weights.iter().enumerate() {
            let sum = dot(&self.slopes[shape.slope_of(at)], &self.distances[at]);
            gradient[at] = -2.0 * weight * model.scale * sum;
        }
        gradient[features] = 0.5 * (misfit - n as f64) - by_noise - by_known;
        gradient[features + 1] = by_noise;
        likelihood + log_prior(self.outputs, shape, &self.features, logs, gradient)
    }

    /// The lower half of the covariance of the observations, in the memory of the last one.
    fn covariance(&mut self, model: &Hyperparameters) -> Matrix {
        let n = self.values.len();
        let mut covariance = std::mem::replace(&mut self.covariance, Matrix::zeros(0, 0));
        if covariance.rows() != n {
            // It was spoilt by what did not factorize.
            covariance = Matrix::zeros(n, n);
        }
        let mut start = 0;
        for i in 0..n {
            let row = &mut covariance.row_mut(i)[..=i];
            for (entry, c) in row.iter_mut().zip(&self.correlations[start..start + i]) {
                *entry = model.scale * c;
            }
            let mut own = model.observation_variance(known(self.noises, i));
            if let Some(excess) = self.excess.get(i) {
                for (j, entry) in row[..i].iter_mut().enumerate() {
                    *entry *= in_common(self.shared, self.excess, i, j);
                }
                own += model.scale * self.shared * excess + (1.0 - self.shared) * excess;
            }
            row[i] = model.scale + own;
            start += i;
        }
        covariance
    }
}

/// By what the covariance of two observations is larger than that of what they observe, where a share
/// of what adds to their variances is common to those that are alike.
pub(super) fn in_common(shared: f64, excess: &[f64], i: usize, j: usize) -> f64 {
    let both = excess.get(i).zip(excess.get(j));
    both.map_or(1.0, |(one, other)| 1.0 + shared * one.min(*other))
}

/// Squared distances on a feature for the pairs (1, 0), (2, 0), (2, 1), (3, 0), …
fn packed(feature: Feature, column: &[f64]) -> Vec<f64> {
    let n = column.len();
    let mut packed = vec![0.0; n * n.saturating_sub(1) / 2];
    let mut start = 0;
    for i in 1..n {
        let row = &mut packed[start..start + i];
        add_distances(feature, 1.0, column[i], &column[..i], row);
        start += i;
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;
    use crate::surrogate::Kernel;

    #[test]
    fn gradient_matches_differences() {
        let features = [Feature::Continuous, Feature::Choice { choices: 3 }, Feature::Continuous];
        let mut random = Stream::new(4, 0);
        let mut inputs = Inputs::new(3);
        let mut values = Vec::new();
        for _ in 0..40 {
            let codes = [random.unit(), random.below(3) as f64, random.unit()];
            inputs.push(&codes);
            values.push((5.0 * codes[0]).sin() + codes[1] * codes[2] + 0.1 * random.normal());
        }
        let some: Vec<_> = (0..40).map(|i| (i % 3 == 0).then_some(0.02 * f64::from(i))).collect();
        let cases = [Kernel::Matern32, Kernel::Matern52, Kernel::SquaredExponential]
            .into_iter()
            .flat_map(|kernel| [Shape::from(kernel), Shape::sum(kernel)])
            .flat_map(|shape| [(shape, vec![]), (shape, some.clone())]);
        for (shape, noises) in cases {
            // The shape that it begins with leaves no trace.
            let mut evidence =
                Evidence::new(Kernel::Matern32, &features, &inputs, &values, &noises);
            evidence.evaluate(&[0.0; 5], Some(&mut [0.0; 5]));
            evidence.set_shape(shape);
            let at = [-0.7, 0.2, 0.5, 0.3, -3.0];
            let mut gradient = [0.0; 5];
            let value = evidence.evaluate(&at, Some(&mut gradient));
            assert!((evidence.evaluate(&at, None) - value).abs() < 1e-10);
            for i in 0..5 {
                let mut moved = |step: f64| {
                    let mut at = at;
                    at[i] += step;
                    evidence.evaluate(&at, None)
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let error = (slope - gradient[i]).abs();
                assert!(error < 1e-6 * gradient[i].abs().max(1.0), "{shape:?} {i} {error}");
            }
        }
    }

    #[test]
    fn gradient_given_scores_matches_differences() {
        let features = [Feature::Continuous; 2];
        let mut random = Stream::new(6, 0);
        let mut inputs = Inputs::new(2);
        let (mut scores, mut excess) = (Vec::new(), Vec::new());
        for at in 0..30 {
            let codes = [random.unit(), random.unit()];
            inputs.push(&codes);
            scores.push((4.0 * codes[0]).sin() + 0.4 * random.normal());
            excess.push(0.3 * f64::from(at % 4));
        }
        let kernel = Kernel::Matern52;
        let mut evidence = Evidence::of_scores(kernel, &features, &inputs, &scores, &excess);
        let at = [-0.7, 0.5, -0.2, -1.3];
        for shared in [0.0, 0.5, 1.0] {
            evidence.set_shared(shared);
            let mut gradient = [0.0; 4];
            let value = evidence.evaluate(&at, Some(&mut gradient));
            assert!((evidence.evaluate(&at, None) - value).abs() < 1e-10);
            for i in 0..4 {
                let mut moved = |step: f64| {
                    let mut at = at;
                    at[i] += step;
                    evidence.evaluate(&at, None)
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let error = (slope - gradient[i]).abs();
                assert!(error < 1e-6 * gradient[i].abs().max(1.0), "{shared} {i} {error}");
            }
        }
    }

    #[test]
    fn likelihood_matches_scikit_learn_and_gpytorch() {
        let reference = include_str!("../../tests/reference/posterior.csv");
        let (mut inputs, mut values, mut expected) = (Inputs::new(2), Vec::new(), Vec::new());
        let mut noises = Vec::new();
        for line in reference.lines() {
            let numbers: Vec<f64> = line.split(',').filter_map(|x| x.parse().ok()).collect();
            if line.starts_with("data") {
                inputs.push(&numbers[..2]);
                values.push(numbers[2]);
                noises.push(numbers.get(3).copied());
            } else if line.starts_with("evidence") {
                expected.extend(numbers);
            }
        }
        assert!(noises.contains(&None) && noises.iter().flatten().count() > 5);
        let features = [Feature::Continuous; 2];
        let model = Hyperparameters { lengthscales: vec![0.4, 1.7], scale: 1.3, noise: 0.01 };
        let logs = model.to_logs();
        for (noises, expected) in [vec![], noises].iter().zip(expected) {
            let mut evidence = Evidence::new(Kernel::Matern52, &features, &inputs, &values, noises);
            let likelihood = evidence.evaluate(&logs, None)
                - log_prior(
                    Outputs::Losses,
                    Kernel::Matern52.into(),
                    &features,
                    &logs,
                    &mut [0.0; 4],
                );
            assert!((likelihood - expected).abs() < 1e-8, "{likelihood} {expected}");
        }
    }
}
