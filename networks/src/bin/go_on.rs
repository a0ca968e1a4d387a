//! Tunes a convolutional network whose trials are stopped early and may go on later, from what they have
//! saved. When it is started again after it was killed, the study goes on with the checkpoints that are there.
//!
//! ```text
//! cargo run --release -p tunewright-networks --bin go_on
//! ```

use std::process::ExitCode;

use tunewright::nas::{Layer, Network};
use tunewright::space::Scale;
use tunewright::trial::{Origin, TrialRecord};
use tunewright::{Params, Space, Study, Trial};
use tunewright_networks::{Arguments, Digits, Failure, Schedule, run, train};

/// Trials in all.
const TRIALS: usize = 60;
/// Passes over the images of a whole training.
const EPOCHS: usize = 12;

fn main() -> ExitCode {
    run("go_on", tune)
}

fn tune(arguments: &Arguments) -> Result<(), Failure> {
    let digits = Digits::load()?;
    std::fs::create_dir_all(&arguments.output)?;
    let space = Space::builder()
        .float("rate", 1e-4..=1e-1, Scale::Log)
        .int("batch", 8..=128, Scale::Log)
        .int("filters", 2..=16, Scale::Log)
        .int("layers", 1..=4, Scale::Linear)
        .build()?;
    let study = Study::in_space(space)
        .maximize()
        .name("go_on")
        .seed(arguments.seeds.first().copied().unwrap_or(1))
        .storage(format!("journal:{}", arguments.output.join("trials.log").display()))
        .checkpoints(arguments.output.join("checkpoints"))
        .build()?;
    let objective = |config: Params, trial: &mut Trial| -> Result<f64, Failure> {
        let schedule =
            Schedule { epochs: EPOCHS, batch: config.int("batch")?, rate: config.float("rate")? };
        let network = network(config.int("filters")?, config.int("layers")?)?;
        let (seed, saved) = (trial.seed(), trial.checkpoint().cloned());
        let mut accuracy = 0.0;
        train(&network, &digits.training, schedule, seed, saved.as_ref(), |epoch, training| {
            accuracy = training.child().accuracy(&digits.validation)?;
            Ok(trial.report_resumable(epoch, accuracy, |folder| training.save(folder))?)
        })?;
        Ok(accuracy)
    };
    study.optimize_until(objective, TRIALS.min(arguments.children))?;
    let history = study.history()?;
    let continues = |trial: &&TrialRecord| matches!(trial.origin(), Origin::Continued { .. });
    let passes: usize = history
        .trials()
        .filter(|trial| !history.is_continued(trial.number()))
        .map(|trial| trial.reports().len())
        .sum();
    let went_on = history.trials().filter(continues).count();
    let configs = history.distinct();
    println!(
        "{configs} networks with {passes} passes in all, of {} without early stopping; {went_on} times one \
         went on",
        configs * EPOCHS
    );
    let best = study.best()?;
    println!("the best, of trial {}: accuracy {:.3}", best.number(), best.value());
    Ok(())
}

/// A stack of layers with so many filters each.
fn network(filters: i64, layers: usize) -> tunewright::Result<Network> {
    let layer = Layer::new().with("filter_height", 3).with("filter_width", 3);
    let layer = layer.with("filters", filters).with("stride", 1);
    Network::sequential(vec![layer; layers])
}
