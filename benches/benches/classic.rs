//! The best of 60 trials of the Bayesian sampler on classic functions, over 20 seeds.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints its figures")]

use tunewright::math::statistics::{mean, median};
use tunewright::testing::problems::{self, Problem};
use tunewright::{BayesianSampler, Params, Study, Trial};

const SEEDS: u64 = 20;
const TRIALS: usize = 60;

fn main() {
    println!("| function | optimum | median | mean | worst |\n|---|---|---|---|---|");
    for problem in [
        problems::branin(),
        problems::hartmann6(),
        problems::styblinski_tang(10),
        problems::levy(10),
        problems::ackley(20),
    ] {
        let bests: Vec<f64> = (0..SEEDS).map(|seed| best(&problem, seed)).collect();
        let worst = bests.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        println!(
            "| {}, {} parameters | {:.5} | {:.5} | {:.5} | {worst:.5} |",
            problem.name(),
            problem.space().len(),
            problem.optimum(),
            median(&bests),
            mean(&bests),
        );
    }
}

fn best(problem: &Problem, seed: u64) -> f64 {
    let study = Study::in_space(problem.space().clone())
        .seed(seed)
        .sampler(BayesianSampler::new())
        .build()
        .unwrap();
    study.optimize(|config: Params, _: &mut Trial| problem.evaluate(&config), TRIALS).unwrap();
    study.best().unwrap().value()
}
