//! Finds from 60 short trainings which hyperparameters raise the capacity of a network, and shows
//! that beside what the textbook says.
//!
//! ```text
//! cargo run --release --example capacity_table
//! ```

mod network;

use network::{Digits, Training};
use tunewright::prelude::*;

fn main() -> Result<()> {
    let digits = Digits::load(300);
    // Points that are spread evenly show effects best; a search would look at one region only.
    // What all configs do in the end is the question here, so that none is stopped early.
    let study =
        Study::<Training>::minimize().sampler(SobolSampler::new()).seed(1).no_pruning().build()?;
    let train = |config: Training, trial: &mut Trial| digits.train(&config, trial);
    study.optimize(train, 60)?;

    let analysis = study.analysis()?; // roles are guessed from the names; `.with_role(..)` tells others
    let table = analysis.capacity()?;
    println!("Raising a hyperparameter, and the capacity of the network:\n\n{table}\n");
    for row in &table.rows {
        let (Some(role), Some(why)) = (row.role, row.why) else { continue };
        let agrees = match row.agrees {
            Some(true) => "the trials agree",
            Some(false) => "the trials do not agree",
            None => "the trials do not settle it",
        };
        println!("{role}: {why} ({agrees})");
    }
    println!("\nWhat each does:\n");
    for sentence in analysis.effects()?.sentences {
        println!("- {}: {}", sentence.parameter, sentence.text);
    }
    println!("\nWhich ones matter for the validation error:\n\n{}", study.importance()?);
    Ok(())
}
