//! What trials make one believe of the function, evenly spread.
//!
//! Trials of a search are clustered where the goal is good: a forest that is grown from them measures
//! where the search has been, and names what varied there. A Gaussian process of the trials believes
//! something of every config, and how little where nothing was tried. So variances are those of draws
//! of it at places that follow the distributions of the space. What the trials leave open differs
//! from draw to draw; the constants of the process do as well.

use super::fanova;
use super::forest::{Data, tree};
use crate::math::linalg::Cholesky;
use crate::math::random::Stream;
use crate::math::statistics::mean;
use crate::space::Point;
use crate::surrogate::{
    Encoding, Excess, Feature, Fit, Inputs, Kernel, Noise, Observations, Posterior, representative,
    sample_constants,
};

/// Most trials that the process knows, and that its constants are drawn from. They bound the time.
const MOST: usize = 300;
const MOST_FITTED: usize = 120;
/// Draws of the constants, and of the function under each. They bound the time.
const CONSTANTS: usize = 16;
const DRAWS: u64 = 4;
/// Trials this many deviations off what the others say of them are outliers, unless they are more than
/// one in `ONE_IN`. A training that diverged beside others that did not says little on hyperparameters.
const OUTLIER: f64 = 3.5;
const ONE_IN: usize = 20;
/// Cells into which a parameter with many values is divided. Not varied.
const CELLS: usize = 12;

/// Gaussian processes of the same trials, equally probable.
pub(super) struct Belief {
    processes: Vec<Posterior>,
    /// Trials that no model of the others foresees, and that count for less.
    pub(super) outliers: usize,
}

/// The variances that parameters make, draw by draw.
pub(super) struct Variances {
    /// Of each draw.
    pub(super) whole: Vec<f64>,
    /// Of each draw, the main effect of each feature.
    pub(super) main: Vec<Vec<f64>>,
    /// For pairs (1, 0), (2, 0), (2, 1), (3, 0), …, on average.
    pub(super) pairs: Vec<f64>,
}

impl Belief {
    /// From points, their losses, by which the most important are chosen if there are many, and the
    /// losses on the scale on which they are modelled, with mean 0 and deviation 1, and what adds to their
    /// variances.
    pub(super) fn new(
        encoding: &Encoding,
        points: &[&Point],
        losses: &[f64],
        (values, excess): (&[f64], &Excess),
        seed: u64,
    ) -> Self {
        let chosen = representative(losses, MOST);
        let mut inputs = Inputs::new(encoding.len());
        chosen.iter().for_each(|&at| inputs.push(&encoding.encode(points[at])));
        let targets: Vec<f64> = chosen.iter().map(|&at| values[at]).collect();
        let excess = excess.of(chosen.iter().copied());
        let kept: Vec<f64> = chosen.iter().map(|&at| losses[at]).collect();
        let few = representative(&kept, MOST_FITTED);
        let mut fewer = Inputs::new(encoding.len());
        few.iter().for_each(|&at| fewer.push(&inputs.row(at)));
        let fitted: Vec<f64> = few.iter().map(|&at| targets[at]).collect();
        let excess_of_few = excess.of(few.iter().copied());
        let mut noises = vec![None; chosen.len()];
        let known = |noises: &[Option<f64>]| -> Vec<Option<f64>> {
            few.iter().map(|&at| noises[at]).collect()
        };
        let observed = |model, noises: &[Option<f64>]| {
            let features = encoding.features();
            let mut process =
                excess.posterior(Kernel::Matern52, features, model, inputs.clone(), noises)?;
            process.observe(&targets, false);
            Some(process)
        };
        let fit = |noises: &[Option<f64>]| {
            let noises = known(noises);
            let observations = observations(encoding, &fewer, &fitted, &noises);
            Fit::with_excess(&[Kernel::Matern52], observations, &excess_of_few).model
        };
        let mut model = fit(&noises);
        let found = observed(model.clone(), &noises).map_or_else(Vec::new, |one| outliers(&one));
        if !found.is_empty() {
            found.iter().for_each(|&(at, noise)| noises[at] = Some(noise));
            model = fit(&noises);
        }
        let mut random = Stream::new(seed, u64::MAX);
        let known = known(&noises);
        let observed_few = observations(encoding, &fewer, &fitted, &known);
        let constants = sample_constants(
            Kernel::Matern52,
            observed_few,
            &excess_of_few,
            &model,
            CONSTANTS,
            &mut random,
        );
        let processes = constants.into_iter().filter_map(|model| observed(model, &noises));
        Belief { processes: processes.collect(), outliers: found.len() }
    }

    /// The variances over some places, whose codes are those of `data` and of whatever else varies.
    pub(super) fn variances(&self, places: &Inputs, mut data: Data, seed: u64) -> Variances {
        let m = places.len();
        let cells: Vec<Vec<usize>> = data
            .features
            .iter()
            .zip(&data.columns)
            .map(|(feature, column)| column.iter().map(|code| cell(*feature, *code)).collect())
            .collect();
        let (mut whole, mut main, mut trees) = (Vec::new(), Vec::new(), Vec::new());
        for (at, process) in self.processes.iter().enumerate() {
            let mut random = Stream::new(seed, at as u64);
            let (means, covariance) = process.predict_jointly(places);
            let Ok(factor) = Cholesky::with_jitter(&covariance) else { continue };
            for _ in 0..DRAWS {
                let normal: Vec<f64> = (0..m).map(|_| random.normal()).collect();
                let by_chance =
                    |i: usize| (0..=i).map(|j| factor.get(i, j) * normal[j]).sum::<f64>();
                let draw: Vec<f64> = (0..m).map(|i| means[i] + by_chance(i)).collect();
                let around = mean(&draw);
                let variance =
                    draw.iter().map(|value| (value - around).powi(2)).sum::<f64>() / m as f64;
                if variance > 0.0 {
                    whole.push(variance);
                    main.push(cells.iter().map(|cells| of_cells(cells, &draw)).collect());
                }
            }
            data.values = means;
            trees.push(tree(&data, &mut random));
        }
        let pairs = fanova::interactions(&data, &trees);
        Variances { whole, main, pairs }
    }
}

fn observations<'a>(
    encoding: &'a Encoding,
    inputs: &'a Inputs,
    values: &'a [f64],
    noises: &'a [Option<f64>],
) -> Observations<'a> {
    Observations { features: encoding.features(), inputs, values, noise: Noise::Estimated, noises }
}

/// Observations that the others do not foresee, with the variance that they seem to have.
fn outliers(process: &Posterior) -> Vec<(usize, f64)> {
    let left_out = process.leave_one_out();
    let most = left_out.len().div_ceil(ONE_IN);
    let squares = left_out.iter().map(|(mean, variance, value)| {
        let square = (value - mean).powi(2);
        (square / variance, square)
    });
    let far = squares.enumerate().filter(|(_, (ratio, _))| *ratio > OUTLIER * OUTLIER);
    let found: Vec<(usize, f64)> = far.map(|(at, (_, square))| (at, square)).collect();
    if found.len() <= most { found } else { Vec::new() }
}

fn cell(feature: Feature, code: f64) -> usize {
    let among = |cells: usize| ((code * cells as f64) as usize).min(cells - 1);
    match feature {
        Feature::Choice { .. } => code.max(0.0) as usize,
        Feature::Discrete { levels } if levels <= CELLS as u64 => among(levels as usize),
        _ => among(CELLS),
    }
}

/// The variance of the means of cells, without what chance makes of few values per cell.
fn of_cells(cells: &[usize], values: &[f64]) -> f64 {
    let count = cells.iter().max().map_or(0, |last| last + 1);
    let mut sums = vec![(0.0, 0.0); count];
    for (&cell, value) in cells.iter().zip(values) {
        sums[cell].0 += value;
        sums[cell].1 += 1.0;
    }
    let n = values.len() as f64;
    let around = values.iter().sum::<f64>() / n;
    let known = || sums.iter().filter(|(_, number)| *number > 0.0);
    let between: f64 = known().map(|(sum, number)| number * (sum / number - around).powi(2)).sum();
    let all: f64 = values.iter().map(|value| (value - around).powi(2)).sum();
    let (free, left) = (known().count() as f64 - 1.0, n - known().count() as f64);
    if left <= 0.0 {
        return between / n;
    }
    (between - free * (all - between) / left) / n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_find_main_effects_without_bias() {
        let mut random = Stream::new(3, 0);
        let (mut found, mut idle) = (Vec::new(), Vec::new());
        for _ in 0..200 {
            let codes: Vec<f64> = (0..300).map(|_| random.unit()).collect();
            let values: Vec<f64> =
                codes.iter().map(|code| 12f64.sqrt() * code + random.normal()).collect();
            let others: Vec<usize> =
                (0..300).map(|_| cell(Feature::Continuous, random.unit())).collect();
            let own: Vec<usize> =
                codes.iter().map(|code| cell(Feature::Continuous, *code)).collect();
            found.push(of_cells(&own, &values));
            idle.push(of_cells(&others, &values));
        }
        assert!((mean(&found) - 1.0).abs() < 0.03, "{}", mean(&found));
        assert!(mean(&idle).abs() < 0.01, "{}", mean(&idle));
    }
}
