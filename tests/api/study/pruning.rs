//! Trials that their reports end.

use tunewright::curves::{Curve, Curves};
use tunewright::pruner::{MarginalValuePruner, Pruner, Verdict};
use tunewright::space::{Params, Scale, Space};
use tunewright::storage::MemoryStorage;
use tunewright::study::StudyBuilder;
use tunewright::trial::{TrialRecord, TrialState, metric};
use tunewright::{BayesianSampler, Error, EvolutionSampler, RandomSampler, Study, Trial};

/// Whole runs have this many steps.
const STEPS: u64 = 30;

fn study() -> StudyBuilder<Params> {
    let space = Space::builder()
        .float("x", -1.0..=1.0, Scale::Linear)
        .float("y", -1.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    Study::in_space(space).seed(3)
}

/// A curve that falls to its end from above, and its end.
fn curve(config: &Params) -> tunewright::Result<(impl Fn(u64) -> f64 + use<>, f64)> {
    let (x, y) = (config.float("x")?, config.float("y")?);
    let end = (x - 0.3).powi(2) + (y + 0.2).powi(2);
    let loss = move |step: u64| end + (1.0 + 0.1 * (20.0 * x).sin()) * (-0.2 * step as f64).exp();
    Ok((loss, end))
}

fn train(config: Params, trial: &mut Trial) -> tunewright::Result<f64> {
    let (loss, end) = curve(&config)?;
    for step in 0..STEPS {
        trial.report(step, loss(step))?;
    }
    Ok(end)
}

fn steps(study: &Study<Params>) -> usize {
    let history = study.history().unwrap();
    history.trials().map(|trial| trial.reports().len()).sum()
}

#[test]
fn hopeless_trials_are_stopped_with_a_reason_and_good_ones_are_not() {
    let study = study().sampler(RandomSampler::new()).build().unwrap();
    study.optimize(train, 100).unwrap();
    let history = study.history().unwrap();
    let pruned: Vec<_> = history.pruned().collect();
    assert!(pruned.len() > 50, "{} were pruned", pruned.len());
    assert!(steps(&study) < 100 * STEPS as usize / 2, "{} steps", steps(&study));
    for trial in &pruned {
        let reason = trial.reason().unwrap();
        assert!(reason.starts_with("rank ") && reason.contains("chance to become the best"));
        assert!(trial.reports().len() >= 2 && trial.reports().len() < STEPS as usize);
        assert_eq!((trial.value(), trial.failure()), (None, None));
    }
    assert_eq!(history.trial(0).unwrap().state(), TrialState::Complete);
    // The best of all configs came to its end.
    let end = |trial: &TrialRecord| curve(&study.config_of(trial).unwrap()).unwrap().1;
    let lowest = history.trials().map(end).fold(f64::INFINITY, f64::min);
    assert_eq!(study.best().unwrap().value(), lowest);
    let is_audit = |trial: &&TrialRecord| trial.notes().contains_key(metric::AUDITED);
    let audited: Vec<_> = history.trials().filter(is_audit).collect();
    assert!(!audited.is_empty());
    assert!(audited.iter().all(|trial| trial.state() == TrialState::Complete), "{audited:?}");
}

#[test]
fn the_default_sampler_learns_from_stopped_trials() {
    let spent = |sampler: BayesianSampler, pruning: bool| {
        let builder = study().sampler(sampler);
        let builder = if pruning { builder } else { builder.no_pruning() };
        let study = builder.build().unwrap();
        study.optimize(train, 60).unwrap();
        (steps(&study), study.best().unwrap().value())
    };
    let (all, _) = spent(BayesianSampler::new(), false);
    let (few, best) = spent(BayesianSampler::new(), true);
    assert_eq!(all, 60 * STEPS as usize);
    assert!(2 * few < all, "{few} of {all} steps");
    assert!(best < 0.01, "{best}");
}

#[test]
fn nothing_is_stopped_where_it_is_not_wanted_or_nothing_is_reported() {
    let without = study().sampler(RandomSampler::new()).no_pruning().build().unwrap();
    without.optimize(train, 30).unwrap();
    assert_eq!(without.history().unwrap().complete_count(), 30);
    let silent = study().build().unwrap();
    silent
        .optimize(|config: Params, _: &mut Trial| curve(&config).map(|(_, end)| end), 30)
        .unwrap();
    assert_eq!(silent.history().unwrap().complete_count(), 30);
}

#[test]
fn equal_curves_are_never_stopped() {
    let study = study().sampler(RandomSampler::new()).build().unwrap();
    let flat = |_: Params, trial: &mut Trial| -> tunewright::Result<f64> {
        for step in 0..STEPS {
            trial.report(step, 1.0)?;
        }
        Ok(1.0)
    };
    study.optimize(flat, 40).unwrap();
    assert_eq!(study.history().unwrap().complete_count(), 40);
}

#[test]
fn early_reports_that_mislead_do_not_hide_the_best() {
    // What is better at the end looks worse before.
    let study = study().sampler(RandomSampler::new()).build().unwrap();
    let reversed = |config: Params, trial: &mut Trial| -> tunewright::Result<f64> {
        let (_, end) = curve(&config)?;
        for step in 0..STEPS {
            trial.report(step, if step < 20 { -end } else { end })?;
        }
        Ok(end)
    };
    study.optimize(reversed, 200).unwrap();
    let history = study.history().unwrap();
    let ends: Vec<f64> =
        history.trials().map(|trial| curve(&study.config_of(trial).unwrap()).unwrap().1).collect();
    let better = ends.iter().filter(|end| **end < study.best().unwrap().value()).count();
    assert!(better < 10, "{better} of 200 are better than the best that came to its end");
}

#[test]
fn audits_are_none_of_the_trials_that_the_model_has_chosen() {
    let study = study().sampler(BayesianSampler::new()).build().unwrap();
    study.optimize(train, 150).unwrap();
    let history = study.history().unwrap();
    let noted = |note: &str| -> Vec<u64> {
        let trials = history.trials().filter(|trial| trial.notes().contains_key(note));
        trials.map(|trial| trial.number()).collect()
    };
    let (audited, chosen) = (noted(metric::AUDITED), noted(metric::CHOSEN_BY_MODEL));
    assert!(!audited.is_empty());
    // A quarter is drawn at random.
    assert!(chosen.len() > 80 && chosen.len() < 130, "{} of 150 trials", chosen.len());
    assert!(audited.iter().all(|number| !chosen.contains(number)), "{audited:?} {chosen:?}");
}

#[test]
fn the_model_chooses_early_where_trials_are_stopped() {
    let first_chosen = |sampler: BayesianSampler| {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let space = names
            .iter()
            .fold(Space::builder(), |builder, name| builder.float(name, -1.0..=1.0, Scale::Linear));
        let study = Study::in_space(space.build().unwrap()).sampler(sampler).build().unwrap();
        let train = |config: Params, trial: &mut Trial| -> tunewright::Result<f64> {
            let squares = names.iter().map(|name| Ok(config.float(name)?.powi(2)));
            let end = squares.sum::<tunewright::Result<f64>>()?;
            for step in 0..STEPS {
                trial.report(step, end + 1.0 / (1.0 + step as f64))?;
            }
            Ok(end)
        };
        study.optimize(train, 30).unwrap();
        let history = study.history().unwrap();
        let stopped = history.pruned().next().unwrap().number();
        let is_chosen = |trial: &&TrialRecord| trial.notes().contains_key(metric::CHOSEN_BY_MODEL);
        (stopped, history.trials().find(is_chosen).unwrap().number())
    };
    let (stopped, chosen) = first_chosen(BayesianSampler::new());
    assert!(chosen >= 3 && chosen > stopped && chosen < 9, "{stopped} {chosen}");
    // What is asked for is kept to.
    assert!(first_chosen(BayesianSampler::new().start_trials(12)).1 >= 12);
}

#[test]
fn a_value_that_is_not_finite_ends_its_trial() {
    for (value, direction) in [(f64::NAN, true), (f64::INFINITY, true), (f64::NEG_INFINITY, false)]
    {
        let builder = study();
        let builder = if direction { builder.minimize() } else { builder.maximize() };
        let study = builder.build().unwrap();
        let diverges = |_: Params, trial: &mut Trial| -> tunewright::Result<f64> {
            trial.report(0, 1.0)?;
            trial.report(1, value)?;
            panic!("it goes on");
        };
        study.optimize(diverges, 1).unwrap();
        let history = study.history().unwrap();
        let record = history.trial(0).unwrap();
        assert_eq!(record.state(), TrialState::Failed);
        assert_eq!(record.reason(), Some(&*format!("it diverged: it reported {value} at step 1")));
    }
    // What is infinitely good is no reason to leave.
    let study = study().build().unwrap();
    let mut asked = study.ask().unwrap();
    asked.trial().report(0, f64::NEG_INFINITY).unwrap();
}

#[test]
fn trials_that_are_asked_for_get_their_verdict_too() {
    let study = study().sampler(RandomSampler::new()).build().unwrap();
    let mut pruned = 0;
    for _ in 0..40 {
        let asked = study.ask().unwrap();
        let (loss, end) = curve(asked.config()).unwrap();
        let id = study.trial_id(asked.number());
        let mut outcome = Ok(end);
        for step in 0..STEPS {
            if let Err(error) = study.report_progress(id, step, loss(step)) {
                outcome = Err(error);
                break;
            }
        }
        if outcome.is_err() {
            pruned += 1;
            assert!(matches!(outcome, Err(Error::Pruned { .. })));
        }
        let record = study.tell(id, outcome).unwrap();
        assert!(matches!(record.state(), TrialState::Complete | TrialState::Pruned));
    }
    assert!(pruned > 10);
    let other = self::study().build().unwrap();
    let error = other.report_progress(study.trial_id(0), 1, 1.0).unwrap_err();
    assert!(matches!(error, Error::ForeignTrial { number: 0 }));
}

#[test]
fn a_result_that_is_returned_all_the_same_counts() {
    #[derive(Debug)]
    struct Always;
    impl Pruner for Always {
        fn decide(&self, _: &Curve, _: &Curves) -> Verdict {
            Verdict::Stop("enough".into())
        }
    }
    let study = study().pruner(Always).build().unwrap();
    let deaf = |_: Params, trial: &mut Trial| {
        assert!(matches!(trial.report(0, 1.0), Err(Error::Pruned { .. })));
        0.25
    };
    study.optimize(deaf, 3).unwrap();
    assert_eq!(study.history().unwrap().complete_count(), 3);
    let polite = |_: Params, trial: &mut Trial| trial.report(0, 1.0).map(|()| 0.25);
    study.optimize(polite, 2).unwrap();
    let history = study.history().unwrap();
    assert_eq!(
        history.pruned().map(|trial| trial.reason().unwrap()).collect::<Vec<_>>(),
        ["enough"; 2]
    );
}

#[test]
fn a_study_that_is_resumed_goes_on_as_one_that_was_not_interrupted() {
    let configs = |parts: &[usize]| {
        let storage = MemoryStorage::new();
        for part in parts {
            let study = study().storage(storage.clone()).build().unwrap();
            study.optimize(train, *part).unwrap();
        }
        let study = study().storage(storage).build().unwrap();
        let history = study.history().unwrap();
        history.trials().map(|trial| (trial.point().clone(), trial.state())).collect::<Vec<_>>()
    };
    let whole = configs(&[50]);
    assert!(whole.iter().any(|(_, state)| *state == TrialState::Pruned));
    assert_eq!(configs(&[7, 12, 31]), whole);
}

#[test]
fn several_workers_and_other_samplers_stop_trials_too() {
    let parallel = study().workers(4).build().unwrap();
    parallel.optimize(train, 60).unwrap();
    assert!(parallel.history().unwrap().pruned().count() > 10);
    let evolution = study().sampler(EvolutionSampler::new()).build().unwrap();
    evolution.optimize(train, 80).unwrap();
    assert!(evolution.history().unwrap().pruned().count() > 20);
    assert!(evolution.best().unwrap().value() < 0.1);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let refused = |pruner: MarginalValuePruner, option: &str| {
        let error = study().pruner(pruner).build().unwrap_err().to_string();
        assert!(error.contains(option), "{error}");
    };
    refused(MarginalValuePruner::new().kappa(-1.0), "kappa");
    refused(MarginalValuePruner::new().kappa(f64::NAN), "kappa");
    refused(MarginalValuePruner::new().audits(1.5), "audits");
}
