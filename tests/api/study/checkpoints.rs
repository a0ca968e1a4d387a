//! Trials that go on from what they have saved.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tunewright::curves::{Curve, Curves};
use tunewright::pruner::{Pruner, SuccessiveHalvingPruner, Verdict};
use tunewright::sampler::Stream;
use tunewright::space::{Params, Scale, Space};
use tunewright::storage::MemoryStorage;
use tunewright::study::StudyBuilder;
use tunewright::trial::{Origin, TrialRecord, TrialState, at_most, metric};
use tunewright::{BayesianSampler, RandomSampler, Study, Trial};

/// Whole runs have this many steps.
const STEPS: u64 = 12;

fn study(folder: &Path) -> StudyBuilder<Params> {
    let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build().unwrap();
    Study::in_space(space).seed(3).sampler(RandomSampler::new()).checkpoints(folder)
}

/// A training whose state is a sum. It fails if it does not go on from the state that it has saved.
fn train(config: Params, trial: &mut Trial) -> Result<f64, String> {
    // The noise of the training is the same when it goes on.
    let x =
        config.float("x").map_err(|error| error.to_string())? + (trial.seed() % 1000) as f64 * 1e-6;
    // Made again by each part of the training.
    trial.note("commit", "1f3c");
    trial.record("size", x);
    let (mut sum, mut first) = (0.0, 0);
    if let Some(checkpoint) = trial.checkpoint() {
        let saved = fs::read_to_string(checkpoint.folder().join("sum"));
        sum = saved.map_err(|error| error.to_string())?.parse().unwrap();
        first = checkpoint.step() + 1;
        if sum != (0..first).map(|step| state(x, step)).sum::<f64>() {
            return Err("the state is another one".into());
        }
    }
    for step in first..STEPS {
        sum += state(x, step);
        let save = |folder: &Path| fs::write(folder.join("sum"), sum.to_string());
        trial.report_resumable(step, sum, save).map_err(|error| error.to_string())?;
    }
    Ok(sum)
}

fn state(x: f64, step: u64) -> f64 {
    (x + 0.1 * step as f64).powi(2)
}

/// Stops each trial at every third step, and goes on with the oldest when there are three configs.
#[derive(Debug)]
struct Turns;

impl Pruner for Turns {
    fn decide(&self, trial: &Curve, _: &Curves) -> Verdict {
        match trial.reports().len() {
            3 | 6 | 9 => Verdict::Stop("it is another's turn".into()),
            _ => Verdict::Continue,
        }
    }

    fn promote(&self, paused: &[&Curve], curves: &Curves, _: &mut Stream) -> Option<u64> {
        paused.first().filter(|_| curves.iter().count() >= 3).map(|curve| curve.number())
    }
}

/// The numbers of the trials that have checkpoints.
fn kept(folder: &Path) -> BTreeSet<u64> {
    let entries = match fs::read_dir(folder.join("study")) {
        Ok(entries) => entries,
        Err(_) => return BTreeSet::new(),
    };
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().parse().unwrap())
        .collect()
}

fn origins(study: &Study<Params>) -> Vec<Option<u64>> {
    let of = |trial: &TrialRecord| match trial.origin() {
        Origin::Continued { of } => Some(of),
        _ => None,
    };
    study.history().unwrap().trials().map(of).collect()
}

#[test]
fn a_stopped_trial_goes_on_from_its_checkpoint() {
    let folder = TempDir::new().unwrap();
    let study = study(folder.path()).pruner(Turns).build().unwrap();
    study.optimize(train, 9).unwrap();
    let of = |number| Some(number);
    assert_eq!(origins(&study), [None, None, None, of(0), of(1), of(2), of(3), of(4), of(5)]);
    study.optimize(train, 3).unwrap();
    let history = study.history().unwrap();
    assert_eq!(history.failed_count(), 0, "{:?}", history.failed().next());
    assert_eq!(history.complete_count(), 3);
    let whole = history.trial(9).unwrap();
    assert_eq!((whole.reports().len(), whole.state()), (STEPS as usize, TrialState::Complete));
    assert_eq!(whole.point(), history.trial(0).unwrap().point());
    assert!(whole.notes().contains_key("commit") && whole.metrics().contains_key("size"));
    assert_eq!(whole.reports().values().next_back(), whole.value().as_ref());
    let (seconds, duration) = (whole.metric(metric::SECONDS), whole.duration());
    assert!(seconds.unwrap() >= duration.unwrap().as_secs_f64());
    assert!(whole.metrics().contains_key(metric::EARLIER_SECONDS));
    // One that goes on counts once.
    assert_eq!(Curves::of(&history).iter().count(), 3);
    assert_eq!(history.pruned().count(), 0);
    assert_eq!((history.distinct(), history.paused().count()), (3, 0));
    study.ask().unwrap();
    assert_eq!(kept(folder.path()), BTreeSet::new(), "nobody needs them any more");
}

#[test]
fn trials_go_on_where_an_outcome_is_constrained() {
    let folder = TempDir::new().unwrap();
    let sampler = BayesianSampler::new();
    let limited = study(folder.path()).sampler(sampler).outcome_constraint("size", at_most(0.5));
    let study = limited.build().unwrap();
    study.optimize(train, 60).unwrap();
    let history = study.history().unwrap();
    assert_eq!(history.failed_count(), 0, "{:?}", history.failed().next());
    assert!(origins(&study).into_iter().flatten().count() > 2, "{:?}", origins(&study));
}

#[test]
fn interrupted_trials_go_on_first_in_another_process_too() {
    let folder = TempDir::new().unwrap();
    let journal = format!("journal:{}", folder.path().join("runs.log").display());
    let study = || study(folder.path()).no_pruning().storage(journal.as_str()).build().unwrap();
    let first = study();
    let stop = first.stop_handle();
    let interrupted = |config: Params, trial: &mut Trial| {
        if trial.number() == 2 {
            stop.interrupt();
        }
        train(config, trial)
    };
    first.optimize(interrupted, 10).unwrap();
    assert_eq!(first.history().unwrap().trial(2).unwrap().saved_at(), Some(0));
    drop(first);
    let second = study();
    second.optimize(train, 2).unwrap();
    let history = second.history().unwrap();
    assert_eq!(origins(&second), [None, None, None, Some(2), None]);
    assert_eq!(history.trial(3).unwrap().reports().len(), STEPS as usize);
    assert_eq!((history.complete_count(), history.failed_count()), (4, 0));
}

#[test]
fn a_retry_goes_on_where_its_worker_died() {
    let folder = TempDir::new().unwrap();
    let study = study(folder.path()).no_pruning().retry(2).build().unwrap();
    let dies = |config: Params, trial: &mut Trial| -> Result<f64, String> {
        let first = trial.checkpoint().map_or(0, |checkpoint| checkpoint.step() + 1);
        let x = config.float("x").map_err(|error| error.to_string())?;
        for step in first..STEPS {
            trial.save(step, |folder| fs::write(folder.join("x"), "")).unwrap();
            trial.report(step, x).unwrap();
            if step % 5 == 4 {
                return Err("the machine was switched off".into());
            }
        }
        Ok(first as f64)
    };
    study.optimize(dies, 3).unwrap();
    let history = study.history().unwrap();
    let last = history.trial(2).unwrap();
    assert_eq!(last.origin(), Origin::Retry { of: 0, failures: 2 });
    assert_eq!(last.value(), Some(10.0), "it began after step 9");
}

#[test]
fn what_cannot_be_saved_is_said() {
    let folder = TempDir::new().unwrap();
    let study = study(folder.path()).pruner(Turns).build().unwrap();
    let train = |config: Params, trial: &mut Trial| -> tunewright::Result<f64> {
        for step in 0..STEPS {
            trial.report_resumable(step, 1.0, |_| Err("the disk is full"))?;
        }
        config.float("x")
    };
    study.optimize(train, 4).unwrap();
    let history = study.history().unwrap();
    assert_eq!(history.pruned().count(), 4);
    let reason = history.trial(0).unwrap().reason().unwrap();
    assert_eq!(reason, "it is another's turn; its checkpoint was not saved: the disk is full");
    assert_eq!(history.paused().count(), 0);
}

#[test]
fn a_folder_that_cannot_be_made_is_refused() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = study(&file).build().err().map(|error| error.to_string()).unwrap();
    assert!(refused.contains("checkpoints") && refused.contains("give a folder"), "{refused}");
    assert!(refused.contains(&*file.to_string_lossy()), "{refused}");
}

#[test]
fn trials_that_save_nothing_are_stopped_as_without_checkpoints() {
    let folder = TempDir::new().unwrap();
    let search = |study: StudyBuilder<Params>| {
        let study = study.sampler(BayesianSampler::new()).build().unwrap();
        let train = |config: Params, trial: &mut Trial| -> tunewright::Result<f64> {
            let x = config.float("x")?;
            (0..STEPS)
                .try_for_each(|step| trial.report(step, x * x + 0.8_f64.powf(step as f64)))?;
            Ok(x * x)
        };
        study.optimize(train, 30).unwrap();
        let history = study.history().unwrap();
        let trials = history.trials().map(|trial| (trial.point().clone(), trial.reports().len()));
        trials.collect::<Vec<_>>()
    };
    let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build().unwrap();
    assert_eq!(search(study(folder.path())), search(Study::in_space(space).seed(3)));
}

#[test]
fn without_a_place_nothing_is_saved() {
    let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build().unwrap();
    let study = Study::in_space(space).seed(3).pruner(Turns).build().unwrap();
    let mut saved = 0;
    let train = |config: Params, trial: &mut Trial| -> tunewright::Result<f64> {
        assert_eq!(trial.checkpoint(), None);
        for step in 0..STEPS {
            trial.report_resumable(step, 1.0, |_| {
                saved += 1;
                std::io::Result::Ok(())
            })?;
        }
        config.float("x")
    };
    study.optimize_local(train, 5).unwrap();
    assert_eq!((saved, study.history().unwrap().pruned().count()), (0, 5));
}

#[test]
fn only_promising_trials_keep_their_checkpoints() {
    for is_bayesian in [false, true] {
        let folder = TempDir::new().unwrap();
        let builder = study(folder.path());
        let study = if is_bayesian {
            builder.sampler(BayesianSampler::new()).build().unwrap()
        } else {
            builder.pruner(SuccessiveHalvingPruner::new()).build().unwrap()
        };
        study.optimize(train, 150).unwrap();
        let history = study.history().unwrap();
        assert_eq!(history.failed_count(), 0, "{:?}", history.failed().next());
        let went_on = origins(&study).iter().flatten().count();
        assert!(went_on > 0, "bayesian: {is_bayesian}");
        let kept = kept(folder.path());
        assert!(kept.len() <= 31, "{} are kept", kept.len());
        let best = history.best().unwrap().number();
        assert!(!kept.contains(&best));
    }
}

#[test]
fn two_studies_go_on_with_different_trials() {
    let folder = TempDir::new().unwrap();
    let storage = MemoryStorage::new();
    let study = || study(folder.path()).pruner(Turns).storage(storage.clone()).build().unwrap();
    let (first, second) = (study(), study());
    first.optimize(train, 3).unwrap();
    let _ours = first.ask().unwrap();
    let _theirs = second.ask().unwrap();
    assert_eq!(origins(&first)[3..], [Some(0), Some(1)]);
}

#[test]
fn a_continuation_that_is_interrupted_goes_on_again() {
    let folder = TempDir::new().unwrap();
    let study = study(folder.path()).pruner(Turns).build().unwrap();
    study.optimize(train, 3).unwrap();
    let mut asked = study.ask().unwrap();
    assert!(asked.trial().checkpoint().is_some());
    study.tell(&asked, tunewright::trial::Outcome::Interrupted).unwrap();
    let mut again = study.ask().unwrap();
    assert_eq!(origins(&study)[3..], [Some(0), Some(3)]);
    assert_eq!(again.trial().checkpoint().unwrap().step(), 2);
}

#[test]
fn a_study_of_any_name_has_a_folder_of_its_own() {
    let folder = TempDir::new().unwrap();
    for name in ["../a", "a/b", "Ü 1"] {
        let study = study(folder.path()).name(name).pruner(Turns).build().unwrap();
        study.optimize(train, 2).unwrap();
    }
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["%2e%2e%2fa", "%c3%9c%201", "a%2fb"]);
}
