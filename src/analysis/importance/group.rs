//! Parameters that exist under the same condition, and are compared where they do.

use super::fanova;
use super::forest::Data;
use super::spread::{Belief, Variances};
use crate::math::sobol::Sobol;
use crate::math::statistics::{mean, variance};
use crate::space::{Axis, Condition, Distribution, Point, Space};
use crate::surrogate::{Encoding, Inputs};
use crate::trial::TrialRecord;

/// Most trials that a forest is grown from; of more, an even part. It bounds the time, as the places do.
const MOST: usize = 1000;
/// Places of all groups together, and the fewest and most of each.
const PLACES: usize = 600;
const FEWEST: usize = 100;
const PLENTY: usize = 500;
/// Interactions below this share are not listed.
pub(super) const TRACE: f64 = 0.005;

pub(super) struct Group {
    pub(super) condition: Option<Condition>,
    pub(super) members: Vec<usize>,
}

/// What parameters make of the variance that exist wherever those of a group do.
pub(super) struct Found {
    pub(super) axes: Vec<usize>,
    pub(super) variances: Variances,
}

impl Found {
    /// The share of a parameter's main effect, and its deviation.
    pub(super) fn share(&self, at: usize) -> (f64, f64) {
        let Variances { whole, main, .. } = &self.variances;
        // Estimates of parts that are the whole may come out a little larger.
        let share = |(whole, main): (&f64, &Vec<f64>)| {
            let sum: f64 = main.iter().map(|part| part.max(0.0)).sum();
            main[at].max(0.0) / whole.max(sum)
        };
        let shares: Vec<f64> = whole.iter().zip(main).map(share).collect();
        let deviation = if shares.len() > 1 { variance(&shares).sqrt() } else { 0.0 };
        (mean(&shares).clamp(0.0, 1.0), deviation)
    }

    /// The share of what a pair makes beyond the main effects.
    pub(super) fn pair(&self, i: usize, j: usize) -> f64 {
        self.variances.pairs[i * (i - 1) / 2 + j] / mean(&self.variances.whole)
    }
}

/// The parameters that can vary, by the condition under which they exist.
pub(super) fn groups(varying: &[(usize, &Axis)]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (axis, parameter) in varying {
        let condition = parameter.condition();
        match groups.iter_mut().find(|group| group.condition == condition) {
            Some(group) => group.members.push(*axis),
            None => groups.push(Group { condition, members: vec![*axis] }),
        }
    }
    groups
}

impl Group {
    /// How probable it is that the members exist, under the distributions of the space.
    pub(super) fn probability(&self, space: &Space) -> f64 {
        let chain = conditions(self.condition, space);
        let each =
            chain.iter().map(|condition| match space.axes()[condition.axis].distribution() {
                Distribution::Choice(choice) => choice.probability(condition.choice),
                Distribution::Numeric(_) => 1.0,
            });
        each.product()
    }

    /// Which parameters exist at all of some points.
    fn axes(&self, encoding: &Encoding, points: &[&Point]) -> Vec<usize> {
        let everywhere = |axis: &usize| points.iter().all(|point| point.is_active(*axis));
        let all = 0..encoding.space().len();
        all.filter(|axis| encoding.feature(*axis).is_some()).filter(everywhere).collect()
    }

    fn data(&self, encoding: &Encoding, axes: &[usize], inputs: &Inputs) -> Data {
        let own: Vec<usize> = axes.iter().filter_map(|axis| encoding.feature(*axis)).collect();
        Data {
            features: own.iter().map(|&at| encoding.features()[at]).collect(),
            weights: own.iter().map(|&at| weights(encoding.axis(at))).collect(),
            columns: own.iter().map(|&at| inputs.column(at).to_vec()).collect(),
            values: Vec::new(),
        }
    }

    /// The out-of-bag R² over the trials in which the members exist.
    pub(super) fn out_of_bag_r2(
        &self,
        encoding: &Encoding,
        trials: &[&TrialRecord],
        values: &[f64],
        seed: u64,
    ) -> Option<f64> {
        let first = *self.members.first()?;
        let rows: Vec<usize> =
            (0..trials.len()).filter(|&row| trials[row].point().is_active(first)).collect();
        let step = rows.len().div_ceil(MOST).max(1);
        let rows: Vec<usize> = rows.into_iter().step_by(step).collect();
        let points: Vec<&Point> = rows.iter().map(|&row| trials[row].point()).collect();
        let axes = self.axes(encoding, &points);
        let mut inputs = Inputs::new(encoding.len());
        points.iter().for_each(|point| inputs.push(&encoding.encode(point)));
        let mut data = self.data(encoding, &axes, &inputs);
        data.values = rows.iter().map(|&row| values[row]).collect();
        fanova::out_of_bag_r2(&data, seed)
    }

    /// The shares of all parameters that exist wherever the members do. `groups` counts all groups.
    pub(super) fn shares(
        &self,
        encoding: &Encoding,
        belief: &Belief,
        groups: usize,
        seed: u64,
    ) -> Option<Found> {
        let places = self.places(encoding, (PLACES / groups).clamp(FEWEST, PLENTY), seed);
        let axes = self.axes(encoding, &places.iter().collect::<Vec<_>>());
        let mut inputs = Inputs::new(encoding.len());
        places.iter().for_each(|point| inputs.push(&encoding.encode(point)));
        let data = self.data(encoding, &axes, &inputs);
        let variances = belief.variances(&inputs, data, seed);
        (!variances.whole.is_empty()).then_some(Found { axes, variances })
    }

    /// Points that follow the distributions of the space where the members exist.
    fn places(&self, encoding: &Encoding, count: usize, seed: u64) -> Vec<Point> {
        let space = encoding.space();
        let sequence = Sobol::new(space.len(), seed);
        let chain = conditions(self.condition, space);
        let places = (0..count as u32).filter_map(|index| {
            let mut unit = sequence.point(index);
            for condition in &chain {
                let distribution = space.axes()[condition.axis].distribution();
                unit[condition.axis] = distribution.to_unit(condition.choice as f64);
            }
            space.point(&unit).ok()
        });
        places.collect()
    }
}

/// A condition and those under which its own choice exists.
fn conditions(last: Option<Condition>, space: &Space) -> Vec<Condition> {
    std::iter::successors(last, |condition| space.axes()[condition.axis].condition()).collect()
}

/// The probabilities of choices.
fn weights(axis: &Axis) -> Vec<f64> {
    match axis.distribution() {
        Distribution::Choice(choice) => {
            (0..choice.labels().len()).map(|index| choice.probability(index)).collect()
        }
        Distribution::Numeric(_) => Vec::new(),
    }
}
