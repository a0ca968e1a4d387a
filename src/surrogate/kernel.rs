//! Stationary covariances with one lengthscale per feature.
//!
//! | symbol | meaning | shape |
//! |---|---|---|
//! | ℓ | lengthscales, in units of the encoded features | d |
//! | w = ℓ⁻² | weights | d |
//! | δ² | squared distances on one feature | per pair |
//! | r² = Σ wᵢδᵢ² | squared scaled distance | per pair |
//!
//! Correlations c(r²) are those of Rasmussen and Williams (2006), eqs. 4.9 and 4.17. Derivatives
//! are taken in r², not r: ∂r/∂x does not exist at r = 0, ∂c/∂(r²) does (except for Matérn-1/2,
//! which is not offered).

use std::ops::Range;

use super::encoding::{Feature, INACTIVE_CHOICE};
use super::inputs::Inputs;
use crate::math::exponential::decay;

/// How correlation falls with distance; from rough to smooth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kernel {
    /// (1 + q) exp(−q) with q = √3 r: functions with one derivative.
    Matern32,
    /// (1 + q + q²/3) exp(−q) with q = √5 r: functions with two derivatives. The default.
    #[default]
    Matern52,
    /// exp(−r²/2): functions with all derivatives.
    SquaredExponential,
}

impl Kernel {
    /// All kernels, from the default to what differs most from it.
    pub(crate) const ALL: [Kernel; 3] =
        [Kernel::Matern52, Kernel::Matern32, Kernel::SquaredExponential];

    /// The correlation at squared distance r², and its derivative by r².
    #[inline]
    pub(crate) fn correlation(self, squared: f64) -> (f64, f64) {
        match self {
            Kernel::Matern32 => {
                let q = (3.0 * squared).sqrt();
                let decay = decay(-q);
                ((1.0 + q) * decay, -1.5 * decay)
            }
            Kernel::Matern52 => {
                let q = (5.0 * squared).sqrt();
                let decay = decay(-q);
                let rise = 1.0 + q;
                ((rise + q * q * (1.0 / 3.0)) * decay, (-5.0 / 6.0) * rise * decay)
            }
            Kernel::SquaredExponential => {
                let value = decay(-0.5 * squared);
                (value, -0.5 * value)
            }
        }
    }

    /// Replaces squared distances by `scale` times their correlations.
    pub(crate) fn apply(self, scale: f64, squared: &mut [f64]) {
        // One loop per kernel, so that the choice is not made anew for every entry.
        let all = |squared: &mut [f64], kernel: Kernel| {
            squared.iter_mut().for_each(|entry| *entry = scale * kernel.correlation(*entry).0);
        };
        match self {
            Kernel::Matern32 => all(squared, Kernel::Matern32),
            Kernel::Matern52 => all(squared, Kernel::Matern52),
            Kernel::SquaredExponential => all(squared, Kernel::SquaredExponential),
        }
    }

    /// Replaces squared distances by their correlations, and writes the derivatives by r² to
    /// `slopes`.
    pub(crate) fn apply_with_slopes(self, squared: &mut [f64], slopes: &mut [f64]) {
        let all = |squared: &mut [f64], slopes: &mut [f64], kernel: Kernel| {
            for (entry, slope) in squared.iter_mut().zip(slopes) {
                (*entry, *slope) = kernel.correlation(*entry);
            }
        };
        match self {
            Kernel::Matern32 => all(squared, slopes, Kernel::Matern32),
            Kernel::Matern52 => all(squared, slopes, Kernel::Matern52),
            Kernel::SquaredExponential => all(squared, slopes, Kernel::SquaredExponential),
        }
    }
}

/// Adds weight · δ² to each entry of `squared`, for one code against a column of codes.
pub(crate) fn add_distances(
    feature: Feature,
    weight: f64,
    code: f64,
    column: &[f64],
    squared: &mut [f64],
) {
    match feature {
        Feature::Continuous | Feature::Discrete { .. } => {
            for (sum, other) in squared.iter_mut().zip(column) {
                let difference = code - other;
                *sum += weight * (difference * difference);
            }
        }
        Feature::Choice { choices } => {
            let half_way = weight * Feature::half_way(choices);
            let unequal = if code == INACTIVE_CHOICE { half_way } else { weight };
            for (sum, &other) in squared.iter_mut().zip(column) {
                let apart = if other == INACTIVE_CHOICE { half_way } else { unequal };
                *sum += if other == code { 0.0 } else { apart };
            }
        }
    }
}

/// Squared distances r² of one point to several; `squared` is as long as `others`.
pub(crate) fn squared_distances(
    features: &[Feature],
    weights: &[f64],
    codes: &[f64],
    others: &Inputs,
    squared: &mut [f64],
) {
    squared.fill(0.0);
    add_all_distances((features, weights), |at| codes[at], (others, 0..others.len()), squared);
}

/// Adds the squared distances r² of one point to a range of others.
///
/// Four features of a kind are added in one pass over the points, in their order: the sums are the
/// same to the last bit.
pub(super) fn add_all_distances(
    (features, weights): (&[Feature], &[f64]),
    code: impl Fn(usize) -> f64,
    (others, range): (&Inputs, Range<usize>),
    squared: &mut [f64],
) {
    let column = |at: usize| &others.column(at)[range.clone()];
    let is_active = |at: usize| !others.has_inactive(at) && code(at) != INACTIVE_CHOICE;
    let mut at = 0;
    while at < features.len() {
        let four = [at, at + 1, at + 2, at + 3];
        let is_four = at + 4 <= features.len();
        let are_choices = |at: &usize| features[*at].is_choice() && is_active(*at);
        if is_four && four.iter().all(|at| !features[*at].is_choice()) {
            let (weights, codes) = (four.map(|at| weights[at]), four.map(&code));
            add_four(squared, four.map(column), |k, other| {
                let difference = codes[k] - other;
                weights[k] * (difference * difference)
            });
            at += 4;
        } else if is_four && four.iter().all(are_choices) {
            let (weights, codes) = (four.map(|at| weights[at]), four.map(&code));
            let unequal = |k: usize, other: f64| if other == codes[k] { 0.0 } else { weights[k] };
            add_four(squared, four.map(column), unequal);
            at += 4;
        } else {
            add_distances(features[at], weights[at], code(at), column(at), squared);
            at += 1;
        }
    }
}

/// Adds a term for each of four columns, one after the other.
#[inline]
fn add_four(squared: &mut [f64], columns: [&[f64]; 4], term: impl Fn(usize, f64) -> f64) {
    let [a, b, c, d] = columns;
    let others = a.iter().zip(b).zip(c.iter().zip(d));
    for (sum, ((a, b), (c, d))) in squared.iter_mut().zip(others) {
        *sum = (((*sum + term(0, *a)) + term(1, *b)) + term(2, *c)) + term(3, *d);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;

    #[test]
    fn correlations_match_scikit_learn() {
        // sklearn.gaussian_process.kernels.Matern(nu=…) and RBF at r = 0.7.
        let expected = [0.706_942_681_904_097_8, 0.658_137_376_316_584, 0.782_704_538_241_868_1];
        for (kernel, expected) in Kernel::ALL.into_iter().zip(expected) {
            assert!((kernel.correlation(0.49).0 - expected).abs() < 1e-14, "{kernel:?}");
            assert_eq!(kernel.correlation(0.0).0, 1.0);
        }
    }

    #[test]
    fn derivatives_match_differences() {
        for kernel in Kernel::ALL {
            for squared in [1e-3, 0.1, 1.0, 7.0, 50.0] {
                let h = 1e-5 * squared;
                let slope = (kernel.correlation(squared + h).0 - kernel.correlation(squared - h).0)
                    / (2.0 * h);
                let exact = kernel.correlation(squared).1;
                assert!(
                    (slope - exact).abs() < 1e-7 * exact.abs().max(1e-3),
                    "{kernel:?} {squared}"
                );
            }
        }
    }

    #[test]
    fn four_features_at_a_time_are_the_same_as_one_by_one() {
        let mut random = Stream::new(8, 0);
        let kinds = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 0, 1, 0, 0];
        let features = kinds.map(|kind| match kind {
            0 => Feature::Continuous,
            _ => Feature::Choice { choices: 3 },
        });
        let weights: Vec<f64> = features.iter().map(|_| random.unit()).collect();
        let mut point = || {
            let code = |kind: i32| match kind {
                0 => random.unit(),
                1 => random.below(3) as f64,
                _ => random.below(4) as f64 - 1.0,
            };
            kinds.map(code)
        };
        let mut others = Inputs::new(features.len());
        (0..9).for_each(|_| others.push(&point()));
        for inactive in [false, true] {
            let mut codes = point();
            if inactive {
                codes[9] = INACTIVE_CHOICE;
            }
            let (mut one_by_one, mut squared) = (vec![0.0; 9], vec![0.0; 9]);
            for (at, feature) in features.into_iter().enumerate() {
                let column = others.column(at);
                add_distances(feature, weights[at], codes[at], column, &mut one_by_one);
            }
            squared_distances(&features, &weights, &codes, &others, &mut squared);
            assert_eq!(squared, one_by_one);
        }
    }

    #[test]
    fn distances_are_euclidean_whatever_is_active() {
        let features =
            [Feature::Continuous, Feature::Choice { choices: 3 }, Feature::Discrete { levels: 4 }];
        let mut points = Inputs::new(3);
        let rows =
            [[0.2, 0.0, 0.125], [0.7, 2.0, 0.5], [0.2, INACTIVE_CHOICE, 0.5], [0.9, 1.0, 0.875]];
        rows.iter().for_each(|row| points.push(row));
        let mut squared = vec![vec![0.0; 4]; 4];
        for (row, squared) in rows.iter().zip(&mut squared) {
            squared_distances(&features, &[1.0, 2.0, 3.0], row, &points, squared);
        }
        assert!((squared[0][1] - (0.25 + 2.0 + 3.0 * 0.140625)).abs() < 1e-12);
        assert!((squared[0][2] - (2.0 / 3.0 + 3.0 * 0.140625)).abs() < 1e-12);
        for i in 0..4 {
            assert_eq!(squared[i][i], 0.0);
            for j in 0..4 {
                assert_eq!(squared[i][j], squared[j][i]);
                for k in 0..4 {
                    let side = squared[i][k].sqrt() + squared[k][j].sqrt();
                    assert!(squared[i][j].sqrt() <= side + 1e-12);
                }
            }
        }
    }
}
