//! A child of two points, as genetic algorithms make them.
//!
//! Numbers are crossed over and mutated in the unit cube, so on the scale of their distribution:
//! simulated binary crossover (Deb and Agrawal 1995, Simulated binary crossover for continuous search
//! space, Complex Systems 9) and polynomial mutation (Deb and Goyal 1996, A combined genetic adaptive
//! search for engineering design, Computer Science and Informatics 26), both in the bounded form of
//! Deb's NSGA-II program. Choices without an order come from either parent, and are drawn anew where
//! they mutate. A parameter that only one parent has comes from that one, and one that no parent has
//! is drawn.

use super::edits::Mask;
use super::{Axis, AxisKind, Distribution, Exact, Point, Space};
use crate::math::random::Stream;

/// How likely a child has two parents.
const CROSSOVER: f64 = 0.9;
/// How likely a number that both parents have is crossed over.
const EXCHANGE: f64 = 0.5;
/// Distribution index of crossover: greater keeps children nearer to their parents.
const CROSSOVER_INDEX: f64 = 15.0;
/// The same for mutation.
const MUTATION_INDEX: f64 = 20.0;
/// Mean number of mutations of a child. Not varied.
const MUTATIONS: f64 = 1.5;
/// How often the mutation of a number draws it anew from its distribution. With small steps alone, a
/// population never leaves the valley in which it has gathered: on ZDT1 and ZDT3, the gap to the front after
/// 2,000 trials was ten times larger.
const REDRAWN: f64 = 0.3;

/// Children of the points of a space under its masks.
pub(crate) struct Crossover<'a> {
    pub(crate) space: &'a Space,
    pub(crate) mask: &'a Mask<'a>,
}

impl Crossover<'_> {
    /// A child, which resembles the first parent more; `None` if the masks leave nothing at some step.
    pub(crate) fn child(
        &self,
        first: &Point,
        second: &Point,
        random: &mut Stream,
    ) -> Option<Point> {
        let second = if random.unit() < CROSSOVER { second } else { first };
        let movable = |(index, axis): &(usize, &Axis)| {
            first.is_active(*index) && axis.distribution().levels() != Some(1)
        };
        let rate =
            MUTATIONS / self.space.axes().iter().enumerate().filter(movable).count().max(1) as f64;
        let mut chosen: Vec<Option<f64>> = Vec::with_capacity(self.space.len());
        let mut exact: Vec<Option<Exact>> = Vec::with_capacity(self.space.len());
        for (index, axis) in self.space.axes().iter().enumerate() {
            let value = match axis.is_active(&chosen) {
                true => Some(self.value(index, &chosen, (first, second), rate, random)?),
                false => None,
            };
            chosen.push(value.map(|value| value.nearest));
            exact.push(value);
        }
        Some(Point::from_exact(&exact))
    }

    /// The child's value on an active axis, after those before it.
    fn value(
        &self,
        index: usize,
        chosen: &[Option<f64>],
        (first, second): (&Point, &Point),
        rate: f64,
        random: &mut Stream,
    ) -> Option<Exact> {
        let axis = &self.space.axes()[index];
        let distribution = axis.distribution();
        let inherited = match (first.exact(index), second.exact(index)) {
            (Some(value), Some(other)) => Some(cross(distribution, value, other, random)),
            (one, other) => one.or(other),
        };
        let wanted = match inherited {
            Some(value) if random.unit() < rate => mutate(distribution, value, random),
            Some(value) => value,
            None => distribution.exact_from_unit(random.unit()),
        };
        let Some(levels) = axis.masked_levels() else { return Some(wanted) };
        let mut legal = vec![true; levels];
        (self.mask)(chosen, index, &mut legal);
        let level = distribution.level_of(wanted.nearest).map_or(0, |level| level as usize);
        match legal.get(level) {
            Some(true) => Some(wanted),
            _ => distribution.sample_level(&legal, random).map(Exact::from),
        }
    }
}

/// A value from two parents' values.
fn cross(distribution: &Distribution, value: Exact, other: Exact, random: &mut Stream) -> Exact {
    if value == other {
        return value;
    }
    if matches!(distribution.kind(), AxisKind::Categorical { .. }) {
        return if random.unit() < 0.5 { value } else { other };
    }
    if random.unit() >= EXCHANGE {
        return value;
    }
    let (unit, other) = (distribution.exact_to_unit(value), distribution.exact_to_unit(other));
    distribution.exact_from_unit(blend(unit, other, random))
}

/// Simulated binary crossover of two coordinates: one of the two children, by chance.
fn blend(one: f64, other: f64, random: &mut Stream) -> f64 {
    let (low, high) = (one.min(other), one.max(other));
    let distance = high - low;
    let (upper, uniform) = (random.unit() < 0.5, random.unit());
    // So small a distance that the spread would be no number.
    if distance < f64::EPSILON {
        return if upper { high } else { low };
    }
    let room = if upper { 1.0 - high } else { low };
    let power = CROSSOVER_INDEX + 1.0;
    let scaled = uniform * (2.0 - libm::pow(1.0 + 2.0 * room / distance, -power));
    let spread = match scaled {
        scaled if scaled <= 1.0 => libm::pow(scaled, 1.0 / power),
        scaled => libm::pow(1.0 / (2.0 - scaled), 1.0 / power),
    };
    let middle = 0.5 * (low + high);
    let half = 0.5 * spread * distance;
    (if upper { middle + half } else { middle - half }).clamp(0.0, 1.0)
}

/// Another value near by for a number, any other one for a choice without an order.
fn mutate(distribution: &Distribution, value: Exact, random: &mut Stream) -> Exact {
    if let AxisKind::Categorical { .. } = distribution.kind() {
        return distribution.step_from(value.nearest, 0.0, random).into();
    }
    let moved = if random.unit() < REDRAWN {
        random.unit()
    } else {
        polynomial(distribution.exact_to_unit(value), random.unit())
    };
    let moved = distribution.exact_from_unit(moved);
    match distribution.level_of(value.nearest) {
        // A step that ends within the same level becomes one to the level beside it.
        Some(level) if distribution.level_of(moved.nearest) == Some(level) => {
            distribution.beside(level, random).map_or(moved, Exact::from)
        }
        _ => moved,
    }
}

/// Polynomial mutation of a coordinate by a uniform draw.
fn polynomial(unit: f64, uniform: f64) -> f64 {
    let power = MUTATION_INDEX + 1.0;
    let moved = if uniform < 0.5 {
        let value = 2.0 * uniform + (1.0 - 2.0 * uniform) * libm::pow(1.0 - unit, power);
        unit + libm::pow(value, 1.0 / power) - 1.0
    } else {
        let value = 2.0 * (1.0 - uniform) + 2.0 * (uniform - 0.5) * libm::pow(unit, power);
        unit + 1.0 - libm::pow(value, 1.0 / power)
    };
    moved.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Float, Scale};

    fn space() -> Space {
        Space::builder()
            .float("x", 1e-4..=1.0, Scale::Log)
            .choices("op", ["a", "b", "c"])
            .choice("kind", |kind| {
                kind.unit("plain").variant("deep", |deep| deep.int("layers", 1..=9, Scale::Linear))
            })
            .field("step", &Float::range(0.0..=1.0).step(0.1))
            .int("huge", i64::MIN..=i64::MAX, Scale::Linear)
            .build()
            .unwrap()
    }

    #[test]
    fn children_belong_to_the_space_and_resemble_their_parents() {
        let space = space();
        let all = |_: &[Option<f64>], _: usize, _: &mut [bool]| {};
        let crossover = Crossover { space: &space, mask: &all };
        let mut random = Stream::new(1, 0);
        let mut inherited = 0;
        for _ in 0..3000 {
            let (first, second) = (space.sample(&mut random), space.sample(&mut random));
            let child = crossover.child(&first, &second, &mut random).unwrap();
            space.check(&child).unwrap();
            inherited += usize::from(child.get(1) == first.get(1) || child.get(1) == second.get(1));
        }
        assert!(inherited > 2400, "{inherited}");
        // Parents that are the same have children that differ in the mutations alone.
        let parent = space.sample(&mut random);
        let axes = |child: &Point| (0..5).filter(|&at| child.get(at) != parent.get(at)).count();
        let changes: usize =
            (0..2000).map(|_| axes(&crossover.child(&parent, &parent, &mut random).unwrap())).sum();
        assert!((2000..4200).contains(&changes), "{changes}");
    }

    #[test]
    fn what_a_choice_switches_on_comes_from_the_parent_that_has_it() {
        let space = space();
        let point = |kind: f64, layers: Option<f64>| {
            let values = [Some(0.01), Some(0.0), Some(kind), layers, Some(0.5), Some(0.0)];
            space.point_at_values(values).unwrap()
        };
        let (plain, deep) = (point(0.0, None), point(1.0, Some(7.0)));
        let all = |_: &[Option<f64>], _: usize, _: &mut [bool]| {};
        let crossover = Crossover { space: &space, mask: &all };
        let mut random = Stream::new(3, 0);
        let children: Vec<Point> =
            (0..1000).filter_map(|_| crossover.child(&plain, &deep, &mut random)).collect();
        let deep = children.iter().filter(|child| child.get(2) == Some(1.0));
        let (seven, all) = deep.fold((0, 0), |(seven, all), child| {
            (seven + usize::from(child.get(3) == Some(7.0)), all + 1)
        });
        assert!(all > 300 && seven as f64 > 0.5 * all as f64, "{seven} of {all}");
    }

    #[test]
    fn masks_are_kept() {
        let space = space();
        // After c, only plain; a never.
        let mask = |chosen: &[Option<f64>], axis: usize, legal: &mut [bool]| match axis {
            1 => legal[0] = false,
            2 if chosen[1] == Some(2.0) => legal[1] = false,
            _ => {}
        };
        let crossover = Crossover { space: &space, mask: &mask };
        let mut random = Stream::new(4, 0);
        for _ in 0..1000 {
            let (first, second) = (space.sample(&mut random), space.sample(&mut random));
            let child = crossover.child(&first, &second, &mut random).unwrap();
            space.check(&child).unwrap();
            assert_ne!(child.get(1), Some(0.0));
            assert!(child.get(1) != Some(2.0) || child.get(2) == Some(0.0));
        }
        let nothing = |_: &[Option<f64>], _: usize, legal: &mut [bool]| legal.fill(false);
        let crossover = Crossover { space: &space, mask: &nothing };
        let point = space.sample(&mut random);
        assert_eq!(crossover.child(&point, &point, &mut random), None);
    }

    /// The means of simulated binary crossover and polynomial mutation, which are those of the parents
    /// in the middle of the interval.
    #[test]
    fn blends_and_mutations_are_centred_and_stay_inside() {
        let mut random = Stream::new(6, 0);
        let blends: Vec<f64> = (0..20_000).map(|_| blend(0.4, 0.6, &mut random)).collect();
        let mean = blends.iter().sum::<f64>() / 20_000.0;
        assert!((mean - 0.5).abs() < 0.002, "{mean}");
        assert!(blends.iter().all(|unit| (0.0..=1.0).contains(unit)));
        let near = blends.iter().filter(|unit| (**unit - 0.5).abs() > 0.08).count();
        assert!(near > 16_000, "{near}");
        for unit in [0.0, 0.5, 1.0] {
            let moved: Vec<f64> = (0..1000).map(|_| polynomial(unit, random.unit())).collect();
            assert!(moved.iter().all(|moved| (0.0..=1.0).contains(moved)));
        }
        // By hand: 0.5 + (2 · 0.1 + 0.8 · 0.5²¹)^(1/21) − 1.
        assert!((polynomial(0.5, 0.1) - 0.4262234102).abs() < 1e-6, "{}", polynomial(0.5, 0.1));
    }
}
