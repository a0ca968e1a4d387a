//! A model of one metric.

use serde::{Deserialize, Serialize};

use crate::math::statistics::{mean, quantile, variance};
use crate::space::Point;
use crate::surrogate::{
    Encoding, Fit, Hyperparameters, Inputs, Kernel, Noise, Observations, Posterior,
};
use crate::trial::metric;

/// On which scale a metric is modelled and read: differences or ratios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricScale {
    /// Effects add to the metric.
    Linear,
    /// Effects multiply the metric, as they do with times, and with errors of many sizes.
    Log,
}

/// A Gaussian process fitted to a metric, on a scale of deviation 1.
#[derive(Clone, Debug)]
pub(super) struct Response {
    pub(super) scale: MetricScale,
    pub(super) posterior: Posterior,
    /// How many trials it knows.
    pub(super) trials: usize,
    /// Whether it is likelier than chance. If not, a good part of the variance counts as noise:
    /// a few values without any pattern lie on some smooth curve, too.
    pub(super) explains: bool,
    centre: f64,
    spread: f64,
}

/// Most trials that a model of a metric knows; of more, an even part.
const MOST: usize = 250;
/// Most trials that its constants are fitted to.
const MOST_FITTED: usize = 120;
/// Positive metrics whose bulk spans more than this factor are read as ratios.
const WIDE: f64 = 30.0;
/// Values further than this many interquartile ranges outside the middle half count as that far: a
/// training that diverged must not hide everything else.
const FAR: f64 = 4.0;
/// By how much the log likelihood must be higher than that of mere chance. Of values without a
/// pattern, some five of a hundred series reach that, with 3 trials as with 60, with one parameter
/// as with five.
const LIKELIER: f64 = 1.0;
/// The share of the variance that counts as noise otherwise.
const CHANCE: f64 = 0.5;
/// The largest values whose squares can be added.
const LARGEST: f64 = 1e150;
/// The smallest distinct spread, relative to the size of the values.
const ROUNDING: f64 = 1e-12;

impl Response {
    /// `None` if there are fewer than three values, or all are the same.
    pub(super) fn fit(encoding: &Encoding, name: &str, known: &[(&Point, f64)]) -> Option<Self> {
        if known.len() < 3 {
            return None;
        }
        let step = known.len().div_ceil(MOST);
        let known: Vec<&(&Point, f64)> = known.iter().step_by(step).collect();
        let natural: Vec<f64> = known.iter().map(|(_, value)| *value).collect();
        let (scale, values) = on_scale(name, &natural);
        let (centre, spread) = (mean(&values), variance(&values).sqrt());
        if !spread.is_finite() || spread <= ROUNDING * centre.abs() {
            return None;
        }
        let values: Vec<f64> = values.iter().map(|value| (value - centre) / spread).collect();
        let gather = |step: usize| {
            let mut inputs = Inputs::new(encoding.len());
            let chosen = known.iter().zip(&values).step_by(step);
            let chosen: Vec<f64> = chosen
                .map(|((point, _), value)| {
                    inputs.push(&encoding.encode(point));
                    *value
                })
                .collect();
            (inputs, chosen)
        };
        let (inputs, fitted) = gather(values.len().div_ceil(MOST_FITTED));
        let kernels = [Kernel::Matern52];
        let observations = Observations {
            features: encoding.features(),
            inputs: &inputs,
            values: &fitted,
            noise: Noise::Noisy,
            noises: &[],
        };
        let Fit { kernel, model, .. } = Fit::new(&kernels, observations);
        let (inputs, targets) = gather(1);
        let mut posterior = Posterior::new(kernel, encoding.features(), model, inputs, &[])?;
        posterior.observe(&targets, false);
        let trials = targets.len();
        let explains = posterior.log_likelihood() >= by_chance(&targets) + LIKELIER;
        if !explains {
            let inputs = posterior.inputs().clone();
            let model =
                Hyperparameters { scale: 1.0 - CHANCE, noise: CHANCE, ..posterior.model().clone() };
            posterior = Posterior::new(kernel, encoding.features(), model, inputs, &[])?;
            posterior.observe(&targets, false);
        }
        Some(Response { scale, posterior, trials, explains, centre, spread })
    }

    /// From the model's scale to the metric itself.
    pub(super) fn natural(&self, value: f64) -> f64 {
        let value = self.centre + self.spread * value;
        match self.scale {
            MetricScale::Linear => value,
            MetricScale::Log => value.exp(),
        }
    }

    /// By how much wider bands are than under known constants. Those were fitted to the same few
    /// trials, and functions are less even than the model has it: measured on bands of known
    /// functions, so that nine in ten hold the truth.
    pub(super) fn caution(&self) -> f64 {
        1.4 * (1.0 + 12.0 / self.trials as f64).sqrt()
    }
}

/// The log likelihood of values that differ by chance alone, under the best mean and variance.
pub(super) fn by_chance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let variance = variance(values) * (n - 1.0) / n;
    -0.5 * n * (1.0 + (2.0 * std::f64::consts::PI * variance).ln())
}

/// A metric's values on the scale on which it is read, without outliers.
pub(super) fn on_scale(name: &str, natural: &[f64]) -> (MetricScale, Vec<f64>) {
    let scale = scale_of(name, natural);
    let values = match scale {
        MetricScale::Linear => {
            let within = |value: &f64| value.clamp(-LARGEST, LARGEST);
            without_outliers(&natural.iter().map(within).collect::<Vec<f64>>())
        }
        MetricScale::Log => {
            without_outliers(&natural.iter().map(|value| value.ln()).collect::<Vec<f64>>())
        }
    };
    (scale, values)
}

fn scale_of(name: &str, values: &[f64]) -> MetricScale {
    let positive = values.iter().all(|value| *value > 0.0);
    let is_cost = name == metric::SECONDS || name == metric::PEAK_MEMORY;
    let wide = quantile(values, 0.95) > WIDE * quantile(values, 0.05);
    if positive && (is_cost || wide) { MetricScale::Log } else { MetricScale::Linear }
}

/// Values moved to the nearest that is not far from the others.
fn without_outliers(values: &[f64]) -> Vec<f64> {
    let (low, high) = (quantile(values, 0.25), quantile(values, 0.75));
    let reach = FAR * (high - low);
    if reach > 0.0 && reach.is_finite() {
        values.iter().map(|value| value.clamp(low - reach, high + reach)).collect()
    } else {
        values.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Scale, Space};

    #[test]
    fn scales_are_chosen_by_what_the_values_are() {
        assert_eq!(scale_of(metric::SECONDS, &[1.0, 1.1]), MetricScale::Log);
        assert_eq!(scale_of("loss", &[0.1, 0.2, 0.3]), MetricScale::Linear);
        assert_eq!(scale_of("loss", &[1e-5, 1e-3, 0.1, 7.0]), MetricScale::Log);
        assert_eq!(scale_of("loss", &[-1.0, 1e-3, 0.1, 7.0]), MetricScale::Linear);
    }

    #[test]
    fn a_diverged_training_does_not_hide_the_rest() {
        let values = [0.1, 0.2, 0.3, 0.4, 1e30];
        let tame = without_outliers(&values);
        assert_eq!(tame[..4], values[..4]);
        assert!(tame[4] < 2.0);
    }

    #[test]
    fn what_says_nothing_has_no_model() {
        let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
        let encoding = Encoding::new(&space);
        let points: Vec<Point> =
            (0..5).map(|i| space.point(&[f64::from(i) / 4.0]).unwrap()).collect();
        let fit = |values: [f64; 5]| {
            let known: Vec<(&Point, f64)> = points.iter().zip(values).collect();
            Response::fit(&encoding, "loss", &known)
        };
        assert!(fit([2.0; 5]).is_none());
        let response = fit([1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        let (mean, _) = response.posterior.predict(&[0.5]);
        assert!((response.natural(mean) - 3.0).abs() < 0.2);
    }
}
