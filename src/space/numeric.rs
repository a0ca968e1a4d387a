use serde::{Deserialize, Serialize};

use super::law::{Law, Scale};
use crate::error::Problem;

/// Numbers: a range or a bell curve, on a linear or logarithmic scale, perhaps in steps.
///
/// Under a law with density p, the value v of a stepped parameter has the probability that p gives
/// to the interval from v − step/2 to v + step/2. So the integers 1 to 3 on a log scale follow the
/// log-uniform law on 0.5 to 3.5: 1 has probability ln 3 / ln 7.
#[derive(Clone, Debug, PartialEq)]
pub struct Numeric {
    pub(super) description: NumericDescription,
    pub(super) law: Law,
    /// For stepped values: how many there are.
    pub(super) levels: Option<u64>,
}

/// What a person says of a numeric parameter; the form in which it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NumericDescription {
    #[serde(default)]
    pub(super) integer: bool,
    #[serde(default)]
    pub(super) scale: Scale,
    /// Mean and standard deviation of a normal law, on the scale's side of the logarithm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) normal: Option<(f64, f64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) range: Option<(f64, f64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<f64>,
}

/// Largest magnitude up to which every integer is exact in a double.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

impl Numeric {
    pub(super) fn new(description: NumericDescription) -> Result<Self, Problem> {
        let NumericDescription { integer, scale, normal, range, step } = description;
        // Who describes integers by hand need not say that they are one apart.
        let step = step.or(integer.then_some(1.0));
        if let Some((low, high)) = range {
            for (what, value) in [("the low bound", low), ("the high bound", high)] {
                if !value.is_finite() {
                    return Err(Problem::NotFinite { what, value });
                }
            }
            if low > high {
                return Err(Problem::EmptyRange { low, high });
            }
            if let Some(bound) = [low, high].into_iter().find(|b| integer && b.fract() != 0.0) {
                return Err(Problem::FractionalBound { bound });
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

    pub(super) fn at_level(&self, level: u64) -> f64 {
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

    pub(super) fn level_of(&self, value: f64) -> u64 {
        let (Some((low, _)), Some(step), Some(levels)) =
            (self.description.range, self.description.step, self.levels)
        else {
            return 0;
        };
        let level = ((value - low) / step).round();
        // A float-to-integer cast saturates, so that values outside land on the ends.
        (level as u64).min(levels - 1)
    }

    pub(super) fn contains(&self, value: f64) -> bool {
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
