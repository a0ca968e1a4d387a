use super::choice::Choice;
use super::integers::{Exact, whole};
use super::numeric::Numeric;
use super::value::Value;
use crate::math::random::Stream;
use crate::text::number;

/// The values of one parameter and how likely each is before anything was tried.
///
/// Whatever its kind, a distribution maps the interval `[0, 1]` to values through its quantile
/// function ([`from_unit`](Self::from_unit)) and back ([`to_unit`](Self::to_unit)). Within the
/// crate a value is one `f64`: the number itself for numeric parameters, the index for choices.
///
/// The serialized form is that of a parameter in a [space file](crate::guide::space_file), without
/// its name.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Distribution {
    /// Numbers, perhaps in steps.
    Numeric(Numeric),
    /// Listed choices.
    Choice(Choice),
}

/// How samplers see the values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AxisKind {
    /// Any number of an interval, or integers that doubles cannot tell apart: beyond ±2^53, or more
    /// than 2^53 of them.
    Continuous,
    /// `levels` values in a natural order.
    Discrete {
        /// How many values there are.
        levels: u64,
    },
    /// `choices` values without an order.
    Categorical {
        /// How many values there are.
        choices: u64,
    },
}

/// How often a level is drawn in the hope that it is legal.
const REDRAWS: usize = 32;

impl Distribution {
    /// What samplers see: a continuous, discrete or categorical axis.
    pub fn kind(&self) -> AxisKind {
        match self {
            Distribution::Numeric(numeric) => match (numeric.levels, numeric.range()) {
                (Some(levels), _) => AxisKind::Discrete { levels },
                (None, Some((low, high))) if low == high => AxisKind::Discrete { levels: 1 },
                (None, _) => AxisKind::Continuous,
            },
            Distribution::Choice(choice) => {
                let count = choice.description.choices.len() as u64;
                if choice.description.ordered {
                    AxisKind::Discrete { levels: count }
                } else {
                    AxisKind::Categorical { choices: count }
                }
            }
        }
    }

    /// How many values there are; `None` for a [continuous](AxisKind::Continuous) parameter.
    pub fn levels(&self) -> Option<u64> {
        match self.kind() {
            AxisKind::Continuous => None,
            AxisKind::Discrete { levels: count } | AxisKind::Categorical { choices: count } => {
                Some(count)
            }
        }
    }

    /// The quantile function: the value at `unit`, which is clamped to `[0, 1]` (NaN counts as
    /// 0.5). Discrete parameters snap to the value whose share of the interval holds `unit`.
    pub fn from_unit(&self, unit: f64) -> f64 {
        self.exact_from_unit(unit).nearest
    }

    /// As [`from_unit`](Self::from_unit), for integers of any size.
    pub(super) fn exact_from_unit(&self, unit: f64) -> Exact {
        let unit = if unit.is_nan() { 0.5 } else { unit.clamp(0.0, 1.0) };
        match self {
            Distribution::Numeric(numeric) => numeric.exact_from_unit(unit),
            Distribution::Choice(choice) => (choice.at_unit(unit) as f64).into(),
        }
    }

    /// As [`from_unit`](Self::from_unit), without the digits that only rounding has made: the middle
    /// of 1e-4 to 1 on a log scale is 0.01, not 0.010000000000000004. For values that people see.
    pub fn tidy_from_unit(&self, unit: f64) -> f64 {
        /// What a double holds of any decimal number.
        const DIGITS: usize = 14;
        let value = self.from_unit(unit);
        let tidy = number(value, Some(DIGITS)).parse().unwrap_or(value);
        let same = self.contains(tidy) && (self.to_unit(tidy) - self.to_unit(value)).abs() < 1e-9;
        if same && self.kind() == AxisKind::Continuous { tidy } else { value }
    }

    /// The inverse of [`from_unit`](Self::from_unit): where in `[0, 1]` a value lies; for listed
    /// choices the middle of the choice's share.
    pub fn to_unit(&self, value: f64) -> f64 {
        self.exact_to_unit(value.into())
    }

    /// As [`to_unit`](Self::to_unit), for integers of any size.
    pub(super) fn exact_to_unit(&self, value: Exact) -> f64 {
        match self {
            Distribution::Numeric(numeric) => numeric.to_unit(value),
            Distribution::Choice(choice) => {
                let index = (value.nearest as usize).min(choice.description.choices.len() - 1);
                let (start, end) = choice.cell(index);
                0.5 * (start + end)
            }
        }
    }

    /// The value with this number, counted from 0 in ascending order; `None` for continuous
    /// parameters and numbers that are too high.
    pub fn at_level(&self, level: u64) -> Option<f64> {
        if level >= self.levels()? {
            return None;
        }
        Some(match self {
            Distribution::Numeric(numeric) if numeric.levels.is_some() => numeric.at_level(level),
            Distribution::Numeric(numeric) => numeric.range()?.0,
            Distribution::Choice(_) => level as f64,
        })
    }

    /// The number of the value nearest to `value`; `None` for continuous parameters.
    pub fn level_of(&self, value: f64) -> Option<u64> {
        let levels = self.levels()?;
        Some(match self {
            Distribution::Numeric(numeric) => numeric.level_of(value),
            Distribution::Choice(_) => (value.round() as u64).min(levels - 1),
        })
    }

    /// A random level among those that are legal, in proportion to their probabilities; `None` if
    /// there is none.
    pub(crate) fn sample_level(&self, legal: &[bool], random: &mut Stream) -> Option<f64> {
        // Drawing again keeps the proportions and needs no probabilities, unless what is legal is
        // so improbable that they hardly matter.
        for _ in 0..REDRAWS {
            let value = self.from_unit(random.unit());
            let level = self.level_of(value).and_then(|level| usize::try_from(level).ok());
            if level.is_some_and(|level| legal.get(level) == Some(&true)) {
                return Some(value);
            }
        }
        let left: Vec<u64> =
            (0..).zip(legal).filter(|(_, legal)| **legal).map(|(at, _)| at).collect();
        let at = (!left.is_empty()).then(|| random.below(left.len() as u64) as usize)?;
        self.at_level(left[at])
    }

    /// One of the values as it is to be kept: a real number that rounding has moved off its step is
    /// put back onto it. `None` if it is not one of the values.
    pub(super) fn take(&self, value: Exact) -> Option<Exact> {
        if !self.contains_exact(value) {
            return None;
        }
        Some(match self {
            Distribution::Numeric(numeric) if numeric.is_integer() => {
                Exact::of(numeric.integer(value)?)
            }
            Distribution::Numeric(numeric) if numeric.levels.is_some() => {
                numeric.at_level(numeric.level_of(value.nearest)).into()
            }
            Distribution::Numeric(_) | Distribution::Choice(_) => value.nearest.into(),
        })
    }

    /// Whether the values are integers that doubles cannot hold or count.
    pub(super) fn is_beyond_doubles(&self) -> bool {
        matches!(self, Distribution::Numeric(numeric) if numeric.is_beyond_doubles())
    }

    /// A random value near `value`: numbers by a normal step of standard deviation `width` in the
    /// unit interval, reflected at its ends, and by at least one level; unordered choices by
    /// another choice at random.
    pub(crate) fn step_from(&self, value: f64, width: f64, random: &mut Stream) -> f64 {
        let levels = match self.kind() {
            AxisKind::Categorical { choices } => {
                let other = random.below(choices.saturating_sub(1)) as f64;
                return if other >= value && choices > 1 { other + 1.0 } else { other };
            }
            AxisKind::Discrete { levels } => Some(levels),
            AxisKind::Continuous => None,
        };
        let moved = reflect(self.to_unit(value) + width * random.normal());
        let stepped = self.from_unit(moved);
        match (levels, self.level_of(value)) {
            (Some(levels), Some(level)) if levels > 1 && self.level_of(stepped) == Some(level) => {
                self.beside(level, random).unwrap_or(stepped)
            }
            _ => stepped,
        }
    }

    /// The value one level above or below, by chance; `None` where there is only one.
    pub(super) fn beside(&self, level: u64, random: &mut Stream) -> Option<f64> {
        let last = self.levels()?.saturating_sub(1);
        let up = if level == 0 {
            true
        } else if level >= last {
            false
        } else {
            random.unit() < 0.5
        };
        self.at_level(if up { level + 1 } else { level - 1 })
    }

    /// Whether `value` is one of the distribution's values. Real numbers in steps may be off by
    /// rounding: by 1e-12 of the largest bound, and by no more than 1e-6 of the step.
    pub fn contains(&self, value: f64) -> bool {
        self.contains_exact(value.into())
    }

    pub(super) fn contains_exact(&self, value: Exact) -> bool {
        match self {
            Distribution::Numeric(numeric) => numeric.contains(value),
            Distribution::Choice(choice) => {
                let index = value.nearest;
                index.fract() == 0.0
                    && (0.0..choice.description.choices.len() as f64).contains(&index)
            }
        }
    }

    /// The value as people write it.
    pub fn value(&self, value: f64) -> Value {
        self.exact_value(value.into())
    }

    /// As [`value`](Self::value), for integers of any size.
    pub(super) fn exact_value(&self, value: Exact) -> Value {
        let number = value.nearest;
        match self {
            Distribution::Numeric(numeric) if numeric.is_integer() => {
                Value::Int(numeric.integer(value).unwrap_or(number as i64))
            }
            Distribution::Numeric(_) => Value::Float(number),
            Distribution::Choice(choice) => choice
                .description
                .choices
                .get(number as usize)
                .cloned()
                .unwrap_or_else(|| Value::Text(format!("choice {number}"))),
        }
    }

    /// The inverse of [`value`](Self::value); `None` if it is no value of the distribution, or an
    /// integer that no double holds.
    pub fn parse(&self, value: &Value) -> Option<f64> {
        self.parse_exact(value).filter(|exact| exact.rest == 0).map(|exact| exact.nearest)
    }

    /// As [`parse`](Self::parse), for integers of any size.
    pub(crate) fn parse_exact(&self, value: &Value) -> Option<Exact> {
        match (self, value) {
            (Distribution::Numeric(_), Value::Int(integer)) => self.take(Exact::of(*integer)),
            (Distribution::Numeric(numeric), Value::Float(number)) if numeric.is_integer() => {
                // Not every writer keeps 3 apart from 3.0.
                let integer = i64::try_from(whole(*number)?).ok()?;
                self.take(Exact::of(integer))
            }
            (Distribution::Numeric(_), Value::Float(number)) => self.take((*number).into()),
            (Distribution::Numeric(_), Value::Bool(_) | Value::Text(_)) => None,
            (Distribution::Choice(choice), _) => {
                let labels = &choice.description.choices;
                let equal = labels.iter().position(|label| label == value);
                let index = equal.or_else(|| labels.iter().position(|l| same_number(l, value)))?;
                Some((index as f64).into())
            }
        }
    }
}

/// Folds the real line onto `[0, 1]`, as mirrors at 0 and 1 would.
fn reflect(unit: f64) -> f64 {
    let folded = unit.rem_euclid(2.0);
    if folded > 1.0 { 2.0 - folded } else { folded }
}

/// A choice of 1 is also found as 1.0, because JSON writers do not all keep the difference.
fn same_number(left: &Value, right: &Value) -> bool {
    matches!((left.as_f64(), right.as_f64()), (Some(left), Some(right)) if left == right)
}
