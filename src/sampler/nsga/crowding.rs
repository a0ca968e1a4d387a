//! How much room each of some trials has on a front.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Trials of one front, linked with their neighbours in each goal.
///
/// The crowding distance of a trial is the sum over the goals of the distance between its two
/// neighbours, in units of the range of the goal over the front (Deb et al. 2002, section III.B).
/// The ends of each goal have an infinite one. Of trials with equal losses only the last counts; the
/// others have none.
pub(crate) struct Crowding {
    /// Per goal and trial, the loss in units of the range.
    scaled: Vec<Vec<f64>>,
    /// Per goal and trial, the trials before and after it.
    neighbours: Vec<Vec<[Option<usize>; 2]>>,
    is_repeat: Vec<bool>,
}

impl Crowding {
    /// The front of these losses, one slice per trial.
    pub(crate) fn of(losses: &[&[f64]]) -> Self {
        let goals = losses.first().map_or(0, |losses| losses.len());
        let scaled: Vec<Vec<f64>> = (0..goals)
            .map(|goal| in_units_of_range(&losses.iter().map(|one| one[goal]).collect::<Vec<_>>()))
            .collect();
        let compare = |goal: usize, left: usize, right: usize| {
            losses[left][goal].total_cmp(&losses[right][goal])
        };
        let mut order: Vec<usize> = (0..losses.len()).collect();
        order.sort_by(|&left, &right| {
            let goals = (0..goals).map(|goal| compare(goal, left, right));
            goals.fold(Ordering::Equal, Ordering::then).then(left.cmp(&right))
        });
        let mut is_repeat = vec![false; losses.len()];
        for pair in order.windows(2) {
            is_repeat[pair[0]] = losses[pair[0]] == losses[pair[1]];
        }
        order.retain(|&trial| !is_repeat[trial]);
        let neighbours = (0..goals)
            .map(|goal| {
                order.sort_by(|&left, &right| compare(goal, left, right).then(left.cmp(&right)));
                let mut neighbours = vec![[None; 2]; losses.len()];
                for pair in order.windows(2) {
                    neighbours[pair[0]][1] = Some(pair[1]);
                    neighbours[pair[1]][0] = Some(pair[0]);
                }
                neighbours
            })
            .collect();
        Crowding { scaled, neighbours, is_repeat }
    }

    /// The crowding distance of each trial.
    pub(crate) fn distances(&self) -> Vec<f64> {
        (0..self.is_repeat.len()).map(|trial| self.distance(trial)).collect()
    }

    fn distance(&self, trial: usize) -> f64 {
        if self.is_repeat[trial] {
            return 0.0;
        }
        let along = self.scaled.iter().zip(&self.neighbours);
        let distances = along.map(|(scaled, neighbours)| match neighbours[trial] {
            [Some(before), Some(after)] => scaled[after] - scaled[before],
            _ => f64::INFINITY,
        });
        distances.sum()
    }

    /// The trials that are left when the most crowded one is taken away until `size` are, in
    /// ascending order. The distances are those among the trials that are still there (Kukkonen and Deb
    /// 2006, Improved pruning of non-dominated solutions based on crowding distance for bi-objective
    /// optimization problems, CEC). Of equally crowded ones the first goes.
    pub(crate) fn thin(mut self, size: usize) -> Vec<usize> {
        let count = self.is_repeat.len();
        let mut gone = vec![false; count];
        let mut queue: BinaryHeap<_> = (0..count)
            .map(|trial| Reverse(Crowded { distance: self.distance(trial), trial }))
            .collect();
        let mut left = count;
        while left > size {
            let Some(Reverse(Crowded { distance, trial })) = queue.pop() else { break };
            // What the queue holds of a trial that has got more room since is out of date.
            if gone[trial] || distance != self.distance(trial) {
                continue;
            }
            gone[trial] = true;
            left -= 1;
            if self.is_repeat[trial] {
                continue;
            }
            for goal in 0..self.neighbours.len() {
                let [before, after] = self.neighbours[goal][trial];
                if let Some(before) = before {
                    self.neighbours[goal][before][1] = after;
                }
                if let Some(after) = after {
                    self.neighbours[goal][after][0] = before;
                }
            }
            for goal in 0..self.neighbours.len() {
                for trial in self.neighbours[goal][trial].into_iter().flatten() {
                    queue.push(Reverse(Crowded { distance: self.distance(trial), trial }));
                }
            }
        }
        (0..count).filter(|&trial| !gone[trial]).collect()
    }
}

/// The losses of a goal in units of their range; infinite ones lie one range beyond the others.
fn in_units_of_range(losses: &[f64]) -> Vec<f64> {
    let finite = || losses.iter().copied().filter(|loss| loss.is_finite());
    let (low, high) =
        (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    // Halves, because the range of doubles is no double.
    let range = 0.5 * high - 0.5 * low;
    losses
        .iter()
        .map(|&loss| match loss {
            f64::INFINITY => 2.0,
            f64::NEG_INFINITY => -1.0,
            loss if range > 0.0 => (0.5 * loss - 0.5 * low) / range,
            _ => 0.0,
        })
        .collect()
}

/// A trial in the order of its crowding distance.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Crowded {
    distance: f64,
    trial: usize,
}

impl Eq for Crowded {}

impl PartialOrd for Crowded {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Crowded {
    fn cmp(&self, other: &Self) -> Ordering {
        self.distance.total_cmp(&other.distance).then(self.trial.cmp(&other.trial))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: f64 = f64::INFINITY;

    fn crowding<const GOALS: usize>(losses: &[[f64; GOALS]]) -> Crowding {
        Crowding::of(&losses.iter().map(|losses| losses.as_slice()).collect::<Vec<_>>())
    }

    fn close(left: &[f64], right: &[f64]) {
        assert_eq!(left.len(), right.len());
        for (left, right) in left.iter().zip(right) {
            assert!(left == right || (left - right).abs() < 1e-12, "{left} {right}");
        }
    }

    /// From pymoo 0.6.2: `calc_crowding_distance(losses) * goals`.
    #[test]
    fn distances_are_those_of_another_program() {
        let two = [[0.0, 9.0], [1.0, 7.0], [2.0, 6.0], [4.0, 4.0], [7.0, 1.0], [9.0, 0.0]];
        close(
            &crowding(&two).distances(),
            &[END, 0.5555555555555556, 0.6666666666666666, 1.1111111111111112, 1.0, END],
        );
        let three = [
            [0.0, 9.0, 2.0],
            [1.0, 7.0, 8.0],
            [2.0, 6.0, 1.0],
            [4.0, 4.0, 4.0],
            [7.0, 1.0, 3.0],
            [9.0, 0.0, 0.5],
            [3.0, 5.0, 6.0],
        ];
        let expected = [
            END,
            END,
            0.6444444444444444,
            1.2888888888888888,
            1.2666666666666666,
            END,
            0.9777777777777776,
        ];
        close(&crowding(&three).distances(), &expected);
    }

    #[test]
    fn of_equal_trials_one_has_room() {
        let losses = [[0.0, 2.0], [1.0, 1.0], [1.0, 1.0], [2.0, 0.0], [0.0, 2.0]];
        close(&crowding(&losses).distances(), &[0.0, 0.0, 2.0, END, END]);
        assert_eq!(crowding(&losses).thin(3), [2, 3, 4]);
        close(&crowding(&[[1.0], [1.0], [1.0]]).distances(), &[0.0, 0.0, END]);
        close(&crowding(&[[3.0, 4.0]]).distances(), &[END]);
        assert!(crowding::<2>(&[]).distances().is_empty());
    }

    #[test]
    fn infinite_losses_leave_the_others_apart() {
        let losses = [[0.0, END], [1.0, 1.0], [2.0, 0.5], [END, 0.0], [f64::MAX, 0.1]];
        let distances = crowding(&losses).distances();
        assert!(distances.iter().all(|distance| *distance >= 0.0), "{distances:?}");
        assert_eq!(crowding(&losses).thin(2), [0, 3]);
    }

    #[test]
    fn thinning_keeps_the_ends_and_spreads_the_rest() {
        let line: Vec<[f64; 2]> = (0..101).map(|at| [f64::from(at), f64::from(100 - at)]).collect();
        let kept = crowding(&line).thin(11);
        assert_eq!((kept[0], kept[10]), (0, 100));
        let gaps: Vec<usize> = kept.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().all(|gap| (5..=17).contains(gap)), "{gaps:?}");
        assert_eq!(crowding(&line).thin(500).len(), 101);
        assert!(crowding(&line).thin(0).is_empty());
    }

    /// Taking away one after the other, with all distances computed anew each time.
    #[test]
    fn thinning_takes_the_most_crowded_one_each_time() {
        let mut random = crate::math::random::Stream::new(5, 0);
        let losses: Vec<[f64; 3]> =
            (0..60).map(|_| [0; 3].map(|_| random.below(30) as f64)).collect();
        let ranges = losses
            .iter()
            .flatten()
            .fold((f64::MAX, f64::MIN), |(low, high), &loss| (low.min(loss), high.max(loss)));
        assert_eq!(ranges, (0.0, 29.0));
        let full = crowding(&losses);
        let mut left: Vec<usize> = (0..losses.len()).collect();
        while left.len() > 20 {
            let mut now = crowding(&left.iter().map(|&at| losses[at]).collect::<Vec<_>>());
            for goal in 0..3 {
                now.scaled[goal] = left.iter().map(|&at| full.scaled[goal][at]).collect();
            }
            let distances = now.distances();
            let first = (0..left.len()).min_by(|&a, &b| distances[a].total_cmp(&distances[b]));
            left.remove(first.unwrap());
        }
        assert_eq!(crowding(&losses).thin(20), left);
    }
}
