//! What `#[derive(Goals)]` makes of the struct that an objective returns, and what a study makes of that.

use tunewright::prelude::*;
use tunewright::storage::JournalStorage;
use tunewright::trial::{Evaluation, GoalError, IntoOutcome, Outcome};

const MOST_MB: f64 = 150.0;

#[derive(Tunable, Clone, Debug)]
struct Net {
    #[tune(range = 1..=100)]
    width: u32,
}

#[derive(Goals, Clone, Debug)]
struct Measured {
    weights: u64,
    #[goal(minimize, limit = 20)]
    latency_ms: f32,
    #[constraint(at_most = MOST_MB)]
    memory_mb: f64,
    #[metric(skip)]
    #[allow(dead_code, reason = "it shows that any type may be left out")]
    log: &'static str,
    #[goal(maximize, name = "accuracy")]
    correct: f64,
    #[constraint(at_least = 1, at_most = depth())]
    r#depth: usize,
    #[metric(name = "train_error")]
    training: f64,
}

fn depth() -> f64 {
    8.0
}

fn measure(net: Net, _: &mut Trial) -> Result<Measured> {
    let width = f64::from(net.width);
    Ok(Measured {
        weights: u64::from(net.width) * 1000,
        latency_ms: net.width as f32 / 2.0,
        memory_mb: 2.0 * width,
        log: "",
        correct: 1.0 - 1.0 / width,
        r#depth: 3,
        training: 0.5 / width,
    })
}

#[test]
fn the_fields_are_goals_constraints_and_metrics() {
    let goals = Goals::from(minimize("latency_ms").limit(20.0))
        .with_goal(maximize("accuracy"))
        .with_constraint("memory_mb", at_most(150.0))
        .with_constraint("depth", between(1.0, 8.0));
    assert_eq!(Measured::goals(), goals);

    let study = Study::<Net>::goals_of::<Measured>().seed(1).build().unwrap();
    assert_eq!(*study.history().unwrap().goals(), goals);
    study.optimize(measure, 20).unwrap();
    for trial in study.trials().unwrap().iter() {
        let width = study.config_of(trial).unwrap().width;
        assert_eq!(trial.values(), [f64::from(width) / 2.0, 1.0 - 1.0 / f64::from(width)]);
        assert_eq!(trial.metrics()["weights"], f64::from(width * 1000));
        assert_eq!(trial.metrics()["train_error"], 0.5 / f64::from(width));
        assert!(!trial.metrics().contains_key("log"));
        let feasible = width <= 40;
        assert_eq!(study.trials().unwrap().is_feasible(trial), Some(feasible), "{width}");
    }
    assert!(study.best_within("latency_ms", 10.0).unwrap().config().width <= 20);
}

/// A struct whose fields stand in the order that the other one's do not.
#[derive(Goals)]
struct Swapped {
    #[goal(maximize)]
    accuracy: f64,
    #[goal(minimize)]
    latency_ms: f64,
}

#[test]
fn values_are_found_by_their_names() {
    let by_hand = || Study::<Net>::goals([minimize("latency_ms"), maximize("accuracy")]).seed(1);
    let swapped = || Swapped { accuracy: 0.9, latency_ms: 7.0 };
    let study = by_hand().build().unwrap();
    study.optimize(|_: Net, _: &mut Trial| swapped(), 1).unwrap();
    study.add(Net { width: 3 }, swapped()).unwrap();
    let asked = study.ask().unwrap();
    study.tell(asked, swapped()).unwrap();
    let asked = study.ask().unwrap();
    for told in study.tell_each([(asked, swapped())]) {
        told.unwrap();
    }
    let trials = study.trials().unwrap();
    assert_eq!(trials.len(), 4);
    assert!(trials.iter().all(|trial| trial.values() == [7.0, 0.9]));
}

#[test]
fn other_goals_are_an_error_that_says_both() {
    let refused = |study: Study<Net>, words: [&str; 2]| {
        let error = study.optimize(measure, 3).unwrap_err();
        assert!(matches!(error, Error::Goals(GoalError::OtherGoals { .. })), "{error}");
        let error = error.to_string();
        assert!(words.iter().all(|words| error.contains(words)), "{error}");
        assert_eq!(study.trials().unwrap().len(), 1);
    };
    let measured = "measures `minimize latency_ms (at most 20), maximize accuracy, memory_mb at most 150, \
                    depth at most 8, depth at least 1`";
    let limited = || minimize("latency_ms").limit(15.0);
    // The wrong direction, another name, one goal too few, no limit, no constraint, no names.
    let goals = |goals: Vec<tunewright::trial::Goal>| {
        let study = Study::<Net>::goals(goals);
        study
            .outcome_constraint("memory_mb", at_most(9.0))
            .outcome_constraint("depth", at_most(9.0))
    };
    let build = |builder: tunewright::study::StudyBuilder<Net>| builder.build().unwrap();
    refused(
        build(goals(vec![limited(), minimize("accuracy")])),
        [
            measured,
            "wants `minimize latency_ms (at most 15), minimize accuracy, memory_mb at most 9",
        ],
    );
    refused(build(goals(vec![limited(), maximize("score")])), [measured, "maximize score"]);
    refused(build(goals(vec![limited()])), [measured, "wants `minimize latency_ms"]);
    refused(
        build(goals(vec![minimize("latency_ms"), maximize("accuracy")])),
        [measured, "goals_of"],
    );
    refused(build(Study::<Net>::goals([limited(), maximize("accuracy")])), [measured, "goals_of"]);
    refused(build(Study::<Net>::minimize()), [measured, "wants `minimize`"]);
    // Other limits are the study's business.
    build(goals(vec![maximize("accuracy"), limited()])).optimize(measure, 3).unwrap();
}

#[derive(Goals)]
struct Alone {
    #[goal(minimize)]
    error: f64,
}

#[test]
fn one_goal_needs_no_name_in_the_study() {
    let study = Study::<Net>::minimize().seed(1).build().unwrap();
    let objective = |net: Net, _: &mut Trial| Alone { error: f64::from(net.width) };
    study.optimize(objective, 12).unwrap();
    assert!(study.best().unwrap().value() < 10.0);
    // A wrong direction shows.
    let study = Study::<Net>::maximize().build().unwrap();
    assert!(study.optimize(objective, 1).is_err());
}

#[test]
fn what_fails_is_recorded_and_an_unknown_constraint_has_a_name() {
    let study = Study::<Net>::goals_of::<Measured>().seed(1).build().unwrap();
    let broken = |net: Net, trial: &mut Trial| -> Result<Measured> {
        Ok(Measured { memory_mb: f64::NAN, ..measure(net, trial)? })
    };
    study.optimize(broken, 1).unwrap();
    let trials = study.trials().unwrap();
    let trial = trials.iter().next().unwrap();
    assert_eq!(trial.state(), TrialState::Failed);
    assert!(trial.reason().unwrap().contains("memory_mb at most 150"), "{:?}", trial.reason());
    assert_eq!(
        trial.metrics()["train_error"],
        0.5 / f64::from(study.config_of(trial).unwrap().width)
    );
}

#[test]
fn all_of_it_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.log");
    let build = || {
        let study = Study::<Net>::goals_of::<Measured>().seed(1);
        study.storage(JournalStorage::new(&path)).build().unwrap()
    };
    build().optimize(measure, 4).unwrap();
    let study = build();
    study.optimize_until(measure, 6).unwrap();
    let trials = study.trials().unwrap();
    assert_eq!(trials.len(), 6);
    assert!(trials.iter().all(|trial| trial.metrics().contains_key("weights")));
    assert!(trials.iter().all(|trial| trials.is_feasible(trial).is_some()));
}

#[derive(Goals)]
#[goal(crate = tunewright)]
struct Generic<'a, T: tunewright::trial::Measurement> {
    #[goal(minimize)]
    error: T,
    #[metric(skip)]
    #[allow(dead_code, reason = "it shows that lifetimes may stand here")]
    text: &'a str,
}

#[test]
fn types_may_be_generic_and_outcomes_can_be_made_by_hand() {
    let generic = Generic { error: 3u8, text: "" };
    assert_eq!(generic.values(), [3.0]);
    let by_hand = Outcome::Complete(Evaluation::of(&generic));
    assert_eq!(generic.into_outcome(), by_hand);
}
