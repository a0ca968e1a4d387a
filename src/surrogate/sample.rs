//! Draws of the model's constants from their posterior density.
//!
//! The most probable constants alone are too sure of themselves where trials are few or clustered: a
//! parameter that hardly varied among them may have any lengthscale. Draws are made by slice sampling
//! along random directions (Neal 2003, Slice sampling, Annals of Statistics 31, section 4), which
//! needs no step size.

use super::evidence::Evidence;
use super::excess::Excess;
use super::fit::Observations;
use super::hyperparameters::Hyperparameters;
use super::shape::Shape;
use crate::math::random::Stream;

/// Moves between two draws. Not varied.
const MOVES: usize = 6;
/// The width of a slice to begin with, and how often it is widened on either side. These set only how much a
/// move costs.
const WIDTH: f64 = 1.0;
const WIDENED: usize = 3;
/// How often a slice is narrowed before a move is given up.
const NARROWED: usize = 20;

/// Draws of the constants, of which the first is near those given. `excess` adds to the variances of
/// the observations.
pub(crate) fn sample(
    shape: impl Into<Shape>,
    observations: Observations<'_>,
    excess: &Excess,
    from: &Hyperparameters,
    count: usize,
    random: &mut Stream,
) -> Vec<Hyperparameters> {
    let Observations { features, inputs, values, noise, noises } = observations;
    let mut evidence = Evidence::new(shape, features, inputs, values, noises);
    evidence.set_excess(excess);
    let (low, high) = Hyperparameters::bounds(features.len(), noise, noises);
    let mut density = |logs: &[f64]| {
        let within = logs.iter().zip(low.iter().zip(&high));
        match within.into_iter().all(|(log, (low, high))| log >= low && log <= high) {
            true => evidence.evaluate(logs, None),
            false => f64::NEG_INFINITY,
        }
    };
    let mut logs = from.to_logs();
    for (log, (low, high)) in logs.iter_mut().zip(low.iter().zip(&high)) {
        *log = log.clamp(*low, *high);
    }
    let mut height = density(&logs);
    let mut draws = Vec::with_capacity(count);
    for _ in 0..count {
        for _ in 0..MOVES {
            if let Some(moved) = along(&mut density, &logs, height, random) {
                (logs, height) = moved;
            }
        }
        draws.push(Hyperparameters::from_logs(&logs));
    }
    draws
}

/// One move in a random direction, of some of the constants or all.
fn along(
    density: &mut impl FnMut(&[f64]) -> f64,
    from: &[f64],
    height: f64,
    random: &mut Stream,
) -> Option<(Vec<f64>, f64)> {
    let share = random.unit();
    let direction: Vec<f64> = from
        .iter()
        .map(|_| {
            let step = random.normal();
            if random.unit() < share { step } else { 0.0 }
        })
        .collect();
    let at = |step: f64| -> Vec<f64> {
        from.iter().zip(&direction).map(|(log, by)| log + step * by).collect()
    };
    let slice = height + random.open_unit().ln();
    let mut start = -WIDTH * random.unit();
    let mut end = start + WIDTH;
    for _ in 0..WIDENED {
        if density(&at(start)) <= slice {
            break;
        }
        start -= WIDTH;
    }
    for _ in 0..WIDENED {
        if density(&at(end)) <= slice {
            break;
        }
        end += WIDTH;
    }
    for _ in 0..NARROWED {
        let step = start + (end - start) * random.unit();
        let logs = at(step);
        let height = density(&logs);
        if height > slice {
            return Some((logs, height));
        }
        if step < 0.0 { start = step } else { end = step }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::statistics::{mean, variance};
    use crate::space::{Scale, Space};
    use crate::surrogate::Kernel;
    use crate::surrogate::{Encoding, Fit, Inputs, Noise};

    #[test]
    fn moves_keep_a_density() {
        // A normal law with deviations 1 and 0.1.
        let mut density = |at: &[f64]| -0.5 * (at[0].powi(2) + (at[1] / 0.1).powi(2));
        let mut random = Stream::new(7, 0);
        let (mut at, mut height) = (vec![0.0, 0.0], 0.0);
        let mut seen = [Vec::new(), Vec::new()];
        for _ in 0..20_000 {
            if let Some(moved) = along(&mut density, &at, height, &mut random) {
                (at, height) = moved;
            }
            seen.iter_mut().zip(&at).for_each(|(seen, at)| seen.push(*at));
        }
        for (seen, deviation) in seen.iter().zip([1.0, 0.1]) {
            assert!(mean(seen).abs() < 0.1 * deviation, "{}", mean(seen));
            assert!((variance(seen).sqrt() / deviation - 1.0).abs() < 0.1);
        }
    }

    #[test]
    fn what_trials_do_not_tell_stays_open() {
        let space = Space::builder()
            .float("x", 0.0..=1.0, Scale::Linear)
            .float("stuck", 0.0..=1.0, Scale::Linear)
            .build()
            .unwrap();
        let encoding = Encoding::new(&space);
        let (mut inputs, mut values) = (Inputs::new(2), Vec::new());
        for i in 0..30 {
            let x = f64::from(i) / 29.0;
            inputs.push(&[x, 0.5]);
            values.push((9.0 * x).sin());
        }
        let observations = Observations {
            features: encoding.features(),
            inputs: &inputs,
            values: &values,
            noise: Noise::Estimated,
            noises: &[],
        };
        let fit = Fit::new(&[Kernel::Matern52], observations);
        let mut random = Stream::new(1, 1);
        let draws =
            sample(fit.kernel, observations, &Excess::default(), &fit.model, 60, &mut random);
        let spread = |feature: usize| {
            let logs: Vec<f64> = draws.iter().map(|one| one.lengthscales[feature].ln()).collect();
            variance(&logs).sqrt()
        };
        assert!(spread(1) > 1.3 * spread(0), "{} {}", spread(0), spread(1));
        assert!(draws.iter().all(|one| one.noise < 0.5));
    }
}
