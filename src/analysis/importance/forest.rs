//! Regression trees whose leaves are boxes of the unit cube.
//!
//! Trees are grown as Breiman (2001) does for regression: each from a bootstrap sample, split where
//! the sum of squares falls most, down to single trials. Unlike his, every split may be of every
//! feature, as is usual for fANOVA, whose trees are to describe the function rather than to differ.
//! A numeric feature is split between two codes, an unordered choice into one choice and the others.

use crate::math::random::Stream;
use crate::surrogate::Feature;

/// A tree over the codes of d features.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) leaves: Vec<Leaf>,
    /// Trials that the tree was not grown from, with what it predicts of them.
    pub(super) unseen: Vec<(usize, f64)>,
}

/// Where a leaf is and what it predicts.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// One side per feature.
    pub(super) sides: Vec<Side>,
    pub(super) value: f64,
}

/// The part of a feature that a leaf covers.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Side {
    /// An interval of the unit interval.
    Interval(f64, f64),
    /// The choices that are in.
    Choices(Vec<bool>),
}

impl Side {
    /// All of a feature.
    pub(super) fn whole(feature: Feature) -> Self {
        match feature {
            Feature::Choice { choices } => Side::Choices(vec![true; choices as usize]),
            _ => Side::Interval(0.0, 1.0),
        }
    }

    /// Whether it is all of its feature.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Side::Interval(low, high) => *low <= 0.0 && *high >= 1.0,
            Side::Choices(choices) => choices.iter().all(|is_in| *is_in),
        }
    }
}

/// The trials that trees are grown from: codes feature by feature, and values.
#[derive(Clone, Debug)]
pub(super) struct Data {
    pub(super) features: Vec<Feature>,
    /// The probability of each choice; empty for numbers.
    pub(super) weights: Vec<Vec<f64>>,
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) values: Vec<f64>,
}

#[derive(Clone, Copy, Debug)]
struct Split {
    feature: usize,
    /// The threshold, or the choice that goes to the left.
    at: f64,
    gain: f64,
}

/// Trees in a forest. Not varied.
const TREES: u64 = 64;

/// A forest, one tree after the other.
pub(super) fn forest(data: &Data, seed: u64) -> impl Iterator<Item = Tree> + '_ {
    (0..TREES).map(move |number| {
        let mut random = Stream::new(seed, number);
        tree(data, &mut random)
    })
}

/// A tree from a bootstrap sample.
pub(super) fn tree(data: &Data, random: &mut Stream) -> Tree {
    let n = data.values.len() as u64;
    let sample: Vec<usize> = (0..n).map(|_| random.below(n) as usize).collect();
    grow(data, sample, random)
}

fn grow(data: &Data, sample: Vec<usize>, random: &mut Stream) -> Tree {
    let whole: Vec<Side> = data.features.iter().map(|feature| Side::whole(*feature)).collect();
    let mut in_sample = vec![false; data.values.len()];
    sample.iter().for_each(|&row| in_sample[row] = true);
    let others: Vec<usize> = (0..in_sample.len()).filter(|&row| !in_sample[row]).collect();
    let mut open = vec![(sample, others, whole)];
    let mut tree = Tree { leaves: Vec::new(), unseen: Vec::new() };
    while let Some((rows, others, sides)) = open.pop() {
        let Some(split) = best_split(data, &rows, random) else {
            let total: f64 = rows.iter().map(|&row| data.values[row]).sum();
            let value = total / rows.len().max(1) as f64;
            tree.leaves.push(Leaf { sides, value });
            tree.unseen.extend(others.into_iter().map(|row| (row, value)));
            continue;
        };
        let column = &data.columns[split.feature];
        let is_choice = data.features[split.feature].is_choice();
        let goes_left = |&row: &usize| {
            if is_choice { column[row] == split.at } else { column[row] <= split.at }
        };
        let (left, right): (Vec<usize>, Vec<usize>) = rows.into_iter().partition(goes_left);
        let (left_others, right_others) = others.into_iter().partition(goes_left);
        let (mut left_sides, mut right_sides) = (sides.clone(), sides);
        cut(&mut left_sides[split.feature], split.at, true);
        cut(&mut right_sides[split.feature], split.at, false);
        open.push((left, left_others, left_sides));
        open.push((right, right_others, right_sides));
    }
    tree
}

fn cut(side: &mut Side, at: f64, left: bool) {
    match side {
        Side::Interval(_, high) if left => *high = at,
        Side::Interval(low, _) => *low = at,
        Side::Choices(choices) => {
            for (choice, is_in) in choices.iter_mut().enumerate() {
                *is_in &= (choice as f64 == at) == left;
            }
        }
    }
}

/// The split that reduces the sum of squares most. A tie is decided at random.
fn best_split(data: &Data, rows: &[usize], random: &mut Stream) -> Option<Split> {
    let first = data.values[*rows.first()?];
    if rows.iter().all(|&row| data.values[row] == first) {
        return None;
    }
    let total: f64 = rows.iter().map(|&row| data.values[row]).sum();
    let mut order: Vec<usize> = (0..data.features.len()).collect();
    random.shuffle(&mut order);
    let mut best: Option<Split> = None;
    for feature in order {
        let found = match data.features[feature] {
            Feature::Choice { choices } => by_choice(data, rows, feature, choices, total),
            _ => by_threshold(data, rows, feature, total),
        };
        if let Some(found) = found
            && best.is_none_or(|best| found.gain > best.gain)
        {
            best = Some(found);
        }
    }
    best
}

/// What a split takes from the sum of squares, up to a constant.
fn gain(sum: f64, count: usize, total: f64, all: usize) -> f64 {
    let rest = total - sum;
    sum * sum / count as f64 + rest * rest / (all - count) as f64
}

fn by_threshold(data: &Data, rows: &[usize], feature: usize, total: f64) -> Option<Split> {
    let column = &data.columns[feature];
    let mut sorted = rows.to_vec();
    sorted.sort_unstable_by(|&a, &b| column[a].total_cmp(&column[b]));
    let mut best: Option<Split> = None;
    let mut sum = 0.0;
    for (before, pair) in sorted.windows(2).enumerate() {
        sum += data.values[pair[0]];
        let (low, high) = (column[pair[0]], column[pair[1]]);
        if low == high {
            continue;
        }
        let gain = gain(sum, before + 1, total, rows.len());
        if best.is_none_or(|best| gain > best.gain) {
            best = Some(Split { feature, at: between(low, high), gain });
        }
    }
    best
}

/// A threshold that leaves `low` below it and `high` above. The middle of two neighbouring numbers
/// may be the upper one, which would leave nothing above, and the tree would never end.
fn between(low: f64, high: f64) -> f64 {
    let middle = 0.5 * (low + high);
    if middle < high { middle } else { low }
}

fn by_choice(
    data: &Data,
    rows: &[usize],
    feature: usize,
    choices: u64,
    total: f64,
) -> Option<Split> {
    let mut sums = vec![(0.0, 0); choices as usize];
    for &row in rows {
        let choice = data.columns[feature][row];
        if let Some((sum, count)) = sums.get_mut(choice as usize) {
            *sum += data.values[row];
            *count += 1;
        }
    }
    let mut best: Option<Split> = None;
    for (choice, &(sum, count)) in sums.iter().enumerate() {
        if count == 0 || count == rows.len() {
            continue;
        }
        let gain = gain(sum, count, total, rows.len());
        if best.is_none_or(|best| gain > best.gain) {
            best = Some(Split { feature, at: choice as f64, gain });
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_numbers_are_told_apart() {
        // Of these the middle is rounded to the upper one.
        let (low, high) = (1.0 - f64::EPSILON / 2.0, 1.0);
        assert_eq!(0.5 * (low + high), high);
        let data = Data {
            features: vec![Feature::Continuous],
            weights: vec![Vec::new()],
            columns: vec![vec![low, high]],
            values: vec![1.0, 2.0],
        };
        let split = best_split(&data, &[0, 1], &mut Stream::new(1, 0)).unwrap();
        assert!((low..high).contains(&split.at), "{}", split.at);
        assert!(forest(&data, 1).all(|tree| tree.leaves.len() <= 2));
    }
}
