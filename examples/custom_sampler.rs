//! A sampler of one's own in thirty lines, measured against random search.
//!
//! ```text
//! cargo run --release --example custom_sampler
//! ```

use tunewright::prelude::*;
use tunewright::testing::{self, problems};

/// Varies the best configs found so far, by less and less.
#[derive(Clone, Copy, Debug)]
struct Refine {
    /// Trials at random before the first variation.
    startup: usize,
    /// How many of the best are varied.
    elite: usize,
}

impl Sampler for Refine {
    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
        // All randomness comes from the trial's own stream: that makes a study reproducible.
        let mut random = context.random();

        // Losses are oriented, so that smaller is better even if the study maximizes; trials that
        // failed or still run are not among the complete ones.
        let trials = context.history().ranked();
        if trials.len() < self.startup || random.unit() < 0.1 {
            return context.sample(&mut random).map(Suggestion::from);
        }
        let elite = self.elite.min(trials.len());
        let parent = trials[random.below(elite as u64) as usize];

        // A step in the unit cube of the space, where ranges and log scales are alike.
        let width = 0.5 / (trials.len() as f64).sqrt();
        Ok(context.space().perturb(parent.point(), width, &mut random).into())
    }
}

fn main() -> Result<()> {
    let refine = Refine { startup: 10, elite: 3 };

    // The suite that every sampler of the crate passes; it belongs in a test of yours.
    testing::sampler(|| refine);
    println!("The sampler keeps its contract.\n");

    println!("Gap between the best of 100 trials and the optimum, mean of 20 studies:\n");
    println!("{:12} {:>10} {:>10}", "", "random", "refine");
    for problem in
        [problems::branin(), problems::hartmann6(), problems::levy(5), problems::ackley(5)]
    {
        let random = mean_gap(&problem, RandomSampler::new())?;
        let refined = mean_gap(&problem, refine)?;
        println!("{:12} {random:>10.3} {refined:>10.3}", problem.name());
    }
    Ok(())
}

fn mean_gap(problem: &problems::Problem, sampler: impl Sampler + Clone + 'static) -> Result<f64> {
    const STUDIES: u64 = 20;
    let mut sum = 0.0;
    for seed in 0..STUDIES {
        let study = Study::in_space(problem.space().clone())
            .minimize()
            .seed(seed)
            .sampler(sampler.clone())
            .build()?;
        study.optimize(|config: Params, _: &mut Trial| problem.evaluate(&config), 100)?;
        sum += study.best()?.value() - problem.optimum();
    }
    Ok(sum / STUDIES as f64)
}
