use super::axis::Axis;
use super::space::Space;

/// All combinations of a number of levels per axis, in which the axes of a branch appear only
/// under the choice that activates them.
///
/// Nothing is stored per combination: [`get`](Self::get) computes the one with a given number.
/// Combinations are numbered like the digits of a number, the last axis fastest.
#[derive(Clone, Debug)]
pub struct Lattice {
    space: Space,
    levels: Vec<u64>,
    /// Combinations of each axis with the parameters of its own.
    sizes: Vec<u128>,
}

impl Lattice {
    /// A lattice with `levels[i]` levels on axis i, at least one each. An axis with parameters of
    /// its own keeps all its choices, whatever is asked.
    pub fn new(space: &Space, mut levels: Vec<u64>) -> Self {
        let axes = space.axes();
        levels.resize(axes.len(), 1);
        let mut sizes = vec![1; axes.len()];
        // Parameters follow their choice, so that going backwards meets them first.
        for (index, axis) in axes.iter().enumerate().rev() {
            levels[index] = levels[index].max(1);
            sizes[index] = if axis.branches().is_empty() {
                u128::from(levels[index])
            } else {
                levels[index] = axis.branches().len() as u64;
                let branches = 0..axis.branches().len();
                branches.fold(0, |sum: u128, branch| {
                    sum.saturating_add(branch_size(axes, &sizes, axis, branch))
                })
            };
        }
        Lattice { space: space.clone(), levels, sizes }
    }

    /// The number of combinations; saturates at `u128::MAX`.
    pub fn len(&self) -> u128 {
        size_of_range(self.space.axes(), &self.sizes, 0, self.space.len())
    }

    /// A lattice always holds at least one combination.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The number of levels on an axis.
    pub fn levels(&self, axis: usize) -> u64 {
        self.levels.get(axis).copied().unwrap_or(1)
    }

    /// The combination with this number: a level for every axis, `None` where it is not active.
    /// Numbers from [`len`](Self::len) on start over.
    pub fn get(&self, number: u128) -> Vec<Option<u64>> {
        let mut combination = vec![None; self.space.len()];
        self.write_range(0, self.space.len(), number, &mut combination);
        combination
    }

    fn write_range(&self, start: usize, end: usize, number: u128, out: &mut [Option<u64>]) {
        let axes = self.space.axes();
        // The last axis is the fastest digit, and the others are reached forwards: each takes what
        // is left after the sizes of those behind it.
        let mut rest = size_of_range(axes, &self.sizes, start, end);
        let mut number = number;
        let mut index = start;
        while index < end {
            let axis = &axes[index];
            rest /= self.sizes[index];
            let digit = number / rest % self.sizes[index];
            number %= rest;
            if axis.branches().is_empty() {
                out[index] = Some(digit as u64);
            } else {
                self.write_choice(index, digit, out);
            }
            index = axis.end(index);
        }
    }

    fn write_choice(&self, index: usize, mut number: u128, out: &mut [Option<u64>]) {
        let axes = self.space.axes();
        let axis = &axes[index];
        for branch in 0..axis.branches().len() {
            let size = branch_size(axes, &self.sizes, axis, branch);
            if number < size {
                out[index] = Some(branch as u64);
                let range = &axis.branches()[branch];
                self.write_range(range.start, range.end, number, out);
                return;
            }
            number -= size;
        }
    }
}

fn branch_size(axes: &[Axis], sizes: &[u128], axis: &Axis, branch: usize) -> u128 {
    let range = &axis.branches()[branch];
    size_of_range(axes, sizes, range.start, range.end)
}

fn size_of_range(axes: &[Axis], sizes: &[u128], start: usize, end: usize) -> u128 {
    let mut size: u128 = 1;
    let mut index = start;
    while index < end {
        size = size.saturating_mul(sizes[index]);
        index = axes[index].end(index);
    }
    size
}
