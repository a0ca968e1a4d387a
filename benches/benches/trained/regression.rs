//! Models of regression. Each returns the mean square errors on the training examples and on
//! others; 1 is that of the mean as a guess.

use smartcore::ensemble::random_forest_regressor::{
    RandomForestRegressor, RandomForestRegressorParameters,
};
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::svm::svr::{SVR, SVRParameters};
use smartcore::xgboost::{XGRegressor, XGRegressorParameters};
use tunewright::math::linalg::{Cholesky, Matrix, axpy, dot};
use tunewright::math::statistics::{mean, variance};
use tunewright::sampler::Stream;

/// Examples with inputs and a target of mean 0 and deviation 1, two thirds of which are trained
/// with.
pub(crate) struct Data {
    pub(crate) training: Part,
    pub(crate) others: Part,
}

#[derive(Default)]
pub(crate) struct Part {
    pub(crate) inputs: Vec<Vec<f64>>,
    pub(crate) target: Vec<f64>,
}

impl Data {
    pub(crate) fn new(data: &[f32], target: &[f64], columns: usize) -> Self {
        let inputs: Vec<Vec<f64>> = data
            .chunks_exact(columns)
            .map(|row| row.iter().map(|&x| f64::from(x)).collect())
            .collect();
        let inputs = standardized(&inputs);
        let (centre, spread) = (mean(target), variance(target).sqrt());
        let mut order: Vec<usize> = (0..target.len()).collect();
        Stream::new(7, 0).shuffle(&mut order);
        let part = |rows: &[usize]| Part {
            inputs: rows.iter().map(|&row| inputs[row].clone()).collect(),
            target: rows.iter().map(|&row| (target[row] - centre) / spread).collect(),
        };
        let (training, others) = order.split_at(2 * order.len() / 3);
        Data { training: part(training), others: part(others) }
    }

    /// The errors of guesses, of the training examples first.
    pub(crate) fn errors(&self, mut guess: impl FnMut(&Part) -> Vec<f64>) -> [f64; 2] {
        [&self.training, &self.others].map(|part| {
            let guesses = guess(part);
            let squares = guesses.iter().zip(&part.target).map(|(a, b)| (a - b).powi(2));
            mean(&squares.collect::<Vec<f64>>())
        })
    }

    pub(crate) fn boosting(&self, parameters: XGRegressorParameters) -> [f64; 2] {
        let model =
            XGRegressor::fit(&self.training.matrix(), &self.training.target, parameters).unwrap();
        self.errors(|part| model.predict(&part.matrix()).unwrap())
    }

    pub(crate) fn forest(&self, parameters: RandomForestRegressorParameters) -> [f64; 2] {
        let inputs = self.training.matrix();
        let model = RandomForestRegressor::fit(&inputs, &self.training.target, parameters).unwrap();
        self.errors(|part| model.predict(&part.matrix()).unwrap())
    }

    pub(crate) fn support_vectors(&self, parameters: &SVRParameters<f64>) -> [f64; 2] {
        let inputs = self.training.matrix();
        let model = SVR::fit(&inputs, &self.training.target, parameters).unwrap();
        self.errors(|part| model.predict(&part.matrix()).unwrap())
    }

    /// The elastic net by coordinate descent from zero (Friedman, Hastie and Tibshirani 2010).
    pub(crate) fn elastic_net(&self, options: &ElasticNet) -> [f64; 2] {
        let all = self.training.inputs.iter().chain(&self.others.inputs);
        let terms: Vec<Vec<f64>> = all.map(|row| options.terms(row)).collect();
        let terms = standardized(&terms);
        let rows = self.training.target.len();
        let columns: Vec<Vec<f64>> = (0..terms[0].len())
            .map(|at| terms[..rows].iter().map(|row| row[at]).collect())
            .collect();
        let mut weights = vec![0.0; columns.len()];
        let intercept = mean(&self.training.target);
        let mut rest: Vec<f64> = self.training.target.iter().map(|y| y - intercept).collect();
        let count = rows as f64;
        let l1 = options.penalty * options.l1_ratio;
        let l2 = options.penalty * (1.0 - options.l1_ratio);
        for _ in 0..options.sweeps {
            for (weight, column) in weights.iter_mut().zip(&columns) {
                let square = dot(column, column) / count;
                let slope = dot(column, &rest) / count + square * *weight;
                let next = slope.signum() * (slope.abs() - l1).max(0.0) / (square + l2);
                axpy(*weight - next, column, &mut rest);
                *weight = next;
            }
        }
        self.errors(|part| {
            let first = if part.target.len() == rows { 0 } else { rows };
            let terms = &terms[first..first + part.target.len()];
            terms.iter().map(|row| intercept + dot(row, &weights)).collect()
        })
    }

    /// Ridge regression with a kernel.
    pub(crate) fn kernel_ridge(
        &self,
        penalty: f64,
        kernel: impl Fn(&[f64], &[f64]) -> f64,
    ) -> [f64; 2] {
        let inputs = &self.training.inputs;
        let n = inputs.len();
        let covariance = Matrix::from_fn(n, n, |i, j| {
            kernel(&inputs[i], &inputs[j]) + if i == j { penalty } else { 0.0 }
        });
        let mut weights = self.training.target.clone();
        let Ok(factor) = Cholesky::with_jitter(&covariance) else { return [1.0, 1.0] };
        factor.solve(&mut weights);
        let guess = |row: &Vec<f64>| {
            inputs.iter().zip(&weights).map(|(known, weight)| weight * kernel(row, known)).sum()
        };
        self.errors(|part| part.inputs.iter().map(guess).collect())
    }
}

impl Part {
    fn matrix(&self) -> DenseMatrix<f64> {
        DenseMatrix::from_2d_vec(&self.inputs).unwrap()
    }
}

/// A linear model of products of the inputs.
pub(crate) struct ElasticNet {
    pub(crate) degree: usize,
    /// Whether powers of one input are among the products.
    pub(crate) powers: bool,
    pub(crate) penalty: f64,
    pub(crate) l1_ratio: f64,
    pub(crate) sweeps: usize,
}

impl ElasticNet {
    fn terms(&self, row: &[f64]) -> Vec<f64> {
        // Products with the index of their last factor, by number of factors.
        let mut last: Vec<(usize, f64)> = row.iter().copied().enumerate().collect();
        let mut terms: Vec<f64> = row.to_vec();
        for _ in 1..self.degree {
            let mut next = Vec::new();
            for &(at, product) in &last {
                let first = if self.powers { at } else { at + 1 };
                next.extend((first..row.len()).map(|other| (other, product * row[other])));
            }
            terms.extend(next.iter().map(|(_, product)| product));
            last = next;
        }
        terms
    }
}

/// Rows whose columns have mean 0 and deviation 1.
fn standardized(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let columns: Vec<(f64, f64)> = (0..rows[0].len())
        .map(|at| {
            let column: Vec<f64> = rows.iter().map(|row| row[at]).collect();
            (mean(&column), variance(&column).sqrt().max(1e-9))
        })
        .collect();
    let scaled = |row: &Vec<f64>| {
        row.iter().zip(&columns).map(|(x, (centre, spread))| (x - centre) / spread).collect()
    };
    rows.iter().map(scaled).collect()
}
