//! What is searched: recorded trainings, and functions.

#![allow(clippy::unwrap_used, reason = "a measurement ends where it goes wrong")]

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use tunewright::math::statistics::median;
use tunewright::sampler::Stream;
use tunewright::space::{AxisKind, Choices, Key, Point, Space, Value};
use tunewright::testing::problems as functions;
use tunewright::trial::Direction;
use tunewright::{Error, Result, SearchSpace};

use crate::table;

/// Random points by which the median of a function is known.
const DRAWS: usize = 10_000;

pub(crate) struct Problem {
    pub(crate) name: String,
    pub(crate) direction: Direction,
    space: Space,
    points: Option<Vec<Point>>,
    values: Values,
    /// The lowest loss, and how far the median is above it.
    best: f64,
    spread: f64,
}

enum Values {
    /// What each recorded config gives, and the standard error of that.
    Recorded(HashMap<Key, (f64, Option<f64>)>),
    Function(functions::Problem),
}

impl Problem {
    fn recorded(
        name: String,
        direction: Direction,
        space: Space,
        rows: Vec<(Point, f64, Option<f64>)>,
        listed: bool,
    ) -> Self {
        let losses = rows.iter().map(|(_, value, _)| direction.orient(*value));
        let losses: Vec<f64> = losses.filter(|loss| loss.is_finite()).collect();
        let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
        let points = listed.then(|| rows.iter().map(|(point, ..)| point.clone()).collect());
        let values =
            rows.into_iter().map(|(point, value, error)| (Key::of_point(&point), (value, error)));
        Problem {
            name,
            direction,
            space,
            points,
            values: Values::Recorded(values.collect()),
            best,
            spread: median(&losses) - best,
        }
    }

    fn function(function: functions::Problem) -> Self {
        let mut random = Stream::new(1, 0);
        let space = function.space().clone();
        let draws: Vec<f64> = (0..DRAWS)
            .map(|_| function.evaluate(&space.decode(&space.sample(&mut random)).unwrap()))
            .collect();
        let best = function.optimum();
        Problem {
            name: format!("{}, {} parameters", function.name(), space.len()),
            direction: Direction::Minimize,
            space,
            points: None,
            values: Values::Function(function),
            best,
            spread: median(&draws) - best,
        }
    }

    /// The value of a config and its standard error; `None` for a training that has diverged.
    pub(crate) fn evaluate(&self, point: &Point) -> Option<(f64, Option<f64>)> {
        let (value, error) = match &self.values {
            Values::Recorded(rows) => rows[&Key::of_point(point)],
            Values::Function(function) => {
                (function.evaluate(&self.space.decode(point).unwrap()), None)
            }
        };
        value.is_finite().then_some((value, error))
    }

    /// 0 for the lowest loss there is, 1 for the median.
    pub(crate) fn regret(&self, loss: f64) -> f64 {
        (loss - self.best) / self.spread
    }

    /// Appends a line: the problem, its direction, the seed, value and standard error, what 1 is on the scale
    /// of regret, and for each parameter the number of its choices (0 for numbers) and its coordinate.
    pub(crate) fn write(&self, point: &Point, seed: u64, found: [f64; 2], into: &mut String) {
        let [value, error] = found;
        let sign = self.direction.orient(1.0);
        into.push_str(&format!("{};{sign};{seed};{value};{error};{}", self.name, self.spread));
        for (axis, unit) in self.space.axes().iter().zip(self.space.coordinates(point)) {
            let (choices, code) = match axis.kind() {
                AxisKind::Categorical { choices } => (choices, axis.distribution().from_unit(unit)),
                _ => (0, unit),
            };
            into.push_str(&format!(";{choices}:{code}"));
        }
        into.push('\n');
    }

    /// The same scale for a difference of values.
    pub(crate) fn share(&self, difference: f64) -> f64 {
        difference / self.spread
    }
}

/// The space of a problem: a config is its point.
pub(crate) struct PointSpace(pub(crate) Space, pub(crate) Option<Vec<Point>>);

impl PointSpace {
    pub(crate) fn of(problem: &Problem) -> Self {
        PointSpace(problem.space.clone(), problem.points.clone())
    }
}

impl SearchSpace for PointSpace {
    type Config = Point;

    fn space(&self) -> &Space {
        &self.0
    }

    fn points(&self) -> Option<&[Point]> {
        self.1.as_deref()
    }

    fn decode(&self, point: &Point) -> Result<Point> {
        Ok(point.clone())
    }

    fn encode(&self, config: &Point) -> Result<Point> {
        self.0
            .check(config)
            .map(|()| config.clone())
            .map_err(|error| Error::Sampler(error.to_string().into()))
    }
}

/// The complete grid of a file: decisions before the column `goal`, and the same trainings with single seeds.
fn grid(path: &Path, goal: &str, direction: Direction) -> Problem {
    let text = unpack(path);
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let column = header.iter().position(|name| *name == goal).unwrap();
    let single = |name: &str| {
        name.strip_prefix(goal)
            .and_then(|rest| rest.strip_prefix('_'))
            .is_some_and(|n| n.len() == 1)
    };
    let singles: Vec<usize> = (0..header.len()).filter(|&at| single(header[at])).collect();
    let rows: Vec<Vec<&str>> = lines.collect();
    let builder = (0..column).fold(Space::builder(), |builder, at| {
        let mut labels: Vec<&str> = rows.iter().map(|row| row[at]).collect();
        labels.sort_unstable();
        labels.dedup();
        // The decisions of architectures have no order.
        let numbers = !header[at].starts_with("d_")
            && labels.iter().all(|label| label.parse::<f64>().is_ok());
        if numbers {
            labels.sort_by(|a, b| a.parse::<f64>().unwrap().total_cmp(&b.parse::<f64>().unwrap()));
        }
        let choices = Choices::of(labels.iter().map(|label| Value::Text((*label).to_owned())));
        builder.field(header[at], &if numbers { choices.ordered() } else { choices })
    });
    let space = builder.build().unwrap();
    let rows = rows.iter().map(|row| {
        let config = header[..column]
            .iter()
            .zip(row)
            .map(|(name, cell)| (*name, Value::Text((*cell).to_owned())));
        let point = space.encode(&space.params(config).unwrap()).unwrap();
        let repeats: Vec<f64> = singles.iter().filter_map(|&at| row[at].parse().ok()).collect();
        (point, row[column].parse().unwrap(), standard_error(&repeats))
    });
    let rows = rows.collect();
    let name = path.file_name().unwrap().to_string_lossy().replace(".csv.gz", "");
    Problem::recorded(name, direction, space, rows, false)
}

fn unpack(path: &Path) -> String {
    let mut text = String::new();
    let mut decoder = MultiGzDecoder::new(BufReader::new(File::open(path).unwrap()));
    decoder.read_to_string(&mut text).unwrap();
    text
}

fn standard_error(repeats: &[f64]) -> Option<f64> {
    let n = repeats.len() as f64;
    let mean = repeats.iter().sum::<f64>() / n;
    let squares: f64 = repeats.iter().map(|value| (value - mean).powi(2)).sum();
    (repeats.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt())
}

/// The last losses of recorded curves.
fn curves(path: &Path) -> Vec<Problem> {
    let tasks = table::read(path).unwrap();
    let problem = |task: table::Task| {
        let rows = task.configs.iter().map(|config| (config.point.clone(), config.end(), None));
        let rows: Vec<_> = rows.collect();
        Problem::recorded(task.name, Direction::Minimize, task.space, rows, true)
    };
    tasks.into_iter().map(problem).collect()
}

/// All problems, every other one of which is for tuning.
pub(crate) fn all(folder: &Path) -> Vec<Problem> {
    let file = |name: &str| folder.join(format!("{name}.csv.gz"));
    let mut all = Vec::new();
    for name in ["fcnet_protein", "fcnet_naval"] {
        all.push(grid(&file(name), "val_mse", Direction::Minimize));
    }
    for name in ["australian", "car", "credit_g", "vehicle"] {
        all.push(grid(&file(&format!("hpobench_mlp_{name}")), "val_acc", Direction::Maximize));
    }
    for name in ["nb201_cifar10", "nb201_cifar100"] {
        all.push(grid(&file(name), "valid", Direction::Maximize));
    }
    for name in ["taskset_a", "lcbench_surrogate_a"] {
        all.extend(curves(&file(name)));
    }
    all.extend(curves(&file("smallnets_a")));
    all.push(grid(&file("nb_macro"), "valid", Direction::Maximize));
    for function in [
        functions::branin(),
        functions::hartmann6(),
        functions::levy(5),
        functions::ackley(5),
        functions::styblinski_tang(10),
        functions::levy(10),
    ] {
        all.push(Problem::function(function));
    }
    all
}
