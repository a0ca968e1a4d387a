//! Further tasks, written in pairs: with the first of each pair advice was looked at, the second
//! ones were kept aside.

use smartcore::dataset::{boston, breast_cancer, digits};
use smartcore::ensemble::random_forest_classifier::{
    RandomForestClassifier, RandomForestClassifierParameters,
};
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::svm::Kernels;
use smartcore::svm::svc::{SVC, SVCParameters};
use smartcore::tree::decision_tree_classifier::SplitCriterion;
use tunewright::Trial;
use tunewright::sampler::Stream;
use tunewright::space::{Choices, Params, Scale, Space};

use crate::methods::{
    Discriminant, Factors, Local, Logistic, Neighbours, RandomFeatures, Smoothing, Splines,
};
use crate::perceptron::{Activation, Errors, Examples, Network, Optimizer};
use crate::regression::Data;
use crate::tasks::{self, Task, boosting, record, split};

/// Airline passengers in thousands, monthly from 1949 to 1960 (Box and Jenkins 1976, series G).
const PASSENGERS: [u16; 144] = [
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170,
    170, 158, 133, 114, 140, 145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166, 171, 180,
    193, 181, 183, 218, 230, 242, 209, 191, 172, 194, 196, 196, 236, 235, 229, 243, 264, 272, 237,
    211, 180, 201, 204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229, 242, 233, 267, 269,
    270, 315, 364, 347, 312, 274, 237, 278, 284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271,
    306, 315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336, 340, 318, 362, 348, 363, 435,
    491, 505, 404, 359, 310, 337, 360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405, 417,
    391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432,
];

pub(crate) fn all() -> Vec<Task> {
    vec![
        logistic(),
        neighbours(),
        random_features(),
        factors(),
        discriminant(),
        classifying_forest(),
        boosting("boston nitric oxides, boosting", nitric_oxides()),
        prices(),
        local(),
        splines(),
        smoothing(),
        classifying_support_vectors(),
    ]
}

fn tumours() -> (Examples, Examples) {
    let data = breast_cancer::load_dataset();
    let classes = data.target.iter().map(|&t| t as usize);
    split(&data.data, data.num_features, classes, 280, 289)
}

fn images() -> (Examples, Examples) {
    let data = digits::load_dataset();
    split(&data.data, 64, data.target.iter().map(|&t| t as usize), 400, 600)
}

fn matrix(part: &Examples) -> DenseMatrix<f64> {
    let rows = part.inputs.iter().map(|row| row.iter().map(|&x| f64::from(x)).collect());
    DenseMatrix::from_2d_vec(&rows.collect::<Vec<Vec<f64>>>()).unwrap()
}

/// Cross-entropy.
fn logistic() -> Task {
    let space = Space::builder()
        .bool("interactions")
        .float("learning_rate", 1e-4..=10.0, Scale::Log)
        .float("power_t", 0.0..=1.0, Scale::Linear)
        .float("alpha", 1e-6..=1.0, Scale::Log)
        .float("l1_ratio", 0.0..=1.0, Scale::Linear)
        .int("epochs", 1..=100, Scale::Log)
        .int("batch_size", 1..=64, Scale::Log);
    let (training, others) = tumours();
    let train = move |p: &Params, trial: &mut Trial| {
        let model = Logistic {
            interactions: p.bool("interactions")?,
            rate: p.float("learning_rate")?,
            power: p.float("power_t")?,
            penalty: p.float("alpha")?,
            l1_ratio: p.float("l1_ratio")?,
            epochs: p.int("epochs")?,
            batch: p.int("batch_size")?,
        };
        Ok(record(trial, model.train(&training, &others)))
    };
    Task {
        name: "breast cancer, logistic regression",
        space: space.build().unwrap(),
        train: Box::new(train),
    }
}

fn neighbours() -> Task {
    let space = Space::builder()
        .int("neighbours", 1..=100, Scale::Log)
        .float("p", 0.5..=4.0, Scale::Log)
        .float("weighting", 0.0..=4.0, Scale::Linear)
        .float("relevance", 0.0..=4.0, Scale::Linear);
    let data = tasks::boston();
    let train = move |p: &Params, trial: &mut Trial| {
        let model = Neighbours {
            count: p.int("neighbours")?,
            power: p.float("p")?,
            weighting: p.float("weighting")?,
            relevance: p.float("relevance")?,
        };
        Ok(record(trial, data.errors(|part| model.guess(&data.training, part))))
    };
    Task { name: "boston, neighbours", space: space.build().unwrap(), train: Box::new(train) }
}

/// Share of wrong digits.
fn random_features() -> Task {
    let space = Space::builder()
        .int("features", 8..=300, Scale::Log)
        .float("gamma", 1e-5..=1.0, Scale::Log)
        .float("penalty", 1e-8..=1e2, Scale::Log)
        .float("shift", 1e-2..=10.0, Scale::Log)
        .field("activation", &Choices::of(["cos", "relu", "tanh"]));
    let (training, others) = images();
    let train = move |p: &Params, trial: &mut Trial| {
        let model = RandomFeatures {
            features: p.int("features")?,
            gamma: p.float("gamma")?,
            shift: p.float("shift")?,
            penalty: p.float("penalty")?,
            activation: match p.text("activation")? {
                "cos" => f64::cos,
                "relu" => |x| x.max(0.0),
                _ => f64::tanh,
            },
        };
        Ok(record(trial, model.train(&training, &others)))
    };
    Task { name: "digits, random features", space: space.build().unwrap(), train: Box::new(train) }
}

/// Half of the pixels of 300 digits from the other half.
fn factors() -> Task {
    let space = Space::builder()
        .int("factors", 1..=32, Scale::Log)
        .float("learning_rate", 1e-4..=1.0, Scale::Log)
        .float("regularization", 1e-5..=1.0, Scale::Log)
        .int("epochs", 1..=60, Scale::Log)
        .float("init_scale", 1e-3..=1.0, Scale::Log)
        .bool("heights");
    let data = digits::load_dataset();
    let rows = data.data.chunks_exact(64).take(300);
    let table: Vec<Vec<f64>> =
        rows.map(|row| row.iter().map(|&x| (f64::from(x) - 4.9) / 6.0).collect()).collect();
    let mut random = Stream::new(9, 0);
    let known: Vec<bool> = (0..300 * 64).map(|_| random.unit() < 0.5).collect();
    let train = move |p: &Params, trial: &mut Trial| {
        let model = Factors {
            factors: p.int("factors")?,
            rate: p.float("learning_rate")?,
            penalty: p.float("regularization")?,
            epochs: p.int("epochs")?,
            init: p.float("init_scale")?,
            heights: p.bool("heights")?,
        };
        Ok(record(trial, model.train(&table, &known)))
    };
    Task { name: "digits, factors", space: space.build().unwrap(), train: Box::new(train) }
}

/// Cross-entropy.
fn discriminant() -> Task {
    let space = Space::builder()
        .int("inputs", 1..=30, Scale::Log)
        .float("pooling", 0.0..=1.0, Scale::Linear)
        .float("shrinkage", 1e-6..=1.0, Scale::Log)
        .float("confidence", 1e-2..=2.0, Scale::Log);
    let (training, others) = tumours();
    let train = move |p: &Params, trial: &mut Trial| {
        let model = Discriminant {
            inputs: p.int("inputs")?,
            pooling: p.float("pooling")?,
            shrinkage: p.float("shrinkage")?,
            confidence: p.float("confidence")?,
        };
        Ok(record(trial, model.train(&training, &others)))
    };
    Task {
        name: "breast cancer, discriminant",
        space: space.build().unwrap(),
        train: Box::new(train),
    }
}

/// Share of wrong digits.
fn classifying_forest() -> Task {
    let space = Space::builder()
        .int("n_estimators", 2..=60, Scale::Log)
        .int("max_features", 1..=64, Scale::Log)
        .int("max_depth", 1..=20, Scale::Linear)
        .int("min_samples_leaf", 1..=50, Scale::Log)
        .int("min_samples_split", 2..=50, Scale::Log)
        .field("criterion", &Choices::of(["gini", "entropy", "error"]));
    let (training, others) = images();
    let [known, new] = [&training, &others].map(|part| {
        let classes: Vec<u32> = part.classes.iter().map(|&class| class as u32).collect();
        (matrix(part), classes)
    });
    let train = move |p: &Params, trial: &mut Trial| {
        let parameters = RandomForestClassifierParameters::default()
            .with_n_trees(p.int("n_estimators")?)
            .with_m(p.int("max_features")?)
            .with_max_depth(p.int("max_depth")?)
            .with_min_samples_leaf(p.int("min_samples_leaf")?)
            .with_min_samples_split(p.int("min_samples_split")?)
            .with_criterion(match p.text("criterion")? {
                "gini" => SplitCriterion::Gini,
                "entropy" => SplitCriterion::Entropy,
                _ => SplitCriterion::ClassificationError,
            })
            .with_seed(1);
        let model = RandomForestClassifier::fit(&known.0, &known.1, parameters).unwrap();
        let errors = [&known, &new].map(|(inputs, classes)| {
            let guesses: Vec<u32> = model.predict(inputs).unwrap();
            let wrong = guesses.iter().zip(classes).filter(|(a, b)| a != b).count();
            wrong as f64 / classes.len() as f64
        });
        Ok(record(trial, errors))
    };
    Task { name: "digits, forest", space: space.build().unwrap(), train: Box::new(train) }
}

/// The fifth column from the others and the price.
fn nitric_oxides() -> Data {
    let all = boston::load_dataset();
    let columns = all.num_features;
    let rows = all.data.chunks_exact(columns);
    let target: Vec<f64> = rows.map(|row| f64::from(row[4])).collect();
    let mut data = all.data.clone();
    for (row, &price) in data.chunks_exact_mut(columns).zip(&all.target) {
        row[4] = price;
    }
    Data::new(&data, &target, columns)
}

/// Cross-entropy of whether a price is above the median, 253 examples to train with, 253 others.
fn prices() -> Task {
    let space = Space::builder()
        .int("layers", 1..=4, Scale::Linear)
        .int("width", 2..=100, Scale::Log)
        .field("activation", &Choices::of(["relu", "tanh"]))
        .float("lr", 1e-4..=1.0, Scale::Log)
        .int("batch", 4..=253, Scale::Log)
        .float("l2", 1e-6..=10.0, Scale::Log)
        .float("dropout", 0.0..=0.8, Scale::Linear);
    let data = boston::load_dataset();
    let mut sorted = data.target.clone();
    sorted.sort_by(f32::total_cmp);
    let middle = sorted[sorted.len() / 2];
    let classes = data.target.iter().map(|&t| usize::from(t > middle));
    let (training, others) = split(&data.data, data.num_features, classes, 253, 253);
    let train = move |p: &Params, trial: &mut Trial| {
        let network = Network {
            layers: p.int("layers")?,
            units: p.int("width")?,
            activation: match p.text("activation")? {
                "relu" => Activation::Relu,
                _ => Activation::Tanh,
            },
            optimizer: Optimizer::Adam,
            rate: p.float("lr")? as f32,
            batch: p.int("batch")?,
            dropout: p.float("dropout")? as f32,
            decay: p.float("l2")? as f32,
            epochs: 40,
        };
        Ok(record(trial, network.train(&training, &others).map(|errors: Errors| errors.entropy)))
    };
    Task { name: "boston, perceptron", space: space.build().unwrap(), train: Box::new(train) }
}

fn local() -> Task {
    let space = Space::builder()
        .float("bandwidth", 0.3..=30.0, Scale::Log)
        .field("kernel", &Choices::of(["gaussian", "exponential", "tricube"]))
        .int("degree", 0..=2, Scale::Linear)
        .float("ridge", 1e-6..=1e2, Scale::Log)
        .float("relevance", 0.0..=4.0, Scale::Linear);
    let data = tasks::diabetes();
    let train = move |p: &Params, trial: &mut Trial| {
        let model = Local {
            width: p.float("bandwidth")?,
            kernel: match p.text("kernel")? {
                "gaussian" => |x| (-0.5 * x * x).exp(),
                "exponential" => |x| (-x).exp(),
                _ => |x: f64| (1.0 - x.min(1.0).powi(3)).powi(3),
            },
            degree: p.int("degree")?,
            penalty: p.float("ridge")?,
            relevance: p.float("relevance")?,
        };
        Ok(record(trial, data.errors(|part| model.guess(&data.training, part))))
    };
    Task {
        name: "diabetes, local regression",
        space: space.build().unwrap(),
        train: Box::new(train),
    }
}

fn splines() -> Task {
    let space = Space::builder()
        .int("knots", 1..=20, Scale::Log)
        .int("order", 0..=3, Scale::Linear)
        .float("penalty", 1e-6..=1e4, Scale::Log)
        .float("trim", 0.0..=0.2, Scale::Linear)
        .bool("products");
    let data = tasks::boston();
    let train = move |p: &Params, trial: &mut Trial| {
        let model = Splines {
            knots: p.int("knots")?,
            order: p.int("order")?,
            penalty: p.float("penalty")?,
            trim: p.float("trim")?,
            products: p.bool("products")?,
        };
        let guesses = model.guesses(&data.training, [&data.training, &data.others]);
        let mut guesses = guesses.into_iter();
        Ok(record(trial, data.errors(|_| guesses.next().unwrap_or_default())))
    };
    Task { name: "boston, splines", space: space.build().unwrap(), train: Box::new(train) }
}

/// Forecasts of the last three years.
fn smoothing() -> Task {
    let space = Space::builder()
        .float("level", 0.0..=1.0, Scale::Linear)
        .float("trend", 0.0..=1.0, Scale::Linear)
        .float("season", 0.0..=1.0, Scale::Linear)
        .float("damping", 0.5..=1.0, Scale::Linear)
        .float("box_cox", 0.0..=1.0, Scale::Linear);
    let series: Vec<f64> = PASSENGERS.iter().map(|&count| f64::from(count)).collect();
    let train = move |p: &Params, trial: &mut Trial| {
        let model = Smoothing {
            level: p.float("level")?,
            trend: p.float("trend")?,
            season: p.float("season")?,
            damping: p.float("damping")?,
            power: p.float("box_cox")?,
        };
        Ok(record(trial, model.errors(&series, 108)))
    };
    Task { name: "passengers, smoothing", space: space.build().unwrap(), train: Box::new(train) }
}

/// Share of wrong answers.
fn classifying_support_vectors() -> Task {
    let space = Space::builder()
        .field("kernel", &Choices::of(["rbf", "polynomial", "linear"]))
        .float("gamma", 1e-6..=10.0, Scale::Log)
        .float("C", 1e-3..=1e3, Scale::Log)
        .int("degree", 2..=5, Scale::Linear)
        .float("coef0", 0.0..=2.0, Scale::Linear);
    let (training, others) = tumours();
    let [known, new] = [&training, &others].map(|part| {
        let classes: Vec<i32> =
            part.classes.iter().map(|&class| if class == 1 { 1 } else { -1 }).collect();
        (matrix(part), classes)
    });
    let train = move |p: &Params, trial: &mut Trial| {
        let gamma = p.float("gamma")?;
        let kernel = match p.text("kernel")? {
            "rbf" => Kernels::rbf().with_gamma(gamma),
            "polynomial" => Kernels::polynomial()
                .with_gamma(gamma)
                .with_degree(p.float("degree")?)
                .with_coef0(p.float("coef0")?),
            _ => Kernels::linear(),
        };
        let parameters =
            SVCParameters::default().with_c(p.float("C")?).with_kernel(kernel).with_seed(Some(1));
        let model = SVC::fit(&known.0, &known.1, &parameters).unwrap();
        let errors = [&known, &new].map(|(inputs, classes)| {
            let scores = model.predict(inputs).unwrap();
            let wrong = scores.iter().zip(classes).filter(|(a, b)| (**a > 0.0) != (**b > 0));
            wrong.count() as f64 / classes.len() as f64
        });
        Ok(record(trial, errors))
    };
    Task {
        name: "breast cancer, support vectors",
        space: space.build().unwrap(),
        train: Box::new(train),
    }
}
