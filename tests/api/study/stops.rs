//! A stop ends the runs of its moment: all of them, and no other.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use tunewright::space::{Params, Scale, Space};
use tunewright::trial::TrialState;
use tunewright::{Error, Result, StopReason, Study, Trial};

use crate::support::soon::soon;

fn line() -> Study<Params> {
    let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build().unwrap();
    Study::in_space(space).sampler(tunewright::RandomSampler::new()).seed(1).build().unwrap()
}

#[test]
fn a_stop_ends_all_runs_that_are_going_on() {
    for interrupt in [false, true] {
        let reasons = soon(move || {
            let study = line();
            let both = Barrier::new(3);
            let objective = |_: Params, trial: &mut Trial| -> Result<f64> {
                if trial.number() < 2 {
                    both.wait();
                }
                thread::sleep(Duration::from_millis(1));
                trial.report(0, 1.0)?;
                Ok(1.0)
            };
            thread::scope(|scope| {
                let run = || study.optimize(objective, Study::<Params>::UNLIMITED).unwrap();
                let runs = [scope.spawn(run), scope.spawn(run)];
                both.wait();
                if interrupt {
                    study.interrupt()
                } else {
                    study.stop()
                }
                runs.map(|run| run.join().unwrap())
            })
        });
        assert_eq!(reasons, [StopReason::Stopped; 2]);
    }
}

#[test]
fn a_run_that_ends_takes_no_stop_of_another() {
    let study = line();
    let outer = |_: Params, trial: &mut Trial| {
        if trial.number() == 0 {
            // The stop comes while an inner run is going on, and concerns both.
            let inner = |_: Params, trial: &mut Trial| {
                if trial.number() == 2 {
                    study.stop();
                }
                1.0
            };
            assert_eq!(study.optimize(inner, 5).unwrap(), StopReason::Stopped);
        }
        1.0
    };
    assert_eq!(study.optimize(outer, 10).unwrap(), StopReason::Stopped);
    assert_eq!(study.history().unwrap().complete_count(), 3);

    let study = line();
    let outer = |_: Params, trial: &mut Trial| {
        if trial.number() == 0 {
            study.stop();
            // A run that begins after the stop is another one.
            let inner = |_: Params, _: &mut Trial| 1.0;
            assert_eq!(study.optimize(inner, 3).unwrap(), StopReason::Trials);
        }
        1.0
    };
    assert_eq!(study.optimize(outer, 10).unwrap(), StopReason::Stopped);
    assert_eq!(study.history().unwrap().complete_count(), 4);
}

#[test]
fn a_stop_without_a_run_ends_the_next_one_only() {
    let study = line();
    study.stop();
    let one = |_: Params, _: &mut Trial| 1.0;
    assert_eq!(study.optimize(one, 3).unwrap(), StopReason::Stopped);
    assert_eq!(study.optimize(one, 3).unwrap(), StopReason::Trials);
    let handle = study.stop_handle();
    assert_eq!(format!("{handle:?}"), "StopHandle { stopping: false }");
    handle.stop();
    assert_eq!(format!("{handle:?}"), "StopHandle { stopping: true }");
}

#[test]
fn an_interrupt_reaches_the_trials_of_its_moment() {
    let study = line();
    let (mut early, mut stays) = (study.ask().unwrap(), study.ask().unwrap());
    early.trial().report(0, 1.0).unwrap();
    study.interrupt();
    assert!(matches!(early.trial().report(1, 1.0), Err(Error::Interrupted)));
    assert!(matches!(stays.trial().report(1, 1.0), Err(Error::Interrupted)));
    // Nothing is learned of the config, and it may be tried again.
    let left: Result<f64> = Err(Error::Interrupted);
    let record = study.tell(early, left).unwrap();
    assert_eq!((record.state(), record.failure()), (TrialState::Interrupted, None));
    // A result that came in time counts.
    assert_eq!(study.tell(stays, 0.5).unwrap().state(), TrialState::Complete);
    let mut later = study.ask().unwrap();
    later.trial().report(0, 1.0).unwrap();
}

#[test]
fn the_config_of_an_interrupted_trial_may_be_tried_again() {
    let space = Space::builder().choices("op", ["a", "b"]).build().unwrap();
    let study = Study::in_space(space).seed(3).build().unwrap();
    let mut first = study.ask().unwrap();
    let config = first.config().clone();
    study.interrupt();
    let left = first.trial().report(0, 1.0).map(|()| 0.0);
    study.tell(first, left).unwrap();
    let tried: Vec<Params> = (0..2)
        .map(|_| {
            let asked = study.ask().unwrap();
            let config = asked.config().clone();
            study.tell(asked, 1.0).unwrap();
            config
        })
        .collect();
    assert!(tried.contains(&config));
    assert!(matches!(study.ask(), Err(Error::Exhausted { points: 2 })));
}
