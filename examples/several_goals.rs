//! Tunes a forest that reads handwritten digits for three goals: few mistakes, a quick answer, and a
//! small file. There is no best forest; there is a front to choose from.
//!
//! ```text
//! cargo run --release --example several_goals
//! ```

use std::error::Error;
use std::time::Instant;

use smartcore::dataset::digits;
use smartcore::ensemble::random_forest_classifier::{
    RandomForestClassifier, RandomForestClassifierParameters,
};
use smartcore::linalg::basic::arrays::{Array, Array2};
use smartcore::linalg::basic::matrix::DenseMatrix;
use tunewright::prelude::*;

#[derive(Tunable, Clone, Debug)]
struct Forest {
    #[tune(range = 1..=100, log)]
    trees: u16,
    #[tune(range = 2..=16)]
    max_depth: u16,
    #[tune(range = 1..=20, log)]
    samples_per_leaf: usize,
    #[tune(range = 1..=32, log)]
    pixels_per_split: usize,
}

/// What is measured. Nobody wants a forest that is wrong in half of the cases, or a file of more than a
/// megabyte; how quick it must be is to be seen.
#[derive(Goals)]
struct Measured {
    #[goal(minimize, limit = 0.5)]
    error: f64,
    #[goal(minimize)]
    latency_us: f64,
    #[goal(minimize, limit = 1000.0)]
    size_kb: f64,
    /// The share of mistakes on what it has learned from: a metric, which `explain` uses.
    train_error: f64,
}

/// Images of 8 by 8 pixels, each with the digit that it shows.
struct Digits {
    pixels: DenseMatrix<f32>,
    digits: Vec<u32>,
}

impl Digits {
    /// Digits to learn from, to tune by, and to judge the choice by, which the search never sees.
    fn load() -> Result<[Digits; 3], Box<dyn Error>> {
        let all = digits::load_dataset();
        let pixels = DenseMatrix::new(all.num_samples, all.num_features, all.data, false)?;
        let part = |rows: Vec<usize>| Digits {
            pixels: pixels.take(&rows, 0),
            digits: rows.iter().map(|&row| all.target[row] as u32).collect(),
        };
        let every_third = |first: usize| part((first..all.num_samples).step_by(3).collect());
        Ok([every_third(0), every_third(1), every_third(2)])
    }
}

type Fitted = RandomForestClassifier<f32, u32, DenseMatrix<f32>, Vec<u32>>;

impl Forest {
    fn fit(&self, training: &Digits) -> Result<Fitted, Box<dyn Error>> {
        let parameters = RandomForestClassifierParameters::default()
            .with_n_trees(self.trees)
            .with_max_depth(self.max_depth)
            .with_min_samples_leaf(self.samples_per_leaf)
            .with_m(self.pixels_per_split)
            .with_seed(1);
        Ok(RandomForestClassifier::fit(&training.pixels, &training.digits, parameters)?)
    }

    /// The objective.
    #[allow(clippy::disallowed_methods, reason = "how quick an answer comes is one of the goals")]
    fn measure(&self, training: &Digits, judged: &Digits) -> Result<Measured, Box<dyn Error>> {
        let fitted = self.fit(training)?;
        let images = judged.pixels.shape().0 as f64;
        // Other programs disturb a measurement; the quickest of some is nearest to the truth.
        let mut latency_us = f64::INFINITY;
        for _ in 0..5 {
            let begun = Instant::now();
            fitted.predict(&judged.pixels)?;
            latency_us = latency_us.min(begun.elapsed().as_secs_f64() * 1e6 / images);
        }
        Ok(Measured {
            error: mistakes(&fitted, judged)?,
            latency_us,
            size_kb: serde_json::to_vec(&fitted)?.len() as f64 / 1e3,
            train_error: mistakes(&fitted, training)?,
        })
    }
}

fn mistakes(fitted: &Fitted, judged: &Digits) -> Result<f64, Box<dyn Error>> {
    let guesses = fitted.predict(&judged.pixels)?;
    let wrong = guesses.iter().zip(&judged.digits).filter(|(guess, digit)| guess != digit);
    Ok(wrong.count() as f64 / judged.digits.len() as f64)
}

fn main() -> Result<(), Box<dyn Error>> {
    let [training, validation, unseen] = Digits::load()?;

    let study = Study::<Forest>::goals_of::<Measured>().name("forest").seed(1).build()?;
    let objective = |forest: Forest, _: &mut Trial| forest.measure(&training, &validation);
    study.optimize(objective, 50)?;

    println!("{}\n", study.summary()?);
    println!("The front:\n");
    for trial in study.front()? {
        println!("  {trial}");
    }

    println!("\nThe choice, by what is wanted:\n");
    println!("  the knee:                       {}", study.knee()?);
    println!("  the best below 200 kB:          {}", study.best_within("size_kb", 200.0)?);
    println!("  errors count four times:        {}", study.compromise([4.0, 1.0, 1.0])?);
    let small = study.lexicographic([("error", 0.02), ("size_kb", 0.0)])?;
    println!("  smallest for 2 points of error: {small}");

    let fitted = small.config().fit(&training)?;
    println!("\n{:#?}\n", small.config());
    println!(
        "It is wrong about {:.1} % of {} digits that the search did not see.",
        100.0 * mistakes(&fitted, &unseen)?,
        unseen.digits.len()
    );
    Ok(())
}
