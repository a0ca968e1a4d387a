//! A space whose branches share nothing: four models of smartcore, each with hyperparameters of its
//! own, on two of its data sets, 50 trials, over 20 seeds.
//!
//! ```text
//! cargo bench -p tunewright-benches --bench conditional
//! cargo bench -p tunewright-benches --bench conditional -- --serve diabetes
//! ```
//!
//! The second form answers configs, one JSON object a line, with their losses, so that other tuners
//! can be measured on the same objective; `benches/peers/conditional.py` does so with Optuna's TPE.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::{BufRead, Write};

use serde::Deserialize;
use smartcore::dataset::{boston, diabetes};
use smartcore::ensemble::random_forest_regressor::{
    RandomForestRegressor, RandomForestRegressorParameters,
};
use smartcore::error::Failed;
use smartcore::linalg::basic::arrays::Array2;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::elastic_net::{ElasticNet, ElasticNetParameters};
use smartcore::metrics::distance::Distances;
use smartcore::model_selection::{BaseKFold, KFold};
use smartcore::neighbors::KNNWeightFunction;
use smartcore::neighbors::knn_regressor::{KNNRegressor, KNNRegressorParameters};
use smartcore::svm::Kernels;
use smartcore::svm::svr::{SVR, SVRParameters};
use tunewright::math::statistics::{mean, median, variance};
use tunewright::prelude::*;
use tunewright::sampler::Sampler;

const SEEDS: u64 = 20;
const TRIALS: usize = 50;
const FOLDS: usize = 3;

/// A model and its hyperparameters. `conditional.py` describes the same space.
#[derive(Tunable, Deserialize, Clone, Debug)]
#[serde(tag = "model", rename_all = "snake_case")]
enum Model {
    /// Support vectors with a Gaussian kernel.
    SupportVectors {
        #[tune(range = 1e-2..=1e3, log)]
        penalty: f64,
        #[tune(range = 1e-4..=1.0, log)]
        gamma: f64,
        /// Half the width of the tube without loss, in deviations of the target.
        #[tune(range = 1e-3..=1.0, log)]
        tube: f64,
    },
    /// A random forest.
    Forest {
        #[tune(range = 5..=50, log)]
        trees: usize,
        #[tune(range = 1..=10)]
        inputs_per_split: usize,
        #[tune(range = 1..=20, log)]
        samples_per_leaf: usize,
        #[tune(range = 1..=15)]
        max_depth: u16,
    },
    /// A linear model with both penalties.
    ElasticNet {
        #[tune(range = 1e-4..=1e1, log)]
        alpha: f64,
        #[tune(range = 0.01..=0.99)]
        l1_ratio: f64,
    },
    /// The average of near examples.
    Neighbours {
        #[tune(range = 1..=50, log)]
        count: usize,
        weighted: bool,
        /// The norm's exponent.
        #[tune(range = 1..=5)]
        power: u16,
    },
}

/// Inputs and target, all of mean 0 and deviation 1.
struct Examples {
    inputs: DenseMatrix<f64>,
    target: Vec<f64>,
}

impl Examples {
    fn named(name: &str) -> Examples {
        let (data, target, columns): (Vec<f32>, Vec<f64>, usize) = match name {
            "boston" => {
                let all = boston::load_dataset();
                (all.data, all.target.into_iter().map(f64::from).collect(), all.num_features)
            }
            _ => {
                let all = diabetes::load_dataset();
                (all.data, all.target.into_iter().map(f64::from).collect(), all.num_features)
            }
        };
        let column = |at: usize| data.iter().skip(at).step_by(columns).map(|&x| f64::from(x));
        let standardized: Vec<Vec<f64>> =
            (0..columns).map(|at| standardize(column(at).collect())).collect();
        let rows = target.len();
        let inputs = (0..rows * columns).map(|at| standardized[at % columns][at / columns]);
        let inputs = DenseMatrix::new(rows, columns, inputs.collect(), false).unwrap();
        Examples { inputs, target: standardize(target) }
    }

    fn rows(&self, rows: &[usize]) -> Examples {
        Examples {
            inputs: self.inputs.take(rows, 0),
            target: rows.iter().map(|&row| self.target[row]).collect(),
        }
    }

    /// The objective: mean square error in threefold cross-validation, 1 for the mean as a guess.
    fn error(&self, model: &Model) -> Result<f64, Failed> {
        let mut squares = Vec::new();
        for (training, test) in
            KFold::default().with_n_splits(FOLDS).with_seed(Some(0)).split(&self.inputs)
        {
            let test = self.rows(&test);
            let guesses = model.guess(&self.rows(&training), &test.inputs)?;
            squares.extend(guesses.iter().zip(&test.target).map(|(a, b)| (a - b).powi(2)));
        }
        Ok(mean(&squares))
    }
}

fn standardize(values: Vec<f64>) -> Vec<f64> {
    let (centre, spread) = (mean(&values), variance(&values).sqrt());
    values.into_iter().map(|value| (value - centre) / spread).collect()
}

impl Model {
    fn guess(&self, training: &Examples, inputs: &DenseMatrix<f64>) -> Result<Vec<f64>, Failed> {
        let Examples { inputs: known, target } = training;
        match *self {
            Model::SupportVectors { penalty, gamma, tube } => {
                let parameters = SVRParameters::default()
                    .with_c(penalty)
                    .with_eps(tube)
                    .with_kernel(Kernels::rbf().with_gamma(gamma));
                SVR::fit(known, target, &parameters)?.predict(inputs)
            }
            Model::Forest { trees, inputs_per_split, samples_per_leaf, max_depth } => {
                let parameters = RandomForestRegressorParameters::default()
                    .with_n_trees(trees)
                    .with_m(inputs_per_split)
                    .with_min_samples_leaf(samples_per_leaf)
                    .with_max_depth(max_depth);
                RandomForestRegressor::fit(known, target, parameters)?.predict(inputs)
            }
            Model::ElasticNet { alpha, l1_ratio } => {
                let parameters =
                    ElasticNetParameters::default().with_alpha(alpha).with_l1_ratio(l1_ratio);
                ElasticNet::fit(known, target, parameters)?.predict(inputs)
            }
            Model::Neighbours { count, weighted, power } => {
                let weight = match weighted {
                    true => KNNWeightFunction::Distance,
                    false => KNNWeightFunction::Uniform,
                };
                let parameters = KNNRegressorParameters::default()
                    .with_k(count)
                    .with_weight(weight)
                    .with_distance(Distances::minkowski(power));
                KNNRegressor::fit(known, target, parameters)?.predict(inputs)
            }
        }
    }
}

/// The best of the trials of one study.
fn best(examples: &Examples, sampler: impl Sampler + 'static, seed: u64) -> f64 {
    let study = Study::<Model>::minimize().seed(seed).sampler(sampler).build().unwrap();
    let objective = |model: Model, _: &mut Trial| examples.error(&model);
    study.optimize(objective, TRIALS).unwrap();
    study.best().unwrap().value()
}

fn serve(examples: &Examples) {
    for line in std::io::stdin().lock().lines() {
        let model: Model = serde_json::from_str(&line.unwrap()).unwrap();
        println!("{}", serde_json::to_string(&examples.error(&model).ok()).unwrap());
        std::io::stdout().flush().unwrap();
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--serve") {
        return serve(&Examples::named(&arguments[at + 1]));
    }
    println!(
        "| data | sampler | mean | standard error | median | worst |\n|---|---|---|---|---|---|"
    );
    for name in ["diabetes", "boston"] {
        let examples = Examples::named(name);
        let row = |sampler: &str, bests: Vec<f64>| {
            println!(
                "| {name} | {sampler} | {:.5} | {:.5} | {:.5} | {:.5} |",
                mean(&bests),
                (variance(&bests) / SEEDS as f64).sqrt(),
                median(&bests),
                bests.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            );
        };
        let seeds = || 0..SEEDS;
        row(
            "bayesian",
            seeds().map(|seed| best(&examples, BayesianSampler::new(), seed)).collect(),
        );
        row("random", seeds().map(|seed| best(&examples, RandomSampler::new(), seed)).collect());
    }
}
