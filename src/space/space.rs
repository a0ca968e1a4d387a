use std::collections::HashMap;
use std::sync::Arc;

use super::axis::{Axis, Condition};
use super::believed::AxisBelief;
use super::builder::SpaceBuilder;
use super::integers::Exact;
use super::lattice::Lattice;
use super::point::Point;
use super::rule::Ruled;
use super::value::Value;
use crate::error::{Error, Result};
use crate::math::random::Stream;

/// What may be tried: parameters with their distributions and conditions, as axes of the unit cube.
///
/// A choice's own parameters are axes that are active only when it is chosen; they follow their
/// choice directly, so that one pass over the axes in their order meets every condition before what
/// depends on it. Spaces come from config types ([`Tunable`](super::Tunable)), from the
/// [builder](Space::builder), or from serialized form. Cloning is cheap.
///
/// ```
/// use tunewright::space::{Scale, Space};
///
/// let space = Space::builder()
///     .float("lr", 1e-5..=1e-1, Scale::Log)
///     .choice("kernel", |kernel| {
///         kernel.unit("linear").variant("rbf", |rbf| rbf.float("gamma", 1e-3..=10.0, Scale::Log))
///     })
///     .build()?;
/// let names: Vec<&str> = space.axes().iter().map(|axis| axis.name()).collect();
/// assert_eq!(names, ["lr", "kernel", "kernel.rbf.gamma"]);
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Space {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    axes: Vec<Axis>,
    names: HashMap<String, usize>,
    /// By their first axis; of two that begin together the wider one first.
    rules: Vec<Ruled>,
    beliefs: Vec<AxisBelief>,
    /// Whether there are integers that doubles cannot hold or count.
    beyond_doubles: bool,
}

/// How many conditions may stand within each other: more is refused, so that no thread's stack
/// overflows.
pub(super) const MOST_NESTED: usize = 128;

impl PartialEq for Space {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.inner.axes == other.inner.axes
    }
}

impl Eq for Space {}

impl Space {
    /// Starts the description of a space that exists only at run time.
    pub fn builder() -> SpaceBuilder {
        SpaceBuilder::default()
    }

    pub(super) fn from_axes(axes: Vec<Axis>) -> Self {
        Space::with_rules(axes, Vec::new(), Vec::new())
    }

    pub(super) fn with_rules(
        axes: Vec<Axis>,
        mut rules: Vec<Ruled>,
        beliefs: Vec<AxisBelief>,
    ) -> Self {
        let names =
            axes.iter().enumerate().map(|(index, axis)| (axis.name.clone(), index)).collect();
        rules.sort_by_key(|ruled| (ruled.axes.start, usize::MAX - ruled.axes.end));
        let beyond_doubles = axes.iter().any(|axis| axis.distribution.is_beyond_doubles());
        Space { inner: Arc::new(Inner { axes, names, rules, beliefs, beyond_doubles }) }
    }

    /// The point with the integers that its doubles stand for, where doubles cannot hold them.
    pub(super) fn settled(&self, point: &Point) -> Option<Point> {
        let taken = |(axis, of): (usize, &Axis)| {
            point.exact(axis).map(|value| of.distribution.take(value).unwrap_or(value))
        };
        let values = || self.axes().iter().enumerate().map(taken).collect::<Vec<_>>();
        self.inner.beyond_doubles.then(|| Point::from_exact(&values()))
    }

    /// What the config type believes of good values. A space that was written has lost it.
    pub(crate) fn beliefs(&self) -> &[AxisBelief] {
        &self.inner.beliefs
    }

    pub(super) fn rules(&self) -> &[Ruled] {
        &self.inner.rules
    }

    /// All axes, active or not, in their order.
    pub fn axes(&self) -> &[Axis] {
        &self.inner.axes
    }

    /// The number of axes.
    pub fn len(&self) -> usize {
        self.inner.axes.len()
    }

    /// Whether there is nothing to choose; such a space has one point.
    pub fn is_empty(&self) -> bool {
        self.inner.axes.is_empty()
    }

    /// The index of the axis with this full name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.inner.names.get(name).copied()
    }

    /// Like [`position`](Self::position), with an error that proposes the nearest name.
    pub(crate) fn require(&self, name: &str) -> Result<usize> {
        self.position(name).ok_or_else(|| Error::UnknownParameter {
            name: name.into(),
            known: nearest(name, self.axes().iter().map(Axis::name)),
        })
    }

    /// The point at a place of the unit cube: one coordinate per axis, in their order. Coordinates
    /// are clamped to `[0, 1]` and snapped to steps; those of inactive axes do not matter.
    ///
    /// # Errors
    /// The number of coordinates differs from the number of axes.
    pub fn point(&self, unit: &[f64]) -> Result<Point> {
        if unit.len() != self.len() {
            return Err(Error::ForeignPoint { axes: self.len(), coordinates: unit.len() });
        }
        Ok(self.fill(|index, axis| axis.distribution.exact_from_unit(unit[index])))
    }

    /// The point with these natural values, one for each axis and `None` where it is not active: numbers
    /// themselves, and the index of a choice.
    ///
    /// ```
    /// use tunewright::space::{Scale, Space};
    ///
    /// let space = Space::builder()
    ///     .float("lr", 1e-4..=1.0, Scale::Log)
    ///     .choices("kernel", ["linear", "rbf"])
    ///     .build()?;
    /// let point = space.point_at_values([Some(0.01), Some(1.0)])?;
    /// assert!(space.point_at_values([Some(0.01), Some(2.0)]).is_err());
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`check`](Self::check): the values are no point of this space.
    pub fn point_at_values(&self, values: impl IntoIterator<Item = Option<f64>>) -> Result<Point> {
        let point = Point::from_values(values);
        self.check(&point)?;
        Ok(point)
    }

    /// The point at a level of every discrete axis and at the median of every continuous one. Levels
    /// are counted from 0 and clamped; those of inactive axes do not matter.
    pub fn point_at_levels(&self, levels: &[Option<u64>]) -> Point {
        self.fill(|index, axis| {
            let level = levels.get(index).copied().flatten().unwrap_or(0);
            let last = axis.distribution.levels().map_or(0, |levels| levels - 1);
            let value = axis.distribution.at_level(level.min(last));
            value.map_or_else(|| axis.distribution.exact_from_unit(0.5), Exact::from)
        })
    }

    /// The coordinates of a point in the unit cube, NaN for inactive axes.
    pub fn coordinates(&self, point: &Point) -> Vec<f64> {
        (0..self.len()).map(|axis| self.coordinate(point, axis).unwrap_or(f64::NAN)).collect()
    }

    /// The coordinate of a point on one axis; `None` where it is not active.
    pub fn coordinate(&self, point: &Point, axis: usize) -> Option<f64> {
        let value = point.exact(axis)?;
        Some(self.axes().get(axis)?.distribution.exact_to_unit(value))
    }

    /// The value of a point on one axis as people write it; `None` where it is not active.
    pub fn value(&self, point: &Point, axis: usize) -> Option<Value> {
        let value = point.exact(axis)?;
        Some(self.axes().get(axis)?.distribution.exact_value(value))
    }

    /// A random point under the distributions.
    pub fn sample(&self, random: &mut Stream) -> Point {
        self.fill(|_, axis| axis.distribution.exact_from_unit(random.unit()))
    }

    /// A random point of which every step is legal: like [`sample`](Self::sample), but an axis
    /// takes only levels that `mask` leaves (see [`SearchSpace::mask`](super::SearchSpace::mask)).
    /// `None` where all levels are forbidden at some step.
    pub fn sample_masked(
        &self,
        random: &mut Stream,
        mask: impl Fn(&[Option<f64>], usize, &mut [bool]),
    ) -> Option<Point> {
        let mut chosen: Vec<Option<f64>> = Vec::with_capacity(self.len());
        let mut exact: Vec<Option<Exact>> = Vec::with_capacity(self.len());
        for (index, axis) in self.axes().iter().enumerate() {
            let active = axis.is_active(&chosen);
            let value = match axis.masked_levels() {
                _ if !active => None,
                None => Some(axis.distribution.exact_from_unit(random.unit())),
                Some(levels) => {
                    let mut legal = vec![true; levels];
                    mask(&chosen, index, &mut legal);
                    Some(axis.distribution.sample_level(&legal, random)?.into())
                }
            };
            chosen.push(value.map(|value| value.nearest));
            exact.push(value);
        }
        Some(Point::from_exact(&exact))
    }

    /// The point of the defaults, and of the medians where the description names no default.
    pub fn default_point(&self) -> Point {
        self.fill(|_, axis| axis.typical())
    }

    /// A random point near another one. Every active axis is moved with probability
    /// 3/axes, but at least one is: numbers by a normal step of standard deviation `width` in the
    /// unit cube (reflected at the borders, at least one level for steps), choices to another one
    /// at random. A choice that changes gets fresh values for its own parameters.
    pub fn perturb(&self, point: &Point, width: f64, random: &mut Stream) -> Point {
        let active: Vec<usize> = (0..self.len()).filter(|&axis| point.is_active(axis)).collect();
        let movable: Vec<usize> = active
            .into_iter()
            .filter(|&axis| self.axes()[axis].distribution.levels() != Some(1))
            .collect();
        if movable.is_empty() {
            return point.clone();
        }
        let share = (3.0 / movable.len() as f64).min(1.0);
        let certain = movable[random.below(movable.len() as u64) as usize];
        let moved: Vec<bool> = (0..self.len())
            .map(|axis| {
                axis == certain || (movable.binary_search(&axis).is_ok() && random.unit() < share)
            })
            .collect();
        self.fill(|index, axis| match point.exact(index) {
            Some(value) if moved[index] => {
                axis.distribution.step_from(value.nearest, width, random).into()
            }
            Some(value) => value,
            None => axis.distribution.exact_from_unit(random.unit()),
        })
    }

    /// How many different points there are; `None` if a [continuous](super::AxisKind::Continuous)
    /// parameter makes them uncountable. Saturates at `u128::MAX`.
    pub fn cardinality(&self) -> Option<u128> {
        let levels = self.axes().iter().map(|axis| axis.distribution.levels());
        Some(Lattice::new(self, levels.collect::<Option<Vec<u64>>>()?).len())
    }

    /// Checks that a point belongs to this space.
    ///
    /// # Errors
    /// The number of axes differs, a value lies outside its parameter's values, or the active axes
    /// are not those that the choices activate.
    pub fn check(&self, point: &Point) -> Result<()> {
        if point.len() != self.len() {
            return Err(Error::ForeignPoint { axes: self.len(), coordinates: point.len() });
        }
        let active =
            |condition: Condition| point.get(condition.axis) == Some(condition.choice as f64);
        for (index, axis) in self.axes().iter().enumerate() {
            match (axis.condition.is_none_or(active), point.exact(index)) {
                (true, Some(value)) if axis.distribution.contains_exact(value) => {}
                (false, None) => {}
                (true, Some(value)) => {
                    return Err(self.outside(index, &Value::Float(value.nearest)));
                }
                (true, None) => return Err(Error::MissingParameter { name: axis.name.clone() }),
                (false, Some(_)) => return Err(self.inactive(index)),
            }
        }
        Ok(())
    }

    /// The active parameters of a point with their values as people write them, in order.
    pub fn describe<'a>(&'a self, point: &'a Point) -> impl Iterator<Item = (&'a str, Value)> + 'a {
        self.axes()
            .iter()
            .enumerate()
            .filter_map(|(index, axis)| Some((axis.name.as_str(), self.value(point, index)?)))
    }

    /// Walks the axes in order, leaves out those that are not active, and takes the value of the
    /// others from `value`.
    pub(super) fn fill(&self, mut value: impl FnMut(usize, &Axis) -> Exact) -> Point {
        let axes = self.axes();
        let mut values: Vec<f64> = vec![f64::NAN; axes.len()];
        let mut rests = Vec::new();
        for (index, axis) in axes.iter().enumerate() {
            let active = axis
                .condition
                .is_none_or(|condition| values[condition.axis] == condition.choice as f64);
            if !active {
                continue;
            }
            let mut exact = value(index, axis);
            if axis.distribution.is_beyond_doubles() {
                // A double alone stands for the integer that is nearest.
                exact = axis.distribution.take(exact).unwrap_or(exact);
                rests.resize(axes.len(), 0);
                rests[index] = exact.rest;
            }
            values[index] = exact.nearest;
        }
        Point::with_rests(values, rests)
    }

    pub(crate) fn outside(&self, axis: usize, value: &Value) -> Error {
        self.axes()[axis].distribution.refuse(&self.axes()[axis].name, value)
    }

    pub(crate) fn inactive(&self, axis: usize) -> Error {
        let (parent, choice) = match self.axes()[axis].condition {
            Some(Condition { axis: parent, choice }) => {
                let parent = &self.axes()[parent];
                (parent.name.clone(), parent.label(choice))
            }
            None => ("nothing".into(), "else".into()),
        };
        Error::InactiveParameter { name: self.axes()[axis].name.clone(), parent, choice }
    }
}

/// The known names in one text, the most similar first; a long list is cut.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.collect();
    known.sort_by_key(|candidate| distance(name, candidate));
    let more = known.len().saturating_sub(5);
    known.truncate(5);
    let mut text = known.join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// Edit distance of two names; small inputs only.
pub(super) fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
