//! A few points that stand for a front.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::boxes::is_inside;
use super::hypervolume::{Exclusive, extents};

/// Up to `count` points that together have a large hypervolume, in the order in which they were
/// chosen: each is the one that adds most to those before it. Of points that add the same the
/// first is chosen.
///
/// Points that add nothing are left out: those that another one dominates or equals, and those that
/// are not strictly better than the reference in every goal.
///
/// The hypervolume is at least 1 − 1/e of the largest that `count` points can have (Nemhauser,
/// Wolsey and Fisher 1978, Mathematical Programming 14, 265–294), and in practice nearly that. What
/// a point adds only decreases as others are chosen, so that most points need not be computed again
/// in each round (Minoux 1978).
pub fn greedy_subset<L: AsRef<[f64]>>(points: &[L], reference: &[f64], count: usize) -> Vec<usize> {
    let point = |at: usize| extents(points[at].as_ref(), reference).collect::<Vec<f64>>();
    let mut candidates: BinaryHeap<Candidate> = (0..points.len())
        .filter(|&at| is_inside(points[at].as_ref(), reference))
        .map(|at| Candidate { gain: point(at).iter().product(), at: Reverse(at), beside: 0 })
        .collect();
    let mut chosen = Vec::new();
    let mut front = Vec::new();
    let mut exclusive = Exclusive::default();
    while chosen.len() < count {
        let Some(mut best) = candidates.pop() else { break };
        let extents = point(best.at.0);
        if best.beside == chosen.len() {
            chosen.push(best.at.0);
            front.extend(extents);
        } else {
            best.gain = exclusive.volume(&extents, &front);
            best.beside = chosen.len();
            if best.gain > 0.0 {
                candidates.push(best);
            }
        }
    }
    chosen
}

struct Candidate {
    /// What the point adds to the first `beside` that were chosen.
    gain: f64,
    at: Reverse<usize>,
    beside: usize,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Candidate) -> Ordering {
        self.gain.total_cmp(&other.gain).then(self.at.cmp(&other.at))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Candidate) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Candidate) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate {}

#[cfg(test)]
mod tests {
    use super::super::hypervolume::hypervolume;
    use super::*;
    use crate::math::random::Stream;

    #[test]
    fn each_point_adds_most_to_those_before_it() {
        let mut random = Stream::new(51, 0);
        for goals in 1..=5 {
            let points: Vec<Vec<f64>> =
                (0..30).map(|_| (0..goals).map(|_| random.unit()).collect()).collect();
            let reference = vec![0.95; goals];
            let subset = greedy_subset(&points, &reference, 8);
            let volume = |chosen: &[usize], other: Option<usize>| {
                let chosen: Vec<&Vec<f64>> =
                    chosen.iter().chain(&other).map(|&at| &points[at]).collect();
                hypervolume(&chosen, &reference)
            };
            for place in 0..subset.len() {
                let found = volume(&subset[..=place], None);
                let most = (0..points.len())
                    .map(|at| volume(&subset[..place], Some(at)))
                    .fold(0.0, f64::max);
                assert!(found >= most * (1.0 - 1e-13), "{goals}: {found} {most}");
            }
            let all = greedy_subset(&points, &reference, 1000);
            assert!((volume(&all, None) / hypervolume(&points, &reference) - 1.0).abs() < 1e-12);
            assert_eq!(all[..subset.len()], subset);
        }
    }

    #[test]
    fn points_that_add_nothing_are_left_out() {
        let inf = f64::INFINITY;
        let points = [[3.0, 0.0], [0.5, 0.5], [0.5, 0.5], [0.6, 0.6], [0.0, 0.9], [f64::NAN, 0.0]];
        assert_eq!(greedy_subset(&points, &[1.0, 1.0], 9), [1, 4]);
        assert!(greedy_subset(&points, &[1.0, 1.0], 0).is_empty());
        assert!(greedy_subset(&points, &[0.0, 0.0], 3).is_empty());
        assert_eq!(greedy_subset(&[[0.0, 0.0], [-inf, 0.5]], &[1.0, 1.0], 2), [1, 0]);
    }
}
