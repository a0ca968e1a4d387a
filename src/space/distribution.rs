use serde::{Deserialize, Serialize};

use super::law::{Law, Scale};
use super::mistake::Problem;
use super::value::{Value, number};
use crate::math::random::Stream;

/// The values of one parameter and how likely each is before anything was tried.
///
/// Whatever its kind, a distribution maps the interval `[0, 1]` to values through its quantile
/// function ([`from_unit`](Self::from_unit)) and back ([`to_unit`](Self::to_unit)). Within the
/// crate a value is one `f64`: the number itself for numeric parameters, the index for choices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "Description", into = "Description")]
pub enum Distribution {
    /// Numbers, perhaps in steps.
    Numeric(Numeric),
    /// Listed choices.
    Choice(Choice),
}

/// How samplers see the values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisKind {
    /// Any number of an interval.
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

/// Numbers: a range or a bell curve, on a linear or logarithmic scale, perhaps in steps.
///
/// Under a law with density p, the value v of a stepped parameter has the probability that p gives
/// to the interval from v − step/2 to v + step/2. So the integers 1 to 3 on a log scale follow the
/// log-uniform law on 0.5 to 3.5: 1 has probability ln 3 / ln 7.
#[derive(Clone, Debug, PartialEq)]
pub struct Numeric {
    pub(super) description: NumericDescription,
    law: Law,
    /// For stepped values: how many there are.
    levels: Option<u64>,
}

/// What a person says of a numeric parameter; the form in which it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NumericDescription {
    pub(super) integer: bool,
    pub(super) scale: Scale,
    /// Mean and standard deviation of a normal law, on the scale's side of the logarithm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) normal: Option<(f64, f64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) range: Option<(f64, f64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<f64>,
}

/// Listed choices, perhaps with weights, perhaps in an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub(super) description: ChoiceDescription,
    /// Upper end of each choice's part of `[0, 1]`; empty when all have the same weight.
    ends: Vec<f64>,
}

/// What a person says of a choice; the form in which it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ChoiceDescription {
    pub(super) choices: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) weights: Option<Vec<f64>>,
    #[serde(default)]
    pub(super) ordered: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Description {
    Numeric(NumericDescription),
    Choice(ChoiceDescription),
}

impl TryFrom<Description> for Distribution {
    type Error = Problem;

    fn try_from(description: Description) -> Result<Self, Problem> {
        Ok(match description {
            Description::Numeric(numeric) => Distribution::Numeric(Numeric::new(numeric)?),
            Description::Choice(choice) => Distribution::Choice(Choice::new(choice)?),
        })
    }
}

impl From<Distribution> for Description {
    fn from(distribution: Distribution) -> Self {
        match distribution {
            Distribution::Numeric(numeric) => Description::Numeric(numeric.description),
            Distribution::Choice(choice) => Description::Choice(choice.description),
        }
    }
}

/// Largest magnitude up to which every integer is exact in a double.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

impl Numeric {
    pub(super) fn new(description: NumericDescription) -> Result<Self, Problem> {
        let NumericDescription { integer, scale, normal, range, step } = description;
        if let Some((low, high)) = range {
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
        }
        let levels = match (step, range) {
            (None, _) => None,
            (Some(_), None) => return Err(Problem::StepsWithoutRange),
            (Some(step), Some((low, high))) => Some(count_levels(integer, step, low, high)?),
        };
        let edges = match (range, step) {
            (Some((low, high)), Some(step)) => Some(cell_edges(scale, low, high, step, levels)),
            (Some(range), None) => Some(range),
            (None, _) => None,
        };
        let law = Law::new(scale, normal, edges)?;
        Ok(Numeric {
            description: NumericDescription { integer, scale, normal, range, step },
            law,
            levels,
        })
    }

    /// Whether values are whole numbers.
    pub fn is_integer(&self) -> bool {
        self.description.integer
    }

    /// Linear or logarithmic.
    pub fn scale(&self) -> Scale {
        self.description.scale
    }

    /// Lowest and highest value; `None` where a normal law has no bounds. With steps the highest
    /// is the last that a whole number of steps reaches.
    pub fn range(&self) -> Option<(f64, f64)> {
        let (low, high) = self.description.range?;
        Some((low, self.levels.map_or(high, |levels| self.at_level(levels - 1))))
    }

    /// Distance of neighbouring values; `None` for continuous parameters.
    pub fn step(&self) -> Option<f64> {
        self.description.step
    }

    fn at_level(&self, level: u64) -> f64 {
        let (low, high) = self.description.range.unwrap_or((0.0, 0.0));
        let step = self.description.step.unwrap_or(0.0);
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

    fn level_of(&self, value: f64) -> u64 {
        let (Some((low, _)), Some(step), Some(levels)) =
            (self.description.range, self.description.step, self.levels)
        else {
            return 0;
        };
        let level = ((value - low) / step).round();
        // A float-to-integer cast saturates, so that values outside land on the ends.
        (level as u64).min(levels - 1)
    }

    fn contains(&self, value: f64) -> bool {
        match (self.levels, self.range()) {
            // Both bounds are inclusive; a step's values may be off by rounding.
            (Some(_), Some((low, high))) => {
                let slack = self.description.step.unwrap_or(0.0) * 1e-6;
                let nearest = self.at_level(self.level_of(value));
                (low - slack..=high + slack).contains(&value) && (value - nearest).abs() <= slack
            }
            (_, Some((low, high))) => (low..=high).contains(&value),
            (_, None) => {
                value.is_finite() && (self.description.scale == Scale::Linear || value > 0.0)
            }
        }
    }
}

fn count_levels(integer: bool, step: f64, low: f64, high: f64) -> Result<u64, Problem> {
    if !step.is_finite() {
        return Err(Problem::NotFinite { what: "the step", value: step });
    }
    if step <= 0.0 {
        return Err(Problem::NonPositiveStep { step });
    }
    if integer && step.fract() != 0.0 {
        return Err(Problem::FractionalStep { step });
    }
    if step > high - low && low < high {
        return Err(Problem::StepTooWide { step, low, high });
    }
    let inexact = integer && (low.abs() > EXACT_INTEGERS || high.abs() > EXACT_INTEGERS);
    // A range such as 0.0..=0.3 in steps of 0.1 must not lose its end to rounding.
    let steps = ((high - low) / step * (1.0 + 4.0 * f64::EPSILON) + 1e-9).floor();
    if inexact || steps >= EXACT_INTEGERS {
        return Err(Problem::TooManyLevels { low, high });
    }
    Ok(steps as u64 + 1)
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

impl Choice {
    pub(super) fn new(description: ChoiceDescription) -> Result<Self, Problem> {
        let labels = &description.choices;
        if labels.is_empty() {
            return Err(Problem::NoChoices);
        }
        let mut seen = std::collections::HashSet::with_capacity(labels.len());
        for label in labels {
            if !seen.insert(label.to_string()) {
                return Err(Problem::DuplicateChoice { label: label.to_string() });
            }
        }
        let mut ends = Vec::new();
        if let Some(weights) = &description.weights {
            if weights.len() != labels.len() {
                return Err(Problem::WeightCount { weights: weights.len(), choices: labels.len() });
            }
            for (label, &weight) in labels.iter().zip(weights) {
                if !(weight > 0.0 && weight.is_finite()) {
                    return Err(Problem::BadWeight { label: label.to_string(), weight });
                }
            }
            // Scaled by the largest first, so that huge weights do not overflow their sum.
            let largest = weights.iter().copied().fold(0.0, f64::max);
            let total: f64 = weights.iter().map(|weight| weight / largest).sum();
            let mut end = 0.0;
            for weight in weights {
                end += weight / largest / total;
                ends.push(end);
            }
        }
        Ok(Choice { description, ends })
    }

    /// The labels of the choices, in order.
    pub fn labels(&self) -> &[Value] {
        &self.description.choices
    }

    /// Whether neighbouring choices are alike, as widths 16, 32, 64 are.
    pub fn is_ordered(&self) -> bool {
        self.description.ordered
    }

    /// Probability of the choice with this index; 0 for an index out of range.
    pub fn probability(&self, index: usize) -> f64 {
        if index >= self.description.choices.len() {
            return 0.0;
        }
        let (start, end) = self.cell(index);
        end - start
    }

    fn cell(&self, index: usize) -> (f64, f64) {
        if self.ends.is_empty() {
            let count = self.description.choices.len() as f64;
            (index as f64 / count, (index + 1) as f64 / count)
        } else {
            let start = if index == 0 { 0.0 } else { self.ends[index - 1] };
            (start, self.ends[index])
        }
    }

    fn at_unit(&self, unit: f64) -> usize {
        let count = self.description.choices.len();
        let index = if self.ends.is_empty() {
            (unit * count as f64) as usize
        } else {
            self.ends.partition_point(|&end| end <= unit)
        };
        index.min(count - 1)
    }
}

impl Distribution {
    /// What samplers see: a continuous, discrete or categorical axis.
    pub fn kind(&self) -> AxisKind {
        match self {
            Distribution::Numeric(numeric) => match (numeric.levels, numeric.description.range) {
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

    /// How many values there are; `None` for a continuous parameter.
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
        let unit = if unit.is_nan() { 0.5 } else { unit.clamp(0.0, 1.0) };
        match self {
            Distribution::Numeric(numeric) => {
                let value = numeric.law.quantile(unit);
                match numeric.levels {
                    Some(_) => numeric.at_level(numeric.level_of(value)),
                    None => value,
                }
            }
            Distribution::Choice(choice) => choice.at_unit(unit) as f64,
        }
    }

    /// The inverse of [`from_unit`](Self::from_unit): where in `[0, 1]` a value lies; for listed
    /// choices the middle of the choice's share.
    pub fn to_unit(&self, value: f64) -> f64 {
        match self {
            Distribution::Numeric(numeric) => numeric.law.cumulative(value),
            Distribution::Choice(choice) => {
                let index = (value as usize).min(choice.description.choices.len() - 1);
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
            Distribution::Numeric(numeric) => numeric.description.range?.0,
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

    /// Puts a value that rounding has moved off its step back onto it.
    pub(super) fn snap(&self, value: f64) -> f64 {
        self.level_of(value).and_then(|level| self.at_level(level)).unwrap_or(value)
    }

    /// A random value near `value`: numbers by a normal step of standard deviation `width` in the
    /// unit interval, reflected at its ends, and by at least one level; unordered choices by
    /// another choice at random.
    pub(super) fn step_from(&self, value: f64, width: f64, random: &mut Stream) -> f64 {
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
                let up = if level == 0 {
                    true
                } else if level + 1 == levels {
                    false
                } else {
                    random.unit() < 0.5
                };
                self.at_level(if up { level + 1 } else { level - 1 }).unwrap_or(stepped)
            }
            _ => stepped,
        }
    }

    /// Whether `value` is one of the distribution's values.
    pub fn contains(&self, value: f64) -> bool {
        match self {
            Distribution::Numeric(numeric) => numeric.contains(value),
            Distribution::Choice(choice) => {
                value.fract() == 0.0
                    && (0.0..choice.description.choices.len() as f64).contains(&value)
            }
        }
    }

    /// The value as people write it.
    pub fn value(&self, value: f64) -> Value {
        match self {
            Distribution::Numeric(numeric) if numeric.is_integer() => Value::Int(value as i64),
            Distribution::Numeric(_) => Value::Float(value),
            Distribution::Choice(choice) => choice
                .description
                .choices
                .get(value as usize)
                .cloned()
                .unwrap_or_else(|| Value::Text(format!("choice {value}"))),
        }
    }

    /// The inverse of [`value`](Self::value); `None` if it is no value of the distribution.
    pub fn parse(&self, value: &Value) -> Option<f64> {
        match self {
            Distribution::Numeric(_) => value
                .as_f64()
                .filter(|number| self.contains(*number))
                .map(|number| self.snap(number)),
            Distribution::Choice(choice) => choice
                .description
                .choices
                .iter()
                .position(|label| label == value || same_number(label, value))
                .map(|index| index as f64),
        }
    }

    /// The values in words, for messages: `0..=0.6`, `1..=9 in steps of 2`, `"relu" or "tanh"`.
    pub fn values_in_words(&self) -> String {
        match self {
            Distribution::Numeric(numeric) => match (numeric.range(), numeric.step()) {
                (Some((low, high)), Some(step)) if !(numeric.is_integer() && step == 1.0) => {
                    format!(
                        "{}..={} in steps of {}",
                        number(low, None),
                        number(high, None),
                        number(step, None)
                    )
                }
                (Some((low, high)), _) => {
                    format!("{}..={}", number(low, None), number(high, None))
                }
                (None, _) if numeric.scale() == Scale::Log => "the numbers above 0".into(),
                (None, _) => "the finite numbers".into(),
            },
            Distribution::Choice(choice) => {
                let labels: Vec<String> =
                    choice.labels().iter().map(|label| format!("`{label}`")).collect();
                labels.join(" or ")
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
