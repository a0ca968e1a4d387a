//! The expected improvement of the hypervolume, in logarithms.
//!
//! With the undominated region cut into boxes [l, u), a new point y gains in a box the product of
//! the lengths of [max(lᵢ, yᵢ), uᵢ]. For independent normal predictions the expectation is
//!
//! ```text
//! EHVI = Σ_boxes Π_i (ψᵢ(uᵢ) − ψᵢ(lᵢ)),   ψᵢ(t) = E max(t − Yᵢ, 0),   ψᵢ(−∞) = 0.
//! ```
//!
//! (Emmerich, Giannakoglou and Naujoks 2006, IEEE Transactions on Evolutionary Computation 10,
//! 421–439, introduce it; Yang, Emmerich, Deutz and Bäck 2019, Journal of Global Optimization 75,
//! 3–34, have the sum over boxes.) All of it is kept as multiples of exponentials (see
//! [`threshold`](super::threshold)), because far from the front it underflows and its gradient
//! vanishes.
//!
//! Bounds are coordinates of the front's points, so that special functions are evaluated once for
//! each coordinate and not for each box.

use libm::{exp, log};

use super::boxes::{Boxes, Side};
use super::threshold::{Between, Threshold};

/// What a front and a reference leave to be gained.
#[derive(Clone, Debug)]
pub struct HypervolumeImprovement {
    goals: Vec<Goal>,
    /// For each box and goal, in this order, the place of the interval among all goals'.
    boxes: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Goal {
    /// All bounds, ascending; the first is −∞, the last the reference.
    bounds: Vec<f64>,
    /// The distinct intervals of all boxes.
    intervals: Vec<Side>,
}

/// Memory that evaluations use again.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    thresholds: Vec<Threshold>,
    intervals: Vec<Interval>,
    exponents: Vec<f64>,
}

#[derive(Clone, Copy, Debug)]
struct Interval {
    between: Between,
    /// What the boxes with this interval contribute.
    weight: f64,
}

impl HypervolumeImprovement {
    /// For the points of a front, given by their losses. Points that are dominated, or not strictly
    /// better than the reference in every goal, change nothing; without points all below the
    /// reference is to be gained. The reference is to be finite.
    ///
    /// The number of [boxes](Self::boxes) grows with the front: n + 1 for two goals, 2n + 1 at most
    /// for three, and for fronts of 20 points some 100 for four goals, 300 for five and 800 for six.
    /// Where that takes too long, a [subset](super::subset) can stand for the front.
    pub fn new<L: AsRef<[f64]>>(front: &[L], reference: &[f64]) -> HypervolumeImprovement {
        let Boxes { bounds, sides } = Boxes::undominated(front, reference);
        let count = bounds.len().max(1);
        let mut goals = Vec::with_capacity(bounds.len());
        let mut boxes = vec![0; sides.len()];
        let mut first = 0;
        for (goal, bounds) in bounds.into_iter().enumerate() {
            let mine = || sides.iter().skip(goal).step_by(count);
            let mut intervals: Vec<Side> = mine().copied().collect();
            intervals.sort_unstable();
            intervals.dedup();
            for (place, side) in boxes.iter_mut().skip(goal).step_by(count).zip(mine()) {
                *place = first + intervals.partition_point(|other| other < side) as u32;
            }
            first += intervals.len() as u32;
            goals.push(Goal { bounds, intervals });
        }
        HypervolumeImprovement { goals, boxes }
    }

    /// The number of goals.
    pub fn goals(&self) -> usize {
        self.goals.len()
    }

    /// The number of boxes, in which the time for an evaluation is linear.
    pub fn boxes(&self) -> usize {
        self.boxes.len() / self.goals.len().max(1)
    }

    /// The logarithm of the expected gain of a point whose losses are predicted by independent
    /// normal distributions, one for each goal.
    ///
    /// Deviation 0 means that the loss is known. Where nothing can be gained the result is −∞; NaN
    /// if an argument is NaN, a deviation negative or infinite, or their number not that of the goals.
    /// Accuracy: 1e-13, relative to the larger of 1 and the result.
    pub fn log_expected(&self, means: &[f64], deviations: &[f64], scratch: &mut Scratch) -> f64 {
        self.sum(means, deviations, scratch, None)
    }

    /// The same, and its gradient by the means and the deviations.
    ///
    /// The gradient is 0 where the result is −∞.
    pub fn log_expected_with_gradient(
        &self,
        means: &[f64],
        deviations: &[f64],
        by_mean: &mut [f64],
        by_deviation: &mut [f64],
        scratch: &mut Scratch,
    ) -> f64 {
        self.sum(means, deviations, scratch, Some((by_mean, by_deviation)))
    }

    /// What a point with these losses adds to the hypervolume; 0 if it is dominated or outside the
    /// reference, and NaN if a loss is NaN.
    ///
    /// A sum of positive volumes: it is accurate for the smallest gain, and 0 only if there is none
    /// or it underflows.
    pub fn gain(&self, losses: &[f64]) -> f64 {
        if losses.len() != self.goals.len() || losses.iter().any(|loss| loss.is_nan()) {
            return f64::NAN;
        }
        let intervals: Vec<f64> = (self.goals.iter().zip(losses))
            .flat_map(|(goal, loss)| {
                let length = |&[lower, upper]: &Side| {
                    goal.bounds[upper as usize] - loss.max(goal.bounds[lower as usize])
                };
                goal.intervals.iter().map(length)
            })
            .collect();
        let volume = |places: &[u32]| {
            let lengths = || places.iter().map(|&place| intervals[place as usize]);
            if lengths().all(|length| length > 0.0) { lengths().product() } else { 0.0 }
        };
        self.boxes.chunks_exact(self.goals.len().max(1)).map(volume).sum()
    }

    fn sum(
        &self,
        means: &[f64],
        deviations: &[f64],
        scratch: &mut Scratch,
        gradient: Option<(&mut [f64], &mut [f64])>,
    ) -> f64 {
        let goals = self.goals.len();
        let legal = means.len() == goals
            && deviations.len() == goals
            && means.iter().all(|mean| !mean.is_nan())
            && deviations.iter().all(|deviation| (0.0..f64::INFINITY).contains(deviation));
        if !legal || goals == 0 {
            if let Some((by_mean, by_deviation)) = gradient {
                by_mean.fill(f64::NAN);
                by_deviation.fill(f64::NAN);
            }
            return f64::NAN;
        }
        let units = self.tabulate(means, deviations, scratch);
        let Scratch { intervals, exponents, .. } = scratch;
        exponents.clear();
        exponents.extend(self.boxes.chunks_exact(goals).map(|places| {
            places.iter().map(|&place| intervals[place as usize].between.exponent).sum::<f64>()
        }));
        let largest = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut total = 0.0;
        for (places, exponent) in self.boxes.chunks_exact(goals).zip(exponents.iter()) {
            let below = exponent - largest;
            // Also what is NaN, as −∞ less −∞.
            if below.is_nan() || below < UNDERFLOW {
                continue;
            }
            let product: f64 =
                places.iter().map(|&place| intervals[place as usize].between.improvement).product();
            let term = if below == 0.0 { product } else { product * exp(below) };
            total += term;
            if gradient.is_some() {
                for &place in places {
                    intervals[place as usize].weight += term;
                }
            }
        }
        if let Some((by_mean, by_deviation)) = gradient {
            by_mean.fill(0.0);
            by_deviation.fill(0.0);
            let mut rest = intervals.as_slice();
            for (at, goal) in self.goals.iter().enumerate() {
                let (mine, others) = rest.split_at(goal.intervals.len());
                rest = others;
                let unit = unit(goal, means[at], deviations[at]).unwrap_or(1.0);
                let mut sums = (0.0, 0.0);
                for Interval { between, weight } in mine {
                    if *weight > 0.0 {
                        let scale = weight / between.improvement;
                        sums.0 -= scale * between.probability;
                        sums.1 += scale * between.density;
                    }
                }
                if total > 0.0 {
                    if let Some(slope) = by_mean.get_mut(at) {
                        *slope = sums.0 / (total * unit);
                    }
                    if let Some(slope) = by_deviation.get_mut(at) {
                        *slope = sums.1 / (total * unit);
                    }
                }
            }
        }
        if total == 0.0 { f64::NEG_INFINITY } else { largest + log(total) + units }
    }

    /// Evaluates all intervals. Gives the sum of the logarithms of the goals' units.
    fn tabulate(&self, means: &[f64], deviations: &[f64], scratch: &mut Scratch) -> f64 {
        let Scratch { thresholds, intervals, .. } = scratch;
        intervals.clear();
        let mut units = 0.0;
        for ((goal, &mean), &deviation) in self.goals.iter().zip(means).zip(deviations) {
            let unit = unit(goal, mean, deviation);
            units += unit.map_or(0.0, log);
            thresholds.clear();
            thresholds.push(Threshold::default());
            thresholds.extend(goal.bounds.iter().skip(1).map(|bound| match unit {
                Some(unit) => Threshold::new((bound - mean) / unit),
                None => Threshold::certain(bound - mean),
            }));
            let unit = unit.unwrap_or(1.0);
            intervals.extend(goal.intervals.iter().map(|&[lower, upper]| {
                let (lower, upper) = (lower as usize, upper as usize);
                let between = if lower == 0 {
                    Between::below(&thresholds[upper])
                } else {
                    let length = (goal.bounds[upper] - goal.bounds[lower]) / unit;
                    Between::new(&thresholds[lower], &thresholds[upper], length)
                };
                Interval { between, weight: 0.0 }
            }));
        }
        units
    }
}

/// Terms this far below the largest are zero beside it.
const UNDERFLOW: f64 = -740.0;

/// A reference this many deviations away makes the loss known: products over goals of distances in
/// such a unit would overflow.
const KNOWN: f64 = 1e30;

/// The unit of a goal's improvement, the deviation; none where the loss is known.
fn unit(goal: &Goal, mean: f64, deviation: f64) -> Option<f64> {
    let distance = goal.bounds.last().map_or(f64::NAN, |reference| (reference - mean).abs());
    let known = deviation == 0.0 || (distance.is_finite() && distance / deviation > KNOWN);
    (!known).then_some(deviation)
}

#[cfg(test)]
mod tests;
