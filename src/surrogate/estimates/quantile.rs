//! Quantiles: what remains around a Gaussian process of the losses' ranks.
//!
//! Losses become normal quantiles of their ranks, which keeps quantiles in place and leaves no
//! outliers. With m the process and √v the local deviation of a single value about it, the quantile
//! at a place x is m(x) + √v(x) r, where r is the weighted quantile of (z − m)/√v over all trials;
//! the weights are squares of the kernel correlations with x. So the shape of the scatter is that of
//! similar configs, whatever it is.

use super::groups::gather;
use super::process::{Local, Observed};
use super::{Candidate, Estimate, Sample, literal};
use crate::math::special::normal_quantile;
use crate::math::statistics::ranks;
use crate::surrogate::encoding::Feature;
use crate::surrogate::inputs::Inputs;

/// Most groups that the constants are fitted to. This and the next bound the time.
const MOST_FITTED: usize = 150;
/// Most groups that are modelled.
const MOST: usize = 500;

/// The quantile of the losses at each observation.
pub(super) fn estimate(features: &[Feature], sample: &Sample, share: f64) -> Vec<Candidate> {
    quantiles(features, sample, share).unwrap_or_else(|| literal(&sample.losses))
}

fn quantiles(features: &[Feature], sample: &Sample, share: f64) -> Option<Vec<Candidate>> {
    let n = sample.losses.len();
    let scores: Vec<f64> = ranks(&sample.losses)
        .into_iter()
        .map(|rank| normal_quantile((rank - 0.5) / n as f64))
        .collect();
    let back = Back::new(&sample.losses, &scores)?;
    let unknown = vec![None; n];
    let numbers: Vec<usize> = (0..n).collect();
    let observe = |weights: &[f64], most: usize| -> Vec<Observed> {
        let groups = gather(features, weights, &sample.rows, &numbers, most);
        groups.into_iter().map(|group| Observed::new(group, &scores, &unknown)).collect()
    };
    let few = observe(&vec![1.0; features.len()], MOST_FITTED);
    let local = Local::fit(features, &few);
    let observed = observe(&local.weights(), MOST);
    let variances = local.variances_at(features, &observed);
    let posterior = local.posterior(features, &observed, &variances)?;
    let mut places = Inputs::new(features.len());
    sample.rows.iter().for_each(|codes| places.push(codes));
    let (means, _) = posterior.predict_many(&places);
    let mut deviations = vec![0.0; n];
    for (one, variance) in observed.iter().zip(&variances) {
        one.group.members.iter().for_each(|&member| deviations[member] = variance.sqrt());
    }
    let rest: Vec<f64> = (0..n).map(|at| (scores[at] - means[at]) / deviations[at]).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| rest[a].total_cmp(&rest[b]));
    let candidate = |at: usize| {
        let near = local.nearness_to(features, &sample.rows[at], &places);
        let (sum, squares) = near
            .iter()
            .fold((0.0, 0.0), |(sum, squares), near| (sum + near, squares + near * near));
        let weighted = || order.iter().map(|&other| (rest[other], near[other] / sum));
        let loss = |share: f64| {
            let remainder = weighted_quantile(weighted(), share);
            back.loss(means[at] + deviations[at] * remainder)
        };
        // The share of trials below the quantile has this deviation.
        let apart = (share * (1.0 - share) * squares).sqrt() / sum;
        let (low, high) = (loss((share - apart).max(0.0)), loss((share + apart).min(1.0)));
        let estimate = Estimate { value: loss(share), deviation: 0.5 * high - 0.5 * low };
        Candidate { estimate, eligible: true }
    };
    Some((0..n).map(candidate).collect())
}

/// The quantile of values in ascending order, whose weights sum to one: linear between the middles
/// of the steps of the distribution function.
fn weighted_quantile(values: impl Iterator<Item = (f64, f64)>, share: f64) -> f64 {
    let mut below = 0.0;
    let mut last: Option<(f64, f64)> = None;
    for (value, weight) in values {
        let middle = below + 0.5 * weight;
        below += weight;
        if middle >= share {
            return match last {
                Some((before, earlier)) if middle > earlier => {
                    before + (value - before) * (share - earlier) / (middle - earlier)
                }
                _ => value,
            };
        }
        last = Some((value, middle));
    }
    last.map_or(f64::NAN, |(value, _)| value)
}

/// From scores back to losses: linear between those seen, and not beyond them.
struct Back {
    knots: Vec<(f64, f64)>,
}

impl Back {
    /// `None` if the losses are all the same.
    fn new(losses: &[f64], scores: &[f64]) -> Option<Self> {
        let mut knots: Vec<(f64, f64)> =
            scores.iter().copied().zip(losses.iter().copied()).collect();
        knots.sort_by(|a, b| a.1.total_cmp(&b.1));
        knots.dedup_by(|a, b| a.1 == b.1);
        (knots.len() > 1).then_some(Back { knots })
    }

    fn loss(&self, score: f64) -> f64 {
        let above = self.knots.partition_point(|knot| knot.0 <= score);
        let at = above.clamp(1, self.knots.len() - 1);
        let (a, b) = (self.knots[at - 1], self.knots[at]);
        let share = ((score - a.0) / (b.0 - a.0)).clamp(0.0, 1.0);
        a.1 * (1.0 - share) + b.1 * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weighted_quantiles_are_those_of_the_sample_with_repeats() {
        let values = [1.0, 2.0, 4.0, 8.0];
        let even = |share| weighted_quantile(values.iter().map(|&value| (value, 0.25)), share);
        assert_eq!([0.0, 0.125, 0.25, 0.5, 0.875, 1.0].map(even), [1.0, 1.0, 1.5, 3.0, 8.0, 8.0]);
        let heavy = [(1.0, 0.1), (2.0, 0.8), (4.0, 0.1)];
        assert_eq!(weighted_quantile(heavy.into_iter(), 0.5), 2.0);
        assert!(weighted_quantile(std::iter::empty(), 0.5).is_nan());
    }
}
