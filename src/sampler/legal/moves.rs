//! Random moves from one point of a set to others of it, of which only membership is known.
//!
//! A move goes along a line through the unit cube, redraws a few choices, or exchanges the values of
//! two parameters that have the same distribution. A line is cut back towards the point wherever a
//! place on it lies outside the set (Neal 2003, Slice sampling, Annals of Statistics 31, figure 5;
//! Smith 1984, Efficient Monte Carlo procedures for generating points uniformly distributed over
//! bounded regions, Operations Research 32), so that even a tiny set is met again in a few dozen
//! looks. Each of these moves leaves the distribution of the space, restricted to the set, as it is:
//! after many of them a point is a random one of the part of the set that they reach.

use crate::error::Result;
use crate::math::random::Stream;
use crate::space::{AxisKind, Legality, Point, Space};

/// How often a line is cut back before the point stays where it is: each time by half on average.
const CUTS: usize = 60;
/// Shares of the kinds of lines: along one axis, along two at the same rate, along all at the same rate, in
/// any direction, and in any direction of a few axes. The rest are along the difference of two known points,
/// which follows the shape of a thin set. These shares and the next ones were not varied.
const LINES: [f64; 5] = [0.35, 0.2, 0.1, 0.1, 0.1];
/// Weights of lines, redraws and exchanges, where all are possible.
const KINDS: [f64; 3] = [0.6, 0.25, 0.15];
/// Shares of redraws that change one, two and three values.
const REDRAWN: [f64; 3] = [0.4, 0.35, 0.25];
/// Choices with more levels than these count as numbers.
const FEW: u64 = 64;
/// How often two axes with different values are drawn for an exchange. Not varied.
const PAIRS: usize = 16;
/// Spaces with more axes have no exchanges: which of them are alike would cost too much.
const MOST_COMPARED: usize = 256;

/// Whether a point is in the set.
pub(crate) type Inside<'a> = dyn FnMut(&Point) -> Result<bool> + 'a;

/// The moves of one space.
pub(crate) struct Moves<'a> {
    space: &'a Space,
    legality: &'a dyn Legality,
    /// The largest change of a coordinate along a line; 1 for the whole cube.
    reach: f64,
    /// Coordinates of known points of the set.
    known: Vec<Vec<f64>>,
    /// Axes with numbers of the same group have the same distribution; `None` for those without
    /// a like.
    alike: Vec<Option<usize>>,
}

impl<'a> Moves<'a> {
    pub(crate) fn new(space: &'a Space, legality: &'a dyn Legality) -> Self {
        Moves { space, legality, reach: 1.0, known: Vec::new(), alike: alike(space) }
    }

    /// What is known of the set: other points of it, as many as are at hand.
    pub(crate) fn learn<'p>(&mut self, known: impl IntoIterator<Item = &'p Point>) {
        self.known = known.into_iter().map(|point| self.space.coordinates(point)).collect();
    }

    /// Coordinates change by no more than `reach` along a line.
    pub(crate) fn reach(&mut self, reach: f64) {
        self.reach = reach;
    }

    /// One move; `None` where the point stays.
    pub(crate) fn step(
        &self,
        from: &Point,
        inside: &mut Inside<'_>,
        random: &mut Stream,
    ) -> Result<Option<Point>> {
        let axes = self.space.axes();
        let active: Vec<usize> = (0..axes.len())
            .filter(|&at| from.is_active(at) && axes[at].distribution().levels() != Some(1))
            .collect();
        let is_ordered = |at: &usize| {
            axes[*at].branches().is_empty()
                && !matches!(axes[*at].kind(), AxisKind::Categorical { .. })
        };
        let is_few =
            |at: &usize| axes[*at].distribution().levels().is_some_and(|levels| levels <= FEW);
        let ordered: Vec<usize> = active.iter().copied().filter(is_ordered).collect();
        let few: Vec<usize> = active.iter().copied().filter(is_few).collect();
        let like: Vec<usize> =
            active.iter().copied().filter(|&at| self.alike[at].is_some()).collect();
        let weights = [
            if ordered.is_empty() { 0.0 } else { KINDS[0] },
            if few.is_empty() { 0.0 } else { KINDS[1] },
            if like.len() < 2 { 0.0 } else { KINDS[2] },
        ];
        let moved = match random.choose_weighted(&weights) {
            Some(0) => return self.along_a_line(from, &ordered, inside, random),
            Some(1) => self.redrawn(from, few, random),
            Some(_) => self.exchanged(from, &like, random),
            None => None,
        };
        match moved.filter(|point| point != from) {
            Some(point) => Ok(inside(&point)?.then_some(point)),
            None => Ok(None),
        }
    }

    fn along_a_line(
        &self,
        from: &Point,
        axes: &[usize],
        inside: &mut Inside<'_>,
        random: &mut Stream,
    ) -> Result<Option<Point>> {
        let unit = self.space.coordinates(from);
        let direction = self.direction(axes, random);
        let (mut low, mut high) = (-self.reach, self.reach);
        for (&at, &slope) in axes.iter().zip(&direction) {
            if slope != 0.0 {
                let ends = (-unit[at] / slope, (1.0 - unit[at]) / slope);
                low = low.max(ends.0.min(ends.1));
                high = high.min(ends.0.max(ends.1));
            }
        }
        let mut values: Vec<Option<f64>> = from.iter().collect();
        for _ in 0..CUTS {
            let step = low + random.unit() * (high - low);
            for (&at, &slope) in axes.iter().zip(&direction) {
                if slope != 0.0 {
                    let distribution = self.space.axes()[at].distribution();
                    values[at] = Some(distribution.from_unit(unit[at] + step * slope));
                }
            }
            let point = Point::from_values(values.iter().copied());
            if point == *from {
                return Ok(None);
            }
            if inside(&point)? {
                return Ok(Some(point));
            }
            if step < 0.0 { low = step } else { high = step }
        }
        Ok(None)
    }

    /// A direction in the given axes, with a largest slope of 1.
    fn direction(&self, axes: &[usize], random: &mut Stream) -> Vec<f64> {
        let count = axes.len();
        let mut slopes = vec![0.0; count];
        let any = |random: &mut Stream| random.below(count as u64) as usize;
        let [one, two, diagonal, all, sparse] = LINES;
        let mut kind = random.unit();
        let mut is = |share: f64| {
            kind -= share;
            kind < 0.0
        };
        if count == 1 || is(one) {
            slopes[any(random)] = 1.0;
        } else if is(two) {
            let (first, second) = (any(random), any(random));
            slopes[first] = 1.0;
            slopes[second] = if random.unit() < 0.5 { 1.0 } else { -1.0 };
        } else if is(diagonal) {
            slopes.fill(1.0);
        } else if is(all) {
            slopes.iter_mut().for_each(|slope| *slope = random.normal());
        } else if is(sparse) {
            let share = (3.0 / count as f64).min(1.0);
            for slope in &mut slopes {
                if random.unit() < share {
                    *slope = random.normal();
                }
            }
        } else {
            let others = self.known.len() as u64;
            let (a, b) = (random.below(others) as usize, random.below(others) as usize);
            for (slope, &at) in slopes.iter_mut().zip(axes) {
                let difference =
                    self.known.get(a).zip(self.known.get(b)).map(|(a, b)| a[at] - b[at]);
                *slope = difference.filter(|slope| slope.is_finite()).unwrap_or(0.0);
            }
        }
        let largest = slopes.iter().fold(0.0, |largest: f64, slope| largest.max(slope.abs()));
        if largest > 0.0 {
            slopes.iter_mut().for_each(|slope| *slope /= largest);
        } else {
            slopes.iter_mut().for_each(|slope| *slope = random.normal());
        }
        slopes
    }

    /// The point with fresh values on a few axes, and whatever must follow from them.
    fn redrawn(&self, from: &Point, mut axes: Vec<usize>, random: &mut Stream) -> Option<Point> {
        let count = 1 + random.choose_weighted(&REDRAWN).unwrap_or(0).min(axes.len() - 1);
        for at in 0..count {
            let other = at + random.below((axes.len() - at) as u64) as usize;
            axes.swap(at, other);
        }
        let fresh = &axes[..count];
        let kept = |at: usize| from.get(at).filter(|_| !fresh.contains(&at));
        completed(self.space, self.legality, kept, random)
    }

    fn exchanged(&self, from: &Point, axes: &[usize], random: &mut Stream) -> Option<Point> {
        let mut pairs = (0..PAIRS).map(|_| {
            let mut any = || axes[random.below(axes.len() as u64) as usize];
            (any(), any())
        });
        let (a, b) =
            pairs.find(|&(a, b)| self.alike[a] == self.alike[b] && from.get(a) != from.get(b))?;
        let mut values: Vec<Option<f64>> = from.iter().collect();
        values.swap(a, b);
        Some(Point::from_values(values))
    }
}

/// The point with the wanted values, as far as masks leave them; what is not wanted and what was
/// switched on is drawn. `None` where everything is forbidden at some step.
pub(super) fn completed(
    space: &Space,
    legality: &dyn Legality,
    mut wanted: impl FnMut(usize) -> Option<f64>,
    random: &mut Stream,
) -> Option<Point> {
    let mut chosen: Vec<Option<f64>> = Vec::with_capacity(space.len());
    for (index, axis) in space.axes().iter().enumerate() {
        if !axis.is_active(&chosen) {
            chosen.push(None);
            continue;
        }
        let distribution = axis.distribution();
        let legal = axis.masked_levels().map(|levels| {
            let mut legal = vec![true; levels];
            legality.mask(&chosen, index, &mut legal);
            legal
        });
        let allowed = |value: f64| {
            let level = distribution.level_of(value).map_or(0, |level| level as usize);
            legal.as_ref().is_none_or(|legal| legal.get(level) == Some(&true))
        };
        let value = match (wanted(index).filter(|value| allowed(*value)), &legal) {
            (Some(value), _) => value,
            (None, Some(legal)) => distribution.sample_level(legal, random)?,
            (None, None) => distribution.from_unit(random.unit()),
        };
        chosen.push(Some(value));
    }
    Some(Point::from_values(chosen))
}

/// Groups of axes with the same distribution and no parameters of their own.
fn alike(space: &Space) -> Vec<Option<usize>> {
    let axes = space.axes();
    let mut groups: Vec<Option<usize>> = vec![None; axes.len()];
    if axes.len() > MOST_COMPARED {
        return groups;
    }
    let is_plain = |at: usize| axes[at].branches().is_empty();
    for at in (0..axes.len()).filter(|&at| is_plain(at)) {
        let like = |other: &usize| {
            is_plain(*other) && axes[*other].distribution() == axes[at].distribution()
        };
        if let Some(first) = (0..at).find(like) {
            groups[first] = Some(first);
            groups[at] = Some(first);
        }
    }
    groups
}
