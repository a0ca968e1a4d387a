//! The knee of a front.

use super::units::in_units_of_the_front;

/// What is below the plane by less than this is on it.
const FLAT: f64 = 1e-9;

/// The knee of a front of different points with finite losses: the point farthest below the line, plane
/// or hyperplane through its extreme points (Das 1999). Where there is none, or no point lies below it,
/// the point nearest to the ideal. Of equals the first.
pub(super) fn knee(front: &[Vec<f64>]) -> Option<usize> {
    let mut points = in_units_of_the_front(front);
    // A goal in which all are the same tells nothing.
    let goals = points.first().map_or(0, Vec::len);
    let varies: Vec<bool> =
        (0..goals).map(|goal| points.iter().any(|point| point[goal] > 0.0)).collect();
    for point in &mut points {
        let mut goals = varies.iter();
        point.retain(|_| goals.next() == Some(&true));
    }
    below_plane(&points).or_else(|| nearest(&points))
}

fn below_plane(points: &[Vec<f64>]) -> Option<usize> {
    let goals = points.first()?.len();
    let extremes: Option<Vec<Vec<f64>>> =
        (0..goals).map(|goal| Some(points[extreme(points, goal)?].clone())).collect();
    // The plane is where normal · point = 1; the ideal is where the sum is 0.
    let normal = solved(extremes?, vec![1.0; goals])?;
    if !normal.iter().all(|part| *part > 0.0 && part.is_finite()) {
        return None;
    }
    let length = normal.iter().map(|part| part * part).sum::<f64>().sqrt();
    let below = |point: &Vec<f64>| {
        let along: f64 = normal.iter().zip(point).map(|(part, loss)| part * loss).sum();
        (1.0 - along) / length
    };
    let depths: Vec<f64> = points.iter().map(below).collect();
    let deepest = depths.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if deepest <= FLAT {
        return None;
    }
    depths.iter().position(|depth| *depth >= deepest - FLAT)
}

/// The point that is bad in one goal and good in all others (the extreme points of Deb and Jain 2014).
fn extreme(points: &[Vec<f64>], goal: usize) -> Option<usize> {
    let others = |point: &[f64]| -> (f64, f64) {
        let others = point.iter().enumerate().filter(|(at, _)| *at != goal);
        others.fold((0.0, 0.0), |(most, sum), (_, loss)| (f64::max(most, *loss), sum + loss))
    };
    let rank = |at: &usize| {
        let (most, sum) = others(&points[*at]);
        (most, sum, -points[*at][goal])
    };
    (0..points.len()).min_by(|left, right| {
        let (left, right) = (rank(left), rank(right));
        left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1)).then(left.2.total_cmp(&right.2))
    })
}

/// The point nearest to the ideal; of equally near ones the most even.
fn nearest(points: &[Vec<f64>]) -> Option<usize> {
    let distance = |point: &Vec<f64>| point.iter().map(|loss| loss * loss).sum::<f64>().sqrt();
    let worst = |point: &Vec<f64>| point.iter().copied().fold(0.0, f64::max);
    let nearest = points.iter().map(distance).fold(f64::INFINITY, f64::min);
    let near = (0..points.len()).filter(|&at| distance(&points[at]) <= nearest + FLAT);
    near.min_by(|&left, &right| worst(&points[left]).total_cmp(&worst(&points[right])))
}

/// The solution of linear equations, by elimination with pivots; `None` if there is not exactly one.
fn solved(mut rows: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = rows.len();
    for at in 0..size {
        let pivot = (at..size).max_by(|&a, &b| rows[a][at].abs().total_cmp(&rows[b][at].abs()))?;
        if rows[pivot][at].abs() <= FLAT {
            return None;
        }
        rows.swap(at, pivot);
        right.swap(at, pivot);
        for below in at + 1..size {
            let factor = rows[below][at] / rows[at][at];
            for column in at..size {
                rows[below][column] -= factor * rows[at][column];
            }
            right[below] -= factor * right[at];
        }
    }
    for at in (0..size).rev() {
        let known: f64 = (at + 1..size).map(|column| rows[at][column] * right[column]).sum();
        right[at] = (right[at] - known) / rows[at][at];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_goals_it_is_the_point_farthest_below_the_line_between_the_ends() {
        let front = [[0.0, 10.0], [1.0, 6.0], [2.0, 1.5], [5.0, 1.0], [10.0, 0.0]].map(Vec::from);
        assert_eq!(knee(&front), Some(2));
        // The line itself and what bulges away from the ideal have no point below it.
        let straight = [[0.0, 4.0], [1.0, 3.0], [2.0, 2.0], [3.0, 1.0], [4.0, 0.0]].map(Vec::from);
        assert_eq!(knee(&straight), Some(2));
        let circle: Vec<Vec<f64>> = (0..=8)
            .map(|i| f64::from(i) * std::f64::consts::PI / 16.0)
            .map(|a| vec![a.sin(), a.cos()])
            .collect();
        assert_eq!(knee(&circle), Some(4));
    }

    #[test]
    fn of_three_goals_it_is_the_point_farthest_below_the_plane_through_the_extremes() {
        let front =
            [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.1, 0.2, 0.15], [0.3, 0.05, 0.3], [1.0, 0.0, 0.0]];
        assert_eq!(knee(&front.map(Vec::from)), Some(2));
        // A goal that is the same everywhere leaves two.
        let flat = [[0.0, 7.0, 1.0], [0.2, 7.0, 0.3], [0.9, 7.0, 0.05], [1.0, 7.0, 0.0]];
        assert_eq!(knee(&flat.map(Vec::from)), Some(1));
    }

    #[test]
    fn equations_are_solved() {
        let rows = vec![vec![0.0, 2.0, 1.0], vec![1.0, -1.0, 0.0], vec![3.0, 0.0, 4.0]];
        let solution = solved(rows, vec![7.0, -1.0, 15.0]).unwrap();
        for (found, expected) in solution.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12);
        }
        assert!(solved(vec![vec![1.0, 2.0], vec![2.0, 4.0]], vec![1.0, 1.0]).is_none());
    }
}
