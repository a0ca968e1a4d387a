//! The middle of a plateau: which of several trials with the same loss to search around.
//!
//! Accuracies, trees and thresholds make losses that are constant on pieces of the space. Of the
//! trials on such a piece the first is one by chance, and often lies at its edge. The middle is
//! farther from what is worse, and a search around it learns about all sides.
//!
//! The middle lies half way between the extremes on each axis, and has the commonest choices. The
//! trial nearest to it is taken, so that it is a place that was tried. Means and medians would follow
//! the density of trials, and a search makes its trials dense where it began.
//!
//! Several plateaus may have the same value, and the middle of all of them would lie at the edge of
//! one. So only connected trials belong together. Two are connected if no trial of another loss lies
//! between them, which means in the ball that has the two at the ends of a diameter (Gabriel and
//! Sokal 1969, A new statistical approach to geographic variation analysis, Systematic Zoology 18),
//! or if a chain of such pairs connects them. A trial on the surface of the ball separates nothing,
//! so that plateaus aslant to the axes of a grid stay whole.
//!
//! Distances are those in the unit cube. Different choices are as far apart as the ends of an axis,
//! and an axis that is not active in both points costs nothing.

use super::standings::Standing;
use crate::math::statistics::levels;
use crate::space::{Axis, AxisKind, Point, Space};

/// Most trials of a plateau that are looked at: the first, which are spread the widest. It bounds the time.
const MOST: usize = 200;
/// Most differences of coordinates for a plateau: 200 trials in 16 dimensions.
const DIFFERENCES: usize = 1_000_000;
/// A trial this little inside the ball, relatively, is on its surface but for rounding.
const ROUNDING: f64 = 1e-9;

/// Trials, the best first; among equal ones the one with the lower number. Of trials whose losses are equal up
/// to rounding come first the middles of their plateaus, that of the largest first, and then what is
/// next to the middles.
///
/// Each plateau is ordered when the iteration comes to it.
pub(super) fn ranked<'a>(
    space: &'a Space,
    mut trials: Vec<Standing<'a>>,
) -> impl Iterator<Item = Standing<'a>> {
    trials.sort_by(|one, other| one.merit().total_cmp(&other.merit()));
    let losses: Vec<f64> = trials.iter().map(Standing::merit).collect();
    let levels = levels(&losses);
    let mut at = 0;
    let groups = std::iter::from_fn(move || {
        let level = levels.get(at)?;
        let start = at;
        at += levels[start..].iter().take_while(|&other| other == level).count();
        let mut group = trials[start..at].to_vec();
        if group.len() > 2 {
            // Their losses differ by rounding at most, which must not choose among them.
            group.sort_by_key(Standing::number);
            let looked_at = group.len().min(most(space.len()));
            let others = around(&trials, start, at, most(space.len()));
            let points = group[..looked_at].iter().chain(&others).map(Standing::point);
            let order = Places::new(space, points, looked_at).middle_first();
            let ordered: Vec<_> = order.into_iter().map(|index| group[index]).collect();
            group[..looked_at].copy_from_slice(&ordered);
        }
        Some(group)
    });
    groups.flatten()
}

/// The trials of other losses that may lie between those from `start` to `end`: the ones that are
/// next in rank, because a search looks around its best.
fn around<'a>(
    trials: &[Standing<'a>],
    start: usize,
    end: usize,
    count: usize,
) -> Vec<Standing<'a>> {
    let better = start.min(count / 2);
    let worse = (trials.len() - end).min(count - better);
    [&trials[start - better..start], &trials[end..end + worse]].concat()
}

/// How many trials of a plateau, and how many others, are looked at in a space of `axes`.
fn most(axes: usize) -> usize {
    MOST.min((DIFFERENCES as f64 / (1.5 * axes.max(1) as f64)).sqrt() as usize)
}

/// Tied trials, and others that may lie between them.
struct Places {
    /// Which axes have choices.
    choices: Vec<bool>,
    /// By trial, the tied ones first: places on the unit interval, and numbers of choices.
    coordinates: Vec<Vec<Option<f64>>>,
    tied: usize,
}

impl Places {
    fn new<'a>(space: &Space, points: impl Iterator<Item = &'a Point>, tied: usize) -> Self {
        let is_choice = |axis: &Axis| matches!(axis.kind(), AxisKind::Categorical { .. });
        let choices: Vec<bool> = space.axes().iter().map(is_choice).collect();
        let coordinate = |(value, axis): (Option<f64>, &Axis)| {
            let unit = |value| axis.distribution().to_unit(value);
            value.map(|value| if is_choice(axis) { value } else { unit(value) })
        };
        let of_point = |point: &Point| point.iter().zip(space.axes()).map(coordinate).collect();
        Places { choices, coordinates: points.map(of_point).collect(), tied }
    }

    /// The order of the tied places: first the middles of what is connected, the largest first; then
    /// the places that come second in theirs, and so on. among equal ones the first.
    fn middle_first(&self) -> Vec<usize> {
        let mut keys = vec![(0, 0); self.tied];
        for plateau in self.connected() {
            // By symmetry several places of a grid are as near, and rounding must not choose.
            let levels = levels(&self.away_from_middle(&plateau));
            let mut outwards: Vec<usize> = (0..plateau.len()).collect();
            outwards.sort_by_key(|&index| levels[index]);
            for (rank, index) in outwards.into_iter().enumerate() {
                keys[plateau[index]] = (rank, usize::MAX - plateau.len());
            }
        }
        let mut order: Vec<usize> = (0..self.tied).collect();
        order.sort_by_key(|&place| keys[place]);
        order
    }

    /// Squared distances of the places of a plateau from its middle. A choice is as far from it as
    /// other choices are frequent.
    fn away_from_middle(&self, plateau: &[usize]) -> Vec<f64> {
        let mut squares = vec![0.0; plateau.len()];
        for (axis, choice) in self.choices.iter().enumerate() {
            let values: Vec<Option<f64>> =
                plateau.iter().map(|&place| self.coordinates[place][axis]).collect();
            let active = || values.iter().flatten().copied();
            let low = active().fold(f64::INFINITY, f64::min);
            let high = active().fold(f64::NEG_INFINITY, f64::max);
            for (square, value) in squares.iter_mut().zip(&values) {
                *square += match value {
                    Some(value) if *choice => {
                        let others = active().filter(|other| other != value).count();
                        others as f64 / plateau.len() as f64
                    }
                    Some(value) => (value - 0.5 * (low + high)).powi(2),
                    None => 0.0,
                };
            }
        }
        squares
    }

    /// Parts of the tied places that are connected, each in ascending order.
    fn connected(&self) -> Vec<Vec<usize>> {
        let row = |a| (0..self.coordinates.len()).map(|b| self.square(a, b)).collect();
        let squares: Vec<Vec<f64>> = (0..self.tied).map(row).collect();
        let together = |a: usize, b: usize| {
            let inside = squares[a][b] * (1.0 - ROUNDING);
            let mut between = squares[a][self.tied..].iter().zip(&squares[b][self.tied..]);
            !between.any(|(to_a, to_b)| to_a + to_b < inside)
        };
        let mut left: Vec<usize> = (0..self.tied).collect();
        let mut parts = Vec::new();
        while !left.is_empty() {
            let mut part = vec![left.remove(0)];
            let mut next = 0;
            while let Some(&place) = part.get(next) {
                part.extend(left.iter().filter(|&&other| together(place, other)));
                left.retain(|other| !part.contains(other));
                next += 1;
            }
            part.sort_unstable();
            parts.push(part);
        }
        parts
    }

    /// The squared distance of two places.
    fn square(&self, a: usize, b: usize) -> f64 {
        let axes = self.coordinates[a].iter().zip(&self.coordinates[b]).zip(&self.choices);
        let along = axes.map(|((a, b), choice)| match (a, b) {
            (Some(a), Some(b)) if *choice => f64::from(a != b),
            (Some(a), Some(b)) => (a - b).powi(2),
            _ => 0.0,
        });
        along.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Scale;

    fn plane() -> Space {
        let builder = Space::builder().float("x", 0.0..=1.0, Scale::Linear);
        builder.float("y", 1e-4..=1.0, Scale::Log).build().unwrap()
    }

    /// Coordinates in the unit square.
    fn order(tied: &[[f64; 2]], others: &[[f64; 2]]) -> Vec<usize> {
        let space = plane();
        let point =
            |&[x, y]: &[f64; 2]| Point::from_values([Some(x), Some(10f64.powf(4.0 * y - 4.0))]);
        let points: Vec<Point> = tied.iter().chain(others).map(point).collect();
        Places::new(&space, points.iter(), tied.len()).middle_first()
    }

    #[test]
    fn the_middle_of_a_plateau_comes_first_on_the_scale_of_its_axes() {
        let corners = [[0.1, 0.1], [0.1, 0.5], [0.5, 0.1], [0.4, 0.3], [0.5, 0.5], [0.3, 0.3]];
        assert_eq!(order(&corners, &[[0.9, 0.9]]), [5, 3, 0, 1, 2, 4]);
    }

    #[test]
    fn the_middle_is_not_where_trials_are_dense() {
        let tied = [[0.1, 0.5], [0.12, 0.5], [0.15, 0.5], [0.2, 0.5], [0.6, 0.5], [0.9, 0.5]];
        assert_eq!(order(&tied, &[])[..2], [4, 3]);
    }

    #[test]
    fn equals_keep_their_order() {
        assert!(order(&[], &[[0.5, 0.5]]).is_empty());
        assert_eq!(order(&[[0.7, 0.2], [0.1, 0.9]], &[]), [0, 1]);
        // A grid of two by three: both in the middle are as near, but for rounding.
        let grid = [[0.7, 0.1], [0.1, 0.1], [0.7, 0.4], [0.1, 0.7], [0.1, 0.4], [0.7, 0.7]];
        assert_eq!(order(&grid, &[]), [2, 4, 0, 1, 3, 5]);
    }

    #[test]
    fn separate_plateaus_have_a_middle_each() {
        let three = [[0.0, 0.5], [0.1, 0.5], [0.2, 0.5]];
        let five = [[0.6, 0.5], [0.7, 0.5], [0.8, 0.5], [0.9, 0.5], [1.0, 0.5]];
        let tied = [&three[..], &five].concat();
        // As one, the middle would be at the edge.
        assert_eq!(order(&tied, &[[0.5, 1.0]])[0], 3);
        // The larger plateau comes first, then the middle of the smaller one.
        assert_eq!(order(&tied, &[[0.4, 0.5]]), [5, 1, 4, 0, 6, 2, 3, 7]);
    }

    #[test]
    fn plateaus_aslant_to_a_grid_are_one() {
        let tied = [[0.2, 0.2], [0.8, 0.8], [0.5, 0.5]];
        let beside = [[0.2, 0.5], [0.5, 0.2], [0.8, 0.5], [0.5, 0.8]];
        assert_eq!(order(&tied, &beside)[0], 2);
    }

    #[test]
    fn choices_are_apart_and_inactive_axes_cost_nothing() {
        let space = Space::builder()
            .choices("op", ["a", "b", "c"])
            .choice("kind", |kind| kind.unit("plain").variant("deep", |deep| deep.bool("wide")))
            .build()
            .unwrap();
        let points: [Point; 3] = [
            Point::from_values([Some(0.0), Some(0.0), None]),
            Point::from_values([Some(2.0), Some(1.0), Some(1.0)]),
            Point::from_values([Some(2.0), Some(1.0), Some(0.0)]),
        ];
        let places = Places::new(&space, points.iter(), 3);
        assert_eq!([places.square(0, 1), places.square(1, 2)], [2.0, 1.0]);
        // The first has two options that both others have not; these differ in one that it lacks.
        let away = places.away_from_middle(&[0, 1, 2]);
        let thirds: Vec<f64> = away.iter().map(|square| (3.0 * square).round()).collect();
        assert_eq!(thirds, [4.0, 3.0, 3.0]);
        assert_eq!(places.middle_first(), [1, 2, 0]);
    }

    #[test]
    fn work_is_bounded() {
        assert_eq!(most(2), MOST);
        for axes in [0, 1, 16, 100, 10_000] {
            let rows = most(axes);
            assert!(rows > 2 && rows * 3 * rows * axes <= 2 * DIFFERENCES, "{axes}: {rows}");
        }
    }
}
