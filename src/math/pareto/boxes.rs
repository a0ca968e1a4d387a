//! What a front leaves undominated below a reference, cut into boxes that do not overlap.
//!
//! Two goals: with the front sorted by the first goal, a₁ < … < aₙ and b₁ > … > bₙ, one stripe
//! (aₖ, aₖ₊₁) × (−∞, bₖ) for each k from 0 to n, where a₀ = −∞, and b₀ and aₙ₊₁ are the reference.
//!
//! Three and more: a sweep in the last goal. At each level the points that are passed leave a region
//! of one goal less, which is cut in the same way. A box that stands at one level and the next goes
//! on, so that only the boxes that a new point changes are closed and opened. Three goals need
//! 2n + 1 boxes at most. On fronts of 60 points on a sphere this makes 121 boxes for three goals and
//! about 350 for four, where applying the algorithm of Lacour, Klamroth and Fonseca (2017, Computers
//! & Operations Research 79, 347–360) twice makes 167 and 749.
//!
//! Everything is done in whole numbers, the places of the bounds among all coordinates of a goal,
//! so that ties are exact.

use std::cmp::Ordering;

use super::ranks::front;

/// Lower and upper bound in one goal, as places among the goal's bounds.
pub type Side = [u32; 2];

/// Boxes that cover the undominated region below a reference and do not overlap.
#[derive(Clone, Debug)]
pub struct Boxes {
    /// All bounds of each goal, ascending, from −∞ to the reference.
    pub bounds: Vec<Vec<f64>>,
    /// The sides of one box after another, one side for each goal.
    pub sides: Vec<Side>,
}

impl Boxes {
    /// The boxes that `points` leave below `reference`. Points that are dominated, or not strictly
    /// better than the reference in every goal, change nothing.
    pub fn undominated<L: AsRef<[f64]>>(points: &[L], reference: &[f64]) -> Boxes {
        let inside: Vec<&[f64]> = points
            .iter()
            .map(AsRef::as_ref)
            .filter(|losses| is_inside(losses, reference))
            .collect();
        let inside: Vec<&[f64]> = front(&inside).into_iter().map(|at| inside[at]).collect();
        let bounds: Vec<Vec<f64>> = reference
            .iter()
            .enumerate()
            .map(|(goal, &limit)| {
                let mut bounds = vec![f64::NEG_INFINITY];
                bounds.extend(inside.iter().map(|losses| losses[goal] + 0.0));
                bounds.push(limit);
                bounds.sort_by(f64::total_cmp);
                bounds.dedup();
                bounds
            })
            .collect();
        let places: Vec<Vec<u32>> = inside
            .iter()
            .map(|losses| {
                let place = |(loss, bounds): (&f64, &Vec<f64>)| {
                    bounds.partition_point(|bound| bound < loss) as u32
                };
                losses.iter().zip(&bounds).map(place).collect()
            })
            .collect();
        let tops: Vec<u32> = bounds.iter().map(|bounds| bounds.len() as u32 - 1).collect();
        let mut points: Vec<&[u32]> = places.iter().map(Vec::as_slice).collect();
        let sides = if tops.is_empty() { Vec::new() } else { cut(&mut points, &tops) };
        Boxes { bounds, sides }
    }
}

/// Whether losses are strictly better than the reference in every goal.
pub(super) fn is_inside(losses: &[f64], reference: &[f64]) -> bool {
    losses.len() == reference.len() && losses.iter().zip(reference).all(|(loss, top)| loss < top)
}

/// The boxes below `tops`, in as many goals as it has. Sorts the points by the last of these.
fn cut(points: &mut [&[u32]], tops: &[u32]) -> Vec<Side> {
    match tops {
        [] => Vec::new(),
        [top] => {
            let end = points.iter().map(|point| point[0]).min().unwrap_or(*top);
            if end > 0 { vec![[0, end]] } else { Vec::new() }
        }
        [right, top] => stripes(points, *right, *top),
        [base @ .., top] => sweep(points, base, *top),
    }
}

fn stripes(points: &mut [&[u32]], right: u32, top: u32) -> Vec<Side> {
    points.sort_unstable_by_key(|point| (point[0], point[1]));
    let mut sides = Vec::with_capacity(2 * points.len() + 2);
    let (mut left, mut height) = (0, top);
    let mut close = |left: u32, right: u32, height: u32| {
        if left < right && height > 0 {
            sides.extend([[left, right], [0, height]]);
        }
    };
    for point in points {
        if point[1] < height {
            close(left, point[0], height);
            (left, height) = (point[0], point[1]);
        }
    }
    close(left, right, height);
    sides
}

fn sweep(points: &mut [&[u32]], base: &[u32], top: u32) -> Vec<Side> {
    let goals = base.len();
    points.sort_unstable_by_key(|point| point[goals]);
    // The boxes of the level that was reached, and at which level each was opened.
    let mut open = sorted(cut(&mut [], base), goals);
    let mut opened = vec![0; open.len() / goals];
    let mut closed = Vec::new();
    let mut close = |sides: &[Side], from: u32, to: u32| {
        if from < to {
            closed.extend_from_slice(sides);
            closed.push([from, to]);
        }
    };
    let mut passed: Vec<&[u32]> = Vec::with_capacity(points.len());
    for level in points.chunk_by(|left, right| left[goals] == right[goals]) {
        let at = level[0][goals];
        for point in level {
            let covers = |left: &[u32], right: &[u32]| {
                left[..goals].iter().zip(&right[..goals]).all(|(left, right)| left <= right)
            };
            if !passed.iter().any(|other| covers(other, point)) {
                passed.retain(|other| !covers(point, other));
                passed.push(point);
            }
        }
        let next = sorted(cut(&mut passed, base), goals);
        let mut next_opened = Vec::with_capacity(next.len() / goals);
        let mut before = open.chunks_exact(goals).zip(&opened).peekable();
        for sides in next.chunks_exact(goals) {
            let mut since = at;
            while let Some(&(other, &from)) = before.peek() {
                match other.cmp(sides) {
                    Ordering::Less => close(other, from, at),
                    Ordering::Equal => since = from,
                    Ordering::Greater => break,
                }
                before.next();
                if other == sides {
                    break;
                }
            }
            next_opened.push(since);
        }
        for (other, &from) in before {
            close(other, from, at);
        }
        (open, opened) = (next, next_opened);
    }
    for (sides, &from) in open.chunks_exact(goals).zip(&opened) {
        close(sides, from, top);
    }
    closed
}

/// The boxes in the order of their sides, so that two lists of them can be merged.
fn sorted(sides: Vec<Side>, goals: usize) -> Vec<Side> {
    let mut boxes: Vec<&[Side]> = sides.chunks_exact(goals).collect();
    if boxes.is_sorted() {
        return sides;
    }
    boxes.sort_unstable();
    boxes.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;

    const INF: f64 = f64::INFINITY;

    fn cloud(random: &mut Stream, count: usize, goals: usize, levels: u64) -> Vec<Vec<f64>> {
        (0..count).map(|_| (0..goals).map(|_| random.below(levels) as f64).collect()).collect()
    }

    #[test]
    fn each_undominated_place_is_in_one_box() {
        let mut random = Stream::new(21, 0);
        for goals in 1..=5 {
            for levels in [3, 6, 40] {
                for count in [0, 1, 2, 9, 20] {
                    let points = cloud(&mut random, count, goals, levels);
                    // Some points are outside.
                    let reference = vec![levels as f64 - 1.5; goals];
                    let boxes = Boxes::undominated(&points, &reference);
                    for _ in 0..60 {
                        let place: Vec<f64> =
                            (0..goals).map(|_| random.below(levels) as f64 - 0.75).collect();
                        let covered = points.iter().any(|point| {
                            is_inside(point, &reference)
                                && point.iter().zip(&place).all(|(loss, at)| loss <= at)
                        });
                        let free = !covered && is_inside(&place, &reference);
                        let holding = boxes.sides.chunks_exact(goals).filter(|sides| {
                            (0..goals).all(|goal| {
                                let [low, high] = sides[goal];
                                let bounds = &boxes.bounds[goal];
                                bounds[low as usize] < place[goal]
                                    && place[goal] < bounds[high as usize]
                            })
                        });
                        assert_eq!(holding.count(), usize::from(free), "{points:?} {place:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn boxes_are_few() {
        let mut random = Stream::new(22, 0);
        for (goals, count, most) in
            [(1, 9, 1), (2, 60, 61), (3, 60, 121), (4, 60, 450), (5, 20, 350), (6, 20, 900)]
        {
            let points: Vec<Vec<f64>> = (0..count)
                .map(|_| {
                    let point: Vec<f64> = (0..goals).map(|_| random.unit()).collect();
                    let length = point.iter().map(|x| x * x).sum::<f64>().sqrt();
                    point.iter().map(|x| 1.0 - x / length).collect()
                })
                .collect();
            let boxes = Boxes::undominated(&points, &vec![1.1; goals]);
            let found = boxes.sides.len() / goals;
            assert!(found <= most && (goals > 2 || found == most), "{goals} goals: {found}");
        }
    }

    #[test]
    fn infinite_losses_leave_no_empty_boxes() {
        let boxes = Boxes::undominated(&[[-INF, 1.0], [0.0, -INF]], &[2.0, 2.0]);
        // What is left is (−∞, 0) × (−∞, 1).
        assert_eq!(boxes.sides, [[0, 1], [0, 1]]);
        assert!(Boxes::undominated(&[[-INF, -INF, -INF]], &[1.0; 3]).sides.is_empty());
        assert!(Boxes::undominated(&[[-INF]], &[1.0]).sides.is_empty());
        let whole = Boxes::undominated(&[[INF, 0.0, 0.0]], &[1.0; 3]);
        assert_eq!(whole.sides, [[0, 1]; 3]);
    }

    #[test]
    fn nan_and_wrong_lengths_do_no_harm() {
        let points = vec![vec![f64::NAN, 0.0], vec![0.0], vec![0.5, 0.5]];
        assert_eq!(Boxes::undominated(&points, &[1.0, 1.0]).sides.len(), 4);
        assert_eq!(Boxes::undominated(&points, &[f64::NAN, 1.0]).sides.len(), 2);
        assert!(Boxes::undominated(&points, &[]).sides.is_empty());
    }
}
