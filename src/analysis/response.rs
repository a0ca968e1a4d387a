//! A model of one metric.

use super::known::{Known, split};
use super::reading::Reading;
use crate::math::statistics::{mean, variance};
use crate::space::Point;
use crate::surrogate::{
    Encoding, Excess, Feature, Fit, Hyperparameters, Inputs, Kernel, Noise, Observations, Posterior,
};

/// A Gaussian process fitted to a metric, on a scale of deviation 1.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(super) reading: Reading,
    pub(crate) posterior: Posterior,
    features: Vec<Feature>,
    /// What adds to the variances of trials that were stopped.
    excess: Excess,
    /// How many trials it knows. One that was stopped counts for less.
    pub(super) trials: usize,
    /// Whether it is likelier than chance. If not, a good part of the variance counts as noise:
    /// a few values without any pattern lie on some smooth curve, too.
    pub(super) explains: bool,
    centre: f64,
    spread: f64,
}

/// Most trials that a model of a metric knows; of more, an even part. This and the next bound the time.
const MOST: usize = 250;
/// Most trials that its constants are fitted to.
const MOST_FITTED: usize = 120;
/// By how much the log likelihood must be higher than that of mere chance. Of values without a
/// pattern, some five of a hundred series reach that, with 3 trials as with 60, with one parameter
/// as with five.
const LIKELIER: f64 = 1.0;
/// By how much the log likelihood must be higher with noise than without to speak of it. Not varied.
const NOISY: f64 = 2.0;
/// The share of the variance that counts as noise otherwise.
const CHANCE: f64 = 0.5;
/// The smallest distinct spread, relative to the size of the values.
const ROUNDING: f64 = 1e-12;

impl Response {
    /// `None` if there are fewer than three values, or all are the same.
    pub(crate) fn fit(encoding: &Encoding, name: &str, known: &[(&Point, f64)]) -> Option<Self> {
        let known: Vec<Datum<'_>> =
            known.iter().map(|&(point, natural)| Datum { point, natural, known: None }).collect();
        Response::of(encoding, name, &known)
    }

    /// The same from trials, of which some were stopped.
    pub(crate) fn learn(encoding: &Encoding, name: &str, known: &[Known<'_>]) -> Option<Self> {
        let datum =
            |known| Datum { point: Known::point(known), natural: known.value, known: Some(known) };
        Response::of(encoding, name, &known.iter().map(datum).collect::<Vec<_>>())
    }

    fn of(encoding: &Encoding, name: &str, known: &[Datum<'_>]) -> Option<Self> {
        if known.len() < 3 {
            return None;
        }
        let step = known.len().div_ceil(MOST);
        let known: Vec<&Datum<'_>> = known.iter().step_by(step).collect();
        let natural: Vec<f64> = known.iter().map(|datum| datum.natural).collect();
        let reading = Reading::of(name, &natural);
        let values: Vec<f64> = natural.iter().map(|value| reading.value(*value)).collect();
        let (centre, spread) = (mean(&values), variance(&values).sqrt());
        if !spread.is_finite() || spread <= ROUNDING * centre.abs() {
            return None;
        }
        let standard = |natural: f64| (reading.value(natural) - centre) / spread;
        let (observed, excess) = split(known.iter().map(|datum| datum.on(standard)));
        let gather = |step: usize| {
            let mut inputs = Inputs::new(encoding.len());
            let chosen = known.iter().zip(&observed).step_by(step);
            let chosen: Vec<f64> = chosen
                .map(|(datum, value)| {
                    inputs.push(&encoding.encode(datum.point));
                    *value
                })
                .collect();
            (inputs, chosen)
        };
        let step = observed.len().div_ceil(MOST_FITTED);
        let (inputs, fitted) = gather(step);
        let kernels = [Kernel::Matern52];
        let observations = Observations {
            features: encoding.features(),
            inputs: &inputs,
            values: &fitted,
            noise: Noise::Estimated,
            noises: &[],
        };
        let fitted = excess.of((0..observed.len()).step_by(step));
        let Fit { kernel, model, .. } = Fit::with_excess(&kernels, observations, &fitted);
        let (inputs, targets) = gather(1);
        let mut posterior = excess.posterior(kernel, encoding.features(), model, inputs, &[])?;
        posterior.observe(&targets, false);
        let explains =
            posterior.log_likelihood() >= by_chance(&targets, excess.variances()) + LIKELIER;
        if !explains {
            let inputs = posterior.inputs().clone();
            let model =
                Hyperparameters { scale: 1.0 - CHANCE, noise: CHANCE, ..posterior.model().clone() };
            posterior = excess.posterior(kernel, encoding.features(), model, inputs, &[])?;
            posterior.observe(&targets, false);
        }
        let features = encoding.features().to_vec();
        let trials = excess.worth(targets.len());
        Some(Response { reading, posterior, features, excess, trials, explains, centre, spread })
    }

    /// What the other trials expect of a config, and how many standard deviations, those of a single
    /// run, a value lies above that.
    pub(super) fn left_out(
        &self,
        encoding: &Encoding,
        point: &Point,
        natural: f64,
    ) -> Option<(f64, f64)> {
        let codes = encoding.encode(point);
        let value = (self.reading.value(natural) - self.centre) / self.spread;
        let inputs = self.posterior.inputs();
        let mut same = (0..inputs.len())
            .filter(|&at| inputs.row(at) == *codes && self.posterior.observed()[at] == value);
        let (expected, variance) = match same.next() {
            Some(at) => {
                let (expected, variance, _) = self.posterior.leave_one_out().into_iter().nth(at)?;
                (expected, variance)
            }
            None => {
                let (expected, variance) = self.posterior.predict(&codes);
                (expected, variance + self.posterior.model().observation_variance(None))
            }
        };
        Some((self.natural(expected), (value - expected) / variance.sqrt()))
    }

    /// What one more run of a config is expected to give, and the standard deviation of a single
    /// run, on the scale of the model.
    pub(super) fn expected(&self, encoding: &Encoding, point: &Point) -> (f64, f64) {
        let (mean, _) = self.posterior.predict(&encoding.encode(point));
        (mean, self.posterior.model().noise.sqrt())
    }

    /// On the scale of the model.
    pub(super) fn standard(&self, natural: f64) -> f64 {
        (self.reading.value(natural) - self.centre) / self.spread
    }

    /// Whether the trials speak for noise: a model without it is less likely.
    pub(super) fn is_noisy(&self) -> bool {
        let (inputs, values) = (self.posterior.inputs(), self.posterior.observed());
        let step = values.len().div_ceil(MOST_FITTED);
        let some = inputs.every(step, 0);
        let fitted: Vec<f64> = values.iter().copied().step_by(step).collect();
        let excess = self.excess.of((0..values.len()).step_by(step));
        let fit = |noise: Noise| {
            let observations = Observations {
                features: &self.features,
                inputs: &some,
                values: &fitted,
                noise,
                noises: &[],
            };
            let kernels = [Kernel::Matern52];
            let Fit { kernel, model, .. } = Fit::with_excess(&kernels, observations, &excess);
            let mut posterior =
                excess.posterior(kernel, &self.features, model, some.clone(), &[])?;
            posterior.observe(&fitted, false);
            Some(posterior.log_likelihood())
        };
        let (noisy, exact) = (fit(Noise::Estimated), fit(Noise::Exact));
        noisy.is_some_and(|noisy| exact.is_none_or(|exact| noisy > exact + NOISY))
    }

    /// By how much likelier the metric is under this model than under one that does not know a
    /// feature. `None` without other features.
    pub(super) fn gain(&self, feature: usize) -> Option<f64> {
        let inputs = self.posterior.inputs();
        let kept: Vec<usize> = (0..inputs.features()).filter(|at| *at != feature).collect();
        if kept.is_empty() {
            return None;
        }
        let features: Vec<Feature> = kept.iter().map(|&at| self.features[at]).collect();
        let values = self.posterior.observed();
        let gather = |step: usize| {
            let mut fewer = Inputs::new(kept.len());
            for at in (0..inputs.len()).step_by(step) {
                let row = inputs.row(at);
                fewer.push(&kept.iter().map(|&at| row[at]).collect::<Vec<f64>>());
            }
            fewer
        };
        let step = values.len().div_ceil(MOST_FITTED);
        let fitted: Vec<f64> = values.iter().copied().step_by(step).collect();
        let observations = Observations {
            features: &features,
            inputs: &gather(step),
            values: &fitted,
            noise: Noise::Estimated,
            noises: &[],
        };
        let excess = self.excess.of((0..values.len()).step_by(step));
        let Fit { kernel, model, .. } =
            Fit::with_excess(&[Kernel::Matern52], observations, &excess);
        let mut without = self.excess.posterior(kernel, &features, model, gather(1), &[])?;
        without.observe(values, false);
        Some(self.posterior.log_likelihood() - without.log_likelihood())
    }

    /// From the model's scale to the metric itself.
    pub(crate) fn natural(&self, value: f64) -> f64 {
        self.reading.natural(self.centre + self.spread * value)
    }

    /// By how much wider bands are than under known constants. Those were fitted to the same few
    /// trials, and functions are less even than the model has it: measured on bands of known
    /// functions, so that nine in ten hold the truth.
    pub(super) fn caution(&self) -> f64 {
        1.4 * (1.0 + 12.0 / self.trials as f64).sqrt()
    }
}

/// What a model of a metric learns from.
struct Datum<'a> {
    point: &'a Point,
    natural: f64,
    known: Option<&'a Known<'a>>,
}

impl Datum<'_> {
    /// The value on a scale, and the variance that adds to that of any value.
    fn on(&self, scale: impl Fn(f64) -> f64) -> (f64, f64) {
        self.known.map_or_else(|| (scale(self.natural), 0.0), |known| known.on(&scale))
    }
}

/// The log likelihood of values that differ by chance alone, under the best mean and variance, where
/// something known may add to the variances.
pub(super) fn by_chance(values: &[f64], excess: &[f64]) -> f64 {
    let n = values.len() as f64;
    if !excess.is_empty() {
        let likelihood = |variance: f64| {
            let variances = || excess.iter().map(|excess| variance + excess);
            let weights: f64 = variances().map(|variance| 1.0 / variance).sum();
            let pairs = || values.iter().zip(variances());
            let centre = pairs().map(|(value, variance)| value / variance).sum::<f64>() / weights;
            let each = pairs().map(|(value, variance)| {
                (value - centre).powi(2) / variance + (2.0 * std::f64::consts::PI * variance).ln()
            });
            -0.5 * each.sum::<f64>()
        };
        // In steps of an eighth of its size, from far too little to far too much.
        let variances = (-80..=40).map(|step| 2f64.powf(f64::from(step) / 6.0));
        return variances.map(likelihood).fold(f64::NEG_INFINITY, f64::max);
    }
    let variance = variance(values) * (n - 1.0) / n;
    -0.5 * n * (1.0 + (2.0 * std::f64::consts::PI * variance).ln())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Scale, Space};

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
