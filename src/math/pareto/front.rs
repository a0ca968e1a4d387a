//! A front that grows by one point after another.

use super::dominance::dominates;

/// The points that no other one dominates, of all that were inserted. Equal points are kept
/// together. Inserting takes one pass over the front.
#[derive(Clone, Debug, Default)]
pub struct Front {
    goals: usize,
    indices: Vec<usize>,
    /// The losses of each point after another.
    losses: Vec<f64>,
}

impl Front {
    /// A front without points, for losses of `goals` goals.
    pub fn new(goals: usize) -> Front {
        Front { goals, ..Front::default() }
    }

    /// Takes in a point under the caller's `index`, unless a point of the front dominates it, and
    /// removes the points that it dominates. Says whether the point is on the front now.
    ///
    /// A point with NaN or with another number of goals is not taken in.
    pub fn insert(&mut self, index: usize, losses: &[f64]) -> bool {
        if losses.len() != self.goals || losses.iter().any(|loss| loss.is_nan()) {
            return false;
        }
        if self.iter().any(|(_, other)| dominates(other, losses)) {
            return false;
        }
        let goals = self.goals;
        let mut kept = 0;
        for at in 0..self.indices.len() {
            let row = at * goals..(at + 1) * goals;
            if !dominates(losses, &self.losses[row.clone()]) {
                if kept < at {
                    self.indices[kept] = self.indices[at];
                    self.losses.copy_within(row, kept * goals);
                }
                kept += 1;
            }
        }
        self.indices.truncate(kept);
        self.losses.truncate(kept * goals);
        self.indices.push(index);
        self.losses.extend_from_slice(losses);
        true
    }

    /// How many points are on the front.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether no point has been taken in.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The indices of the points, in the order in which they were inserted.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// The points: index and losses, in the order in which they were inserted.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[f64])> {
        self.indices.iter().copied().zip(self.losses.chunks_exact(self.goals.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::ranks::front;
    use super::*;
    use crate::math::random::Stream;

    #[test]
    fn after_each_point_it_is_the_front_of_all_so_far() {
        let mut random = Stream::new(5, 0);
        for goals in 1..=5 {
            for levels in [4, 10_000] {
                let points: Vec<Vec<f64>> = (0..150)
                    .map(|_| (0..goals).map(|_| random.below(levels) as f64).collect())
                    .collect();
                let mut growing = Front::new(goals);
                assert!(growing.is_empty());
                for (at, losses) in points.iter().enumerate() {
                    let taken = growing.insert(at, losses);
                    let expected = front(&points[..=at]);
                    assert_eq!(growing.indices(), expected);
                    assert_eq!(taken, expected.contains(&at));
                    assert_eq!(growing.len(), expected.len());
                }
                assert!(growing.iter().all(|(at, losses)| losses == points[at]));
            }
        }
    }

    #[test]
    fn points_that_are_none_are_not_taken_in() {
        let mut front = Front::new(2);
        assert!(!front.insert(0, &[f64::NAN, 1.0]));
        assert!(!front.insert(1, &[1.0]));
        assert!(front.insert(2, &[f64::INFINITY, 1.0]));
        assert!(front.insert(3, &[f64::INFINITY, 1.0]));
        assert_eq!(front.indices(), [2, 3]);
        assert!(front.insert(4, &[0.0, 1.0]));
        assert_eq!(front.indices(), [4]);
    }
}
