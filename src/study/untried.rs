//! The points of a finite space that nobody has tried, found by looking at one after the other.

use std::collections::HashSet;

use crate::error::Result;
use crate::sampler::Rejections;
use crate::space::{Lattice, Legality, Point, Space};
use crate::trial::History;

/// A space with at most this many points is looked at as a whole before it counts as exhausted.
const MOST_POINTS: u128 = 1 << 25;
/// Of a larger one, this many points are looked at. This and the following bound the time of a look.
const STEPS: u128 = 1_000_000;
/// Axes with more levels have no neighbours that are looked at one by one.
const FEW: u64 = 64;
/// Neighbours of one trial that differ in two values, at most.
const PAIRS: usize = 20_000;
/// Neighbours of all trials, at most.
const NEIGHBOURS: usize = 1_000_000;

/// All points of a space in the order of its lattice. What was looked at once is not looked at
/// again until a trial is interrupted: otherwise points only become forbidden.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    /// All points of the lattice before this number are known to be run or illegal.
    walked: u128,
    rejections: Rejections,
}

/// Where a sweep has ended.
pub(super) enum Swept {
    Found(Point),
    /// There is nothing else.
    All(Rejections),
    /// There are too many points, or infinitely many. The number is of those that were looked at.
    Part(u64),
}

impl Sweep {
    /// The next point that may be run.
    pub(super) fn next(
        &mut self,
        space: &Space,
        legality: &dyn Legality,
        may_run: &dyn Fn(&Point) -> bool,
    ) -> Result<Swept> {
        let levels = space.axes().iter().map(|axis| axis.distribution().levels());
        let Some(levels) = levels.collect::<Option<Vec<u64>>>() else {
            return Ok(Swept::Part(0));
        };
        let lattice = Lattice::new(space, levels);
        let is_small = lattice.len() <= MOST_POINTS;
        let end = if is_small { lattice.len() } else { STEPS };
        while self.walked < end {
            let point = space.point_at_levels(&lattice.get(self.walked));
            match legality.violated(&point)? {
                Some(constraint) => self.rejections.add(constraint),
                None if may_run(&point) => return Ok(Swept::Found(point)),
                None => {}
            }
            self.walked += 1;
        }
        Ok(match is_small {
            true => Swept::All(self.rejections.clone()),
            false => Swept::Part(end as u64),
        })
    }
}

/// The points that differ from a trial's in one or two choices, trial by trial.
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    /// The trials around which nothing is left to run.
    done: HashSet<u64>,
}

impl Neighbours {
    /// The first one that is legal and may be run.
    pub(super) fn next(
        &mut self,
        space: &Space,
        history: &History,
        legality: &dyn Legality,
        may_run: &dyn Fn(&Point) -> bool,
    ) -> Result<Option<Point>> {
        let mut left = NEIGHBOURS;
        for trial in history.trials() {
            let around = around(space, trial.point());
            // What is done counts as well, so that a resumed study ends where this one does.
            let Some(rest) = left.checked_sub(around.count()) else { break };
            left = rest;
            if self.done.contains(&trial.number()) {
                continue;
            }
            for point in around.points(space, trial.point()) {
                if may_run(&point) && legality.violated(&point)?.is_none() {
                    return Ok(Some(point));
                }
            }
            self.done.insert(trial.number());
        }
        Ok(None)
    }
}

/// What can be changed in a point: axes with their other values.
struct Around {
    changes: Vec<(usize, f64)>,
}

fn around(space: &Space, point: &Point) -> Around {
    let axes = space.axes().iter().enumerate().zip(point.iter());
    let changes = axes.filter_map(|((at, axis), value)| {
        let (value, distribution) = (value?, axis.distribution());
        let levels = distribution.levels().filter(|&levels| levels <= FEW)?;
        let others = (0..levels).filter_map(|level| distribution.at_level(level));
        Some(others.filter(move |other| *other != value).map(move |other| (at, other)))
    });
    Around { changes: changes.flatten().collect() }
}

impl Around {
    fn count(&self) -> usize {
        let count = self.changes.len();
        count + (count * count.saturating_sub(1) / 2).min(PAIRS)
    }

    fn points<'a>(
        &'a self,
        space: &'a Space,
        point: &'a Point,
    ) -> impl Iterator<Item = Point> + 'a {
        let singles = self.changes.iter().map(|&change| changed(space, point, &[change]));
        let pairs = self.changes.iter().enumerate().flat_map(move |(at, &first)| {
            let others = self.changes[at + 1..].iter().filter(move |other| other.0 != first.0);
            others.map(move |&second| changed(space, point, &[first, second]))
        });
        singles.chain(pairs.take(PAIRS))
    }
}

/// A point with some values changed. What that switches on takes its default or median.
fn changed(space: &Space, point: &Point, changes: &[(usize, f64)]) -> Point {
    let mut values: Vec<Option<f64>> = Vec::with_capacity(point.len());
    for (index, axis) in space.axes().iter().enumerate() {
        let change = changes.iter().find(|(at, _)| *at == index).map(|(_, value)| *value);
        let usual = || axis.default().unwrap_or_else(|| axis.distribution().from_unit(0.5));
        let value =
            axis.is_active(&values).then(|| change.or(point.get(index)).unwrap_or_else(usual));
        values.push(value);
    }
    Point::from_values(values)
}
