//! Expected values: a Gaussian process of the losses on their own scale.
//!
//! 1. Losses are bounded. None counts for more than [`FURTHEST`] times the spread of the better half
//!    above the median. What happened once or twice says nothing of a rate: of the two worst and the
//!    two best, what lies further than [`REACH`] spreads, or [`LUCKY`] quartile distances below the
//!    median, counts as the third or as that bound.
//! 2. Repeats are averaged and the process of [`process`](super::process) is fitted.
//! 3. Trials that cannot be the best by what the others say of them are left out, and the rest are
//!    modelled again on their own scale, until none is left out: differences near the best would
//!    drown in those between bad configs. A trial's own value is no part of that, so that no luck is
//!    selected.
//! 4. Where noise is learned, part of it may be the place's own, such as steps of the function that
//!    no kernel follows. The less the neighbours pin the place down, the more: the variance of that
//!    part is half of the noise, or twice the variance of the process if that is less. An error is
//!    not believed beyond two deviations.

use super::groups::gather;
use super::process::{Local, Observed};
use super::{Candidate, Estimate, Sample, literal};
use crate::math::statistics::{mean, median, quantile};
use crate::surrogate::encoding::Feature;
use crate::surrogate::inputs::Inputs;

/// Most groups that the constants are fitted to. This and the next bound the time.
const MOST_FITTED: usize = 150;
/// Most groups that are modelled.
const MOST: usize = 500;
/// How often bad trials are left out at most. Not varied.
const ROUNDS: usize = 4;
/// Fewer trials than this are not left with less. Not varied.
const FEWEST: usize = 20;
/// Losses that stand alone.
const ALONE: usize = 2;
/// How far such a loss may reach above the median, in units of the better half's spread. Not varied.
const REACH: f64 = 20.0;
/// How far any loss may. Not varied.
const FURTHEST: f64 = 1e3;
/// How far a good loss that stands alone may reach below the median, in units of the distance to the lower
/// quartile. Not varied.
const LUCKY: f64 = 5.0;
/// Deviations by which a trial must be worse than the best to be left out. This and the share of learned
/// noise below move the regret of recommendations between 0.405 and 0.435, at an error of 0.036
/// (`benches/bayesian.md`).
const WORSE: f64 = 3.0;
/// The share of learned noise that is the place's own where neighbours say little.
const OWN: f64 = 0.5;
/// The same, in units of the variance of the process there. Not varied.
const OWN_AT_MOST: f64 = 2.0;
/// Deviations beyond which an error is not believed. Not varied.
const BELIEVED: f64 = 2.0;

/// The expected losses.
pub(super) fn estimate(features: &[Feature], sample: &Sample) -> Vec<Candidate> {
    let mut candidates = literal(&sample.losses);
    let mut numbers: Vec<usize> = (0..sample.losses.len()).collect();
    for round in 0..ROUNDS {
        let Some(kept) = believe(features, sample, &numbers, &mut candidates) else { break };
        let last = kept.len() == numbers.len() || round + 1 == ROUNDS;
        if last || kept.len() < FEWEST.min(numbers.len()) {
            break;
        }
        numbers.iter().for_each(|&number| candidates[number].eligible = false);
        kept.iter().for_each(|&number| candidates[number].eligible = true);
        numbers = kept;
    }
    candidates
}

/// Estimates the losses of some trials, and returns those that may be the best. `None` where there
/// is nothing to learn.
fn believe(
    features: &[Feature],
    sample: &Sample,
    numbers: &[usize],
    candidates: &mut [Candidate],
) -> Option<Vec<usize>> {
    let (scale, values) = Scale::fit(&sample.losses, numbers)?;
    let deviation = |own: &Option<f64>| own.map(|own| own / scale.unit);
    let deviations: Vec<Option<f64>> = sample.deviations.iter().map(deviation).collect();
    let observe = |weights: &[f64], most: usize| -> Vec<Observed> {
        let groups = gather(features, weights, &sample.rows, numbers, most);
        groups.into_iter().map(|group| Observed::new(group, &values, &deviations)).collect()
    };
    let few = observe(&vec![1.0; features.len()], MOST_FITTED);
    let local = Local::fit(features, &few);
    let observed = observe(&local.weights(), MOST);
    let variances = local.variances_at(features, &observed);
    let posterior = local.posterior(features, &observed, &variances)?;
    let left_out = posterior.leave_one_out();
    let mut places = Inputs::new(features.len());
    numbers.iter().for_each(|&number| places.push(&sample.rows[number]));
    let (means, uncertain) = posterior.predict_many(&places);
    let mut at = vec![0; sample.losses.len()];
    numbers.iter().enumerate().for_each(|(place, &number)| at[number] = place);
    let mut best = f64::INFINITY;
    for (one, variance) in observed.iter().zip(&variances) {
        for &number in &one.group.members {
            let (mut mean, process) = (means[at[number]], uncertain[at[number]]);
            if one.known.is_none() && one.group.exact {
                let own = (OWN * variance).min(OWN_AT_MOST * process);
                let noise = own + (variance - own) / one.count();
                let limit = BELIEVED * noise.sqrt();
                mean += own / noise * (one.value - mean).clamp(-limit, limit);
            }
            let estimate =
                Estimate { value: scale.back(mean), deviation: scale.unit * process.sqrt() };
            candidates[number] = Candidate { estimate, eligible: true };
            best = best.min(mean + WORSE * process.sqrt());
        }
    }
    let mut kept = Vec::new();
    for (one, (mean, variance, _)) in observed.iter().zip(left_out) {
        if mean - WORSE * variance.sqrt() <= best {
            kept.extend(&one.group.members);
        }
    }
    kept.sort_unstable();
    Some(kept)
}

/// Place and unit of some losses. Halves, so that no difference overflows.
#[derive(Clone, Copy, Debug)]
struct Scale {
    centre: f64,
    unit: f64,
}

impl Scale {
    /// `None` if the losses are all the same. The values are those of all losses, in their order;
    /// only those with the given numbers matter.
    fn fit(losses: &[f64], numbers: &[usize]) -> Option<(Self, Vec<f64>)> {
        let mut sorted: Vec<f64> = numbers.iter().map(|&number| 0.25 * losses[number]).collect();
        sorted.sort_by(f64::total_cmp);
        let alone = ALONE.min(sorted.len() / 10);
        let middle = median(&sorted);
        let better: Vec<f64> = sorted
            .iter()
            .filter(|value| **value <= middle)
            .map(|value| (value - middle) * (value - middle))
            .collect();
        let spread = mean(&better).sqrt();
        let quarter = middle - quantile(&sorted, 0.25);
        let third = |at: usize| sorted.get(at).copied().unwrap_or(middle);
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        if spread > 0.0 {
            high = third(sorted.len() - 1 - alone).max(middle + REACH * spread);
            high = high.min(middle + FURTHEST * spread);
        }
        if quarter > 0.0 {
            low = third(alone).min(middle - LUCKY * quarter);
        }
        let quarters: Vec<f64> =
            losses.iter().map(|loss| (0.25 * loss).max(low).min(high)).collect();
        let chosen: Vec<f64> = numbers.iter().map(|&number| quarters[number]).collect();
        let low = chosen.iter().copied().fold(f64::INFINITY, f64::min);
        let extent = chosen.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low;
        if extent.is_nan() || extent <= 0.0 {
            return None;
        }
        let shares: Vec<f64> = chosen.iter().map(|value| (value - low) / extent).collect();
        let centre = mean(&shares);
        let deviation =
            mean(&shares.iter().map(|s| (s - centre).powi(2)).collect::<Vec<_>>()).sqrt();
        let unit = extent * deviation;
        if unit.is_nan() || unit <= 0.0 {
            return None;
        }
        let centre = low + extent * centre;
        let values = quarters.iter().map(|value| (value - centre) / unit).collect();
        Some((Scale { centre: 4.0 * centre, unit: 4.0 * unit }, values))
    }

    fn back(self, value: f64) -> f64 {
        (self.centre + self.unit * value).clamp(-f64::MAX, f64::MAX)
    }
}
