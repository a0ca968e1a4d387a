//! A Gaussian process of group averages whose noise may differ from region to region.
//!
//! The noise that the sampler's fit learns is the same everywhere, and believed to be small. Neither
//! holds of a win or a loss, or of a region where training breaks down now and then. So the prior
//! density of the noise is left out here, and local variances are learned from what the model leaves
//! over: the variance v of a single value is multiplied by
//!
//! f = (Σ ω (e²/σ² + S/v) + 1)/(Σ ω k + 1),
//!
//! where the sums are over groups of k values with kernel correlation √ω, e and σ² are the group's
//! error and variance under leave-one-out, and S is the sum of squares within the group. The ones
//! keep v as it was where nothing is near. After each such step the other constants are fitted anew.

use super::groups::Group;
use crate::math::lbfgs::{Options, minimize};
use crate::surrogate::encoding::Feature;
use crate::surrogate::evidence::Evidence;
use crate::surrogate::hyperparameters::{Hyperparameters, Noise};
use crate::surrogate::inputs::Inputs;
use crate::surrogate::kernel::{Kernel, squared_distances};
use crate::surrogate::posterior::Posterior;

/// Lengthscale, scale and noise of the starts; the best of the later ones is the second start.
const STARTS: [(f64, f64, f64); 6] = [
    (0.3, 1.0, 0.01),
    (0.3, 0.5, 0.5),
    (1.0, 1.0, 1e-3),
    (1.0, 1.0, 0.1),
    (0.15, 1.0, 0.1),
    (1.0, 0.1, 1.0),
];
const SEARCH: Options =
    Options { memory: 8, iterations: 40, gradient_tolerance: 1e-2, decrease_tolerance: 1e-6 };
/// How often local noise is learned. More often follows the scatter of few values.
const PASSES: usize = 1;
/// Bounds of a variance, for values of deviation 1.
const VARIANCES: (f64, f64) = (1e-8, 1e3);

/// A group of values as one observation.
#[derive(Clone, Debug)]
pub(super) struct Observed {
    pub(super) group: Group,
    /// The average, each value weighted by the inverse of its variance where that is known.
    pub(super) value: f64,
    /// The sum of squares about the average.
    pub(super) squares: f64,
    /// The variance of the average, where those of all values are known.
    pub(super) known: Option<f64>,
}

impl Observed {
    pub(super) fn new(group: Group, values: &[f64], deviations: &[Option<f64>]) -> Self {
        let variances: Option<Vec<f64>> = group
            .members
            .iter()
            .map(|&at| deviations[at].map(|own| (own * own).clamp(VARIANCES.0, f64::MAX)))
            .collect();
        let weight = |at: usize| variances.as_ref().map_or(1.0, |all| 1.0 / all[at]);
        let numbered = || group.members.iter().enumerate();
        let total: f64 = numbered().map(|(at, _)| weight(at)).sum();
        let value = numbered().map(|(at, &own)| weight(at) * values[own]).sum::<f64>() / total;
        let squares = group.members.iter().map(|&own| (values[own] - value).powi(2)).sum();
        let known = variances.is_some().then_some(1.0 / total);
        Observed { group, value, squares, known }
    }

    pub(super) fn count(&self) -> f64 {
        self.group.members.len() as f64
    }
}

/// The constants, and the variance of a single value at each group.
#[derive(Clone, Debug)]
pub(super) struct Local {
    kernel: Kernel,
    model: Hyperparameters,
    places: Inputs,
    counts: Vec<f64>,
    pub(super) variances: Vec<f64>,
}

impl Local {
    /// Fits to few groups: the work grows with the third power.
    pub(super) fn fit(features: &[Feature], observed: &[Observed]) -> Self {
        let places = places(features, observed);
        let values: Vec<f64> = observed.iter().map(|one| one.value).collect();
        let counts: Vec<f64> = observed.iter().map(Observed::count).collect();
        let known: Vec<Option<f64>> = observed.iter().map(|one| one.known).collect();
        let some = known.iter().any(Option::is_some);
        let mut evidence = Evidence::new(
            Kernel::default(),
            features,
            &places,
            &values,
            if some { &known } else { &[] },
        );
        let bounds = Hyperparameters::bounds(features.len(), Noise::Estimated, &known);
        let start = |(length, scale, noise)| {
            let model = Hyperparameters::isotropic(features.len(), length, scale, noise);
            let mut logs = model.to_logs();
            for ((log, low), high) in logs.iter_mut().zip(&bounds.0).zip(&bounds.1) {
                *log = log.max(*low).min(*high);
            }
            logs
        };
        let mut second = (f64::NEG_INFINITY, start(STARTS[0]));
        for logs in STARTS[1..].iter().map(|&other| start(other)) {
            let density = without_noise_prior(&mut evidence, &logs, None);
            if density > second.0 {
                second = (density, logs);
            }
        }
        let mut best = (f64::NEG_INFINITY, Kernel::default(), start(STARTS[0]));
        for (kernel, from) in [
            (Kernel::Matern52, Some(start(STARTS[0]))),
            (Kernel::Matern52, Some(second.1)),
            (Kernel::Matern32, None),
            (Kernel::SquaredExponential, None),
        ] {
            evidence.set_shape(kernel);
            let from = from.unwrap_or_else(|| best.2.clone());
            let (density, logs) = climb(&mut evidence, &from, &bounds);
            if density > best.0 {
                best = (density, kernel, logs);
            }
        }
        let (_, kernel, logs) = best;
        let model = Hyperparameters::from_logs(&logs);
        let variances = vec![model.noise; observed.len()];
        let mut local = Local { kernel, model, places, counts, variances };
        if known.iter().any(Option::is_none) {
            for _ in 0..PASSES {
                local.learn_noise(features, observed, &values);
            }
        }
        local
    }

    /// One step of the local variances, and the constants that fit them.
    fn learn_noise(&mut self, features: &[Feature], observed: &[Observed], values: &[f64]) {
        let Some(posterior) = self.posterior(features, observed, &self.variances) else { return };
        let left_out = posterior.leave_one_out();
        let evidence = |at: usize| {
            let (mean, variance, value) = left_out[at];
            let error = (value - mean) * (value - mean) / variance.max(VARIANCES.0);
            error + observed[at].squares / self.variances[at]
        };
        let factors: Vec<f64> = (0..observed.len())
            .map(|place| {
                let (mut sum, mut count) = (1.0, 1.0);
                for (at, weight) in self
                    .nearness_to(features, &self.places.row(place), &self.places)
                    .into_iter()
                    .enumerate()
                {
                    if observed[at].known.is_none() {
                        sum += weight * evidence(at);
                        count += weight * self.counts[at];
                    }
                }
                sum / count
            })
            .collect();
        for (variance, factor) in self.variances.iter_mut().zip(factors) {
            *variance = (*variance * factor).clamp(VARIANCES.0, VARIANCES.1);
        }
        let noises: Vec<Option<f64>> =
            self.noises(observed, &self.variances).into_iter().map(Some).collect();
        let bounds = Hyperparameters::bounds(features.len(), Noise::PerTrial, &noises);
        let mut evidence = Evidence::new(self.kernel, features, &self.places, values, &noises);
        let mut logs = self.model.to_logs();
        for ((log, low), high) in logs.iter_mut().zip(&bounds.0).zip(&bounds.1) {
            *log = log.max(*low).min(*high);
        }
        let (_, logs) = climb(&mut evidence, &logs, &bounds);
        self.model = Hyperparameters::from_logs(&logs);
    }

    /// The variance of a single value at other places.
    pub(super) fn variances_at(&self, features: &[Feature], observed: &[Observed]) -> Vec<f64> {
        let at = |one: &Observed| {
            let near = self.nearness_to(features, &one.group.codes, &self.places);
            let weights = near.iter().zip(&self.counts).map(|(near, count)| near * count + 1e-12);
            let (mut sum, mut total) = (0.0, 0.0);
            for (weight, variance) in weights.zip(&self.variances) {
                sum += weight * variance;
                total += weight;
            }
            if total > 0.0 { sum / total } else { self.model.noise }
        };
        observed.iter().map(at).collect()
    }

    /// The variances of the averages.
    fn noises(&self, observed: &[Observed], variances: &[f64]) -> Vec<f64> {
        let own = observed.iter().zip(variances);
        own.map(|(one, variance)| one.known.unwrap_or(variance / one.count())).collect()
    }

    /// What is believed after observing the averages. `None` if no covariance factorizes.
    pub(super) fn posterior(
        &self,
        features: &[Feature],
        observed: &[Observed],
        variances: &[f64],
    ) -> Option<Posterior> {
        let noises: Vec<Option<f64>> =
            self.noises(observed, variances).into_iter().map(Some).collect();
        let inputs = places(features, observed);
        let model = self.model.clone();
        let mut posterior = Posterior::new(self.kernel, features, model, inputs, &noises)?;
        let values: Vec<f64> = observed.iter().map(|one| one.value).collect();
        posterior.observe(&values, false);
        Some(posterior)
    }

    /// ℓ⁻² of each feature.
    pub(super) fn weights(&self) -> Vec<f64> {
        self.model.weights()
    }

    /// Squares of the kernel correlations of a place with others.
    pub(super) fn nearness_to(
        &self,
        features: &[Feature],
        codes: &[f64],
        others: &Inputs,
    ) -> Vec<f64> {
        let mut near = vec![0.0; others.len()];
        squared_distances(features, &self.model.weights(), codes, others, &mut near);
        self.kernel.apply(1.0, &mut near);
        near.iter_mut().for_each(|correlation| *correlation *= *correlation);
        near
    }
}

fn places(features: &[Feature], observed: &[Observed]) -> Inputs {
    let mut places = Inputs::new(features.len());
    observed.iter().for_each(|one| places.push(&one.group.codes));
    places
}

/// The density without the prior of the noise, 0.1 ln v − 30 v.
fn without_noise_prior(
    evidence: &mut Evidence<'_>,
    logs: &[f64],
    mut gradient: Option<&mut [f64]>,
) -> f64 {
    let density = evidence.evaluate(logs, gradient.as_deref_mut());
    let Some(&log) = logs.last() else { return density };
    if let Some(slope) = gradient.and_then(<[f64]>::last_mut) {
        *slope -= 0.1 - 30.0 * log.exp();
    }
    density - 0.1 * log + 30.0 * log.exp()
}

fn climb(
    evidence: &mut Evidence<'_>,
    start: &[f64],
    bounds: &(Vec<f64>, Vec<f64>),
) -> (f64, Vec<f64>) {
    let negative = |logs: &[f64], gradient: &mut [f64]| {
        let density = without_noise_prior(evidence, logs, Some(gradient));
        gradient.iter_mut().for_each(|slope| *slope = -*slope);
        -density
    };
    let found = minimize(negative, start, &bounds.0, &bounds.1, &SEARCH);
    (-found.value, found.point)
}
