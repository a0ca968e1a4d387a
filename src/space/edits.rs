//! One change to a point: the neighbourhood that evolution, local search and the controller's
//! mutations share.
//!
//! An edit gives one active axis another value. A category or one of at most 64 levels becomes any
//! other legal one with equal probability; a number with more values moves by a normal step in the
//! unit cube. What the axis switches on gets random values; what is illegal elsewhere does so, too,
//! but edits that keep all else are preferred.

use super::{Point, Space};
use crate::math::random::Stream;

/// Most levels of an axis that are taken one by one.
const FEW: usize = 64;
/// Standard deviation of a number's step, in the unit cube. Not varied.
pub(crate) const WIDTH: f64 = 0.2;
/// How often an edit is drawn in the hope that nothing else must change.
const TRIES: usize = 8;
/// Edits times axes up to which all points are made at once. A point costs as much as there are axes.
const MADE_AT_ONCE: usize = 20_000;
/// Steps of an axis with many values that count as neighbours.
const STEPS: usize = 4;

/// Clears the flags of levels that may not follow.
pub(super) type Mask<'a> = dyn Fn(&[Option<f64>], usize, &mut [bool]) + 'a;

/// Edits of the points of a space under its masks.
pub(crate) struct Edits<'a> {
    pub(crate) space: &'a Space,
    pub(crate) mask: &'a Mask<'a>,
}

/// A point after an edit, and whether other values had to change as well.
struct Edited {
    point: Point,
    repaired: bool,
}

impl Edits<'_> {
    /// A random edit; `None` if nothing can change.
    pub(crate) fn random(&self, point: &Point, random: &mut Stream) -> Option<Point> {
        let movable = self.movable(point);
        let mut last = None;
        for _ in 0..TRIES {
            if movable.is_empty() {
                return None;
            }
            let axis = movable[random.below(movable.len() as u64) as usize];
            let values = self.others(point, axis);
            let value = match values {
                Some(values) if values.is_empty() => continue,
                Some(values) => values[random.below(values.len() as u64) as usize],
                None => self.step(point, axis, WIDTH, random),
            };
            match self.with(point, axis, value, random) {
                Some(edited) if !edited.repaired => return Some(edited.point),
                Some(edited) => last = Some(edited.point),
                None => {}
            }
        }
        last
    }

    /// The points of all edits in random order; for a number with many values some, with steps of
    /// standard deviation `width`. Where they are many, each is made only when the iterator comes to it.
    pub(crate) fn shuffled<'a>(
        &'a self,
        point: &'a Point,
        width: f64,
        random: &'a mut Stream,
    ) -> Box<dyn Iterator<Item = Point> + 'a> {
        let movable = self.movable(point);
        let values = |axis: &usize| match self.space.axes()[*axis].masked_levels() {
            Some(levels) if levels <= FEW => levels,
            _ => STEPS,
        };
        if movable.iter().map(values).sum::<usize>() * self.space.len() <= MADE_AT_ONCE {
            let mut points = self.all(point, width, random);
            random.shuffle(&mut points);
            return Box::new(points.into_iter());
        }
        let mut edits: Vec<(usize, f64)> = Vec::new();
        for axis in movable {
            let values = self.values(point, axis, width, random);
            edits.extend(values.into_iter().map(|value| (axis, value)));
        }
        random.shuffle(&mut edits);
        let made = edits.into_iter().filter_map(move |(axis, value)| {
            self.with(point, axis, value, random).map(|edited| edited.point)
        });
        Box::new(made)
    }

    /// The values that edits give an axis.
    fn values(&self, point: &Point, axis: usize, width: f64, random: &mut Stream) -> Vec<f64> {
        self.others(point, axis)
            .unwrap_or_else(|| (0..STEPS).map(|_| self.step(point, axis, width, random)).collect())
    }

    /// All edits; for a number with many values some, with steps of standard deviation `width`.
    fn all(&self, point: &Point, width: f64, random: &mut Stream) -> Vec<Point> {
        let mut found = Vec::new();
        for axis in self.movable(point) {
            for value in self.values(point, axis, width, random) {
                found.extend(self.with(point, axis, value, random).map(|edited| edited.point));
            }
        }
        found
    }

    /// Whether there are numbers with more values than are taken one by one.
    pub(crate) fn has_steps(&self, point: &Point) -> bool {
        self.movable(point).into_iter().any(|axis| !self.has_few_levels(axis))
    }

    fn movable(&self, point: &Point) -> Vec<usize> {
        let axes = self.space.axes().iter().enumerate();
        axes.filter(|(index, axis)| {
            point.is_active(*index) && axis.distribution().levels() != Some(1)
        })
        .map(|(index, _)| index)
        .collect()
    }

    fn has_few_levels(&self, axis: usize) -> bool {
        self.space.axes()[axis].masked_levels().is_some_and(|levels| levels <= FEW)
    }

    /// The other legal values of an axis with few levels; `None` for one with many.
    fn others(&self, point: &Point, axis: usize) -> Option<Vec<f64>> {
        if !self.has_few_levels(axis) {
            return None;
        }
        let chosen: Vec<Option<f64>> = point.iter().take(axis).collect();
        let distribution = self.space.axes()[axis].distribution();
        let present = distribution.level_of(point.get(axis)?)?;
        let flags = self.legal(&chosen, axis)?;
        let levels = (0..).zip(flags).filter(|(level, legal)| *legal && *level != present);
        Some(levels.filter_map(|(level, _)| distribution.at_level(level)).collect())
    }

    fn step(&self, point: &Point, axis: usize, width: f64, random: &mut Stream) -> f64 {
        let distribution = self.space.axes()[axis].distribution();
        let value = point.get(axis).unwrap_or_else(|| distribution.from_unit(0.5));
        distribution.step_from(value, width, random)
    }

    /// One flag per level; `None` where levels are not masked.
    fn legal(&self, chosen: &[Option<f64>], axis: usize) -> Option<Vec<bool>> {
        let mut flags = vec![true; self.space.axes()[axis].masked_levels()?];
        (self.mask)(chosen, axis, &mut flags);
        Some(flags)
    }

    /// The point with another value on an axis; `None` if no legal point is reached.
    fn with(
        &self,
        point: &Point,
        changed: usize,
        value: f64,
        random: &mut Stream,
    ) -> Option<Edited> {
        let mut chosen: Vec<Option<f64>> = Vec::with_capacity(point.len());
        let mut repaired = false;
        for (index, axis) in self.space.axes().iter().enumerate() {
            if !axis.is_active(&chosen) {
                chosen.push(None);
                continue;
            }
            let distribution = axis.distribution();
            let wanted = if index == changed { Some(value) } else { point.get(index) };
            let legal = self.legal(&chosen, index);
            let allowed = |value: f64| {
                let level = distribution.level_of(value).map_or(0, |level| level as usize);
                legal.as_ref().is_none_or(|legal| legal.get(level) == Some(&true))
            };
            let kept = wanted.filter(|value| allowed(*value));
            if index == changed && kept.is_none() {
                return None;
            }
            repaired |= wanted.is_some() && kept.is_none();
            let value = match (kept, &legal) {
                (Some(value), _) => value,
                (None, Some(legal)) => distribution.sample_level(legal, random)?,
                (None, None) => distribution.from_unit(random.unit()),
            };
            chosen.push(Some(value));
        }
        Some(Edited { point: Point::from_values(chosen), repaired })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Scale;

    fn space() -> Space {
        Space::builder()
            .choices("op", ["a", "b", "c"])
            .choice("kind", |kind| kind.unit("plain").variant("deep", |deep| deep.bool("wide")))
            .float("x", 0.0..=1.0, Scale::Linear)
            .build()
            .unwrap()
    }

    fn differing(a: &Point, b: &Point) -> Vec<usize> {
        (0..a.len()).filter(|&axis| a.get(axis) != b.get(axis)).collect()
    }

    #[test]
    fn an_edit_changes_one_axis_and_what_hangs_on_it() {
        let space = space();
        let all = |_: &[Option<f64>], _: usize, _: &mut [bool]| {};
        let edits = Edits { space: &space, mask: &all };
        let mut random = Stream::new(1, 0);
        let mut seen = [0; 4];
        for _ in 0..2000 {
            let point = space.sample(&mut random);
            let edited = edits.random(&point, &mut random).unwrap();
            space.check(&edited).unwrap();
            let axes = differing(&point, &edited);
            assert!(axes.len() == 1 || axes == [1, 2], "{axes:?}");
            seen[axes[0]] += 1;
        }
        assert!(seen.iter().all(|&count| count > 200), "{seen:?}");
    }

    #[test]
    fn edits_are_the_same_whether_made_at_once_or_when_asked_for() {
        let all = |_: &[Option<f64>], _: usize, _: &mut [bool]| {};
        // 60 axes with a value beside the present one are made at once, 200 are not.
        for axes in [60, 200] {
            let builder = (0..axes).fold(Space::builder(), |b, i| b.bool(&format!("f{i}")));
            let space = builder.build().unwrap();
            let edits = Edits { space: &space, mask: &all };
            let mut random = Stream::new(4, 0);
            let point = space.sample(&mut random);
            let mut changed: Vec<usize> = edits
                .shuffled(&point, WIDTH, &mut random)
                .flat_map(|edited| differing(&point, &edited))
                .collect();
            assert!(!changed.is_sorted());
            changed.sort_unstable();
            assert_eq!(changed, (0..axes).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_point_that_was_legal_under_another_mask_is_repaired() {
        let space = space();
        // A point is always deep.
        let mask = |_: &[Option<f64>], axis: usize, legal: &mut [bool]| {
            if axis == 1 {
                legal[0] = false;
            }
        };
        let edits = Edits { space: &space, mask: &mask };
        let mut random = Stream::new(3, 0);
        let point: Point = Point::from_values([Some(1.0), Some(0.0), None, Some(0.5)]);
        for neighbour in edits.all(&point, WIDTH, &mut random) {
            space.check(&neighbour).unwrap();
            assert_eq!(neighbour.get(1), Some(1.0));
        }
        // The edit that does nothing but repair keeps all else.
        let grown = edits.random(&point, &mut random).unwrap();
        assert_eq!((grown.get(0), grown.get(3)), (Some(1.0), Some(0.5)));
    }

    #[test]
    fn masks_are_kept_by_repairing_what_follows() {
        let space = space();
        // After a, only deep; after b and c, only plain.
        let mask = |chosen: &[Option<f64>], axis: usize, legal: &mut [bool]| {
            if axis == 1 {
                legal[usize::from(chosen[0] == Some(0.0))] = true;
                legal[usize::from(chosen[0] != Some(0.0))] = false;
            }
        };
        let edits = Edits { space: &space, mask: &mask };
        let mut random = Stream::new(2, 0);
        let point: Point = Point::from_values([Some(1.0), Some(0.0), None, Some(0.5)]);
        let mut changed = Vec::new();
        for neighbour in edits.all(&point, WIDTH, &mut random) {
            space.check(&neighbour).unwrap();
            assert_eq!(neighbour.get(0) == Some(0.0), neighbour.get(1) == Some(1.0));
            changed.push(differing(&point, &neighbour));
        }
        assert_eq!(changed, [vec![0, 1, 2], vec![0], vec![3], vec![3], vec![3], vec![3]]);
        // Drawn at random, the edit that keeps all else is preferred.
        let kept =
            (0..200).filter(|_| edits.random(&point, &mut random).unwrap().get(1) == Some(0.0));
        assert_eq!(kept.count(), 200);
    }
}
