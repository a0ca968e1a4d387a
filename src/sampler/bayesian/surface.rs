use std::borrow::Cow;

use super::acquisition::{Acquisition, Score};
use super::belief::Belief;
use super::effort::Effort;
use super::trust_box::TrustBox;
use super::user_prior::UserPrior;
use crate::math::special::{inverse_mills, log_normal_cdf};
use crate::surrogate::{Encoding, Inputs, Posterior, Prediction, Ties};

/// A function over codes that the search climbs.
pub(super) trait Surface {
    /// How far one must go in each feature for the height to change much; `None` where nothing is known.
    fn lengthscales(&self) -> Option<Cow<'_, [f64]>>;

    /// The heights at several places.
    fn heights(&self, places: &Inputs) -> Vec<f64>;

    /// The heights at several places that differ from one in few codes, at less cost.
    fn heights_beside(&self, codes: &[f64], places: &Inputs) -> Vec<f64>;

    /// The height at a place, and its derivative by the numeric codes.
    fn slope(&self, codes: &[f64], gradient: &mut [f64]) -> f64;

    /// Where the search may go.
    fn region(&self) -> &TrustBox;
}

/// The surface of a study with one goal: the acquisition of what is believed there, plus
/// multiples of the logarithms of the probabilities that a trial there succeeds, and that its loss is
/// a new one.
pub(super) struct AcquisitionSurface<'a> {
    /// What is believed of losses; `None` when no trial has one.
    pub(super) losses: Option<&'a Posterior>,
    pub(super) acquisition: &'a dyn Acquisition,
    pub(super) incumbent: f64,
    pub(super) feasibility: Option<Feasibility<'a>>,
    /// Where losses are known already; `None` where no trials tie.
    pub(super) ties: Option<&'a Ties>,
    /// Codes whose combination of choices is closed for this suggestion.
    pub(super) closed: Option<&'a Combination>,
    /// What a person believes.
    pub(super) prior: Option<&'a UserPrior>,
    /// Where the search may go.
    pub(super) region: &'a TrustBox,
}

/// Means and variances of a process at several places.
pub(super) type Predict<'a> = dyn Fn(&Posterior, &Inputs) -> (Vec<f64>, Vec<f64>) + 'a;

/// The codes of the categorical features: which features, and their codes.
pub(super) type Combination = Vec<(usize, f64)>;

/// A process that is learned from which trials failed: a trial succeeds where it is below the
/// threshold.
#[derive(Clone, Copy)]
pub(super) struct Feasibility<'a> {
    pub(super) failures: &'a Posterior,
    pub(super) threshold: f64,
}

/// Power of the probability of success that an acquisition is multiplied with. At 1 the product is the
/// expected gain, which trades failures for improvements too freely once little is left to improve: a failed
/// trial costs as much as any, and teaches less. The number 5 was not varied.
const FAILURE_EXPONENT: f64 = 5.0;

/// A gain that is not worth a failure, in standard deviations of the transformed losses. Where all gains
/// among the places that succeed are smaller, they count as about this one: else a solved problem would be
/// left for any chance in the region that fails. Not varied.
const NEGLIGIBLE: f64 = 1e-3;

/// Power of the probability of a new loss that an acquisition is multiplied with. At 1 the product is the
/// expected gain if both factors are right. The search goes to where they are too high, above all the gain
/// beside a plateau, which is no bowl. Chosen on the problems with ties in `benches/bayesian.md`, which has
/// other powers.
pub(super) const NOVELTY: f64 = 2.5;

impl Feasibility<'_> {
    /// ln(e^worth + negligible) and its derivative by the worth.
    fn soften(worth: f64) -> (f64, f64) {
        let gain = worth.exp();
        if gain.is_finite() {
            ((gain + NEGLIGIBLE).ln(), gain / (gain + NEGLIGIBLE))
        } else {
            (worth, 1.0)
        }
    }

    pub(super) fn score(&self, mean: f64, deviation: f64) -> Score {
        let z = (self.threshold - mean) / deviation;
        let mills = inverse_mills(z);
        Score {
            value: FAILURE_EXPONENT * log_normal_cdf(z),
            by_mean: -FAILURE_EXPONENT * mills / deviation,
            by_deviation: -FAILURE_EXPONENT * mills * z / deviation,
        }
    }
}

impl<'a> AcquisitionSurface<'a> {
    /// Goes on with another belief of losses.
    pub(super) fn believe(&mut self, belief: &Belief<'a>) {
        self.losses = Some(belief.posterior);
        self.incumbent = belief.incumbent;
    }
}

impl AcquisitionSurface<'_> {
    /// What a search of it may cost.
    pub(super) fn effort(&self, encoding: &Encoding) -> Effort {
        let failures = self.feasibility.as_ref().map(|feasibility| feasibility.failures);
        let processes = self.losses.into_iter().chain(failures);
        let observations: Vec<usize> = processes.map(|process| process.inputs().len()).collect();
        Effort::new(encoding, &observations)
    }

    /// The acquisition, softened where trials have failed.
    fn worth(&self, belief: Prediction) -> Score {
        let mut score = self.acquisition.score(belief, self.incumbent);
        if self.feasibility.is_some() {
            let (value, slope) = Feasibility::soften(score.value);
            score.value = value;
            score.by_mean *= slope;
            score.by_deviation *= slope;
        }
        score
    }

    /// The acquisition at several places, whether or not trials succeed there. What is not a number
    /// or closed counts as the lowest.
    pub(super) fn worths(&self, places: &Inputs) -> Vec<f64> {
        self.worths_by(places, &|process, places| process.predict_many(places))
    }

    fn worths_by(&self, places: &Inputs, predict: &Predict<'_>) -> Vec<f64> {
        let mut worths = vec![0.0; places.len()];
        if let Some(losses) = self.losses {
            let (means, variances) = predict(losses, places);
            for ((worth, mean), variance) in worths.iter_mut().zip(means).zip(variances) {
                let belief = Prediction { mean, deviation: variance.sqrt() };
                *worth = self.acquisition.score(belief, self.incumbent).value;
            }
        }
        for (at, worth) in worths.iter_mut().enumerate() {
            let is_closed = self.closed.is_some_and(|choices| {
                choices.iter().all(|&(feature, code)| places.column(feature)[at] == code)
            });
            if worth.is_nan() || is_closed {
                *worth = f64::NEG_INFINITY;
            }
        }
        worths
    }

    /// The heights at places where the acquisition is known.
    pub(super) fn heights_of(&self, worths: Vec<f64>, places: &Inputs) -> Vec<f64> {
        self.heights_by(worths, places, &|process, places| process.predict_many(places))
    }

    fn heights_by(&self, mut worths: Vec<f64>, places: &Inputs, predict: &Predict<'_>) -> Vec<f64> {
        if let Some(feasibility) = &self.feasibility {
            let (means, variances) = predict(feasibility.failures, places);
            for ((worth, mean), variance) in worths.iter_mut().zip(means).zip(variances) {
                if *worth > f64::NEG_INFINITY {
                    let chance = feasibility.score(mean, variance.sqrt()).value;
                    let height = Feasibility::soften(*worth).0 + chance;
                    *worth = if height.is_nan() { f64::NEG_INFINITY } else { height };
                }
            }
        }
        if let Some(ties) = self.ties {
            let logs = ties.log_new(places);
            worths.iter_mut().zip(logs).for_each(|(worth, log)| *worth += NOVELTY * log);
        }
        if let Some(prior) = self.prior {
            prior.add(places, &mut worths);
        }
        worths
    }
}

impl Surface for AcquisitionSurface<'_> {
    fn lengthscales(&self) -> Option<Cow<'_, [f64]>> {
        let failures = self.feasibility.as_ref().map(|feasibility| feasibility.failures);
        let process = self.losses.or(failures)?;
        Some(process.model().lengthscales.as_slice().into())
    }

    fn heights(&self, places: &Inputs) -> Vec<f64> {
        self.heights_of(self.worths(places), places)
    }

    fn heights_beside(&self, codes: &[f64], places: &Inputs) -> Vec<f64> {
        let beside = |process: &Posterior, places: &Inputs| {
            process.predict_beside(&process.place(codes), places)
        };
        self.heights_by(self.worths_by(places, &beside), places, &beside)
    }

    fn region(&self) -> &TrustBox {
        self.region
    }

    fn slope(&self, codes: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let mut height = 0.0;
        let (mut by_mean, mut by_variance) = (vec![0.0; codes.len()], vec![0.0; codes.len()]);
        let mut add = |process: &Posterior, score: &dyn Fn(f64, f64) -> Score| {
            let (mean, variance) =
                process.predict_with_gradient(codes, &mut by_mean, &mut by_variance);
            let deviation = variance.sqrt();
            let score = score(mean, deviation);
            height += score.value;
            for at in 0..codes.len() {
                gradient[at] += score.by_mean * by_mean[at]
                    + score.by_deviation * by_variance[at] / (2.0 * deviation);
            }
        };
        if let Some(losses) = self.losses {
            add(losses, &|mean, deviation| self.worth(Prediction { mean, deviation }));
        }
        if let Some(feasibility) = &self.feasibility {
            add(feasibility.failures, &|mean, deviation| feasibility.score(mean, deviation));
        }
        if let Some(ties) = self.ties {
            height += NOVELTY * ties.log_new_with_gradient(codes, &mut by_mean);
            gradient.iter_mut().zip(&by_mean).for_each(|(slope, by)| *slope += NOVELTY * by);
        }
        if let Some(prior) = self.prior {
            height += prior.add_gradient(codes, gradient);
        }
        height
    }
}
