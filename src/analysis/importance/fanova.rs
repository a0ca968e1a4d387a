//! Functional analysis of variance over a forest (Hutter, Hoos and Leyton-Brown 2014, An efficient
//! approach for assessing hyperparameter importance, ICML, section 3).
//!
//! A tree is constant on boxes, so that its averages over all other parameters are exact sums over
//! its leaves. With a_U(θ_U) the average over the parameters outside U, V = var a_all, the main
//! effect of i takes var a_i, and the interaction of i and j takes var a_ij − var a_i − var a_j.
//!
//! A leaf l with value c and volume v, of whose side i the measure is sᵢ, adds
//! cv (1ᵢ/sᵢ − 1)(1ⱼ/sⱼ − 1) to the interaction, where 1ᵢ tells whether θᵢ is in the side. Only leaves
//! that are cut in both parameters count, which are few where there are many parameters.
//!
//! Averages are uniform over the unit cube, that is, over the distributions that the space gives;
//! over a discrete parameter by the probability of each level. Main effects are found without trees
//! (see `spread`), which would need many leaves for a wave.

use super::forest::{Data, Side, Tree, forest};

/// A tree with what its leaves measure.
struct Partition<'a> {
    tree: &'a Tree,
    cells: Vec<Cells>,
    /// For each leaf the measure of each of its sides.
    sides: Vec<Vec<f64>>,
    /// The measure of each leaf.
    volumes: Vec<f64>,
}

/// The cells into which the leaves of a tree cut a feature.
struct Cells {
    /// The edges of intervals; for choices empty.
    edges: Vec<f64>,
    /// The share of each cell in the measure.
    weights: Vec<f64>,
}

/// The variance that pairs (1, 0), (2, 0), (2, 1), (3, 0), … make beyond their main effects, on
/// average over some trees.
pub(super) fn interactions(data: &Data, trees: &[Tree]) -> Vec<f64> {
    let d = data.features.len();
    let mut pairs = vec![0.0; d * d.saturating_sub(1) / 2];
    for tree in trees {
        let partition = Partition::of(tree, data);
        let cut = partition.cut_in_both();
        for i in 1..d {
            for j in 0..i {
                let pair = i * (i - 1) / 2 + j;
                pairs[pair] += partition.interaction(i, j, &cut[pair]) / trees.len() as f64;
            }
        }
    }
    pairs
}

/// The share of the variance of trials that is predicted by the trees that were not grown from them
/// (Breiman 2001, out-of-bag estimates); negative where the mean predicts better. `None` if they do
/// not vary.
pub(super) fn out_of_bag_r2(data: &Data, seed: u64) -> Option<f64> {
    let mut predictions = vec![(0.0, 0.0); data.values.len()];
    for tree in forest(data, seed) {
        for &(row, value) in &tree.unseen {
            predictions[row].0 += value;
            predictions[row].1 += 1.0;
        }
    }
    let values = &data.values;
    let unseen = || values.iter().zip(&predictions).filter(|(_, (_, number))| *number > 0.0);
    let number = unseen().count() as f64;
    let mean = unseen().map(|(value, _)| value).sum::<f64>() / number;
    let around: f64 = unseen().map(|(value, _)| (value - mean).powi(2)).sum();
    let left: f64 = unseen().map(|(value, (sum, number))| (value - sum / number).powi(2)).sum();
    (around > 0.0).then(|| 1.0 - left / around)
}

impl Cells {
    fn of(tree: &Tree, feature: usize, data: &Data) -> Self {
        if data.features[feature].is_choice() {
            return Cells { edges: Vec::new(), weights: data.weights[feature].clone() };
        }
        let mut edges: Vec<f64> = tree
            .leaves
            .iter()
            .flat_map(|leaf| match leaf.sides[feature] {
                Side::Interval(low, high) => [low, high],
                Side::Choices(_) => [0.0, 1.0],
            })
            .collect();
        edges.sort_unstable_by(f64::total_cmp);
        edges.dedup();
        let weights = edges.windows(2).map(|pair| pair[1] - pair[0]).collect();
        Cells { edges, weights }
    }

    /// The cells that a side covers: a range, or those of a list.
    fn covered(&self, side: &Side) -> Covered {
        match side {
            Side::Interval(low, high) => {
                let place = |edge: &f64| self.edges.partition_point(|one| one < edge);
                Covered::Range(place(low), place(high))
            }
            Side::Choices(choices) => {
                let is_in = choices.iter().enumerate().filter(|(_, is_in)| **is_in);
                Covered::List(is_in.map(|(at, _)| at).collect())
            }
        }
    }

    fn measure(&self, side: &Side) -> f64 {
        match side {
            Side::Interval(low, high) => high - low,
            Side::Choices(choices) => {
                let weights = self.weights.iter().zip(choices);
                weights.filter(|(_, is_in)| **is_in).map(|(weight, _)| weight).sum()
            }
        }
    }
}

enum Covered {
    Range(usize, usize),
    List(Vec<usize>),
}

impl Covered {
    /// Adds to the first differences of a row of cells, so that its sums have `value` added where
    /// this covers.
    fn add(&self, value: f64, mut add: impl FnMut(usize, f64)) {
        match self {
            Covered::Range(start, end) => {
                add(*start, value);
                add(*end, -value);
            }
            Covered::List(cells) => {
                for &cell in cells {
                    add(cell, value);
                    add(cell + 1, -value);
                }
            }
        }
    }
}

/// The variance of values with weights.
#[cfg(test)]
fn spread(weighted: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let total: f64 = weighted.clone().map(|(weight, _)| weight).sum();
    let mean = weighted.clone().map(|(weight, value)| weight * value).sum::<f64>() / total;
    weighted.map(|(weight, value)| weight * (value - mean) * (value - mean)).sum::<f64>() / total
}

impl<'a> Partition<'a> {
    fn of(tree: &'a Tree, data: &Data) -> Self {
        let d = data.features.len();
        let cells: Vec<Cells> = (0..d).map(|at| Cells::of(tree, at, data)).collect();
        let leaves = tree.leaves.iter();
        let sides: Vec<Vec<f64>> = leaves
            .map(|leaf| {
                cells.iter().zip(&leaf.sides).map(|(one, side)| one.measure(side)).collect()
            })
            .collect();
        let volumes = sides.iter().map(|sides| sides.iter().product()).collect();
        Partition { tree, cells, sides, volumes }
    }

    /// The variance of the tree.
    #[cfg(test)]
    fn variance(&self) -> f64 {
        let values = self.tree.leaves.iter().map(|leaf| leaf.value);
        spread(self.volumes.iter().copied().zip(values))
    }

    /// The variance of the average over all features but one.
    #[cfg(test)]
    fn variance_of_one(&self, feature: usize) -> f64 {
        let cells = &self.cells[feature];
        let mut average = vec![0.0; cells.weights.len() + 1];
        for (at, leaf) in self.tree.leaves.iter().enumerate() {
            let value = leaf.value * self.volumes[at] / self.sides[at][feature];
            let covered = cells.covered(&leaf.sides[feature]);
            covered.add(value, |cell, change| average[cell] += change);
        }
        accumulate(&mut average);
        spread(cells.weights.iter().copied().zip(average.iter().copied()))
    }

    /// For each pair of features the leaves that are cut in both.
    fn cut_in_both(&self) -> Vec<Vec<usize>> {
        let d = self.cells.len();
        let mut cut = vec![Vec::new(); d * d.saturating_sub(1) / 2];
        for (at, leaf) in self.tree.leaves.iter().enumerate() {
            let own: Vec<usize> = (0..d).filter(|&i| !leaf.sides[i].is_whole()).collect();
            for (before, i) in own.iter().enumerate() {
                own[..before].iter().for_each(|j| cut[i * (i - 1) / 2 + j].push(at));
            }
        }
        cut
    }

    /// The variance of the average over all features but two, beyond that of each of them, given
    /// the leaves that are cut in both.
    fn interaction(&self, i: usize, j: usize, leaves: &[usize]) -> f64 {
        if leaves.is_empty() {
            return 0.0;
        }
        let (down, across) = (&self.cells[i], &self.cells[j]);
        let width = across.weights.len() + 1;
        let mut average = vec![0.0; (down.weights.len() + 1) * width];
        for &at in leaves {
            let leaf = &self.tree.leaves[at];
            let value = leaf.value * self.volumes[at] / (self.sides[at][i] * self.sides[at][j]);
            let columns = across.covered(&leaf.sides[j]);
            down.covered(&leaf.sides[i]).add(value, |row, change| {
                columns.add(change, |column, change| average[row * width + column] += change);
            });
        }
        average.chunks_mut(width).for_each(accumulate);
        for at in width..average.len() {
            average[at] += average[at - width];
        }
        // The leaves' averages over one of the two, which are not all of its main effect.
        let mean = |weights: &[f64], value: &dyn Fn(usize) -> f64| {
            weights.iter().enumerate().map(|(at, weight)| weight * value(at)).sum::<f64>()
        };
        let rows: Vec<f64> = (0..down.weights.len())
            .map(|row| mean(&across.weights, &|column| average[row * width + column]))
            .collect();
        let columns: Vec<f64> = (0..across.weights.len())
            .map(|column| mean(&down.weights, &|row| average[row * width + column]))
            .collect();
        let whole = mean(&down.weights, &|row| rows[row]);
        mean(&down.weights, &|row| {
            mean(&across.weights, &|column| {
                (average[row * width + column] - rows[row] - columns[column] + whole).powi(2)
            })
        })
    }
}

fn accumulate(differences: &mut [f64]) {
    for at in 1..differences.len() {
        differences[at] += differences[at - 1];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::importance::forest::Leaf;
    use crate::math::random::Stream;
    use crate::math::statistics::variance;
    use crate::surrogate::Feature;

    /// The averages of a tree by brute force, over a grid that no leaf's edge falls on.
    #[test]
    fn variances_of_a_tree_are_those_of_its_averages() {
        let mut random = Stream::new(5, 0);
        let features =
            vec![Feature::Continuous, Feature::Choice { choices: 3 }, Feature::Continuous];
        let columns: Vec<Vec<f64>> = (0..3)
            .map(|at| {
                (0..60)
                    .map(|_| if at == 1 { random.below(3) as f64 } else { random.unit() })
                    .collect()
            })
            .collect();
        let values: Vec<f64> = (0..60)
            .map(|i| columns[0][i] * 2.0 + columns[1][i] * columns[2][i] + random.unit())
            .collect();
        let weights = vec![vec![], vec![0.2, 0.5, 0.3], vec![]];
        let data = Data { features, weights: weights.clone(), columns, values };
        let tree: Tree = forest(&data, 3).next().unwrap();
        let partition = Partition::of(&tree, &data);
        let holds = |leaf: &Leaf, place: &[f64; 3]| {
            leaf.sides.iter().zip(place).all(|(side, code)| match side {
                Side::Interval(low, high) => (low..high).contains(&code),
                Side::Choices(choices) => choices[*code as usize],
            })
        };
        let at =
            |place: [f64; 3]| tree.leaves.iter().find(|leaf| holds(leaf, &place)).unwrap().value;
        const N: usize = 400;
        let unit = |i: usize| (i as f64 + 0.5) / N as f64;
        let mut one = vec![0.0; N];
        let mut two: Vec<(f64, f64)> = (0..3 * N).map(|at| (weights[1][at / N], 0.0)).collect();
        let mut all = Vec::new();
        for i in 0..N {
            for c in 0..3 {
                for k in 0..N {
                    let value = at([unit(i), c as f64, unit(k)]);
                    one[i] += weights[1][c] * value / N as f64;
                    two[c * N + k].1 += value / N as f64;
                    all.push((weights[1][c], value));
                }
            }
        }
        let close = |ours: f64, theirs: f64| {
            assert!((ours - theirs).abs() < 0.01 * theirs, "{ours} {theirs}");
        };
        close(partition.variance_of_one(0), variance(&one));
        let by_choice = |c: usize| {
            let own = two[c * N..(c + 1) * N].iter();
            (weights[1][c], own.map(|(_, value)| value).sum::<f64>() / N as f64)
        };
        let by_number =
            |k: usize| (1.0, (0..3).map(|c| weights[1][c] * two[c * N + k].1).sum::<f64>());
        let alone = spread((0..3).map(by_choice)) + spread((0..N).map(by_number));
        let cut = partition.cut_in_both();
        close(partition.interaction(2, 1, &cut[2]), spread(two.iter().copied()) - alone);
        close(partition.variance(), spread(all.into_iter()));
    }
}
