//! Smaller methods of learning, written out.

use tunewright::math::linalg::{Cholesky, Matrix, axpy, dot};
use tunewright::math::statistics::mean;
use tunewright::sampler::Stream;

use crate::perceptron::Examples;
use crate::regression::Part;

/// The weights of a least-squares fit with a penalty and a weight of every example; `None` if
/// there is none.
fn least_squares(
    rows: &[Vec<f64>],
    targets: &[Vec<f64>],
    weights: &[f64],
    penalty: f64,
) -> Option<Vec<Vec<f64>>> {
    let terms = rows.first()?.len();
    let mut gram = Matrix::zeros(terms, terms);
    let mut solutions = vec![vec![0.0; terms]; targets.len()];
    for (at, (row, &weight)) in rows.iter().zip(weights).enumerate().filter(|(_, w)| *w.1 > 0.0) {
        for (i, x) in row.iter().enumerate() {
            axpy(weight * x, row, gram.row_mut(i));
        }
        for (solution, target) in solutions.iter_mut().zip(targets) {
            axpy(weight * target[at], row, solution);
        }
    }
    for i in 0..terms {
        gram.row_mut(i)[i] += penalty;
    }
    let factor = Cholesky::with_jitter(&gram).ok()?;
    solutions.iter_mut().for_each(|solution| factor.solve(solution));
    Some(solutions)
}

/// Logistic regression by stochastic gradients, with a soft threshold for the penalty of absolute
/// values.
pub(crate) struct Logistic {
    pub(crate) interactions: bool,
    pub(crate) rate: f64,
    /// Steps shrink as one over this power of the epoch.
    pub(crate) power: f64,
    pub(crate) penalty: f64,
    pub(crate) l1_ratio: f64,
    pub(crate) epochs: usize,
    pub(crate) batch: usize,
}

impl Logistic {
    fn terms(&self, inputs: &[f32]) -> Vec<f64> {
        let mut terms: Vec<f64> = inputs.iter().map(|&x| f64::from(x)).collect();
        if self.interactions {
            let first = terms.clone();
            for (at, x) in first.iter().enumerate() {
                terms.extend(first[at + 1..].iter().map(|y| x * y));
            }
        }
        terms.push(1.0);
        terms
    }

    /// Cross-entropies of two classes.
    pub(crate) fn train(&self, training: &Examples, others: &Examples) -> [f64; 2] {
        let [known, new] = [training, others]
            .map(|part| part.inputs.iter().map(|row| self.terms(row)).collect::<Vec<_>>());
        let chance = |row: &[f64], weights: &[f64]| 1.0 / (1.0 + (-dot(row, weights)).exp());
        let mut weights = vec![0.0; known[0].len()];
        let mut order: Vec<usize> = (0..known.len()).collect();
        let mut random = Stream::new(3, 0);
        for epoch in 0..self.epochs {
            random.shuffle(&mut order);
            let rate = self.rate / (1.0 + epoch as f64).powf(self.power);
            for batch in order.chunks(self.batch) {
                let mut slopes = vec![0.0; weights.len()];
                for &at in batch {
                    let error = chance(&known[at], &weights) - training.classes[at] as f64;
                    axpy(error / batch.len() as f64, &known[at], &mut slopes);
                }
                axpy(-rate, &slopes, &mut weights);
                let threshold = rate * self.penalty * self.l1_ratio;
                let keep = 1.0 / (1.0 + rate * self.penalty * (1.0 - self.l1_ratio));
                let last = weights.len() - 1;
                for weight in &mut weights[..last] {
                    *weight = keep * weight.signum() * (weight.abs() - threshold).max(0.0);
                }
            }
        }
        [(&known, training), (&new, others)].map(|(rows, part)| {
            let each = rows.iter().zip(&part.classes).map(|(row, &class)| {
                let p = chance(row, &weights);
                -(if class == 1 { p } else { 1.0 - p }).max(1e-12).ln()
            });
            mean(&each.collect::<Vec<f64>>())
        })
    }
}

/// Means over neighbours.
pub(crate) struct Neighbours {
    pub(crate) count: usize,
    /// Of Minkowski's distance.
    pub(crate) power: f64,
    /// Neighbours count by one over this power of their distance.
    pub(crate) weighting: f64,
    /// Inputs count by this power of their correlation with the target.
    pub(crate) relevance: f64,
}

impl Neighbours {
    pub(crate) fn guess(&self, training: &Part, part: &Part) -> Vec<f64> {
        let factors = relevances(training, self.relevance);
        let guess = |row: &Vec<f64>| {
            let distance = |known: &Vec<f64>| {
                let each = row.iter().zip(known).zip(&factors);
                let sum: f64 = each.map(|((a, b), f)| (f * (a - b).abs()).powf(self.power)).sum();
                sum.powf(1.0 / self.power)
            };
            let mut near: Vec<(f64, f64)> = training
                .inputs
                .iter()
                .zip(&training.target)
                .map(|(known, y)| (distance(known), *y))
                .collect();
            near.sort_by(|a, b| a.0.total_cmp(&b.0));
            let weight = |distance: f64| (distance + 1e-3).powf(-self.weighting);
            let near = &near[..self.count.min(near.len())];
            let total: f64 = near.iter().map(|(distance, _)| weight(*distance)).sum();
            near.iter().map(|(distance, y)| weight(*distance) * y).sum::<f64>() / total
        };
        part.inputs.iter().map(guess).collect()
    }
}

/// A power of the correlation of every input with the target.
fn relevances(training: &Part, power: f64) -> Vec<f64> {
    let count = training.target.len() as f64;
    (0..training.inputs[0].len())
        .map(|at| {
            let column: Vec<f64> = training.inputs.iter().map(|row| row[at]).collect();
            (dot(&column, &training.target) / count).abs().max(1e-3).powf(power)
        })
        .collect()
}

/// Polynomials about every point that is asked, of single inputs, by examples near it.
pub(crate) struct Local {
    pub(crate) width: f64,
    pub(crate) kernel: fn(f64) -> f64,
    pub(crate) degree: i32,
    pub(crate) penalty: f64,
    pub(crate) relevance: f64,
}

impl Local {
    pub(crate) fn guess(&self, training: &Part, part: &Part) -> Vec<f64> {
        let factors = relevances(training, self.relevance);
        let centre = mean(&training.target);
        let guess = |row: &Vec<f64>| {
            let (mut rows, mut weights) = (Vec::new(), Vec::new());
            for known in &training.inputs {
                let away: Vec<f64> = known.iter().zip(row).map(|(a, b)| a - b).collect();
                let square: f64 = away.iter().zip(&factors).map(|(x, f)| (f * x).powi(2)).sum();
                weights.push((self.kernel)(square.sqrt() / self.width));
                let powers = (1..=self.degree).flat_map(|n| away.iter().map(move |x| x.powi(n)));
                rows.push(std::iter::once(1.0).chain(powers).collect());
            }
            let target: Vec<f64> = training.target.iter().map(|y| y - centre).collect();
            let fit = least_squares(&rows, &[target], &weights, self.penalty);
            centre + fit.map_or(0.0, |fit| fit[0][0])
        };
        part.inputs.iter().map(guess).collect()
    }
}

/// A sum of splines of single inputs.
pub(crate) struct Splines {
    pub(crate) knots: usize,
    pub(crate) order: i32,
    pub(crate) penalty: f64,
    /// Inputs beyond this quantile at either end are drawn to it.
    pub(crate) trim: f64,
    /// Whether products of two inputs are added.
    pub(crate) products: bool,
}

impl Splines {
    pub(crate) fn guesses(&self, training: &Part, parts: [&Part; 2]) -> [Vec<f64>; 2] {
        let columns: Vec<Vec<f64>> = (0..training.inputs[0].len())
            .map(|at| {
                let mut column: Vec<f64> = training.inputs.iter().map(|row| row[at]).collect();
                column.sort_by(f64::total_cmp);
                column
            })
            .collect();
        let quantile = |column: &[f64], p: f64| column[(p * (column.len() - 1) as f64) as usize];
        let terms = |row: &Vec<f64>| {
            let mut terms = vec![1.0];
            let inner: Vec<f64> = row
                .iter()
                .zip(&columns)
                .map(|(x, c)| x.clamp(quantile(c, self.trim), quantile(c, 1.0 - self.trim)))
                .collect();
            for (x, column) in inner.iter().zip(&columns) {
                terms.extend((1..=self.order).map(|n| x.powi(n)));
                for knot in 1..=self.knots {
                    let at = quantile(column, knot as f64 / (self.knots + 1) as f64);
                    terms.push(if *x > at { (x - at).powi(self.order) } else { 0.0 });
                }
            }
            if self.products {
                for (at, x) in inner.iter().enumerate() {
                    terms.extend(inner[at + 1..].iter().map(|y| x * y));
                }
            }
            terms
        };
        let rows: Vec<Vec<f64>> = training.inputs.iter().map(terms).collect();
        let weights = vec![1.0; rows.len()];
        let targets = [training.target.clone()];
        let Some(fit) = least_squares(&rows, &targets, &weights, self.penalty) else {
            return parts.map(|part| vec![0.0; part.target.len()]);
        };
        parts.map(|part| part.inputs.iter().map(|row| dot(&terms(row), &fit[0])).collect())
    }
}

/// A linear classifier of random features (Rahimi and Recht 2007).
pub(crate) struct RandomFeatures {
    pub(crate) features: usize,
    pub(crate) gamma: f64,
    pub(crate) shift: f64,
    pub(crate) penalty: f64,
    pub(crate) activation: fn(f64) -> f64,
}

impl RandomFeatures {
    /// Shares of wrong answers.
    pub(crate) fn train(&self, training: &Examples, others: &Examples) -> [f64; 2] {
        let inputs = training.inputs[0].len();
        let mut random = Stream::new(3, 0);
        let size = (2.0 * self.gamma).sqrt();
        let weights: Vec<Vec<f64>> =
            (0..self.features).map(|_| (0..=inputs).map(|_| random.normal()).collect()).collect();
        let features = |row: &Vec<f32>| {
            let row: Vec<f64> = row.iter().map(|&x| f64::from(x)).collect();
            let mut all: Vec<f64> = weights
                .iter()
                .map(|w| (self.activation)(size * dot(&row, &w[..inputs]) + self.shift * w[inputs]))
                .collect();
            all.push(1.0);
            all
        };
        let rows: Vec<Vec<f64>> = training.inputs.iter().map(features).collect();
        let classes = 1 + training.classes.iter().copied().max().unwrap_or(0);
        let targets: Vec<Vec<f64>> = (0..classes)
            .map(|class| training.classes.iter().map(|&c| f64::from(c == class)).collect())
            .collect();
        let counts = vec![1.0; rows.len()];
        let Some(fit) = least_squares(&rows, &targets, &counts, self.penalty) else {
            return [0.9; 2];
        };
        [training, others].map(|part| {
            let wrong = part.inputs.iter().zip(&part.classes).map(|(row, &class)| {
                let row = features(row);
                let scores: Vec<f64> = fit.iter().map(|weights| dot(&row, weights)).collect();
                let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                f64::from(scores[class] < top)
            });
            mean(&wrong.collect::<Vec<f64>>())
        })
    }
}

/// A table as a product of two thin ones, by stochastic gradients on the entries that are known.
pub(crate) struct Factors {
    pub(crate) factors: usize,
    pub(crate) rate: f64,
    pub(crate) penalty: f64,
    pub(crate) epochs: usize,
    pub(crate) init: f64,
    /// Whether every row and column has a height of its own.
    pub(crate) heights: bool,
}

impl Factors {
    /// Mean square errors of the known entries and of the others.
    pub(crate) fn train(&self, table: &[Vec<f64>], known: &[bool]) -> [f64; 2] {
        let columns = table[0].len();
        let mut random = Stream::new(3, 0);
        let mut thin = |count: usize| -> Vec<Vec<f64>> {
            (0..count)
                .map(|_| (0..self.factors).map(|_| self.init * random.normal()).collect())
                .collect()
        };
        let (mut left, mut right) = (thin(table.len()), thin(columns));
        let (mut rows, mut tops) = (vec![0.0; table.len()], vec![0.0; columns]);
        let mut order: Vec<usize> = (0..known.len()).filter(|at| known[*at]).collect();
        for _ in 0..self.epochs {
            random.shuffle(&mut order);
            for &at in &order {
                let (i, j) = (at / columns, at % columns);
                let error = rows[i] + tops[j] + dot(&left[i], &right[j]) - table[i][j];
                if self.heights {
                    rows[i] -= self.rate * (error + self.penalty * rows[i]);
                    tops[j] -= self.rate * (error + self.penalty * tops[j]);
                }
                for (a, b) in left[i].iter_mut().zip(&mut right[j]) {
                    let (x, y) = (*a, *b);
                    *a -= self.rate * (error * y + self.penalty * x);
                    *b -= self.rate * (error * x + self.penalty * y);
                }
            }
        }
        [true, false].map(|which| {
            let entries = (0..known.len()).filter(|at| known[*at] == which).map(|at| {
                let (i, j) = (at / columns, at % columns);
                (rows[i] + tops[j] + dot(&left[i], &right[j]) - table[i][j]).powi(2)
            });
            let error = mean(&entries.collect::<Vec<f64>>());
            // Steps that are too long diverge.
            if error.is_finite() { error.min(100.0) } else { 100.0 }
        })
    }
}

/// Normal laws of two classes (Friedman 1989).
pub(crate) struct Discriminant {
    /// Inputs that are used, those first whose means differ most.
    pub(crate) inputs: usize,
    /// How far the covariances are drawn to the common one.
    pub(crate) pooling: f64,
    /// How far they are drawn to a multiple of the identity.
    pub(crate) shrinkage: f64,
    /// A factor of what speaks for a class.
    pub(crate) confidence: f64,
}

impl Discriminant {
    /// Cross-entropies.
    pub(crate) fn train(&self, training: &Examples, others: &Examples) -> [f64; 2] {
        let column = |class: usize, at: usize| -> Vec<f64> {
            let rows = training.inputs.iter().zip(&training.classes);
            rows.filter(|(_, c)| **c == class).map(|(row, _)| f64::from(row[at])).collect()
        };
        let away = |at: usize| (mean(&column(0, at)) - mean(&column(1, at))).abs();
        let mut chosen: Vec<usize> = (0..training.inputs[0].len()).collect();
        chosen.sort_by(|a, b| away(*b).total_cmp(&away(*a)));
        chosen.truncate(self.inputs);
        let d = chosen.len();
        let laws = [0, 1].map(|class| {
            let columns: Vec<Vec<f64>> = chosen.iter().map(|&at| column(class, at)).collect();
            let centre: Vec<f64> = columns.iter().map(|column| mean(column)).collect();
            let covariance = Matrix::from_fn(d, d, |i, j| {
                let pairs = columns[i].iter().zip(&columns[j]);
                let products = pairs.map(|(x, y)| (x - centre[i]) * (y - centre[j]));
                mean(&products.collect::<Vec<f64>>())
            });
            (centre, covariance, columns[0].len() as f64)
        });
        let all = laws[0].2 + laws[1].2;
        let share = laws[0].2 / all;
        let factors = [0, 1].map(|class| {
            let own = &laws[class].1;
            let mixed = Matrix::from_fn(d, d, |i, j| {
                let pooled = share * laws[0].1.row(i)[j] + (1.0 - share) * laws[1].1.row(i)[j];
                self.pooling * pooled + (1.0 - self.pooling) * own.row(i)[j]
            });
            let level = (0..d).map(|i| mixed.row(i)[i]).sum::<f64>() / d as f64;
            let drawn = Matrix::from_fn(d, d, |i, j| {
                let identity = if i == j { self.shrinkage * level } else { 0.0 };
                (1.0 - self.shrinkage) * mixed.row(i)[j] + identity
            });
            Cholesky::with_jitter(&drawn).ok()
        });
        let speaks = |row: &Vec<f32>, class: usize| {
            let Some(factor) = &factors[class] else { return 0.0 };
            let mut x: Vec<f64> = chosen
                .iter()
                .zip(&laws[class].0)
                .map(|(&at, centre)| f64::from(row[at]) - centre)
                .collect();
            factor.solve_lower(&mut x);
            -0.5 * (dot(&x, &x) + factor.log_determinant()) + (laws[class].2 / all).ln()
        };
        [training, others].map(|part| {
            let each = part.inputs.iter().zip(&part.classes).map(|(row, &class)| {
                let odds = self.confidence * (speaks(row, 1 - class) - speaks(row, class));
                if odds > 30.0 { odds } else { odds.exp().ln_1p() }
            });
            mean(&each.collect::<Vec<f64>>())
        })
    }
}

/// Exponential smoothing with a damped trend and a factor of every month (Gardner 2006).
pub(crate) struct Smoothing {
    pub(crate) level: f64,
    pub(crate) trend: f64,
    pub(crate) season: f64,
    pub(crate) damping: f64,
    /// Of Box and Cox.
    pub(crate) power: f64,
}

impl Smoothing {
    /// Mean relative errors: of one step ahead before a month, and of every step up to a year ahead
    /// from it on.
    pub(crate) fn errors(&self, series: &[f64], from: usize) -> [f64; 2] {
        const YEAR: usize = 12;
        let forth = |x: f64| match self.power > 1e-6 {
            true => (x.powf(self.power) - 1.0) / self.power,
            false => x.ln(),
        };
        let back = |x: f64| match self.power > 1e-6 {
            true => (1.0 + self.power * x).max(0.0).powf(1.0 / self.power),
            false => x.exp(),
        };
        let values: Vec<f64> = series.iter().map(|&x| forth(x)).collect();
        let first = mean(&values[..YEAR]);
        let (mut level, mut slope) = (first, (mean(&values[YEAR..2 * YEAR]) - first) / YEAR as f64);
        let mut seasons: Vec<f64> = values[..YEAR].iter().map(|x| x - first).collect();
        let (mut near, mut far) = (Vec::new(), Vec::new());
        for (at, value) in values.iter().enumerate().skip(YEAR) {
            let ahead = |steps: usize| {
                let damped: f64 = (1..=steps).map(|n| self.damping.powi(n as i32)).sum();
                back(level + damped * slope + seasons[(at + steps - 1) % YEAR])
            };
            let error = |steps: usize| {
                let actual = series[at + steps - 1];
                ((ahead(steps) - actual) / actual).abs()
            };
            if at < from {
                near.push(error(1));
            } else if at + YEAR <= series.len() {
                far.extend((1..=YEAR).map(error));
            }
            let before = level;
            let season = &mut seasons[at % YEAR];
            level = self.level * (value - *season)
                + (1.0 - self.level) * (level + self.damping * slope);
            slope = self.trend * (level - before) + (1.0 - self.trend) * self.damping * slope;
            *season = self.season * (value - level) + (1.0 - self.season) * *season;
        }
        [mean(&near), mean(&far)]
    }
}
