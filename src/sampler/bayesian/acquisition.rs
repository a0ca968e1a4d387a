use std::fmt::Debug;

use crate::error::{Error, Result};
use crate::math::improvement::log_improvement;
use crate::math::special::{inverse_mills, log_normal_cdf};
use crate::surrogate::Prediction;

/// What a candidate is worth: the higher, the sooner it is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The worth. Only differences count.
    pub value: f64,
    /// Its derivative by the prediction's mean.
    pub by_mean: f64,
    /// Its derivative by the prediction's deviation.
    pub by_deviation: f64,
}

/// An acquisition function weighs exploration against exploitation.
///
/// Takes one of those here: [`ExpectedImprovement`], [`ProbabilityOfImprovement`] or
/// [`UpperConfidenceBound`]. Under outcome constraints it is multiplied with the probability that they hold.
/// With several goals the expected hypervolume improvement takes its place. The trait is sealed.
pub trait Acquisition: Criterion {}

/// What the search asks of an [`Acquisition`]. Not reachable from outside, which seals it.
///
/// Losses are oriented (smaller is better) and transformed to a standard deviation of 1. The search
/// climbs by the derivatives, and a worth that is flat far from the best observations leaves it lost:
/// use logarithms. When trials have failed, five times the logarithm of the probability that a trial
/// succeeds is added, and logarithmic worths below that of a gain of 0.001 hardly differ.
pub trait Criterion: Debug + Send + Sync {
    /// The worth of a candidate with this `prediction`, when `incumbent` is the loss to beat.
    fn score(&self, prediction: Prediction, incumbent: f64) -> Score;

    /// Refuses options that make no sense.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Whether a highest worth this low says that no gain is expected anywhere. The worth is that of
    /// losses alone, whether or not trials fail there.
    ///
    /// A process that takes much of the losses for noise sees no way to beat the best of them, and
    /// what is left to climb leads to the corners of the space. A second process, which takes losses
    /// for exact, is asked in its place, unless the losses are known to be noisy. By default
    /// this never happens.
    fn expects_nothing(&self, _highest: f64) -> bool {
        false
    }
}

/// Refuses an option that is not a finite number from 0 on.
fn from_zero(option: &'static str, value: f64, remedy: &'static str) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::InvalidOption { option, value: value.to_string(), remedy })
}

/// Logarithm of the expected improvement, in standard deviations of the transformed losses, below which
/// nothing is expected. At −10 the losses are as low within their errors, at −4.5 too
/// (`benches/bayesian.md`).
const HOPELESS: f64 = -7.0;

/// Expected improvement over the incumbent, in its logarithm: E max(incumbent − loss, 0).
///
/// The default (Jones, Schonlau and Welch 1998, J. Global Optim. 13, eq. 15; in logarithms Ament et
/// al. 2023, NeurIPS 36).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpectedImprovement {}

impl ExpectedImprovement {
    /// Expected improvement.
    pub const fn new() -> Self {
        ExpectedImprovement {}
    }
}

impl Acquisition for ExpectedImprovement {}

impl Criterion for ExpectedImprovement {
    fn score(&self, prediction: Prediction, incumbent: f64) -> Score {
        let Prediction { mean, deviation } = prediction;
        let z = (incumbent - mean) / deviation;
        let (log, slope) = log_improvement(z);
        Score {
            value: deviation.ln() + log,
            by_mean: -slope / deviation,
            by_deviation: (1.0 - slope * z) / deviation,
        }
    }

    /// Below a thousandth of a standard deviation of the transformed losses.
    fn expects_nothing(&self, highest: f64) -> bool {
        highest < HOPELESS
    }
}

/// Probability of improving on the incumbent by at least `margin`, in its logarithm (Kushner 1964).
///
/// Prefers small, safe steps; a larger margin explores more.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ProbabilityOfImprovement {
    /// The improvement that counts, in standard deviations of the transformed losses.
    pub margin: f64,
}

impl ProbabilityOfImprovement {
    /// The probability of an improvement by at least `margin`, from 0.
    pub const fn new(margin: f64) -> Self {
        ProbabilityOfImprovement { margin }
    }
}

impl Default for ProbabilityOfImprovement {
    /// A margin of 0.01.
    fn default() -> Self {
        ProbabilityOfImprovement::new(0.01)
    }
}

impl Acquisition for ProbabilityOfImprovement {}

impl Criterion for ProbabilityOfImprovement {
    fn check(&self) -> Result<()> {
        from_zero("margin", self.margin, "it must be 0 or more, such as 0.01")
    }

    fn score(&self, prediction: Prediction, incumbent: f64) -> Score {
        let Prediction { mean, deviation } = prediction;
        let z = (incumbent - self.margin - mean) / deviation;
        let mills = inverse_mills(z);
        Score {
            value: log_normal_cdf(z),
            by_mean: -mills / deviation,
            by_deviation: -mills * z / deviation,
        }
    }
}

/// A bound that the loss is hardly below: deviation · `width` − mean (Cox and John 1992).
///
/// Losses are minimized, so that the optimistic end is the lower one; the name is the field's.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct UpperConfidenceBound {
    /// How many standard deviations count as possible; more explores more.
    pub width: f64,
}

impl UpperConfidenceBound {
    /// A bound at `width` standard deviations, from 0.
    pub const fn new(width: f64) -> Self {
        UpperConfidenceBound { width }
    }
}

impl Default for UpperConfidenceBound {
    /// 1.8 deviations (Vizier's default).
    fn default() -> Self {
        UpperConfidenceBound { width: 1.8 }
    }
}

impl Acquisition for UpperConfidenceBound {}

impl Criterion for UpperConfidenceBound {
    fn check(&self) -> Result<()> {
        from_zero("width", self.width, "it must be 0 or more, such as 1.8")
    }

    fn score(&self, prediction: Prediction, _incumbent: f64) -> Score {
        Score {
            value: self.width * prediction.deviation - prediction.mean,
            by_mean: -1.0,
            by_deviation: self.width,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_match_differences() {
        let functions: [&dyn Criterion; 3] = [
            &ExpectedImprovement::default(),
            &ProbabilityOfImprovement::default(),
            &UpperConfidenceBound::default(),
        ];
        for function in functions {
            for (mean, deviation) in [(0.3, 0.5), (-2.0, 1.0), (4.0, 0.1), (2.0, 0.01)] {
                let at =
                    |mean, deviation| function.score(Prediction { mean, deviation }, -0.7).value;
                let score = function.score(Prediction { mean, deviation }, -0.7);
                let h = 1e-6 * deviation;
                let by_mean = (at(mean + h, deviation) - at(mean - h, deviation)) / (2.0 * h);
                let by_deviation = (at(mean, deviation + h) - at(mean, deviation - h)) / (2.0 * h);
                let close = |a: f64, b: f64| (a - b).abs() < 1e-5 * b.abs().max(1e-3);
                assert!(close(by_mean, score.by_mean), "{function:?} {by_mean} {score:?}");
                assert!(close(by_deviation, score.by_deviation), "{function:?} {score:?}");
            }
        }
    }

    #[test]
    fn improvement_matches_its_integral() {
        // E max(b − N(m, s²), 0) by the trapezoidal rule.
        let (mean, deviation, incumbent) = (0.4, 0.8, -0.2);
        let mut integral = 0.0;
        for i in 0..20_000 {
            let z = -8.0 + 16.0 * (f64::from(i) + 0.5) / 20_000.0;
            let gain = f64::max(incumbent - (mean + deviation * z), 0.0);
            integral += gain * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt() * 8e-4;
        }
        let score = ExpectedImprovement {}.score(Prediction { mean, deviation }, incumbent);
        assert!((score.value - integral.ln()).abs() < 1e-6);
    }
}
