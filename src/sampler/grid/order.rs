//! The order in which a grid is walked: one that covers the space early.
//!
//! A bijection from 0..N to the combinations, computed from the number alone, so that a grid of any
//! size starts at once and takes no memory.
//!
//! 1. The choices that have parameters of their own split the space into variants, each with its
//!    own set of axes. They take turns until the smallest is used up, then the others take turns,
//!    and so on, so that every variant appears early, however small.
//! 2. Within a variant, with axes of n₁ … nₘ levels and Rⱼ = n₁ ⋯ nⱼ₋₁, combination i has on axis j
//!    the level gⱼ ⌊i/Rⱼ⌋ + fⱼ(i mod Rⱼ), modulo nⱼ. Whatever the functions fⱼ, this is a bijection
//!    if gⱼ and nⱼ have no common divisor: the levels of the first axes determine i mod Rⱼ, and
//!    then the level of axis j determines its digit.
//! 3. So fⱼ is free to make the early combinations a low-discrepancy sequence: fⱼ(r) = ⌊nⱼ xⱼ(r)⌋
//!    with xⱼ(r) a coordinate of point r of a scrambled Sobol sequence; for r < nⱼ the rank of
//!    xⱼ(r) among the first nⱼ, so that these take every level once. The factor gⱼ ≈ nⱼ/φ lets the
//!    digit itself jump in golden steps instead of walking along the axis.
//! 4. Where variants are too many to be listed, the remaining choices are digits: the value is a
//!    number in an order of the choice's combinations that is made by 1 to 4, and fⱼ takes small
//!    numbers first, so that this order, too, begins at its beginning.

use std::ops::Range;

use super::levels::Levels;
use crate::math::random::Stream;
use crate::math::sobol::Sobol;
use crate::space::{Axis, Space};

/// All combinations of the levels of a space's axes, in an order that covers the space early.
#[derive(Clone, Debug)]
pub(super) struct CoveringOrder {
    axes: usize,
    root: Turns,
}

/// Variants that take turns; by size, the smallest first.
#[derive(Clone, Debug)]
struct Turns {
    size: u128,
    variants: Vec<Variant>,
}

/// A part of the space in which some choices are made, and the axes that vary there.
#[derive(Clone, Debug)]
struct Variant {
    size: u128,
    /// Axis and level of the choices that are made.
    choices: Vec<(usize, u64)>,
    digits: Vec<Digit>,
    sobol: Sobol,
}

/// An axis that varies.
#[derive(Clone, Debug)]
struct Digit {
    axis: usize,
    /// Rⱼ: the combinations of the digits before.
    before: u128,
    size: u128,
    /// gⱼ.
    stride: u128,
    dimension: usize,
    /// fⱼ(0), fⱼ(1) and so on, for as many as there are levels; empty where there are many.
    ranks: Vec<u64>,
    /// For a choice with parameters of its own.
    turns: Option<Turns>,
}

/// More variants than this are not listed. Both bound the memory.
const MOST_VARIANTS: usize = 256;

/// Nor may they have more digits than this together.
const MOST_DIGITS: usize = 1 << 16;

/// Axes with more levels than this are not ranked: three times as many points of the sequence hit
/// every level anyway.
const LONGEST_RANKING: u64 = 64;

impl CoveringOrder {
    /// An order of all combinations, different for every seed.
    pub(super) fn new(space: &Space, levels: &[Levels], seed: u64) -> Self {
        let axes = space.axes();
        let mut plan = Plan { axes, levels, random: Stream::new(seed, ORDER_STREAM) };
        let whole = Draft { choices: Vec::new(), axes: plan.roots(0..axes.len()) };
        CoveringOrder { axes: axes.len(), root: plan.turns(vec![whole], 0..axes.len()) }
    }

    /// The number of combinations; saturates at `u128::MAX`. Beyond it no number is reached by a
    /// walk, and the last digits stay at their first value.
    pub(super) fn len(&self) -> u128 {
        self.root.size
    }

    /// The combination with this number: a level for every axis, `None` where it is not active.
    pub(super) fn get(&self, number: u128) -> Vec<Option<u64>> {
        let mut combination = vec![None; self.axes];
        self.root.write(number, &mut combination);
        combination
    }
}

impl Turns {
    fn write(&self, number: u128, out: &mut [Option<u64>]) {
        let (mut start, mut used) = (0, 0);
        for (first, smallest) in self.variants.iter().enumerate() {
            let others = (self.variants.len() - first) as u128;
            let span = (smallest.size - used).saturating_mul(others);
            if number - start < span {
                let (round, turn) = ((number - start) / others, (number - start) % others);
                return self.variants[first + turn as usize].write(used + round, out);
            }
            start += span;
            used = smallest.size;
        }
    }
}

impl Variant {
    fn write(&self, number: u128, out: &mut [Option<u64>]) {
        for &(axis, level) in &self.choices {
            out[axis] = Some(level);
        }
        for digit in &self.digits {
            let (high, low) = (number / digit.before % digit.size, number % digit.before);
            // The sequence starts over after 2^32 points.
            let x = || self.sobol.coordinate(low as u32, digit.dimension);
            if let Some(turns) = &digit.turns {
                let count = turns.variants.len() as u128;
                let early = low / count * count + (x() * count as f64) as u128;
                turns.write(add(high, early, digit.size), out);
            } else {
                let ranked = usize::try_from(low).ok().and_then(|low| digit.ranks.get(low));
                let early = match ranked {
                    Some(&rank) => rank.into(),
                    None => (x() * digit.size as f64) as u128,
                };
                out[digit.axis] = Some(((digit.stride * high + early) % digit.size) as u64);
            }
        }
    }
}

/// Number of the random stream that scrambles the order; trials have the low numbers.
const ORDER_STREAM: u64 = u64::MAX;

/// What building the order needs to know.
struct Plan<'a> {
    axes: &'a [Axis],
    levels: &'a [Levels],
    random: Stream,
}

/// A variant whose axes are known by their index only.
#[derive(Clone)]
struct Draft {
    choices: Vec<(usize, u64)>,
    axes: Vec<usize>,
}

impl Plan<'_> {
    /// The axes of a range that are active whatever is chosen within it.
    fn roots(&self, range: Range<usize>) -> Vec<usize> {
        let mut roots = Vec::new();
        let mut index = range.start;
        while index < range.end {
            roots.push(index);
            index = self.axes[index].branches().last().map_or(index + 1, |last| last.end);
        }
        roots
    }

    /// Splits drafts by the choices within a range of axes, as long as they stay few.
    fn turns(&mut self, mut drafts: Vec<Draft>, range: Range<usize>) -> Turns {
        let most = (MOST_DIGITS / self.axes.len().max(1)).clamp(1, MOST_VARIANTS) as u64;
        for choice in range {
            if self.axes[choice].branches().is_empty() {
                continue;
            }
            let concerned = drafts.iter().filter(|draft| draft.axes.contains(&choice)).count();
            let more = (self.levels[choice].count() - 1).saturating_mul(concerned as u64);
            if more.saturating_add(drafts.len() as u64) > most {
                break;
            }
            if concerned > 0 {
                drafts = drafts.into_iter().flat_map(|draft| self.split(draft, choice)).collect();
            }
        }
        let variants = drafts.into_iter().map(|draft| self.variant(draft));
        let mut variants: Vec<Variant> = variants.collect();
        variants.sort_by_key(|variant| variant.size);
        let sizes = variants.iter().map(|variant| variant.size);
        Turns { size: sizes.fold(0, u128::saturating_add), variants }
    }

    fn split(&self, draft: Draft, choice: usize) -> Vec<Draft> {
        match draft.axes.iter().position(|&axis| axis == choice) {
            None => vec![draft],
            Some(place) => (0..self.levels[choice].count())
                .map(|level| {
                    let mut branch = draft.clone();
                    branch.axes.splice(place..=place, self.branch(choice, level));
                    branch.choices.push((choice, level));
                    branch
                })
                .collect(),
        }
    }

    /// The axes that a level of a choice activates.
    fn branch(&self, choice: usize, level: u64) -> Vec<usize> {
        let axis = &self.axes[choice];
        let value = self.levels[choice].value(axis.distribution(), level);
        axis.branches().get(value as usize).map_or(Vec::new(), |range| self.roots(range.clone()))
    }

    fn variant(&mut self, draft: Draft) -> Variant {
        let sobol = Sobol::new(draft.axes.len(), self.random.bits());
        let (mut choices, mut digits, mut size) = (draft.choices, Vec::new(), 1_u128);
        // A choice comes first, because the first digit has the fairest order.
        let mut axes = draft.axes;
        axes.sort_by_key(|&axis| self.axes[axis].branches().is_empty());
        for axis in axes {
            let mut digit = self.digit(axis, digits.len(), &sobol);
            if digit.size == 1 && digit.turns.is_none() {
                choices.push((axis, 0));
                continue;
            }
            digit.before = size;
            size = size.saturating_mul(digit.size);
            digits.push(digit);
        }
        Variant { size, choices, digits, sobol }
    }

    fn digit(&mut self, axis: usize, dimension: usize, sobol: &Sobol) -> Digit {
        let count = self.levels[axis].count();
        let (mut size, mut turns, mut ranks) = (u128::from(count), None, Vec::new());
        if let Some(last) = self.axes[axis].branches().last() {
            let branches = (0..count)
                .map(|level| Draft { choices: vec![(axis, level)], axes: self.branch(axis, level) })
                .collect();
            let branches = self.turns(branches, axis + 1..last.end);
            size = branches.size;
            turns = Some(branches);
        } else if count <= LONGEST_RANKING {
            ranks = rank(sobol, dimension, count as u32);
        }
        // Only the levels of a plain axis are so few that multiples of the stride cannot overflow.
        let stride = if turns.is_none() { golden_stride(size) } else { 1 };
        Digit { axis, before: 1, size, stride, dimension, ranks, turns }
    }
}

/// The ranks of the first `count` coordinates among themselves.
fn rank(sobol: &Sobol, dimension: usize, count: u32) -> Vec<u64> {
    let mut order: Vec<u32> = (0..count).collect();
    let xs: Vec<f64> = order.iter().map(|&index| sobol.coordinate(index, dimension)).collect();
    order.sort_by(|&a, &b| xs[a as usize].total_cmp(&xs[b as usize]));
    let mut ranks = vec![0; order.len()];
    for (rank, index) in (0..).zip(order) {
        ranks[index as usize] = rank;
    }
    ranks
}

/// a + b modulo n, for a < n, without overflow.
fn add(a: u128, b: u128, n: u128) -> u128 {
    let b = b % n;
    if a >= n - b { a - (n - b) } else { a + b }
}

/// A number near n/φ that has no divisor with n: its multiples jump over an axis and leave no gap
/// for long.
fn golden_stride(n: u128) -> u128 {
    let near = (n as f64 * 0.618_033_988_749_894_9).round() as u128;
    let candidates = (0..n).flat_map(|away| [near + away, near.saturating_sub(away)]);
    candidates.into_iter().find(|&stride| stride < n && coprime(stride, n)).unwrap_or(1)
}

fn coprime(mut a: u128, mut b: u128) -> bool {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::math::random::Stream;
    use crate::space::Scale;

    /// A grid of `counts[i]` levels on axis i.
    fn plain(counts: &[u64], seed: u64) -> CoveringOrder {
        let mut builder = Space::builder();
        for axis in 0..counts.len() {
            builder = builder.float(&format!("x{axis}"), 0.0..=1.0, Scale::Linear);
        }
        order(&builder.build().unwrap(), counts, seed)
    }

    fn order(space: &Space, counts: &[u64], seed: u64) -> CoveringOrder {
        let spread = |(axis, &count): (&Axis, &u64)| Levels::spread(axis.distribution(), count);
        let levels: Vec<Levels> = space.axes().iter().zip(counts).map(spread).collect();
        CoveringOrder::new(space, &levels, seed)
    }

    fn conditional() -> Space {
        Space::builder()
            .int("a", 0..=2, Scale::Linear)
            .choice("b", |b| {
                b.unit("none").variant("few", |p| p.bool("f")).variant("many", |p| {
                    p.int("m", 0..=4, Scale::Linear).choice("c", |c| {
                        c.unit("x").variant("y", |p| p.int("n", 0..=6, Scale::Linear))
                    })
                })
            })
            .choice("d", |d| d.unit("off").variant("on", |p| p.int("k", 0..=3, Scale::Linear)))
            .build()
            .unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn every_combination_comes_exactly_once() {
        let grids: [&[u64]; 9] = [
            &[1],
            &[7],
            &[2, 2],
            &[5, 5, 5],
            &[4, 6, 9],
            &[1, 3, 1, 8],
            &[2; 10],
            &[3, 3, 3, 3, 3],
            &[6, 10, 15],
        ];
        for counts in grids {
            for seed in 0..3 {
                let order = plain(counts, seed);
                let seen: HashSet<_> = (0..order.len()).map(|i| order.get(i)).collect();
                let all: u64 = counts.iter().product();
                assert_eq!((order.len(), seen.len() as u64), (all.into(), all), "{counts:?}");
            }
        }
    }

    /// Share of the unit square's area below random corners, compared with the share of points
    /// there, on random pairs of axes: root mean square difference.
    fn discrepancy(points: &[Vec<f64>], random: &mut Stream) -> f64 {
        let corners = 2_000;
        let axes = points[0].len() as u64;
        let squares: f64 = (0..corners)
            .map(|_| {
                let (a, away) = (random.below(axes), 1 + random.below(axes - 1));
                let (a, b) = (a as usize, ((a + away) % axes) as usize);
                let (x, y) = (random.unit(), random.unit());
                let below = |point: &&Vec<f64>| point[a] < x && point[b] < y;
                let share = points.iter().filter(below).count() as f64 / points.len() as f64;
                (share - x * y).powi(2)
            })
            .sum();
        (squares / f64::from(corners)).sqrt()
    }

    /// Each level spread over its cell, so that only the choice of cells counts.
    fn spread(points: &[Vec<Option<u64>>], counts: &[u64], random: &mut Stream) -> Vec<Vec<f64>> {
        let mut place = |(level, &count): (&Option<u64>, &u64)| {
            (level.unwrap() as f64 + random.unit()) / count as f64
        };
        points.iter().map(|point| point.iter().zip(counts).map(&mut place).collect()).collect()
    }

    #[test]
    fn levels_appear_early_and_early_points_are_spread() {
        let grids: [&[u64]; 6] =
            [&[10; 2], &[10; 6], &[10; 12], &[5, 4, 3, 2, 7, 9], &[20; 4], &[3; 20]];
        for counts in grids {
            let largest = counts.iter().copied().max().unwrap();
            let (mut ours, mut theirs) = (0.0, 0.0);
            for seed in 0..8 {
                let order = plain(counts, seed);
                let early: Vec<_> = (0..u128::from(3 * largest)).map(|i| order.get(i)).collect();
                for (axis, &count) in counts.iter().enumerate() {
                    let levels: HashSet<_> = early.iter().map(|c| c[axis]).collect();
                    assert_eq!(levels.len() as u64, count, "{counts:?}, axis {axis}");
                }
                let mut random = Stream::new(seed, 1);
                let early: Vec<_> = (0..48).map(|i| order.get(i)).collect();
                let shuffled: Vec<Vec<_>> = (0..48)
                    .map(|_| counts.iter().map(|&count| Some(random.below(count))).collect())
                    .collect();
                ours += discrepancy(&spread(&early, counts, &mut random), &mut random);
                theirs += discrepancy(&spread(&shuffled, counts, &mut random), &mut random);
            }
            assert!(ours < 0.8 * theirs, "{counts:?}: {ours} against {theirs}");
        }
    }

    #[test]
    fn branches_take_turns() {
        let space = conditional();
        let counts = vec![5; space.len()];
        for seed in 0..20 {
            let order = order(&space, &counts, seed);
            let all: Vec<_> = (0..order.len()).map(|i| order.get(i)).collect();
            assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
            // a × (none, few, many: m × (x, y: n)) × (off, on: k).
            assert_eq!(all.len(), 3 * (1 + 2 + 5 * (1 + 5)) * (1 + 4));
            let (b, c) = (space.position("b").unwrap(), space.position("b.many.c").unwrap());
            let d = space.position("d").unwrap();
            let pairs: HashSet<_> = all[..24].iter().map(|l| (l[b], l[d])).collect();
            assert_eq!(pairs.len(), 6, "{pairs:?}");
            let inner: HashSet<_> = all[..12].iter().map(|l| l[c]).collect();
            assert_eq!(inner.len(), 3, "{inner:?}");
        }
    }

    #[test]
    fn combinations_of_any_number_are_computed_at_once() {
        let order = plain(&[1_000_000; 6], 3);
        assert_eq!(order.len(), 10u128.pow(36));
        let combination = order.get(10u128.pow(36) - 1);
        assert!(combination.iter().all(|level| level.unwrap() < 1_000_000));
        let endless = plain(&[u64::MAX; 3], 0);
        assert_eq!(endless.len(), u128::MAX);
        let seen: HashSet<_> = (0..1_000).map(|i| endless.get(i)).collect();
        assert_eq!(seen.len(), 1_000);
    }
}
