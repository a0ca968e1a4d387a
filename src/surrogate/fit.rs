//! The most probable constants of the model, and the most probable kernel.
//!
//! Two searches by bounded L-BFGS for the first kernel: from a fixed start, and from the best of a
//! few others, which differ in roughness and noise, the two ways of explaining the same scatter.
//! Further kernels are searched from where the first one ended. Nothing depends on what was found
//! before, so that the fit is a function of the observations alone.

use super::encoding::{Feature, Inputs};
use super::evidence::Evidence;
use super::hyperparameters::{Hyperparameters, Noise};
use super::kernel::Kernel;
use crate::math::lbfgs::{Options, minimize};

/// Where the first search starts: lengthscale, scale, and noise e⁻⁵.
const FIRST: (f64, f64, f64) = (0.3, 1.0, 6.737_946_999_085_467e-3);
/// The best of these is the second start.
const OTHERS: [(f64, f64, f64); 4] =
    [(1.0, 1.0, 1e-3), (1.0, 1.0, 0.1), (0.15, 1.0, 1e-3), (0.3, 1.0, 0.1)];

/// Coarse on purpose: the density is flat near its mode, and what is gained beyond is below the
/// rounding that ill-conditioned covariances bring.
const SEARCH: Options =
    Options { memory: 8, iterations: 50, gradient_tolerance: 1e-2, decrease_tolerance: 1e-6 };

/// The most probable of the kernels, with its constants, for `values` at `inputs`. Of equals, and
/// without observations that differ, the first kernel (the default one if there is none).
pub(crate) fn fit(
    kernels: &[Kernel],
    noise: Noise,
    features: &[Feature],
    inputs: &Inputs,
    values: &[f64],
) -> (Kernel, Hyperparameters) {
    let d = features.len();
    let bounds = Hyperparameters::bounds(d, noise);
    let within = |(lengthscale, scale, noise): (f64, f64, f64)| {
        let mut logs = Hyperparameters::isotropic(d, lengthscale, scale, noise).to_logs();
        for ((log, low), high) in logs.iter_mut().zip(&bounds.0).zip(&bounds.1) {
            *log = log.max(*low).min(*high);
        }
        logs
    };
    let first = within(FIRST);
    let kernel = kernels.first().copied().unwrap_or_default();
    let varied = values.iter().any(|value| *value != values[0]);
    if values.len() < 2 || !varied {
        return (kernel, Hyperparameters::from_logs(&first));
    }
    let mut evidence = Evidence::new(kernel, features, inputs, values);
    let mut second = (f64::NEG_INFINITY, first.clone());
    for logs in OTHERS.map(within) {
        let value = evidence.evaluate(&logs, None);
        if value > second.0 {
            second = (value, logs);
        }
    }
    let mut best = climb(&mut evidence, &first, &bounds);
    let other = climb(&mut evidence, &second.1, &bounds);
    if other.0 > best.0 {
        best = other;
    }
    let mut chosen = kernel;
    let start = best.1.clone();
    for &other in kernels.iter().skip(1) {
        evidence.set_kernel(other);
        let found = climb(&mut evidence, &start, &bounds);
        if found.0 > best.0 {
            (best, chosen) = (found, other);
        }
    }
    (chosen, Hyperparameters::from_logs(&best.1))
}

/// The highest evidence that is found from a start, and where.
fn climb(
    evidence: &mut Evidence<'_>,
    start: &[f64],
    bounds: &(Vec<f64>, Vec<f64>),
) -> (f64, Vec<f64>) {
    let negative = |logs: &[f64], gradient: &mut [f64]| {
        let value = evidence.evaluate(logs, Some(gradient));
        gradient.iter_mut().for_each(|slope| *slope = -*slope);
        -value
    };
    let found = minimize(negative, start, &bounds.0, &bounds.1, &SEARCH);
    (-found.value, found.point)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;

    fn data(n: usize, noise: f64) -> (Inputs, Vec<f64>) {
        let mut random = Stream::new(1, 0);
        let mut inputs = Inputs::new(2);
        let mut values = Vec::new();
        for _ in 0..n {
            let codes = [random.unit(), random.unit()];
            inputs.push(&codes);
            values.push((12.0 * codes[0]).sin() + noise * random.normal());
        }
        (inputs, values)
    }

    #[test]
    fn parameters_without_effect_get_long_lengthscales_and_noise_is_found() {
        let features = [Feature::Continuous; 2];
        let (inputs, values) = data(60, 0.0);
        let (_, exact) = fit(&[Kernel::Matern52], Noise::Unknown, &features, &inputs, &values);
        assert!(exact.lengthscales[1] > 2.0 * exact.lengthscales[0], "{exact:?}");
        assert!(exact.noise < 1e-2);
        let (inputs, values) = data(60, 0.5);
        let (_, noisy) = fit(&[Kernel::Matern52], Noise::Noisy, &features, &inputs, &values);
        assert!(noisy.noise > 0.03, "{noisy:?}");
        let (_, told) = fit(&[Kernel::Matern52], Noise::Exact, &features, &inputs, &values);
        assert!((told.noise - 1e-6).abs() < 1e-12);
    }

    #[test]
    fn the_kernel_is_as_rough_as_the_function() {
        let features = [Feature::Continuous; 2];
        let (inputs, smooth) = data(60, 0.0);
        // A zigzag has kinks.
        let zigzag = |x: &f64| ((5.0 * x).fract() - 0.5).abs();
        let rough: Vec<f64> = inputs.column(0).iter().map(zigzag).collect();
        let chosen = |values: &[f64]| fit(&Kernel::ALL, Noise::Unknown, &features, &inputs, values);
        assert_eq!(chosen(&smooth).0, Kernel::SquaredExponential);
        assert_ne!(chosen(&rough).0, Kernel::SquaredExponential);
    }

    #[test]
    fn observations_that_say_nothing_leave_the_start() {
        let features = [Feature::Continuous; 2];
        for n in [0, 1, 2, 30] {
            let (inputs, _) = data(n, 0.0);
            let (_, model) =
                fit(&[Kernel::Matern52], Noise::Unknown, &features, &inputs, &vec![0.0; n]);
            assert!((model.lengthscales[0] - 0.3).abs() < 1e-12);
        }
    }
}
