//! How much room each of some trials has on a front.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Trials of one front, linked with their neighbours in each goal.
///
/// The crowding distance of a trial is the sum over the goals of the distance between its two
/// neighbours, in units of the range of the goal over the front (Deb et al. 2002, section III.B).
/// The ends of each goal have an infinite one. Of trials with equal losses only the last counts; the
/// others have none.
pub(super) struct Crowding {
    /// Per goal and trial, the loss in units of the range.
    scaled: Vec<Vec<f64>>,
    /// Per goal and trial, the trials before and after it.
    neighbours: Vec<Vec<[Option<usize>; 2]>>,
    is_repeat: Vec<bool>,
}

impl Crowding {
    /// The front of these losses, one slice per trial.
    pub(super) fn of(losses: &[&[f64]]) -> Self {
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
    pub(super) fn distances(&self) -> Vec<f64> {
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
    pub(super) fn thin(mut self, size: usize) -> Vec<usize> {
        let count = self.is_repeat.len();
        let mut gone = vec![false; count];
        let mut queue: BinaryHeap<_> =
            (0..count).map(|trial| Reverse(Crowded { distance: self.distance(trial), trial })).collect();
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
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
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
