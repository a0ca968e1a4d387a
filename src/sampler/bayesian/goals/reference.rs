//! Where hypervolume begins.
//!
//! A goal with a limit begins there. For another the reference has to be guessed, and decides more than
//! anything else. One that is near, the worst value on the front and a tenth of its range, stays on the
//! part of the front that is known. One that is far makes the ends of the front worth so much that the
//! search polishes them.

use super::outcomes::Beliefs;
use crate::math::pareto::ranks::front;
use crate::math::random::Stream;
use crate::math::statistics::quantile;
use crate::sampler::bayesian::training_data::TrainingData;
use crate::trial::Goals;

/// What the near reference adds to the range of the front, and the far one to that of all trials.
const NEAR: f64 = 0.1;
const FAR: f64 = 0.25;
/// The share of the first trials that are better than the near reference at least.
const USUAL: f64 = 0.75;

impl Beliefs<'_> {
    /// The reference of each goal, transformed. `start` is the number of trials that show what is usual.
    pub(super) fn references(
        &self,
        goals: &Goals,
        start: usize,
        _past: &TrainingData,
        random: &mut Stream,
    ) -> Vec<f64> {
        let on_front = front(&self.feasible);
        let knob = |name: &str, usual: f64| -> f64 {
            std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual)
        };
        let u = random.unit();
        let (pn, pf) = (knob("TW_PN", 0.0), knob("TW_PF", 1.0 / 3.0));
        let share = if u < pf { random.unit() } else { 0.0 };
        let nadir_only = u >= 1.0 - pn;
        let (near_by, usual, far_by) =
            (knob("TW_NADIR", NEAR), knob("TW_USUAL", USUAL), knob("TW_FAR", FAR));
        let reference = |(at, goal): (usize, &crate::trial::Goal)| {
            let belief = &self.goals[at];
            if let Some(limit) = goal.limit {
                return belief.bend.apply(goal.direction.orient(limit));
            }
            let range = |values: &mut dyn Iterator<Item = f64>| {
                values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                    (low.min(value), high.max(value))
                })
            };
            let (low, high) = range(&mut on_front.iter().map(|&row| self.feasible[row][at]));
            let first = &belief.values[..start.min(belief.values.len())];
            let near = high + near_by * (high - low);
            let near = if nadir_only { near } else { near.max(quantile(first, usual)) };
            let (low, high) = range(&mut belief.values.iter().copied());
            let far = high + far_by * (high - low);
            near + share * (far - near).max(0.0)
        };
        goals.goals().enumerate().take(self.goals.len()).map(reference).collect()
    }
}
