use std::time::Duration;

use cpu_time::ProcessTime;
use tunewright::{ControllerSampler, RandomSampler, SearchSpace, Study, Trial};

use super::{Architecture, Arguments, Digits, Failure, train};

/// How many children are trained side by side.
pub(super) const WORKERS: usize = 2;

/// The metric that says how much of the search's time was used when a child was done.
const SPENT: &str = "seconds spent";

/// One of the searches that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arm {
    /// By the controller; otherwise at random.
    pub controller: bool,
    /// Children without prospects are ended early.
    pub early_stopping: bool,
}

impl Arm {
    /// All of them.
    pub const ALL: [Arm; 4] = [
        Arm { controller: true, early_stopping: true },
        Arm { controller: true, early_stopping: false },
        Arm { controller: false, early_stopping: true },
        Arm { controller: false, early_stopping: false },
    ];

    /// The name for tables.
    pub fn name(self) -> &'static str {
        match (self.controller, self.early_stopping) {
            (true, true) => "controller, early stopping",
            (true, false) => "controller",
            (false, true) => "random, early stopping",
            (false, false) => "random",
        }
    }
}

/// What is searched, and with what.
#[derive(Debug)]
pub struct Task<S> {
    /// All architectures.
    pub space: S,
    /// What a child may have.
    pub parameters: u64,
    /// What a child may compute for an image, which limits how long it trains.
    pub multiply_adds: u64,
    /// The controller of a search.
    pub controller: fn() -> ControllerSampler,
    /// Rate of Adam at the beginning.
    pub rate: f64,
}

/// A child that was better than all before it.
#[derive(Clone, Debug)]
pub struct Improvement<A> {
    /// Seconds of processor time from the beginning of the search.
    pub seconds: f64,
    /// Validation accuracy.
    pub reward: f64,
    /// The network.
    pub architecture: A,
}

/// What a search found, and how it came there.
#[derive(Clone, Debug)]
pub struct Found<A> {
    /// From the first to the best child.
    pub improvements: Vec<Improvement<A>>,
    /// How many children were begun.
    pub children: usize,
    /// How many of them were ended early.
    pub ended_early: usize,
    /// Mean validation accuracy of those that were trained to the end.
    pub mean: f64,
    /// Processor time of all threads, for training and for searching.
    pub time: Duration,
}

impl<A> Found<A> {
    /// The best network of all.
    pub fn best(&self) -> Option<&Improvement<A>> {
        self.improvements.last()
    }

    /// The best network after so many seconds.
    pub fn after(&self, seconds: f64) -> Option<&Improvement<A>> {
        self.improvements.iter().rev().find(|improvement| improvement.seconds <= seconds)
    }

    /// When a child was first as good.
    pub fn reached(&self, reward: f64) -> Option<f64> {
        let reached = self.improvements.iter().find(|improvement| improvement.reward >= reward);
        reached.map(|improvement| improvement.seconds)
    }
}

/// Searches until the processor time of the arguments is used up. Children that run then are left out.
///
/// # Errors
/// No child is done in time, or one fails.
pub fn search<A, S>(
    task: &Task<S>,
    arm: Arm,
    seed: u64,
    arguments: &Arguments,
    digits: &Digits,
) -> Result<Found<A>, Failure>
where
    A: Architecture + Clone + Send + Sync + 'static,
    S: SearchSpace<Config = A> + Clone + 'static,
{
    let (parameters, multiply_adds) = (task.parameters, task.multiply_adds);
    let limit = format!("at most {parameters} parameters and {multiply_adds} multiply-adds");
    let study = Study::in_space(task.space.clone())
        .maximize()
        .seed(seed)
        .workers(WORKERS)
        .constraint(limit, move |architecture: &A| {
            architecture.cost().is_ok_and(|cost| {
                cost.parameters <= parameters && cost.multiply_adds <= multiply_adds
            })
        });
    let study = match arm.controller {
        true => study.sampler((task.controller)()),
        false => study.sampler(RandomSampler::new()),
    };
    // Early stopping is the default of studies.
    let study = if arm.early_stopping { study } else { study.no_pruning() };
    let study = study.build()?;

    // Of the whole process, which does nothing else meanwhile: what a sampler computes counts, too, and
    // other work on the machine does not.
    let begun = ProcessTime::now();
    let spent = || begun.elapsed().as_secs_f64();
    let end = study.stop_handle();
    let reward = |architecture: A, trial: &mut Trial| -> Result<f64, Failure> {
        let (schedule, seed) = (arguments.schedule(task.rate), trial.seed());
        let mut accuracy = 0.0;
        train(&architecture, &digits.training, schedule, seed, None, |epoch, training| {
            accuracy = training.child().accuracy(&digits.validation)?;
            if spent() > arguments.seconds {
                end.interrupt();
            }
            // Its error says that this child is to end.
            trial.report(epoch, accuracy)?;
            Ok(())
        })?;
        trial.record(SPENT, spent());
        Ok(accuracy)
    };
    study.optimize(reward, arguments.children)?;
    let time = begun.elapsed();

    let history = study.history()?;
    if let Some(failure) = history.failed().find_map(|trial| trial.failure()) {
        return Err(format!("a child failed: {failure}").into());
    }
    let mut done = Vec::new();
    for trial in history.trials() {
        if let (Some(reward), Some(seconds)) = (trial.value(), trial.metric(SPENT)) {
            done.push((seconds, reward, trial));
        }
    }
    done.sort_by(|(left, ..), (right, ..)| left.total_cmp(right));
    let mut improvements: Vec<Improvement<A>> = Vec::new();
    for &(seconds, reward, trial) in &done {
        if improvements.last().is_none_or(|best| reward > best.reward) {
            let architecture = study.config_of(trial)?;
            improvements.push(Improvement { seconds, reward, architecture });
        }
    }
    if improvements.is_empty() {
        let seconds = arguments.seconds;
        return Err(format!(
            "no child was done within {seconds} s of processor time; raise --seconds"
        )
        .into());
    }
    Ok(Found {
        improvements,
        children: history.trials().count(),
        ended_early: history.pruned().count(),
        mean: done.iter().map(|(_, reward, _)| reward).sum::<f64>() / done.len() as f64,
        time,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(improvements: &[(f64, f64)]) -> Found<()> {
        let improvements = improvements
            .iter()
            .map(|&(seconds, reward)| Improvement { seconds, reward, architecture: () })
            .collect();
        let (children, ended_early, mean, time) = (9, 0, 0.5, Duration::from_secs(9));
        Found { improvements, children, ended_early, mean, time }
    }

    #[test]
    fn what_was_found_is_known_for_every_time() {
        let found = found(&[(1.0, 0.5), (4.0, 0.7), (6.0, 0.9)]);
        assert_eq!(found.best().unwrap().reward, 0.9);
        assert!(found.after(0.9).is_none());
        assert_eq!(found.after(4.0).unwrap().reward, 0.7);
        assert_eq!(found.after(5.9).unwrap().reward, 0.7);
        assert_eq!(found.reached(0.6), Some(4.0));
        assert_eq!(found.reached(0.7), Some(4.0));
        assert_eq!(found.reached(0.95), None);
    }
}
