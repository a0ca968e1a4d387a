//! Stopping trials of studies with several goals.

use std::sync::{Arc, Mutex};

use tunewright::pruner::{MedianPruner, SuccessiveHalvingPruner};
use tunewright::space::{Params, Scale, Space};
use tunewright::storage::{JournalStorage, MemoryStorage};
use tunewright::study::{Observer, StudyBuilder};
use tunewright::trial::metric::CHOSEN_BY_MODEL;
use tunewright::trial::{TrialState, at_most, minimize};
use tunewright::{BayesianSampler, Error, NsgaSampler, RandomSampler, Result, Study, Trial};

const STEPS: u64 = 30;

fn builder() -> StudyBuilder<Params> {
    let space = Space::builder()
        .float("x", 0.0..=1.0, Scale::Linear)
        .float("y", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    Study::in_space(space)
        .goals([minimize("error"), minimize("size")])
        .sampler(RandomSampler::new())
        .seed(3)
}

/// Error and size: the larger x, the fewer errors; y is of use to neither.
fn values(config: &Params) -> Result<[f64; 2]> {
    let (x, y) = (config.float("x")?, config.float("y")?);
    Ok([(1.0 - x).powi(2) + y, x + y])
}

/// The size is known at once.
fn train(config: Params, trial: &mut Trial) -> Result<[f64; 2]> {
    let [error, size] = values(&config)?;
    trial.record("size", size);
    for step in 0..STEPS {
        trial.report_goals(step, [("error", error + 1.0 / (1.0 + step as f64))])?;
    }
    Ok([error, size])
}

/// Both have curves.
fn train_both(config: Params, trial: &mut Trial) -> Result<[f64; 2]> {
    let [error, size] = values(&config)?;
    for step in 0..STEPS {
        let rest = 1.0 / (1.0 + step as f64);
        trial.report_goals(step, [("size", size - rest), ("error", error + rest)])?;
    }
    Ok([error, size])
}

fn pruned<C>(study: &Study<C>) -> usize {
    study.history().unwrap().pruned().count()
}

#[test]
fn dominated_trials_are_stopped_and_the_front_is_not() {
    for objective in [train, train_both] {
        let study = builder().build().unwrap();
        study.optimize(objective, 80).unwrap();
        let history = study.history().unwrap();
        assert!(pruned(&study) > 20, "{} of 80 are pruned", pruned(&study));
        let ends: Vec<[f64; 2]> = history
            .trials()
            .map(|trial| values(&study.config_of(trial).unwrap()).unwrap())
            .collect();
        let goals = history.goals();
        for at in goals.front(ends.iter().map(|end| &end[..])) {
            let record = history.trial(at as u64).unwrap();
            assert_eq!(record.state(), TrialState::Complete, "{:?}", record.reason());
        }
        for record in history.pruned() {
            let reason = record.reason().unwrap();
            assert!(reason.starts_with("front rank ") && !reason.contains('\n'), "{reason}");
        }
    }
    let whole = builder().no_pruning().build().unwrap();
    whole.optimize(train, 40).unwrap();
    assert_eq!(whole.history().unwrap().complete_count(), 40);
}

#[test]
fn nothing_is_stopped_while_a_goal_is_unknown() {
    let late = |config: Params, trial: &mut Trial| -> Result<[f64; 2]> {
        let [error, size] = values(&config)?;
        for step in 0..STEPS {
            trial.report_goals(step, [("error", error)])?;
        }
        trial.record("size", size);
        Ok([error, size])
    };
    for study in [builder(), builder().pruner(MedianPruner::new())] {
        let study = study.build().unwrap();
        study.optimize(late, 40).unwrap();
        assert_eq!(study.history().unwrap().complete_count(), 40);
    }
}

#[test]
fn to_be_infeasible_so_far_is_no_reason() {
    // All are infeasible until the end, and every third is then, too. It has the better values.
    let study = builder()
        .goals([minimize("error").limit(0.5), minimize("size")])
        .outcome_constraint("memory", at_most(1.0))
        .build()
        .unwrap();
    let objective = |_: Params, trial: &mut Trial| -> Result<[f64; 2]> {
        let breaks = trial.number().is_multiple_of(3);
        let (error, size) = if breaks { (0.1, 0.1) } else { (0.4, trial.number() as f64) };
        trial.record("memory", if breaks { 2.0 } else { 1.0 });
        trial.record("size", if breaks { size } else { 100.0 - size });
        for step in 0..STEPS {
            trial.report_goals(step, [("error", error + 1.0)])?;
        }
        Ok([error, size])
    };
    study.optimize(objective, 40).unwrap();
    // Each feasible one is smaller than those before it; measured by the others it would be hopeless.
    let history = study.history().unwrap();
    let mut feasible = history.trials().filter(|trial| !trial.number().is_multiple_of(3));
    assert!(feasible.all(|trial| trial.state() == TrialState::Complete));
}

#[test]
fn samplers_go_on_from_stopped_trials() {
    // The model avoids what others dominate; the design that it begins with does not.
    let bayesian = builder().sampler(BayesianSampler::new().start_trials(25)).build().unwrap();
    bayesian.optimize(train_both, 50).unwrap();
    assert!(pruned(&bayesian) > 3);
    let nsga = builder().sampler(NsgaSampler::new()).workers(3).build().unwrap();
    nsga.optimize(train, 60).unwrap();
    assert!(pruned(&nsga) > 3);
    let reference = [1.0, 1.5];
    let random = builder().no_pruning().build().unwrap();
    random.optimize(train, 50).unwrap();
    assert!(
        bayesian.hypervolume(reference).unwrap() > random.hypervolume(reference).unwrap(),
        "stopped trials must not keep the sampler from the front"
    );
}

/// The mean of y over the trials that the model has chosen by the curves of stopped ones, of which there are some.
fn mean_of_chosen(study: &Study<Params>) -> f64 {
    let history = study.history().unwrap();
    let chosen = history.trials().filter(|trial| trial.notes().contains_key(CHOSEN_BY_MODEL));
    let of = |trial| study.config_of(trial).unwrap().float("y").unwrap();
    let ys: Vec<f64> = chosen.map(of).collect();
    assert!(ys.len() > 20, "{} were chosen", ys.len());
    ys.iter().sum::<f64>() / ys.len() as f64
}

#[test]
fn the_model_learns_from_the_curves_of_stopped_trials() {
    for objective in [train, train_both] {
        let study = builder().sampler(BayesianSampler::new()).build().unwrap();
        study.optimize(objective, 100).unwrap();
        let mean = mean_of_chosen(&study);
        assert!(mean < 0.2, "{mean}");
    }
    let preferring = builder().prefer([("error", 3.0), ("size", 1.0)]);
    let study = preferring.sampler(BayesianSampler::new()).build().unwrap();
    study.optimize(train, 100).unwrap();
    assert!(mean_of_chosen(&study) < 0.2);
}

#[test]
fn the_model_learns_from_them_under_an_outcome_constraint() {
    let space = Space::builder()
        .float("x", 0.0..=1.0, Scale::Linear)
        .float("y", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    let study = Study::in_space(space)
        .outcome_constraint("size", at_most(0.6))
        .sampler(BayesianSampler::new())
        .seed(5)
        .build()
        .unwrap();
    let train = |config: Params, trial: &mut Trial| -> Result<f64> {
        let [error, size] = values(&config)?;
        trial.record("size", size);
        for step in 0..STEPS {
            trial.report(step, error + 1.0 / (1.0 + step as f64))?;
        }
        Ok(error)
    };
    study.optimize(train, 150).unwrap();
    assert!(mean_of_chosen(&study) < 0.3);
    // The best that is feasible has x = 0.6 and y = 0.
    let best = study.best().unwrap().value();
    assert!(best < 0.18, "{best}");
}

#[test]
fn a_study_that_is_resumed_goes_on_as_one_that_was_not_interrupted() {
    let configs = |parts: &[usize]| {
        let storage = MemoryStorage::new();
        let sampler = || BayesianSampler::new().exploration(0.5);
        let open = || builder().sampler(sampler()).storage(storage.clone()).build();
        for part in parts {
            open().unwrap().optimize(train_both, *part).unwrap();
        }
        let history = open().unwrap().history().unwrap();
        history.trials().map(|trial| (trial.point().clone(), trial.state())).collect::<Vec<_>>()
    };
    let whole = configs(&[30]);
    assert!(whole.iter().any(|(_, state)| *state == TrialState::Pruned));
    assert_eq!(configs(&[7, 12, 11]), whole);
}

#[test]
fn reports_of_all_goals_are_kept_and_told() {
    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<(usize, u64, f64)>>>);
    impl Observer for Told {
        fn trial_reported(&mut self, _: u64, step: u64, value: f64) {
            self.0.lock().unwrap().push((0, step, value));
        }
        fn goal_reported(&mut self, _: u64, goal: usize, step: u64, value: f64) {
            self.0.lock().unwrap().push((goal, step, value));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let told = Told::default();
    let study = builder().storage(JournalStorage::new(&path)).observer(told.clone());
    let study = study.build().unwrap();
    let asked = study.ask().unwrap();
    let (_, mut trial) = asked.into_parts();
    trial.report(0, 0.5).unwrap();
    trial.report_goals(1, [("size", 2.0), ("error", 0.4)]).unwrap();
    let id = study.trial_id(trial.number());
    study.report_progress_of_goals(id, 2, [("size", 3.0)]).unwrap();
    let wrong = trial.report_goals(3, [("eror", 0.4)]).unwrap_err();
    assert_eq!(wrong.to_string(), "there is no goal `eror`; the study has `error`, `size`");
    assert_eq!(*told.0.lock().unwrap(), [(0, 0, 0.5), (1, 1, 2.0), (0, 1, 0.4), (1, 2, 3.0)]);
    study.tell(id, [0.4, 3.0]).unwrap();
    let again = builder().storage(JournalStorage::new(&path)).resume().unwrap();
    let history = again.history().unwrap();
    let record = history.trial(0).unwrap();
    assert_eq!(record.reports().iter().collect::<Vec<_>>(), [(&0, &0.5), (&1, &0.4)]);
    assert_eq!(record.reports_of(1).iter().collect::<Vec<_>>(), [(&1, &2.0), (&2, &3.0)]);
}

#[test]
fn a_goal_that_is_not_finite_ends_its_trial() {
    let study = builder().build().unwrap();
    let (_, mut trial) = study.ask().unwrap().into_parts();
    let diverged = trial.report_goals(0, [("error", 0.5), ("size", f64::NAN)]).unwrap_err();
    assert!(matches!(diverged, Error::Diverged { step: 0, .. }), "{diverged}");
}

#[test]
fn trials_with_checkpoints_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let pruner = SuccessiveHalvingPruner::new().reduction_factor(2);
    let study = builder().pruner(pruner).checkpoints(folder.path()).build().unwrap();
    let objective = |config: Params, trial: &mut Trial| -> Result<[f64; 2]> {
        let [error, size] = values(&config)?;
        trial.record("size", size);
        let first = trial.checkpoint().map_or(0, |checkpoint| checkpoint.step() + 1);
        for step in first..STEPS {
            let value = error + 1.0 / (1.0 + step as f64);
            trial.report_goals_resumable(step, [("error", value)], |folder| {
                std::fs::write(folder.join("step"), step.to_string())
            })?;
        }
        Ok([error, size])
    };
    study.optimize(objective, 120).unwrap();
    let history = study.history().unwrap();
    let continued: Vec<_> =
        history.trials().filter(|trial| history.is_continued(trial.number())).collect();
    assert!(!continued.is_empty(), "no trial has gone on");
}
