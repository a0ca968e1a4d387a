//! What the model believes of places that were not observed, and of observations by the others.

use std::ops::Range;

use super::Posterior;
use crate::math::linalg::{Matrix, axpy, dot};
use crate::surrogate::inputs::Inputs;
use crate::surrogate::kernel::{add_distances, squared_distances};

/// Places that are predicted at a time: few enough for a processor's cache, many enough for the
/// matrix product.
const BLOCK: usize = 128;
/// With fewer places than this, a loop goes over the inputs for each place, and not over the places for
/// each input: a loop over few is slow. Not varied.
const FEW: usize = 32;
/// Smallest posterior variance, relative to the scale: what the factorization leaves of zero.
const SMALLEST_VARIANCE: f64 = 1e-12;

/// A place and its squared distances to the inputs.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    codes: Vec<f64>,
    squared: Vec<f64>,
}

impl Posterior {
    /// Covariances of the n inputs (rows) to the m places of a range (columns).
    fn cross_covariances(&self, places: &Inputs, range: Range<usize>, cross: &mut Matrix) {
        if range.len() < FEW {
            let mut covariances = vec![0.0; self.inputs.len()];
            for (column, place) in range.enumerate() {
                let codes = places.row(place);
                let inputs = (&self.inputs, 0..self.inputs.len());
                self.covary(|at| codes[at], inputs, &mut covariances);
                for (i, covariance) in covariances.iter().enumerate() {
                    cross.row_mut(i)[column] = *covariance;
                }
            }
            return;
        }
        for i in 0..self.inputs.len() {
            let row = cross.row_mut(i);
            self.covary(|at| self.inputs.column(at)[i], (places, range.clone()), row);
        }
    }

    /// Mean and variance of the function at several places.
    pub(crate) fn predict_many(&self, places: &Inputs) -> (Vec<f64>, Vec<f64>) {
        self.predict_all(places, |range, cross| self.cross_covariances(places, range, cross))
    }

    /// The mean of the function at several places.
    pub(crate) fn means_at(&self, places: &Inputs) -> Vec<f64> {
        let mut means = vec![self.mean; places.len()];
        self.prior.add_at(places, &mut means);
        let mut covariances = vec![0.0; places.len()];
        for (i, alpha) in self.alpha.iter().enumerate() {
            let code = |at: usize| self.inputs.column(at)[i];
            self.covary(code, (places, 0..places.len()), &mut covariances);
            axpy(*alpha, &covariances, &mut means);
        }
        means
    }

    /// The mean of the function at a place.
    pub(crate) fn mean_at(&self, codes: &[f64]) -> f64 {
        self.mean + self.prior.at(codes) + dot(&self.covariances(codes), &self.alpha)
    }

    /// A place for [`predict_beside`](Self::predict_beside).
    pub(crate) fn place(&self, codes: &[f64]) -> Place {
        let mut squared = vec![0.0; self.inputs.len()];
        squared_distances(&self.features, &self.weights, codes, &self.inputs, &mut squared);
        Place { codes: codes.to_vec(), squared }
    }

    /// Mean and variance of the function at several places that differ from one in few codes: the
    /// distances change in these only. Of a sum over features they are predicted as any others.
    pub(crate) fn predict_beside(&self, from: &Place, places: &Inputs) -> (Vec<f64>, Vec<f64>) {
        if self.kernel.additive {
            return self.predict_many(places);
        }
        self.predict_all(places, |range, cross| {
            for (column, place) in range.enumerate() {
                let mut squared = from.squared.clone();
                for (at, &before) in from.codes.iter().enumerate() {
                    let code = places.column(at)[place];
                    if code != before {
                        let (feature, weight) = (self.features[at], self.weights[at]);
                        let codes = self.inputs.column(at);
                        add_distances(feature, weight, code, codes, &mut squared);
                        add_distances(feature, -weight, before, codes, &mut squared);
                    }
                }
                for (i, squared) in squared.into_iter().enumerate() {
                    // What is left of nothing may be below zero by rounding.
                    cross.row_mut(i)[column] = squared.max(0.0);
                }
            }
            for i in 0..self.inputs.len() {
                self.kernel.kernel.apply(self.model.scale, cross.row_mut(i));
            }
        })
    }

    /// Mean and variance at several places, whose covariances to the inputs are written for a range
    /// of them at a time.
    fn predict_all(
        &self,
        at: &Inputs,
        mut covariances: impl FnMut(Range<usize>, &mut Matrix),
    ) -> (Vec<f64>, Vec<f64>) {
        let places = at.len();
        let mut means = vec![self.mean; places];
        self.prior.add_at(at, &mut means);
        let mut variances = vec![self.model.scale; places];
        let mut start = 0;
        let mut cross = Matrix::zeros(self.inputs.len(), BLOCK.min(places));
        while start < places {
            let end = (start + BLOCK).min(places);
            if cross.columns() != end - start {
                cross = Matrix::zeros(self.inputs.len(), end - start);
            }
            covariances(start..end, &mut cross);
            for (i, alpha) in self.alpha.iter().enumerate() {
                axpy(*alpha, cross.row(i), &mut means[start..end]);
            }
            self.factor.solve_lower_many(&mut cross);
            for i in 0..self.inputs.len() {
                for (variance, entry) in variances[start..end].iter_mut().zip(cross.row(i)) {
                    *variance -= entry * entry;
                }
            }
            start = end;
        }
        let smallest = SMALLEST_VARIANCE * self.model.scale;
        variances.iter_mut().for_each(|variance| *variance = variance.max(smallest));
        (means, variances)
    }

    /// Mean and covariance of the function at m places together: m values and the lower triangle of
    /// an m × m matrix.
    pub(crate) fn predict_jointly(&self, places: &Inputs) -> (Vec<f64>, Matrix) {
        let (means, _) = self.predict_many(places);
        let mut cross = Matrix::zeros(self.inputs.len(), places.len());
        self.cross_covariances(places, 0..places.len(), &mut cross);
        self.factor.solve_lower_many(&mut cross);
        let known = cross.transposed_product(&cross);
        let mut covariance = Matrix::zeros(places.len(), places.len());
        for i in 0..places.len() {
            let row = covariance.row_mut(i);
            let codes = places.row(i);
            self.covary(|at| codes[at], (places, 0..places.len()), row);
            axpy(-1.0, known.row(i), row);
        }
        (means, covariance)
    }

    /// Mean and variance of the function at a place.
    pub(crate) fn predict(&self, codes: &[f64]) -> (f64, f64) {
        let mut row = self.covariances(codes);
        let mean = self.mean + self.prior.at(codes) + dot(&row, &self.alpha);
        self.factor.solve_lower(&mut row);
        (mean, self.positive(self.model.scale - dot(&row, &row)))
    }

    fn positive(&self, variance: f64) -> f64 {
        variance.max(SMALLEST_VARIANCE * self.model.scale)
    }

    /// Mean and variance at a place, and their derivatives by its numeric codes (zero for choices),
    /// which are written to slices of length d.
    pub(crate) fn predict_with_gradient(
        &self,
        codes: &[f64],
        by_mean: &mut [f64],
        by_variance: &mut [f64],
    ) -> (f64, f64) {
        let (covariances, slopes) = self.covariances_with_slopes(codes);
        let mut mean = self.mean + dot(&covariances, &self.alpha);
        let mut solved = covariances;
        self.factor.solve_lower(&mut solved);
        let variance = self.positive(self.model.scale - dot(&solved, &solved));
        self.factor.solve_upper(&mut solved);
        // ∂mean = αᵀ∂k, ∂variance = −2 (K⁻¹k)ᵀ∂k.
        self.differentiate(codes, &slopes, &self.alpha, 1.0, by_mean);
        self.differentiate(codes, &slopes, &solved, -2.0, by_variance);
        mean += self.prior.add_gradient(codes, by_mean);
        (mean, variance)
    }

    /// Mean at a place, and its derivatives by the numeric codes, which are written to a slice of length d.
    pub(crate) fn mean_with_gradient(&self, codes: &[f64], by_mean: &mut [f64]) -> f64 {
        let (covariances, slopes) = self.covariances_with_slopes(codes);
        self.differentiate(codes, &slopes, &self.alpha, 1.0, by_mean);
        self.mean + dot(&covariances, &self.alpha) + self.prior.add_gradient(codes, by_mean)
    }

    /// Covariances k of a place with the inputs, and their derivatives by r², or in a sum over features those
    /// of each feature's own term.
    fn covariances_with_slopes(&self, codes: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let n = self.inputs.len();
        let mut covariances = vec![0.0; n];
        let d = self.features.len();
        let mut slopes = vec![vec![0.0; n]; self.kernel.slopes(d)];
        let add = |at: usize, squared: &mut [f64]| {
            self.add_distances_in(at, codes[at], self.inputs.column(at), squared);
        };
        self.kernel.correlate(d, add, &mut covariances, &mut slopes);
        let scale = self.model.scale;
        covariances.iter_mut().chain(slopes.iter_mut().flatten()).for_each(|entry| *entry *= scale);
        (covariances, slopes)
    }

    /// Writes `times` vᵀ∂k by the numeric codes, for some factors v of the inputs: ∂k/∂xᵢ =
    /// (∂k/∂r²) 2 wᵢ (xᵢ − x′ᵢ).
    fn differentiate(
        &self,
        codes: &[f64],
        slopes: &[Vec<f64>],
        factors: &[f64],
        times: f64,
        by_code: &mut [f64],
    ) {
        let weighed: Vec<(Vec<f64>, f64)> = slopes
            .iter()
            .map(|slopes| {
                let products: Vec<f64> = slopes.iter().zip(factors).map(|(a, b)| a * b).collect();
                let total = products.iter().sum();
                (products, total)
            })
            .collect();
        for (at, feature) in self.features.iter().enumerate() {
            let mut slope = 0.0;
            if !feature.is_choice() {
                let (products, total) = &weighed[self.kernel.slope_of(at)];
                slope = codes[at] * total - dot(products, self.inputs.column(at));
            }
            by_code[at] = 2.0 * times * self.weights[at] * slope;
        }
    }

    /// For each observation, mean and variance of what the others predict of it (Rasmussen and
    /// Williams 2006, eq. 5.12), and its value. With the mean of the fit.
    pub(crate) fn leave_one_out(&self) -> Vec<(f64, f64, f64)> {
        let inverse = self.factor.inverse();
        self.values
            .iter()
            .enumerate()
            .map(|(i, value)| {
                let variance = 1.0 / inverse[(i, i)];
                (value - self.alpha[i] * variance, variance, *value)
            })
            .collect()
    }
}
