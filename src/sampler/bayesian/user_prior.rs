//! What a person believes of parameters, as a density over codes (πBO; Hvarfner et al. 2022, ICLR).

use crate::earlier::Believed;
use crate::surrogate::{Encoding, Feature, Inputs};

/// The probability that a belief is wrong, and good values lie anywhere.
const WRONG: f64 = 0.25;
/// With as many complete trials n the power is 1; it falls as 1/n², faster than the 1/n of the paper, because
/// wrong beliefs then cost less and right ones have done their work.
const WORTH: f64 = 10.0;

/// UserPrior and their power.
#[derive(Debug)]
pub(super) struct UserPrior {
    features: Vec<BelievedFeature>,
    /// (10/n)².
    power: f64,
}

#[derive(Clone, Copy, Debug)]
struct BelievedFeature {
    feature: usize,
    at: f64,
    /// Of numbers.
    width: Option<f64>,
    choices: f64,
}

impl UserPrior {
    /// `None` where nothing is believed. `complete` is the number of complete trials.
    pub(super) fn new(believed: &[Believed], encoding: &Encoding, complete: usize) -> Option<Self> {
        let features: Vec<BelievedFeature> = believed
            .iter()
            .filter_map(|belief| {
                let feature = encoding.feature(belief.axis)?;
                let choices = match encoding.features()[feature] {
                    Feature::Choice { choices } => choices as f64,
                    _ => 1.0,
                };
                Some(BelievedFeature { feature, at: belief.at, width: belief.width, choices })
            })
            .collect();
        let power = (WORTH / complete.max(1) as f64).powi(2);
        (!features.is_empty()).then_some(UserPrior { features, power })
    }

    /// Adds the power's logarithm to the heights of some places.
    pub(super) fn add(&self, places: &Inputs, heights: &mut [f64]) {
        for believed in &self.features {
            let column = places.column(believed.feature);
            for (height, code) in heights.iter_mut().zip(column) {
                *height += self.power * believed.log_density(*code).0;
            }
        }
    }

    /// The same at one place; adds its derivatives by the codes.
    pub(super) fn add_gradient(&self, codes: &[f64], gradient: &mut [f64]) -> f64 {
        let mut total = 0.0;
        for believed in &self.features {
            let (log, slope) = believed.log_density(codes[believed.feature]);
            total += self.power * log;
            gradient[believed.feature] += self.power * slope;
        }
        total
    }
}

impl BelievedFeature {
    /// The logarithm of the density, and its derivative by a number's code.
    fn log_density(&self, code: f64) -> (f64, f64) {
        let Some(width) = self.width else {
            let others = (self.choices - 1.0).max(1.0);
            let share = if code == self.at { 1.0 - WRONG } else { WRONG / others };
            return (share.ln(), 0.0);
        };
        let z = (code - self.at) / width;
        let peak = (1.0 - WRONG) / (width * (2.0 * std::f64::consts::PI).sqrt());
        let near = peak * (-0.5 * z * z).exp();
        let density = near + WRONG;
        (density.ln(), -near * z / width / density)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_the_density_is_its_difference() {
        let believed = BelievedFeature { feature: 0, at: 0.3, width: Some(0.1), choices: 1.0 };
        for code in [0.0, 0.25, 0.3, 0.41, 0.9] {
            let difference =
                believed.log_density(code + 1e-6).0 - believed.log_density(code - 1e-6).0;
            assert!((difference / 2e-6 - believed.log_density(code).1).abs() < 1e-6, "{code}");
        }
    }

    #[test]
    fn a_density_is_one_in_all() {
        let believed = BelievedFeature { feature: 0, at: 0.5, width: Some(0.05), choices: 1.0 };
        let sum: f64 =
            (0..1000).map(|i| believed.log_density((f64::from(i) + 0.5) / 1e3).0.exp()).sum();
        assert!((sum / 1e3 - 1.0).abs() < 1e-6);
        let choice = BelievedFeature { feature: 0, at: 1.0, width: None, choices: 3.0 };
        let sum: f64 = (0..3).map(|i| choice.log_density(f64::from(i)).0.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }
}
