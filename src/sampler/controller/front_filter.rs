//! What a proposal adds to the front, where there are several goals.
//!
//! Each goal has a process of its own, with the covariance of [`filter`](super::filter) and with its own zᵢ: the
//! ranks of its values, in which trials that break a limit come behind all others. The score is the logarithm of
//! the expected hypervolume improvement in these ranks (`math::pareto::improvement`), so that neither the units
//! nor the scales of the goals matter. Beyond four goals it is the expected improvement under weights drawn anew.

use super::merit::{Merit, Outcome};
use crate::math::pareto::improvement::{HypervolumeImprovement, Scratch};
use crate::math::pareto::ranks::front;
use crate::math::pareto::scalarized::ScalarizedImprovement;
use crate::math::pareto::subset::greedy_subset;
use crate::math::random::Stream;
use crate::math::special::normal_quantile;
use crate::surrogate::{Inputs, Posterior};

/// The most goals whose hypervolume is worked out, and of at most how many results of the front. They bound
/// the time of a proposal.
const MOST_GOALS: usize = 4;
const MOST_ON_FRONT: usize = 60;
/// The reference is this share of the front's range beyond it, and no better than the z of this share of the
/// results. Not varied.
const BEYOND: f64 = 0.1;
const USUAL: f64 = 0.75;
/// The least that a goal weighs. Not varied.
const LEAST_WEIGHT: f64 = 1e-3;

#[derive(Debug)]
pub(super) struct FrontFilter {
    /// The process of each goal, and the √ of the factor of its covariances.
    goals: Vec<(Posterior, f64)>,
    gain: Gain,
}

#[derive(Debug)]
enum Gain {
    Hypervolume(HypervolumeImprovement),
    Scalarized(ScalarizedImprovement),
}

impl FrontFilter {
    /// From results whose codes `posterior` is conditioned on, and the codes of running trials.
    pub(super) fn new(
        posterior: &Posterior,
        results: &[&Outcome],
        pending: &[Vec<f64>],
        random: &mut Stream,
    ) -> Self {
        let count = results.iter().map(|outcome| outcome.losses.len()).max().unwrap_or(0);
        let columns: Vec<Vec<f64>> = (0..count).map(|goal| column(results, goal)).collect();
        let is_complete = |row: &usize| matches!(results[*row].merit, Merit::Complete { .. });
        let complete = (0..results.len()).filter(is_complete);
        let mut feasible: Vec<Vec<f64>> =
            complete.map(|row| columns.iter().map(|column| column[row]).collect()).collect();
        let mut believed = vec![Vec::with_capacity(count); pending.len()];
        let goals: Vec<(Posterior, f64)> = columns
            .iter()
            .map(|values| {
                let mut posterior = posterior.clone();
                posterior.observe(values, false);
                let scale = posterior.profile_scale();
                let deviation = if scale > 0.0 { scale.sqrt() } else { 1.0 };
                for (codes, believed) in pending.iter().zip(&mut believed) {
                    believed.push(posterior.condition_on_mean(codes));
                }
                (posterior, deviation)
            })
            .collect();
        feasible.append(&mut believed);
        let on_front: Vec<&Vec<f64>> =
            front(&feasible).into_iter().map(|at| &feasible[at]).collect();
        let usual = normal_quantile(USUAL);
        let reference: Vec<f64> = (0..count)
            .map(|goal| {
                let losses = on_front.iter().map(|losses| losses[goal]);
                let (low, high) = losses.fold((usual, f64::NEG_INFINITY), |(low, high), loss| {
                    (low.min(loss), high.max(loss))
                });
                (high + BEYOND * (high - low)).max(usual)
            })
            .collect();
        let gain = if count > MOST_GOALS {
            let weights: Vec<f64> =
                (0..count).map(|_| (-(1.0 - random.unit()).ln()).max(LEAST_WEIGHT)).collect();
            let low = |goal: usize| columns[goal].iter().copied().fold(f64::INFINITY, f64::min);
            let ideal: Vec<f64> = (0..count).map(low).collect();
            let caps = vec![f64::INFINITY; count];
            let scale = (ideal.as_slice(), weights.as_slice());
            Gain::Scalarized(ScalarizedImprovement::new(&on_front, scale, &caps, &reference))
        } else {
            let chosen = greedy_subset(&on_front, &reference, MOST_ON_FRONT);
            let chosen: Vec<&Vec<f64>> = chosen.into_iter().map(|at| on_front[at]).collect();
            Gain::Hypervolume(HypervolumeImprovement::new(&chosen, &reference))
        };
        FrontFilter { goals, gain }
    }

    /// ln of what a result at each place is expected to add.
    pub(super) fn scores(&self, places: &Inputs) -> Vec<f64> {
        let predicted: Vec<_> = self
            .goals
            .iter()
            .map(|(posterior, deviation)| (posterior.predict_many(places), deviation))
            .collect();
        let mut scratch = Scratch::default();
        let mut unused = (vec![0.0; self.goals.len()], vec![0.0; self.goals.len()]);
        (0..places.len())
            .map(|at| {
                let means: Vec<f64> = predicted.iter().map(|((means, _), _)| means[at]).collect();
                let deviations: Vec<f64> = predicted
                    .iter()
                    .map(|((_, variances), deviation)| *deviation * variances[at].sqrt())
                    .collect();
                let score = match &self.gain {
                    Gain::Hypervolume(gain) => gain.log_expected(&means, &deviations, &mut scratch),
                    Gain::Scalarized(gain) => gain.log_expected_with_gradient(
                        &means,
                        &deviations,
                        &mut unused.0,
                        &mut unused.1,
                    ),
                };
                if score.is_nan() { f64::NEG_INFINITY } else { score }
            })
            .collect()
    }
}

/// The z of all results in one goal.
fn column(results: &[&Outcome], goal: usize) -> Vec<f64> {
    let merits = results.iter().map(|outcome| match outcome.merit {
        Merit::Complete { .. } => {
            Merit::Complete { loss: outcome.losses.get(goal).copied().unwrap_or(f64::MAX) }
        }
        other => other,
    });
    super::filter::z(&merits.collect::<Vec<_>>())
}
