//! Tunes a classifier of handwritten digits: which model, and with which settings?
//!
//! ```text
//! cargo run --release --example quickstart
//! ```

use std::error::Error;

use smartcore::dataset::digits;
use smartcore::ensemble::random_forest_classifier::{
    RandomForestClassifier, RandomForestClassifierParameters,
};
use smartcore::linalg::basic::arrays::Array2;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::model_selection::{BaseKFold, KFold, train_test_split};
use smartcore::svm::Kernels;
use smartcore::svm::svc::{SVC, SVCParameters};
use tunewright::prelude::*;

/// What is tuned. The type is the search space: each variant has parameters of its own, which exist
/// only when it is chosen.
#[derive(Tunable, Clone, Debug)]
enum Model {
    /// A support vector machine with a Gaussian kernel.
    SupportVectors {
        #[tune(range = 1e-2..=1e3, log)]
        penalty: f32,
        #[tune(range = 1e-4..=0.3, log)]
        gamma: f64,
    },
    /// A random forest.
    Forest {
        #[tune(range = 10..=300, log)]
        trees: u16,
        #[tune(range = 1..=64, log)]
        pixels_per_split: usize,
        #[tune(range = 1..=10)]
        samples_per_leaf: usize,
        #[tune(range = 3..=20)]
        max_depth: u16,
    },
}

impl Model {
    /// What the library does by default, with the usual gamma of one over the number of inputs,
    /// since it has none.
    fn default_support_vectors() -> Self {
        Model::SupportVectors { penalty: 1.0, gamma: 1.0 / 64.0 }
    }

    /// What the library does by default. No tree of these data grows deeper than 20.
    fn default_forest() -> Self {
        Model::Forest { trees: 100, pixels_per_split: 8, samples_per_leaf: 1, max_depth: 20 }
    }

    /// The objective: share of mistakes in threefold cross-validation.
    fn error(&self, data: &Digits, trial: &mut Trial) -> Result<f64, Box<dyn Error>> {
        let (mut mistakes, mut seen) = (0, 0);
        let folds = KFold::default().with_n_splits(3).with_seed(Some(0)).split(&data.pixels);
        for (fold, (training, test)) in (0..).zip(folds) {
            mistakes += self.mistakes(&data.rows(&training), &data.rows(&test))?;
            seen += test.len();
            trial.report(fold, mistakes as f64 / seen as f64)?; // leaves here when it is hopeless
        }
        Ok(mistakes as f64 / seen as f64)
    }

    /// Learns from some digits and counts the mistakes on others.
    fn mistakes(&self, training: &Digits, test: &Digits) -> Result<usize, Box<dyn Error>> {
        let is_odd: Vec<u32> = match *self {
            Model::SupportVectors { penalty, gamma } => {
                let parameters = SVCParameters::default()
                    .with_c(penalty)
                    .with_kernel(Kernels::rbf().with_gamma(gamma))
                    .with_seed(Some(0));
                let machine = SVC::fit(&training.pixels, &training.is_odd, &parameters)?;
                machine.predict(&test.pixels)?.into_iter().map(|class| class as u32).collect()
            }
            Model::Forest { trees, pixels_per_split, samples_per_leaf, max_depth } => {
                let parameters = RandomForestClassifierParameters::default()
                    .with_n_trees(trees)
                    .with_m(pixels_per_split)
                    .with_min_samples_leaf(samples_per_leaf)
                    .with_max_depth(max_depth);
                RandomForestClassifier::fit(&training.pixels, &training.is_odd, parameters)?
                    .predict(&test.pixels)?
            }
        };
        Ok(is_odd.iter().zip(&test.is_odd).filter(|(guess, truth)| guess != truth).count())
    }
}

/// Images of 8 by 8 pixels, each a handwritten digit that is odd (1) or even (0).
struct Digits {
    pixels: DenseMatrix<f32>,
    is_odd: Vec<u32>,
}

impl Digits {
    /// The digits to tune and train with, and those that the search never sees.
    fn load() -> Result<(Digits, Digits), Box<dyn Error>> {
        /// Standard deviation of all pixels, for inputs on the scale that kernels are made for.
        const SPREAD: f32 = 6.0;
        let all = digits::load_dataset();
        let pixels = all.data.iter().map(|pixel| pixel / SPREAD).collect();
        let pixels = DenseMatrix::new(all.num_samples, all.num_features, pixels, false)?;
        let is_odd: Vec<u32> = all.target.iter().map(|&digit| digit as u32 % 2).collect();
        let (pixels, unseen_pixels, is_odd, unseen_is_odd) =
            train_test_split(&pixels, &is_odd, 0.6, true, Some(0));
        Ok((Digits { pixels, is_odd }, Digits { pixels: unseen_pixels, is_odd: unseen_is_odd }))
    }

    fn rows(&self, rows: &[usize]) -> Digits {
        Digits {
            pixels: self.pixels.take(rows, 0),
            is_odd: rows.iter().map(|&row| self.is_odd[row]).collect(),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (data, unseen) = Digits::load()?;
    let study = Study::<Model>::minimize()
        .seed(7)
        .workers(2)
        .start_from(Model::default_support_vectors())
        .start_from(Model::default_forest())
        .observer(progress_bar())
        .build()?;
    study.optimize(|model: Model, trial: &mut Trial| model.error(&data, trial), 36)?;

    println!("The ten best trials:\n\n{}\n", study.trials()?.table().sorted_by_value().limit(10));
    println!("{}\n", study.summary()?);
    let best = study.best()?;
    println!("The best config:\n\n{:#?}\n", best.config());

    println!("Mistakes on {} digits that the search did not see:\n", unseen.is_odd.len());
    for (name, model) in [
        ("forest with its defaults", &Model::default_forest()),
        ("support vectors with their defaults", &Model::default_support_vectors()),
        ("the best config", best.config()),
    ] {
        println!("{:>5}  {name}", model.mistakes(&data, &unseen)?);
    }
    Ok(())
}
