//! The most probable constants of the model.
//!
//! Two searches by bounded L-BFGS: from a fixed start, and from the best of a few others, which
//! differ in roughness and noise, the two ways of explaining the same scatter. None depends on what was
//! found before, so that the fit is a function of the observations alone.

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

/// Fits the constants to `values` at `inputs`.
pub(crate) fn fit(
    kernel: Kernel,
    noise: Noise,
    features: &[Feature],
    inputs: &Inputs,
    values: &[f64],
) -> Hyperparameters {
    let d = features.len();
    let (lower, upper) = Hyperparameters::bounds(d, noise);
    let within = |(lengthscale, scale, noise): (f64, f64, f64)| {
        let mut logs = Hyperparameters::isotropic(d, lengthscale, scale, noise).to_logs();
        for ((log, low), high) in logs.iter_mut().zip(&lower).zip(&upper) {
            *log = log.max(*low).min(*high);
        }
        logs
    };
    let first = within(FIRST);
    let varied = values.iter().any(|value| (value - values[0]).abs() > 0.0);
    if values.len() < 2 || !varied {
        return Hyperparameters::from_logs(&first);
    }
    let mut evidence = Evidence::new(kernel, features, inputs, values);
    let mut second = (f64::NEG_INFINITY, first.clone());
    for other in OTHERS {
        let logs = within(other);
        let value = evidence.evaluate(&logs, None);
        if value > second.0 {
            second = (value, logs);
        }
    }
    let mut best = (f64::INFINITY, first.clone());
    for start in [&first, &second.1] {
        let negative = |logs: &[f64], gradient: &mut [f64]| {
            let value = evidence.evaluate(logs, Some(gradient));
            gradient.iter_mut().for_each(|slope| *slope = -*slope);
            -value
        };
        let found = minimize(negative, start, &lower, &upper, &SEARCH);
        if found.value < best.0 {
            best = (found.value, found.point);
        }
    }
    Hyperparameters::from_logs(&best.1)
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
        let exact = fit(Kernel::Matern52, Noise::Unknown, &features, &inputs, &values);
        assert!(exact.lengthscales[1] > 2.0 * exact.lengthscales[0], "{exact:?}");
        assert!(exact.noise < 1e-2);
        let (inputs, values) = data(60, 0.5);
        let noisy = fit(Kernel::Matern52, Noise::Noisy, &features, &inputs, &values);
        assert!(noisy.noise > 0.03, "{noisy:?}");
        let told = fit(Kernel::Matern52, Noise::Exact, &features, &inputs, &values);
        assert!((told.noise - 1e-6).abs() < 1e-12);
    }

    #[test]
    fn observations_that_say_nothing_leave_the_start() {
        let features = [Feature::Continuous; 2];
        for n in [0, 1, 2, 30] {
            let (inputs, _) = data(n, 0.0);
            let model = fit(Kernel::Matern52, Noise::Unknown, &features, &inputs, &vec![0.0; n]);
            assert!((model.lengthscales[0] - 0.3).abs() < 1e-12);
        }
    }
}
