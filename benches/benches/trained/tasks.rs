//! What is trained, and the ranges that a practitioner may write for it.

use smartcore::dataset::{boston, breast_cancer, diabetes, digits};
use smartcore::ensemble::random_forest_regressor::RandomForestRegressorParameters;
use smartcore::svm::Kernels;
use smartcore::svm::svr::SVRParameters;
use smartcore::xgboost::XGRegressorParameters;
use tunewright::math::linalg::dot;
use tunewright::sampler::Stream;
use tunewright::space::{Choices, Params, Scale, Space};
use tunewright::trial::metric;
use tunewright::{Result, Trial};

use crate::network::{Digits, Training};
use crate::perceptron::{Activation, Errors, Examples, Network, Optimizer};
use crate::regression::{Data, ElasticNet};

/// Records the training error of a config, and returns its validation error.
type Train = Box<dyn Fn(&Params, &mut Trial) -> Result<f64> + Send + Sync>;

pub(crate) struct Task {
    pub(crate) name: &'static str,
    pub(crate) space: Space,
    pub(crate) train: Train,
}

pub(crate) fn record(trial: &mut Trial, [training, validation]: [f64; 2]) -> f64 {
    trial.record(metric::TRAIN_ERROR, training);
    validation
}

/// All tasks. The last four took no part in the choice of what the advice does.
pub(crate) fn all() -> Vec<Task> {
    vec![
        perceptron(),
        convolution(),
        boosting("boston, boosting", boston()),
        elastic_net("diabetes, elastic net", diabetes()),
        momentum(),
        kernel_ridge("boston, kernel ridge", boston()),
        forest("diabetes, forest", diabetes()),
        adaptive(),
        support_vectors("boston, support vectors", boston()),
        boosting("diabetes, boosting", diabetes()),
        elastic_net("boston, elastic net", boston()),
        kernel_ridge("diabetes, kernel ridge", diabetes()),
        forest("boston, forest", boston()),
    ]
}

/// Share of wrong digits, 400 images to train with, 600 others.
fn perceptron() -> Task {
    let space = Space::builder()
        .int("layers", 1..=4, Scale::Linear)
        .int("units", 4..=128, Scale::Log)
        .float("learning_rate", 1e-5..=1.0, Scale::Log)
        .int("batch_size", 8..=256, Scale::Log)
        .float("weight_decay", 1e-6..=1.0, Scale::Log)
        .float("dropout", 0.0..=0.7, Scale::Linear);
    let data = digits::load_dataset();
    let (training, others) =
        split(&data.data, 64, data.target.iter().map(|&t| t as usize), 400, 600);
    let train = move |p: &Params, trial: &mut Trial| {
        let network = Network {
            layers: p.int("layers")?,
            units: p.int("units")?,
            activation: Activation::Relu,
            optimizer: Optimizer::Adam,
            rate: p.float("learning_rate")? as f32,
            batch: p.int("batch_size")?,
            dropout: p.float("dropout")? as f32,
            decay: p.float("weight_decay")? as f32,
            epochs: 15,
        };
        Ok(record(trial, network.train(&training, &others).map(|errors: Errors| errors.wrong)))
    };
    Task { name: "digits, perceptron", space: space.build().unwrap(), train: Box::new(train) }
}

/// The network and the ranges of the example `capacity_table`.
fn convolution() -> Task {
    let space = Space::builder()
        .int("layers", 1..=3, Scale::Linear)
        .int("units", 4..=32, Scale::Log)
        .field("kernel_width", &Choices::of([1i64, 3, 5, 7]).ordered())
        .float("dropout", 0.0..=0.6, Scale::Linear)
        .float("weight_decay", 1e-2..=10.0, Scale::Log)
        .float("learning_rate", 1e-4..=1e-1, Scale::Log);
    let digits = Digits::load(300);
    let train = move |p: &Params, trial: &mut Trial| {
        let config = Training {
            layers: p.int("layers")?,
            units: p.int("units")?,
            kernel_width: p.int("kernel_width")?,
            dropout: p.float("dropout")?,
            weight_decay: p.float("weight_decay")?,
            learning_rate: p.float("learning_rate")?,
        };
        digits.train(&config, trial)
    };
    Task { name: "digits, convolution", space: space.build().unwrap(), train: Box::new(train) }
}

pub(crate) fn boston() -> Data {
    let all = boston::load_dataset();
    let target: Vec<f64> = all.target.iter().map(|&y| f64::from(y)).collect();
    Data::new(&all.data, &target, all.num_features)
}

pub(crate) fn diabetes() -> Data {
    let all = diabetes::load_dataset();
    let target: Vec<f64> = all.target.iter().map(|&y| f64::from(y)).collect();
    Data::new(&all.data, &target, all.num_features)
}

pub(crate) fn boosting(name: &'static str, data: Data) -> Task {
    let space = Space::builder()
        .int("trees", 5..=200, Scale::Log)
        .float("learning_rate", 1e-3..=1.0, Scale::Log)
        .int("max_depth", 1..=10, Scale::Linear)
        .int("min_child_weight", 1..=50, Scale::Log)
        .float("lambda", 1e-3..=1e2, Scale::Log)
        .float("gamma", 1e-6..=10.0, Scale::Log)
        .float("subsample", 0.2..=1.0, Scale::Linear);
    let train = move |p: &Params, trial: &mut Trial| {
        let parameters = XGRegressorParameters::default()
            .with_n_estimators(p.int("trees")?)
            .with_learning_rate(p.float("learning_rate")?)
            .with_max_depth(p.int("max_depth")?)
            .with_min_child_weight(p.int("min_child_weight")?)
            .with_lambda(p.float("lambda")?)
            .with_gamma(p.float("gamma")?)
            .with_base_score(0.0)
            .with_subsample(p.float("subsample")?)
            .with_seed(1);
        Ok(record(trial, data.boosting(parameters)))
    };
    Task { name, space: space.build().unwrap(), train: Box::new(train) }
}

fn elastic_net(name: &'static str, data: Data) -> Task {
    let space = Space::builder()
        .int("degree", 1..=3, Scale::Linear)
        .bool("powers")
        .float("penalty", 1e-5..=1e2, Scale::Log)
        .float("l1_ratio", 0.0..=1.0, Scale::Linear)
        .int("sweeps", 1..=200, Scale::Log);
    let train = move |p: &Params, trial: &mut Trial| {
        let model = ElasticNet {
            degree: p.int("degree")?,
            powers: p.bool("powers")?,
            penalty: p.float("penalty")?,
            l1_ratio: p.float("l1_ratio")?,
            sweeps: p.int("sweeps")?,
        };
        Ok(record(trial, data.elastic_net(&model)))
    };
    Task { name, space: space.build().unwrap(), train: Box::new(train) }
}

/// Cross-entropy, 280 examples to train with, 289 others.
fn momentum() -> Task {
    let space = Space::builder()
        .int("layers", 1..=3, Scale::Linear)
        .int("units", 2..=64, Scale::Log)
        .field("activation", &Choices::of(["relu", "tanh", "sigmoid"]))
        .float("learning_rate", 1e-5..=1.0, Scale::Log)
        .float("momentum", 0.0..=0.99, Scale::Linear)
        .int("batch_size", 4..=128, Scale::Log)
        .float("l2", 1e-8..=1.0, Scale::Log);
    let data = breast_cancer::load_dataset();
    let classes = data.target.iter().map(|&t| t as usize);
    let (training, others) = split(&data.data, data.num_features, classes, 280, 289);
    let train = move |p: &Params, trial: &mut Trial| {
        let network = Network {
            layers: p.int("layers")?,
            units: p.int("units")?,
            activation: match p.text("activation")? {
                "relu" => Activation::Relu,
                "tanh" => Activation::Tanh,
                _ => Activation::Sigmoid,
            },
            optimizer: Optimizer::Momentum(p.float("momentum")? as f32),
            rate: p.float("learning_rate")? as f32,
            batch: p.int("batch_size")?,
            dropout: 0.0,
            decay: p.float("l2")? as f32,
            epochs: 20,
        };
        Ok(record(trial, network.train(&training, &others).map(|errors: Errors| errors.entropy)))
    };
    Task {
        name: "breast cancer, perceptron",
        space: space.build().unwrap(),
        train: Box::new(train),
    }
}

fn kernel_ridge(name: &'static str, data: Data) -> Task {
    let space = Space::builder()
        .choice("kernel", |kernel| {
            kernel
                .unit("gaussian")
                .unit("laplacian")
                .variant("polynomial", |p| p.int("degree", 2..=5, Scale::Linear))
        })
        .float("gamma", 1e-4..=10.0, Scale::Log)
        .float("penalty", 1e-6..=1e3, Scale::Log)
        .float("offset", 1e-2..=1e2, Scale::Log);
    let train = move |p: &Params, trial: &mut Trial| {
        let (gamma, penalty) = (p.float("gamma")?, p.float("penalty")?);
        let offset = p.float("offset")?;
        let kernel = p.branch("kernel")?;
        let degree = match kernel {
            "polynomial" => p.int::<i32>("kernel.polynomial.degree")?,
            _ => 0,
        };
        let distances = |a: &[f64], b: &[f64], power: i32| -> f64 {
            a.iter().zip(b).map(|(a, b)| (a - b).abs().powi(power)).sum()
        };
        let errors = match kernel {
            "gaussian" => {
                data.kernel_ridge(penalty, |a, b| offset + (-gamma * distances(a, b, 2)).exp())
            }
            "laplacian" => {
                data.kernel_ridge(penalty, |a, b| offset + (-gamma * distances(a, b, 1)).exp())
            }
            _ => data.kernel_ridge(penalty, |a, b| (offset + gamma * dot(a, b)).powi(degree)),
        };
        Ok(record(trial, errors))
    };
    Task { name, space: space.build().unwrap(), train: Box::new(train) }
}

fn forest(name: &'static str, data: Data) -> Task {
    let space = Space::builder()
        .int("trees", 5..=100, Scale::Log)
        .int("inputs_per_split", 1..=10, Scale::Linear)
        .int("max_depth", 1..=20, Scale::Linear)
        .int("min_samples_leaf", 1..=50, Scale::Log)
        .int("min_samples_split", 2..=50, Scale::Log);
    let train = move |p: &Params, trial: &mut Trial| {
        let parameters = RandomForestRegressorParameters::default()
            .with_n_trees(p.int("trees")?)
            .with_m(p.int("inputs_per_split")?)
            .with_max_depth(p.int("max_depth")?)
            .with_min_samples_leaf(p.int("min_samples_leaf")?)
            .with_min_samples_split(p.int("min_samples_split")?)
            .with_seed(1);
        Ok(record(trial, data.forest(parameters)))
    };
    Task { name, space: space.build().unwrap(), train: Box::new(train) }
}

/// Cross-entropy of whether the progression is above the median, 220 examples to train with, 222
/// others.
fn adaptive() -> Task {
    let space = Space::builder()
        .int("hidden_layers", 1..=4, Scale::Linear)
        .int("hidden_units", 2..=128, Scale::Log)
        .field("optimizer", &Choices::of(["adam", "momentum"]))
        .float("lr", 1e-5..=1.0, Scale::Log)
        .float("dropout_rate", 0.0..=0.8, Scale::Linear)
        .float("weight_decay", 1e-6..=1.0, Scale::Log)
        .int("epochs", 2..=60, Scale::Log);
    let data = diabetes::load_dataset();
    let mut sorted = data.target.clone();
    sorted.sort_unstable();
    let middle = sorted[sorted.len() / 2];
    let classes = data.target.iter().map(|&t| usize::from(t > middle));
    let (training, others) = split(&data.data, data.num_features, classes, 220, 222);
    let train = move |p: &Params, trial: &mut Trial| {
        let network = Network {
            layers: p.int("hidden_layers")?,
            units: p.int("hidden_units")?,
            activation: Activation::Relu,
            optimizer: match p.text("optimizer")? {
                "adam" => Optimizer::Adam,
                _ => Optimizer::Momentum(0.9),
            },
            rate: p.float("lr")? as f32,
            batch: 16,
            dropout: p.float("dropout_rate")? as f32,
            decay: p.float("weight_decay")? as f32,
            epochs: p.int("epochs")?,
        };
        Ok(record(trial, network.train(&training, &others).map(|errors: Errors| errors.entropy)))
    };
    Task { name: "diabetes, perceptron", space: space.build().unwrap(), train: Box::new(train) }
}

fn support_vectors(name: &'static str, data: Data) -> Task {
    let space = Space::builder()
        .field("kernel", &Choices::of(["gaussian", "polynomial"]))
        .float("gamma", 1e-4..=1.0, Scale::Log)
        .float("c", 1e-2..=1e2, Scale::Log)
        .float("tube", 1e-3..=1.0, Scale::Log);
    let train = move |p: &Params, trial: &mut Trial| {
        let gamma = p.float("gamma")?;
        let kernel = match p.text("kernel")? {
            "gaussian" => Kernels::rbf().with_gamma(gamma),
            _ => Kernels::polynomial().with_gamma(gamma).with_degree(2.0).with_coef0(1.0),
        };
        let parameters = SVRParameters::default()
            .with_c(p.float("c")?)
            .with_eps(p.float("tube")?)
            .with_kernel(kernel);
        Ok(record(trial, data.support_vectors(&parameters)))
    };
    Task { name, space: space.build().unwrap(), train: Box::new(train) }
}

/// Inputs of mean 0 and deviation 1 with their classes: some to train with, and some others.
pub(crate) fn split(
    data: &[f32],
    columns: usize,
    classes: impl Iterator<Item = usize>,
    training: usize,
    others: usize,
) -> (Examples, Examples) {
    let target: Vec<f64> = classes.map(|class| class as f64).collect();
    let mut order: Vec<usize> = (0..target.len()).collect();
    Stream::new(5, 0).shuffle(&mut order);
    let rows: Vec<&[f32]> = data.chunks_exact(columns).collect();
    let scales: Vec<(f32, f32)> = (0..columns)
        .map(|at| {
            let count = rows.len() as f32;
            let centre = rows.iter().map(|row| row[at]).sum::<f32>() / count;
            let spread = rows.iter().map(|row| (row[at] - centre).powi(2)).sum::<f32>() / count;
            (centre, spread.sqrt().max(1e-6))
        })
        .collect();
    let part = |part: &[usize]| Examples {
        inputs: part
            .iter()
            .map(|&row| {
                let scaled = rows[row].iter().zip(&scales);
                scaled.map(|(x, (centre, spread))| (x - centre) / spread).collect()
            })
            .collect(),
        classes: part.iter().map(|&row| target[row] as usize).collect(),
    };
    (part(&order[..training]), part(&order[training..training + others]))
}
