//! What the model believes after the observations.
//!
//! With k the covariances of a place to the n observed ones: mean m′ + kᵀα′ and variance s − kᵀK⁻¹k
//! (Rasmussen and Williams 2006, eqs. 2.25 and 2.26), where α′ = K⁻¹(z − m′). The fit has m by
//! generalized least squares; predictions use m′ = ½ m + ½ max z, half-way to the worst
//! observation. Places far from all observations, above all the corners of the cube, are then
//! unattractive until there is evidence for them. The variance does not depend on the mean.

mod predict;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::encoding::Feature;
use super::hyperparameters::{Hyperparameters, known};
use super::inputs::Inputs;
#[cfg(test)]
use super::kernel::Kernel;
use super::kernel::add_distances;
use super::prior_mean::PriorMean;
use super::shape::Shape;
use crate::math::linalg::{Cholesky, Matrix, axpy, dot};

/// Share of the way from the mean to the worst observation. A quarter and three quarters of it lead to
/// somewhat higher losses beside eight workers (`benches/bayesian.md`), none of it to higher ones on BBOB.
const PESSIMISM: f64 = 0.5;
/// Share of the learned noise that is luck. On problems with real noise all of it or none of it does
/// worse.
const LUCK: f64 = 0.5;
/// The model after n observations, and perhaps further points whose values are yet to come.
#[derive(Clone, Debug)]
pub(crate) struct Posterior {
    kernel: Shape,
    features: Vec<Feature>,
    model: Hyperparameters,
    weights: Vec<f64>,
    inputs: Inputs,
    factor: Cholesky,
    /// The part of each observation's variance that is luck: all that is known, and of what is
    /// learned a share.
    luck: Vec<f64>,
    /// The observations' transformed values; pending points have none.
    values: Vec<f64>,
    alpha: Vec<f64>,
    mean: f64,
    /// What was believed before any observation, to which the mean adds.
    prior: PriorMean,
    /// The same at the inputs.
    expected: Vec<f64>,
}

impl Posterior {
    /// Conditions on `inputs`, whose values come with [`observer`](Self::observe), and of which
    /// some have known variances (`noises` is empty if none has). `None` if the covariance does not
    /// factorize, which no finite codes lead to.
    pub(crate) fn new(
        kernel: impl Into<Shape>,
        features: &[Feature],
        model: Hyperparameters,
        inputs: Inputs,
        noises: &[Option<f64>],
    ) -> Option<Self> {
        Posterior::with_factors(kernel, features, model, inputs, noises, |_, _| 1.0)
    }

    /// As [`new`](Self::new), with a factor for the covariance of the function at each two inputs.
    pub(in crate::surrogate) fn with_factors(
        kernel: impl Into<Shape>,
        features: &[Feature],
        model: Hyperparameters,
        inputs: Inputs,
        noises: &[Option<f64>],
        factor: impl Fn(usize, usize) -> f64,
    ) -> Option<Self> {
        let kernel = kernel.into();
        let n = inputs.len();
        let weights = model.weights();
        let mut covariance = Matrix::zeros(n, n);
        for i in 0..n {
            let row = &mut covariance.row_mut(i)[..=i];
            let codes = inputs.row(i);
            let (weighted, code) = ((features, &weights[..]), |at: usize| codes[at]);
            kernel.covariances(weighted, model.scale, code, (&inputs, 0..i + 1), row);
            row.iter_mut().enumerate().for_each(|(j, entry)| *entry *= factor(i, j));
            row[i] += model.observation_variance(known(noises, i));
        }
        let factor = Cholesky::with_jitter(&covariance).ok()?;
        let luck = (0..n).map(|i| known(noises, i).unwrap_or(LUCK * model.noise)).collect();
        Some(Posterior {
            kernel,
            features: features.to_vec(),
            weights,
            model,
            inputs,
            factor,
            luck,
            values: Vec::new(),
            alpha: Vec::new(),
            mean: 0.0,
            prior: PriorMean::default(),
            expected: vec![0.0; n],
        })
    }

    /// Goes on with another prior mean, beside which values are to be observed again.
    pub(crate) fn set_prior_mean(&mut self, prior: PriorMean) {
        self.expected = vec![0.0; self.inputs.len()];
        prior.add_at(&self.inputs, &mut self.expected);
        self.prior = prior;
    }

    /// Sets the values of the observations, one per input.
    pub(crate) fn observe(&mut self, values: &[f64], pessimistic: bool) {
        let worst = self.residuals(values).fold(f64::NEG_INFINITY, f64::max);
        self.observe_from(values, |mean| match pessimistic {
            true if worst.is_finite() => (1.0 - PESSIMISM) * mean + PESSIMISM * worst,
            _ => mean,
        });
    }

    /// As [`observe`](Self::observe), with what is believed of a place that is like no other, given the
    /// mean by generalized least squares.
    pub(crate) fn observe_from(&mut self, values: &[f64], beforehand: impl Fn(f64) -> f64) {
        let mut rest: Vec<f64> = self.residuals(values).collect();
        let mut ones = vec![1.0; values.len()];
        self.factor.solve_lower(&mut rest);
        self.factor.solve_lower(&mut ones);
        let mean = dot(&rest, &ones) / dot(&ones, &ones).max(f64::MIN_POSITIVE);
        self.mean = beforehand(mean);
        axpy(-self.mean, &ones, &mut rest);
        self.factor.solve_upper(&mut rest);
        self.alpha = rest;
        self.values = values.to_vec();
    }

    /// How values differ from what was believed before.
    fn residuals<'a>(&'a self, values: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        values.iter().zip(&self.expected).map(|(value, expected)| value - expected)
    }

    /// The most probable factor of all covariances, noise included, given everything else: the mean
    /// of (z − m′)ᵀK⁻¹(z − m′) (Rasmussen and Williams 2006, eq. 5.8, maximized over a factor of K).
    pub(crate) fn profile_scale(&self) -> f64 {
        let residuals = self.residuals(&self.values).zip(&self.alpha);
        let sum: f64 = residuals.map(|(value, alpha)| (value - self.mean) * alpha).sum();
        sum / self.values.len().max(1) as f64
    }

    /// The log likelihood of the observations (Rasmussen and Williams 2006, eq. 5.8).
    pub(crate) fn log_likelihood(&self) -> f64 {
        let n = self.values.len() as f64;
        let misfit = n * self.profile_scale();
        -0.5 * (misfit + self.factor.log_determinant() + n * (2.0 * std::f64::consts::PI).ln())
    }

    /// Adds an input, perhaps with a known variance, whose value comes with the next
    /// [`observer`](Self::observe).
    pub(crate) fn extend(&mut self, codes: &[f64], noise: Option<f64>) {
        let covariances = self.covariances(codes);
        let variance = self.model.scale + self.model.observation_variance(noise);
        self.factor.extend(&covariances, variance);
        self.luck.push(noise.unwrap_or(LUCK * self.model.noise));
        self.inputs.push(codes);
        self.expected.push(self.prior.at(codes));
    }

    /// Adds a point whose value is yet to come, and returns the value that is believed of it. The
    /// mean stays as it is everywhere, which is what observing just that value would do; the
    /// variance shrinks around the point (Desautels, Krause and Burdick 2014, JMLR 15, section
    /// 3.3).
    pub(crate) fn condition_on_mean(&mut self, codes: &[f64]) -> f64 {
        let believed = self.mean_at(codes);
        self.extend(codes, None);
        self.alpha.push(0.0);
        believed
    }

    /// What is believed of the observations, each without its luck: z − Lα′, where L is the
    /// diagonal of lucky variances. Where noise is known, that is the mean at the observed place.
    /// Learned noise is part luck and part what is particular to the place, such as steps of the
    /// function that no kernel follows, and comes again when it is tried again.
    pub(crate) fn believed(&self) -> impl Iterator<Item = f64> {
        let doubts = self.luck.iter().zip(&self.alpha).map(|(luck, alpha)| luck * alpha);
        self.values.iter().zip(doubts).map(|(value, doubt)| value - doubt)
    }

    /// Forgets all inputs from number `len` on.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.inputs.truncate(len);
        self.factor.truncate(len);
        self.luck.truncate(len);
        self.alpha.truncate(len);
        self.values.truncate(len);
        self.expected.truncate(len);
    }

    /// The values of the observations.
    pub(crate) fn observed(&self) -> &[f64] {
        &self.values
    }

    /// The kernel.
    #[cfg(test)]
    pub(crate) fn kernel(&self) -> Kernel {
        self.kernel.kernel
    }

    /// The constants.
    pub(crate) fn model(&self) -> &Hyperparameters {
        &self.model
    }

    /// The inputs, observed and pending.
    pub(crate) fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    fn covariances(&self, codes: &[f64]) -> Vec<f64> {
        self.covariances_with(codes, &self.inputs)
    }

    /// Prior covariances of a place with others.
    pub(in crate::surrogate) fn covariances_with(
        &self,
        codes: &[f64],
        others: &Inputs,
    ) -> Vec<f64> {
        let mut row = vec![0.0; others.len()];
        self.covary(|at| codes[at], (others, 0..others.len()), &mut row);
        row
    }

    /// Prior covariances of a place, given by its code of each feature, with a range of others.
    fn covary(
        &self,
        code: impl Fn(usize) -> f64,
        others: (&Inputs, Range<usize>),
        row: &mut [f64],
    ) {
        let weighted = (&self.features[..], &self.weights[..]);
        self.kernel.covariances(weighted, self.model.scale, code, others, row);
    }

    /// Squared distances of a place to others in all features but one.
    pub(in crate::surrogate) fn distances_beside(
        &self,
        feature: usize,
        codes: &[f64],
        others: &Inputs,
    ) -> Vec<f64> {
        let mut squared = vec![0.0; others.len()];
        for at in (0..self.features.len()).filter(|at| *at != feature) {
            self.add_distances_in(at, codes[at], others.column(at), &mut squared);
        }
        squared
    }

    /// Adds the squared distances in one feature.
    pub(in crate::surrogate) fn add_distances_in(
        &self,
        feature: usize,
        code: f64,
        column: &[f64],
        squared: &mut [f64],
    ) {
        add_distances(self.features[feature], self.weights[feature], code, column, squared);
    }

    /// Prior covariances at squared distances, for a kernel that is not a sum over features.
    pub(in crate::surrogate) fn covariances_at(
        &self,
        squared: impl Iterator<Item = f64>,
    ) -> Vec<f64> {
        let mut row: Vec<f64> = squared.collect();
        self.kernel.kernel.apply(self.model.scale, &mut row);
        row
    }

    /// L⁻¹k and kᵀα, for covariances k with the inputs, of which L is the Cholesky factor.
    pub(in crate::surrogate) fn condition(&self, mut covariances: Vec<f64>) -> (Vec<f64>, f64) {
        let shift = dot(&covariances, &self.alpha);
        self.factor.solve_lower(&mut covariances);
        (covariances, shift)
    }

    /// Turns values at the inputs into L⁻¹ of them, which are independent of each other.
    pub(crate) fn whiten(&self, values: &mut [f64]) {
        self.factor.solve_lower(values);
    }

    /// What is believed of a place that is like no other.
    pub(in crate::surrogate) fn mean(&self) -> f64 {
        self.mean
    }
}
