//! How a metric is read before anything models it.

use serde::{Deserialize, Serialize};

use crate::math::statistics::{median, quantile};
use crate::trial::metric;

/// On which scale a metric is modelled and read: differences or ratios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MetricScale {
    /// Effects add to the metric.
    Linear,
    /// Effects multiply the metric, as they do with times, and with errors of many sizes.
    Log,
}

/// Positive metrics whose bulk spans more than this factor are read as ratios. Not varied.
const WIDE: f64 = 30.0;
/// Values further than this many interquartile ranges outside the middle half are drawn in. Not varied.
const FAR: f64 = 4.0;
/// A positive value is not far above the middle half below this many times its upper end. Not varied.
const ORDINARY: f64 = 2.0;
/// The largest values whose squares can be added.
pub(super) const LARGEST: f64 = 1e150;

/// How a metric is read: on which scale, and from where on values count for less. Beyond a fence
/// only the logarithm of the distance counts, so that a training that diverged cannot hide
/// everything else, whatever its loss, and the order of all values stays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(super) scale: MetricScale,
    low: f64,
    high: f64,
    /// The interquartile range; infinite where there is nothing to compare with.
    unit: f64,
}

impl Reading {
    pub(super) fn new(scale: MetricScale, natural: &[f64]) -> Self {
        let values: Vec<f64> = natural.iter().map(|value| scale.read(*value)).collect();
        let (low, high) = (quantile(&values, 0.25), quantile(&values, 0.75));
        let mut unit = high - low;
        if unit <= 0.0 {
            // Half of the values and more are the same: the others are the measure.
            let middle = median(&values);
            let apart: Vec<f64> = values
                .iter()
                .map(|value| (value - middle).abs())
                .filter(|apart| *apart > 0.0)
                .collect();
            unit = if apart.is_empty() { f64::INFINITY } else { quantile(&apart, 0.25) };
        }
        if !unit.is_finite() {
            return Reading::plain(scale);
        }
        // Where most trials lie near the best one, an ordinary error is far from them, too.
        let ordinary = match scale {
            MetricScale::Linear if natural.iter().all(|value| *value > 0.0) => ORDINARY * high,
            MetricScale::Linear => high,
            MetricScale::Log => high + ORDINARY.ln(),
        };
        let high = ordinary.max(high + FAR * unit);
        Reading { scale, low: low - FAR * unit, high, unit }
    }

    /// On the scale, drawn in.
    pub(super) fn value(&self, natural: f64) -> f64 {
        let value = self.scale.read(natural);
        if !self.unit.is_finite() {
            value
        } else if value > self.high {
            self.high + self.unit * ((value - self.high) / self.unit).ln_1p()
        } else if value < self.low {
            self.low - self.unit * ((self.low - value) / self.unit).ln_1p()
        } else {
            value
        }
    }

    /// On the scale, cut off where values would count for less.
    pub(super) fn cut(&self, natural: f64) -> f64 {
        let value = self.scale.read(natural);
        if self.unit.is_finite() { value.clamp(self.low, self.high) } else { value }
    }

    /// The inverse of [`value`](Self::value).
    pub(crate) fn natural(&self, value: f64) -> f64 {
        let value = if !self.unit.is_finite() {
            value
        } else if value > self.high {
            self.high + self.unit * ((value - self.high) / self.unit).exp_m1()
        } else if value < self.low {
            self.low - self.unit * ((self.low - value) / self.unit).exp_m1()
        } else {
            value
        };
        match self.scale {
            MetricScale::Linear => value.clamp(-f64::MAX, f64::MAX),
            MetricScale::Log => value.exp().min(f64::MAX),
        }
    }

    /// Whether a value lies so far above the others that it counts for less.
    pub(crate) fn is_far_above(&self, natural: f64) -> bool {
        self.unit.is_finite() && self.scale.read(natural) > self.high
    }

    /// The value above which others count for less.
    pub(crate) fn limit(&self) -> Option<f64> {
        self.unit.is_finite().then(|| self.natural(self.high))
    }

    /// Every value as it is.
    pub(super) fn plain(scale: MetricScale) -> Self {
        Reading { scale, low: 0.0, high: 0.0, unit: f64::INFINITY }
    }

    /// How a metric of these values is read.
    pub(crate) fn of(name: &str, natural: &[f64]) -> Self {
        Reading::new(scale_of(name, natural), natural)
    }
}

impl MetricScale {
    fn read(self, natural: f64) -> f64 {
        match self {
            MetricScale::Linear => natural.clamp(-LARGEST, LARGEST),
            MetricScale::Log => natural.ln(),
        }
    }
}

fn scale_of(name: &str, values: &[f64]) -> MetricScale {
    let positive = values.iter().all(|value| *value > 0.0);
    let is_cost = name == metric::SECONDS || name == metric::PEAK_MEMORY;
    let wide = quantile(values, 0.95) > WIDE * quantile(values, 0.05);
    if positive && (is_cost || wide) { MetricScale::Log } else { MetricScale::Linear }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_chosen_by_what_the_values_are() {
        assert_eq!(scale_of(metric::SECONDS, &[1.0, 1.1]), MetricScale::Log);
        assert_eq!(scale_of("loss", &[0.1, 0.2, 0.3]), MetricScale::Linear);
        assert_eq!(scale_of("loss", &[1e-5, 1e-3, 0.1, 7.0]), MetricScale::Log);
        assert_eq!(scale_of("loss", &[-1.0, 1e-3, 0.1, 7.0]), MetricScale::Linear);
    }

    #[test]
    fn a_diverged_training_does_not_hide_the_rest() {
        for worst in [1e30, 1e300, f64::MAX] {
            let values = [0.1, 0.2, 0.3, 0.4, worst];
            let reading = Reading::new(MetricScale::Linear, &values);
            let tame = values.map(|value| reading.value(value));
            assert_eq!(tame[..4], values[..4]);
            assert!(tame[4] > 1.0 && tame[4] < 100.0, "{tame:?}");
            assert!(reading.is_far_above(worst) && !reading.is_far_above(0.4));
        }
        // Where most are the same, the others are the measure.
        let values = [0.5, 0.5, 0.5, 0.5, 0.5, 0.6, 0.7, 1e300];
        let reading = Reading::new(MetricScale::Linear, &values);
        assert!(reading.value(1e300) < 200.0 && reading.value(0.7) == 0.7);
    }

    #[test]
    fn values_are_read_in_order_and_back() {
        let values = [-3e5, -1.0, 0.5, 0.6, 0.7, 0.8, 0.9, 40.0, 1e6];
        let reading = Reading::new(MetricScale::Linear, &values);
        let read = values.map(|value| reading.value(value));
        assert!(read.is_sorted_by(|a, b| a < b), "{read:?}");
        for value in values {
            let back = reading.natural(reading.value(value));
            assert!((back - value).abs() < 1e-9 * value.abs().max(1.0), "{value} {back}");
        }
    }
}
