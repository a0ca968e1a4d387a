//! Which pairs of trials have the same loss, to the last bit, and what that tells of the rates of
//! steps: the model is that of [`ties`](super::ties).

use super::encoding::Feature;
use super::inputs::Inputs;
use crate::math::lbfgs::{Options, minimize};
use crate::math::statistics::levels;

/// The prior of ln r: normal around 0 with deviation 1. A rate of 1 is one step along the whole axis. Not
/// varied.
const SPREAD: f64 = 1.0;
/// How many pairs each trial counts for, as all n(n − 1)/2 are not independent. Not varied.
const PAIRS_PER_TRIAL: f64 = 4.0;
/// How much more a pair with one of the best trials counts. Not varied.
const BEST: f64 = 10.0;
/// Pieces and chance are equally probable where the log likelihood of pieces is lower by `EVEN`. Their
/// odds are the likelihood ratio to the power `SHARPNESS`, as the pairs are weighted and not
/// independent. With a power of 1 accuracies are searched a little worse (`benches/bayesian.md`).
const EVEN: f64 = 2.5;
const SHARPNESS: f64 = 2.0;
/// ln(c/(1 − c)) where the fit starts.
const CHANCE: f64 = -3.0;

const FIT: Options =
    Options { memory: 8, iterations: 50, gradient_tolerance: 1e-4, decrease_tolerance: 1e-8 };

/// How far two codes of a feature are apart: a choice is another one or not.
pub(super) fn distance(feature: Feature, a: f64, b: f64) -> f64 {
    match feature {
        Feature::Choice { .. } => f64::from(a != b),
        Feature::Continuous | Feature::Discrete { .. } => (a - b).abs(),
    }
}

/// All pairs of trials at different places.
pub(super) struct Pairs {
    list: Vec<Pair>,
    /// Whether each trial ties with one at another place.
    pub(super) tied: Vec<bool>,
    /// How far the pairs are apart in each feature, pair after pair.
    distances: Vec<Vec<f64>>,
}

struct Pair {
    tie: bool,
    /// All weights together are `PAIRS_PER_TRIAL` times half the number of trials.
    weight: f64,
}

impl Pairs {
    /// `None` where no two places have the same loss, or all have.
    pub(super) fn new(features: &[Feature], places: &Inputs, losses: &[f64]) -> Option<Self> {
        let levels = levels(losses);
        let rows: Vec<Vec<f64>> = (0..places.len()).map(|at| places.row(at)).collect();
        let mut tied = vec![false; rows.len()];
        let (mut list, mut numbers) = (Vec::new(), Vec::new());
        for i in 0..rows.len() {
            for j in (0..i).filter(|&j| rows[i] != rows[j]) {
                let best = levels[i] == 0 || levels[j] == 0;
                let weight = if best { BEST } else { 1.0 };
                let tie = levels[i] == levels[j];
                tied[i] |= tie;
                tied[j] |= tie;
                list.push(Pair { tie, weight });
                numbers.push((i, j));
            }
        }
        let tie = |pair: &Pair| pair.tie;
        if !list.iter().any(tie) || list.iter().all(tie) {
            return None;
        }
        let total: f64 = list.iter().map(|pair| pair.weight).sum();
        let wanted = 0.5 * PAIRS_PER_TRIAL * rows.len() as f64;
        list.iter_mut().for_each(|pair| pair.weight *= wanted / total.max(1.0));
        let apart = |(at, feature): (usize, &Feature)| {
            let codes = places.column(at);
            numbers.iter().map(|&(i, j)| distance(*feature, codes[i], codes[j])).collect()
        };
        let distances = features.iter().enumerate().map(apart).collect();
        Some(Pairs { list, tied, distances })
    }

    /// The logarithms of the most probable rates, and the log odds of c.
    pub(super) fn most_probable(&self) -> Vec<f64> {
        let d = self.distances.len();
        let mut start = vec![0.0; d];
        start.push(CHANCE);
        let (mut low, mut high) = (vec![-4.0; d], vec![6.0; d]);
        low.push(-8.0);
        high.push(2.0);
        let negative = |logs: &[f64], gradient: &mut [f64]| {
            let density = self.density(logs, gradient);
            gradient.iter_mut().for_each(|slope| *slope = -*slope);
            -density
        };
        minimize(negative, &start, &low, &high, &FIT).point
    }

    /// The probability that ties come from pieces, by the likelihoods of that with these logarithms of
    /// rates, and of one probability for all pairs, near and far.
    pub(super) fn probability_of_pieces(&self, logs: &[f64]) -> f64 {
        let all: f64 = self.list.iter().map(|pair| pair.weight).sum();
        let ties: f64 = self.list.iter().filter(|pair| pair.tie).map(|pair| pair.weight).sum();
        let chance = ties * (ties / all).ln() + (all - ties) * (1.0 - ties / all).ln();
        let density = self.density(logs, &mut vec![0.0; logs.len()]);
        let pieces = density - log_prior(&logs[..self.distances.len()]);
        1.0 / (1.0 + (SHARPNESS * (chance - pieces - EVEN)).exp())
    }

    /// The weighted log likelihood of the ties plus the log prior, at the logarithms of the rates and
    /// the log odds of c; and its gradient.
    pub(super) fn density(&self, logs: &[f64], gradient: &mut [f64]) -> f64 {
        let d = self.distances.len();
        let rates: Vec<f64> = logs[..d].iter().map(|log| log.exp()).collect();
        let chance = 1.0 / (1.0 + (-logs[d]).exp());
        let mut near = vec![0.0; self.list.len()];
        for (column, rate) in self.distances.iter().zip(&rates) {
            near.iter_mut().zip(column).for_each(|(sum, distance)| *sum -= rate * distance);
        }
        let mut value = 0.0;
        let mut by_chance = 0.0;
        // Becomes the derivative by Σ rᵢ|Δᵢ|.
        for (near, pair) in near.iter_mut().zip(&self.list) {
            let same = near.exp();
            let tie = (chance + (1.0 - chance) * same).clamp(1e-12, 1.0 - 1e-12);
            let (log, slope) =
                if pair.tie { (tie.ln(), 1.0 / tie) } else { ((-tie).ln_1p(), -1.0 / (1.0 - tie)) };
            value += pair.weight * log;
            by_chance += pair.weight * slope * (1.0 - same);
            *near = -pair.weight * slope * (1.0 - chance) * same;
        }
        for (at, slope) in gradient[..d].iter_mut().enumerate() {
            let sum: f64 = self.distances[at].iter().zip(&near).map(|(a, b)| a * b).sum();
            *slope = rates[at] * sum - logs[at] / SPREAD.powi(2);
        }
        gradient[d] = by_chance * chance * (1.0 - chance);
        value + log_prior(&logs[..d])
    }
}

/// The log prior of the logarithms of rates, up to a constant.
fn log_prior(logs: &[f64]) -> f64 {
    -0.5 * logs.iter().map(|log| (log / SPREAD).powi(2)).sum::<f64>()
}
