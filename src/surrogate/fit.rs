//! The most probable constants of the model, and the most probable kernel or shape.
//!
//! A fit from nothing searches twice by bounded L-BFGS with the first kernel: from a fixed start,
//! and from the best of a few others, which differ in roughness and noise, the two ways of
//! explaining the same scatter. Further kernels are searched from where the first one ended.
//! A sum over features is searched from short lengthscales too, which a joint function has no use for.
//! Nothing depends on what was found before, so that this fit is a function of the observations
//! alone.
//!
//! A fit that follows another one, when there are some more observations, goes on where that ended,
//! with a few steps of one search. It alternates between the kernel and constants that are in use
//! and a contender. Contenders are the other kernels, and a search from one of the starts; each has
//! its turn and keeps its place in between, so that every search comes to its end in the course of
//! some fits, none of which takes long.
//!
//! A step of a search at n observations of d parameters takes some n²(n + 3d) operations. Where the
//! work of a fit is bounded, its searches take fewer steps the more a step costs: the constants
//! then stay nearer to where the searches started.

use super::encoding::Feature;
use super::evidence::Evidence;
use super::excess::Excess;
use super::hyperparameters::{Hyperparameters, Noise};
use super::inputs::Inputs;
use super::kernel::Kernel;
use super::shape::Shape;
use crate::math::lbfgs::{Options, minimize};

/// Where the first search starts: lengthscale, scale, and noise e⁻⁵. As in the recipe that was measured.
pub(super) const FIRST: (f64, f64, f64) = (0.3, 1.0, 6.737_946_999_085_467e-3);
/// The best of these is the second start. With five starts, and with the last optimum alone, the losses are
/// the same within their errors.
const OTHERS: [(f64, f64, f64); 4] =
    [(1.0, 1.0, 1e-3), (1.0, 1.0, 0.1), (0.15, 1.0, 1e-3), (0.3, 1.0, 0.1)];

/// Where a sum over features is searched a second time. Not varied.
const ROUGH: (f64, f64, f64) = (0.15, 1.0, 1e-3);

/// Coarse on purpose: the density is flat near its mode, and what is gained beyond is below the
/// rounding that ill-conditioned covariances bring.
pub(super) const SEARCH: Options =
    Options { memory: 8, iterations: 50, gradient_tolerance: 1e-2, decrease_tolerance: 1e-6 };
/// The steps of one search in a fit that follows another one. With five the losses are the same within their
/// errors (`benches/bayesian.md`).
const FEW: Options = Options { iterations: 3, ..SEARCH };
/// The fewest steps of a search, however much they cost. Not varied.
const FEWEST: usize = 3;

/// The options of a search that may take `work` operations in all, where a step takes `step`.
pub(super) fn search(work: f64, step: f64) -> Options {
    let iterations = ((work / step) as usize).clamp(FEWEST, SEARCH.iterations);
    Options { iterations, ..SEARCH }
}

/// Some operations that the evidence of n observations of d parameters takes.
pub(crate) fn step_cost(n: usize, d: usize) -> f64 {
    let (n, d) = (n as f64, d as f64);
    n * n * (n + 3.0 * d)
}

/// Turns after which a search from one of the starts is given up for the next. Not varied.
const TURNS: usize = 4;

/// What the model's constants are fitted to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observations<'a> {
    pub(crate) features: &'a [Feature],
    pub(crate) inputs: &'a Inputs,
    pub(crate) values: &'a [f64],
    pub(crate) noise: Noise,
    /// The variances of the observations that are known; empty if none is.
    pub(crate) noises: &'a [Option<f64>],
}

/// The most probable of some kernels, with its constants.
#[derive(Clone, Debug)]
pub(crate) struct Fit {
    pub(crate) kernel: Shape,
    pub(crate) model: Hyperparameters,
    /// Other kernels and where their searches are; the last is a search from one of the starts.
    contenders: Vec<(Shape, Vec<f64>)>,
    /// How many fits went before.
    turn: usize,
}

type Bounds = (Vec<f64>, Vec<f64>);

impl Fit {
    /// The fit from nothing. Of equals, and without observations that differ, the first kernel (the
    /// default one if there is none).
    pub(crate) fn new(kernels: &[Kernel], observations: Observations<'_>) -> Fit {
        Fit::with_excess(kernels, observations, &Excess::default())
    }

    /// The fit from nothing to observations to whose variances something known adds.
    pub(crate) fn with_excess(
        kernels: &[Kernel],
        observations: Observations<'_>,
        excess: &Excess,
    ) -> Fit {
        let shapes: Vec<Shape> = kernels.iter().map(|&kernel| kernel.into()).collect();
        Fit::of(f64::INFINITY, &shapes, observations, excess)
    }

    /// The fit from nothing whose searches may take `work` operations each.
    pub(crate) fn within(work: f64, kernels: &[Shape], observations: Observations<'_>) -> Fit {
        Fit::of(work, kernels, observations, &Excess::default())
    }

    fn of(work: f64, kernels: &[Shape], observations: Observations<'_>, excess: &Excess) -> Fit {
        let Observations { features, inputs, values, noise, noises } = observations;
        let search = search(work, step_cost(inputs.len(), features.len()));
        let bounds = Hyperparameters::bounds(features.len(), noise, noises);
        let first = start(FIRST, &bounds);
        let kernel = kernels.first().copied().unwrap_or(Kernel::default().into());
        let mut ends: Vec<(f64, Shape, Vec<f64>)> = Vec::new();
        if observations.differ() {
            let mut evidence = Evidence::new(kernel, features, inputs, values, noises);
            evidence.set_excess(excess);
            let mut second = (f64::NEG_INFINITY, first.clone());
            for logs in OTHERS.map(|other| start(other, &bounds)) {
                let value = evidence.evaluate(&logs, None);
                if value > second.0 {
                    second = (value, logs);
                }
            }
            let mut best = climb(&mut evidence, &first, &bounds, &search);
            let other = climb(&mut evidence, &second.1, &bounds, &search);
            if other.0 > best.0 {
                best = other;
            }
            let from = best.1.clone();
            ends.push((best.0, kernel, best.1));
            for &other in kernels.iter().skip(1) {
                evidence.set_shape(other);
                let mut end = climb(&mut evidence, &from, &bounds, &search);
                if other.additive {
                    let again = climb(&mut evidence, &start(ROUGH, &bounds), &bounds, &search);
                    if again.0 > end.0 {
                        end = again;
                    }
                }
                ends.push((end.0, other, end.1));
            }
            // Stable, so that among equal ones the first stays the first.
            ends.sort_by(|a, b| b.0.total_cmp(&a.0));
        } else {
            ends.extend(kernels.iter().map(|&kernel| (0.0, kernel, first.clone())));
        }
        let mut ends = ends.into_iter().map(|(_, kernel, logs)| (kernel, logs));
        let (kernel, logs) = ends.next().unwrap_or((kernel, first.clone()));
        let contenders = ends.chain([(kernel, first)]).collect();
        Fit { kernel, model: Hyperparameters::from_logs(&logs), contenders, turn: 0 }
    }

    /// The fit to more observations, which follows this one.
    pub(crate) fn follow(&self, observations: Observations<'_>) -> Fit {
        let Observations { features, inputs, values, noise, noises } = observations;
        let mut next = Fit { turn: self.turn + 1, ..self.clone() };
        if !observations.differ() {
            return next;
        }
        let bounds = Hyperparameters::bounds(features.len(), noise, noises);
        let mut evidence = Evidence::new(self.kernel, features, inputs, values, noises);
        let current = self.model.to_logs();
        if self.turn.is_multiple_of(2) {
            let (_, logs) = climb(&mut evidence, &current, &bounds, &FEW);
            next.model = Hyperparameters::from_logs(&logs);
            return next;
        }
        let count = next.contenders.len().max(1);
        let (round, at) = (self.turn / 2 / count, self.turn / 2 % count);
        if let Some((kernel, logs)) = next.contenders.get_mut(at) {
            if at + 1 == count && round.is_multiple_of(TURNS) {
                let starts = || std::iter::once(FIRST).chain(OTHERS);
                let chosen = starts().nth(round / TURNS % starts().count()).unwrap_or(FIRST);
                *logs = start(chosen, &bounds);
                *kernel = self.kernel;
            }
            let value = evidence.evaluate(&current, None);
            evidence.set_shape(*kernel);
            let found = climb(&mut evidence, logs, &bounds, &FEW);
            *logs = found.1;
            if found.0 > value {
                next.model = Hyperparameters::from_logs(logs);
                *logs = current;
                std::mem::swap(&mut next.kernel, kernel);
            }
        }
        next
    }
}

impl Observations<'_> {
    /// Whether they say anything about the constants.
    pub(super) fn differ(&self) -> bool {
        self.values.iter().any(|value| *value != self.values[0])
    }
}

/// The logarithms of constants that are the same for all features, within the bounds.
pub(super) fn start((lengthscale, scale, noise): (f64, f64, f64), bounds: &Bounds) -> Vec<f64> {
    let features = bounds.0.len().saturating_sub(2);
    let mut logs = Hyperparameters::isotropic(features, lengthscale, scale, noise).to_logs();
    for ((log, low), high) in logs.iter_mut().zip(&bounds.0).zip(&bounds.1) {
        *log = log.max(*low).min(*high);
    }
    logs
}

/// The highest evidence that is found from a start, and where.
pub(super) fn climb(
    evidence: &mut Evidence<'_>,
    start: &[f64],
    bounds: &Bounds,
    options: &Options,
) -> (f64, Vec<f64>) {
    let negative = |logs: &[f64], gradient: &mut [f64]| {
        let value = evidence.evaluate(logs, Some(gradient));
        gradient.iter_mut().for_each(|slope| *slope = -*slope);
        -value
    };
    let found = minimize(negative, start, &bounds.0, &bounds.1, options);
    (-found.value, found.point)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;

    fn fit(
        kernels: &[Kernel],
        noise: Noise,
        features: &[Feature],
        inputs: &Inputs,
        values: &[f64],
    ) -> (Kernel, Hyperparameters) {
        let noises = &[];
        let observations = Observations { features, inputs, values, noise, noises };
        let fit = Fit::new(kernels, observations);
        (fit.kernel.kernel, fit.model)
    }

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
        let (_, exact) = fit(&[Kernel::Matern52], Noise::Negligible, &features, &inputs, &values);
        assert!(exact.lengthscales[1] > 2.0 * exact.lengthscales[0], "{exact:?}");
        assert!(exact.noise < 1e-2);
        let (inputs, values) = data(60, 0.5);
        let (_, noisy) = fit(&[Kernel::Matern52], Noise::Estimated, &features, &inputs, &values);
        assert!(noisy.noise > 0.03, "{noisy:?}");
        let (_, told) = fit(&[Kernel::Matern52], Noise::Exact, &features, &inputs, &values);
        assert!((told.noise - 1e-9).abs() < 1e-15);
    }

    #[test]
    fn the_kernel_is_as_rough_as_the_function() {
        let features = [Feature::Continuous; 2];
        let (inputs, smooth) = data(60, 0.0);
        // A zigzag has kinks.
        let zigzag = |x: &f64| ((5.0 * x).fract() - 0.5).abs();
        let rough: Vec<f64> = inputs.column(0).iter().map(zigzag).collect();
        let chosen =
            |values: &[f64]| fit(&Kernel::ALL, Noise::Negligible, &features, &inputs, values);
        assert_eq!(chosen(&smooth).0, Kernel::SquaredExponential);
        assert_ne!(chosen(&rough).0, Kernel::SquaredExponential);
    }

    #[test]
    fn a_sum_is_told_from_what_is_none() {
        let features = [Feature::Continuous; 4];
        let shapes = [Shape::from(Kernel::Matern52), Shape::sum(Kernel::Matern52)];
        let mut random = Stream::new(2, 0);
        let mut inputs = Inputs::new(4);
        (0..40).for_each(|_| inputs.push(&[(); 4].map(|()| random.unit())));
        let valleys = |x: f64| (4.0 * std::f64::consts::PI * x).cos() + x;
        let sum = |x: &[f64]| x.iter().map(|x| valleys(*x)).sum::<f64>();
        let product = |x: &[f64]| x.iter().map(|x| (3.0 * x).sin()).product::<f64>();
        let shape = |loss: &dyn Fn(&[f64]) -> f64| {
            let values: Vec<f64> = (0..40).map(|at| loss(&inputs.row(at))).collect();
            let (features, inputs, values) = (&features[..], &inputs, &values[..]);
            let (noise, noises) = (Noise::Negligible, &[][..]);
            Fit::within(
                f64::INFINITY,
                &shapes,
                Observations { features, inputs, values, noise, noises },
            )
            .kernel
        };
        assert!(shape(&sum).additive);
        assert!(!shape(&product).additive);
    }

    #[test]
    fn fits_that_follow_are_as_good_as_fits_from_nothing() {
        let features = [Feature::Continuous; 2];
        let (inputs, smooth) = data(120, 0.05);
        let zigzag = |x: &f64| ((5.0 * x).fract() - 0.5).abs();
        let rough: Vec<f64> = inputs.column(0).iter().map(zigzag).collect();
        // From the 90th observation on another function, which asks for other constants.
        let changed: Vec<f64> =
            (0..120).map(|i| if i < 90 { smooth[i] } else { rough[i] }).collect();
        for values in [smooth, rough, changed] {
            let mut known = Inputs::new(2);
            let mut fit = None;
            for n in 1..=120 {
                known.push(&inputs.row(n - 1));
                let values = &values[..n];
                let (inputs, noise, noises) = (&known, Noise::Negligible, &[]);
                let observations =
                    Observations { features: &features, inputs, values, noise, noises };
                if n == 50 {
                    fit = Some(Fit::new(&Kernel::ALL, observations));
                } else if n % 3 == 0 {
                    fit = fit.map(|fit: Fit| fit.follow(observations));
                }
            }
            let fit = fit.unwrap();
            let (inputs, values, noise) = (&inputs, &values[..], Noise::Negligible);
            let noises = &[];
            let observations = Observations { features: &features, inputs, values, noise, noises };
            let fresh = Fit::new(&Kernel::ALL, observations);
            let evidence = |fit: &Fit| {
                let mut evidence = Evidence::new(fit.kernel, &features, inputs, values, noises);
                evidence.evaluate(&fit.model.to_logs(), None)
            };
            let lost = evidence(&fresh) - evidence(&fit);
            assert!(lost < 0.5, "{lost} {fit:?} {fresh:?}");
        }
    }

    #[test]
    fn observations_that_say_nothing_leave_the_start() {
        let features = [Feature::Continuous; 2];
        for n in [0, 1, 2, 30] {
            let (inputs, _) = data(n, 0.0);
            let (_, model) =
                fit(&[Kernel::Matern52], Noise::Negligible, &features, &inputs, &vec![0.0; n]);
            assert!((model.lengthscales[0] - 0.3).abs() < 1e-12);
        }
    }
}
