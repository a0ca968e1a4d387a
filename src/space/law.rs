use serde::{Deserialize, Serialize};

use super::quantiles::Quantiles;
use crate::error::Problem;
use crate::math::special::{normal_cdf, normal_quantile};

/// Whether equal differences or equal ratios of a parameter are equally likely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scale {
    /// 1 to 2 is as likely as 2 to 3.
    #[default]
    Linear,
    /// 1 to 2 is as likely as 2 to 4; for values that span orders of magnitude.
    Log,
}

/// A law as a map between the unit interval and values: uniform or normal on the scale's side of the
/// logarithm, perhaps truncated, or by its quantiles.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct UnitMap {
    scale: Scale,
    shape: Shape,
    /// The values at 0 and 1, kept because exp(ln(x)) need not be x.
    ends: Option<(f64, f64)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    /// Uniform from `start` to `start + width`.
    Uniform { start: f64, width: f64 },
    /// Normal, and the part of its probability that the truncation leaves: from `start` to
    /// `start + width`. Where the range lies above the mean, all is mirrored to the lower tail,
    /// in which small probabilities keep their digits.
    Normal { mean: f64, sd: f64, start: f64, width: f64, mirrored: bool },
    /// Any law, on the linear scale.
    Drawn(Quantiles),
}

/// Probability below which normal quantiles are cut: 8.2 standard deviations from the mean.
const SMALLEST_TAIL: f64 = 1e-16;

/// A range this narrow, in standard deviations, has no more than one density: by 37 deviations
/// from the mean, beyond which there is no mass, it varies by a factor of 1 + 4e-8.
const FLAT: f64 = 1e-9;

/// Whether a normal law is as good as uniform over a range, where differences of its cumulative
/// distribution would have few digits or none.
fn is_flat(mean: f64, sd: f64, low: f64, high: f64) -> bool {
    let (low_z, high_z) = ((low - mean) / sd, (high - mean) / sd);
    sd > 0.0 && sd.is_finite() && low < high && high_z - low_z < FLAT && low_z.abs() < 37.0
}

impl UnitMap {
    pub(super) fn new(
        scale: Scale,
        normal: Option<(f64, f64)>,
        range: Option<(f64, f64)>,
    ) -> Result<Self, Problem> {
        let forward = |value: f64| if scale == Scale::Log { value.ln() } else { value };
        let shape = match (normal, range) {
            (None, None) => return Err(Problem::NoRange),
            (None, Some((low, high))) => {
                let width = forward(high) - forward(low);
                if !width.is_finite() {
                    return Err(Problem::NotFinite {
                        what: "the width of the range",
                        value: width,
                    });
                }
                Shape::Uniform { start: forward(low), width }
            }
            (Some((mean, sd)), Some((low, high)))
                if is_flat(mean, sd, forward(low), forward(high)) =>
            {
                Shape::Uniform { start: forward(low), width: forward(high) - forward(low) }
            }
            (Some((mean, sd)), _) => {
                for (what, value) in [("the mean", mean), ("the standard deviation", sd)] {
                    if !value.is_finite() {
                        return Err(Problem::NotFinite { what, value });
                    }
                }
                if sd <= 0.0 {
                    return Err(Problem::NonPositiveDeviation { sd });
                }
                let (low, high) = match range {
                    None => (f64::NEG_INFINITY, f64::INFINITY),
                    Some((low, high)) => ((forward(low) - mean) / sd, (forward(high) - mean) / sd),
                };
                let mirrored = low > 0.0;
                let (low, high) = if mirrored { (-high, -low) } else { (low, high) };
                let start = normal_cdf(low);
                let width = normal_cdf(high) - start;
                if let Some((low, high)) = range.filter(|(low, high)| low < high)
                    && width <= 1e-298
                {
                    return Err(Problem::NoMass { low, high });
                }
                Shape::Normal { mean, sd, start, width, mirrored }
            }
        };
        Ok(UnitMap { scale, shape, ends: range })
    }

    /// By quantiles that lie within the range already.
    pub(super) fn drawn(quantiles: Quantiles) -> Self {
        UnitMap { scale: Scale::Linear, shape: Shape::Drawn(quantiles), ends: None }
    }

    /// The value below which the share `unit` of the probability lies; `unit` in `[0, 1]`.
    pub(super) fn quantile(&self, unit: f64) -> f64 {
        if let Some((low, high)) = self.ends {
            if unit <= 0.0 {
                return low;
            }
            if unit >= 1.0 {
                return high;
            }
        }
        let inner = match &self.shape {
            Shape::Drawn(quantiles) => return quantiles.at(unit),
            &Shape::Uniform { start, width } => start + unit * width,
            &Shape::Normal { mean, sd, start, width, mirrored } => {
                let share = if mirrored { 1.0 - unit } else { unit };
                let mut probability = start + share * width;
                if self.ends.is_none() {
                    probability = probability.clamp(SMALLEST_TAIL, 1.0 - SMALLEST_TAIL);
                }
                let z = normal_quantile(probability);
                mean + sd * if mirrored { -z } else { z }
            }
        };
        let value = if self.scale == Scale::Log { inner.exp() } else { inner };
        match self.ends {
            Some((low, high)) => value.clamp(low, high),
            // Far tails of a wide law over- or underflow.
            None if self.scale == Scale::Log => value.clamp(f64::MIN_POSITIVE, f64::MAX),
            None => value.clamp(f64::MIN, f64::MAX),
        }
    }

    /// The share of the probability below `value`, in `[0, 1]`.
    pub(super) fn cumulative(&self, value: f64) -> f64 {
        let share = self.continued(value);
        // A range of one value has no width; its middle is as good as any.
        if share.is_nan() { 0.5 } else { share.clamp(0.0, 1.0) }
    }

    /// The same, continued in a straight line beyond the ends of a uniform law; NaN where there is no
    /// logarithm.
    pub(super) fn continued(&self, value: f64) -> f64 {
        let inner = if self.scale == Scale::Log { value.ln() } else { value };
        match &self.shape {
            Shape::Drawn(quantiles) => quantiles.cumulative(value),
            &Shape::Uniform { start, width } => (inner - start) / width,
            &Shape::Normal { mean, sd, start, width, mirrored } => {
                let z = (inner - mean) / sd;
                if mirrored {
                    1.0 - (normal_cdf(-z) - start) / width
                } else {
                    (normal_cdf(z) - start) / width
                }
            }
        }
    }
}
