//! The hypervolume of points: the volume of what they dominate below a reference.

use super::boxes::is_inside;
use super::ranks::front;
use super::volume::Union;

/// The hypervolume of points below a reference.
///
/// Points that are not strictly better than the reference in every goal count nothing; without any
/// other it is 0. Dominated and equal points may be among them. A loss of −∞ makes it +∞.
/// Accuracy: relative error of about 1e-15.
pub fn hypervolume<L: AsRef<[f64]>>(points: &[L], reference: &[f64]) -> f64 {
    let goals = reference.len();
    let inside = inside(points, reference);
    let mut extents: Vec<f64> =
        front(&inside).into_iter().flat_map(|at| extents(inside[at], reference)).collect();
    if extents.is_empty() {
        return 0.0;
    }
    // In units of the largest extents nothing overflows.
    let mut units = vec![0.0f64; goals];
    for row in extents.chunks_exact(goals) {
        for (unit, &extent) in units.iter_mut().zip(row) {
            *unit = unit.max(extent);
        }
    }
    if units.contains(&f64::INFINITY) {
        return f64::INFINITY;
    }
    for row in extents.chunks_exact_mut(goals) {
        for (extent, unit) in row.iter_mut().zip(&units) {
            *extent /= unit;
        }
    }
    units.iter().fold(Union::default().volume(&extents, goals), |volume, unit| volume * unit)
}

/// What each point contributes: the hypervolume of all points less that without it.
///
/// Nothing for a point that another one dominates or equals, or that is not strictly better than
/// the reference in every goal. Accuracy: 1e-15 of the volume between the point and the reference.
pub fn contributions<L: AsRef<[f64]>>(points: &[L], reference: &[f64]) -> Vec<f64> {
    let goals = reference.len();
    let inside: Vec<usize> = (0..points.len())
        .filter(|&at| goals > 0 && is_inside(points[at].as_ref(), reference))
        .collect();
    let all: Vec<f64> =
        inside.iter().flat_map(|&at| extents(points[at].as_ref(), reference)).collect();
    let mut contributions = vec![0.0; points.len()];
    let mut exclusive = Exclusive::default();
    let mut others = all.clone();
    for (place, &at) in inside.iter().enumerate() {
        // The others are all but the last row, where the point itself is put.
        let row = place * goals..(place + 1) * goals;
        let (point, rest) = (&all[row.clone()], all.len() - goals);
        others.copy_within(rest.., row.start);
        contributions[at] = exclusive.volume(point, &others[..rest]);
        others[row.clone()].copy_from_slice(&all[row]);
    }
    contributions
}

/// The hypervolume of the first point, of the first two, and so on.
pub fn history<L: AsRef<[f64]>>(points: &[L], reference: &[f64]) -> Vec<f64> {
    let mut growing = GrowingHypervolume::new(reference);
    points
        .iter()
        .map(|losses| {
            growing.insert(losses.as_ref());
            growing.value()
        })
        .collect()
}

/// The hypervolume of a front that grows by one point after another.
#[derive(Clone, Debug, Default)]
pub struct GrowingHypervolume {
    reference: Vec<f64>,
    /// The extents of the front's points, one point after another.
    front: Vec<f64>,
    value: f64,
    /// What rounding has taken from the value.
    rest: f64,
    exclusive: Exclusive,
}

impl GrowingHypervolume {
    /// Without points.
    pub fn new(reference: &[f64]) -> GrowingHypervolume {
        GrowingHypervolume { reference: reference.to_vec(), ..GrowingHypervolume::default() }
    }

    /// Takes in a point, and gives what it adds: 0 if another one dominates or equals it, or if it
    /// is not strictly better than the reference in every goal.
    pub fn insert(&mut self, losses: &[f64]) -> f64 {
        let goals = self.reference.len();
        if !is_inside(losses, &self.reference) || goals == 0 {
            return 0.0;
        }
        let point: Vec<f64> = extents(losses, &self.reference).collect();
        let gain = self.exclusive.volume(&point, &self.front);
        if gain == 0.0 {
            return 0.0;
        }
        if self.exclusive.contains_others {
            let mut end = 0;
            for start in (0..self.front.len()).step_by(goals) {
                if !contains(&point, &self.front[start..start + goals]) {
                    self.front.copy_within(start..start + goals, end);
                    end += goals;
                }
            }
            self.front.truncate(end);
        }
        self.front.extend_from_slice(&point);
        let sum = self.value + gain;
        if sum.is_finite() {
            // The rounding error of the sum (Neumaier 1974).
            self.rest += if self.value >= gain {
                (self.value - sum) + gain
            } else {
                (gain - sum) + self.value
            };
        }
        self.value = sum;
        gain
    }

    /// The hypervolume of all points so far.
    pub fn value(&self) -> f64 {
        self.value + self.rest
    }
}

/// What a point dominates and no other point does.
#[derive(Clone, Debug, Default)]
pub(super) struct Exclusive {
    limited: Vec<f64>,
    union: Union,
    /// Whether the point dominates one of the others.
    contains_others: bool,
}

impl Exclusive {
    /// The volume that a point adds to others. All are given by their positive extents, the others
    /// one after another.
    pub(super) fn volume(&mut self, point: &[f64], others: &[f64]) -> f64 {
        let goals = point.len();
        // A constant number of goals unrolls the loops over goals, which takes half the time.
        let shared = match goals {
            2 => self.limit(2, point, others),
            3 => self.limit(3, point, others),
            4 => self.limit(4, point, others),
            _ => self.limit(goals, point, others),
        };
        if !shared {
            return 0.0;
        }
        let own: f64 = point.iter().product();
        if point.contains(&f64::INFINITY) {
            return f64::INFINITY;
        }
        // In units of the point's own extents nothing overflows.
        for part in self.limited.chunks_exact_mut(goals.max(1)) {
            for (extent, side) in part.iter_mut().zip(point) {
                *extent /= side;
            }
        }
        let share = 1.0 - self.union.volume(&self.limited, goals);
        // The first may be infinite.
        if share > 0.0 { own * share } else { 0.0 }
    }

    /// What the point shares with others, without most parts that lie in another part. Says whether
    /// the point is in none of the others.
    #[inline(always)]
    fn limit(&mut self, goals: usize, point: &[f64], others: &[f64]) -> bool {
        let Exclusive { limited, contains_others, .. } = self;
        limited.clear();
        *contains_others = false;
        let point = &point[..goals];
        for other in others.chunks_exact(goals.max(1)) {
            let (mut inside, mut outside) = (true, true);
            for (extent, side) in other.iter().zip(point) {
                inside &= side >= extent;
                outside &= extent >= side;
            }
            if outside {
                return false;
            }
            *contains_others |= inside;
            let holder = limited.chunks_exact(goals.max(1)).position(|part| {
                // No early end: which side is the first to stick out cannot be predicted.
                (part.iter().zip(other).zip(point))
                    .fold(true, |all, ((part, extent), side)| all & (*part >= extent.min(*side)))
            });
            match holder {
                // Those that hold many move ahead.
                Some(at) => {
                    for goal in 0..goals {
                        limited.swap(at * goals + goal, at / 2 * goals + goal);
                    }
                }
                None => {
                    limited.extend(other.iter().zip(point).map(|(extent, side)| extent.min(*side)));
                }
            }
        }
        true
    }
}

/// Whether a box from the reference contains another one.
fn contains(extents: &[f64], others: &[f64]) -> bool {
    extents.iter().zip(others).all(|(extent, other)| extent >= other)
}

/// How far losses are from the reference.
pub(super) fn extents(losses: &[f64], reference: &[f64]) -> impl Iterator<Item = f64> {
    reference.iter().zip(losses).map(|(top, loss)| top - loss)
}

fn inside<'a, L: AsRef<[f64]>>(points: &'a [L], reference: &[f64]) -> Vec<&'a [f64]> {
    points.iter().map(AsRef::as_ref).filter(|losses| is_inside(losses, reference)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::pareto::improvement::HypervolumeImprovement;
    use crate::math::pareto::ranks::ranks;
    use crate::math::random::Stream;

    const REFERENCE: &str = include_str!("../../../tests/reference/pareto.csv");

    const INF: f64 = f64::INFINITY;

    fn numbers(text: &str) -> Vec<f64> {
        text.split(' ').map(|number| number.parse().unwrap()).collect()
    }

    #[test]
    fn volumes_ranks_and_contributions_are_those_of_others() {
        let mut rows = 0;
        for line in REFERENCE.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let points: Vec<Vec<f64>> = fields[1].split(';').map(numbers).collect();
            let reference = numbers(fields[2]);
            let expected: f64 = fields[3].parse().unwrap();
            let volume = hypervolume(&points, &reference);
            assert!((volume - expected).abs() <= 1e-12 * expected, "{line}: {volume}");
            let expected_ranks: Vec<usize> =
                fields[4].split(' ').map(|rank| rank.parse().unwrap()).collect();
            assert_eq!(ranks(&points), expected_ranks, "{line}");
            let contributions = contributions(&points, &reference);
            for (found, expected) in contributions.iter().zip(numbers(fields[5])) {
                assert!((found - expected).abs() < 1e-12, "{line}: {found} {expected}");
            }
            let last = history(&points, &reference).pop().unwrap();
            assert!((last - expected).abs() <= 1e-12 * expected, "{line}: {last}");
            rows += 1;
        }
        assert_eq!(rows, 150);
    }

    #[test]
    fn the_history_is_the_hypervolume_of_all_so_far() {
        let mut random = Stream::new(43, 0);
        for goals in 1..=5 {
            for levels in [4, 1000] {
                let points: Vec<Vec<f64>> = (0..40)
                    .map(|_| (0..goals).map(|_| random.below(levels) as f64).collect())
                    .collect();
                let reference = vec![levels as f64 * 0.9; goals];
                let mut growing = GrowingHypervolume::new(&reference);
                let mut before = 0.0;
                for (at, losses) in points.iter().enumerate() {
                    let front = HypervolumeImprovement::new(&points[..at], &reference);
                    let expected = front.gain(losses);
                    let gain = growing.insert(losses);
                    let value = hypervolume(&points[..=at], &reference);
                    let allowed = 1e-12 * value;
                    assert!((gain - expected).abs() <= allowed, "{gain} {expected}");
                    assert!((growing.value() - value).abs() <= allowed);
                    assert!((value - before - gain).abs() <= 2.0 * allowed);
                    before = value;
                }
                assert_eq!(history(&points, &reference).last(), Some(&growing.value()));
            }
        }
    }

    #[test]
    fn contributions_are_what_is_lost_without_a_point() {
        let mut random = Stream::new(44, 0);
        for goals in 1..=5 {
            let points: Vec<Vec<f64>> =
                (0..20).map(|_| (0..goals).map(|_| random.below(12) as f64).collect()).collect();
            let reference = vec![10.5; goals];
            let all = hypervolume(&points, &reference);
            for (at, found) in contributions(&points, &reference).into_iter().enumerate() {
                let mut others = points.clone();
                others.remove(at);
                let expected = all - hypervolume(&others, &reference);
                assert!((found - expected).abs() < 1e-12 * all, "{found} {expected}");
            }
        }
    }

    #[test]
    fn only_what_is_better_than_the_reference_counts() {
        let reference = [1.0, 1.0];
        assert_eq!(hypervolume::<[f64; 2]>(&[], &reference), 0.0);
        assert_eq!(hypervolume(&[[1.0, 0.0], [0.0, 2.0], [INF, INF]], &reference), 0.0);
        assert_eq!(hypervolume(&[[0.5, 0.5], [0.0, 1.0], [0.5, INF]], &reference), 0.25);
        assert_eq!(contributions(&[[0.5, 0.5], [0.0, 1.0]], &reference), [0.25, 0.0]);
        assert_eq!(history(&[[1.0, 0.0], [0.5, 0.5]], &reference), [0.0, 0.25]);
        // Goals of less than nothing.
        assert_eq!(hypervolume(&[[-3.0, -2.0, -1.0]], &[0.0; 3]), 6.0);
    }

    #[test]
    fn extremes_and_nan_do_no_harm() {
        let points = [[-INF, 0.5], [0.0, 0.0]];
        assert_eq!(hypervolume(&points, &[1.0, 1.0]), INF);
        assert_eq!(hypervolume(&points, &[1.0, 0.5]), 0.5);
        assert_eq!(contributions(&points, &[1.0, 1.0]), [INF, 0.5]);
        assert_eq!(history(&points, &[1.0, 1.0]), [INF, INF]);
        assert_eq!(hypervolume(&points, &[INF, 1.0]), INF);
        assert_eq!(hypervolume(&[[0.0, f64::NAN], [0.5, 0.5]], &[1.0, 1.0]), 0.25);
        assert_eq!(hypervolume(&points, &[f64::NAN, 1.0]), 0.0);
        assert_eq!(hypervolume(&[vec![0.0], vec![0.5, 0.5]], &[1.0, 1.0]), 0.25);
        assert_eq!(hypervolume(&[[0.0; 0]], &[]), 0.0);
        assert_eq!(contributions(&[[0.0; 0]], &[]), [0.0]);
        for goals in 1..=6 {
            // Numbers whose products overflow or underflow.
            let huge = vec![vec![-1e200; goals], vec![-2e200; goals], vec![1e200; goals]];
            assert!(hypervolume(&huge, &vec![1e250; goals]) > 1e249);
            assert!(contributions(&huge, &vec![1e250; goals]).iter().all(|x| *x >= 0.0));
            assert!(history(&huge, &vec![1e250; goals]).iter().all(|x| *x > 0.0));
            let tiny = [vec![-1e-200; goals]];
            assert!(hypervolume(&tiny, &vec![0.0; goals]) >= 0.0);
        }
    }
}
