//! How correlations on single features go together.
//!
//! | shape | covariance at scale s | what it believes |
//! |---|---|---|
//! | joint | s c(Σ wᵢδᵢ²) | places are alike that are near each other in all features |
//! | a sum | s/d Σ c(wᵢδᵢ²) | the function is a sum of d functions of one feature each |
//!
//! A sum (Duvenaud, Nickisch and Rasmussen 2011, NeurIPS 24, of the first order) joins what it learned
//! of one feature from some observations with what it learned of another one from others, so that the
//! observations that it needs grow with the number of features, and not exponentially. Where features
//! interact it is wrong, and its evidence is low.

use std::ops::Range;

use super::encoding::Feature;
use super::inputs::Inputs;
use super::kernel::{Kernel, add_all_distances, add_distances};

/// A kernel of all features together or the mean of one for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) kernel: Kernel,
    /// Whether it is a sum over features.
    pub(crate) additive: bool,
}

impl From<Kernel> for Shape {
    fn from(kernel: Kernel) -> Self {
        Shape { kernel, additive: false }
    }
}

/// The features of a model and their weights ℓ⁻².
pub(super) type Weighted<'a> = (&'a [Feature], &'a [f64]);

impl Shape {
    /// A sum of functions of one feature each.
    pub(crate) fn sum(kernel: Kernel) -> Self {
        Shape { kernel, additive: true }
    }

    /// Covariances of a point, given by its code of each feature, to a range of others.
    pub(super) fn covariances(
        self,
        (features, weights): Weighted<'_>,
        scale: f64,
        code: impl Fn(usize) -> f64,
        (others, range): (&Inputs, Range<usize>),
        row: &mut [f64],
    ) {
        row.fill(0.0);
        if !self.additive {
            add_all_distances((features, weights), code, (others, range), row);
            return self.kernel.apply(scale, row);
        }
        let add = |at: usize, squared: &mut [f64]| {
            let column = &others.column(at)[range.clone()];
            add_distances(features[at], weights[at], code(at), column, squared);
        };
        let share = 1.0 / features.len().max(1) as f64;
        let mut single = vec![0.0; row.len()];
        for at in 0..features.len() {
            single.fill(0.0);
            add(at, &mut single);
            self.kernel.apply(1.0, &mut single);
            row.iter_mut().zip(&single).for_each(|(sum, term)| *sum += share * term);
        }
        row.iter_mut().for_each(|sum| *sum *= scale);
    }

    /// How many different derivatives [`correlate`](Self::correlate) writes: one by r² for all
    /// features, or for each feature the one by its own part of r².
    pub(super) fn slopes(self, features: usize) -> usize {
        if self.additive { features } else { 1 }
    }

    /// Correlations at squared distances that `add` adds up feature by feature, and their derivatives
    /// by these distances.
    pub(super) fn correlate(
        self,
        features: usize,
        add: impl Fn(usize, &mut [f64]),
        correlations: &mut [f64],
        slopes: &mut [Vec<f64>],
    ) {
        correlations.fill(0.0);
        if !self.additive {
            (0..features).for_each(|at| add(at, correlations));
            if let Some(slopes) = slopes.first_mut() {
                self.kernel.apply_with_slopes(correlations, slopes);
            }
            return;
        }
        let share = 1.0 / features.max(1) as f64;
        let mut single = vec![0.0; correlations.len()];
        for (at, slopes) in slopes.iter_mut().enumerate() {
            single.fill(0.0);
            add(at, &mut single);
            self.kernel.apply_with_slopes(&mut single, slopes);
            correlations.iter_mut().zip(&single).for_each(|(sum, term)| *sum += share * term);
            slopes.iter_mut().for_each(|slope| *slope *= share);
        }
    }

    /// Which of the derivatives belongs to a feature.
    pub(super) fn slope_of(self, feature: usize) -> usize {
        if self.additive { feature } else { 0 }
    }
}
