//! A stop ends the runs of its moment: all of them, and no other.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use tunewright::space::{Params, Scale, Space};
use tunewright::{Error, Result, StopReason, Study, Trial};

use crate::soon::soon;

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
    let mut later = study.ask().unwrap();
    later.trial().report(0, 1.0).unwrap();
}
