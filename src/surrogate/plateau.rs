//! How probable it is that a place has the best loss, to the last bit.
//!
//! The model is that of [`ties`](super::ties): as a parameter moves, the loss steps to another value
//! at random places. Here its rates are not taken for known: they are drawn from what the trials
//! leave open, a normal law around the most probable logarithms (Laplace's approximation). Under
//! each draw the probability that a place has the best loss is kᵀK⁻¹y, where y is 1 for trials with
//! the best loss and 0 for the others: both kinds speak.

use super::codes::Codes;
use super::encoding::Feature;
use super::inputs::Inputs;
use super::pairs::{Pairs, distance};
use super::ties::{NUGGET, correlations};
use crate::math::linalg::{Cholesky, Matrix, dot};
use crate::math::random::Stream;
use crate::math::statistics::levels;

/// How many rates are drawn. Not varied.
const DRAWS: usize = 24;
/// The step of the differences that make the curvature, in logarithms.
const STEP: f64 = 1e-3;
/// Curvature below this says nothing: the deviation of a logarithm is at most 3. Not varied.
const LEAST: f64 = 0.1;
/// The seed, so that the same trials tell the same.
const SEED: u64 = 0x706c_6174_6561_7573;

/// What the trials tell of where the loss is the best one.
#[derive(Clone, Debug)]
pub(crate) struct Plateau {
    features: Vec<Feature>,
    places: Inputs,
    draws: Vec<Draw>,
}

/// Rates that the trials leave possible.
#[derive(Clone, Debug)]
struct Draw {
    rates: Vec<f64>,
    /// K⁻¹y.
    alpha: Vec<f64>,
}

impl Plateau {
    /// Learns from trials which places have the lowest loss; `others` are places of trials that have
    /// no loss, and so not that one. `None` where no two places have the same loss, or all have.
    pub(crate) fn learn(
        features: &[Feature],
        places: &Inputs,
        losses: &[f64],
        others: &[Codes],
    ) -> Option<Self> {
        let pairs = Pairs::new(features, places, losses)?;
        let mut places = places.clone();
        others.iter().for_each(|codes| places.push(codes));
        let mut best: Vec<f64> =
            levels(losses).into_iter().map(|level| f64::from(u8::from(level == 0))).collect();
        best.resize(places.len(), 0.0);
        let draws = possible(&pairs).into_iter().filter_map(|logs| {
            let rates = logs[..features.len()].iter().map(|log| log.exp()).collect();
            Draw::new(features, rates, &places, best.clone())
        });
        let draws: Vec<Draw> = draws.collect();
        (!draws.is_empty()).then_some(Plateau { features: features.to_vec(), places, draws })
    }

    /// The probability that a place has the lowest loss.
    pub(crate) fn probability(&self, codes: &[f64]) -> f64 {
        let mut correlation = vec![0.0; self.places.len()];
        let all = self.draws.iter().map(|Draw { rates, alpha }| {
            correlations(&self.features, rates, codes, &self.places, &mut correlation);
            dot(&correlation, alpha).clamp(0.0, 1.0)
        });
        all.sum::<f64>() / self.draws.len() as f64
    }

    /// The same for many places that differ in one feature only.
    pub(crate) fn along<'a>(
        &'a self,
        codes: &[f64],
        feature: usize,
    ) -> impl Fn(f64) -> f64 + use<'a> {
        let weights: Vec<Vec<f64>> = self
            .draws
            .iter()
            .map(|Draw { rates, alpha }| {
                let rates: Vec<f64> = (0..rates.len())
                    .map(|at| if at == feature { 0.0 } else { rates[at] })
                    .collect();
                let mut weights = vec![0.0; self.places.len()];
                correlations(&self.features, &rates, codes, &self.places, &mut weights);
                weights.iter_mut().zip(alpha).for_each(|(weight, alpha)| *weight *= alpha);
                weights
            })
            .collect();
        let kind = self.features[feature];
        move |code| {
            let apart: Vec<f64> = self
                .places
                .column(feature)
                .iter()
                .map(|other| distance(kind, code, *other))
                .collect();
            let all = self.draws.iter().zip(&weights).map(|(draw, weights)| {
                let rate = draw.rates[feature];
                let parts = apart.iter().zip(weights);
                parts
                    .map(|(apart, weight)| weight * (-rate * apart).exp())
                    .sum::<f64>()
                    .clamp(0.0, 1.0)
            });
            all.sum::<f64>() / self.draws.len() as f64
        }
    }
}

impl Draw {
    fn new(
        features: &[Feature],
        rates: Vec<f64>,
        places: &Inputs,
        mut alpha: Vec<f64>,
    ) -> Option<Self> {
        let n = places.len();
        let mut covariance = Matrix::zeros(n, n);
        for i in 0..n {
            let row = &mut covariance.row_mut(i)[..=i];
            correlations(features, &rates, &places.row(i), places, row);
            row[i] += NUGGET;
        }
        Cholesky::with_jitter(&covariance).ok()?.solve(&mut alpha);
        Some(Draw { rates, alpha })
    }
}

/// Logarithms of rates, and log odds of c, that are drawn from what the trials leave possible.
fn possible(pairs: &Pairs) -> Vec<Vec<f64>> {
    let centre = pairs.most_probable();
    let n = centre.len();
    let mut curvature = Matrix::zeros(n, n);
    let slopes_at = |at: usize, step: f64| {
        let mut logs = centre.clone();
        logs[at] += step;
        let mut slopes = vec![0.0; n];
        pairs.density(&logs, &mut slopes);
        slopes
    };
    for i in 0..n {
        let (above, below) = (slopes_at(i, STEP), slopes_at(i, -STEP));
        for j in 0..n {
            let part = 0.5 * (below[j] - above[j]) / (2.0 * STEP);
            curvature.row_mut(i)[j] += part;
            curvature.row_mut(j)[i] += part;
        }
    }
    for i in 0..n {
        curvature.row_mut(i)[i] = curvature.row_mut(i)[i].max(0.0) + LEAST;
    }
    let covariance = Cholesky::with_jitter(&curvature).map(Cholesky::into_inverse);
    let Some(factor) = covariance.ok().and_then(|all| Cholesky::with_jitter(&all).ok()) else {
        return vec![centre];
    };
    let mut random = Stream::new(SEED, 0);
    let draw = |_| {
        let normal: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let logs = centre
            .iter()
            .enumerate()
            .map(|(i, centre)| centre + (0..=i).map(|j| factor.get(i, j) * normal[j]).sum::<f64>());
        logs.collect()
    };
    (0..DRAWS).map(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEATURES: [Feature; 3] =
        [Feature::Continuous, Feature::Continuous, Feature::Choice { choices: 3 }];

    /// Best below 0.4 of the first parameter with the first two choices, whatever the second is.
    fn is_best(codes: &[f64]) -> bool {
        codes[0] < 0.4 && codes[2] < 2.0
    }

    fn learned(others: &[Codes]) -> Plateau {
        let mut random = Stream::new(3, 0);
        let mut places = Inputs::new(3);
        let mut losses = Vec::new();
        for _ in 0..60 {
            let codes = [random.unit(), random.unit(), random.below(3) as f64];
            losses.push(if is_best(&codes) { 0.0 } else { 1.0 + (5.0 * codes[0]).floor() });
            places.push(&codes);
        }
        Plateau::learn(&FEATURES, &places, &losses, others).unwrap()
    }

    #[test]
    fn a_plateau_is_known_where_trials_lie_on_it() {
        let plateau = learned(&[]);
        for (codes, least, most) in [
            ([0.2, 0.5, 0.0], 0.95, 1.0),
            ([0.2, 0.1, 1.0], 0.8, 1.0),
            ([0.2, 0.5, 2.0], 0.0, 0.2),
            ([0.8, 0.5, 0.0], 0.0, 0.2),
            // Near the step nobody knows.
            ([0.4, 0.5, 0.0], 0.1, 0.9),
        ] {
            let probability = plateau.probability(&codes);
            assert!((least..=most).contains(&probability), "{codes:?}: {probability}");
            for feature in 0..3 {
                let along = plateau.along(&codes, feature)(codes[feature]);
                assert!((along - probability).abs() < 1e-12, "{along} {probability}");
            }
        }
    }

    #[test]
    fn a_trial_without_a_loss_is_off_the_plateau() {
        let codes = Codes::from(vec![0.2, 0.5, 0.0]);
        let probability = learned(std::slice::from_ref(&codes)).probability(&codes);
        assert!(probability < 0.1, "{probability}");
    }

    #[test]
    fn nothing_is_learned_without_ties_or_where_all_tie() {
        let mut places = Inputs::new(3);
        (0..9).for_each(|at| places.push(&[f64::from(at) / 8.0, 0.5, 0.0]));
        let losses: Vec<f64> = (0..9).map(f64::from).collect();
        assert!(Plateau::learn(&FEATURES, &places, &losses, &[]).is_none());
        assert!(Plateau::learn(&FEATURES, &places, &[0.3; 9], &[]).is_none());
        assert!(Plateau::learn(&FEATURES, &Inputs::new(3), &[], &[]).is_none());
    }
}
