//! Trials whose steps do not take the same time. The clock is the metric that they record.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tunewright::curves::{Curve, Curves};
use tunewright::pruner::{MarginalValuePruner, Pruner, Verdict};
use tunewright::sampler::Stream;
use tunewright::space::{Params, Scale, Space};
use tunewright::trial::{TrialRecord, metric};
use tunewright::{RandomSampler, Result, Study, Trial};

const STEPS: u64 = 30;

/// Half of the configs take longer than the others, for the same losses.
fn space() -> Space {
    Space::builder()
        .float("x", 0.0..=1.0, Scale::Linear)
        .float("y", 0.0..=1.0, Scale::Linear)
        .bool("slow")
        .build()
        .unwrap()
}

/// A study whose slow configs take `times` as long, and which ends at this loss.
fn searched(
    pruner: MarginalValuePruner,
    times: Option<f64>,
    seed: u64,
    target: f64,
) -> Study<Params> {
    let train = |config: Params, trial: &mut Trial| -> Result<f64> {
        let end = (config.float("x")? - 0.3).powi(2) + (config.float("y")? - 0.6).powi(2);
        let each = times.map(|times| if config.bool("slow").unwrap() { times } else { 1.0 });
        let mut random = Stream::new(trial.seed(), 0);
        let start = 1.0 + 0.1 * random.normal();
        for step in 0..STEPS {
            let passed = (step + 1) as f64;
            if let Some(each) = each {
                trial.record(metric::SECONDS, passed * each);
            }
            let loss = end + (start - end) * (-0.1 * passed).exp();
            trial.report(step, loss + 0.01 * random.normal())?;
        }
        Ok(end)
    };
    let study = Study::in_space(space()).sampler(RandomSampler::new()).pruner(pruner);
    let study = study.seed(seed).target(target).build().unwrap();
    study.optimize(train, 3000).unwrap();
    study
}

fn seconds(study: &Study<Params>) -> f64 {
    study.history().unwrap().trials().filter_map(|trial| trial.metric(metric::SECONDS)).sum()
}

/// What became of each trial, and why.
fn ends(study: &Study<Params>) -> Vec<(String, Option<String>)> {
    let history = study.history().unwrap();
    let end = |trial: &TrialRecord| (trial.state().to_string(), trial.reason().map(str::to_owned));
    history.trials().map(end).collect()
}

#[test]
fn the_best_is_found_in_fewer_seconds() {
    let (mut by_steps, mut by_seconds) = (0.0, 0.0);
    for seed in 0..60 {
        by_steps += seconds(&searched(MarginalValuePruner::new(), Some(10.0), seed, 3e-3));
        let pruner = MarginalValuePruner::new().per_second();
        by_seconds += seconds(&searched(pruner, Some(10.0), seed, 3e-3));
    }
    println!("{by_steps} s by steps, {by_seconds} s by seconds");
    assert!(by_seconds < 0.85 * by_steps, "{by_steps} s by steps, {by_seconds} s by seconds");
}

#[test]
fn by_default_seconds_change_nothing() {
    let usual = MarginalValuePruner::new;
    let without = ends(&searched(usual(), None, 1, 1e-2));
    assert!(without.iter().any(|(state, _)| state == "pruned"));
    assert_eq!(ends(&searched(usual(), Some(10.0), 1, 1e-2)), without);
}

#[test]
fn where_all_steps_take_the_same_seconds_decide_as_steps_do() {
    for seed in 0..5 {
        let states = |study: Study<Params>| -> Vec<String> {
            ends(&study).into_iter().map(|(state, _)| state).collect()
        };
        let by_steps = states(searched(MarginalValuePruner::new(), Some(1.0), seed, 1e-2));
        let pruner = MarginalValuePruner::new().per_second();
        assert_eq!(states(searched(pruner, Some(1.0), seed, 1e-2)), by_steps);
    }
}

#[test]
fn reasons_tell_the_seconds() {
    let study = searched(MarginalValuePruner::new().per_second(), Some(10.0), 2, 1e-2);
    let history = study.history().unwrap();
    let mut pruned = history.pruned().filter_map(TrialRecord::reason);
    let slow = |reason: &str| reason.contains(" s, a whole trial ") && reason.ends_with(" s");
    assert!(pruned.all(slow) && history.pruned().count() > 0);
}

/// Keeps what it is shown of the first trial.
#[derive(Clone, Debug, Default)]
struct Watching(Arc<Mutex<Vec<Option<f64>>>>);

impl Pruner for Watching {
    fn decide(&self, trial: &Curve, _: &Curves) -> Verdict {
        self.0.lock().unwrap().push(trial.seconds());
        Verdict::Continue
    }
}

#[test]
fn the_study_measures_what_a_trial_does_not_record() {
    let watching = Watching::default();
    let study = Study::in_space(space()).pruner(watching.clone()).build().unwrap();
    let train = |_: Params, trial: &mut Trial| -> Result<f64> {
        for step in 0..3 {
            thread::sleep(Duration::from_millis(20));
            trial.report(step, 1.0)?;
        }
        trial.record(metric::SECONDS, 7.0);
        trial.report(3, 1.0)?;
        trial.record(metric::SECONDS, f64::NAN);
        trial.report(4, 1.0)?;
        Ok(1.0)
    };
    study.optimize(train, 1).unwrap();
    let seen = watching.0.lock().unwrap().clone();
    let measured: Vec<f64> = seen[..3].iter().map(|seconds| seconds.unwrap()).collect();
    assert!(measured[0] >= 0.02 && measured[0] < measured[1] && measured[1] < measured[2]);
    assert_eq!(seen[3], Some(7.0));
    assert!(
        seen[4].unwrap() >= measured[2] && seen[4].unwrap() < 7.0,
        "what is no number is measured"
    );
    // A trial that has ended took what its record says.
    let curves = Curves::of(&study.history().unwrap());
    assert!(curves.get(0).unwrap().seconds().is_none_or(|seconds| seconds > 0.0));
}
