//! Structured guesses at where legal points are, when nothing else is known.
//!
//! What rules out almost everything mostly leaves what is near a corner of the ranges, the defaults
//! or the middle ("few of these switches on", "a small sum", "like my config"), what is alike or
//! ordered on all axes ("no layer wider than the one before"), or shares that add up to one.

use super::moves::completed;
use crate::math::random::Stream;
use crate::space::{AxisKind, Legality, Point, Space};

/// Guesses lie near their base on this many scales, as powers of ten. Not varied.
const DECADES: f64 = 6.0;
/// What shares usually add up to.
const SUMS: [f64; 3] = [1.0, 100.0, 0.5];

/// Places that guesses are made around.
#[derive(Clone, Copy, Debug)]
enum Base {
    Low,
    High,
    Default,
    Middle,
    /// Low on some axes, high on the others.
    Corner,
}

/// Guess number `index` of a row without end.
pub(super) fn guess(
    space: &Space,
    legality: &dyn Legality,
    index: u64,
    random: &mut Stream,
) -> Option<Point> {
    let base = |base: Base, random: &mut Stream| base_point(space, base, random);
    let unit = match index {
        0 => base(Base::Default, random),
        1 => base(Base::Low, random),
        2 => base(Base::High, random),
        3 => base(Base::Middle, random),
        _ => match random.below(8) {
            0 | 1 => {
                let kind = any_base(random);
                near(&base(kind, random), random)
            }
            2 => {
                let kind = any_base(random);
                apart(space, base(kind, random), random)
            }
            3 => {
                let kind = if random.unit() < 0.5 { Base::Low } else { Base::High };
                flipped(base(kind, random), random)
            }
            4 => diagonal(space.len(), random),
            5 => sorted(space, random),
            6 => each_on_its_own_scale(space.len(), random),
            _ => return shares(space, legality, random),
        },
    };
    let wanted = |at: usize| Some(space.axes()[at].distribution().from_unit(unit[at]));
    completed(space, legality, wanted, random)
}

fn any_base(random: &mut Stream) -> Base {
    let all = [Base::Low, Base::High, Base::Default, Base::Middle, Base::Corner];
    all[random.below(all.len() as u64) as usize]
}

fn base_point(space: &Space, base: Base, random: &mut Stream) -> Vec<f64> {
    let place = |axis: &crate::space::Axis| match base {
        Base::Low => 0.0,
        Base::High => 1.0,
        Base::Middle => 0.5,
        Base::Default => axis.default().map_or(0.5, |default| axis.distribution().to_unit(default)),
        Base::Corner => (random.unit() < 0.5).into(),
    };
    space.axes().iter().map(place).collect()
}

/// All coordinates near the base, on one scale.
fn near(base: &[f64], random: &mut Stream) -> Vec<f64> {
    let scale = 10f64.powf(-DECADES * random.unit());
    base.iter().map(|&at| beside(at, scale, random)).collect()
}

/// A coordinate at most `scale` from `at`.
fn beside(at: f64, scale: f64, random: &mut Stream) -> f64 {
    let low = (at - scale).max(0.0);
    let high = (at + scale).min(1.0);
    low + random.unit() * (high - low)
}

/// The base, but for a few axes that are anywhere.
fn apart(space: &Space, mut base: Vec<f64>, random: &mut Stream) -> Vec<f64> {
    for at in some(space.len(), random) {
        base[at] = random.unit();
    }
    base
}

/// A corner with some axes at their other end.
fn flipped(mut base: Vec<f64>, random: &mut Stream) -> Vec<f64> {
    for at in some(base.len(), random) {
        base[at] = 1.0 - base[at];
    }
    base
}

/// A few of the axes in half of the cases, otherwise any number of them.
fn some(count: usize, random: &mut Stream) -> Vec<usize> {
    let mut axes: Vec<usize> = (0..count).collect();
    let most = if random.unit() < 0.5 { count.min(3) } else { count };
    let taken = random.below(most as u64 + 1) as usize;
    random.shuffle(&mut axes);
    axes.truncate(taken);
    axes
}

/// All coordinates near one number.
fn diagonal(count: usize, random: &mut Stream) -> Vec<f64> {
    let at = random.unit();
    near(&vec![at; count], random)
}

/// Coordinates that rise or fall from axis to axis; those of choices are anywhere.
fn sorted(space: &Space, random: &mut Stream) -> Vec<f64> {
    let mut unit: Vec<f64> = (0..space.len()).map(|_| random.unit()).collect();
    let ordered = |at: &usize| !matches!(space.axes()[*at].kind(), AxisKind::Categorical { .. });
    let places: Vec<usize> = (0..space.len()).filter(ordered).collect();
    let mut values: Vec<f64> = places.iter().map(|&at| unit[at]).collect();
    values.sort_by(f64::total_cmp);
    if random.unit() < 0.5 {
        values.reverse();
    }
    for (at, value) in places.into_iter().zip(values) {
        unit[at] = value;
    }
    unit
}

/// Every coordinate near its low or its high end on a scale of its own, or anywhere.
fn each_on_its_own_scale(count: usize, random: &mut Stream) -> Vec<f64> {
    let place = |_| {
        let scale = 10f64.powf(-DECADES * random.unit());
        match random.below(3) {
            0 => scale * random.unit(),
            1 => 1.0 - scale * random.unit(),
            _ => random.unit(),
        }
    };
    (0..count).map(place).collect()
}

/// Numbers that add up to what shares usually do, as natural values.
fn shares(space: &Space, legality: &dyn Legality, random: &mut Stream) -> Option<Point> {
    let sum = SUMS[random.below(SUMS.len() as u64) as usize];
    let is_number = |at: &usize| space.axes()[*at].kind() == AxisKind::Continuous;
    let numbers: Vec<usize> = (0..space.len()).filter(is_number).collect();
    let parts: Vec<f64> = numbers.iter().map(|_| -random.open_unit().ln()).collect();
    let total: f64 = parts.iter().sum();
    let mut values = vec![None; space.len()];
    for (&at, part) in numbers.iter().zip(&parts) {
        let value = sum * part / total;
        values[at] = space.axes()[at].distribution().contains(value).then_some(value);
    }
    completed(space, legality, |at| values[at], random)
}
