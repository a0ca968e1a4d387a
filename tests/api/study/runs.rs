use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tunewright::space::{Params, Scale, Space};
use tunewright::trial::GoalError;
use tunewright::trial::TrialState;
use tunewright::{Error, StopReason, Study, Trial};

fn line() -> Space {
    Space::builder().float("x", -5.0..=5.0, Scale::Linear).build().unwrap()
}

fn square(p: Params, _: &mut Trial) -> Result<f64, Error> {
    Ok(p.float("x")?.powi(2))
}

#[test]
fn optimize_runs_the_trials_it_is_asked_for() {
    let study = Study::in_space(line()).seed(1).build().unwrap();
    assert_eq!(study.optimize(square, 40).unwrap(), StopReason::Trials);
    let history = study.history().unwrap();
    assert_eq!(history.complete_count(), 40);
    let best = study.best().unwrap();
    let least = history.complete().map(|t| t.loss()).fold(f64::INFINITY, f64::min);
    assert_eq!(best.value(), least);
    assert_eq!(best.config().float("x").unwrap().powi(2), least);
}

#[test]
fn minimizing_and_maximizing_walk_the_same_path() {
    let low = Study::in_space(line()).minimize().seed(3).build().unwrap();
    let high = Study::in_space(line()).maximize().seed(3).build().unwrap();
    low.optimize(square, 20).unwrap();
    high.optimize(|p: Params, t: &mut Trial| square(p, t).map(|v| -v), 20).unwrap();
    let points = |s: &Study<Params>| -> Vec<_> {
        s.history().unwrap().trials().map(|t| t.point().clone()).collect()
    };
    assert_eq!(points(&low), points(&high));
    assert_eq!(low.best().unwrap().number(), high.best().unwrap().number());
    assert_eq!(low.best().unwrap().value(), -high.best().unwrap().value());
}

#[test]
fn failures_keep_their_reasons_and_spare_the_study() {
    let study = Study::in_space(line()).seed(1).build().unwrap();
    let objective = |p: Params, trial: &mut Trial| -> Result<f64, String> {
        match trial.number() % 4 {
            0 => Err("out of memory".into()),
            1 => panic!("index out of bounds"),
            2 => Ok(f64::NAN),
            _ => Ok(p.float("x").unwrap()),
        }
    };
    std::panic::set_hook(Box::new(|_| {}));
    study.optimize(objective, 8).unwrap();
    let _ = std::panic::take_hook();
    let history = study.history().unwrap();
    let reasons: Vec<_> = history.failed().map(|t| t.failure().unwrap().to_owned()).collect();
    assert_eq!(history.complete_count(), 2);
    assert_eq!(
        reasons[..3],
        ["out of memory", "panicked: index out of bounds", "the objective returned NaN"]
    );
}

#[test]
fn finite_spaces_are_exhausted_without_repeats() {
    let space = Space::builder()
        .int("a", 1..=3, Scale::Linear)
        .choice("b", |b| b.unit("x").variant("y", |y| y.bool("c")))
        .build()
        .unwrap();
    let study = Study::in_space(space).seed(1).build().unwrap();
    let reason = study.optimize(|_: Params, _: &mut Trial| 0.0, 100).unwrap();
    assert_eq!(reason, StopReason::Exhausted);
    assert_eq!(study.history().unwrap().trials().count(), 9);
    let error = study.ask().unwrap_err();
    assert!(matches!(error, Error::Exhausted { points: 9 }), "{error}");
}

#[test]
fn impossible_constraints_are_named_in_bounded_time() {
    let study = Study::in_space(line())
        .constraint("never", |_: &Params| false)
        .constraint("always", |_| true)
        .build()
        .unwrap();
    let error = study.optimize(square, 5).unwrap_err();
    let Error::ConstraintUnsatisfied { constraint, rejected, sampled, complete } = &error else {
        panic!("{error}");
    };
    assert_eq!((constraint.as_str(), rejected), ("never", sampled));
    assert!(!complete && (100_000..1_000_000).contains(sampled), "{error}");
    assert_eq!(study.history().unwrap().trials().count(), 0);
}

#[test]
fn told_twice_foreign_and_unknown_trials_are_refused() {
    let study = Study::in_space(line()).build().unwrap();
    let other = Study::in_space(line()).build().unwrap();
    let asked = study.ask().unwrap();
    study.tell(&asked, 0.081).unwrap();
    let error = study.tell(&asked, 0.5).unwrap_err();
    assert_eq!(error.to_string(), "trial 0 was already told 0.081; each trial is told once");
    assert!(matches!(other.tell(&asked, 1.0).unwrap_err(), Error::ForeignTrial { number: 0 }));
    let unknown = study.trial_id(99);
    assert!(matches!(study.tell(unknown, 1.0).unwrap_err(), Error::UnknownTrial { number: 99 }));
    let next = study.ask().unwrap();
    assert!(matches!(
        study.tell(&next, [1.0, 2.0]).unwrap_err(),
        Error::Goals(GoalError::Count { goals: 1, given: 2 })
    ));
    study.tell(next, 1.0).unwrap();
}

#[test]
fn own_configs_are_tried_first_and_exactly() {
    let space = line();
    let mine = space.params([("x", 0.1.into())]).unwrap();
    let study = Study::in_space(space.clone())
        .start_from(mine.clone())
        .start_from_default()
        .build()
        .unwrap();
    study.add(space.params([("x", 1.5.into())]).unwrap(), 2.25).unwrap();
    assert_eq!(study.ask().unwrap().config(), &mine);
    assert_eq!(study.ask().unwrap().config().float("x").unwrap(), 0.0);
    assert_eq!(study.best().unwrap().value(), 2.25);
    let outside = space.params([("x", 7.0.into())]).unwrap_err();
    assert_eq!(
        outside.to_string(),
        "x = 7 lies outside -5..=5; widen the parameter or change the value"
    );
}

#[test]
fn rules_end_a_run() {
    let build = || Study::in_space(line()).seed(1);
    let study = build().target(1.0).build().unwrap();
    assert_eq!(study.optimize(square, 1000).unwrap(), StopReason::Target);
    assert!(study.best().unwrap().value() <= 1.0);
    let study = build().stop_after_no_improvement(5).build().unwrap();
    assert_eq!(study.optimize(square, 1000).unwrap(), StopReason::NoImprovement);
    let study = build().stop_after_failures(3).build().unwrap();
    let fails = |_: Params, _: &mut Trial| -> Result<f64, &str> { Err("no") };
    assert_eq!(study.optimize(fails, 1000).unwrap(), StopReason::Failures);
    assert_eq!(study.history().unwrap().failed_count(), 3);
    assert_eq!(
        study.best().unwrap_err().to_string(),
        "no trial is complete yet; 3 failed, the last one because: no"
    );
    let study = build().time_limit(Duration::from_millis(50)).build().unwrap();
    let slow = |_: Params, _: &mut Trial| {
        std::thread::sleep(Duration::from_millis(10));
        0.0
    };
    assert_eq!(study.optimize(slow, Study::<Params>::UNLIMITED).unwrap(), StopReason::TimeLimit);
    let study = build().build().unwrap();
    let stops = |_: Params, trial: &mut Trial| {
        if trial.number() == 4 {
            trial.stop_study();
        }
        0.0
    };
    assert_eq!(study.optimize(stops, 1000).unwrap(), StopReason::Stopped);
    assert_eq!(study.history().unwrap().complete_count(), 5);
}

#[test]
fn an_interrupt_reaches_running_trials_at_their_reports() {
    let study = Study::in_space(line()).workers(2).build().unwrap();
    let handle = study.stop_handle();
    let objective = |_: Params, trial: &mut Trial| -> Result<f64, Error> {
        for step in 0.. {
            trial.report(step, 1.0)?;
            if step == 3 {
                handle.interrupt();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(0.0)
    };
    assert_eq!(study.optimize(objective, 100).unwrap(), StopReason::Stopped);
    let history = study.history().unwrap();
    let trials: Vec<_> = history.trials().collect();
    assert!(!trials.is_empty());
    let interrupted = |t: &&tunewright::trial::TrialRecord| t.state() == TrialState::Interrupted;
    assert!(trials.iter().all(|t| interrupted(t) && !t.reports().is_empty()));
    assert_eq!((history.pruned().count(), history.distinct()), (0, 0));
}

#[test]
fn failed_trials_are_retried_with_the_same_config() {
    let study = Study::in_space(line()).retry(2).seed(5).build().unwrap();
    let calls = AtomicUsize::new(0);
    let seen = Mutex::new(Vec::new());
    let objective = |p: Params, _: &mut Trial| -> Result<f64, &str> {
        seen.lock().unwrap().push(p.float("x").unwrap());
        if calls.fetch_add(1, Ordering::Relaxed) < 3 { Err("flaky") } else { Ok(1.0) }
    };
    study.optimize(objective, 4).unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    assert_ne!(seen[0], seen[3], "two retries, then the next config");
}

#[test]
fn workers_share_the_trials() {
    let study = Study::in_space(line()).workers(8).seed(2).build().unwrap();
    study.optimize(square, 200).unwrap();
    let history = study.history().unwrap();
    assert_eq!(history.complete_count(), 200);
    assert_eq!(history.distinct(), 200);
    assert_eq!(history.pending().count(), 0);
}
