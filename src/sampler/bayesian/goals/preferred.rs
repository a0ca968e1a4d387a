//! The part of the front that a person prefers.
//!
//! A person's weights name one trial of the front: the compromise, whose worst weighted distance from the
//! ideal is the least (Chebyshev), in units of the front's ranges. In a share of the suggestions the gain is
//! therefore the expected improvement of just that distance over the compromise so far, and the search begins
//! near the trials with the lowest distances.
//!
//! The units depend on the ends of the front. As long as these move, and where the compromise has little to gain,
//! all of the front is looked at as ever: on a front of which only a fragment is known the compromise is another
//! one, and polishing it would be worth nothing.

use super::outcomes::Beliefs;
use super::reference::caps;
use super::surface::{Gain, LEAST_WEIGHT, OutcomeSurface};
use crate::math::pareto::ranks::front;
use crate::math::pareto::scalarized::ScalarizedImprovement;
use crate::math::random::Stream;
use crate::sampler::bayesian::surface::Surface;
use crate::sampler::bayesian::training_data::{Outcomes, TrainingData};
use crate::space::Point;
use crate::surrogate::{Codes, Encoding, Inputs};
use crate::trial::Goals;

/// The share of the suggestions that look for the compromise. The other half keeps the whole front growing;
/// not varied.
const SHARE: f64 = 0.5;
/// What a suggestion must be expected to gain at least, in units of the front's ranges. Not varied.
const LEAST_GAIN: f64 = 1e-3;
/// The ends stay where they are if the last of the trials, this share of them, have moved none by more than
/// this share of the range. Not varied.
const LAST: f64 = 0.25;
const MOVED: f64 = 0.1;

/// The weights that a suggestion is to look for, if there are several goals, a person prefers some, and this
/// suggestion is one of the share.
pub(super) fn drawn(goals: &Goals, random: &mut Stream) -> Option<Vec<f64>> {
    let weights = goals.preferred().filter(|_| goals.len() > 1)?;
    (random.unit() < SHARE).then_some(weights)
}

/// Whether a place is expected to gain enough as the compromise.
pub(super) fn is_worthwhile(
    surface: &OutcomeSurface<'_>,
    encoding: &Encoding,
    point: &Point,
) -> bool {
    let mut place = Inputs::new(encoding.len());
    place.push(&encoding.encode(point));
    surface.heights(&place).iter().any(|height| *height > LEAST_GAIN.ln())
}

impl Gain<'_> {
    /// What a trial gains as the compromise; `None` as long as the ends of the front move, or nothing is known to be
    /// feasible.
    pub(super) fn of_compromise(
        beliefs: &Beliefs<'_>,
        goals: &Goals,
        weights: &[f64],
        reference: &[f64],
    ) -> Option<Self> {
        let caps = caps(goals, reference);
        let within = |losses: &&Vec<f64>| losses.iter().zip(&caps).all(|(loss, cap)| loss <= cap);
        let feasible: Vec<&Vec<f64>> = beliefs.feasible.iter().filter(within).collect();
        let last = (LAST * feasible.len() as f64).ceil() as usize;
        let before = ends(&feasible[..feasible.len() - last])?;
        let ends = ends(&feasible)?;
        let heaviest = weights.iter().copied().fold(0.0, f64::max);
        let (mut ideal, mut scaled) = (Vec::new(), Vec::new());
        for (at, weight) in weights.iter().enumerate() {
            let ((low, high), (was_low, was_high)) = (ends[at], before[at]);
            // A front of one trial has no range.
            let range = if high > low { high - low } else { reference[at] - low };
            let range = if range > 0.0 { range } else { 1.0 };
            if (was_low - low).abs().max((was_high - high).abs()) > MOVED * range {
                return None;
            }
            ideal.push(low);
            scaled.push((weight / heaviest).max(LEAST_WEIGHT) / range);
        }
        let scale = (ideal.as_slice(), scaled.as_slice());
        Some(Gain::Scalarized(ScalarizedImprovement::new(&feasible, scale, &caps, reference)))
    }

    /// The places of the trials that are nearest to what a scalarized gain looks for, the nearest first.
    pub(super) fn nearest(
        &self,
        beliefs: &Beliefs<'_>,
        past: &TrainingData,
        count: usize,
    ) -> Vec<Codes> {
        let Gain::Scalarized(improvement) = self else { return Vec::new() };
        let distance = |row: usize| {
            let losses: Option<Vec<f64>> =
                beliefs.goals.iter().map(|goal| goal.values.get(row).copied()).collect();
            losses.map_or(f64::INFINITY, |losses| improvement.value(&losses))
        };
        let feasible = past.outcomes.iter().map(Outcomes::are_feasible).enumerate();
        let mut rows: Vec<(f64, usize)> = feasible
            .filter(|(_, is_feasible)| *is_feasible)
            .map(|(row, _)| (distance(row), row))
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        rows.into_iter().take(count).map(|(_, row)| past.rows[row].clone()).collect()
    }
}

/// The lowest and highest loss of each goal on the front of some trials; `None` without trials.
fn ends(trials: &[&Vec<f64>]) -> Option<Vec<(f64, f64)>> {
    let on_front: Vec<&Vec<f64>> = front(trials).into_iter().map(|at| trials[at]).collect();
    let goals = on_front.first()?.len();
    let ends = |goal: usize| {
        let losses = on_front.iter().map(|losses| losses[goal]);
        losses.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), loss| {
            (low.min(loss), high.max(loss))
        })
    };
    Some((0..goals).map(ends).collect())
}
