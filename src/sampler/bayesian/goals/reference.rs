//! Where hypervolume begins.
//!
//! A goal with a limit begins there. For another the reference has to be guessed, and decides more than
//! anything else about the search. Near the worst value on the front it keeps the search to the part of
//! the front that is known; far from it the ends of the front are worth so much that the search polishes
//! them. So it is near in most trials, and in others anywhere from there to beyond the worst value that was
//! seen or is believed possible: an end of the front may lie where no trial was yet.

use super::outcomes::Beliefs;
use crate::math::pareto::ranks::front;
use crate::math::random::Stream;
use crate::math::statistics::quantile;
use crate::surrogate::Inputs;
use crate::trial::{Goal, Goals};

/// What the near reference adds to the range of the front (Ishibuchi et al. 2018, How to specify a
/// reference point in hypervolume calculation), and the far one to that of all trials.
const NEAR: f64 = 0.1;
const FAR: f64 = 0.25;
/// The near reference is no better than this share of the first trials, as the first front is small. Not
/// varied.
const USUAL: f64 = 0.75;
/// The share of the trials whose reference is not the near one. With the near reference alone a front can
/// stop to grow at one end; a share of a third gains there and loses up to 0.1 of regret with three goals.
const FURTHER: f64 = 1.0 / 3.0;

impl Beliefs<'_> {
    /// The reference of each goal, transformed. `start` is the number of trials that show what is usual, and
    /// `probes` are places all over the space.
    pub(super) fn reference(
        &self,
        goals: &Goals,
        start: usize,
        probes: &Inputs,
        random: &mut Stream,
    ) -> Vec<f64> {
        let on_front = front(&self.feasible);
        let (drawn, further) = (random.unit(), random.unit());
        let share = if drawn < FURTHER { further } else { 0.0 };
        let reference = |(at, goal): (usize, &Goal)| {
            let belief = &self.goals[at];
            if let Some(limit) = goal.limit {
                return belief.compression.apply(goal.direction.orient(limit));
            }
            let (low, high) = range(on_front.iter().map(|&row| self.feasible[row][at]));
            let first = &belief.values[..start.min(belief.values.len())];
            let near = (high + NEAR * (high - low)).max(quantile(first, USUAL));
            let (low, high) = range(belief.values.iter().copied());
            let (means, variances) = belief.posterior.predict_many(probes);
            let possible =
                means.iter().zip(&variances).map(|(mean, variance)| mean + variance.sqrt());
            let far = possible.fold(high + FAR * (high - low), f64::max).max(near);
            near + share * (far - near)
        };
        goals.goals().enumerate().take(self.goals.len()).map(reference).collect()
    }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// The limits of the goals, which are their references; infinite where there is none.
pub(super) fn caps(goals: &Goals, reference: &[f64]) -> Vec<f64> {
    let limits = goals.goals().zip(reference);
    limits.map(|(goal, limit)| if goal.limit.is_some() { *limit } else { f64::INFINITY }).collect()
}
