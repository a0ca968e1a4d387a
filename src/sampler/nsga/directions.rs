//! Who survives on a front by the directions in which trials lie: NSGA-III.

use super::pool::Pool;

/// Reference directions for some goals, as many as survivors are wanted at the most, at least one for
/// each goal.
///
/// They are the points of the unit simplex whose coordinates are multiples of 1/p (Das and Dennis 1998,
/// Normal-boundary intersection, SIAM Journal on Optimization 8). Where p would be less than the number
/// of goals, so that all lie on the border of the simplex, a second layer halfway to the middle joins
/// them (Deb and Jain 2014, An evolutionary many-objective optimization algorithm using
/// reference-point-based nondominated sorting approach, part I, IEEE Transactions on Evolutionary
/// Computation 18, section V).
fn reference_directions(goals: usize, most: usize) -> Vec<Vec<f64>> {
    let fits = |partitions: &usize| number_of_directions(goals, *partitions) <= most;
    let outer = (1..=most).take_while(fits).last().unwrap_or(1);
    let mut directions = das_dennis(goals, outer);
    if outer < goals {
        let left = most.saturating_sub(directions.len());
        let fits = |partitions: &usize| number_of_directions(goals, *partitions) <= left;
        if let Some(inner) = (1..=outer).take_while(fits).last() {
            let middle = 1.0 / goals as f64;
            let halfway = das_dennis(goals, inner).into_iter().map(|direction| {
                direction.into_iter().map(|part| 0.5 * (part + middle)).collect::<Vec<_>>()
            });
            directions.extend(halfway);
        }
    }
    directions
}

/// How many points there are on the simplex: (p + m − 1 over m − 1).
fn number_of_directions(goals: usize, partitions: usize) -> usize {
    (1..goals).fold(1, |count: usize, goal| count.saturating_mul(partitions + goal) / goal)
}

fn das_dennis(goals: usize, partitions: usize) -> Vec<Vec<f64>> {
    let mut directions = Vec::new();
    fill(&mut vec![0; goals], 0, partitions, partitions, &mut directions);
    directions
}

fn fill(parts: &mut [usize], at: usize, left: usize, partitions: usize, out: &mut Vec<Vec<f64>>) {
    if at + 1 >= parts.len() {
        if let Some(last) = parts.last_mut() {
            *last = left;
        }
        out.push(parts.iter().map(|&part| part as f64 / partitions as f64).collect());
        return;
    }
    for part in 0..=left {
        parts[at] = part;
        fill(parts, at + 1, left - part, partitions, out);
    }
}

/// The niches of some trials: the nearest direction of each, and how far it is.
#[derive(Clone, Debug)]
pub(super) struct Niches {
    directions: Vec<Vec<f64>>,
    ideal: Vec<f64>,
    ranges: Vec<f64>,
}

impl Niches {
    /// Directions from the ideal point of all feasible trials, in units of the distances at which the
    /// hyperplane through the extreme trials meets the axes. `None` with one goal, which has one direction.
    pub(super) fn of(pool: &Pool, size: usize) -> Option<Self> {
        let front = pool.fronts().next()?;
        let losses: Vec<&[f64]> =
            front.iter().map(|&index| pool.get(index).losses.as_slice()).collect();
        let losses: Vec<&[f64]> = losses
            .into_iter()
            .filter(|losses| losses.iter().all(|loss| loss.is_finite()))
            .collect();
        let goals = losses.first()?.len();
        if goals < 2 {
            return None;
        }
        let least = |goal: usize| losses.iter().map(|l| l[goal]).fold(f64::INFINITY, f64::min);
        let most = |goal: usize| losses.iter().map(|l| l[goal]).fold(f64::NEG_INFINITY, f64::max);
        let ideal: Vec<f64> = (0..goals).map(least).collect();
        let widths: Vec<f64> = (0..goals).map(|goal| most(goal) - ideal[goal]).collect();
        let ranges = intercepts(&losses, &ideal, &widths).unwrap_or(widths);
        let directions = reference_directions(goals, size);
        Some(Niches { directions, ideal, ranges })
    }

    /// The nearest direction of these losses, and their distance from it.
    fn nearest(&self, losses: &[f64]) -> (usize, f64) {
        let scaled = losses.iter().zip(&self.ideal).zip(&self.ranges);
        let scaled: Vec<f64> = scaled
            .map(|((loss, ideal), range)| {
                let away = (loss - ideal) / if *range > 0.0 { *range } else { 1.0 };
                // Farther than any trial that matters, and still a number when squared.
                if away.is_nan() { 0.0 } else { away.clamp(-FAR, FAR) }
            })
            .collect();
        let square = dot(&scaled, &scaled);
        let distances = self.directions.iter().map(|direction| {
            let along = dot(&scaled, direction);
            (square - along * along / dot(direction, direction)).max(0.0)
        });
        let nearest = distances.enumerate().min_by(|(_, left), (_, right)| left.total_cmp(right));
        nearest.unwrap_or((0, 0.0))
    }

    /// Of a front the trials that survive beside those of better fronts, `size` of them: again and again
    /// one for the direction with the fewest survivors; the nearest to it if it has none yet, else the
    /// first (Deb and Jain 2014, algorithm 4; where they choose by chance, the first or latest is taken, so that the
    /// survivors follow from the trials).
    pub(super) fn choose(
        &self,
        pool: &Pool,
        before: &[usize],
        front: &[usize],
        size: usize,
    ) -> Vec<usize> {
        let niche = |index: usize| self.nearest(&pool.get(index).losses);
        let mut counts = vec![0usize; self.directions.len()];
        before.iter().for_each(|&index| counts[niche(index).0] += 1);
        let mut waiting: Vec<Vec<(usize, f64)>> = vec![Vec::new(); self.directions.len()];
        for (at, &index) in front.iter().enumerate() {
            let (direction, distance) = niche(index);
            waiting[direction].push((at, distance));
        }
        // The nearest last; among equal ones the latest.
        for waiting in &mut waiting {
            waiting.sort_by(|(left, near), (right, far)| far.total_cmp(near).then(left.cmp(right)));
        }
        let mut chosen = Vec::with_capacity(size);
        while chosen.len() < size {
            let open = (0..counts.len()).filter(|&direction| !waiting[direction].is_empty());
            let Some(direction) = open.min_by_key(|&direction| counts[direction]) else { break };
            if let Some((at, _)) = waiting[direction].pop() {
                chosen.push(at);
            }
            counts[direction] += 1;
        }
        chosen.sort_unstable();
        chosen.into_iter().map(|at| front[at]).collect()
    }
}

/// The largest distance from the ideal point, in units of the range.
const FAR: f64 = 1e6;

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// How far from the ideal point the hyperplane through the extreme trials meets each axis; `None` where
/// they span none.
fn intercepts(losses: &[&[f64]], ideal: &[f64], widths: &[f64]) -> Option<Vec<f64>> {
    /// Weight of the other axes when the trial nearest to an axis is looked for.
    const OTHERS: f64 = 1e-6;
    let goals = ideal.len();
    let mut system: Vec<Vec<f64>> = Vec::with_capacity(goals);
    for axis in 0..goals {
        let achievement = |losses: &&&[f64]| {
            let scaled = (0..goals).map(|goal| {
                let away = (losses[goal] - ideal[goal]) / widths[goal].max(f64::MIN_POSITIVE);
                if goal == axis { away } else { away / OTHERS }
            });
            scaled.fold(f64::NEG_INFINITY, f64::max)
        };
        let extreme =
            losses.iter().min_by(|left, right| achievement(left).total_cmp(&achievement(right)))?;
        let mut row: Vec<f64> =
            (0..goals).map(|goal| (extreme[goal] - ideal[goal]) / widths[goal]).collect();
        row.push(1.0);
        system.push(row);
    }
    let slopes = solve(system)?;
    let ranges: Vec<f64> = slopes.iter().zip(widths).map(|(slope, width)| width / slope).collect();
    // A plane that meets an axis much farther out than any trial lies says nothing.
    let usable = slopes.iter().all(|slope| (0.5..=1e3).contains(slope));
    usable.then_some(ranges)
}

/// The solution of linear equations, each row with its right side; by elimination with pivots.
fn solve(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let count = rows.len();
    for at in 0..count {
        let pivot = (at..count).max_by(|&a, &b| rows[a][at].abs().total_cmp(&rows[b][at].abs()))?;
        rows.swap(at, pivot);
        let size = rows[at][at].abs();
        if size.is_nan() || size < 1e-10 {
            return None;
        }
        for other in 0..count {
            if other != at {
                let factor = rows[other][at] / rows[at][at];
                for column in at..=count {
                    let part = factor * rows[at][column];
                    rows[other][column] -= part;
                }
            }
        }
    }
    let solution: Vec<f64> = (0..count).map(|at| rows[at][count] / rows[at][at]).collect();
    solution.iter().all(|part| part.is_finite()).then_some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_cover_the_simplex() {
        // (p + m − 1 over m − 1), as pymoo 0.6.2 has them.
        for (goals, partitions, count) in [(2, 9, 10), (3, 12, 91), (5, 6, 210), (8, 3, 120)] {
            let directions = das_dennis(goals, partitions);
            assert_eq!(directions.len(), count);
            assert_eq!(number_of_directions(goals, partitions), count);
            for direction in &directions {
                assert!((direction.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
        assert_eq!(das_dennis(3, 1), [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]);
    }

    #[test]
    fn there_are_no_more_directions_than_survivors() {
        for goals in 2..=10 {
            for most in [10, 15, 60, 100] {
                let directions = reference_directions(goals, most);
                assert!(directions.len() <= most.max(goals), "{goals} {most}");
                assert!(directions.len() >= goals);
            }
        }
        // Two layers, of which the inner one has no zeros.
        let layers = reference_directions(8, 100);
        assert!(layers.iter().any(|direction| direction.iter().all(|part| *part > 0.0)));
        assert_eq!(reference_directions(3, 91).len(), 91);
        assert_eq!(reference_directions(3, 90).len(), 78);
    }

    #[test]
    fn the_plane_through_the_extremes_gives_the_ranges() {
        let losses: [&[f64]; 4] =
            [&[2.0, 0.0, 0.0], &[0.0, 30.0, 0.0], &[0.0, 0.0, 400.0], &[0.5, 7.5, 100.0]];
        let ranges = intercepts(&losses, &[0.0; 3], &[2.0, 30.0, 400.0]).unwrap();
        for (range, expected) in ranges.iter().zip([2.0, 30.0, 400.0]) {
            assert!((range - expected).abs() < 1e-9, "{ranges:?}");
        }
        // Trials on a line span no plane.
        let line: [&[f64]; 2] = [&[0.0, 1.0, 1.0], &[1.0, 0.0, 0.0]];
        assert!(intercepts(&line, &[0.0; 3], &[1.0; 3]).is_none());
    }

    #[test]
    fn equations_are_solved() {
        let rows = vec![vec![0.0, 2.0, 4.0], vec![1.0, 1.0, 5.0]];
        assert_eq!(solve(rows), Some(vec![3.0, 2.0]));
        assert_eq!(solve(vec![vec![1.0, 2.0, 4.0], vec![2.0, 4.0, 5.0]]), None);
    }
}
