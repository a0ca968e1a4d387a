//! Trials of the same config as one observation, and near trials where there are too many.

use std::collections::BTreeMap;

use crate::surrogate::codes::Codes;
use crate::surrogate::encoding::Feature;

/// Trials that count as observations of one place.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Where: the codes of all members, or their average.
    pub(super) codes: Vec<f64>,
    /// The members' numbers.
    pub(super) members: Vec<usize>,
    /// Whether all members have these codes.
    pub(super) exact: bool,
}

/// The trials with these numbers in at most `most` groups: those with the same codes together, and
/// if there are more, near ones, too. `weights` are ℓ⁻² per feature. Which trials come together
/// does not depend on their losses.
pub(super) fn gather(
    features: &[Feature],
    weights: &[f64],
    rows: &[Codes],
    numbers: &[usize],
    most: usize,
) -> Vec<Group> {
    let mut same: BTreeMap<Vec<u64>, usize> = BTreeMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for &number in numbers {
        let codes = &rows[number];
        // Adding zero makes −0 the same as 0.
        let key = codes.iter().map(|code| (code + 0.0).to_bits()).collect();
        let at = *same.entry(key).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.members.push(number),
            None => {
                groups.push(Group { codes: codes.to_vec(), members: vec![number], exact: true })
            }
        }
    }
    if groups.len() <= most { groups } else { cells(features, weights, rows, numbers, most) }
}

/// A cell that can be split.
struct Cell {
    members: Vec<usize>,
    /// The feature in which it is largest, and the square of its extent there.
    along: usize,
    square: f64,
}

/// Splits all trials into cells: the one with the largest square, weighted by its members, is split
/// at the median of the feature in which it is largest.
fn cells(
    features: &[Feature],
    weights: &[f64],
    rows: &[Codes],
    numbers: &[usize],
    most: usize,
) -> Vec<Group> {
    let cell = |members: Vec<usize>| {
        let (mut along, mut square) = (0, 0.0);
        for (at, feature) in features.iter().enumerate() {
            let codes = || members.iter().map(|&number| rows[number][at]);
            let low = codes().fold(f64::INFINITY, f64::min);
            let high = codes().fold(f64::NEG_INFINITY, f64::max);
            let extent = match feature.is_choice() {
                true if high > low => 1.0,
                true => 0.0,
                false => high - low,
            };
            if weights[at] * extent * extent > square {
                (along, square) = (at, weights[at] * extent * extent);
            }
        }
        Cell { members, along, square }
    };
    let mut cells = vec![cell(numbers.to_vec())];
    let size = |cell: &Cell| cell.square * cell.members.len() as f64;
    while cells.len() < most {
        let largest = (0..cells.len()).max_by(|&a, &b| size(&cells[a]).total_cmp(&size(&cells[b])));
        let Some(largest) = largest.filter(|&at| cells[at].square > 0.0) else { break };
        let Cell { mut members, along, .. } = cells.swap_remove(largest);
        let code = |number: &usize| rows[*number][along];
        members.sort_by(|a, b| code(a).total_cmp(&code(b)).then(a.cmp(b)));
        let middle = code(&members[members.len() / 2]);
        // Equal codes stay together, and neither part is empty.
        let first = members.partition_point(|number| code(number) < middle);
        let at = match first {
            0 => members.partition_point(|number| code(number) <= middle),
            _ => first,
        };
        let other = members.split_off(at);
        cells.extend([cell(members), cell(other)]);
    }
    let group = |cell: Cell| {
        let mut members = cell.members;
        members.sort_unstable();
        let code = |at: usize| {
            let codes = members.iter().map(|&number| rows[number][at]);
            match features[at].is_choice() {
                // A choice has no average. Cells with several are the last to remain.
                true => codes.fold(f64::NEG_INFINITY, f64::max),
                false => codes.sum::<f64>() / members.len() as f64,
            }
        };
        let exact = cell.square == 0.0;
        let codes = match (exact, members.first()) {
            (true, Some(&number)) => rows[number].to_vec(),
            _ => (0..features.len()).map(code).collect(),
        };
        Group { codes, members, exact }
    };
    let mut groups: Vec<Group> = cells.into_iter().map(group).collect();
    groups.sort_by_key(|group| group.members.first().copied());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;

    #[test]
    fn repeats_come_together_and_near_trials_where_there_are_many() {
        let features = [Feature::Continuous, Feature::Choice { choices: 2 }, Feature::Continuous];
        let mut random = Stream::new(1, 0);
        let rows: Vec<Codes> = (0..300)
            .map(|_| vec![random.below(20) as f64 / 20.0, random.below(2) as f64, 0.5].into())
            .collect();
        let numbers: Vec<usize> = (0..300).collect();
        let groups = gather(&features, &[1.0; 3], &rows, &numbers, 300);
        assert_eq!(groups.len(), 40);
        assert!(groups.iter().all(|group| group.exact));
        for group in &groups {
            assert!(group.members.iter().all(|&number| rows[number][..] == group.codes));
        }
        for most in [2, 7, 40] {
            let groups = gather(&features, &[1.0; 3], &rows, &numbers, most);
            assert_eq!(groups.len(), most);
            assert_eq!(groups.iter().map(|group| group.members.len()).sum::<usize>(), 300);
            for group in groups {
                let choice = |&number: &usize| rows[number][1] == group.codes[1];
                assert!(group.members.iter().all(choice));
            }
        }
        assert!(gather(&features, &[1.0; 3], &rows, &[], 3).is_empty());
    }
}
