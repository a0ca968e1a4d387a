use std::fmt::{self, Write};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use tunewright::study::progress_bar;
use tunewright::{RandomSampler, Sampler, SearchSpace, Study, Trial};

use super::{Architecture, Arguments, Digits, Failure, train};

/// How many children are trained side by side.
const WORKERS: usize = 2;

/// What a search found, and how it came there.
#[derive(Clone, Debug)]
pub struct Found<A> {
    /// The best architecture by validation accuracy.
    pub architecture: A,
    /// Its validation accuracy, from the training within the search.
    pub reward: f64,
    /// The mean validation accuracy of the children of the second half.
    pub later: f64,
    /// Accuracies on the test images, one for each retraining.
    pub test: Vec<f64>,
    /// How many children were trained.
    pub children: usize,
    /// How long the search took.
    pub time: Duration,
}

/// A search by a sampler and one at random.
#[derive(Clone, Debug)]
pub struct Comparison<A> {
    /// By the sampler.
    pub sampler: Found<A>,
    /// At random, with as many children.
    pub random: Found<A>,
}

/// Searches with `sampler` and at random, each with as many children as the arguments say and none
/// of more than `parameters`; trains what each found anew on all images but those of the test; and
/// writes the drawings of what the sampler found.
///
/// # Errors
/// A search ends without any child, or files cannot be written.
pub fn compare<A, S>(
    space: &S,
    sampler: impl Sampler + 'static,
    parameters: u64,
    arguments: &Arguments,
) -> Result<Comparison<A>, Failure>
where
    A: Architecture + Clone + Send + Sync + fmt::Display + 'static,
    S: SearchSpace<Config = A> + Clone + 'static,
{
    let digits = Digits::load();
    let sampler = search(space, sampler, parameters, arguments, &digits)?;
    let random = search(space, RandomSampler::new(), parameters, arguments, &digits)?;
    fs::create_dir_all(&arguments.output)?;
    for (name, text) in sampler.architecture.files()? {
        fs::write(arguments.output.join(name), text)?;
    }
    Ok(Comparison { sampler, random })
}

#[allow(clippy::disallowed_methods, reason = "says how long the search took")]
fn search<A, S>(
    space: &S,
    sampler: impl Sampler + 'static,
    parameters: u64,
    arguments: &Arguments,
    digits: &Digits,
) -> Result<Found<A>, Failure>
where
    A: Architecture + Clone + Send + Sync + 'static,
    S: SearchSpace<Config = A> + Clone + 'static,
{
    let begun = Instant::now();
    let study = Study::in_space(space.clone())
        .maximize()
        .sampler(sampler)
        .seed(arguments.seed)
        .workers(WORKERS)
        .constraint(format!("at most {parameters} parameters"), move |architecture: &A| {
            architecture.cost().is_ok_and(|cost| cost.parameters <= parameters)
        })
        .observer(progress_bar())
        .build()?;
    let reward = |architecture: A, trial: &mut Trial| -> Result<f64, Failure> {
        trial.record("parameters", architecture.cost()?.parameters as f64);
        let child = train(&architecture, &digits.training, arguments.schedule, trial.seed())?;
        child.accuracy(&digits.validation)
    };
    study.optimize(reward, arguments.children)?;
    let time = begun.elapsed();

    let best = study.best()?;
    let history = study.history()?;
    let rewards: Vec<f64> = history.trials().filter_map(|trial| trial.value()).collect();
    let seen = digits.seen();
    let retrain = |repeat: u64| {
        // Seeds that no child of the search has had.
        let seed = arguments.seed.wrapping_mul(1 << 32) + repeat;
        train(best.config(), &seen, arguments.retraining, seed)?.accuracy(&digits.test)
    };
    let test: Vec<f64> = thread::scope(|scope| {
        let retrain = &retrain;
        let threads: Vec<_> =
            (0..arguments.repeats).map(|repeat| scope.spawn(move || retrain(repeat))).collect();
        let joined = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a retraining panicked".into())));
        joined.collect::<Result<_, Failure>>()
    })?;
    Ok(Found {
        architecture: best.config().clone(),
        reward: best.value(),
        later: mean(&rewards[rewards.len() / 2..]),
        test,
        children: rewards.len(),
        time,
    })
}

/// A table of two rows, and the architecture that the sampler found.
impl<A: Architecture + fmt::Display> fmt::Display for Comparison<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>44}{:^20}", "validation accuracy", "test accuracy,")?;
        writeln!(
            f,
            "{:<12}{:>8}{:>8}{:>14}{:^22}{:>12}{:>8}",
            "search", "children", "best", "second half", "retrained", "parameters", "time"
        )?;
        for (name, found) in [("controller", &self.sampler), ("random", &self.random)] {
            let error = (variance(&found.test) / found.test.len() as f64).sqrt();
            let mut test = format!("{:.2} %", 100.0 * mean(&found.test));
            if error.is_finite() {
                write!(test, " ± {:.2}", 100.0 * error)?;
            }
            let parameters = found.architecture.cost().map_or(0, |cost| cost.parameters);
            writeln!(
                f,
                "{name:<12}{:>8}{:>6.2} %{:>12.2} %{test:^22}{parameters:>12}{:>6.0} s",
                found.children,
                100.0 * found.reward,
                100.0 * found.later,
                found.time.as_secs_f64(),
            )?;
        }
        write!(f, "\n{}", self.sampler.architecture)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sample variance; NaN of fewer than two values.
fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)
}
