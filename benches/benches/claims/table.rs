//! A complete grid of recorded trainings, and what is true of all of it.

use std::process::Command;

use tunewright::math::statistics::{median, quantile, ranks};
use tunewright::space::{Choices, Params, Space, Value};
use tunewright::trial::metric;

/// Goals whose bulk spans more than this factor are read as ratios.
const WIDE: f64 = 30.0;
/// The part of the configs that counts as good.
const GOOD: f64 = 0.25;

/// What a table records beside the goal.
pub(crate) struct Metric {
    /// The name under which a study gets to know it.
    pub(crate) name: String,
    pub(crate) values: Vec<f64>,
}

pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) space: Space,
    pub(crate) maximize: bool,
    /// By config, in the order of the mixed radix numbers of their levels.
    pub(crate) goals: Vec<f64>,
    pub(crate) metrics: Vec<Metric>,
    labels: Vec<Vec<String>>,
}

impl Table {
    /// Reads comma-separated values, perhaps compressed by gzip. The hyperparameters are the columns
    /// before the goal, which is named or the first that begins with `val`.
    pub(crate) fn read(path: &str, goal: Option<&str>) -> Self {
        let text = match path.strip_suffix(".gz") {
            Some(_) => {
                let unpacked = Command::new("gzip").args(["-dc", path]).output().unwrap();
                assert!(unpacked.status.success(), "gzip cannot read {path}");
                String::from_utf8(unpacked.stdout).unwrap()
            }
            None => std::fs::read_to_string(path).unwrap(),
        };
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let header = lines.next().unwrap();
        let is_goal = |name: &&str| goal.map_or(name.starts_with("val"), |goal| *name == goal);
        let d = header.iter().position(is_goal).unwrap();
        let rows: Vec<Vec<&str>> = lines.collect();
        let labels: Vec<Vec<String>> = (0..d).map(|at| levels(&rows, at)).collect();
        let size: usize = labels.iter().map(Vec::len).product();
        assert_eq!(rows.len(), size, "{path} is no complete grid of the columns before the goal");
        let mut builder = Space::builder();
        for (name, labels) in header.iter().zip(&labels) {
            let ordered = labels.iter().all(|label| label.parse::<f64>().is_ok());
            let choices = Choices::of(labels.iter().map(|label| Value::Text(label.clone())));
            builder = builder.field(name, &if ordered { choices.ordered() } else { choices });
        }
        let places: Vec<usize> = rows.iter().map(|row| place(&labels, &row[..d])).collect();
        let column = |at: usize| -> Vec<f64> {
            let mut values = vec![f64::NAN; size];
            for (row, &place) in rows.iter().zip(&places) {
                values[place] = row[at].parse().unwrap();
            }
            assert!(values.iter().all(|value| value.is_finite()), "{path}: a config is missing");
            values
        };
        // Single seeds of the goal are no metrics.
        let others = (d + 1..header.len()).filter(|&at| !header[at].starts_with(header[d]));
        let metrics = others.filter(|&at| !header[at].starts_with("test")).map(|at| Metric {
            name: if header[at] == "train_seconds" { "seconds" } else { header[at] }.to_owned(),
            values: column(at),
        });
        let goals = column(d);
        let maximize = header[d].ends_with("acc") || header[d] == "valid";
        let mut metrics: Vec<Metric> = metrics.collect();
        if metrics.iter().all(|one| one.name != metric::TRAIN_ERROR) {
            // What the goal leaves to be wished stands for it, so that capacity can be judged.
            let error = |goal: &f64| if maximize { 1.0 - goal } else { *goal };
            let values = goals.iter().map(error).collect();
            metrics.push(Metric { name: metric::TRAIN_ERROR.to_owned(), values });
        }
        Table {
            name: path.rsplit('/').next().unwrap().split('.').next().unwrap().to_owned(),
            space: builder.build().unwrap(),
            maximize,
            goals,
            metrics,
            labels,
        }
    }

    pub(crate) fn place_of(&self, params: &Params) -> usize {
        let values: Vec<String> = params.iter().map(|(_, value)| value.to_string()).collect();
        place(&self.labels, &values)
    }

    /// The index of a parameter and of one of its values.
    pub(crate) fn level(&self, parameter: &str, value: &Value) -> (usize, usize) {
        let axis = self.space.position(parameter).unwrap();
        let value = value.to_string();
        (axis, self.labels[axis].iter().position(|label| *label == value).unwrap())
    }

    pub(crate) fn levels(&self, axis: usize) -> usize {
        self.labels[axis].len()
    }

    fn level_at(&self, axis: usize, place: usize) -> usize {
        let after: usize = self.labels[axis + 1..].iter().map(Vec::len).product();
        place / after % self.labels[axis].len()
    }

    /// The share of the variance that each parameter's main effect makes over the whole table.
    pub(crate) fn shares(&self, values: &[f64]) -> Vec<f64> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let total = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
        let axes = 0..self.labels.len();
        axes.map(|axis| {
            let means = self.means(values, axis, |_| true);
            let known = means.iter().flatten();
            known.map(|one| (one - mean).powi(2)).sum::<f64>() / means.len() as f64 / total
        })
        .collect()
    }

    /// The mean at each level of a parameter over some of the configs.
    pub(crate) fn means(
        &self,
        values: &[f64],
        axis: usize,
        over: impl Fn(usize) -> bool,
    ) -> Vec<Option<f64>> {
        let mut sums = vec![(0.0, 0.0); self.labels[axis].len()];
        for (place, value) in values.iter().enumerate().filter(|(place, _)| over(*place)) {
            let (sum, count) = &mut sums[self.level_at(axis, place)];
            *sum += value;
            *count += 1.0;
        }
        sums.into_iter().map(|(sum, count)| (count > 0.0).then(|| sum / count)).collect()
    }

    /// Whether a config belongs to the best quarter.
    pub(crate) fn good(&self) -> Vec<bool> {
        let losses = self.goals.iter().map(|goal| if self.maximize { -goal } else { *goal });
        let losses: Vec<f64> = losses.collect();
        let limit = quantile(&losses, GOOD);
        losses.iter().map(|loss| *loss <= limit).collect()
    }
}

fn levels(rows: &[Vec<&str>], column: usize) -> Vec<String> {
    let mut labels: Vec<String> = rows.iter().map(|row| row[column].to_owned()).collect();
    labels.sort();
    labels.dedup();
    if labels.iter().all(|label| label.parse::<f64>().is_ok()) {
        let number = |label: &String| label.parse::<f64>().unwrap();
        labels.sort_by(|a, b| number(a).total_cmp(&number(b)));
    }
    labels
}

fn place(labels: &[Vec<String>], row: &[impl AsRef<str>]) -> usize {
    labels.iter().zip(row).fold(0, |place, (labels, own)| {
        place * labels.len() + labels.iter().position(|label| label == own.as_ref()).unwrap()
    })
}

/// Values without outliers, and as logarithms where their bulk spans several powers of ten.
pub(crate) fn sized(values: &[f64]) -> Vec<f64> {
    let wide = quantile(values, 0.95) > WIDE * quantile(values, 0.05);
    let log = wide && values.iter().all(|value| *value > 0.0);
    let values: Vec<f64> =
        values.iter().map(|value| if log { value.ln() } else { *value }).collect();
    let (low, high) = (quantile(&values, 0.25), quantile(&values, 0.75));
    let reach = 4.0 * (high - low);
    values.iter().map(|value| value.clamp(low - reach, high + reach)).collect()
}

/// Ranks, about their middle.
pub(crate) fn ranked(values: &[f64]) -> Vec<f64> {
    let ranks = ranks(values);
    let middle = median(&ranks);
    ranks.iter().map(|rank| rank - middle).collect()
}
