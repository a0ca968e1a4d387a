//! Objectives whose plateaus are known, since they cost little to evaluate.

use smartcore::dataset::breast_cancer;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::tree::decision_tree_classifier::{
    DecisionTreeClassifier, DecisionTreeClassifierParameters, SplitCriterion,
};
use tunewright::Result;
use tunewright::sampler::Stream;
use tunewright::space::{Params, Scale, Space};

/// Floats on both scales, an integer and a choice.
pub(crate) fn space(kind: Kind) -> Result<Space> {
    if kind == Kind::Trained {
        return Space::builder()
            .int("max_depth", 1..=12, Scale::Linear)
            .int("min_samples_leaf", 1..=40, Scale::Log)
            .int("min_samples_split", 2..=60, Scale::Linear)
            .choices("criterion", CRITERIA)
            .build();
    }
    Space::builder()
        .float("a", 0.0..=1.0, Scale::Linear)
        .float("b", 1e-4..=1.0, Scale::Log)
        .int("c", 1..=20, Scale::Linear)
        .choices("d", OPTIONS)
        .float("e", 0.0..=1.0, Scale::Linear)
        .build()
}

const CRITERIA: [&str; 3] = ["gini", "entropy", "error"];
const OPTIONS: [&str; 4] = ["p", "q", "r", "s"];
/// Which parameter is the choice.
const CHOICE: usize = 3;
const ALL: usize = 5;

/// The parameters as numbers from 0 to 1, and the index of the choice.
fn units(params: &Params) -> Result<[f64; ALL]> {
    let chosen = params.branch("d")?;
    let option = OPTIONS.iter().position(|option| *option == chosen);
    Ok([
        params.float("a")?,
        params.float("b")?.log10() / 4.0 + 1.0,
        (params.float("c")? - 1.0) / 19.0,
        option.unwrap_or(0) as f64,
        params.float("e")?,
    ])
}

/// How losses come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Sums of steps of single parameters, others of which do nothing.
    Steps,
    /// The leaves of a random tree, a few of which have one loss.
    Tree,
    /// A smooth accuracy, also along diagonals, on 100 to 500 examples.
    Rounded,
    /// Examples, each with a margin of its own that is above 0 or not.
    Counted,
    /// As rounded, with another seed each time: a plateau there is luck.
    Noisy,
    /// Ties only where no parameter does anything.
    Smooth,
    /// The error of a decision tree on a part of smartcore's breast cancer data.
    Trained,
}

pub(crate) const KINDS: [Kind; 7] = [
    Kind::Steps,
    Kind::Tree,
    Kind::Rounded,
    Kind::Counted,
    Kind::Noisy,
    Kind::Smooth,
    Kind::Trained,
];

/// One objective of a kind.
pub(crate) struct Objective {
    pub(crate) kind: Kind,
    form: Form,
}

enum Form {
    Steps(Vec<(usize, Staircase)>),
    Tree(Node),
    Bowl { bowl: Bowl, examples: f64, noise: f64 },
    Counted { centre: [f64; ALL], examples: Vec<Example> },
    Trained(Box<Data>),
}

/// What a tree is fitted to, and what it is tested on.
struct Data {
    train: (DenseMatrix<f64>, Vec<u32>),
    test: (DenseMatrix<f64>, Vec<u32>),
}

/// The values of a parameter between its cuts, or with each choice.
struct Staircase {
    cuts: Vec<f64>,
    levels: Vec<f64>,
}

enum Node {
    Leaf(f64),
    Split { axis: usize, at: f64, low: Box<Node>, high: Box<Node> },
}

/// A bowl with a tilt between pairs of parameters.
struct Bowl {
    active: Vec<usize>,
    centre: [f64; ALL],
    weights: [f64; ALL],
    tilt: f64,
}

struct Example {
    easy: f64,
    slopes: [f64; ALL],
    bends: [f64; ALL],
}

/// The distance of a parameter from the best one: of a choice, 0 or a half.
fn away(x: &[f64; ALL], centre: &[f64; ALL], axis: usize) -> f64 {
    match axis {
        CHOICE => 0.5 * f64::from(u8::from(x[CHOICE] != (4.0 * centre[CHOICE]).floor())),
        _ => x[axis] - centre[axis],
    }
}

impl Objective {
    pub(crate) fn new(kind: Kind, seed: u64) -> Self {
        let mut random = Stream::new(0x0070_6c61_7465 ^ seed, kind as u64);
        let mut order: Vec<usize> = (0..ALL).collect();
        random.shuffle(&mut order);
        let active: Vec<usize> = order[..2 + random.below(3) as usize].to_vec();
        let form = match kind {
            Kind::Steps => Form::Steps(
                active.into_iter().map(|axis| (axis, Staircase::new(axis, &mut random))).collect(),
            ),
            Kind::Trained => Form::Trained(Box::new(Data::new(&mut random))),
            Kind::Tree => Form::Tree(Node::new(&active, 6, &mut random)),
            Kind::Counted => {
                let examples = (0..100 + random.below(400)).map(|_| {
                    let mut slope =
                        |axis| if active.contains(&axis) { random.normal() } else { 0.0 };
                    let slopes = [0, 1, 2, 3, 4].map(&mut slope);
                    let bends = [0, 1, 2, 3, 4].map(|axis| 3.0 * slope(axis).abs());
                    Example { easy: 1.0 + random.normal(), slopes, bends }
                });
                let examples = examples.collect();
                Form::Counted { centre: [0; ALL].map(|_| random.unit()), examples }
            }
            Kind::Rounded | Kind::Noisy | Kind::Smooth => Form::Bowl {
                examples: match kind {
                    Kind::Smooth => f64::INFINITY,
                    _ => (100 + random.below(400)) as f64,
                },
                noise: if kind == Kind::Noisy { 0.02 } else { 0.0 },
                bowl: Bowl {
                    active,
                    centre: [0; ALL].map(|_| random.unit()),
                    weights: [0; ALL].map(|_| 10f64.powf(-1.5 * random.unit())),
                    tilt: 1.8 * random.unit() - 0.9,
                },
            },
        };
        Objective { kind, form }
    }

    /// The error at a config, and with a noise of its own in a trial.
    pub(crate) fn at(&self, params: &Params, trial: Option<u64>) -> Result<f64> {
        if let Form::Trained(data) = &self.form {
            return data.error(params);
        }
        let x = units(params)?;
        Ok(match &self.form {
            Form::Trained(_) => f64::NAN,
            Form::Steps(stairs) => {
                let sum: f64 = stairs.iter().map(|(axis, stairs)| stairs.at(x[*axis])).sum();
                sum / 100.0
            }
            Form::Tree(root) => root.at(&x) / 200.0,
            Form::Bowl { bowl, examples, noise } => {
                let luck = trial.map_or(0.0, |seed| noise * Stream::new(seed, 3).normal());
                let error = (0.05 + bowl.at(&x) + luck).clamp(0.0, 1.0);
                match examples.is_finite() {
                    true => (examples * error).round() / examples,
                    false => error,
                }
            }
            Form::Counted { centre, examples } => {
                let right = examples.iter().filter(|example| example.margin(&x, centre) > 0.0);
                1.0 - right.count() as f64 / examples.len() as f64
            }
        })
    }
}

impl Data {
    fn new(random: &mut Stream) -> Self {
        let data = breast_cancer::load_dataset();
        let mut order: Vec<usize> = (0..data.num_samples).collect();
        random.shuffle(&mut order);
        let part = |order: &[usize]| {
            let row = |at: &usize| {
                let start = at * data.num_features;
                data.data[start..start + data.num_features].iter().map(|x| f64::from(*x)).collect()
            };
            let rows: Vec<Vec<f64>> = order.iter().map(row).collect();
            let labels = order.iter().map(|at| data.target[*at] as u32).collect();
            (DenseMatrix::from_2d_vec(&rows).unwrap(), labels)
        };
        let (train, test) = order.split_at(order.len() / 2);
        Data { train: part(train), test: part(test) }
    }

    fn error(&self, params: &Params) -> Result<f64> {
        let criterion = match params.branch("criterion")? {
            "gini" => SplitCriterion::Gini,
            "entropy" => SplitCriterion::Entropy,
            _ => SplitCriterion::ClassificationError,
        };
        let settings = DecisionTreeClassifierParameters {
            criterion,
            max_depth: Some(params.int("max_depth")?),
            min_samples_leaf: params.int("min_samples_leaf")?,
            min_samples_split: params.int("min_samples_split")?,
            seed: Some(1),
        };
        let tree = DecisionTreeClassifier::fit(&self.train.0, &self.train.1, settings).unwrap();
        let found = tree.predict(&self.test.0).unwrap();
        let wrong = found.iter().zip(&self.test.1).filter(|(found, label)| found != label).count();
        Ok(wrong as f64 / found.len() as f64)
    }
}

impl Staircase {
    fn new(axis: usize, random: &mut Stream) -> Self {
        let count = if axis == CHOICE { 3 } else { 1 + random.below(5) };
        let mut cuts: Vec<f64> = (0..count).map(|_| random.unit()).collect();
        cuts.sort_unstable_by(f64::total_cmp);
        if axis == CHOICE {
            cuts = vec![0.5, 1.5, 2.5];
        }
        let levels = (0..=count).map(|_| random.below(8) as f64).collect();
        Staircase { cuts, levels }
    }

    fn at(&self, x: f64) -> f64 {
        self.levels[self.cuts.iter().filter(|cut| **cut < x).count()]
    }
}

impl Node {
    fn new(active: &[usize], depth: u64, random: &mut Stream) -> Self {
        if depth == 0 || (depth < 4 && random.unit() < 0.3) {
            return Node::Leaf(random.below(40) as f64);
        }
        let axis = active[random.below(active.len() as u64) as usize];
        let at = if axis == CHOICE { random.below(3) as f64 + 0.5 } else { random.unit() };
        let mut child = || Box::new(Node::new(active, depth - 1, random));
        Node::Split { axis, at, low: child(), high: child() }
    }

    fn at(&self, x: &[f64; ALL]) -> f64 {
        match self {
            Node::Leaf(value) => *value,
            Node::Split { axis, at, low, high } => if x[*axis] < *at { low } else { high }.at(x),
        }
    }
}

impl Bowl {
    fn at(&self, x: &[f64; ALL]) -> f64 {
        let mut sum = 0.0;
        for (at, &axis) in self.active.iter().enumerate() {
            let own = self.weights[axis].sqrt() * away(x, &self.centre, axis);
            sum += own * own;
            if let Some(&other) = self.active.get(at + 1) {
                sum += self.tilt * own * self.weights[other].sqrt() * away(x, &self.centre, other);
            }
        }
        sum
    }
}

impl Example {
    fn margin(&self, x: &[f64; ALL], centre: &[f64; ALL]) -> f64 {
        let each = (0..ALL).map(|axis| {
            let away = away(x, centre, axis);
            self.slopes[axis] * away - self.bends[axis] * away * away
        });
        self.easy + each.sum::<f64>()
    }
}
