//! How much each of several processes predicts.
//!
//! Values z are taken for a sum of what S processes predict, M w, and of a process that knew nothing
//! beforehand: z ~ N(m + M w, K), with weights wᵢ ~ N(1/S, κ²) that are not below 0. K is the covariance of
//! that process, so that many observations in one place count little more than one. The most probable weights
//! are taken, by coordinate descent (universal kriging with a prior on the trend's coefficients; Omre 1987,
//! Mathematical Geology 19).

use super::posterior::Posterior;
use crate::math::linalg::{axpy, dot};

/// κ. What one process predicts may well be all or nothing of what is true. Not varied.
const DOUBT: f64 = 1.0;
/// Rounds of the descent at most, and what a round must change to be followed by another one.
const ROUNDS: usize = 200;
const UNCHANGED: f64 = 1e-9;

/// The weights of S processes, given what each of them `predicted` of each input of `rest`, the process that
/// models what they leave. Without inputs each has the weight 1/S.
pub(crate) fn weights(rest: &Posterior, predicted: &[Vec<f64>], values: &[f64]) -> Vec<f64> {
    let count = predicted.first().map_or(0, Vec::len);
    let before = 1.0 / count.max(1) as f64;
    let mut weights = vec![before; count];
    let mut ones = vec![1.0; values.len()];
    rest.whiten(&mut ones);
    let length = dot(&ones, &ones).max(f64::MIN_POSITIVE);
    // Independent of each other, and without what a constant explains.
    let whiten = |mut column: Vec<f64>| {
        rest.whiten(&mut column);
        axpy(-dot(&column, &ones) / length, &ones, &mut column);
        column
    };
    let column = |at: usize| whiten(predicted.iter().map(|means| means[at]).collect());
    let columns: Vec<Vec<f64>> = (0..count).map(column).collect();
    let mut left = whiten(values.to_vec());
    columns.iter().for_each(|column| axpy(-before, column, &mut left));
    let precision = DOUBT.powi(-2);
    for _ in 0..ROUNDS {
        let mut changed: f64 = 0.0;
        for (weight, column) in weights.iter_mut().zip(&columns) {
            let slope = dot(column, &left) - precision * (*weight - before);
            let moved = (*weight + slope / (dot(column, column) + precision)).max(0.0);
            axpy(*weight - moved, column, &mut left);
            changed = changed.max((*weight - moved).abs());
            *weight = moved;
        }
        if changed < UNCHANGED {
            break;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;
    use crate::surrogate::{Feature, Hyperparameters, Inputs, Kernel};

    fn rest(inputs: &Inputs) -> Posterior {
        let model = Hyperparameters::isotropic(1, 0.3, 0.2, 0.1);
        Posterior::new(Kernel::Matern52, &[Feature::Continuous], model, inputs.clone(), &[])
            .unwrap()
    }

    fn places(count: usize) -> Inputs {
        let mut random = Stream::new(7, 0);
        let mut inputs = Inputs::new(1);
        (0..count).for_each(|_| inputs.push(&[random.unit()]));
        inputs
    }

    #[test]
    fn what_agrees_keeps_its_weight_and_what_misleads_loses_it() {
        let inputs = places(12);
        let truth = |x: f64| (6.0 * x).sin();
        let x: Vec<f64> = inputs.column(0).to_vec();
        let predicted: Vec<Vec<f64>> =
            x.iter().map(|&x| vec![truth(x), -truth(x), (9.0 * x).cos()]).collect();
        let values: Vec<f64> = x.iter().map(|&x| 40.0 + truth(x)).collect();
        let found = weights(&rest(&inputs), &predicted, &values);
        assert!(found[0] > 0.8 && found[1] == 0.0 && found[2] < 0.15, "{found:?}");
    }

    #[test]
    fn weights_are_those_of_a_grid_search() {
        let inputs = places(6);
        let predicted: Vec<Vec<f64>> =
            inputs.column(0).iter().map(|&x| vec![x, (5.0 * x).sin()]).collect();
        let values: Vec<f64> = inputs.column(0).iter().map(|&x| 2.0 * x * x).collect();
        let found = weights(&rest(&inputs), &predicted, &values);
        // The density, with the constant that is most probable for each pair of weights.
        let density = |pair: [f64; 2]| {
            let mut process = rest(&inputs);
            let left: Vec<f64> = predicted
                .iter()
                .zip(&values)
                .map(|(means, value)| value - means[0] * pair[0] - means[1] * pair[1])
                .collect();
            process.observe(&left, false);
            let prior: f64 = pair.iter().map(|weight| (weight - 0.5).powi(2)).sum();
            process.log_likelihood() - 0.5 * prior / (DOUBT * DOUBT)
        };
        let highest = density([found[0], found[1]]);
        for step in [1e-3, 0.05, 0.5] {
            for other in [[step, 0.0], [-step, 0.0], [0.0, step], [0.0, -step]] {
                let pair = [(found[0] + other[0]).max(0.0), (found[1] + other[1]).max(0.0)];
                assert!(density(pair) <= highest + 1e-12, "{found:?} {pair:?}");
            }
        }
    }

    #[test]
    fn nothing_known_leaves_them_as_they_were() {
        let none = Inputs::new(1);
        assert!(weights(&rest(&none), &[], &[]).is_empty());
        let one = places(1);
        assert_eq!(weights(&rest(&one), &[vec![3.0, 1.0]], &[0.0]), [0.5, 0.5]);
    }
}
