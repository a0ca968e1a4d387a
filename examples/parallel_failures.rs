//! Four workers and an objective that fails in every way: what a study makes of it, and when it
//! stops.
//!
//! ```text
//! cargo run --release --example parallel_failures
//! ```

use std::thread::sleep;
use std::time::Duration;

use tunewright::prelude::*;
use tunewright::trial::Origin;

#[derive(Tunable, Clone, Debug)]
struct Training {
    #[tune(range = 1e-4..=3.0, log)]
    learning_rate: f64,
    #[tune(choices = [32, 64, 128, 256, 512], ordered)]
    batch: usize,
    #[tune(range = 1..=11)]
    layers: usize,
}

/// Fails as real training runs do.
fn train(training: Training, trial: &mut Trial) -> Result<f64, &'static str> {
    let Training { learning_rate, batch, layers } = training;
    sleep(Duration::from_millis(5));
    if batch * layers > 3000 {
        return Err("out of memory");
    }
    if trial.number() % 10 == 4 {
        return Err("lost the connection to the data"); // the next attempt may succeed
    }
    // A bug that hides until there are eleven layers: a panic fails the trial, too.
    const WIDTHS: [f64; 10] = [64.0, 64.0, 48.0, 48.0, 32.0, 32.0, 24.0, 24.0, 16.0, 16.0];
    let width = WIDTHS[layers - 1];
    // The loss diverges: NaN and infinity are no values.
    let loss = if learning_rate > 1.0 { f64::NAN } else { (learning_rate.log10() + 2.5).powi(2) };
    Ok(loss + 8.0 / width + layers as f64 / 50.0)
}

fn main() -> Result<()> {
    // Panics are caught, but before that they print a message. Where the reasons that the study
    // keeps are enough, the application may silence it.
    std::panic::set_hook(Box::new(|_| {}));

    let study = Study::<Training>::minimize()
        .seed(4)
        .workers(4)
        .retry(1)
        .target(0.2)
        .stop_after_no_improvement(60)
        .time_limit(Duration::from_secs(10))
        .build()?;
    let reason = study.optimize(train, 100)?;
    println!("Stopped, because {reason}.\n\n{}", study.summary()?);

    // A second attempt helps where a failure comes and goes.
    let history = study.history()?;
    for trial in history.complete().map(|trial| trial.record()) {
        if let Origin::Retry { of, .. } = trial.origin() {
            let reason = history.trial(of).and_then(TrialRecord::failure).unwrap_or("");
            println!("Trial {of} failed ({reason}); trial {} made up for it.", trial.number());
        }
    }

    println!("\nNothing works: the study does not run to its end.");
    let study = Study::<Training>::minimize().seed(4).workers(4).stop_after_failures(8).build()?;
    let broken = |_: Training, _: &mut Trial| Err::<f64, _>("no such file: data.csv");
    let reason = study.optimize(broken, 1000)?;
    println!("Stopped after {} trials, because {reason}.", study.trials()?.len());
    if let Err(error) = study.best() {
        println!("Best trial: {error}");
    }

    println!("\nThe objective has seen enough, and says so:");
    let study = Study::<Training>::minimize().seed(4).workers(4).build()?;
    let reason = study.optimize(
        |training: Training, trial: &mut Trial| {
            let loss = train(training, trial)?;
            if loss < 0.25 {
                trial.stop_study();
            }
            Ok::<_, &str>(loss)
        },
        Study::<Training>::UNLIMITED,
    )?;
    println!("Stopped after {} trials, because {reason}.", study.trials()?.len());
    println!("Best trial: {:.3} with {:?}", study.best()?.value(), study.best()?.config());
    Ok(())
}
