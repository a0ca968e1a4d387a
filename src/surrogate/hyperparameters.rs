//! The free constants of the model and what is believed of them beforehand.
//!
//! The log prior densities below are functions of the parameters themselves, used without the
//! Jacobian of the logarithm in which they are optimized, so that a mode is where the density says
//! it is.
//!
//! - Each lengthscale: −(ℓ²/10 + 1/(10 ℓ²)), flat from 0.3 to 3 (Optuna's prior). In a sum of functions
//!   of one feature each: −(ℓ²/10 + 1/(100 ℓ²)), flat from 0.1. What is learned of one function by all
//!   observations can be rough; a joint function as rough would be known nowhere but there.
//! - Lengthscales together: −Σ (ln ℓᵢ − mean ln ℓ)²/(2·0.5²). With fewer trials than about ten per
//!   parameter, free lengthscales reach ratios of 50 by chance; pooling gains most in the first
//!   half of a study.
//! - Such sums: −3, against a joint function of all features.
//! - Scale: Gamma(2, 1), ln s − s.
//! - Noise: Gamma(1.1, 30), 0.1 ln v − 30 v, for outputs of deviation 1.
//! - Where the outputs are normal scores ([`Outputs::Scores`]), of which no process explains all:
//!   scale and noise are log-normal, about 0.7 with deviation ½ and about 0.2 with deviation 1.

use super::encoding::Feature;
use super::shape::Shape;
use crate::error::{Error, Result};

/// The free constants of the model.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hyperparameters {
    /// ℓ, one per feature, in units of the encoded features.
    pub(crate) lengthscales: Vec<f64>,
    /// s, the variance of the function about its mean.
    pub(crate) scale: f64,
    /// v, the variance of an observation about the function.
    pub(crate) noise: f64,
}

/// How observations differ from the function that is modelled.
///
/// Deviations are standard deviations of an observation in the objective's own units. The model
/// takes what they come to after the losses' transform (see [`OutcomeTransform`](super::OutcomeTransform)): for each
/// observation the half of the distance between its loss plus and minus the deviation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Noise {
    /// The same configuration may give different losses; how different is learned, and the best
    /// trial may be a lucky one.
    Estimated,
    /// The noise is learned, but the best observation counts as exact. Where a sampler then expects
    /// no improvement anywhere, a model without noise decides. The default, right for objectives with
    /// little or no noise.
    #[default]
    Negligible,
    /// The same configuration always gives the same loss.
    Exact,
    /// The same configuration gives losses with this standard deviation. Below zero, infinite or
    /// NaN it counts as not known, which is [`Noise::Estimated`].
    Known(f64),
    /// Each observation may bring its own deviation, as the standard error of a cross-validation
    /// does; a trial says it with `trial.record(tunewright::trial::NOISE, deviation)`. Those that
    /// bring none have the noise that is learned.
    PerTrial,
}

impl Noise {
    /// Refuses a known deviation that is none.
    pub(crate) fn check(self) -> Result<()> {
        match self {
            Noise::Known(deviation) if !(deviation >= 0.0 && deviation.is_finite()) => {
                Err(Error::InvalidOption {
                    option: "noise",
                    value: deviation.to_string(),
                    remedy: "the standard deviation of the noise must be 0 or more; take \
                             `Noise::Estimated` to have it learned",
                })
            }
            _ => Ok(()),
        }
    }

    /// The deviation that is taken for an observation which says `own` of itself; `None` for the
    /// learned one.
    pub(crate) fn deviation(self, own: Option<f64>) -> Option<f64> {
        let deviation = match self {
            Noise::Known(deviation) => Some(deviation),
            Noise::PerTrial => own,
            Noise::Estimated | Noise::Negligible | Noise::Exact => None,
        };
        deviation.filter(|deviation| deviation.is_finite() && *deviation >= 0.0)
    }

    /// Whether the best observation may be a lucky one.
    pub(crate) fn incumbent_is_noisy(self) -> bool {
        !matches!(self, Noise::Negligible | Noise::Exact)
    }
}

pub(super) const LENGTHSCALES: (f64, f64) = (0.025, 100.0);
const SCALES: (f64, f64) = (1e-3, 1e3);
pub(super) const NOISES: (f64, f64) = (1e-6, 10.0);
/// The variance where observations are taken for exact: what covariances need to factorize.
const EXACT: f64 = 1e-9;
/// What short lengthscales cost, in units of ℓ⁻²; where the function is a sum over features, less. A prior
/// that is flat between lengthscales of 0.3 and 3; that of sums was not varied.
const SHORT: f64 = 0.1;
const SHORT_IN_SUMS: f64 = 0.01;
/// The log odds against a sum over features beforehand. With few observations a sum may well be more probable
/// by chance. Not varied.
const AGAINST_SUMS: f64 = 3.0;
/// Deviation of log lengthscales about their mean. At 1 searches are slower at first, at 0.3 they end higher;
/// without pooling they do both (`benches/bayesian.md`).
const POOLING: f64 = 0.5;
/// Centre and deviation of the logarithm of scale and noise, where outputs are normal scores. From a recipe
/// that was measured on recorded curves; not varied.
const SCALE_OF_SCORES: (f64, f64) = (0.7, 0.5);
const NOISE_OF_SCORES: (f64, f64) = (0.2, 1.0);
/// The share of the scale that is added to the variance of each observation, for the factorization.
pub(super) const NUGGET: f64 = 1e-9;

impl Hyperparameters {
    /// The same lengthscale everywhere.
    pub(crate) fn isotropic(features: usize, lengthscale: f64, scale: f64, noise: f64) -> Self {
        Hyperparameters { lengthscales: vec![lengthscale; features], scale, noise }
    }

    /// ℓ⁻².
    pub(crate) fn weights(&self) -> Vec<f64> {
        self.lengthscales.iter().map(|length| 1.0 / (length * length)).collect()
    }

    /// The variance of an observation at a known function value: its own where that is known, or
    /// else the learned one.
    pub(crate) fn observation_variance(&self, known: Option<f64>) -> f64 {
        known.unwrap_or(self.noise) + NUGGET * self.scale
    }

    /// θ = (ln ℓ₁ … ln ℓ_d, ln s, ln v).
    pub(super) fn to_logs(&self) -> Vec<f64> {
        let rest = [self.scale.ln(), self.noise.ln()];
        self.lengthscales.iter().map(|length| length.ln()).chain(rest).collect()
    }

    /// The inverse of [`to_logs`](Self::to_logs).
    pub(super) fn from_logs(logs: &[f64]) -> Self {
        let features = logs.len().saturating_sub(2);
        Hyperparameters {
            lengthscales: logs[..features].iter().map(|log| log.exp()).collect(),
            scale: logs[features].exp(),
            noise: logs[features + 1].exp(),
        }
    }

    /// Bounds of θ, given the variances of the observations that are known. Where all are, there is
    /// no noise to be learned: v is their mean, for observations that are yet to come.
    pub(super) fn bounds(
        features: usize,
        noise: Noise,
        known: &[Option<f64>],
    ) -> (Vec<f64>, Vec<f64>) {
        let all: Option<Vec<f64>> = known.iter().copied().collect();
        let noises = match (noise, all) {
            (Noise::Exact, _) => (EXACT, EXACT),
            (_, Some(all)) if !all.is_empty() => {
                let mean = (all.iter().sum::<f64>() / all.len() as f64).clamp(NOISES.0, NOISES.1);
                (mean, mean)
            }
            _ => NOISES,
        };
        let rest = [SCALES, noises];
        let all = std::iter::repeat_n(LENGTHSCALES, features).chain(rest);
        all.map(|(low, high)| (low.ln(), high.ln())).unzip()
    }
}

/// The variance of observation number `at`, if it is known; `noises` is empty if none is.
pub(super) fn known(noises: &[Option<f64>], at: usize) -> Option<f64> {
    noises.get(at).copied().flatten()
}

/// What the outputs of a process are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outputs {
    /// Transformed losses.
    Losses,
    /// Normal scores: what the places of the losses among all others are.
    Scores,
}

/// The log prior density at θ, up to a constant; adds its gradient to `gradient`. Numeric features
/// are pooled.
pub(super) fn log_prior(
    outputs: Outputs,
    shape: Shape,
    features: &[Feature],
    logs: &[f64],
    gradient: &mut [f64],
) -> f64 {
    let short = if shape.additive { SHORT_IN_SUMS } else { SHORT };
    let d = features.len();
    let pooled = || (0..d).filter(|&at| !features[at].is_choice());
    let mean = pooled().map(|at| logs[at]).sum::<f64>() / pooled().count().max(1) as f64;
    let mut density = if shape.additive { -AGAINST_SUMS } else { 0.0 };
    for at in 0..d {
        let square = (2.0 * logs[at]).exp();
        density -= 0.1 * square + short / square;
        gradient[at] += 2.0 * short / square - 0.2 * square;
    }
    for at in pooled() {
        let apart = (logs[at] - mean) / POOLING;
        density -= 0.5 * apart * apart;
        // The derivative through the mean vanishes, because deviations from a mean sum to zero.
        gradient[at] -= apart / POOLING;
    }
    match outputs {
        Outputs::Losses => {
            let (scale, noise) = (logs[d].exp(), logs[d + 1].exp());
            density += logs[d] - scale + 0.1 * logs[d + 1] - 30.0 * noise;
            gradient[d] += 1.0 - scale;
            gradient[d + 1] += 0.1 - 30.0 * noise;
        }
        Outputs::Scores => {
            for (at, (centre, deviation)) in [(d, SCALE_OF_SCORES), (d + 1, NOISE_OF_SCORES)] {
                let apart = (logs[at] - centre.ln()) / deviation;
                density -= 0.5 * apart * apart;
                gradient[at] -= apart / deviation;
            }
        }
    }
    density
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surrogate::Kernel;

    const FEATURES: [Feature; 3] =
        [Feature::Continuous, Feature::Choice { choices: 2 }, Feature::Discrete { levels: 9 }];

    #[test]
    fn logs_are_inverse_and_within_bounds() {
        let model = Hyperparameters { lengthscales: vec![0.1, 7.0], scale: 2.0, noise: 0.01 };
        let back = Hyperparameters::from_logs(&model.to_logs());
        assert!((back.lengthscales[1] - 7.0).abs() < 1e-12 && (back.noise - 0.01).abs() < 1e-12);
        for noise in [Noise::Exact, Noise::Estimated, Noise::Negligible] {
            let (low, high) = Hyperparameters::bounds(2, noise, &[]);
            assert!(low.iter().zip(&high).all(|(low, high)| low <= high), "{noise:?}");
        }
    }

    #[test]
    fn noise_is_fixed_where_all_of_it_is_known() {
        let fixed = |known: &[Option<f64>]| {
            let (low, high) = Hyperparameters::bounds(2, Noise::PerTrial, known);
            (low[3] == high[3]).then(|| low[3].exp())
        };
        assert!((fixed(&[Some(0.1), Some(0.3)]).unwrap() - 0.2).abs() < 1e-12);
        assert!(fixed(&[Some(0.1), None]).is_none() && fixed(&[]).is_none());
        for nonsense in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Noise::Known(nonsense).deviation(None), None);
            assert_eq!(Noise::PerTrial.deviation(Some(nonsense)), None);
        }
        assert_eq!(Noise::PerTrial.deviation(Some(0.5)), Some(0.5));
        assert_eq!(Noise::Estimated.deviation(Some(0.5)), None);
        assert_eq!(Noise::Known(0.2).deviation(Some(0.5)), Some(0.2));
    }

    #[test]
    fn prior_gradient_matches_differences() {
        let at = [-1.0, 0.3, 0.9, 0.2, -4.0];
        for (outputs, shape) in [
            (Outputs::Losses, Shape::from(Kernel::Matern52)),
            (Outputs::Losses, Shape::sum(Kernel::Matern52)),
            (Outputs::Scores, Shape::from(Kernel::Matern52)),
        ] {
            let mut gradient = [0.0; 5];
            log_prior(outputs, shape, &FEATURES, &at, &mut gradient);
            for i in 0..5 {
                let value = |step: f64| {
                    let mut moved = at;
                    moved[i] += step;
                    log_prior(outputs, shape, &FEATURES, &moved, &mut [0.0; 5])
                };
                let slope = (value(1e-5) - value(-1e-5)) / 2e-5;
                assert!((slope - gradient[i]).abs() < 1e-8, "{shape:?} {i}");
            }
        }
    }
}
