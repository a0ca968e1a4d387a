use super::integers::{Exact, Integers, whole};
use super::law::{Scale, UnitMap};
use super::quantiles::NamedLaw;
use crate::error::Problem;

/// Numbers: a range or a law, on a linear or logarithmic scale, perhaps in steps.
///
/// Under a law with density p, the value v of a stepped parameter has the probability that p gives
/// to the interval from v − step/2 to v + step/2. So the integers 1 to 3 on a log scale follow the
/// log-uniform law on 0.5 to 3.5: 1 has probability ln 3 / ln 7.
///
/// Integers are exact over all of the 64 bits. Where doubles cannot hold or count them all, which is
/// beyond ±2^53 and with more than 2^53 values, samplers see a continuous axis, points keep the
/// exact integer, and what this crate gives as an `f64` is the nearest double.
#[derive(Clone, Debug, PartialEq)]
pub struct Numeric {
    pub(super) description: NumericDescription,
    map: UnitMap,
    /// What the map's numbers are counted from; 0 except for integers beyond doubles.
    origin: i64,
    integers: Option<Integers>,
    /// For stepped values: how many there are. `None` for integers beyond doubles.
    pub(super) levels: Option<u64>,
}

/// What a person says of a numeric parameter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NumericDescription {
    pub(super) scale: Scale,
    /// Mean and standard deviation of a normal law, on the scale's side of the logarithm.
    pub(super) normal: Option<(f64, f64)>,
    /// Any other law, of the values within the range.
    pub(super) law: Option<NamedLaw>,
    pub(super) values: Values,
}

/// Which numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Values {
    Real { range: Option<(f64, f64)>, step: Option<f64> },
    Whole { range: Option<(i64, i64)>, step: i64 },
}

/// More steps than this are not told apart by doubles.
const MOST_STEPS: f64 = 9_007_199_254_740_992.0;
/// Values in steps may be off by this share of the step, and by no more than rounding does to the
/// numbers of the range: 1e-12 of the largest.
const SLACK: f64 = 1e-6;
const ROUNDING: f64 = 1e-12;
/// Up to this width, in proportion to the lower bound, equal ratios are equal differences.
const NARROW: f64 = 1e-6;

impl Numeric {
    pub(super) fn new(mut description: NumericDescription) -> Result<Self, Problem> {
        let NumericDescription { scale, normal, values, .. } = description;
        let (range, step, integers) = match values {
            Values::Real { range, step } => (range, step, None),
            Values::Whole { range, step } => {
                let integers = match range {
                    Some((low, high)) => Some(Integers::new(low, high, step)?),
                    None => None,
                };
                let range = range.map(|(low, high)| (low as f64, high as f64));
                (range, Some(step as f64), integers)
            }
        };
        if let Some((low, high)) = range {
            check_range(low, high, scale)?;
        }
        let levels = match (step, range, integers) {
            (None, ..) => None,
            (Some(_), None, _) if normal.is_none() && description.law.is_none() => {
                return Err(Problem::NoRange);
            }
            (Some(_), None, _) => return Err(Problem::StepsWithoutRange),
            (_, _, Some(integers)) => integers.fit_doubles().then(|| integers.last() + 1),
            (Some(step), Some((low, high)), None) => Some(count_levels(step, low, high)?),
        };
        let edges = match (range, step) {
            (Some((low, high)), Some(step)) => Some(cell_edges(scale, low, high, step, levels)),
            (Some(range), None) => Some(range),
            (None, _) => None,
        };
        // Of a single value a law says nothing.
        description.law = description.law.filter(|_| range.is_none_or(|(low, high)| low < high));
        let (map, origin) = if let Some(law) = &mut description.law {
            check_law(law, scale, normal, step)?;
            if let Some((low, high)) = edges {
                let (name, inside) = (law.name.clone(), law.quantiles.within(low, high));
                law.quantiles = inside.ok_or(Problem::NoMassInRange { law: name, low, high })?;
            }
            (UnitMap::drawn(law.quantiles.clone()), 0)
        } else if let (Some(integers), None) = (integers, levels) {
            beyond_doubles(integers, scale, normal)?
        } else {
            (UnitMap::new(scale, normal, edges)?, 0)
        };
        Ok(Numeric { description, map, origin, integers, levels })
    }

    /// Whether values are whole numbers.
    pub fn is_integer(&self) -> bool {
        matches!(self.description.values, Values::Whole { .. })
    }

    /// Linear or logarithmic.
    pub fn scale(&self) -> Scale {
        self.description.scale
    }

    /// Mean and standard deviation of a normal law, of the logarithm on a log scale; `None` where all
    /// values of the range are equally likely on their scale.
    pub fn normal(&self) -> Option<(f64, f64)> {
        self.description.normal
    }

    /// The name of a law that is neither uniform nor normal.
    pub fn law(&self) -> Option<&str> {
        self.description.law.as_ref().map(|law| law.name.as_str())
    }

    /// Lowest and highest value; `None` where a law has no bounds. With steps the highest
    /// is the last that a whole number of steps reaches.
    pub fn range(&self) -> Option<(f64, f64)> {
        if let Some((low, high)) = self.integer_range() {
            return Some((low as f64, high as f64));
        }
        let (low, high) = self.real_range()?;
        Some((low, self.levels.map_or(high, |levels| self.at_level(levels - 1))))
    }

    /// Lowest and highest value of integers, exactly.
    pub fn integer_range(&self) -> Option<(i64, i64)> {
        self.integers.map(|integers| (integers.low(), integers.at(u64::MAX)))
    }

    /// Distance of neighbouring values; `None` for continuous parameters.
    pub fn step(&self) -> Option<f64> {
        match self.description.values {
            Values::Real { step, .. } => step,
            Values::Whole { step, .. } => Some(step as f64),
        }
    }

    /// Integers that doubles cannot hold or count.
    pub(super) fn is_beyond_doubles(&self) -> bool {
        self.integers.is_some() && self.levels.is_none()
    }

    /// The bounds as they were given.
    fn real_range(&self) -> Option<(f64, f64)> {
        match self.description.values {
            Values::Real { range, .. } => range,
            Values::Whole { range, .. } => range.map(|(low, high)| (low as f64, high as f64)),
        }
    }

    pub(super) fn exact_from_unit(&self, unit: f64) -> Exact {
        let value = self.map.quantile(unit);
        match (self.levels, self.integers) {
            (Some(_), _) => self.at_level(self.level_of(value)).into(),
            (None, None) => value.into(),
            (None, Some(integers)) => {
                // A float-to-integer cast saturates.
                let value = i128::from(self.origin) + value.round() as i128;
                Exact::of(integers.at(integers.level_of(value)))
            }
        }
    }

    pub(super) fn to_unit(&self, value: Exact) -> f64 {
        if self.is_beyond_doubles()
            && let Some(integer) = self.integer(value)
        {
            let counted = i128::from(integer) - i128::from(self.origin);
            return self.map.cumulative(counted as f64);
        }
        self.map.cumulative(value.nearest)
    }

    /// As [`to_unit`](Self::to_unit), also for values beyond the range; `None` where the scale has no
    /// place for them.
    pub(crate) fn continued(&self, value: f64) -> Option<f64> {
        let unit = match self.is_beyond_doubles() {
            true => self.to_unit(value.into()),
            false => self.map.continued(value),
        };
        unit.is_finite().then_some(unit)
    }

    pub(super) fn at_level(&self, level: u64) -> f64 {
        if let Some(integers) = self.integers {
            return integers.at(level) as f64;
        }
        let (low, high) = self.real_range().unwrap_or((0.0, 0.0));
        let step = self.step().unwrap_or(0.0);
        let level = level as f64;
        // With a step like 0.1, low + 3·step is 0.30000000000000004: one division of whole numbers
        // gives the decimal that the user means.
        let per_unit = (1.0 / step).round();
        let first = (low * per_unit).round();
        let exact = per_unit >= 1.0
            && per_unit * step == 1.0
            && (first / per_unit - low).abs() <= f64::EPSILON * low.abs();
        let value = if exact { (first + level) / per_unit } else { low + level * step };
        // 0.1 + 3·0.2 is 0.7000000000000001, which a range that ends at 0.7 must not reach.
        value.min(high)
    }

    pub(super) fn level_of(&self, value: f64) -> u64 {
        let (Some((low, _)), Some(step), Some(levels)) =
            (self.real_range(), self.step(), self.levels)
        else {
            return 0;
        };
        let level = ((value - low) / step).round();
        // A float-to-integer cast saturates, so that values outside land on the ends.
        (level as u64).min(levels - 1)
    }

    /// The integer that a value stands for; `None` if it is none of these, and for real numbers.
    ///
    /// Beyond doubles, the double that is nearest to one of the integers stands for it, too, because
    /// samplers calculate with doubles.
    pub(super) fn integer(&self, value: Exact) -> Option<i64> {
        let integers = self.integers?;
        let given = value.whole()?;
        let taken = integers.take(given);
        if taken.is_some() || value.rest != 0 || !self.is_beyond_doubles() {
            return taken;
        }
        let nearest = integers.at(integers.level_of(given));
        (nearest as f64 == value.nearest).then_some(nearest)
    }

    pub(super) fn contains(&self, value: Exact) -> bool {
        if self.integers.is_some() {
            return self.integer(value).is_some();
        }
        let value = value.nearest;
        match (self.levels, self.range()) {
            // A step's values may be off by rounding.
            (Some(_), Some((low, high))) => {
                let rounding = ROUNDING * low.abs().max(high.abs());
                let slack = (SLACK * self.step().unwrap_or(0.0)).min(rounding);
                (value - self.at_level(self.level_of(value))).abs() <= slack
            }
            (_, Some((low, high))) => (low..=high).contains(&value),
            (_, None) => {
                value.is_finite() && (self.description.scale == Scale::Linear || value > 0.0)
            }
        }
    }

    /// The values on both sides of one that lies between two steps.
    pub(super) fn around(&self, value: f64) -> Option<(f64, f64)> {
        if let Some(integers) = self.integers {
            return integers.around(value).map(|(below, above)| (below as f64, above as f64));
        }
        let (low, _) = self.real_range()?;
        let level = ((value - low) / self.step()?).floor();
        let inside = level >= 0.0 && level + 1.0 < self.levels? as f64;
        inside.then(|| (self.at_level(level as u64), self.at_level(level as u64 + 1)))
    }
}

impl Values {
    /// Whole numbers from reals, as files have them.
    pub(super) fn whole_bound(bound: f64) -> Result<i64, Problem> {
        if !bound.is_finite() {
            return Err(Problem::NotFinite { what: "a bound of an integer", value: bound });
        }
        if bound.fract() != 0.0 {
            return Err(Problem::FractionalBound { bound });
        }
        let integer = whole(bound).and_then(|bound| i64::try_from(bound).ok());
        integer.ok_or(Problem::IntegerOverflow)
    }
}

fn check_range(low: f64, high: f64, scale: Scale) -> Result<(), Problem> {
    for (what, value) in [("the low bound", low), ("the high bound", high)] {
        if !value.is_finite() {
            return Err(Problem::NotFinite { what, value });
        }
    }
    if low > high {
        return Err(Problem::EmptyRange { low, high });
    }
    if scale == Scale::Log && low <= 0.0 {
        return Err(Problem::LogOfNonPositive { low });
    }
    Ok(())
}

fn count_levels(step: f64, low: f64, high: f64) -> Result<u64, Problem> {
    if !step.is_finite() {
        return Err(Problem::NotFinite { what: "the step", value: step });
    }
    if step <= 0.0 {
        return Err(Problem::NonPositiveStep { step });
    }
    if step > high - low && low < high {
        return Err(Problem::StepTooWide { step, low, high });
    }
    let steps = (high - low) / step;
    if steps >= MOST_STEPS {
        return Err(Problem::TooManyLevels { low, high });
    }
    // A range such as 0.0..=0.3 in steps of 0.1 must not lose its end to rounding.
    let off = steps * 2.0 * f64::EPSILON + 1e-9;
    let whole = if (steps - steps.round()).abs() <= off { steps.round() } else { steps.floor() };
    Ok(whole as u64 + 1)
}

/// The interval that the law covers when each value stands for half a step to both sides.
fn cell_edges(scale: Scale, low: f64, high: f64, step: f64, levels: Option<u64>) -> (f64, f64) {
    if levels == Some(1) {
        return (low, low);
    }
    let last = low + levels.map_or(high - low, |levels| (levels - 1) as f64 * step);
    let below = match scale {
        Scale::Linear => low - 0.5 * step,
        // Half a step below the lowest value may be negative; half the value never is.
        Scale::Log => (low - 0.5 * step).max(0.5 * low),
    };
    (below, last + 0.5 * step)
}

/// A law of its own says how likely each value is, whatever the scale.
fn check_law(
    law: &NamedLaw,
    scale: Scale,
    normal: Option<(f64, f64)>,
    step: Option<f64>,
) -> Result<(), Problem> {
    let name = law.name.clone();
    if normal.is_some() {
        return Err(Problem::TwoLaws { law: name });
    }
    if scale == Scale::Log {
        return Err(Problem::LawOnLogScale { law: name });
    }
    if step.is_none() && law.quantiles.is_discrete() {
        let is_whole = law.quantiles.knots().iter().all(|(_, value)| value.fract() == 0.0);
        return Err(Problem::DiscreteLaw { law: name, is_whole });
    }
    Ok(())
}

/// The map of integers that doubles cannot hold or count, and what its numbers are counted from. On
/// a linear scale that is the lowest value, so that neighbours far from 0 are told apart.
fn beyond_doubles(
    integers: Integers,
    scale: Scale,
    normal: Option<(f64, f64)>,
) -> Result<(UnitMap, i64), Problem> {
    let (low, step) = (integers.low(), integers.step() as f64);
    let width = integers.last() as f64 * step;
    let narrow = normal.is_none() && width <= NARROW * low as f64;
    if scale == Scale::Log && !narrow {
        let edges = cell_edges(scale, low as f64, low as f64 + width, step, None);
        return Ok((UnitMap::new(scale, normal, Some(edges))?, 0));
    }
    let edges = if width == 0.0 { (0.0, 0.0) } else { (-0.5 * step, width + 0.5 * step) };
    let normal = normal.map(|(mean, sd)| {
        let from_low = whole(mean.floor()).map(|floor| (floor - i128::from(low)) as f64);
        (from_low.map_or(mean - low as f64, |distance| distance + (mean - mean.floor())), sd)
    });
    Ok((UnitMap::new(Scale::Linear, normal, Some(edges))?, low))
}
